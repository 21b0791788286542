//! Marks for what was undone, until the marks themselves are taken out.
//!
//! They are noncharacters of Unicode: no text has them.

/// For a dot.
pub(super) const DOT: char = '\u{fdd0}';
/// For an at sign.
pub(super) const AT: char = '\u{fdd1}';
/// For anything else.
pub(super) const OTHER: char = '\u{fdd2}';
