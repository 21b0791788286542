//! The TLP label of a report, which may stand anywhere in it.

/// The most bytes between the words of a label: `**TLP:** _green_` has six.
const MAX_GAP: usize = 6;

/// The labels of a line: `TLP:GREEN`, `TLP AMBER+STRICT`, `tlp-red`. The word behind `TLP` is given as it is, and may be another.
pub(in crate::source) fn labels(line: &str, take: &mut dyn FnMut(&str)) {
    for (at, _) in line.match_indices(['t', 'T']) {
        let begins = !line[..at].ends_with(char::is_alphanumeric);
        let name = line.get(at..at + 3).filter(|_| begins);
        if !name.is_some_and(|name| name.eq_ignore_ascii_case("tlp")) {
            continue;
        }
        let rest = &line[at + 3..];
        let Some((start, end)) = word(rest) else {
            continue;
        };
        let strict = word(&rest[end..])
            .map(|(start, length)| (end + start, end + length))
            .filter(|&(start, end)| rest[start..end].eq_ignore_ascii_case("strict"));
        take(&rest[start..strict.map_or(end, |(_, end)| end)]);
    }
}

/// Where the first word begins and ends, if it is a few signs away.
fn word(text: &str) -> Option<(usize, usize)> {
    let start = text.find(char::is_alphanumeric)?;
    let length = text[start..].find(|c: char| !c.is_alphanumeric());
    let end = length.map_or(text.len(), |length| start + length);
    (1..=MAX_GAP).contains(&start).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_found_in_sentences() {
        for (line, expected) in [
            ("TLP:GREEN", vec!["GREEN"]),
            ("| TLP | amber+strict |", vec!["amber+strict"]),
            ("Marking: tlp-red, not for the press", vec!["red"]),
            (
                "TLP: AMBER STRICT. TLP_CLEAR",
                vec!["AMBER STRICT", "CLEAR"],
            ),
            ("**TLP:** _white_", vec!["white"]),
            ("httlp:red TLPRED tlp", vec![]),
            ("TLP                red", vec![]),
            ("É TLP\u{a0}RED ét tlé:red tl", vec!["RED"]),
            ("TLP: see the cover", vec!["see"]),
        ] {
            let mut found = Vec::new();
            labels(line, &mut |label| found.push(label.to_owned()));
            assert_eq!(found, expected, "{line}");
        }
    }
}
