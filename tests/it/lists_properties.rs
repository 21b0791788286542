//! The lists against a second reading of the same rules: every entry tried in turn, on texts and numbers alone.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::list_run::{Verdict, ioc, list, lists, verdict};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed};
use socdef_sigma::{Ioc, IocType};

fn config() -> Config {
    Config {
        failure_persistence: None,
        // CI must find the same in the same code; everywhere else each run looks at new cases.
        rng_seed: match std::env::var_os("CI") {
            Some(_) => RngSeed::Fixed(20_260_517),
            None => RngSeed::Random,
        },
        ..Config::with_cases(256)
    }
}

/// Few labels, so that names are often at, below or above one another.
fn name() -> impl Strategy<Value = String> {
    let label = select(&["a", "b", "ab", "x-1", "evil"][..]);
    let end = select(&["example", "test", "example.com"][..]);
    (prop::collection::vec(label, 0..4), end).prop_map(|(labels, end)| {
        let mut name: String = labels.iter().map(|label| format!("{label}.")).collect();
        name.push_str(end);
        // A domain has a dot.
        if name.contains('.') {
            name
        } else {
            format!("a.{name}")
        }
    })
}

fn v4() -> impl Strategy<Value = String> {
    (0..64u32, 20..=32u8).prop_map(|(bits, length)| {
        let address = Ipv4Addr::from(0xC633_6400 | bits << 2 | bits >> 4);
        format!("{address}/{length}")
    })
}

fn v6() -> impl Strategy<Value = String> {
    (0..64u128, 112..=128u8).prop_map(|(bits, length)| {
        let address = Ipv6Addr::from(0x2001_0db8_u128 << 96 | bits << 2);
        format!("{address}/{length}")
    })
}

fn value() -> impl Strategy<Value = String> {
    let path = select(&["/", "", "/a", "/A?b=c", "/?b", "//"][..]);
    let port = select(&["", ":80", ":8080"][..]);
    prop_oneof![
        3 => name(),
        2 => v4(),
        1 => v6(),
        2 => (name(), port, path.clone()).prop_map(|(name, port, path)| format!("http://{name}{port}{path}")),
        1 => (v4(), path).prop_map(|(net, path)| {
            format!("https://{}{path}", net.split('/').next().unwrap())
        }),
        1 => name().prop_map(|name| format!("a@{name}")),
        1 => select(&["d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427f", "CVE-2017-0144"][..])
            .prop_map(str::to_owned),
    ]
}

/// The same value in one of its spellings.
fn spelled(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    (value, 0..4u8).prop_map(|(value, spelling)| match spelling {
        0 => value.to_uppercase().replace("HTTP", "http"),
        1 if !value.contains(['/', '@', ':']) && value.contains("example") => format!("{value}."),
        2 if !value.contains('/') => value.replacen('.', "[.]", 1),
        _ => value,
    })
}

const ATTRIBUTES: [(&str, &[IocType]); 6] = [
    ("", &IocType::DEFAULT),
    ("ip-src", &[IocType::Ipv4, IocType::Ipv6]),
    ("domain hostname", &[IocType::Domain]),
    ("domain url", &[IocType::Domain, IocType::Url]),
    ("url", &[IocType::Url]),
    (
        "email-src md5 vulnerability",
        &[IocType::Email, IocType::Md5, IocType::Cve],
    ),
];

