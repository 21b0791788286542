//! Whether a cell is a word for a type.

use crate::source::type_name::words::words;
use crate::source::type_name::{Declared, kind};

/// The longest word for a type, in characters; a longer text is not one.
const LONGEST: usize = 64;

/// Whether a cell is a word for a type, of ours or not.
pub(crate) fn is_kind(cell: &str) -> bool {
    if cell.chars().nth(LONGEST).is_some() {
        return false;
    }
    let words = words(cell);
    (1..=4).contains(&words.len()) && kind(cell) != Declared::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_words_may_name_a_type() {
        assert!(is_kind("ip address "));
        assert!(is_kind("Intel::JA3"));
        assert!(!is_kind("the domain that it sends the data to"));
        assert!(!is_kind("payload delivery"));
        assert!(!is_kind("C2"));
        assert!(!is_kind(""));
    }
}
