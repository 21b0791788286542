//! One scalar, list or map as PyYAML's `SafeLoader` takes it: by its tag, by its style, and by the form of its text.

use std::sync::LazyLock;

use chrono::{NaiveDate, NaiveTime};
use granit_parser::{ScalarStyle, Tag};
use regex::Regex;

use super::resolve::{is_day, resolve};
use crate::rule::node::Node;

/// Python makes no number of more digits.
const MOST_DIGITS: usize = 4_000;

/// Checks the tag of a list or a map.
///
/// # Errors
/// One line that names a tag that is not of the core schema.
pub(super) fn core(tag: Option<&Tag>, kind: &str) -> Result<(), String> {
    match tag {
        Some(tag) if !tag.is_yaml_core_schema_tag(kind) => Err(foreign(tag)),
        _ => Ok(()),
    }
}

fn foreign(tag: &Tag) -> String {
    format!("it has the tag `{tag}`, which is not read")
}

/// The value of a scalar, by its tag where it has one.
///
/// # Errors
/// One line that says why it is not a value to every reader.
pub(super) fn scalar(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> Result<Node, String> {
    let Some(tag) = tag else {
        return match style {
            ScalarStyle::Plain => plain(text),
            _ => Ok(Node::from(text)),
        };
    };
    if tag.is_yaml_core_schema_tag("str") {
        return Ok(Node::from(text));
    }
    let node = plain(text)?;
    let kind = match node {
        Node::Null => "null",
        Node::Bool(_) => "bool",
        Node::Int(_) => "int",
        Node::Float(_) => "float",
        _ => return Err(foreign(tag)),
    };
    match tag.is_yaml_core_schema_tag(kind) {
        true => Ok(node),
        false => Err(foreign(tag)),
    }
}

/// A plain scalar as PyYAML makes it.
fn plain(text: &str) -> Result<Node, String> {
    if let Some(node) = resolve(text) {
        return match node {
            Node::Date(day) if !is_year_of_python(day) => Err(no_moment(text)),
            node => Ok(node),
        };
    }
    if matches!(text, "<<" | "=") {
        return Err(format!("it has `{text}`, which is not read"));
    }
    if is_day(text) {
        return Err(no_moment(text));
    }
    if let Some(parts) = MOMENT.captures(text) {
        return moment(&parts).ok_or_else(|| no_moment(text));
    }
    number(text)
}

fn no_moment(text: &str) -> String {
    format!("`{text}` is not a moment")
}

fn is_year_of_python(day: NaiveDate) -> bool {
    use chrono::Datelike;
    day.year() >= 1
}

/// `implicit_resolver` of `tag:yaml.org,2002:timestamp` in PyYAML's `resolver.py`.
static MOMENT: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::unwrap_used, reason = "the pattern does not change")]
    Regex::new(
        r"(?x)^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})(?:[Tt]|[\x20\t]+)
        ([0-9]{1,2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]*)?
        (?:[\x20\t]*(?:Z|[-+]([0-9]{1,2})(?::[0-9]{2})?))?$",
    )
    .unwrap()
});

fn moment(parts: &regex::Captures<'_>) -> Option<Node> {
    let day = NaiveDate::parse_from_str(&parts[1], "%Y-%m-%d").ok()?;
    // A leap second has no place in Python.
    let time = NaiveTime::parse_from_str(&parts[2], "%H:%M:%S").ok()?;
    let is_leap = chrono::Timelike::nanosecond(&time) >= 1_000_000_000;
    let hours: u32 = parts
        .get(3)
        .map_or(Ok(0), |zone| zone.as_str().parse())
        .ok()?;
    (is_year_of_python(day) && !is_leap && hours < 23).then_some(Node::Date(day))
}

/// Numbers as PyYAML's resolver has them, whole ones first.
static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::unwrap_used, reason = "the pattern does not change")]
    Regex::new(
        r"(?x)^[-+]?(?:
        (?P<int>0b[0-1_]+|0[0-7_]+|(?:0|[1-9][0-9_]*)|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)
        |(?P<float>[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?
        |[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*)
        |(?P<odd>\.(?:inf|Inf|INF|nan|NaN|NAN)))$",
    )
    .unwrap()
});

fn number(text: &str) -> Result<Node, String> {
    let Some(parts) = NUMBER.captures(text) else {
        return Ok(Node::from(text));
    };
    if parts.name("odd").is_some() {
        // Signed, it is text.
        let is_text = text.to_ascii_lowercase().ends_with("nan") && !text.starts_with('.');
        return Ok(match is_text {
            true => Node::from(text),
            false => Node::Float(f64::NAN),
        });
    }
    let digits: String = text
        .chars()
        .filter(|c| !matches!(c, '_' | '+' | '-'))
        .collect();
    if digits.len() > MOST_DIGITS || matches!(&digits[..], "0b" | "0x") {
        return Err("a number is not one to every reader".to_owned());
    }
    Ok(match parts.name("int") {
        Some(_) => Node::Int(digits.parse().unwrap_or(i64::MAX)),
        None => Node::Float(digits.parse().unwrap_or_default()),
    })
}
