use super::*;
use crate::extract::split;
use crate::formula;
use crate::indicator::{EmailRole, Indicator, parse_date};
use crate::source::{Rejection, entry};
use crate::{Confidence, Tlp};
use proptest::prelude::*;

fn all(text: impl AsRef<[u8]>) -> Vec<Found> {
    let input = Input::from_bytes("feed.csv", text.as_ref());
    let found: Result<_> = read(&input).unwrap().collect();
    found.unwrap()
}

fn found(text: impl AsRef<[u8]>) -> Vec<String> {
    let line = |found: Found| match found {
        Found::Indicator(indicator) => {
            let line = indicator.place.unwrap().line_number().unwrap();
            format!("{line} {} {}", indicator.ioc.ioc_type(), indicator.ioc)
        }
        Found::Rejection(Rejection {
            place,
            value,
            refusal,
        }) => {
            format!(
                "{} {} {value}",
                place.line_number().unwrap(),
                refusal.reason.code()
            )
        }
        Found::Note(note) => format!("note {} {}", note.kind.code(), note.detail),
        Found::Blank(blank) => format!("blank {}", blank.text),
    };
    all(text).into_iter().map(line).collect()
}

fn one(text: &str) -> Indicator {
    let indicator = |found| match found {
        Found::Indicator(indicator) => Some(*indicator),
        _ => None,
    };
    all(text)
        .into_iter()
        .filter_map(indicator)
        .next_back()
        .unwrap()
}

const HASH: &str = "a010d5449d29a1916827fdb443e3c84c405cb2a5";

#[test]
fn the_export_of_the_api() {
    let text = "id,type,value,confidence,first_seen,last_seen,source_article,source_feed,category,tags\r\n\
        7,ipv4,198.51.100.7,high,2024-12-08T14:30:00Z,2024-12-09,https://news.example/a,A feed,news,\"c2;loader, tlp:amber\"\r\n\
        8,mitre-attack,T1071,low,,,A title,A feed,news,\r\n";
    assert_eq!(
        found(text),
        [
            "2 ipv4 198.51.100.7",
            "2 reference https://news.example/a",
            "3 technique T1071"
        ]
    );
    let Found::Indicator(indicator) = all(text).remove(0) else {
        panic!()
    };
    assert_eq!(indicator.confidence, Some(Confidence::High));
    assert_eq!(indicator.first_seen, parse_date("2024-12-08T14:30:00Z"));
    assert_eq!(indicator.last_seen, parse_date("2024-12-09"));
    assert_eq!(indicator.tags, ["c2", "loader"]);
    assert_eq!(indicator.tlp, Some(Tlp::Amber));
    assert_eq!(indicator.producers, ["SOC Defenders"]);
    let source = &indicator.sources[0];
    assert_eq!(
        source.article_url.as_deref(),
        Some("https://news.example/a")
    );
    assert_eq!(source.feed_name.as_deref(), Some("A feed"));
    assert_eq!(source.category.as_deref(), Some("news"));
    assert!(indicator.references.is_empty());
    assert!(one("value,type\nevil.example,domain").producers.is_empty());
}

#[test]
fn every_column_of_indicators_is_read() {
    let text = format!(
        "SHA1,Size,Name,C2,BTC\n{HASH},344,evil.exe,N/A,1Gmjyb9wd6Ju9phn5tREmLYwPsPFusqEx6\n\
         -,50,a.example,https://evil.example/a,N/A\n,,,198.51.100.7:443,\n"
    );
    assert_eq!(
        found(&text),
        [
            format!("2 sha1 {HASH}"),
            "3 url https://evil.example/a".into(),
            "4 ipv4 198.51.100.7".into()
        ],
        "names of files, sizes and wallets are not read"
    );
}

