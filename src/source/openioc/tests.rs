//! Documents of both versions, and broken ones.

use super::*;
use proptest::prelude::*;

fn item(attributes: &str, search: &str, content: &str) -> String {
    format!(
        "<IndicatorItem id=\"i1\" {attributes}><Context document=\"x\" search=\"{search}\" type=\"mir\"/><Content type=\"string\">{content}</Content></IndicatorItem>\n"
    )
}

fn is(search: &str, content: &str) -> String {
    item("condition=\"is\"", search, content)
}

fn ioc(definition: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<ioc xmlns=\"http://schemas.mandiant.com/2010/ioc\"><definition>\n{definition}</definition></ioc>"
    )
}

fn one_of(items: &str) -> String {
    ioc(&format!(
        "<Indicator operator=\"OR\" id=\"g\">\n{items}</Indicator>"
    ))
}

fn both(items: &str) -> String {
    one_of(&format!(
        "<Indicator operator=\"AND\" id=\"h\">\n{items}</Indicator>"
    ))
}

fn all(text: &str) -> Vec<Found> {
    let input = Input::from_bytes("a.ioc", text.as_bytes());
    read(&input).unwrap().map(|found| found.unwrap()).collect()
}

fn found(text: &str) -> Vec<String> {
    all(text)
        .into_iter()
        .map(|found| match found {
            Found::Indicator(indicator) => {
                let line = indicator.place.as_ref().unwrap().line_number().unwrap();
                format!(
                    "{line} {} {} {:?}",
                    indicator.ioc.ioc_type(),
                    indicator.ioc,
                    indicator.ports
                )
            }
            Found::Rejection(rejection) => format!(
                "{} {} {} ({})",
                rejection.place.line_number().unwrap(),
                rejection.refusal.reason.code(),
                rejection.value,
                rejection.refusal.detail.unwrap_or_default()
            ),
            Found::Note(note) => format!("note {}", note.detail),
            Found::Blank(blank) => format!("blank {}", blank.text),
        })
        .collect()
}

fn refused(text: &str) -> Error {
    let input = Input::from_bytes("a.ioc", text.as_bytes());
    let Err(error) = read(&input) else {
        panic!("{text}")
    };
    assert_eq!(error.kind().exit_status(), 2);
    error
}

#[test]
fn alternatives_are_judged_one_by_one() {
    let md5 = "D41D8CD98F00B204E9800998ECF8427F";
    let items = [
        is("FileItem/Md5sum", md5),
        item("condition=\"is\" negate=\"true\"", "FileItem/Md5sum", md5),
        item(
            "condition=\"contains\" negate=\"false\"",
            "Network/DNS",
            "evil.example",
        ),
        item("condition=\"isnot\"", "PortItem/remoteIP", "198.51.100.7"),
        is("FileItem/FileName", "a.exe"),
        is("Network/URI", "/gate.php?a=1&amp;b=&#50;"),
        is("FileItem/Sha1sum", "12"),
        is("", "x"),
        is("Network/DNS", "<![CDATA[evil.example]]>"),
    ];
    assert_eq!(
        found(&one_of(&items.concat())),
        [
            "4 md5 d41d8cd98f00b204e9800998ecf8427f []",
            "5 pattern_not_supported D41D8CD98F00B204E9800998ECF8427F (negate, item i1)",
            "6 pattern_not_supported evil.example (contains, item i1)",
            "7 pattern_not_supported 198.51.100.7 (isnot, item i1)",
            "8 filename a.exe []",
            "9 no_host /gate.php?a=1&b=2 ()",
            "10 invalid_hash 12 ()",
            "11 broken_entry x (the search term is empty, item i1)",
            "12 domain evil.example []",
        ]
    );
}

#[test]
fn what_stands_together_is_one_thing() {
    let address = is("PortItem/remoteIP", "198.51.100.7");
    let port = is("PortItem/remotePort", "8080");
    let name = is("FileItem/FileName", "a.exe");
    let mutex = is("ProcessItem/HandleList/Handle/Name", "a");
    let size = is("FileItem/SizeInBytes", "75264");
    let part = item("condition=\"contains\"", "FileItem/FilePath", "Temp");
    let not = item(
        "condition=\"is\" negate=\"true\"",
        "FileItem/FileName",
        "b.exe",
    );
    let either = format!(
        "<Indicator operator=\"OR\">{address}{}</Indicator>",
        is("Network/DNS", "evil.example")
    );
    assert_eq!(
        found(&both(&format!("{address}{port}"))),
        ["5 ipv4 198.51.100.7 [8080]"]
    );
    assert_eq!(
        found(&both(&format!("{either}{name}"))),
        ["5 ipv4 198.51.100.7 []", "6 domain evil.example []"]
    );
    assert_eq!(
        found(&both(&format!("{mutex}{size}"))),
        [
            "4 unsupported_type h: ProcessItem/HandleList/Handle/Name is a; FileItem/SizeInBytes is 75264 (ProcessItem/HandleList/Handle/Name)"
        ]
    );
    for beyond in [&part, &not] {
        let refused = found(&both(&format!("{either}{beyond}")));
        assert_eq!(refused.len(), 2);
        assert!(
            refused
                .iter()
                .all(|line| line.contains("pattern_not_supported")),
            "{refused:?}"
        );
    }
    let refused = found(&both(&format!("{name}{part}")));
    assert!(
        refused.len() == 1 && refused[0].starts_with("4 pattern_not_supported h: "),
        "{refused:?}"
    );
    assert_eq!(
        found(&both(&address)),
        ["5 ipv4 198.51.100.7 []"],
        "one alone stands with nothing"
    );
    assert_eq!(found(&both(&part)).len(), 1);
    // The item after the group is an alternative again.
    let after = one_of(&format!(
        "<Indicator operator=\"AND\">{part}{name}</Indicator>{address}"
    ));
    assert!(found(&after)[1].contains("ipv4 198.51.100.7"));
    let negated = ioc(&format!(
        "<Indicator operator=\"OR\" negate=\"true\">{address}</Indicator>"
    ));
    assert!(found(&negated)[0].contains("pattern_not_supported 198.51.100.7"));
}

