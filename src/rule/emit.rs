//! The only writer of YAML: one canonical text for one rule.
//!
//! Two spaces of indentation, the key order of the Sigma specification's examples, a newline at the end. Text that may
//! come from an indicator (the title, the detection, `socdef`) is always single-quoted, so that no value can
//! turn into a number, a date, a truth value or a piece of syntax; other text is plain where it safely can be.
//! Readers of YAML 1.1 (PyYAML, and so pySigma) and of YAML 1.2 read the same strings.

use crate::hidden::is_hidden;
use crate::rule::SigmaRule;
use crate::rule::node::Node;

/// The YAML document of a rule, without a document marker, with a newline at its end.
///
/// ```
/// use socdef_sigma::rule::emit::yaml;
/// use socdef_sigma::rule::SigmaRule;
///
/// let text = "title: 'C2: evil'\nid: 8f0e9a52-0c5e-5d5c-9d55-8b6a0a0f6c10\nlogsource:\n    category: proxy\ndetection:\n    selection:\n        cs-host: evil.example\n    condition: selection\n";
/// let rule = SigmaRule::from_yaml(text).unwrap();
/// let yaml = yaml(&rule);
/// assert!(yaml.starts_with("title: 'C2: evil'\n"));
/// assert_eq!(SigmaRule::from_yaml(&yaml).unwrap(), rule);
/// ```
pub fn yaml(rule: &SigmaRule) -> String {
    let mut out = String::with_capacity(1024);
    document(&mut out, rule);
    out
}

/// Where a document goes: to a text, or to the skeleton of one.
pub(crate) trait Sink {
    /// A piece of syntax.
    fn raw(&mut self, text: &str);
    /// A text of the rule, in the style of its place.
    fn scalar(&mut self, text: &str, style: Style);
}

impl Sink for String {
    fn raw(&mut self, text: &str) {
        self.push_str(text);
    }

    fn scalar(&mut self, text: &str, style: Style) {
        scalar(self, text, style);
    }
}

/// Writes the document of a rule.
pub(crate) fn document(out: &mut impl Sink, rule: &SigmaRule) {
    field(out, "title", &rule.title, Style::Quoted);
    field(out, "id", &rule.id.to_string(), Style::Verbatim);
    optional(out, "status", rule.status.as_deref());
    optional(out, "description", rule.description.as_deref());
    list(out, "references", &rule.references);
    optional(out, "author", rule.author.as_deref());
    for (name, date) in [("date", rule.date), ("modified", rule.modified)] {
        if let Some(date) = date {
            field(
                out,
                name,
                &date.format("%Y-%m-%d").to_string(),
                Style::Verbatim,
            );
        }
    }
    list(out, "tags", &rule.tags);
    out.raw("logsource:\n");
    for (name, part) in rule.logsource.parts() {
        out.raw("  ");
        field(out, name, part, Style::Plain);
    }
    out.raw("detection:\n");
    for (name, selection) in &rule.detection {
        member(out, name, selection, 2);
    }
    out.raw("  ");
    field(out, "condition", &rule.condition, Style::Plain);
    list(out, "fields", &rule.fields);
    list(out, "falsepositives", &rule.falsepositives);
    if let Some(level) = rule.level {
        field(out, "level", level.as_str(), Style::Plain);
    }
    for (name, node) in &rule.custom {
        member(out, name, node, 0);
    }
}

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// In single quotes, whatever it is.
    Quoted,
    /// Without quotes where it can be read in one way only.
    Plain,
    /// As it is: ids and dates.
    Verbatim,
}

fn optional(out: &mut impl Sink, name: &str, text: Option<&str>) {
    if let Some(text) = text {
        field(out, name, text, Style::Plain);
    }
}

fn field(out: &mut impl Sink, name: &str, text: &str, style: Style) {
    out.raw(name);
    out.raw(": ");
    out.scalar(text, style);
    out.raw("\n");
}