#[test]
fn a_column_of_unknown_name_is_read_where_half_of_it_are_indicators() {
    let rows = |more: &str| format!("Sighting,Thing\nevil.example,1\nbad.example,2\nfoo,3\n{more}");
    assert_eq!(
        found(rows("-,4\nbar,5\n")),
        [
            "2 domain evil.example",
            "3 domain bad.example",
            "4 unknown_type foo",
            "blank - 4",
            "6 unknown_type bar"
        ]
    );
    assert_eq!(
        found(rows("bar,4\nbaz,5\n")),
        [
            "2 domain evil.example",
            "3 domain bad.example",
            "blank foo,3",
            "blank bar,4",
            "blank baz,5"
        ],
        "two of five are too few for a column, and each line is read by itself"
    );
}

#[test]
fn the_type_column_is_believed() {
    let text = format!(
        "value,entity_type\n\"{HASH},9585F0C7DC287D07755E6818E1FA204C\",file\na@evil.example,emailwhois\n\
         printer.corp-lan,hostname\nevil.example,ipaddress\nevil.example,unheard-of\nevil.exe,filename\n198.51.100.7,\n"
    );
    assert_eq!(
        found(&text),
        [
            format!("2 sha1 {HASH}"),
            "2 md5 9585f0c7dc287d07755e6818e1fa204c".into(),
            "3 not_a_sender a@evil.example".into(),
            "4 domain printer.corp-lan".into(),
            "note retyped evil.example".into(),
            "5 domain evil.example".into(),
            "6 domain evil.example".into(),
            "7 filename evil.exe".into(),
            "8 ipv4 198.51.100.7".into()
        ]
    );
    let sender = one("indicator,indicator_type\na@evil.example,email-src");
    assert_eq!(sender.email_role, Some(EmailRole::Sender));
    assert_eq!(
        found("Registrant Email,Domain\na@evil.example,evil.example"),
        ["2 domain evil.example", "2 contact a@evil.example"]
    );
}

#[test]
fn pairs_are_read_as_misp_writes_them() {
    let text = format!(
        "uuid,type,value\n1,ip-dst|port,198.51.100.7|443\n2,ip-dst|port,2001:db8::1|443\n3,filename|sha1,evil.exe|{HASH}\n\
         4,domain|ip,evil.example|198.51.100.8\n5,ip-dst|port,198.51.100.7\n6,hostname|port,evil.example|80\n"
    );
    assert_eq!(
        found(&text),
        [
            "2 ipv4 198.51.100.7".to_owned(),
            "3 ipv6 2001:db8::1".into(),
            format!("4 sha1 {HASH}"),
            "5 domain evil.example".into(),
            "5 ipv4 198.51.100.8".into(),
            "6 ipv4 198.51.100.7".into(),
            "7 domain evil.example".into()
        ]
    );
    assert_eq!(one("value,type\n198.51.100.7|443,ip-dst|port").ports, [443]);
    let bars = "|".repeat(500_000);
    assert!(found(format!("value,type\n{bars},{bars}\n")).len() < 2);
}

#[test]
fn without_a_header_the_first_record_is_data() {
    assert_eq!(
        found("evil.example,seen\nbad.example,gone\n"),
        ["1 domain evil.example", "2 domain bad.example"]
    );
    assert_eq!(
        found("domain,printer.corp-lan,5\ndomain,evil.example,6\nipv4,evil.example,7\n"),
        [
            "1 domain printer.corp-lan",
            "2 domain evil.example",
            "note retyped evil.example",
            "3 domain evil.example"
        ],
        "a column of nothing but types is the type column"
    );
    assert_eq!(
        found("evil..example,x\nevil.example,x\nbad.example,x\n"),
        [
            "1 unknown_type evil..example",
            "2 domain evil.example",
            "3 domain bad.example"
        ]
    );
    assert_eq!(
        found("dns.question.name,type\nevil.example,domain\n"),
        ["2 domain evil.example"],
        "a header may look like a domain"
    );
    assert_eq!(
        found("Thing,Other\nevil.example,x\n"),
        ["2 domain evil.example"]
    );
    assert_eq!(found("evil.example\n"), ["1 domain evil.example"]);
}

