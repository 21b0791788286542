//! What each line of a document is.

use super::*;

fn read(asciidoc: bool, text: &str) -> Vec<String> {
    let mut blocks = Blocks::new(asciidoc);
    text.lines()
        .map(|line| match blocks.read(line) {
            Line::Heading(level, text) => format!("{level} {text}"),
            Line::Underline(level) => format!("under {level}"),
            Line::Field(name, value) => format!("{name}={value}"),
            Line::Cells(cells) => format!("{cells:?}"),
            Line::Item(text) => format!("item {text}"),
            Line::Prose(text) => format!("text {text}"),
            Line::Code(text) => format!("code {text}"),
            Line::Separator => "=".to_owned(),
            Line::Nothing => "-".to_owned(),
        })
        .collect()
}

#[test]
fn headings_of_every_kind() {
    assert_eq!(
        read(
            false,
            "---\nauthor: \"ESET\"\n---\n# One #\nTwo\n===\nThree\n-----\n**Domains**\nIt calls:\n\nReferences\n======\na\n---------"
        ),
        [
            "-",
            "author=ESET",
            "-",
            "1 One #",
            "text Two",
            "under 1",
            "text Three",
            "under 2",
            "99 Domains",
            "99 It calls",
            "-",
            "99 References",
            "-",
            "text a",
            "under 2"
        ]
    );
    assert_eq!(
        read(
            true,
            "= One\n:author: ESET\n\nTwo\n---\n\n----\na.example\n----\n// no\n////\nno\n////\nb"
        ),
        [
            "1 One",
            "author=ESET",
            "-",
            "text Two",
            "under 1",
            "-",
            "-",
            "code a.example",
            "-",
            "-",
            "-",
            "-",
            "-",
            "text b"
        ]
    );
}

#[test]
fn lists_code_and_comments() {
    assert_eq!(
        read(
            false,
            "* a\n- [x] b\n12. c\n> - d\n```text\ne\n```\n\n    f\n<!-- g\nh -->\n<!-- i -->\n----\n1.2.3.4"
        ),
        [
            "item a",
            "item b",
            "item c",
            "item d",
            "-",
            "code e",
            "-",
            "-",
            "code f",
            "-",
            "-",
            "-",
            "-",
            "text 1.2.3.4"
        ]
    );
}

#[test]
fn columns_have_the_meaning_of_their_names() {
    let markdown = read(
        false,
        "| Domain | Filename |\n|---|:-:|\n| a | b |\n\nx | y",
    );
    assert_eq!(markdown[1], "=");
    assert_eq!(markdown[2], r#"[("a", Some(Names)), ("b", Some(Files))]"#);
    assert_eq!(markdown[4], r#"[("x", None), ("y", None)]"#);
    let asciidoc = read(
        true,
        "[options=\"header\"]\n|===\n|SHA-1 hash|Filename\n|a|b\n|===\n|c|d",
    );
    assert_eq!(
        asciidoc[3],
        r#"[("a", Some(Indicators)), ("b", Some(Files))]"#
    );
    assert_eq!(asciidoc[5], r#"[("c", None), ("d", None)]"#);
    let tabs = read(false, "Domain\tNote\na\tb");
    assert_eq!(tabs[1], r#"[("a", Some(Names)), ("b", Some(Unknown))]"#);
}
