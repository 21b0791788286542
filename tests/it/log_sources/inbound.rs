//! Rules of what comes in: web servers and firewalls.

use super::*;

#[test]
fn inbound_rules_are_one_level_lower_and_say_what_they_are() {
    let levels = [
        (Confidence::High, Level::Medium),
        (Confidence::Medium, Level::Low),
        (Confidence::Low, Level::Informational),
    ];
    for (confidence, lower) in levels {
        for (value, tactic) in [
            ("198.51.100.7", "attack.reconnaissance"),
            ("2001:db8::/32", "attack.reconnaissance"),
            ("http://evil.example/cgi-bin/luci", "attack.initial-access"),
        ] {
            let mut indicator = indicator(value, &["exploit"]);
            indicator.confidence = Some(confidence);
            let (rules, _) = run(&[indicator], &settings(&["all"]));
            for (_, CompiledRule { rule, template }) in &rules {
                let inbound = template.ends_with("/webserver");
                let level = match inbound {
                    true => lower,
                    false => Level::from_name(confidence.as_str()).unwrap(),
                };
                assert_eq!(rule.level, Some(level), "{template}");
                assert_eq!(rule.tags == [tactic], inbound, "{template}");
                assert_eq!(rule.falsepositives == ["Unknown"], !inbound, "{template}");
            }
            let inbound = |template: &&str| template.ends_with("/webserver");
            assert_eq!(templates(&rules).into_iter().filter(inbound).count(), 1);
        }
    }
}

#[test]
fn a_web_server_is_asked_for_the_urls_of_exploits_only() {
    for (tag, taken) in [
        ("exploit", true),
        ("EXPLOIT", true),
        ("type:exploit", true),
        ("kill-chain:Exploitation", true),
        ("CVE-2024-3400 exploit", true),
        ("c2", false),
        ("exploit-kit", false),
        ("misp-galaxy:exploit-kit=\"Angler\"", false),
        ("exploiter", false),
    ] {
        let indicator = indicator("http://evil.example/cgi-bin/luci", &[tag]);
        let (rules, report) = run(&[indicator], &settings(&["webserver"]));
        assert_eq!(rules.len(), usize::from(taken), "{tag}");
        let dropped = reasons(&report).get(&Reason::NoLogSource).copied();
        assert_eq!(dropped, (!taken).then_some(1), "{tag}");
    }
}

/// Without its host a path such as `/` is everybody's: there is no such rule, and that is said.
#[test]
fn a_path_that_any_site_has_gives_no_rule_of_a_web_server_and_is_counted() {
    let all = [
        indicator("http://evil.example/", &["exploit"]),
        indicator("http://evil.example/index.php?id=1", &["exploit"]),
        indicator("http://evil.example/cgi-bin/luci", &["exploit"]),
        indicator("http://evil.example/", &[]),
    ];
    let (rules, report) = run(&all[..3], &settings(&["webserver"]));
    assert_eq!(rules.len(), 1);
    assert_eq!(reasons(&report), [(Reason::TooGeneric, 2)].into());
    // Where other log sources have a rule for it, it is kept, with a note.
    let (rules, report) = run(&all[..3], &settings(&["all"]));
    assert_eq!(rules.len(), 3 + 3 + 1);
    assert_eq!(report.counts().kept, 3);
    let notes: Vec<_> = report.note_counts().collect();
    assert_eq!(notes, [(NoteKind::TooGeneric, 2)]);
    assert_eq!(
        report.notes()[0].detail,
        "http://evil.example/ in webserver"
    );
    // One that is no exploit is none for a web server in the first place.
    let (_, report) = run(&all[3..], &settings(&["all"]));
    assert_eq!(report.note_counts().count(), 0);
}