#[test]
fn metadata_of_both_versions() {
    let head = "<short_description>DARWIN</short_description><description>Two\n  lines</description><keywords>apt c2</keywords>\
        <authored_by>FireEye</authored_by><authored_date>2014-08-28T15:57:54Z</authored_date><links>\
        <link rel=\"threatgroup\">APT12</link><link rel=\"report\" href=\"https://vendor.example/r\"/><link rel=\"license\">Apache</link>\
        <link rel=\"attack\">T1071.001</link></links>";
    let items = format!(
        "<Indicator operator=\"OR\">{}</Indicator>",
        is("Network/DNS", "evil.example")
    );
    let old = format!("<ioc>{head}<definition>{items}</definition></ioc>");
    let new = format!(
        "<o:OpenIOC xmlns:o=\"http://openioc.org/schemas/OpenIOC_1.1\"><metadata>{head}</metadata><criteria>{items}</criteria>\
         <parameters><param id=\"1\" ref-id=\"2\" name=\"tlp\"><value>TLP:AMBER</value></param></parameters></o:OpenIOC>"
    );
    for (text, tlp) in [(old, None), (new, Some(crate::Tlp::Amber))] {
        let all = all(&text);
        let [Found::Indicator(indicator)] = &all[..] else {
            panic!("{all:?}")
        };
        assert_eq!(indicator.producers, ["FireEye"]);
        assert_eq!(indicator.context, ["Two lines"]);
        assert_eq!(
            indicator.sources[0].article_title.as_deref(),
            Some("DARWIN")
        );
        assert_eq!(indicator.tags, ["apt", "c2", "APT12"]);
        assert_eq!(indicator.references, ["https://vendor.example/r"]);
        assert_eq!(indicator.mitre_techniques, ["T1071.001"]);
        assert_eq!(
            indicator.first_seen,
            crate::indicator::parse_date("2014-08-28T15:57:54Z")
        );
        assert_eq!(indicator.tlp, tlp);
    }
    let marked =
        "<ioc><links><link rel=\"tlp\">GREEN</link></links><definition><Indicator operator=\"OR\">"
            .to_owned()
            + &is("Network/DNS", "evil.example")
            + "</Indicator></definition></ioc>";
    assert!(
        matches!(&all(&marked)[..], [Found::Indicator(one)] if one.tlp == Some(crate::Tlp::Green) && one.tags.is_empty())
    );
}

#[test]
fn a_document_type_is_refused_wherever_it_stands() {
    let bomb = "<?xml version=\"1.0\"?>\n<!DOCTYPE ioc [<!ENTITY a \"b\">]>\n<ioc><definition>&a;</definition></ioc>";
    let error = refused(bomb);
    assert_eq!(error.place(), Some("a.ioc:2"));
    assert!(error.hint_text().is_some());
    assert_eq!(
        refused("<ioc>\n\n<!DOCTYPE x></ioc>").place(),
        Some("a.ioc:3")
    );
}

#[test]
fn what_is_no_openioc_is_said() {
    assert!(refused("<html></html>").message().contains("`html`"));
    assert!(refused("evil.example").message().contains("`nothing`"));
    assert!(refused("").message().contains("`nothing`"));
}

#[test]
fn the_readable_part_is_read_and_the_rest_refused() {
    let whole = one_of(&(is("Network/DNS", "evil.example") + &is("Network/DNS", "bad.example")));
    let deep = format!("<ioc>{}", "<a>".repeat(100_000));
    let long = one_of(&is("Network/DNS", &"a".repeat(2 << 20)));
    let undefined = one_of(&is("Network/DNS", "&evil;"));
    let latin = [
        one_of(&is("Network/DNS", "evil.example")).as_bytes(),
        b"\xff<a>",
    ]
    .concat();
    assert_eq!(found(&whole[..whole.find("bad").unwrap()]).len(), 2);
    for (text, words) in [(&deep, "deeper"), (&long, "1 MiB"), (&undefined, "&evil;")] {
        let all = found(text);
        assert!(
            all.len() == 1 && all[0].contains("broken_entry") && all[0].contains(words),
            "{all:?}"
        );
    }
    let input = Input::from_bytes("a.ioc", latin);
    assert!(read(&input).unwrap().all(|found| found.is_ok()));
    let value = one_of(&is("Network/DNS", &"a".repeat(9000)));
    assert!(found(&value)[0].contains("value_too_long"));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(
        bytes in any::<Vec<u8>>(),
        parts in prop::collection::vec(prop::sample::select(vec![
            "<ioc>", "</ioc>", "<Indicator operator=\"AND\">", "<Indicator operator=\"OR\">", "</Indicator>",
            "<IndicatorItem condition=\"is\">", "</IndicatorItem>", "<Context search=\"Network/DNS\"/>", "<Content>", "</Content>",
            "evil.example", "&amp;", "&#0;", "<!--", "-->", "<![CDATA[", "]]>", "<?x", "\"", "\n",
        ]), 0..40),
    ) {
        let text = format!("<ioc>{}", parts.concat());
        for content in [&bytes[..], text.as_bytes()] {
            let input = Input::from_bytes("a.ioc", content);
            if let Ok(mut found) = read(&input) {
                prop_assert!(found.all(|found| found.is_ok()));
            }
        }
    }
}
