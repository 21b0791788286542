//! What does not change the set of indicators: how they are listed, labelled, quoted, defanged, ordered, encoded and wrapped.
//!
//! For values of a sure type, and headings, labels and columns that say nothing about them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use proptest::test_runner::{Config, RngSeed};

use super::cases::hash;
use super::read;

fn config() -> Config {
    Config {
        failure_persistence: None,
        // CI must find the same in the same code; everywhere else each run looks at new cases.
        rng_seed: match std::env::var_os("CI") {
            Some(_) => RngSeed::Fixed(20_260_517),
            None => RngSeed::Random,
        },
        ..Config::with_cases(96)
    }
}

/// A value: its type, its live spelling, and its spelling on its own where that is not the canonical one.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Value {
    kind: &'static str,
    live: String,
}

impl Value {
    fn canonical(&self) -> String {
        format!("{} {}", self.kind, self.live)
    }

    /// As an author writes what nobody must click. Hashes and ids have one spelling.
    fn defanged(&self, dot: &str) -> String {
        match self.kind {
            "ipv4" | "domain" => self.live.replace('.', dot),
            "url" => {
                let (scheme, rest) = self.live.split_once("://").unwrap();
                let (host, path) = rest.split_once('/').unwrap();
                format!(
                    "{}://{}/{path}",
                    scheme.replace("tt", "xx"),
                    host.replace('.', dot)
                )
            }
            _ => self.live.clone(),
        }
    }
}

/// Values of which each is beyond doubt once it is defanged.
fn value() -> impl Strategy<Value = Value> {
    let name = || {
        (
            "[a-z]{3,8}",
            1..999_u32,
            select(vec!["net", "com", "org", "top", "info"]),
        )
            .prop_map(|(word, number, top)| format!("{word}{number}-evil.{top}"))
    };
    prop_oneof![
        (
            select(vec!["198.51.100", "203.0.113", "192.0.2"]),
            1..255_u32
        )
            .prop_map(|(net, last)| ("ipv4", format!("{net}.{last}"))),
        (1..0xffff_u32, 1..0xff_u32)
            .prop_map(|(one, other)| ("ipv6", format!("2001:db8::{one:x}:{other:x}"))),
        name().prop_map(|name| ("domain", name)),
        (
            select(vec!["http", "https"]),
            name(),
            "[a-z]{1,6}(/[a-z0-9]{1,5}){0,2}(\\.php|\\.exe)?"
        )
            .prop_map(|(scheme, name, path)| ("url", format!("{scheme}://{name}/{path}"))),
        any::<u64>().prop_map(|seed| ("md5", hash(32, seed))),
        any::<u64>().prop_map(|seed| ("sha1", hash(40, seed))),
        any::<u64>().prop_map(|seed| ("sha256", hash(64, seed))),
        (2015..2026_u32, 10_000..99_999_u32)
            .prop_map(|(year, id)| ("cve", format!("CVE-{year}-{id}"))),
    ]
    .prop_map(|(kind, live)| Value { kind, live })
}

fn values() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::hash_set(value(), 1..8).prop_map(|set| {
        let mut values: Vec<Value> = set.into_iter().collect();
        values.sort_by_key(Value::canonical);
        values
    })
}

/// Headings that say nothing about what stands below, or no more than that they are indicators.
const HEADINGS: [&str; 8] = [
    "Indicators of compromise",
    "IOCs",
    "Network indicators",
    "Appendix B",
    "Observed in May",
    "Infrastructure",
    "Details",
    "Second wave",
];

const LABELS: [&str; 6] = [
    "IOC: ",
    "Indicator: ",
    "Seen: ",
    "IOC - ",
    "Observed = ",
    "Value: ",
];

const BULLETS: [&str; 9] = ["", "- ", "* ", "• ", "1. ", "2) ", "[+] ", "> ", "– "];

const QUOTES: [(&str, &str); 5] = [("", ""), ("\"", "\""), ("'", "'"), ("`", "`"), ("<", ">")];

