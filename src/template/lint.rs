//! What a template must not do, found in its text.
//!
//! Rendering with hostile values finds more, but cannot say what to write instead. This can.

use crate::error::{Error, ErrorKind};

/// A mistake in a template.
///
/// ```
/// use socdef_sigma::template::{Finding, lint};
///
/// let Finding { line, message, instead } = &lint("title: {{ value|safe }}\n")[0];
/// assert_eq!(*line, 1);
/// assert!(!message.is_empty() && !instead.is_empty());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line, from 1.
    pub line: usize,
    /// The message.
    pub message: String,
    /// What to write instead.
    pub instead: String,
}

impl Finding {
    pub(crate) fn new(
        line: usize,
        message: impl Into<String>,
        instead: impl Into<String>,
    ) -> Finding {
        Finding {
            line,
            message: message.into(),
            instead: instead.into(),
        }
    }

    /// The first of these as an error in a file.
    pub(crate) fn first_error(findings: &[Finding], file: &str) -> Error {
        let Some(first) = findings.first() else {
            return Error::new(ErrorKind::BrokenTemplate, "the template is broken").at(file);
        };
        Error::new(ErrorKind::BrokenTemplate, first.message.clone())
            .at(format_args!("{file}:{}", first.line))
            .hint(first.instead.clone())
    }
}

/// Finds quotes around a placeholder, `|safe`, and values in the detection that are not escaped.
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
        let mut found =
            |message: &str, instead: &str| findings.push(Finding::new(at + 1, message, instead));
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            in_detection = line.starts_with("detection:");
        }
        let mut rest = line;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((placeholder, tail)) = after.split_once("}}") else {
                found(
                    "a placeholder must end on the line where it begins",
                    HOW_TO_PLACE,
                );
                break;
            };
            if before.ends_with(['\'', '"']) || tail.starts_with(['\'', '"']) {
                found(
                    "no quotes around a placeholder: it is quoted automatically",
                    HOW_TO_PLACE,
                );
            }
            let filters: Vec<&str> = placeholder.split('|').skip(1).map(str::trim).collect();
            if filters.iter().any(|filter| filter.starts_with("safe"))
                || placeholder.contains("safe") && placeholder.contains("autoescape")
            {
                found("no `|safe`: a value would be raw YAML", HOW_TO_PLACE);
            }
            if in_detection && !filters.contains(&"sigma") {
                found(
                    "a value in the detection goes through `|sigma`, or its `*`, `?` and `\\` are wildcards",
                    HOW_TO_PLACE,
                );
            }
            rest = tail;
        }
        if line.contains("{%") && line.contains("autoescape") {
            found(
                "no `autoescape` block: every placeholder is escaped",
                "leave it out",
            );
        }
        if let Some(word) = loads(line) {
            found(
                &format!("no `{word}`: a template stands alone, and reads no file"),
                "copy the text to here",
            );
        }
    }
    findings
}

const HOW_TO_PLACE: &str = "write `{{ value|sigma }}`";

/// The statement of a line that would read another template.
fn loads(line: &str) -> Option<&str> {
    let blocks = line.split("{%").skip(1);
    let mut words = blocks.filter_map(|block| {
        block
            .trim_start_matches(['-', '+'])
            .split_whitespace()
            .next()
    });
    words.find(|word| matches!(*word, "include" | "import" | "from" | "extends"))
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
            ("title: {{ value", "1: a placeholder must end on the line"),
            ("{%- include 'a' %}", "1: no `include`"),
            ("x\n{% from 'a' import b %}", "2: no `from`"),
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
        for plugin in crate::template::registered::templates() {
            assert_eq!(lint(plugin.source), [], "{}", plugin.name);
        }
    }
}
