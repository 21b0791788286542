//! Guard.

use super::*;

const GUARDED: &str = "\
10.1.2.3
192.168.0.0/24
127.0.0.1
::1
169.254.1.1
fe80::1
224.0.0.1
ff02::1
100.64.0.1
0.0.0.0
::
255.255.255.255
16.0.0.0/7
2001::/15
co.uk
github.io
d41d8cd98f00b204e9800998ecf8427e
da39a3ee5e6b4b0d3255bfef95601890afd80709
e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
http://10.0.0.1/a
fd00::1
10.1.2.3:80
";

#[test]
fn the_guard_drops_what_would_match_too_much() {
    let run = run(&[list(
        "list.txt",
        &format!("{GUARDED}203.0.113.42\n198.51.100.0/24\n2001:db8::1\n"),
    )]);
    assert_eq!(
        run.values(),
        ["203.0.113.42", "198.51.100.0/24", "2001:db8::1"]
    );
    let expected = [
        ("broadcast_address", 1),
        ("duplicate", 1),
        ("empty_file", 3),
        ("link_local_address", 2),
        ("loopback_address", 2),
        ("multicast_address", 2),
        ("network_too_wide", 2),
        ("private_address", 4),
        ("public_suffix", 2),
        ("shared_address", 1),
        ("unspecified_address", 2),
    ];
    assert_eq!(run.reasons(), BTreeMap::from(expected));
    // Merged first, then judged: dropped counts distinct indicators.
    assert_eq!(
        (run.report.counts().dropped, run.report.counts().merged),
        (21, 1)
    );
}

#[test]
fn without_the_guard_all_of_it_becomes_rules() {
    let intake = intake(&[list("list.txt", GUARDED)]);
    let run = Run::of(
        &intake,
        &Settings {
            guard: false,
            ..settings()
        },
    );
    assert_eq!(run.rules.len(), 21);
    assert_eq!(run.reasons(), BTreeMap::from([("duplicate", 1)]));
}

#[test]
fn what_is_over_is_dropped_by_the_now_of_the_run_unless_kept() {
    let entries = [
        json!({"value": "over.example", "type": "domain", "valid_until": "2026-05-16"}),
        json!({"value": "valid.example", "type": "domain", "valid_until": "2026-05-18"}),
        json!({"value": "revoked.example", "type": "domain", "revoked": true}),
        json!({"value": "alive.example", "type": "domain", "revoked": true}),
        json!({"value": "alive.example", "type": "domain"}),
        json!({"value": "longer.example", "type": "domain", "valid_until": "2026-05-16"}),
        json!({"value": "longer.example", "type": "domain", "valid_until": "2027-05-16"}),
    ];
    let intake = intake(&[api("f.json", &entries)]);
    let run = Run::of(&intake, &settings());
    assert_eq!(
        run.values(),
        ["valid.example", "alive.example", "longer.example"]
    );
    let expected = BTreeMap::from([("duplicate", 2), ("expired", 1), ("revoked", 1)]);
    assert_eq!(run.reasons(), expected);
    let all = [
        "over.example",
        "valid.example",
        "revoked.example",
        "alive.example",
        "longer.example",
    ];
    for change in [
        Settings {
            keep_expired: true,
            ..settings()
        },
        Settings {
            guard: false,
            ..settings()
        },
    ] {
        assert_eq!(Run::of(&intake, &change).values(), all);
    }
    let later = Settings::new(at("2026-05-19"));
    assert_eq!(
        Run::of(&intake, &later).values(),
        ["alive.example", "longer.example"]
    );
    let earlier = Settings::new(at("2026-05-15"));
    assert_eq!(
        Run::of(&intake, &earlier).values(),
        [
            "over.example",
            "valid.example",
            "alive.example",
            "longer.example"
        ]
    );
}