#[test]
fn every_way_to_write_a_table() {
    for text in [
        "\u{feff}value,note\r\nevil.example,\"a \"\"b\"\", c\r\n",
        "# comment\nvalue;note\n\u{a0}evil.example\u{a0};a\n",
        "value\tnote\nevil.example\t\"a\nb\"\n",
        "\"value\", \"note\"\n\"evil.example\", \"a, b\"\n",
        "value,note\revil.example,a\r",
        "sep=;\r\nvalue;note\r\nevil.example;\"a,b\"\r\n",
        "value|note\n\n# comment\nevil[.]example|a\n",
        "value,note\nevil.example,a\nvalue,note\n",
    ] {
        let read = found(text);
        assert_eq!(read.len(), 1, "{text:?}: {read:?}");
        assert!(
            read[0].ends_with("domain evil.example"),
            "{text:?}: {read:?}"
        );
    }
    assert_eq!(
        found("value,note\nevil.example,\"a\nb\"\nbad.example,c\n"),
        ["2 domain evil.example", "4 domain bad.example"],
        "lines are counted inside quotes, too"
    );
    assert_eq!(
        one("value,note\nevil.example,\"a \"\"b\"\", c\"\n").context,
        ["a \"b\", c"]
    );
}

#[test]
fn the_names_may_stand_in_a_comment() {
    let text = format!(
        "################\n# ThreatFox IOCs #\n#\n\
         # \"first_seen_utc\",\"ioc_id\",\"ioc_value\",\"ioc_type\",\"threat_type\",\"malware_printable\",\"confidence_level\",\"reference\",\"tags\",\"reporter\"\n\
         \"2024-01-02 03:04:05\", \"1\", \"198.51.100.7:443\", \"ip:port\", \"botnet_cc\", \"X\", \"75\", \"https://vendor.example/a,b\", \"c2,X\", \"a@reporter.example\"\n\
         \"2024-01-02 03:04:05\", \"2\", \"{HASH}\", \"sha1_hash\", \"payload\", \"X\", \"50\", \"\", \"\", \"b@reporter.example\"\n\
         # Number of entries: 2\n"
    );
    assert_eq!(
        found(&text),
        [
            "5 ipv4 198.51.100.7".to_owned(),
            "5 reference https://vendor.example/a,b".into(),
            format!("6 sha1 {HASH}")
        ]
    );
    let Found::Indicator(first) = all(&text).remove(0) else {
        panic!()
    };
    assert_eq!(first.ports, [443]);
    assert_eq!(first.confidence, Some(Confidence::High));
    assert_eq!(first.references, ["https://vendor.example/a,b"]);
    assert_eq!(first.tags, ["botnet_cc", "X", "c2"]);
    assert_eq!(first.producers, ["abuse.ch ThreatFox"]);
}

#[test]
fn the_other_columns_say_something_about_it() {
    let indicator = one(
        "ip,port,date,expires,score,tlp,sector,technique,producer,report,link,source,comment,labels,revoked\n\
         198.51.100.7,443;80,3/18/2016,2025-01-01,20,AMBER,Finance|gaming,\"T1071.001 - Web, t1059\",ACME,A report,\
         hxxps://vendor[.]example/r,https://vendor.example/s,seen,a|b,yes\n",
    );
    assert_eq!(indicator.ports, [80, 443]);
    assert_eq!(indicator.first_seen, parse_date("2016-03-18"));
    assert_eq!(indicator.valid_until, parse_date("2025-01-01"));
    assert_eq!(indicator.confidence, Some(Confidence::Low));
    assert_eq!(indicator.tlp, Some(Tlp::Amber));
    assert_eq!(indicator.industries, ["financial-services", "gaming"]);
    assert_eq!(indicator.mitre_techniques, ["T1071.001", "T1059"]);
    assert_eq!(indicator.producers, ["ACME"]);
    assert_eq!(
        indicator.sources[0].article_title.as_deref(),
        Some("A report")
    );
    assert_eq!(
        indicator.references,
        ["https://vendor.example/r", "https://vendor.example/s"]
    );
    assert_eq!(indicator.context, ["seen"]);
    assert_eq!(indicator.tags, ["a", "b"]);
    assert!(indicator.revoked);
    let both = one("domain,created,first_seen\nevil.example,2024-05-01,2024-04-01\n");
    assert_eq!(
        both.first_seen,
        parse_date("2024-04-01"),
        "a date of the record is second best"
    );
    assert_eq!(
        one("domain,created,first_seen\nevil.example,2024-05-01,N/A\n").first_seen,
        parse_date("2024-05-01")
    );
}

