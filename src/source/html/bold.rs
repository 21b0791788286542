//! How the guard tells the page what is in bold.

/// The name of the attribute that says that text is in bold.
pub(super) const BOLD: &str = "-bold";

/// Whether the guard marked an element as bold.
pub(super) fn is_bold<'a>(get: &dyn Fn(&str) -> Option<&'a str>) -> bool {
    get(BOLD).is_some()
}
