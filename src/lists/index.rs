//! All lists of one kind, warning or allow, as one: asking takes as long for a hundred lists as for one.

use super::attributes::Scope;
use super::cidr::{Networks, of_ioc};
use super::entries::{Entries, EntryId, Hit};
use super::hostname::Names;
use super::regex::Patterns;
use super::string::{Value, Values, key, root};
use super::substring::Substrings;
use crate::error::Result;
use crate::indicator::{Host, Ioc, IocType};

/// What the entries list, by the indicators that they concern.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// Of lists that speak of addresses.
    addresses: Networks,
    /// Of lists that speak of URLs and not of addresses.
    url_addresses: Networks,
    /// Of lists that speak of domains.
    domains: Names,
    /// Of lists that speak of URLs and not of domains.
    url_names: Names,
    /// Of lists that name e-mail addresses.
    mail_domains: Names,
    values: Values,
    substrings: Substrings,
    patterns: Patterns,
}

impl Index {
    /// Makes room for so many names.
    pub(super) fn reserve_names(&mut self, scope: Scope, count: usize) {
        if scope.has(IocType::Domain) {
            self.domains.reserve(count);
        }
    }

    pub(super) fn add_network(&mut self, scope: Scope, net: ipnet::IpNet, entry: EntryId) {
        if scope.has(IocType::Ipv4) {
            self.addresses.add(net, entry);
        } else if scope.has(IocType::Url) {
            self.url_addresses.add(net, entry);
        }
    }

    /// Adds a name, alone or with everything below it.
    pub(super) fn add_name(&mut self, scope: Scope, name: &str, tree: bool, entry: EntryId) {
        if scope.has(IocType::Domain) {
            self.domains.add(name, tree, entry);
        } else if scope.has(IocType::Url) {
            self.url_names.add(name, tree, entry);
        }
        if tree && scope.names_email {
            self.add_mail_domain(name, entry);
        }
    }

    /// Adds a name whose e-mail addresses, and those of the names below it, are listed.
    pub(super) fn add_mail_domain(&mut self, name: &str, entry: EntryId) {
        self.mail_domains.add(name, true, entry);
    }

    /// Adds a value as a whole; a name is listed alone.
    pub(super) fn add_value(&mut self, scope: Scope, value: Value<'_>, entry: EntryId) {
        match value {
            Value::Network(net) => self.add_network(scope, net, entry),
            Value::Name(name) => self.add_name(scope, &name, false, entry),
            Value::Exact(kind, key) => {
                if scope.has(kind) {
                    self.values.add(key, entry);
                }
            }
        }
    }

    pub(super) fn add_substring(&mut self, text: &str, entry: EntryId) {
        self.substrings.add(text, entry);
    }

    pub(super) fn add_pattern(
        &mut self,
        text: &str,
        entry: EntryId,
    ) -> std::result::Result<(), &'static str> {
        self.patterns.add(text, entry)
    }

    /// Makes it ready to be asked.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.addresses.finish();
        self.url_addresses.finish();
        self.substrings.finish()?;
        self.patterns.finish()
    }

    /// The entry for which an indicator must not alert.
    pub(super) fn find(&self, ioc: &Ioc, entries: &Entries) -> Option<Hit> {
        let host = match ioc {
            Ioc::Url(url) => root(url),
            _ => None,
        };
        self.whole(ioc, host)
            .or_else(|| self.part(&ioc.to_string(), ioc.ioc_type(), entries))
            .or_else(|| {
                let host = host?;
                let kind = match host {
                    Host::Domain(_) => IocType::Domain,
                    Host::Ipv4(_) => IocType::Ipv4,
                    Host::Ipv6(_) => IocType::Ipv6,
                };
                self.part(host.to_string().trim_matches(['[', ']']), kind, entries)
            })
    }

    fn whole(&self, ioc: &Ioc, host: Option<&Host>) -> Option<Hit> {
        if let Some(net) = of_ioc(ioc) {
            return self.addresses.hit(net);
        }
        if let Ioc::Domain(name) = ioc {
            return self.domains.domain(name.as_str());
        }
        if let Some(entry) = self.values.get(&key(ioc)) {
            return Some(Hit::On(entry));
        }
        if let Ioc::Email(email) = ioc {
            return self.mail_domains.host(email.domain().as_str());
        }
        // A URL without a path is its host: lists of either drop it.
        let address = |address: std::net::IpAddr| {
            let hit = self.addresses.hit(address.into());
            hit.or_else(|| self.url_addresses.hit(address.into()))
        };
        match host? {
            Host::Domain(name) => {
                let hit = self.domains.host(name.as_str());
                hit.or_else(|| self.url_names.host(name.as_str()))
            }
            Host::Ipv4(v4) => address((*v4).into()),
            Host::Ipv6(v6) => address((*v6).into()),
        }
    }

    /// The entry that is a part of a text, or an expression that matches it.
    fn part(&self, text: &str, kind: IocType, entries: &Entries) -> Option<Hit> {
        let wanted = |entry| entries.scope(entry).has(kind);
        let text = text.to_lowercase();
        let hit = self.substrings.hit(&text, wanted);
        hit.or_else(|| self.patterns.hit(&text, wanted))
            .map(Hit::On)
    }
}