#[test]
fn all_indicators_of_a_record_share_what_it_says() {
    let text =
        format!("sha1,md5,c2,note\n{HASH},9585F0C7DC287D07755E6818E1FA204C,evil.example,seen\n");
    let read = all(&text);
    assert_eq!(read.len(), 3);
    for found in read {
        let Found::Indicator(indicator) = found else {
            panic!("{found:?}")
        };
        assert_eq!(indicator.context, ["seen"]);
    }
}

#[test]
fn notes_cost_nothing() {
    assert_eq!(
        found("ip,first_seen\n198.51.100.9/24,3/4/2016\nfoo,3/4/2016\n"),
        [
            "note unreadable_date first_seen: 3/4/2016",
            "note host_bits 198.51.100.9/24",
            "2 ipv4 198.51.100.0/24",
            "3 invalid_address foo"
        ]
    );
}

#[test]
fn one_bad_record_costs_itself_only() {
    let long = format!(
        "value,note\n\"{}\",x\nevil.example,\"\nbad.example,y\n",
        "a".repeat(1 << 20)
    );
    assert_eq!(
        found(&long),
        [
            "2 line_too_long ",
            "3 domain evil.example",
            "4 domain bad.example"
        ]
    );
    assert_eq!(
        found(b"value,note\nevil\xff.example,x\nevil.example,\xff\n"),
        ["2 not_utf8 evil\u{fffd}.example", "3 domain evil.example"]
    );
    let wide = format!(
        "value,note\n{}\nevil.example\n",
        "a.example,".repeat(10_001)
    );
    assert_eq!(found(&wide), ["2 line_too_long ", "3 domain evil.example"]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(bytes in any::<Vec<u8>>(), text in "([a-c,;\"\n\r\t #|]|value|a\\.example){0,80}") {
        all(bytes);
        all(text);
    }

    #[test]
    fn what_was_written_is_read(
        rows in proptest::collection::vec(("[a-z]{1,9}", "\\PC{0,20}", "[ -~\r\n]{0,20}"), 1..20),
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
    ) {
        // With the apostrophe before what a spreadsheet would calculate, as every careful writer has it.
        let quoted = |text: &str| format!("\"{}\"", formula::guarded(text).replace('"', "\"\""));
        let mut text = format!("value{delimiter}description{delimiter}note\n");
        for (name, one, two) in &rows {
            text += &format!("{name}.example{delimiter}{}{delimiter}{}\n", quoted(one), quoted(two));
        }
        // A description may have a value in it, which is counted.
        let mut read = all(&text);
        read.retain(|found| matches!(found, Found::Indicator(_)));
        prop_assert_eq!(read.len(), rows.len());
        for (found, (name, one, two)) in read.into_iter().zip(rows) {
            let Found::Indicator(indicator) = found else { panic!("{found:?}") };
            prop_assert_eq!(indicator.ioc.to_string(), format!("{name}.example"));
            let two = two.replace("\r\n", "\n").replace('\r', "\n");
            let mut kept = Vec::new();
            for text in [&one, &two] {
                if !split::is_placeholder(text) {
                    entry::add(&mut kept, split::trim(text));
                }
            }
            prop_assert_eq!(indicator.context, kept);
        }
    }
}