fn list(out: &mut impl Sink, name: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    out.raw(name);
    out.raw(":\n");
    for item in items {
        out.raw("  - ");
        out.scalar(item, Style::Plain);
        out.raw("\n");
    }
}

/// `name:` and its value, `indent` spaces from the left.
fn member(out: &mut impl Sink, name: &str, node: &Node, indent: usize) {
    spaces(out, indent);
    entry(out, name, node, indent);
}

/// The same, where the line has begun already.
fn entry(out: &mut impl Sink, name: &str, node: &Node, indent: usize) {
    out.scalar(name, Style::Plain);
    out.raw(":");
    match node {
        Node::List(items) if !items.is_empty() => {
            out.raw("\n");
            for item in items {
                element(out, item, indent + 2);
            }
        }
        Node::Map(entries) if !entries.is_empty() => {
            out.raw("\n");
            for (name, node) in entries {
                member(out, name, node, indent + 2);
            }
        }
        leaf => {
            out.raw(" ");
            value(out, leaf);
            out.raw("\n");
        }
    }
}

/// `- value`, `indent` spaces from the left.
fn element(out: &mut impl Sink, node: &Node, indent: usize) {
    spaces(out, indent);
    match node {
        Node::Map(entries) if !entries.is_empty() => {
            out.raw("- ");
            for (at, (name, node)) in entries.iter().enumerate() {
                if at > 0 {
                    spaces(out, indent + 2);
                }
                entry(out, name, node, indent + 2);
            }
        }
        Node::List(items) if !items.is_empty() => {
            out.raw("-\n");
            for item in items {
                element(out, item, indent + 2);
            }
        }
        leaf => {
            out.raw("- ");
            value(out, leaf);
            out.raw("\n");
        }
    }
}

fn value(out: &mut impl Sink, node: &Node) {
    match node {
        Node::Null => out.raw("null"),
        Node::Bool(truth) => out.raw(if *truth { "true" } else { "false" }),
        Node::Int(number) => out.raw(&number.to_string()),
        // Rust writes no exponent and keeps the point: both readers take it for the same number.
        Node::Float(number) => out.raw(&format!("{number:?}")),
        Node::Date(day) => out.raw(&day.to_string()),
        Node::Text(text) => out.scalar(text, Style::Quoted),
        Node::List(_) => out.raw("[]"),
        Node::Map(_) => out.raw("{}"),
    }
}

fn spaces(out: &mut impl Sink, count: usize) {
    for _ in 0..count {
        out.raw(" ");
    }
}

/// Writes a text in the style of its place.
pub(crate) fn scalar(out: &mut String, text: &str, style: Style) {
    match style {
        Style::Verbatim => out.push_str(text),
        Style::Plain if is_plain(text) => out.push_str(text),
        _ if is_printable_text(text) => single_quoted(out, text),
        _ => double_quoted(out, text),
    }
}

fn is_printable_text(text: &str) -> bool {
    let is_plain = |b: &u8| matches!(b, b' '..=b'~');
    text.as_bytes().iter().all(is_plain) || text.chars().all(is_printable)
}

/// Single quotes: the only character with a meaning is the quote itself (YAML 1.2.2, section 7.3.2).
pub(crate) fn single_quoted(out: &mut String, text: &str) {
    out.push('\'');
    let mut parts = text.split('\'');
    out.push_str(parts.next().unwrap_or_default());
    for part in parts {
        out.push_str("''");
        out.push_str(part);
    }
    out.push('\'');
}

/// Double quotes, for what single quotes cannot hold: line ends, controls, what PyYAML refuses to see raw and what nobody can see.
fn double_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if is_printable(c) => out.push(c),
            c if (c as u32) <= 0xff => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if (c as u32) <= 0xffff => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push_str(&format!("\\U{:08x}", c as u32)),
        }
    }
    out.push('"');
}

/// Whether a character may stand in a single-quoted text on one line: printable by YAML 1.2.2, section 5.1, and by
/// PyYAML, no line end of either version (1.1 counts U+0085, U+2028 and U+2029), and one that a reader of the rule can see.
fn is_printable(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}')
        && !is_hidden(c)
}

