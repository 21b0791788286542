//! Types, composites, the parts that addresses played, and objects.

use serde_json::json;

use super::*;

#[test]
fn every_type_becomes_its_indicator() {
    let (md5, sha1, sha256) = ("a".repeat(32), "b".repeat(40), "c".repeat(64));
    assert_eq!(
        marked(&[
            ("ip-src", "198.51.100.7"),
            ("ip-dst", "2001:db8::1"),
            ("ip-dst", "198.51.100.9/24"),
            ("domain", "evil[.]example"),
            ("hostname", "www.evil.example"),
            ("url", "hxxp://evil.example/a"),
            ("uri", "http://evil.example/b"),
            ("md5", &md5),
            ("sha1", &sha1),
            ("sha256", &sha256),
            ("filename|md5", &format!("a|b.exe|{md5}")),
            ("filename|sha1", &format!("a.exe|{sha1}")),
            ("filename|sha256", &format!("a.exe|{sha256}")),
            ("malware-sample", &format!("a.exe|{md5}")),
            ("email", "a@evil.example"),
            ("email-src", "b@evil.example"),
            ("email-reply-to", "c@evil.example"),
            ("email-dst", "d@evil.example"),
            ("vulnerability", "cve-2017-11882"),
        ]),
        [
            "ipv4 198.51.100.7".to_owned(),
            "ipv6 2001:db8::1".to_owned(),
            "note host_bits 198.51.100.9/24".to_owned(),
            "ipv4 198.51.100.0/24".to_owned(),
            "domain evil.example".to_owned(),
            "domain www.evil.example".to_owned(),
            "url http://evil.example/a".to_owned(),
            "url http://evil.example/b".to_owned(),
            format!("md5 {md5}"),
            format!("sha1 {sha1}"),
            format!("sha256 {sha256}"),
            format!("md5 {md5}"),
            format!("sha1 {sha1}"),
            format!("sha256 {sha256}"),
            format!("md5 {md5}"),
            "email a@evil.example".to_owned(),
            "email b@evil.example".to_owned(),
            "email c@evil.example".to_owned(),
            "email d@evil.example".to_owned(),
            "cve CVE-2017-11882".to_owned(),
        ]
    );
}

#[test]
fn composites_give_each_part_once() {
    assert_eq!(
        marked(&[
            ("domain|ip", "evil.example|198.51.100.7"),
            ("domain|ip", "evil.example"),
            ("domain|ip", "|198.51.100.7"),
            ("ip-dst|port", "198.51.100.8|443"),
        ]),
        [
            "domain evil.example",
            "ipv4 198.51.100.7",
            "domain evil.example",
            "empty ",
            "ipv4 198.51.100.7",
            "ipv4 198.51.100.8",
        ]
    );
    for (kind, value, ports) in [
        ("ip-src|port", "198.51.100.7|8080", vec![8080]),
        ("ip-dst|port", "2001:db8::1|443", vec![443]),
        ("ip-dst|port", "198.51.100.7:443", vec![443]),
        ("hostname|port", "evil.example|70000", vec![]),
    ] {
        let indicator = only(&json!({"Attribute": [{"type": kind, "value": value}]}));
        assert_eq!(indicator.ports, ports, "{value}");
    }
}

#[test]
fn what_is_not_an_indicator_is_a_record_without_a_value_and_what_has_no_rule_is_refused() {
    assert_eq!(
        marked(&[
            ("text", "evil.example"),
            ("comment", "C2 at 198.51.100.7, see https://blog.example/a"),
            ("yara", "rule a {}"),
            ("attachment", "a.png"),
            ("port", "443"),
            ("link", "https://blog.example/report"),
            ("size-in-bytes", "12"),
        ]),
        [
            "blank text: evil.example",
            "in_context 198.51.100.7",
            "reference https://blog.example/a",
            "blank yara: rule a {}",
            "blank attachment: a.png",
            "blank port: 443",
            "reference https://blog.example/report",
            "blank size-in-bytes: 12",
        ]
    );
    let refused = [
        ("mutex", "m"),
        ("ssdeep", "d"),
        ("filename|sha512", "a.exe|e"),
        ("hassh-md5", "f"),
        ("AS", "AS64500"),
        ("btc", "1"),
        ("ja9-fingerprint", "2"),
    ];
    let found = marked(&refused);
    assert_eq!(
        found,
        refused.map(|(_, value)| format!("unsupported_type {value}"))
    );
    let text = r#"{"Attribute": [{"type": "ssdeep", "value": "d", "to_ids": true}]}"#;
    let Found::Rejection(rejection) = &stream(text, false)[0] else {
        panic!()
    };
    assert_eq!(rejection.refusal.detail.as_deref(), Some("ssdeep"));
    assert_eq!(
        marked(&[
            ("whois-registrant-email", "a@evil.example"),
            ("target-email", "b@evil.example"),
            ("dns-soa-email", "c@evil.example"),
            ("mitre-attack-pattern", "T1566"),
        ]),
        [
            "not_a_sender a@evil.example",
            "not_a_sender b@evil.example",
            "not_a_sender c@evil.example",
            "technique T1566",
        ]
    );
    assert_eq!(
        marked(&[("md5", "abc"), ("ip-dst", "an address"), ("domain", "")]),
        ["invalid_hash abc", "invalid_address an address", "empty "]
    );
}

