//! Values as a whole: what an entry of a `string` list, or a line of an allow list, is.

use std::borrow::Cow;
use std::collections::HashMap;

use ipnet::IpNet;

use super::cidr;
use super::entries::EntryId;
use super::hostname;
use crate::indicator::{Expect, Host, Ioc, IocType, Url, parse, parse_as};

/// What an entry is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value<'a> {
    /// An address or a network.
    Network(IpNet),
    /// A host's name.
    Name(Cow<'a, str>),
    /// An indicator of another type, by its [`key`].
    Exact(IocType, String),
}

/// Listed values, by their keys.
#[derive(Debug, Default)]
pub(super) struct Values(HashMap<Box<str>, EntryId>);

impl Values {
    pub(super) fn add(&mut self, key: String, entry: EntryId) {
        self.0.entry(key.into_boxed_str()).or_insert(entry);
    }

    pub(super) fn get(&self, key: &str) -> Option<EntryId> {
        self.0.get(key).copied()
    }
}

/// What an entry is; `None` for what equals no indicator: a file's name with a space in it, a hash of 512 bits.
pub(super) fn value(text: &str) -> Option<Value<'_>> {
    let text = text.trim();
    if matches!(text.len(), 32 | 40 | 64)
        && let Ok(parsed) = parse_as(Expect::Hash, text)
    {
        return of_ioc(&parsed.ioc);
    }
    let mark = |c: char| matches!(c, '@' | '/' | ':' | ' ');
    let is_cve = text
        .get(..3)
        .is_some_and(|head| head.eq_ignore_ascii_case("cve"));
    if !text.contains(mark)
        && !is_cve
        && let Some(name) = hostname::name(text)
    {
        return Some(Value::Name(name));
    }
    if let Some(net) = cidr::network(text) {
        return Some(Value::Network(net));
    }
    match parse(text) {
        Ok(parsed) => of_ioc(&parsed.ioc),
        // A name under no public suffix, such as one of an organisation's own network, or one that starts with `cve`.
        Err(_) => of_ioc(&parse_as(Expect::Type(IocType::Domain), text).ok()?.ioc),
    }
}

fn of_ioc(ioc: &Ioc) -> Option<Value<'static>> {
    match ioc {
        // The network of all addresses is in no list.
        Ioc::Ipv4(_) | Ioc::Ipv6(_) => cidr::of_ioc(ioc)
            .filter(|net| net.prefix_len() > 0)
            .map(Value::Network),
        Ioc::Domain(name) => Some(Value::Name(Cow::Owned(name.as_str().to_owned()))),
        _ => Some(Value::Exact(ioc.ioc_type(), key(ioc))),
    }
}

/// The text by which two values are equal to their rules.
///
/// Sigma compares without case. The rule of a URL matches it with any scheme, and its host without the port, so that neither counts.
pub(super) fn key(ioc: &Ioc) -> String {
    match ioc {
        Ioc::Url(url) => format!("{}{}", url.host(), url.target()).to_lowercase(),
        _ => ioc.to_string().to_lowercase(),
    }
}

/// The host of a URL that says no more than its host.
pub(super) fn root(url: &Url) -> Option<&Host> {
    (url.target() == "/").then(|| url.host())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_entry_is() {
        for (text, expected) in [
            ("8.8.8.8", "net 8.8.8.8/32"),
            ("8.8.8.8:53", "net 8.8.8.8/32"),
            ("8.8.8.0/24", "net 8.8.8.0/24"),
            ("2001:4860:4860::8888", "net 2001:4860:4860::8888/128"),
            ("GitHub.com.", "name github.com"),
            ("github[.]com", "name github.com"),
            ("AAA", "name aaa"),
            ("printer.corp-lan", "name printer.corp-lan"),
            ("printer.corp-lan:8080", "name printer.corp-lan"),
            (
                "D41D8CD98F00B204E9800998ECF8427E",
                "md5 d41d8cd98f00b204e9800998ecf8427e",
            ),
            ("https://GitHub.com:443/A?b=C", "url github.com/a?b=c"),
            ("github.com/a", "url github.com/a"),
            ("Abuse@GitHub.com", "email abuse@github.com"),
            ("CVE-2017-0144", "cve cve-2017-0144"),
            ("0.0.0.0/0", "nothing"),
            ("::/0", "nothing"),
            ("3:", "nothing"),
            ("not an indicator", "nothing"),
            ("", "nothing"),
        ] {
            let shown = match value(text) {
                Some(Value::Network(net)) => format!("net {net}"),
                Some(Value::Name(name)) => format!("name {name}"),
                Some(Value::Exact(kind, key)) => format!("{kind} {key}"),
                None => "nothing".to_owned(),
            };
            assert_eq!(shown, expected, "{text}");
        }
    }
}
