//! What a template must not do, found in its text.
//!
//! Rendering with hostile values finds more, but cannot say what to write instead. This can.

/// A mistake in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// Finds quotes around a hole, `|safe`, and values in the detection that are not escaped.
///
/// ```
/// use socdef_sigma::template::lint;
/// let findings = lint("detection:\n  selection:\n    c-uri: '{{ value }}'\n");
/// assert_eq!(findings[0].line, 3);
/// assert!(findings[0].message.contains("no quotes"));
/// ```
pub fn lint(source: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut in_detection = false;
    for (at, line) in source.lines().enumerate() {
        let mut found = |message: &str| {
            findings.push(Finding {
                line: at + 1,
                message: message.to_owned(),
            })
        };
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            in_detection = line.starts_with("detection:");
        }
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((hole, tail)) = after.split_once("}}") else {
                found("a hole ends on the line that it begins on: `{{ value|sigma }}`");
                break;
            };
            if before.ends_with(['\'', '"']) || tail.starts_with(['\'', '"']) {
                found(
                    "no quotes around a hole: write `{{ value|sigma }}`, which is quoted by itself",
                );
            }
            let filters: Vec<&str> = hole.split('|').skip(1).map(str::trim).collect();
            if filters.iter().any(|filter| filter.starts_with("safe"))
                || hole.contains("safe") && hole.contains("autoescape")
            {
                found("no `|safe`: a value would be raw YAML; write `{{ value|sigma }}`");
            }
            if in_detection && !filters.contains(&"sigma") {
                found(
                    "a value in the detection goes through `|sigma`, or its `*`, `?` and `\\` are wildcards: write `{{ value|sigma }}`",
                );
            }
            rest = tail;
        }
        if line.contains("{%") && line.contains("autoescape") {
            found("no `autoescape` block: every hole is escaped");
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn messages(source: &str) -> Vec<String> {
        lint(source)
            .into_iter()
            .map(|finding| format!("{}: {}", finding.line, finding.message))
            .collect()
    }

    #[test]
    fn each_mistake_is_found_with_its_line() {
        for (source, part) in [
            ("title: '{{ value }}'", "1: no quotes"),
            ("title: \"*.{{ value }}\"", "1: no quotes"),
            ("a: b\ntitle: {{ value|safe }}", "2: no `|safe`"),
            (
                "detection:\n  selection:\n    a: {{ value }}",
                "3: a value in the detection goes through `|sigma`",
            ),
            ("{% autoescape false %}", "1: no `autoescape` block"),
            ("title: {{ value", "1: a hole ends on the line"),
        ] {
            let found = messages(source);
            assert!(
                found.iter().any(|message| message.starts_with(part)),
                "{source}: {found:?}"
            );
        }
    }

    #[test]
    fn the_built_in_templates_are_clean() {
        for plugin in crate::registry::templates() {
            assert_eq!(lint(plugin.source), [], "{}", plugin.name);
        }
    }
}
