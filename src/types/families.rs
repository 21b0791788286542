//! What feeds call a value whose exact type only the value shows: an address of either family, a host, a hash.

use crate::indicator::{EmailRole, Expect, IocType, TypePlugin};

/// Several types under one name.
pub(crate) struct Family {
    /// What a value of it may be.
    pub(crate) expect: Expect,
    /// What people call it.
    pub(crate) title: &'static str,
    /// Its types.
    pub(crate) types: &'static [IocType],
    names: &'static [&'static str],
    misp: &'static [&'static str],
    stix: &'static [&'static str],
    openioc: &'static [&'static str],
}

/// All families.
pub(crate) static FAMILIES: [Family; 3] = [
    Family {
        expect: Expect::Address,
        title: "IP",
        types: &[IocType::Ipv4, IocType::Ipv6],
        names: &[
            "ip",
            "ips",
            "ipaddress",
            "ipaddr",
            "ipsrc",
            "ipdst",
            "address",
            "cidr",
            "ipport",
            "ipsrc|port",
            "ipdst|port",
            "network",
            "netblock",
            "subnet",
            "iprange",
            "addr",
            "ipv4|port",
            "ipv6|port",
        ],
        misp: &["ip-src", "ip-dst"],
        stix: &[],
        openioc: &[
            "portitem/remoteip",
            "processitem/portlist/portitem/remoteip",
            "dnsentryitem/recorddata/ipv4address",
            "dnsentryitem/recorddata/ipv6address",
            "routeentryitem/destination",
            "email/receivedfromip",
        ],
    },
    Family {
        expect: Expect::Host,
        title: "Host",
        types: &[IocType::Domain, IocType::Ipv4, IocType::Ipv6],
        names: &["hostname", "host", "hostnames", "hostname|port"],
        misp: &["hostname", "onion-address"],
        stix: &[
            // OpenCTI's own observable for names of hosts, which it writes into patterns.
            "hostname:value",
            "x-opencti-hostname:value",
            // Names may resolve to names.
            "domain-name:resolves_to_refs.value",
            "network-traffic:dst_ref.value",
            "network-traffic:src_ref.value",
        ],
        openioc: &[
            "network/dns",
            "dnsentryitem/host",
            "dnsentryitem/recordname",
            "dnsentryitem/recorddata/host",
            "urlhistoryitem/hostname",
            "cookiehistoryitem/hostname",
            "formhistoryitem/hostname",
            "email/receivedfromhost",
        ],
    },
    Family {
        expect: Expect::Hash,
        title: "Hash",
        types: &[IocType::Md5, IocType::Sha1, IocType::Sha256],
        names: &["hash", "filehash", "hashes", "file", "payload", "sample"],
        misp: &[],
        stix: &[],
        openioc: &[],
    },
];

/// One of the vocabularies in which feeds name types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Vocabulary {
    /// Names of columns and words of type cells: letters and digits only, in lower case.
    Names,
    /// MISP's attribute types.
    Misp,
    /// Object paths of STIX patterns.
    Stix,
    /// Terms of OpenIOC.
    OpenIoc,
}

/// What a word of a vocabulary says of its value: what it may be, and which part an e-mail address played.
pub(crate) type Said = (Expect, Option<EmailRole>);

/// The words of a vocabulary that stand for a type or a family, the types first and in their order: of two that claim a word the first has it.
pub(crate) fn vocabulary(which: Vocabulary) -> impl Iterator<Item = (&'static str, Said)> {
    let types = IocType::all().iter().flat_map(move |kind| {
        let plugin = kind.plugin();
        let role = |word: &str| plugin.roles.iter().find(|(known, _)| *known == word);
        let words = which.of_type(plugin).iter();
        words.map(move |word| {
            let role = role(word).map(|(_, role)| *role);
            (*word, (Expect::Type(*kind), role))
        })
    });
    let families = FAMILIES.iter().flat_map(move |family| {
        let words = which.of_family(family).iter();
        words.map(|word| (*word, (family.expect, None)))
    });
    types.chain(families)
}

impl Vocabulary {
    const fn of_type(self, plugin: &TypePlugin) -> &'static [&'static str] {
        match self {
            Vocabulary::Names => plugin.names,
            Vocabulary::Misp => plugin.misp,
            Vocabulary::Stix => plugin.stix,
            Vocabulary::OpenIoc => plugin.openioc,
        }
    }

    const fn of_family(self, family: &Family) -> &'static [&'static str] {
        match self {
            Vocabulary::Names => family.names,
            Vocabulary::Misp => family.misp,
            Vocabulary::Stix => family.stix,
            Vocabulary::OpenIoc => family.openioc,
        }
    }
}
