//! Level and tags.

use super::*;

#[test]
fn the_level_follows_the_confidence() {
    for (kind, value) in VALUES {
        let level = |confidence: Json| {
            rule(json!({"type": kind, "value": value, "confidence": confidence})).level
        };
        let high = if kind == "cve" {
            Level::Medium
        } else {
            Level::High
        };
        assert_eq!(level(json!("low")), Some(Level::Low), "{kind}");
        assert_eq!(level(json!("medium")), Some(Level::Medium), "{kind}");
        assert_eq!(level(json!("high")), Some(high), "{kind}");
        assert_eq!(level(json!(null)), Some(Level::Medium), "{kind}");
    }
}

#[test]
fn an_unstated_confidence_is_marked_and_can_be_chosen() {
    let intake = intake(&[list("list.txt", "evil.example\nCVE-2017-1188\n")]);
    let run = Run::of(
        &intake,
        &Settings {
            default_confidence: Confidence::High,
            ..settings()
        },
    );
    assert_eq!(run.rules[0].1.level, Some(Level::High));
    assert_eq!(run.rules[1].1.level, Some(Level::Medium));
    assert_eq!(
        plain(socdef(&run.rules[0].1)),
        json!({"type": "domain", "value": "evil.example", "confidence": "high", "confidence_stated": false,
            "sources": [{"producer": "list.txt"}]})
    );
    let stated = rule(json!({"type": "domain", "value": "evil.example", "confidence": "medium"}));
    assert_eq!(
        plain(socdef(&stated)),
        json!({"type": "domain", "value": "evil.example", "confidence": "medium",
            "sources": [{"producer": "SOC Defenders", "confidence": "medium"}]})
    );
}

#[test]
fn without_techniques_a_type_has_its_own_tactic() {
    for (kind, value) in VALUES {
        let tags = rule(json!({"type": kind, "value": value, "tags": ["tlp:red", "attack.t1059", "c2"], "tlp": "red"})).tags;
        let expected: &[&str] = match kind {
            "ipv4" | "ipv6" | "domain" | "url" => &["attack.command-and-control"],
            "md5" | "sha1" | "sha256" => &["attack.execution"],
            "email" => &["attack.initial-access"],
            _ => &["attack.initial-access", "cve.2017-1188"],
        };
        // No tag of the feed becomes one of the rule.
        assert_eq!(tags, expected, "{kind}");
    }
}

#[test]
fn techniques_bring_every_tactic_that_they_need() {
    let tags = |techniques: Json| {
        rule(json!({"type": "cve", "value": "CVE-2017-1188", "mitre_techniques": techniques})).tags
    };
    assert_eq!(
        tags(json!(["T1078", "t1071.001"])),
        [
            "attack.defense-evasion",
            "attack.initial-access",
            "attack.persistence",
            "attack.privilege-escalation",
            "attack.command-and-control",
            "attack.t1078",
            "attack.t1071.001",
            "cve.2017-1188",
        ]
    );
    assert_eq!(
        tags(json!(["T1071", "T1071"])),
        [
            "attack.command-and-control",
            "attack.t1071",
            "cve.2017-1188"
        ]
    );
}

#[test]
fn a_technique_that_attack_does_not_have_is_kept_and_noted_and_no_tag() {
    let entry =
        json!({"type": "ipv4", "value": "198.51.100.7", "mitre_techniques": ["T9999", "T1105"]});
    let known = run(&[api("f.json", &[entry])]);
    assert_eq!(
        known.only().tags,
        ["attack.command-and-control", "attack.t1105"]
    );
    assert_eq!(
        plain(socdef(known.only()))["mitre_techniques"],
        json!(["T9999", "T1105"])
    );
    assert_eq!(
        known.notes(),
        [(
            "unknown_technique",
            "T9999".to_owned(),
            "f.json:1".to_owned()
        )]
    );
    let entry = json!({"type": "md5", "value": "d41d8cd98f00b204e9800998ecf8427f", "mitre_techniques": ["T9999"]});
    assert_eq!(
        run(&[api("f.json", &[entry])]).only().tags,
        ["attack.execution"]
    );
}
