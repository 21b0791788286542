use super::*;
use crate::indicator::{Indicator, parse_date};
use crate::source::{Format, ReadOptions, detect, read as open};
use crate::{Confidence, IocType};

fn all(text: &str) -> Vec<Found> {
    let input = Input::from_bytes("feed", text.as_bytes());
    let found: Result<_> = open(&input, &ReadOptions::default()).unwrap().collect();
    found.unwrap()
}

fn line(found: Found) -> String {
    match found {
        Found::Indicator(indicator) => {
            let place = indicator.place.unwrap();
            let at = place.path().unwrap_or_else(|| format!("{place}"));
            format!("{at} {} {}", indicator.ioc.ioc_type(), indicator.ioc)
        }
        Found::Rejection(rejection) => {
            let place = rejection.place;
            let at = place.path().unwrap_or_else(|| format!("{place}"));
            format!("{at} {}", rejection.refusal.reason.code())
        }
        Found::Note(note) => format!("note {} {}", note.kind.code(), note.detail),
        Found::Blank(blank) => format!("blank {}", blank.text),
    }
}

fn lines(text: &str) -> Vec<String> {
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

fn format(text: &str) -> String {
    let input = Input::from_bytes("feed", text.as_bytes());
    detect(&input).unwrap().to_string()
}

const URLHAUS_API: &str = r#"{"query_status": "ok", "urls": [{"id": "1", "urlhaus_reference": "https://urlhaus.abuse.ch/url/1/",
    "url": "http://evil.example/bin.sh", "url_status": "offline", "host": "evil.example", "date_added": "2026-05-17 12:00:00 UTC",
    "threat": "malware_download", "blacklists": {"spamhaus_dbl": "not listed"}, "reporter": "someone", "larted": "true",
    "tags": ["elf", "Mozi"]}]}"#;

const THREATFOX_API: &str = r#"{"query_status": "ok", "data": [{"id": "41", "ioc": "[2001:db8::7]:8080", "threat_type": "botnet_cc",
    "threat_type_desc": "A server of example.com", "ioc_type": "ip:port", "ioc_type_desc": "ip:port combination",
    "malware": "win.dridex", "malware_printable": "Dridex", "malware_alias": null,
    "malware_malpedia": "https:\/\/malpedia.example\/details\/win.dridex", "confidence_level": 50,
    "first_seen": "2026-05-17 12:00:00 UTC", "last_seen": null, "reporter": "someone",
    "reference": "https:\/\/vendor.example\/report", "tags": ["exe", "test"]}]}"#;

#[test]
fn the_api_of_urlhaus() {
    assert_eq!(format(URLHAUS_API), "abusech");
    assert_eq!(
        lines(URLHAUS_API),
        [
            "urls[0] url http://evil.example/bin.sh",
            "urls[0] reference"
        ],
        "the host is not an indicator of its own"
    );
    let indicator = one(URLHAUS_API);
    assert_eq!(indicator.producers, ["abuse.ch URLhaus"]);
    assert_eq!(indicator.first_seen, parse_date("2026-05-17T12:00:00Z"));
    assert_eq!(indicator.tags, ["malware_download", "elf", "Mozi"]);
    assert_eq!(indicator.context, ["url_status: offline"]);
    assert_eq!(indicator.references, ["https://urlhaus.abuse.ch/url/1/"]);
    assert_eq!(indicator.sources[0].origin.as_deref(), Some("someone"));
    assert!(!indicator.revoked, "offline is a state, not an end");
}

#[test]
fn the_api_of_threatfox() {
    assert_eq!(format(THREATFOX_API), "abusech");
    assert_eq!(
        lines(THREATFOX_API),
        [
            "data[0] ipv6 2001:db8::7",
            "data[0] reference",
            "data[0] reference"
        ]
    );
    let indicator = one(THREATFOX_API);
    assert_eq!(indicator.ports, [8080]);
    assert_eq!(indicator.confidence, Some(Confidence::Medium));
    assert_eq!(indicator.producers, ["abuse.ch ThreatFox"]);
    assert_eq!(indicator.tags, ["botnet_cc", "Dridex", "exe", "test"]);
    assert_eq!(indicator.first_seen, parse_date("2026-05-17T12:00:00Z"));
    assert_eq!(indicator.last_seen, None);
    assert_eq!(
        indicator.references,
        [
            "https://malpedia.example/details/win.dridex",
            "https://vendor.example/report"
        ]
    );
}

