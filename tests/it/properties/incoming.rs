//! What may come in: any value of any type, with anything said about it.

use proptest::prelude::*;
use proptest::sample::select;
use socdef_sigma::indicator::{EmailRole, Expect, Indicator, Source, parse_as};
use socdef_sigma::{Confidence, IocType, Tlp};

use crate::hostile::HOSTILE;

/// Any text at all.
pub(crate) fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        select(&HOSTILE[..]),
        any::<String>(),
        "[ -~]{0,40}",
        (select(&HOSTILE[..]), any::<String>()).prop_map(|(a, b)| format!("{a}{b}")),
    ]
}

/// A character that no value is refused for: neither a control nor an invisible one (a few harmless ones are missing).
pub(crate) fn visible(c: char) -> bool {
    !c.is_control()
        && !matches!(c as u32,
            0xad | 0x600..=0x61c | 0x180e | 0x200b..=0x200f | 0x2028..=0x202e | 0x2060..=0x206f
            | 0xfeff | 0xfff0..=0xffff | 0xe0000..=0xe0fff)
}

pub(crate) fn labels() -> impl Strategy<Value = String> {
    let label = prop_oneof![
        "[a-z0-9_]([a-z0-9_-]{0,8}[a-z0-9_])?",
        // Words that YAML 1.1 takes for something else.
        select(&["no", "null", "true", "1e3", "0x1f", "123", "on", "_"][..])
            .prop_map(str::to_owned),
    ];
    // `xn--` would have to be valid Punycode.
    let plain = label.prop_filter("no Punycode", |label| !label.contains("--"));
    (
        prop::collection::vec(plain, 1..4),
        select(&["example", "com", "co.uk"][..]),
    )
        .prop_map(|(labels, suffix)| format!("{}.{suffix}", labels.join(".")))
}

pub(crate) fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => labels(),
        1 => any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        1 => ipv6().prop_map(|address| format!("[{address}]")),
    ]
}

/// Zeros are many, so that there are gaps in all places.
pub(crate) fn ipv6() -> impl Strategy<Value = std::net::Ipv6Addr> {
    let group = prop_oneof![2 => Just(0u16), 1 => Just(1), 2 => any::<u16>()];
    prop::array::uniform8(group)
        .prop_map(std::net::Ipv6Addr::from)
        .prop_filter("an IPv4 address in disguise", |address| {
            address.to_ipv4_mapped().is_none()
        })
}

/// An address, or a network in which it is.
pub(crate) fn with_prefix(
    address: impl Strategy<Value = String>,
    bits: u8,
) -> impl Strategy<Value = String> {
    (address, prop::option::of(0..=bits)).prop_map(|(address, prefix)| match prefix {
        Some(prefix) => format!("{address}/{prefix}"),
        None => address,
    })
}

/// Path and query: everything printable, and nothing that the parser takes away (a fragment, white space at the end).
pub(crate) fn target() -> impl Strategy<Value = String> {
    let piece = prop_oneof!["[!-~]{0,20}", any::<String>(), select(&HOSTILE[..]),];
    piece.prop_map(|piece| {
        let kept: String = piece.chars().filter(|c| visible(*c) && *c != '#').collect();
        format!("/{}", kept.trim_end())
    })
}

pub(crate) fn url() -> impl Strategy<Value = String> {
    let scheme = select(&["http", "https", "ftp"][..]);
    let port = prop::option::of(select(&[80u16, 443, 21, 8080, 1, 65535][..]));
    let urls = (scheme, host(), port, target()).prop_map(|(scheme, host, port, target)| {
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        format!("{scheme}://{host}{port}{target}")
    });
    urls.prop_filter(
        "a pattern is not an indicator, nor is what cannot be seen",
        |url| {
            let parsed = parse_as(Expect::Type(IocType::Url), url);
            match parsed {
                // All paths of a host are the host.
                Ok(parsed) => parsed.ioc.ioc_type() == IocType::Url,
                Err(refusal) => !matches!(
                    refusal.reason,
                    socdef_sigma::Reason::Pattern | socdef_sigma::Reason::ControlCharacter
                ),
            }
        },
    )
}

