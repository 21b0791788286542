//! Indicators that between them reach every branch of a template.

use crate::indicator::{EmailRole, Indicator, IocType, Source, Tlp, parse, parse_date};

/// An indicator to render.
pub(super) struct Scene {
    pub(super) indicator: Indicator,
}

/// The indicators of a type: each value and role, with nothing else known and with everything.
pub(super) fn of(kind: IocType) -> Vec<Scene> {
    let mut scenes = Vec::new();
    for value in values(kind) {
        let Ok(ioc) = parse(&value) else { continue };
        let roles: &[Option<EmailRole>] = match kind {
            IocType::Email => &[
                None,
                Some(EmailRole::Sender),
                Some(EmailRole::Recipient),
                Some(EmailRole::Both),
            ],
            _ => &[None],
        };
        for role in roles {
            let mut bare = Indicator::new(ioc.clone());
            bare.email_role = *role;
            let full = full(bare.clone());
            scenes.push(Scene { indicator: bare });
            scenes.push(Scene { indicator: full });
        }
    }
    scenes
}

/// The values: usual ones, those of other branches, those with what is syntax, and those that differ only at the end of a long text.
fn values(kind: IocType) -> Vec<String> {
    let long = |head: &str, unit: &str, count: usize, tail: &str| {
        [head, &unit.repeat(count), tail].concat()
    };
    let usual: &[&str] = match kind {
        IocType::Ipv4 => &["198.51.100.7", "198.51.100.0/24", "203.0.113.255"],
        IocType::Ipv6 => &["2001:db8::1", "2001:db8::/32", "2001:db8:1:2:3:4:5:6"],
        IocType::Domain => &["evil.example", "a.evil.example"],
        IocType::Url => &[
            "http://evil.example/a",
            "https://evil.example/a",
            "http://evil.example:8080/",
            "http://evil.example/a%20b?c=d",
            "http://198.51.100.7/a*b?c='d'&e=\\f",
            "ftp://evil.example/a.php",
        ],
        IocType::Md5 => &[
            "d41d8cd98f00b204e9800998ecf8427f",
            "9e107d9d372bb6826bd81d3542a419d6",
        ],
        IocType::Sha1 => &[
            "a010d5449d29a1916827fdb443e3c84c405cb2a5",
            "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12",
        ],
        IocType::Sha256 => &[
            "68872cc22fbdf0c2f69c32ac878ba9a7b7cf61fe5dd0e3da200131b8b23438e7",
            "d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592",
        ],
        IocType::Cve => &["CVE-2017-1188", "CVE-2017-11882"],
        IocType::Email => &["a@evil.example", "o'b+c@evil.example"],
    };
    let mut values: Vec<String> = usual.iter().map(ToString::to_string).collect();
    match kind {
        IocType::Domain => values
            .extend(["x", "y"].map(|end| long("", "abcdefgh.", 20, &format!("evil{end}.example")))),
        IocType::Url => {
            values.extend(["x", "y"].map(|end| long("http://evil.example/", "abcdefgh/", 99, end)))
        }
        IocType::Email => values.extend(
            ["x", "y"].map(|end| long("a@", "abcdefgh.", 20, &format!("evil{end}.example"))),
        ),
        _ => {}
    }
    values
}

/// The indicator with all that a feed may say about it.
fn full(mut indicator: Indicator) -> Indicator {
    indicator.producers = vec!["Example 'CERT'".to_owned(), "another: one #2".to_owned()];
    indicator.confidence = Some(crate::Confidence::High);
    indicator.first_seen = parse_date("2026-01-02");
    indicator.last_seen = parse_date("2026-03-04");
    indicator.valid_until = parse_date("2030-01-01");
    indicator.context = vec!["Seen \"in\" {{ the }} wild: yes".to_owned()];
    indicator.tags = vec!["type:exploit".to_owned(), "a 'tag'".to_owned()];
    indicator.mitre_techniques = vec!["T1071.001".to_owned(), "T1566".to_owned()];
    indicator.industries = vec!["energy".to_owned()];
    indicator.ports = vec![443];
    indicator.tlp = Some(Tlp::Green);
    indicator.references = vec!["https://cert.example/report".to_owned()];
    indicator.sources = vec![Source {
        article_url: Some("https://news.example/a?b=c".to_owned()),
        ..Source::default()
    }];
    indicator
}