#[test]
fn the_types_of_threatfox() {
    let (md5, sha1, sha256) = ("a".repeat(32), "b".repeat(40), "c".repeat(64));
    let entry = |value: &str, kind: &str| {
        format!(
            r#"{{"ioc_value": "{value}", "ioc_type": "{kind}", "threat_type": "payload", "malware_printable": "Unknown malware", "confidence_level": 0}}"#
        )
    };
    let entries = [
        entry(&md5, "md5_hash"),
        entry(&sha1, "sha1_hash"),
        entry(&sha256, "sha256_hash"),
        entry(&"d".repeat(96), "sha3_384_hash"),
        entry("a@evil.example", "envelope_from"),
        entry(&md5, "sha1_hash"),
        entry("http://evil.example/a,b", "url"),
    ];
    // The dump: a list under each id.
    let dump: Vec<String> = (10..)
        .zip(&entries)
        .map(|(id, entry)| format!("\"{id}\": [{entry}]"))
        .collect();
    let dump = format!("{{{}}}", dump.join(", "));
    assert_eq!(format(&dump), "abusech");
    assert_eq!(
        lines(&dump),
        [
            format!("10[0] md5 {md5}"),
            format!("11[0] sha1 {sha1}"),
            format!("12[0] sha256 {sha256}"),
            "13[0] unsupported_type".into(),
            "14[0] email a@evil.example".into(),
            format!("note retyped {md5}"),
            format!("15[0] md5 {md5}"),
            "16[0] url http://evil.example/a,b".into(),
        ]
    );
    let Found::Indicator(first) = all(&dump).remove(0) else {
        panic!()
    };
    assert_eq!(first.tags, ["payload"], "an unknown family is not a tag");
    assert_eq!(first.confidence, None);
}

#[test]
fn certificates_are_no_files() {
    let text = format!(
        "# abuse.ch SSLBL\n# Listingdate,SHA1,Listingreason\n2026-05-17 12:00:00,{},Dridex C&C\n",
        "a".repeat(40)
    );
    assert_eq!(lines(&text), ["feed:3 unsupported_type"]);
    let servers =
        "# abuse.ch SSLBL\n#\n# Firstseen,DstIP,DstPort\n2026-05-17 12:00:00,198.51.100.7,443\n";
    assert_eq!(format(servers), "abusech");
    let server = one(servers);
    assert_eq!(server.ports, [443]);
    assert_eq!(server.producers, ["abuse.ch SSLBL"]);
    assert_eq!(server.first_seen, parse_date("2026-05-17T12:00:00Z"));
}

#[test]
fn the_hashes_of_malwarebazaar() {
    let text = format!(
        r#"{{"query_status": "ok", "data": [{{"sha256_hash": "{}", "sha3_384_hash": "{}", "sha1_hash": "{}", "md5_hash": "{}",
        "first_seen": "2026-05-17 12:00:00", "last_seen": null, "file_name": "evil.example", "reporter": "someone",
        "imphash": "{}", "signature": "AgentTesla", "tags": ["exe"], "intelligence": {{"clamav": null}}}}]}}"#,
        "a".repeat(64),
        "b".repeat(96),
        "c".repeat(40),
        "d".repeat(32),
        "e".repeat(32)
    );
    let mut kinds = Vec::new();
    let mut others = Vec::new();
    for found in all(&text) {
        match found {
            Found::Indicator(indicator) => {
                assert_eq!(indicator.tags, ["AgentTesla", "exe"]);
                assert_eq!(indicator.producers, ["abuse.ch MalwareBazaar"]);
                kinds.push(indicator.ioc.ioc_type());
            }
            Found::Rejection(rejection) => others.push(rejection),
            other => panic!("{other:?}"),
        }
    }
    let kinds: Vec<&str> = kinds.into_iter().map(IocType::as_str).collect();
    assert_eq!(kinds, ["sha256", "sha1", "md5", "imphash"]);
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn a_vulnerability_is_kept_whole() {
    let text = r#"{"title": "CISA Catalog of Known Exploited Vulnerabilities", "catalogVersion": "2026.05.17", "count": 1, "vulnerabilities": [
        {"cveID": "CVE-2026-12345", "vendorProject": "Vendor", "product": "Product", "vulnerabilityName": "Vendor Product Flaw",
         "dateAdded": "2026-05-01", "shortDescription": "It is flawed.", "requiredAction": "Update.", "dueDate": "2026-05-22",
         "knownRansomwareCampaignUse": "Known", "notes": "See: https://vendor.example/a ; https://nvd.example/b", "cwes": ["CWE-22", "CWE-79"]}]}"#;
    assert_eq!(format(text), "kev");
    let indicator = one(text);
    assert_eq!(
        serde_json::to_value(indicator.vulnerability.as_ref().unwrap()).unwrap(),
        serde_json::json!({"vendor": "Vendor", "product": "Product", "name": "Vendor Product Flaw", "date_added": "2026-05-01",
            "due_date": "2026-05-22", "ransomware": true, "cwes": ["CWE-22", "CWE-79"]})
    );
    assert_eq!(indicator.producers, ["CISA"]);
    assert_eq!(indicator.first_seen, parse_date("2026-05-01"));
    assert_eq!(indicator.context, ["It is flawed."]);
    assert_eq!(
        indicator.references,
        ["https://vendor.example/a", "https://nvd.example/b"]
    );
    assert_eq!(
        format(r#"{"catalogVersion": "1", "vulnerabilities": []}"#),
        "kev"
    );
}

