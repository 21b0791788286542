//! Cells of a table that a spreadsheet would calculate, and the apostrophe that keeps it from that.
//!
//! Source: OWASP, "CSV Injection". The apostrophe is one character of the cell, and reading takes away what writing added:
//!
//! - written: a cell that begins with `=`, `+`, `-` or `@`, in ASCII or full width, gets an apostrophe before it. Blanks and apostrophes
//!   before the sign make no difference;
//! - read: an apostrophe before such a beginning is taken away.

/// What a formula begins with.
const SIGNS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

fn is_calculated(cell: &str) -> bool {
    cell.trim_start_matches(|c: char| c == '\'' || c.is_whitespace())
        .starts_with(SIGNS)
}

/// The cell as it is written: with an apostrophe where it would be calculated.
pub(crate) fn guarded(cell: &str) -> String {
    match is_calculated(cell) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

/// How many bytes at the beginning of a cell are such an apostrophe: 1 or 0.
pub(crate) fn guard_of(cell: &[u8]) -> usize {
    let Some(rest) = cell.strip_prefix(b"'") else {
        return 0;
    };
    let text = String::from_utf8_lossy(rest);
    usize::from(is_calculated(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        for cell in [
            "", "a", "=1+1", "+1", "-x.exe", "@a", "'=1", "''=1", " =1", "' =1", "'a", "'", "＝1",
            "a=1", "'\u{ff}=",
        ] {
            let written = guarded(cell);
            assert_eq!(&written[guard_of(written.as_bytes())..], cell);
            let first = written.trim_start().chars().next();
            assert!(first.is_none_or(|c| !SIGNS.contains(&c)), "{written}");
        }
        assert_eq!(guarded("=1+1"), "'=1+1");
        assert_eq!(guarded("'quoted'"), "'quoted'");
    }

    proptest::proptest! {
        #[test]
        fn any_cell_reads_back(cell in "['=+@ a-]{0,6}|\\PC*") {
            let written = guarded(&cell);
            proptest::prop_assert_eq!(&written[guard_of(written.as_bytes())..], &cell[..]);
            proptest::prop_assert!(!written.trim_start().starts_with(SIGNS));
        }
    }
}
