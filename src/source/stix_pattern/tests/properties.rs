//! Properties that hold for any text.

use proptest::prelude::*;

use super::*;

/// A literal by the book: `\` and `'` escaped, nothing else.
fn literal(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// Pieces of the language in any order: more of it is reached than with arbitrary text.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "[",
        "]",
        "(",
        ")",
        "'",
        "\"",
        "\\",
        "=",
        "!=",
        "<",
        "*",
        ".",
        ":",
        ",",
        " ",
        " AND ",
        " OR ",
        " NOT ",
        " FOLLOWEDBY ",
        " IN ",
        " LIKE ",
        " WITHIN ",
        "5",
        "-",
        " SECONDS",
        "START",
        "EXISTS ",
        "url:value",
        "file:hashes",
        "'a'",
        "/*",
        "*/",
        "//",
        "\n",
        "é",
        "t'",
        "[url:value = 'u']",
        "ipv4-addr:value ISSUBSET ",
    ]);
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_gives_a_reading(text in any::<String>()) {
        prop_assert!(!readings(&text).is_empty());
    }

    #[test]
    fn any_pieces_of_the_language_give_a_reading(text in pieces()) {
        prop_assert!(!readings(&text).is_empty());
        let bracketed = format!("[{text}]");
        prop_assert!(!readings(&bracketed).is_empty());
    }

    #[test]
    fn any_values_come_back_as_they_went_in(values in prop::collection::vec(any::<String>(), 1..6)) {
        let comparisons: Vec<_> = values.iter().map(|v| format!("url:value = {}", literal(v))).collect();
        let literals: Vec<_> = values.iter().map(|v| literal(v)).collect();
        for pattern in [
            format!("[{}]", comparisons.join(" OR ")),
            format!("[{}]", comparisons.join("] AND [")),
            format!("[url:value IN ({})]", literals.join(",")),
        ] {
            let found: Vec<_> = readings(&pattern)
                .into_iter()
                .map(|reading| match reading {
                    Reading::Value(value) => value.text,
                    refused => panic!("{refused:?}"),
                })
                .collect();
            prop_assert_eq!(&found, &values);
        }
    }
}
