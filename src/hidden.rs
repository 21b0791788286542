//! Characters that a reader cannot see.

/// Whether a character is a control, a line end, or one that hides or reorders text: Unicode's categories Cc, Cf, Zl and Zp, what is
/// drawn as nothing (`Default_Ignorable_Code_Point`) but for the variation selectors of emoji, and noncharacters.
pub(crate) fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}' | '\u{8e2}'
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{fffe}' | '\u{ffff}' | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::is_hidden;

    #[test]
    fn what_cannot_be_seen_is_hidden() {
        for c in "\t\n\r\u{1b}\u{7f}\u{85}\u{ad}\u{61c}\u{200b}\u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2066}\u{206f}\u{feff}\u{fff9}\u{e0041}\u{3164}"
            .chars()
        {
            assert!(is_hidden(c), "{:x}", c as u32);
        }
        for c in
            " a~\u{a0}é\u{2010}\u{2027}\u{202f}\u{3000}\u{fe0f}\u{1f600}你\u{5d0}\u{627}".chars()
        {
            assert!(!is_hidden(c), "{:x}", c as u32);
        }
    }
}