#[test]
fn the_part_that_an_address_played() {
    let role = |kind: &str, relation: &str| {
        let attribute = json!({"type": kind, "object_relation": relation, "value": "a@evil.example", "to_ids": true});
        only(&json!({"Object": [{"name": "email", "Attribute": [attribute]}]})).email_role
    };
    assert_eq!(role("email-src", "from"), Some(EmailRole::Sender));
    assert_eq!(role("email-reply-to", "reply-to"), Some(EmailRole::Sender));
    assert_eq!(role("email-dst", "to"), Some(EmailRole::Recipient));
    assert_eq!(role("email-dst", ""), Some(EmailRole::Recipient));
    assert_eq!(role("email", "from"), Some(EmailRole::Sender));
    assert_eq!(role("email", "cc"), Some(EmailRole::Recipient));
    assert_eq!(role("email", "email"), None);
}

#[test]
fn an_addressee_of_a_reported_mail_is_an_indicator_only_where_it_is_marked() {
    let object = json!({"Object": [{"name": "email", "Attribute": [
        {"type": "email-dst", "object_relation": "to", "value": "victim@corp.example"},
        {"type": "email-src", "object_relation": "from", "value": "a@evil.example"},
    ]}]});
    assert_eq!(
        lines(&json!({"Event": object}).to_string()),
        [
            "note no_detection_flags ",
            "not_a_sender victim@corp.example",
            "email a@evil.example"
        ]
    );
}

#[test]
fn objects_give_their_ports_comment_and_dates() {
    let event = json!({"Object": [{"name": "network-connection", "comment": "beacon", "last_seen": "2024-03-02",
        "Attribute": [
            {"type": "ip-src", "object_relation": "ip-src", "value": "198.51.100.7"},
            {"type": "ip-dst", "object_relation": "ip-dst", "value": "198.51.100.8", "comment": "C&C"},
            {"type": "hostname", "object_relation": "hostname-dst", "value": "evil.example"},
            {"type": "port", "object_relation": "dst-port", "value": 443},
            {"type": "port", "object_relation": "dst-port", "value": "80"},
            {"type": "port", "object_relation": "src-port", "value": "50000"},
            {"type": "port", "object_relation": "dst-port", "value": "81", "deleted": true},
            {"type": "datetime", "object_relation": "first-seen", "value": "2024-03-01"},
            {"type": "md5", "object_relation": "md5", "value": "a".repeat(32)}]},
        {"name": "domain-ip", "Attribute": [
            {"type": "ip-dst", "object_relation": "ip", "value": "198.51.100.9"},
            {"type": "port", "object_relation": "port", "value": "8443"}]}]});
    let found = stream(&event.to_string(), true);
    let told: Vec<_> = found
        .iter()
        .map(|found| match found {
            Found::Indicator(i) => (
                i.ports.clone(),
                i.context[..].concat(),
                day(i.first_seen),
                day(i.last_seen),
            ),
            other => panic!("{other:?}"),
        })
        .collect();
    let (first, last) = ("2024-03-01".to_owned(), "2024-03-02".to_owned());
    let with = |ports: &[u16], context: &str| {
        (
            ports.to_vec(),
            context.to_owned(),
            first.clone(),
            last.clone(),
        )
    };
    assert_eq!(
        told,
        [
            with(&[], "beacon"),
            with(&[80, 443], "C&C"),
            with(&[80, 443], "beacon"),
            with(&[], "beacon"),
            (vec![8443], String::new(), String::new(), String::new()),
        ]
    );
}
