//! socdef.

use super::*;

#[test]
fn socdef_holds_everything_that_sigma_has_no_field_for() {
    let rule = rule(json!({
        "type": "url",
        "value": "hxxp://user:pw@EVIL[.]example:8080/a?b=1#top",
        "confidence": "low",
        "first_seen": "2026-01-02T03:04:05Z",
        "last_seen": "2026-01-03T03:04:05.678Z",
        "valid_until": "2027-01-01",
        "context": "seen: 'here'",
        "tags": ["c2", "no"],
        "mitre_techniques": ["T1071.001"],
        "industries": ["finance"],
        "ports": [8080],
        "tlp": "amber",
        "source": {
            "feed_name": "Feed",
            "article_title": "Title: \"with\" colon",
            "article_url": "https://a.example/r",
            "category": "news",
            "origin": "article",
        },
    }));
    let node = socdef(&rule);
    let Node::Map(entries) = node else {
        panic!("{node:?}")
    };
    let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "type",
            "value",
            "original",
            "confidence",
            "first_seen",
            "last_seen",
            "valid_until",
            "context",
            "tags",
            "mitre_techniques",
            "industries",
            "ports",
            "tlp",
            "sources",
        ]
    );
    assert_eq!(
        plain(node),
        json!({
            "type": "url",
            "value": "http://evil.example:8080/a?b=1",
            "original": ["http://user:pw@EVIL.example:8080/a?b=1#top"],
            "confidence": "low",
            "first_seen": "2026-01-02T03:04:05Z",
            "last_seen": "2026-01-03T03:04:05.678Z",
            "valid_until": "2027-01-01T00:00:00Z",
            "context": "seen: 'here'",
            "tags": ["c2", "no"],
            "mitre_techniques": ["T1071.001"],
            "industries": ["financial-services"],
            "ports": [8080],
            "tlp": "amber",
            "sources": [{
                "producer": "SOC Defenders",
                "feed_name": "Feed",
                "article_title": "Title: \"with\" colon",
                "article_url": "https://a.example/r",
                "category": "news",
                "origin": "article",
                "confidence": "low",
                "tlp": "amber",
                "first_seen": "2026-01-02T03:04:05Z",
                "last_seen": "2026-01-03T03:04:05.678Z",
            }],
        })
    );
}

#[test]
fn socdef_leaves_out_what_is_absent() {
    for (kind, value) in VALUES {
        let run = run(&[list("list.txt", value)]);
        assert_eq!(
            plain(socdef(run.only())),
            json!({"type": kind, "value": value, "confidence": "medium", "confidence_stated": false,
                "sources": [{"producer": "list.txt"}]})
        );
    }
    let empty = json!({
        "type": "domain", "value": "evil.example", "confidence": "low", "context": "", "tags": [], "tlp": null,
        "mitre_techniques": [], "industries": [], "ports": [], "source": {},
    });
    assert_eq!(
        plain(socdef(&rule(empty))),
        json!({"type": "domain", "value": "evil.example", "confidence": "low",
            "sources": [{"producer": "SOC Defenders", "confidence": "low"}]})
    );
}

#[test]
fn ports_and_cleared_host_bits_are_kept_aside() {
    let run = run(&[list(
        "list.txt",
        "198.51.100.7:443\n[2001:db8::1]:8443\n198.51.100.9/24\nevil.example:8080\n",
    )]);
    let aside: Vec<Json> = run
        .rules
        .iter()
        .map(|(_, rule)| {
            json!([
                plain(socdef(rule))["ports"],
                plain(socdef(rule))["original"]
            ])
        })
        .collect();
    assert_eq!(
        aside,
        [
            json!([[443], null]),
            json!([[8443], null]),
            json!([null, ["198.51.100.9/24"]]),
            json!([[8080], null]),
        ]
    );
    assert_eq!(
        run.notes(),
        [(
            "host_bits",
            "198.51.100.9/24".to_owned(),
            "list.txt:3".to_owned()
        )]
    );
    for (value, rule) in &run.rules {
        let mut texts = Vec::new();
        Node::Map(rule.detection.clone()).each_text(&mut |text| texts.push(text.to_owned()));
        assert!(
            texts
                .iter()
                .all(|text| !text.contains("443") && !text.contains("8080")),
            "{value}: {texts:?}"
        );
    }
}
