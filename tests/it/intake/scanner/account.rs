//! What a token is looked for in: the indicators that were kept, and the entries of the report.

use std::net::IpAddr;

use super::super::read::{Entry, Reading};
use super::{Sure, Token, line, refanged};

/// What can be found in an account, in the scanner's spelling.
pub(crate) struct Account<'a> {
    names: Vec<String>,
    urls: Vec<String>,
    networks: Vec<(IpAddr, u8)>,
    words: Vec<String>,
    entries: &'a [Entry],
}

/// The value of an entry or an indicator as one of the scanner's.
fn spelled(value: &str) -> String {
    let plain = refanged(
        value
            .trim()
            .trim_matches(|c: char| "\"'`<>()[],;".contains(c)),
    );
    plain
        .trim_end_matches('.')
        .replace("hxxp", "http")
        .replace("hXXp", "http")
        .replace("HXXP", "http")
}

fn host(value: &str) -> &str {
    let rest = value.split_once("://").map_or(value, |(_, rest)| rest);
    let rest = rest.split(['/', '?', '#', '|']).next().unwrap_or(rest);
    let rest = rest.rsplit('@').next().unwrap_or(rest);
    rest.strip_prefix('[')
        .and_then(|rest| rest.split(']').next())
        .unwrap_or_else(|| rest.split(':').next().unwrap_or(rest))
}

fn network(value: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = value.split_once('/').unwrap_or((value, ""));
    let address: IpAddr = address.parse().ok()?;
    let whole = if address.is_ipv4() { 32 } else { 128 };
    Some((address, bits.parse().unwrap_or(whole)))
}

fn holds(network: &(IpAddr, u8), address: &IpAddr) -> bool {
    let bits = |address: &IpAddr| match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    };
    let shift = 128 - u32::from(network.1);
    network.0.is_ipv4() == address.is_ipv4()
        && bits(&network.0).checked_shr(shift).unwrap_or(0)
            == bits(address).checked_shr(shift).unwrap_or(0)
}

impl<'a> Account<'a> {
    pub(crate) fn of(reading: &'a Reading) -> Account<'a> {
        let mut account = Account {
            names: Vec::new(),
            urls: Vec::new(),
            networks: Vec::new(),
            words: Vec::new(),
            entries: &reading.entries,
        };
        for kept in &reading.kept {
            let (kind, value) = kept.what.split_once(' ').unwrap();
            match kind {
                "ipv4" | "ipv6" => account.networks.extend(network(value)),
                "domain" => account.names.push(value.to_owned()),
                "email" => account.names.push(host(value).to_owned()),
                "url" => {
                    account.names.push(host(value).to_owned());
                    account.networks.extend(network(host(value)));
                    account
                        .urls
                        .push(value.split_once("://").unwrap().1.to_owned());
                }
                _ => account.words.push(value.to_owned()),
            }
        }
        let references = reading.references.iter().map(|url| spelled(url));
        account
            .urls
            .extend(references.filter_map(|url| Some(url.split_once("://")?.1.to_owned())));
        account
    }

    /// Whether a token is in the account.
    pub(crate) fn has(&self, token: &Token) -> bool {
        let kept = match &token.sure {
            Sure::Address(address) => {
                is_furniture(address) || self.networks.iter().any(|network| holds(network, address))
            }
            Sure::Name(name) => self.names.contains(name),
            Sure::Url(url) => {
                self.urls.iter().any(|value| starts(value, url))
                    || (!url.contains('/')
                        && (self.names.iter().any(|name| name == host(url))
                            || self.network_is(url)))
            }
            Sure::Hash(word) | Sure::Cve(word) => self.words.contains(word),
        };
        kept || self.entries.iter().any(|entry| {
            (token.line == 0 || entry.line == Some(token.line)) && says(entry, &token.sure)
        })
    }

    fn network_is(&self, url: &str) -> bool {
        host(url)
            .parse()
            .is_ok_and(|address| self.networks.iter().any(|network| holds(network, &address)))
    }
}

/// Addresses that stand for "nowhere", and masks: no value has them.
fn is_furniture(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_unspecified() || v4.is_loopback() || v4.octets()[0] == 255,
        IpAddr::V6(v6) => v6.is_unspecified() || v6.is_loopback(),
    }
}

/// Whether a URL without its scheme starts with what is sure of another, whose host is in lower case.
fn starts(value: &str, sure: &str) -> bool {
    let value = value.replacen(":80/", "/", 1).replacen(":443/", "/", 1);
    let (host_there, host_here) = (
        value.split(['/', '?']).next(),
        sure.split(['/', '?']).next(),
    );
    let same = host_there.map(str::to_ascii_lowercase) == host_here.map(str::to_owned);
    let at = host_here.map_or(0, str::len);
    let path = |text: &str| {
        let path = text.get(at..).unwrap_or_default();
        path.strip_prefix('/').unwrap_or(path).to_owned()
    };
    same && path(&value).starts_with(&path(sure))
}

/// Whether an entry is one of its own for a token. That of a whole line is not, unless the line is the token.
fn says(entry: &Entry, sure: &Sure) -> bool {
    let value = spelled(&entry.value);
    // Both ends of a range are in its one entry.
    let is_range = entry.code == "benign"
        && value
            .split_once(" - ")
            .is_some_and(|(one, other)| network(one).is_some() && network(other).is_some());
    if entry.code == "range_too_wide" || is_range {
        return line(&value, 0).iter().any(|token| token.sure == *sure);
    }
    if value.contains(char::is_whitespace) {
        return false;
    }
    match sure {
        Sure::Address(address) => {
            let whole = network(&value).is_some_and(|network| holds(&network, address));
            whole
                || line(&value, 0)
                    .first()
                    .is_some_and(|token| token.sure == *sure)
                || host(&value).parse() == Ok(*address)
        }
        Sure::Name(name) => {
            let lower = value.to_ascii_lowercase();
            lower == *name || host(&lower) == name
        }
        Sure::Url(url) => starts(
            value.split_once("://").map_or(&*value, |(_, rest)| rest),
            url,
        ),
        Sure::Hash(word) => value.split('|').any(|part| part.eq_ignore_ascii_case(word)),
        Sure::Cve(word) => line(&value, 0)
            .iter()
            .any(|token| token.sure == Sure::Cve(word.clone())),
    }
}
