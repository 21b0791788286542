//! Which log sources a name chooses.

use super::*;

#[test]
fn a_name_chooses_the_log_sources_that_it_means() {
    for (names, expected) in [
        (&["firewall"][..], &["ipv4/firewall"][..]),
        (
            &["network_connection"],
            &[
                "ipv4/network_connection_windows",
                "ipv4/network_connection_linux",
            ],
        ),
        (
            &["network_connection/linux"],
            &["ipv4/network_connection_linux"],
        ),
        (&["zeek"], &["ipv4/zeek_conn"]),
        (
            &["zeek/conn", "webserver"],
            &["ipv4/webserver", "ipv4/zeek_conn"],
        ),
        (
            &["primary", "proxy"],
            &["ipv4/network_connection_windows", "ipv4/proxy"],
        ),
        (&["dns"], &[]),
    ] {
        let (rules, _) = run(&[indicator("198.51.100.7", &[])], &settings(names));
        assert_eq!(templates(&rules), expected, "{names:?}");
    }
}

#[test]
fn what_no_chosen_log_source_shows_is_dropped_and_counts_not_towards_the_limit() {
    let indicators = [
        indicator("evil.example", &[]),
        indicator("198.51.100.7", &[]),
        indicator("CVE-2017-1188", &[]),
        indicator("198.51.100.8", &[]),
        indicator("198.51.100.9", &[]),
    ];
    let mut settings = settings(&["firewall", "zeek/conn"]);
    settings.limit = Some(2);
    let (rules, report) = run(&indicators, &settings);
    let expected = [
        ("198.51.100.7", "ipv4/firewall"),
        ("198.51.100.7", "ipv4/zeek_conn"),
        ("198.51.100.8", "ipv4/firewall"),
        ("198.51.100.8", "ipv4/zeek_conn"),
    ];
    let made: Vec<(String, &str)> = rules
        .iter()
        .map(|(ioc, rule)| (ioc.to_string(), &*rule.template))
        .collect();
    let expected = expected.map(|(ioc, template)| (ioc.to_owned(), template));
    assert_eq!(made, expected);
    let counts = report.counts();
    assert_eq!((counts.kept, counts.dropped, counts.rules), (2, 3, 4));
    let expected = [(Reason::NoLogSource, 2), (Reason::OverLimit, 1)];
    assert_eq!(reasons(&report), expected.into());
}
