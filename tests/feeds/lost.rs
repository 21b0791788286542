//! No token of a file is lost.

use super::folder::files;
use super::{read, scanner, tokens};

/// Every sure token of a file is in the account: that of the scanner, which knows nothing of the program.
pub(crate) fn has_no_token_that_is_lost(path: &std::path::Path) {
    let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    let tokens = tokens::tokens(path, text.trim_start_matches('\u{feff}'));
    let lost = scanner::lost(&tokens, &read::file(path, None));
    let shown: Vec<String> = lost
        .iter()
        .take(20)
        .map(|token| format!("line {}: {} as {:?}", token.line, token.raw, token.sure))
        .collect();
    let (lost, all) = (lost.len(), tokens.len());
    assert!(
        lost == 0,
        "{lost} of {all} lost:\n    {}",
        shown.join("\n    ")
    );
}

/// The scanner looks at something: the folders are not those of another day.
pub(crate) fn the_folders_are_full() {
    assert!(files("feeds").len() >= 23, "{}", files("feeds").len());
    assert!(files("pairs").len() >= 100, "{}", files("pairs").len());
}
