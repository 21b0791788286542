//! Several values in one cell or line.

use crate::indicator::{Expect, Ioc, Parsed, Refusal, parse_as};

/// Whether a text only says that there is no value.
pub(crate) fn is_placeholder(text: &str) -> bool {
    const WORDS: [&str; 17] = [
        "n/a",
        "na",
        "n.a.",
        "#n/a",
        "none",
        "null",
        "nil",
        "nan",
        "unknown",
        "undefined",
        "not available",
        "not applicable",
        "not known",
        "tbd",
        "(none)",
        "(null)",
        "<none>",
    ];
    let text = trim(text);
    text.chars()
        .all(|c| matches!(c, '-' | '–' | '—' | '?' | '.' | '*' | '_'))
        || WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Without white space (no-break spaces too) and byte order marks around it.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// The values in a text, each as it was written and as it was understood; none in a placeholder.
///
/// A text is a list where `,`, `;`, `|` or white space part it into at least two values. Otherwise it is one value, so
/// that a URL with a comma stays whole; and if that is not a value, what its commas, semicolons, bars and line ends
/// part is taken where at least half of it are values: one bad entry does not cost its neighbours.
pub(crate) fn values(text: &str, expect: Expect) -> Vec<(&str, Result<Parsed, Refusal>)> {
    let text = trim(text);
    if is_placeholder(text) {
        return Vec::new();
    }
    let separated = text.contains(|c: char| is_separator(c) || c.is_whitespace());
    if separated && let Some(list) = list(text, expect) {
        return list;
    }
    let whole = parse_as(expect, text);
    if whole.is_err() && separated {
        let parts: Vec<_> = parts(text, |c| is_separator(c) || c == '\n')
            .map(|part| (part, parse_as(expect, part)))
            .collect();
        let good = parts.iter().filter(|(_, parsed)| parsed.is_ok()).count();
        if parts.len() > 1 && good * 2 >= parts.len() {
            return parts;
        }
    }
    vec![(text, whole)]
}

/// The values of a list in which every part is one.
fn list(text: &str, expect: Expect) -> Option<Vec<(&str, Result<Parsed, Refusal>)>> {
    let mut list = Vec::new();
    for part in parts(text, |c| is_separator(c) || c.is_whitespace()) {
        // What a lenient type would take (`y.z` as a URL) has to be a value on its own account.
        let alone = parse_as(Expect::Any, part).ok()?;
        if expect == Expect::Type(crate::IocType::Url) && !matches!(alone.ioc, Ioc::Url(_)) {
            return None;
        }
        list.push((part, Ok(parse_as(expect, part).ok()?)));
    }
    (list.len() > 1).then_some(list)
}

fn is_separator(c: char) -> bool {
    matches!(c, ',' | ';' | '|')
}

fn parts(text: &str, separates: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    text.split(separates)
        .map(trim)
        .filter(|part| !is_placeholder(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IocType;

    fn read(text: &str, expect: Expect) -> Vec<String> {
        values(text, expect)
            .into_iter()
            .map(|(given, parsed)| match parsed {
                Ok(parsed) => parsed.ioc.to_string(),
                Err(refusal) => format!("{}: {given}", refusal.reason.code()),
            })
            .collect()
    }

    #[test]
    fn a_list_is_one_where_every_part_is_a_value() {
        let hashes = "9585F0C7DC287D07755E6818E1FA204C,a010d5449d29a1916827fdb443e3c84c405cb2a5";
        assert_eq!(
            read(hashes, Expect::Hash),
            [
                "9585f0c7dc287d07755e6818e1fa204c",
                "a010d5449d29a1916827fdb443e3c84c405cb2a5"
            ]
        );
        for text in [
            "evil.example, bad.example",
            "evil[.]example;bad.example",
            "evil.example | bad.example",
            "evil.example\nbad.example",
            "evil.example bad.example N/A",
        ] {
            assert_eq!(read(text, Expect::Any), ["evil.example", "bad.example"]);
        }
        assert_eq!(
            read("http://evil.example/a,http://bad.example/b", Expect::Any),
            ["http://evil.example/a", "http://bad.example/b"]
        );
    }

    #[test]
    fn a_url_with_a_comma_stays_whole() {
        for expect in [Expect::Any, Expect::Type(IocType::Url)] {
            assert_eq!(
                read("http://evil.example/a,b;c|d", expect),
                ["http://evil.example/a,b;c|d"]
            );
        }
        assert_eq!(
            read("http://evil.example/x,y.com", Expect::Type(IocType::Url)),
            ["http://evil.example/x,y.com"]
        );
        assert_eq!(read("evil [.] example", Expect::Any), ["evil.example"]);
    }

    #[test]
    fn one_bad_entry_does_not_cost_its_neighbours() {
        assert_eq!(
            read("198.51.100.7, 198.51.100.999, evil.example", Expect::Any),
            [
                "198.51.100.7",
                "invalid_address: 198.51.100.999",
                "evil.example"
            ]
        );
        assert_eq!(
            read(
                "printer.corp-lan; door.corp-lan",
                Expect::Type(IocType::Domain)
            ),
            ["printer.corp-lan", "door.corp-lan"]
        );
        assert_eq!(
            read("it asks, and evil.example, it says, answers", Expect::Any).len(),
            1
        );
    }

    #[test]
    fn a_placeholder_is_no_value() {
        for text in [
            "", " ", "N/A", "-", "--", "none", "NULL", "unknown", "\u{a0}", "?", "—",
        ] {
            assert_eq!(read(text, Expect::Any), [""; 0], "{text:?}");
        }
    }
}