/// A value with its type.
pub(crate) fn value() -> impl Strategy<Value = (IocType, String)> {
    let atom = "[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,12}(\\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,12}){0,2}";
    let kind = |kind: IocType| move |value| (kind, value);
    prop_oneof![
        1 => with_prefix(any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()), 32)
            .prop_map(kind(IocType::Ipv4)),
        2 => with_prefix(
            ipv6()
                .prop_filter("an IPv4 network in disguise", |address| address.segments()[5] != 0xffff)
                .prop_map(|address| address.to_string()),
            128,
        )
        .prop_map(kind(IocType::Ipv6)),
        2 => labels().prop_map(kind(IocType::Domain)),
        6 => url().prop_map(kind(IocType::Url)),
        1 => "[0-9]{32}|[0-9a-fA-F]{32}".prop_map(kind(IocType::Md5)),
        1 => "[0-9]{40}|[0-9a-fA-F]{40}".prop_map(kind(IocType::Sha1)),
        1 => "[0-9]{64}|[0-9a-fA-F]{64}".prop_map(kind(IocType::Sha256)),
        1 => (1999u16..=2099, 0u64..1_000_000_000_000)
            .prop_map(|(year, number)| format!("CVE-{year}-{number:04}"))
            .prop_map(kind(IocType::Cve)),
        2 => (atom, labels()).prop_map(|(local, domain)| format!("{local}@{domain}")).prop_map(kind(IocType::Email)),
    ]
}

/// An indicator of which nothing but value and role is known.
pub(crate) fn bare() -> impl Strategy<Value = Indicator> {
    let role = select(
        &[
            None,
            Some(EmailRole::Sender),
            Some(EmailRole::Recipient),
            Some(EmailRole::Both),
        ][..],
    );
    (value(), role).prop_map(|((kind, value), role)| {
        let parsed = parse_as(Expect::Type(kind), &value);
        let parsed = parsed.unwrap_or_else(|refusal| panic!("{kind} {value:?}: {refusal}"));
        let mut indicator = Indicator::new(parsed);
        indicator.email_role = role;
        indicator
    })
}

#[derive(Debug, Clone)]
pub(crate) struct Metadata {
    pub(crate) texts: Vec<String>,
    producers: Vec<String>,
    confidence: Option<Confidence>,
    days: (Option<i64>, Option<i64>),
    ports: Vec<u16>,
    tlp: Option<Tlp>,
}

pub(crate) fn metadata() -> impl Strategy<Value = Metadata> {
    let confidence = select(
        &[
            None,
            Some(Confidence::Low),
            Some(Confidence::Medium),
            Some(Confidence::High),
        ][..],
    );
    let day = || prop::option::of(0i64..20_000);
    let tlp = select(
        &[
            None,
            Some(Tlp::Clear),
            Some(Tlp::AmberStrict),
            Some(Tlp::Red),
        ][..],
    );
    (
        prop::collection::vec(text(), 10),
        prop::collection::vec(text(), 0..3),
        confidence,
        (day(), day()),
        prop::collection::vec(any::<u16>(), 0..3),
        tlp,
    )
        .prop_map(
            |(texts, producers, confidence, days, ports, tlp)| Metadata {
                texts,
                producers,
                confidence,
                days,
                ports,
                tlp,
            },
        )
}

impl Metadata {
    /// The indicator with all of this said about it; `change` sees each text first.
    pub(crate) fn put(&self, bare: &Indicator, change: impl Fn(&str) -> String) -> Indicator {
        let text = |at: usize| change(&self.texts[at]);
        let moment = |days: i64| chrono::DateTime::from_timestamp(days * 86_400, 0).unwrap();
        Indicator {
            confidence: self.confidence,
            first_seen: self.days.0.map(moment),
            last_seen: self.days.1.map(moment),
            producers: self.producers.iter().map(|name| change(name)).collect(),
            sources: vec![Source {
                feed_name: Some(text(0)),
                article_title: Some(text(1)),
                article_url: Some(text(2)),
                category: Some(text(3)),
                origin: Some(text(4)),
                producer: self.producers.first().map(|name| change(name)),
                confidence: self.confidence,
                tlp: self.tlp,
                first_seen: self.days.0.map(moment),
                last_seen: self.days.1.map(moment),
            }],
            references: vec![text(5)],
            context: vec![text(6)],
            tags: vec![text(7)],
            mitre_techniques: vec!["T1071.001".to_owned(), text(8)],
            industries: vec![text(9)],
            ports: self.ports.clone(),
            tlp: self.tlp,
            ..bare.clone()
        }
    }
}