#[test]
fn one_bad_entry_costs_itself_only() {
    let good = |id: u32| {
        format!(
            r#"{{"cveID": "CVE-2026-{id}", "vendorProject": "V", "product": "P", "vulnerabilityName": "N"}}"#
        )
    };
    let text = format!(
        r#"{{"vulnerabilities": [{}, 7, {{"cveID": 1,}}, {{"product": "P"}}, {{"cveID": "CVE-26"}}, {}"#,
        good(10001),
        good(10002)
    );
    assert_eq!(
        lines(&text),
        [
            "vulnerabilities[0] cve CVE-2026-10001",
            "vulnerabilities[1] broken_entry",
            "vulnerabilities[2] broken_entry",
            "blank {\"product\":\"P\"}",
            "vulnerabilities[4] invalid_cve",
            "vulnerabilities[5] cve CVE-2026-10002",
            "vulnerabilities[6] broken_entry",
        ]
    );
    let keyed = format!(
        r#"{{"1": [7, {}], "2": {}, "3": [{{]}}"#,
        good(10001),
        good(10002)
    );
    let input = Input::from_bytes("feed", keyed.as_bytes());
    let options = ReadOptions {
        format: Some(Format::Kev),
        ..ReadOptions::default()
    };
    let read: Vec<String> = open(&input, &options)
        .unwrap()
        .map(|found| line(found.unwrap()))
        .collect();
    assert_eq!(
        read[..3],
        [
            "1[0] broken_entry",
            "1[1] cve CVE-2026-10001",
            "2[0] cve CVE-2026-10002"
        ]
    );
    assert!(read.len() > 3, "{read:?}");
}

#[test]
fn the_words_of_both_forms_mean_the_same() {
    let names =
        "ioc_value,ioc_type,threat_type,malware_printable,is_compromised,tags,confidence_level";
    let row = "evil.example,domain,payload_delivery,X,True,\"a,TLP:AMBER\",75%";
    let object = r#"[{"ioc_value": "evil.example", "ioc_type": "domain", "threat_type": "payload_delivery",
        "malware_printable": "X", "is_compromised": true, "tags": ["a", "TLP:AMBER"], "confidence_level": 75}]"#;
    let (table, list) = (one(&format!("{names}\n{row}\n")), one(object));
    assert_eq!(table.tlp, Some(crate::Tlp::Amber), "a label on a tag");
    assert_eq!(table.tags, ["payload_delivery", "X", "a"]);
    assert_eq!(table.context, ["is_compromised: true"]);
    let bare = |indicator| Indicator {
        place: None,
        ..indicator
    };
    assert_eq!(bare(table), bare(list));
}

#[test]
fn the_plain_lists_are_lists() {
    let text = "################\n# abuse.ch Feodo Tracker Botnet C2 IP Blocklist (TXT) #\n# Terms Of Use: https://feodotracker.abuse.ch/blocklist/ #\n\
        #\n# DstIP\n198.51.100.7\n198.51.100.8\n# END 2 entries\n";
    assert_eq!(format(text), "txt");
    assert_eq!(
        lines(text),
        ["feed:6 ipv4 198.51.100.7", "feed:7 ipv4 198.51.100.8"]
    );
}

#[test]
fn either_name_reads_the_table_alike() {
    let text = "id,dateadded,url,url_status,last_online,threat,tags,urlhaus_link,reporter\n\
        \"1\",\"2026-05-17 12:00:00\",\"http://evil.example/a\",\"online\",\"\",\"malware_download\",\"None\",\"https://urlhaus.abuse.ch/url/1/\",\"x\"\n";
    assert_eq!(format(text), "abusech");
    let input = Input::from_bytes("feed", text.as_bytes());
    let read = |format| {
        let options = ReadOptions {
            format: Some(format),
            ..ReadOptions::default()
        };
        open(&input, &options).unwrap().collect::<Result<Vec<_>>>()
    };
    assert_eq!(read(Format::Csv).unwrap(), read(Format::AbuseCh).unwrap());
    assert_eq!(one(text).tags, ["malware_download"]);
}

proptest::proptest! {
    #[test]
    fn any_document_is_read_without_harm(text in "([\\[\\]{}:, \n]|\"(cveID|url|ioc|data|1)\"|\"CVE-2026-10001\"|null|7){0,60}") {
        for format in [Format::AbuseCh, Format::Kev] {
            let input = Input::from_bytes("feed", text.as_bytes());
            let options = ReadOptions { format: Some(format), ..ReadOptions::default() };
            for found in open(&input, &options).unwrap() {
                found.unwrap();
            }
        }
    }
}
