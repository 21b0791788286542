//! Sets of defanged indicators, and any bytes.

use proptest::prelude::*;

use super::told;
use crate::source::Input;
use crate::source::text::read;

/// A canonical value, and a defanged spelling of it.
fn defanged() -> impl Strategy<Value = (String, String)> {
    let name = "[a-z]{3,8}(\\.[a-z0-9]{3,6})?\\.(com|example|sh|zip|co\\.uk)";
    let dot = || prop::sample::select(vec!["[.]", "(.)", "[dot]", "{.}", " [.] ", "[.", "(dot)"]);
    prop_oneof![
        (name, dot()).prop_map(|(name, dot)| (format!("domain {name}"), name.replace('.', dot))),
        (
            any::<[u8; 4]>(),
            prop::sample::select(vec!["[.]", "(.)", " [.] "])
        )
            .prop_map(|(octets, dot)| {
                let quad = octets.map(|octet| octet.to_string()).join(".");
                (format!("ipv4 {quad}"), quad.replacen('.', dot, 3))
            }),
        (name, "[a-zA-Z0-9/_-]{0,12}")
            .prop_map(|(name, path)| {
                (
                    format!("url http://{name}/{path}"),
                    format!("hxxp://{}/{path}", name.replace('.', "[.]")),
                )
            })
            .prop_filter("a mark of the sentence", |(_, text)| !text
                .ends_with(['_', '-'])),
        (name, "[a-z]{2,6}").prop_map(|(name, local)| (
            format!("email {local}@{name}"),
            format!("{local}[at]{}", name.replace('.', "[.]"))
        )),
        "[0-9a-f]{64}".prop_map(|hex| (format!("sha256 {hex}"), hex.to_uppercase())),
        (2000..2030u32, 1000..99_999u32).prop_map(|(year, number)| (
            format!("cve CVE-{year}-{number}"),
            format!("CVE-{year}-{number}")
        )),
    ]
}

proptest! {
    #[test]
    fn a_set_of_defanged_indicators_is_found_exactly(set in prop::collection::vec((defanged(), 0..6usize), 0..20)) {
        let mut text = "# A report\n\nIt runs setup.py and kernel32.dll, e.g. in v1.2.3.4.\n\n".to_owned();
        let mut expected = Vec::new();
        for ((value, spelling), form) in &set {
            text.push_str(&match form {
                0 => format!("The loader connects to {spelling}, as README.md says.\n\n"),
                1 => format!("* {spelling}\n"),
                2 => format!("- `{spelling}` (seen in May)\n"),
                3 => format!("| {spelling} | node.js | asp.net |\n"),
                4 => format!("```\n{spelling}\n```\n"),
                _ => format!("It ends with {spelling}.\n\n"),
            });
            expected.push(value.clone());
        }
        let found: Vec<String> = told(&text).iter().map(|found| found.split_once(' ').unwrap().1.to_owned()).collect();
        prop_assert_eq!(found, expected, "{}", text);
    }

    #[test]
    fn any_bytes_are_read_without_harm(
        bytes in any::<Vec<u8>>(),
        text in "([a-c,;|#: \n\t\\[\\]().`<>*=_-]|://|\\]\\(|a\\.com|198\\.51\\.100\\.7|访|\\|===|```|\\[dot\\]| \\[at\\] ){0,60}",
    ) {
        for content in [&bytes[..], text.as_bytes()] {
            for name in ["report.md", "report.adoc"] {
                let input = Input::from_bytes(name, content);
                prop_assert!(read(&input).unwrap().all(|found| found.is_ok()));
            }
        }
    }
}