/// Whether a text without quotes is that text to every reader: it starts with a letter (or as a
/// Sigma condition does, `1 of …`), holds nothing but harmless
/// characters, and is not a word that YAML 1.1 reads as a boolean or null.
fn is_plain(text: &str) -> bool {
    const WORDS: [&str; 10] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "none",
    ];
    let harmless = |c: char| c.is_ascii_alphanumeric() || " _-./,()+@%&=;!?$|*".contains(c);
    let bytes = text.as_bytes();
    let colons_are_inside = bytes.iter().enumerate().all(|(at, b)| {
        *b != b':'
            || bytes
                .get(at + 1)
                .is_some_and(|next| !next.is_ascii_whitespace())
    });
    (text.starts_with(|c: char| c.is_ascii_alphabetic()) || text.starts_with("1 of "))
        && !text.ends_with(' ')
        && text.chars().all(|c| harmless(c) || c == ':')
        && colons_are_inside
        && !WORDS.contains(&text.to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_reads_back_as_itself() {
        let rule = SigmaRule::from_yaml(
            "title: 'It''s: a # title'\nid: 8f0e9a52-0c5e-5d5c-9d55-8b6a0a0f6c10\nstatus: experimental\ndescription: 'yes'\nreferences: [https://evil.example/a]\nauthor: SOC Defenders\ndate: '2026-05-17'\nmodified: '2026-05-18'\ntags: [attack.t1071.001]\nlogsource: {category: proxy, product: windows}\ndetection: {selection_a: {c-uri: ['a', '1:30', \"b\\nc\"], 'cs-host': 'x'}, selection_b: [{a|endswith: b, n: 1}, {c: d}], keywords: [x, y], condition: 1 of selection_* or keywords}\nfields: [a]\nfalsepositives: [Unknown]\nlevel: high\nsocdef: {type: url, sources: [{feed_name: 'no', n: 2.5}], ok: true, nothing: null, empty: []}\n",
        )
        .unwrap();
        let text = yaml(&rule);
        assert_eq!(SigmaRule::from_yaml(&text).unwrap(), rule, "{text}");
        insta::assert_snapshot!(text);
    }

    #[test]
    fn what_cannot_be_seen_is_escaped() {
        let written = |text: &str| {
            let mut out = String::new();
            scalar(&mut out, text, Style::Quoted);
            out
        };
        for (text, yaml) in [
            ("/\u{202e}xe.txt", "\"/\\u202exe.txt\""),
            ("a\u{200b}b", "\"a\\u200bb\""),
            ("a\u{2028}b\u{2029}", "\"a\\u2028b\\u2029\""),
            ("\u{feff}a", "\"\\ufeffa\""),
            ("a\u{85}\u{ad}", "\"a\\x85\\xad\""),
            ("\u{e0041}\\\"", "\"\\U000e0041\\\\\\\"\""),
            ("é\u{1f600}\u{fe0f}\u{a0}", "'é\u{1f600}\u{fe0f}\u{a0}'"),
        ] {
            assert_eq!(written(text), yaml);
            assert_eq!(serde_yaml::from_str::<String>(yaml).unwrap(), text);
        }
    }

    #[test]
    fn plain_text_is_only_what_every_reader_takes_for_text() {
        for text in [
            "SOC Defenders",
            "https://socdefenders.ai",
            "1 of selection_*",
            "selection and not 1 of filter_main_x",
        ] {
            assert!(is_plain(text), "{text}");
        }
        for text in [
            "",
            "no",
            "Yes",
            "null",
            "1",
            "1.5",
            "2024-01-01",
            "12:30",
            "a: b",
            "a #b",
            "#",
            "- a",
            "a:",
            " a",
            "a ",
            "'a'",
            "a\nb",
            "é",
            "=",
            "<<",
            "[a]",
            "{a}",
            "*a",
            "&a",
            "!a",
            "|",
            "~",
        ] {
            assert!(!is_plain(text), "{text}");
        }
    }
}
