//! What a plain scalar is to PyYAML, whose rules are those of YAML 1.1 (`yaml/resolver.py`): `no` is a truth value there.

use std::sync::LazyLock;

use chrono::NaiveDate;
use regex::Regex;

use crate::rule::node::Node;

/// Numbers and moments, as PyYAML's implicit resolvers have them.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    let skeletons = [
        r"[-+]?0b[0-1_]+",
        r"[-+]?0[0-7_]+",
        r"[-+]?(?:0|[1-9][0-9_]*)",
        r"[-+]?0x[0-9a-fA-F_]+",
        r"[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+",
        r"[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?",
        r"[-+]?\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?",
        r"[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*",
        r"[-+]?\.(?:inf|Inf|INF)",
        r"\.(?:nan|NaN|NAN)",
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
        r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:.*",
    ];
    #[expect(clippy::unwrap_used, reason = "the pattern does not change")]
    Regex::new(&format!("^(?:{})$", skeletons.join("|"))).unwrap()
});

/// The value of a plain scalar; `None` where PyYAML makes something of it that no [`Node`] is.
pub(super) fn resolve(text: &str) -> Option<Node> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Node::Null,
        "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => Node::Bool(true),
        "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Node::Bool(false)
        }
        "<<" | "=" => return None,
        _ if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) => {
            Node::Text(text.to_owned())
        }
        _ if is_canonical(text) => Node::Int(text.parse().ok()?),
        _ if is_day(text) => Node::Date(NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?),
        _ if OTHER.is_match(text) => return None,
        _ => Node::Text(text.to_owned()),
    })
}

/// Whether it is an integer as everybody writes it.
fn is_canonical(text: &str) -> bool {
    text == "0"
        || !text.starts_with('0')
            && text.len() < 19
            && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether it has the form of a day, `2026-05-17`.
pub(super) fn is_day(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, byte)| match at {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    // `tests/python/test_read_rules.py` compares with PyYAML itself.
    #[test]
    fn plain_scalars() {
        for (text, node) in [
            ("no", Node::Bool(false)),
            ("0", Node::Int(0)),
            ("4688", Node::Int(4688)),
            ("198.51.100.7", Node::from("198.51.100.7")),
            ("1e3", Node::from("1e3")),
            (
                "2026-05-17",
                Node::Date(NaiveDate::from_ymd_opt(2026, 5, 17).unwrap()),
            ),
            ("Y", Node::from("Y")),
        ] {
            assert_eq!(resolve(text), Some(node), "{text}");
        }
        for text in [
            "012",
            "0x1F",
            "1:30",
            "1.5",
            "-3",
            "2026-02-30",
            "2026-5-1T1:00:00",
            ".inf",
            "<<",
        ] {
            assert_eq!(resolve(text), None, "{text}");
        }
    }
}
