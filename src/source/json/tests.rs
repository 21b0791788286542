use super::*;

fn parts(text: &str, layout: Layout, limit: usize) -> Vec<String> {
    // A buffer of three bytes puts every boundary everywhere.
    let reader = io::BufReader::with_capacity(3, text.as_bytes());
    Elements::new(reader, layout, limit)
        .map(|part| match part.unwrap() {
            Part::Field { key, text } => format!("{key}={}", String::from_utf8(text).unwrap()),
            Part::Element { index, line, text } => {
                format!("{index}@{line} {}", String::from_utf8(text).unwrap())
            }
            Part::TooLong { index, .. } => format!("{index} too long"),
            Part::Broken { index, what, .. } => format!("{index} broken: {what}"),
        })
        .collect()
}

#[test]
fn an_array_is_cut_at_its_commas() {
    assert_eq!(
        parts(
            "\u{feff} [ {\"a\": \"]},\\\"\"},\n 2, \"x\" ] ",
            Layout::Array,
            99
        ),
        ["0@1 {\"a\": \"]},\\\"\"}", "1@2 2", "2@2 \"x\""]
    );
    assert_eq!(parts("[]", Layout::Array, 99), [""; 0]);
}

#[test]
fn fields_stand_around_the_array() {
    assert_eq!(
        parts(
            r#"{"meta": {"n": [1]}, "data": [{"v": 1}, {"v": 2}], "links": null}"#,
            Layout::Under("data"),
            99
        ),
        [
            r#"meta={"n": [1]}"#,
            r#"0@1 {"v": 1}"#,
            r#"1@1 {"v": 2}"#,
            "links=null"
        ]
    );
}

#[test]
fn records_follow_one_another() {
    assert_eq!(
        parts("{\"v\": 1}\n{\"v\": 2}\n\n", Layout::Records, 99),
        ["0@1 {\"v\": 1}", "1@2 {\"v\": 2}"]
    );
    assert_eq!(
        parts("{\"v\": 1}\n] x\n{\"v\": 2}", Layout::Records, 99),
        ["0@1 {\"v\": 1}", "1@2 ", "2@3 {\"v\": 2}"]
    );
}

#[test]
fn a_long_element_costs_itself_only() {
    assert_eq!(
        parts(r#"["aaaaaaaaaaaaaaaa", 1]"#, Layout::Array, 8),
        ["0 too long", "1@1 1"]
    );
}

#[test]
fn a_broken_document_says_where() {
    assert_eq!(
        parts(r#"[1, {"a""#, Layout::Array, 99),
        [
            "0@1 1",
            "1 broken: the document ends in the middle of an element"
        ]
    );
    assert_eq!(
        parts("[1 2]", Layout::Array, 99),
        ["0@1 1", "1 broken: a comma is missing between two elements"]
    );
    assert_eq!(
        parts("[1, ", Layout::Array, 99),
        ["0@1 1", "1 broken: an element is missing"]
    );
    assert_eq!(
        parts("{\"data\": [1]", Layout::Under("data"), 99),
        [
            "0@1 1",
            "1 broken: the document ends in the middle of its object"
        ]
    );
    assert_eq!(
        parts("[1] x", Layout::Array, 99),
        [
            "0@1 1",
            "1 broken: something follows the end of the document"
        ]
    );
}
