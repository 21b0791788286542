//! The sure tokens of a file, by what its kind of file calls a value.

use std::collections::BTreeSet;
use std::path::Path;

use super::scanner::{self, Token};

/// The texts of a JSON document that are values, by the names that feeds give them.
fn values(node: &serde_json::Value, name: &str, texts: &mut Vec<String>) {
    match node {
        serde_json::Value::String(text)
            if ["value", "pattern", "indicator", "ioc", "ioc_value", "cveID"].contains(&name) =>
        {
            texts.push(text.clone());
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| values(item, name, texts)),
        serde_json::Value::Object(items) => {
            // A STIX observable is no indicator.
            let observable = items.contains_key("spec_version")
                || items
                    .get("type")
                    .is_some_and(|kind| kind == "observed-data");
            if observable && items.get("type").is_some_and(|kind| kind != "indicator") {
                return;
            }
            for (name, item) in items {
                if name != "objects" || !items.contains_key("number_observed") {
                    values(item, name, texts);
                }
            }
        }
        _ => {}
    }
}

/// The tokens of a file. Lines mean nothing where the places are paths into a document.
pub(crate) fn tokens(path: &Path, text: &str) -> Vec<Token> {
    let without_lines = |texts: Vec<String>| {
        texts
            .iter()
            .flat_map(|text| scanner::line(text, 0))
            .collect()
    };
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => {
            let mut texts = Vec::new();
            values(&serde_json::from_str(text).unwrap(), "", &mut texts);
            without_lines(texts)
        }
        Some("ioc") => {
            let content = regex::Regex::new(r"(?s)<Content [^>]*>(.*?)</Content>").unwrap();
            without_lines(
                content
                    .captures_iter(text)
                    .map(|found| found[1].replace("&amp;", "&"))
                    .collect(),
            )
        }
        // What is behind a `#` is a comment in a list or a table, and a heading in a document. A record has the place of its first line.
        Some(ending @ ("txt" | "csv" | "tsv")) => {
            let (mut found, mut first, mut quoted) = (Vec::new(), 1, false);
            for (line, number) in text.lines().zip(1..) {
                if !quoted {
                    first = number;
                }
                if ending != "txt" && line.matches('"').count() % 2 == 1 {
                    quoted = !quoted;
                }
                let value = match line.starts_with('#') {
                    true => "",
                    false => line.split(" # ").next().unwrap_or(line),
                };
                found.extend(scanner::line(value, first));
            }
            found
        }
        // A line `:name: value` is a part of AsciiDoc's header.
        Some("adoc") => {
            let mut found = scanner::text(text);
            let fields: BTreeSet<u64> = text
                .lines()
                .zip(1..)
                .filter(|(line, _)| line.starts_with(':'))
                .map(|(_, number)| number)
                .collect();
            found.retain(|token| !fields.contains(&token.line));
            found
        }
        _ => scanner::text(text),
    }
}