/// A list: kind, attributes, entries.
type List = (&'static str, usize, Vec<String>);

fn one_list() -> impl Strategy<Value = List> {
    let entries = |entry: BoxedStrategy<String>| prop::collection::vec(entry, 1..6);
    let part = select(&["evil", "a.b", ".example", "198.51", "/A", "D41d8", "a@"][..]);
    let kinds = prop_oneof![
        (
            Just("cidr"),
            entries(spelled(prop_oneof![v4(), v6()]).boxed())
        ),
        (Just("hostname"), entries(spelled(name()).boxed())),
        (Just("string"), entries(spelled(value()).boxed())),
        (
            Just("substring"),
            entries(part.prop_map(str::to_owned).boxed())
        ),
    ];
    (kinds, 0..ATTRIBUTES.len()).prop_map(|((kind, entries), scope)| (kind, scope, entries))
}

/// First and last address, as numbers, and the family.
fn ends(text: &str) -> Option<(u8, u128, u128)> {
    let (address, length) = text.split_once('/').unwrap_or((text, "128"));
    let length: u32 = length.parse().ok()?;
    let (family, bits, width) = match address.parse::<Ipv4Addr>() {
        Ok(address) => (4, u128::from(u32::from(address)), 32),
        Err(_) => (6, u128::from(address.parse::<Ipv6Addr>().ok()?), 128),
    };
    let host = width - length.min(width);
    let low = (1u128 << host) - 1;
    Some((family, bits & !low, bits | low))
}

fn network(entry: &str, value: &str) -> Verdict {
    match (ends(entry), ends(value)) {
        (Some((a, first, last)), Some((b, low, high))) if a == b => {
            if first <= low && high <= last {
                Verdict::On
            } else if low <= first && last <= high {
                Verdict::Within
            } else {
                Verdict::Keep
            }
        }
        _ => Verdict::Keep,
    }
}

fn below(name: &str, above: &str) -> bool {
    name == above || name.ends_with(&format!(".{above}"))
}

/// The parts of a URL: host without port, and what follows.
fn parts(url: &str) -> (String, String) {
    let rest = url.split_once("://").unwrap().1;
    let (authority, target) = rest.split_at(rest.find('/').unwrap());
    (
        authority.split(':').next().unwrap().to_owned(),
        target.to_owned(),
    )
}

/// What one entry says of a value.
fn naive(kind: &str, scope: usize, entry: &str, value: &Ioc) -> Verdict {
    let (attributes, types) = ATTRIBUTES[scope];
    let text = value.to_string().to_lowercase();
    let speaks = |kind: IocType| types.contains(&kind);
    let on = |yes: bool| if yes { Verdict::On } else { Verdict::Keep };
    // The host of a URL's root is a value like the URL.
    let host = match value {
        Ioc::Url(_) => Some(parts(&text))
            .filter(|(_, target)| target == "/")
            .map(|(host, _)| host),
        _ => None,
    };
    if kind == "substring" {
        let entry = entry.to_lowercase();
        let host_type = |host: &str| {
            if host.parse::<Ipv4Addr>().is_ok() {
                IocType::Ipv4
            } else {
                IocType::Domain
            }
        };
        return on((speaks(value.ioc_type()) && text.contains(&entry))
            || host.is_some_and(|host| speaks(host_type(&host)) && host.contains(&entry)));
    }
    let entry = ioc(entry);
    let listed = entry.to_string().to_lowercase();
    match (&entry, value) {
        (Ioc::Ipv4(_) | Ioc::Ipv6(_), Ioc::Ipv4(_) | Ioc::Ipv6(_)) if speaks(IocType::Ipv4) => {
            network(&listed, &text)
        }
        (Ioc::Ipv4(_), Ioc::Url(_)) if speaks(IocType::Ipv4) || speaks(IocType::Url) => {
            match host {
                Some(host) => network(&listed, &host),
                None => Verdict::Keep,
            }
        }
        (Ioc::Domain(_), Ioc::Domain(_)) if speaks(IocType::Domain) => {
            if text == listed || kind == "hostname" && below(&text, &listed) {
                Verdict::On
            } else if below(&listed, &text) {
                Verdict::Within
            } else {
                Verdict::Keep
            }
        }
        (Ioc::Domain(_), Ioc::Url(_)) if speaks(IocType::Domain) || speaks(IocType::Url) => {
            on(host
                .is_some_and(|host| host == listed || kind == "hostname" && below(&host, &listed)))
        }
        (Ioc::Domain(_), Ioc::Email(_)) if kind == "hostname" && attributes.contains("email") => {
            on(below(text.split_once('@').unwrap().1, &listed))
        }
        (Ioc::Url(_), Ioc::Url(_)) => on(speaks(IocType::Url) && parts(&listed) == parts(&text)),
        (entry, value) if entry.ioc_type() == value.ioc_type() => on(speaks(value.ioc_type())
            && listed == text
            && !matches!(value, Ioc::Ipv4(_) | Ioc::Ipv6(_) | Ioc::Domain(_))),
        _ => Verdict::Keep,
    }
}

proptest! {
    #![proptest_config(config())]

    /// All lists together say what one of their entries says.
    #[test]
    fn as_every_entry_tried_in_turn(
        given in prop::collection::vec(one_list(), 1..5),
        values in prop::collection::vec(spelled(value()), 1..40),
    ) {
        let files: Vec<_> = given
            .iter()
            .map(|(kind, scope, entries)| {
                let entries: Vec<&str> = entries.iter().map(String::as_str).collect();
                list("One", kind, ATTRIBUTES[*scope].0, &entries)
            })
            .collect();
        let lists = lists(&files);
        prop_assert_eq!(lists.notes(), []);
        for value in values {
            let ioc = ioc(&value);
            let said: Vec<Verdict> = given
                .iter()
                .flat_map(|(kind, scope, entries)| entries.iter().map(|entry| naive(kind, *scope, entry, &ioc)))
                .collect();
            let expected = if said.contains(&Verdict::On) {
                Verdict::On
            } else if said.contains(&Verdict::Within) {
                Verdict::Within
            } else {
                Verdict::Keep
            };
            let found = verdict(&lists, &value);
            // Whole values are asked first, so that a part of one is not named where an entry is within it.
            let either = given.iter().any(|(kind, ..)| *kind == "substring")
                && (found, expected) == (Verdict::Within, Verdict::On);
            prop_assert!(found == expected || either, "{value}: {found:?} {expected:?} {given:?}");
        }
    }

    /// Whatever a file holds, loading it ends well or in an error with its name.
    #[test]
    fn any_file_is_loaded_or_refused(text in "(\\PC|[\\[\\]{}\",:])*", entry in "\\PC*", kind in select(&["cidr", "hostname", "string", "substring", "regex"][..])) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.json");
        std::fs::write(&path, &text).unwrap();
        let none: &[&str] = &[];
        if let Err(error) = socdef_sigma::lists::Lists::load(&[&path], none) {
            prop_assert!(error.place().unwrap().starts_with(path.to_str().unwrap()));
        }
        if let Err(error) = socdef_sigma::lists::Lists::load(none, &[path.to_str().unwrap()]) {
            prop_assert!(error.place().unwrap().starts_with(path.to_str().unwrap()));
        }
        let lists = lists(&[list("One", kind, "", &[&entry])]);
        for value in ["198.51.100.7", "evil.example", "http://evil.example/a", "a@evil.example"] {
            let _ = verdict(&lists, value);
        }
    }
}
