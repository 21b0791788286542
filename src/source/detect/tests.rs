use super::*;

fn detected(name: &str, content: impl AsRef<[u8]>) -> String {
    // A real file, since bytes have no ending of a name.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    let inputs = Input::from_path(&path).unwrap();
    match format(&inputs[0]) {
        Ok(format) => format.to_string(),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::UnknownFormat);
            assert!(error.hint_text().is_some());
            error.message().to_owned()
        }
    }
}

#[test]
fn json_is_known_by_its_keys() {
    for (content, format) in [
        (r#"{"type": "bundle", "id": "bundle--1"}"#, "stix"),
        ("\u{feff}\r\n{\"objects\": []}", "stix"),
        (
            r#"{"type": "indicator", "id": "indicator--1", "value": 1}"#,
            "stix",
        ),
        (r#"[{"id": "indicator--1", "type": "indicator"}]"#, "stix"),
        (r#"{"Event": {"Attribute": []}}"#, "misp"),
        (r#"{"response": [{"Event": {}}]}"#, "misp"),
        (r#"[{"Event": {}}]"#, "misp"),
        (r#"{"Attribute": []}"#, "misp"),
        (r#"{"meta": {"value": 1}, "data": [{"id": 1}]}"#, "socdef"),
        (r#"[{"type": "ipv4", "value": "198.51.100.7"}]"#, "socdef"),
        (
            "{\"value\": \"a.example\"}\n{\"value\": \"b.example\"}\n",
            "socdef",
        ),
        (r#"["a.example", "b.example"]"#, "socdef"),
        ("[]", "socdef"),
        (
            r#"{"title": "KEV", "count": 2, "vulnerabilities": [{"value": 1}]}"#,
            "no known feed format: JSON with the keys title, count, vulnerabilities",
        ),
        (
            r#"{"data": {"value": 1}}"#,
            "no known feed format: JSON with the keys data",
        ),
        (
            r#"[{"name": "value"}]"#,
            "no known feed format: JSON with the keys name",
        ),
        ("[1, 2]", "no known feed format: JSON with no keys"),
    ] {
        assert_eq!(detected("feed.txt", content), format, "{content}");
    }
}

#[test]
fn a_list_may_open_with_a_bracket() {
    for content in [
        "[2001:db8::1]:443\n[2001:db8::2]:443\n",
        "[.]evil.example\n",
        "[2001:db8::1]\n",
        "[198.51.100.7]\n",
    ] {
        assert_eq!(detected("feed.json", content), "txt", "{content}");
    }
}

#[test]
fn what_is_no_text_is_refused() {
    assert_eq!(
        detected("a.txt", b"evil.example\0"),
        "the content is binary"
    );
    assert_eq!(
        detected("a.txt", b"PK\x03\x04"),
        "the content is a ZIP archive"
    );
    let utf16 = |bytes: &[u8]| {
        assert_eq!(detected("a.csv", bytes), "the text is UTF-16");
    };
    utf16(b"\xff\xfee\0");
    utf16(b"\xfe\xff\0e");
    let xml = "<?xml version='1.0'?>\n<rss/>";
    assert_eq!(
        detected("a.md", xml),
        "the content is XML of an unknown kind"
    );
}

#[test]
fn a_web_page_is_known_by_its_root_or_its_ending() {
    for (name, content) in [
        ("a.txt", "<!DOCTYPE html>\n<p>x"),
        ("a.md", "<!doctype HTML>\n<html>"),
        (
            "a.txt",
            "<?xml version='1.0'?>\n<html xmlns='http://www.w3.org/1999/xhtml'/>",
        ),
        ("a.txt", "<!-- saved -->\n<HTML>"),
        ("a.txt", "<table><tr><td>x"),
        ("a.txt", "<div class='x'>y"),
        ("a.html", "evil.example\n"),
        ("a.HTM", "Text <b>x</b>"),
    ] {
        assert_eq!(detected(name, content), "html", "{content}");
    }
    assert_eq!(detected("a.md", "<h1 align='center'>x</h1>\n"), "text");
    assert_eq!(detected("a.txt", "<evil.example>\n<bad.example>\n"), "txt");
    assert_eq!(
        detected("a.html", r#"{"Event": {"Attribute": []}}"#),
        "misp"
    );
}

#[test]
fn openioc_is_known_by_its_root() {
    for content in [
        "<?xml version='1.0'?>\n<!-- a <licence> -->\n<ioc xmlns='http://schemas.mandiant.com/2010/ioc'/>",
        "\u{feff}<OpenIOC>",
        "<!DOCTYPE ioc>\n<ioc/>",
    ] {
        assert_eq!(detected("a.xml", content), "openioc", "{content}");
    }
}

#[test]
fn reports_are_known_by_their_ending_where_they_are_nothing_else() {
    let report = "# Report\n\n| Domain | Note |\n|---|---|\n| evil.example | a, b |\n";
    for name in ["a.md", "a.MARKDOWN", "a.adoc", "a.asciidoc", "a.rst"] {
        assert_eq!(detected(name, report), "text", "{name}");
        assert_eq!(detected(name, r#"{"Event": {"Attribute": []}}"#), "misp");
        assert_eq!(detected(name, "[[anchor]]\n= Report\n"), "text");
    }
    assert_eq!(
        detected("a.json", "[[anchor]]\n"),
        "no known feed format: JSON with no keys"
    );
    assert_eq!(detected("a.txt", "# Report\nevil.example\n"), "txt");
}

#[test]
fn nothing_is_a_list_of_nothing() {
    assert_eq!(detected("a.txt", ""), "txt");
    assert_eq!(detected("a.json", "\u{feff} \r\n\t"), "txt");
}

#[test]
fn csv_is_known_by_its_columns() {
    for content in [
        "value,entity_type\nevil.example,hostname\n",
        "sep=;\na;b\n",
        "# a comment\n\nvalue;type\nevil.example;domain\n",
        "evil.example\tseen in May\nbad.example\tseen in June\n",
        "198.51.100.7,443,high\n198.51.100.8,80,low\n",
        "\"SHA256\", \"File\"\n\"a\", \"b\"\n",
        "value,description\nevil.example,\"one, two\nthree, four\"\nbad.example,\n",
        "evil.example|domain\nbad.example|domain\n",
        "evil.example,bad.example\n",
    ] {
        assert_eq!(detected("feed.txt", content), "csv", "{content}");
    }
}

#[test]
fn a_list_with_notes_and_commas_is_no_csv() {
    for content in [
        "evil.example\nbad.example\n",
        "5.63.151.0/24 # scanners, of rapid7\n13.249.87.0/24 # a scanner, too\n",
        "evil.example ; seen\nbad.example ; seen\n",
        "http://evil.example/a,b\nhttp://evil.example/c,d\n",
        "http://evil.example/a,b,c\nhttp://evil.example/c\nhttp://bad.example/a,b\n",
        "We saw evil.example, and more.\nThen it stopped, they say.\n",
        "evil.example, seen in May 2024\n",
    ] {
        assert_eq!(detected("feed.txt", content), "txt", "{content}");
    }
}

#[test]
fn the_ending_breaks_ties() {
    let alone = "Malicious name\nevil.example\nbad.example\n";
    assert_eq!(detected("feed.txt", alone), "txt");
    assert_eq!(detected("feed.csv", alone), "csv");
    let nothing = "a,b\nc,d\n";
    assert_eq!(detected("feed.txt", nothing), "txt");
    assert_eq!(detected("feed.tsv", nothing), "csv");
    let urls = "http://evil.example/a,b,c\nhttp://evil.example/c\nhttp://bad.example/a\n";
    assert_eq!(detected("feed.csv", urls), "txt");
}
