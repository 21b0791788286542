//! One answer of the Sigma endpoint: what is taken from it, and what is left out.

use socdef_sigma::rule::SigmaRule;

use super::server::{Server, yaml};
use super::{fetch_with, rule, rules, settings, stream};

/// The sample of the SOC Defenders page.
const SAMPLE: &str = include_str!("../../data/seed.yml");

#[test]
fn documents_come_byte_for_byte() {
    // The other form of the title, a field that Sigma does not define, other quotes, comments, and a block scalar.
    let other = SAMPLE
        .replace("Malicious IPv4 Indicator", "IPv4 203.0.113.42")
        .replace("f1e2", "a1e2")
        .replace(
            "level: high",
            "# why\nx-new:   [1,  2]\nnotes: |\n  a\n  ---\n  b\nlevel: \"high\"  ",
        );
    let body = format!("---\n{SAMPLE}---\n{other}");
    let server =
        Server::start(move |_, out| yaml(out, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", &body));
    let rules = rules(settings(&server.url())).unwrap();
    let texts: Vec<_> = rules
        .documents()
        .map(|document| document.text.as_str())
        .collect();
    assert_eq!(texts[0], SAMPLE);
    assert!(
        texts[1].contains("x-new:   [1,  2]\nnotes: |\n  a\n  ---\n  b\nlevel: \"high\"  \n"),
        "{}",
        texts[1]
    );
    assert_eq!(rules.yaml(), format!("{}---\n{}", texts[0], texts[1]));
    assert_eq!(
        SigmaRule::from_yaml(texts[1]).unwrap().title,
        "SOC Defenders - IPv4 203.0.113.42"
    );
    assert_eq!(
        rules.get(0).unwrap().file_name,
        "net_connection_win_soc_defenders_malicious_ipv4_i_f1e2d3c4b5a67890abcdef0987654321.yml"
    );
    assert_eq!(
        rules.account().server_time.unwrap().to_string(),
        "1994-11-06 08:49:37 UTC"
    );
}

#[test]
fn the_request_says_everything() {
    let server = Server::start(|_, out| yaml(out, "", "# no rules\n"));
    let found = fetch_with(
        settings(&format!("{}/prefix/", server.url())),
        &[
            ("type", "ipv4"),
            ("since", "2026-01-02T03:04:05+01:00"),
            ("confidence", "high"),
            ("industry", "energy"),
        ],
    );
    assert_eq!(found.unwrap().documents().len(), 0);
    let request = &server.requests()[0];
    assert!(
        request.text.starts_with(
            "GET /prefix/api/v1/iocs/sigma?type=ipv4&since=2026-01-02T02%3A04%3A05Z&confidence=high&industry=energy&limit=10000 HTTP/1.1\r\n"
        ),
        "{}",
        request.text
    );
    assert_eq!(
        request.header("authorization"),
        Some(format!("Bearer {}", super::KEY).as_str())
    );
    assert_eq!(
        request.header("user-agent"),
        Some(concat!("socdef-sigma/", env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(request.header("accept-encoding"), Some("gzip"));
    assert!(
        request
            .header("accept")
            .unwrap()
            .starts_with("application/yaml")
    );
}

#[test]
fn a_document_that_is_no_rule_costs_itself_only() {
    let body = format!(
        "{}---\nnot: a rule\n---\n{}---\n[broken\n---\n{}",
        rule(1),
        rule(2),
        rule(3).trim_end()
    );
    let server = Server::start(move |_, out| yaml(out, "", &body));
    let rules = rules(settings(&server.url())).unwrap();
    assert_eq!(rules.yaml(), stream(1..4));
    let account = rules.account();
    assert_eq!((account.received, account.kept, account.refused), (5, 3, 2));
    let refused: Vec<_> = account
        .refusals
        .iter()
        .map(|refused| (refused.number, refused.reason.as_str()))
        .collect();
    assert_eq!(refused[0], (2, "the rule has no `detection`"));
    assert_eq!(refused[1].0, 4);
    assert!(account.refusals[0].place.contains("/api/v1/iocs/sigma"));
}

/// What a safe loader or pySigma refuses is left out, counted and named.
#[test]
fn what_others_cannot_read_is_left_out() {
    let bad = [
        (
            "x: !!python/object/apply:os.system ['id']\n",
            "the tag `tag:yaml.org,2002:python",
        ),
        ("x: !evil {a: b}\n", "the tag `!evil`"),
        ("1: x\n", "a key is a number"),
        ("x: {yes: y}\n", "a key is a boolean"),
        ("title: again\n", "stands twice"),
        ("x: 2026-02-30\n", "not a moment"),
        ("x: &a [*a]\n", "an alias"),
        ("<<: {x: y}\n", "`<<`"),
        ("related: [x]\n", "`related`"),
        ("x: {\n", ""),
    ];
    let mut documents = vec![rule(1)];
    documents.extend(
        bad.iter()
            .enumerate()
            .map(|(at, (more, _))| rule(at + 2) + more),
    );
    documents.push(rule(99).replace("DestinationIp:", "DestinationIp|evil:"));
    documents.push("- a\n- list\n".to_owned());
    documents.push(rule(100));
    let text = documents.join("---\n");
    let server = Server::start(move |_, out| yaml(out, "", &text));
    let rules = rules(settings(&server.url())).unwrap();
    assert_eq!(rules.yaml(), stream([1, 100]));
    let account = rules.account();
    assert_eq!(account.refused as usize, bad.len() + 2);
    for ((more, reason), refused) in bad.iter().zip(&account.refusals) {
        assert!(
            refused.reason.contains(reason),
            "{more}: {}",
            refused.reason
        );
    }
    let evil = &account.refusals[bad.len()].reason;
    assert!(evil.contains("the modifier `evil`"), "{evil}");
}