const DOTS: [&str; 5] = ["[.]", "(.)", "{.}", "[dot]", "[.]"];

const COLUMNS: [&str; 8] = [
    "indicator",
    "value",
    "ioc",
    "data",
    "observable",
    "artefact",
    "item",
    "thing",
];

const REMARKS: [&str; 5] = ["seen twice", "first wave", "high", "unknown", "loader"];

/// How a document is built around its values.
#[derive(Debug, Clone)]
struct Shape {
    bullet: &'static str,
    label: &'static str,
    quotes: (&'static str, &'static str),
    dot: &'static str,
    heading: &'static str,
    column: &'static str,
    remark: &'static str,
}

fn shape() -> impl Strategy<Value = Shape> {
    (
        select(BULLETS.to_vec()),
        select(LABELS.to_vec()),
        select(QUOTES.to_vec()),
        select(DOTS.to_vec()),
        select(HEADINGS.to_vec()),
        select(COLUMNS.to_vec()),
        select(REMARKS.to_vec()),
    )
        .prop_map(
            |(bullet, label, quotes, dot, heading, column, remark)| Shape {
                bullet,
                label,
                quotes,
                dot,
                heading,
                column,
                remark,
            },
        )
}

/// The indicators that come of a file, or the error that does.
fn came(name: &str, text: &str) -> BTreeSet<String> {
    let reading = read::named(name, text.as_bytes(), None);
    let kept = reading.kept.into_iter().map(|kept| kept.what);
    kept.chain(reading.error).collect()
}

fn wanted(values: &[Value]) -> BTreeSet<String> {
    values.iter().map(Value::canonical).collect()
}

/// One value a line, as it is written by `each`.
fn lines(values: &[Value], each: impl Fn(&Value) -> String) -> String {
    values.iter().map(|value| each(value) + "\n").collect()
}

