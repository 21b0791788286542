//! The escaping of literals in Sigma rules.

/// Escapes a literal for Sigma, where `\`, `*` and `?` are operators: the backslash first, doubled, then the wildcards.
///
/// Source: Sigma specification 2.1.0, "Escape Character".
///
/// ```
/// use socdef_sigma::rule::escape::sigma_escape;
/// assert_eq!(sigma_escape(r"a.php?id=1*x\y"), r"a.php\?id=1\*x\\y");
/// ```
pub fn sigma_escape(literal: &str) -> String {
    let mut escaped = String::with_capacity(literal.len() + 4);
    push_sigma_escaped(&mut escaped, literal);
    escaped
}

/// Appends what [`sigma_escape`] gives.
pub(crate) fn push_sigma_escaped(out: &mut String, literal: &str) {
    if !literal.contains(['\\', '*', '?']) {
        out.push_str(literal);
        return;
    }
    for c in literal.chars() {
        if matches!(c, '\\' | '*' | '?') {
            out.push('\\');
        }
        out.push(c);
    }
}