proptest! {
    #![proptest_config(config())]

    /// The plainest list of all, which the others are compared with.
    #[test]
    fn a_plain_list_gives_its_values(values in values()) {
        prop_assert_eq!(came("list.txt", &lines(&values, |value| value.live.clone())), wanted(&values));
    }

    #[test]
    fn bullets_change_nothing(values in values(), shape in shape()) {
        let text = lines(&values, |value| format!("{}{}", shape.bullet, value.live));
        prop_assert_eq!(came("list.txt", &text), wanted(&values), "{}", text);
    }

    #[test]
    fn quotes_change_nothing(values in values(), shape in shape()) {
        let text = lines(&values, |value| format!("{}{}{}", shape.quotes.0, value.live, shape.quotes.1));
        prop_assert_eq!(came("list.txt", &text), wanted(&values), "{}", text);
    }

    #[test]
    fn a_label_changes_nothing(values in values(), shape in shape()) {
        let text = lines(&values, |value| format!("{}{}", shape.label, value.live));
        prop_assert_eq!(came("list.txt", &text), wanted(&values), "{}", text);
    }

    #[test]
    fn bullets_labels_quotes_and_remarks_together_change_nothing(values in values(), shape in shape()) {
        let text = lines(&values, |value| {
            format!("{}{}{}{}{} ({})", shape.bullet, shape.label, shape.quotes.0, value.defanged(shape.dot), shape.quotes.1, shape.remark)
        });
        prop_assert_eq!(came("list.txt", &text), wanted(&values), "{}", text);
    }

    #[test]
    fn a_heading_changes_nothing(values in values(), shape in shape(), end in select(vec![":", ""]), cut in any::<Index>()) {
        let (first, second) = values.split_at(cut.index(values.len() + 1));
        let list = |values: &[Value]| lines(values, |value| value.live.clone());
        let text = format!("{}{end}\n{}{}{end}\n{}", shape.heading, list(first), HEADINGS[0], list(second));
        prop_assert_eq!(came("list.txt", &text), wanted(&values), "{}", text);
    }

    #[test]
    fn defanging_changes_nothing(values in values(), shape in shape()) {
        let text = lines(&values, |value| value.defanged(shape.dot));
        prop_assert_eq!(came("list.txt", &text), wanted(&values), "{}", text);
        let table = format!("{},remark\n{}", shape.column, lines(&values, |value| format!("{},{}", value.defanged(shape.dot), shape.remark)));
        prop_assert_eq!(came("table.csv", &table), wanted(&values), "{}", table);
    }

    #[test]
    fn several_values_on_a_line_change_nothing(values in values(), shape in shape(), between in select(vec![" ", ", ", "; ", " | ", "\t", " and "])) {
        let line: Vec<String> = values.iter().map(|value| value.defanged(shape.dot)).collect();
        let text = format!("{}\n", line.join(between));
        prop_assert_eq!(came("list.txt", &text), wanted(&values), "{}", text);
    }

    #[test]
    fn a_column_more_changes_nothing(values in values(), shape in shape(), delimiter in select(vec![",", ";", "\t"]), first in any::<bool>()) {
        let row = |value: &str, remark: &str| match first {
            true => format!("{value}{delimiter}{remark}\n"),
            false => format!("{remark}{delimiter}{value}\n"),
        };
        let mut text = row(shape.column, "remark");
        values.iter().for_each(|value| text.push_str(&row(&value.live, shape.remark)));
        prop_assert_eq!(came("table.csv", &text), wanted(&values), "{}", text);
    }

    #[test]
    fn the_order_of_rows_changes_nothing(values in values(), shape in shape(), order in Just((0..8_usize).collect::<Vec<_>>()).prop_shuffle()) {
        let shuffled: Vec<Value> = order.iter().filter_map(|at| values.get(*at).cloned()).collect();
        let table = |values: &[Value]| format!("{},remark\n{}", shape.column, lines(values, |value| format!("{},{}", value.live, shape.remark)));
        prop_assert_eq!(came("table.csv", &table(&shuffled)), came("table.csv", &table(&values)), "{}", table(&values));
        let list = |values: &[Value]| lines(values, |value| format!("{}{}", shape.bullet, value.live));
        prop_assert_eq!(came("list.txt", &list(&shuffled)), came("list.txt", &list(&values)), "{}", list(&values));
    }

    #[test]
    fn line_ends_and_a_byte_order_mark_change_nothing(values in values(), shape in shape()) {
        for (name, text) in [
            ("list.txt", lines(&values, |value| format!("{}{}", shape.bullet, value.live))),
            ("report.md", format!("# {}\n\n{}", shape.heading, lines(&values, |value| format!("- {}", value.defanged(shape.dot))))),
            ("table.csv", format!("{},remark\n{}", shape.column, lines(&values, |value| format!("{},x", value.live)))),
        ] {
            prop_assert_eq!(came(name, &text), wanted(&values), "{}", text);
            prop_assert_eq!(came(name, &text.replace('\n', "\r\n")), wanted(&values), "{}", text);
            prop_assert_eq!(came(name, &format!("\u{feff}{text}")), wanted(&values), "{}", text);
            prop_assert_eq!(came(name, text.trim_end()), wanted(&values), "{}", text);
        }
    }

    #[test]
    fn markdown_around_values_changes_nothing(values in values(), shape in shape(), mark in select(vec![("", ""), ("`", "`"), ("**", "**"), ("_", "_"), ("~~", "~~")])) {
        // An author who writes a link to be followed writes it plain: only a defanged URL is sure in a text.
        let text = format!("## {}\n\n{}", shape.heading, lines(&values, |value| format!("- {}{}{}", mark.0, value.defanged(shape.dot), mark.1)));
        prop_assert_eq!(came("report.md", &text), wanted(&values), "{}", text);
        let table = format!("## {}\n\n| {} | remark |\n|---|---|\n{}", shape.heading, shape.column,
            lines(&values, |value| format!("| {}{}{} | {} |", mark.0, value.defanged(shape.dot), mark.1, shape.remark)));
        prop_assert_eq!(came("report.md", &table), wanted(&values), "{}", table);
        let fence = format!("## {}\n\n```\n{}```\n", shape.heading, lines(&values, |value| value.defanged(shape.dot)));
        prop_assert_eq!(came("report.md", &fence), wanted(&values), "{}", fence);
    }

    #[test]
    fn asciidoc_around_values_changes_nothing(values in values(), shape in shape(), mark in select(vec![("", ""), ("`", "`"), ("`+", "+`"), ("`++", "++`"), ("*", "*")])) {
        let text = format!("== {}\n\n{}", shape.heading, lines(&values, |value| format!("* {}{}{}", mark.0, value.defanged(shape.dot), mark.1)));
        prop_assert_eq!(came("report.adoc", &text), wanted(&values), "{}", text);
        let table = format!("== {}\n\n|===\n|{} |remark\n\n{}|===\n", shape.heading, shape.column,
            lines(&values, |value| format!("|{}{}{} |{}", mark.0, value.defanged(shape.dot), mark.1, shape.remark)));
        prop_assert_eq!(came("report.adoc", &table), wanted(&values), "{}", table);
    }

    #[test]
    fn html_around_values_changes_nothing(values in values(), shape in shape(), tag in select(vec!["li", "p", "code", "td", "pre", "b"])) {
        let escaped = |value: &Value| value.defanged(shape.dot).replace('&', "&amp;");
        let item = |value: &Value| match tag {
            "td" => format!("<tr><td>{}</td><td>{}</td></tr>", escaped(value), shape.remark),
            "li" => format!("<li>{}</li>", escaped(value)),
            _ => format!("<div><{tag}>{}</{tag}></div>", escaped(value)),
        };
        let body = lines(&values, item);
        let body = match tag {
            "td" => format!("<table><tr><th>{}</th><th>remark</th></tr>\n{body}</table>", shape.column),
            "li" => format!("<ul>\n{body}</ul>"),
            _ => body,
        };
        let text = format!("<!DOCTYPE html>\n<html><head><title>A report</title></head><body>\n<h2>{}</h2>\n{body}\n</body></html>\n", shape.heading);
        prop_assert_eq!(came("report.html", &text), wanted(&values), "{}", text);
    }

    #[test]
    fn a_quoted_csv_changes_nothing(values in values(), shape in shape()) {
        let text = format!("\"{}\",\"remark\"\n{}", shape.column, lines(&values, |value| format!("\"{}\",\"{}, or so\"", value.live, shape.remark)));
        prop_assert_eq!(came("table.csv", &text), wanted(&values), "{}", text);
    }

    /// What is added to a document is added to its indicators, and takes nothing away.
    #[test]
    fn more_values_are_more_indicators(values in values(), shape in shape(), kept in any::<Index>()) {
        let few = &values[..=kept.index(values.len())];
        let text = |values: &[Value]| lines(values, |value| format!("{}{}", shape.bullet, value.defanged(shape.dot)));
        let (small, large) = (came("list.txt", &text(few)), came("list.txt", &text(&values)));
        prop_assert!(small.is_subset(&large), "{}", text(&values));
    }

    /// Words between the values are in no way of them.
    #[test]
    fn lines_of_words_change_nothing(values in values(), shape in shape(), words in subsequence(vec!["Some words.", "More of them, here", "and at last", "Updated in May"], 0..4)) {
        let mut text = String::new();
        for (at, value) in values.iter().enumerate() {
            if let Some(words) = words.get(at) {
                text.push_str(&format!("{words}\n"));
            }
            text.push_str(&format!("{}{}\n", shape.bullet, value.defanged(shape.dot)));
        }
        prop_assert_eq!(came("list.txt", &text), wanted(&values), "{}", text);
    }
}
