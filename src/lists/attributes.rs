//! What a list speaks of, by its `matching_attributes`.

use crate::indicator::IocType;

/// The types of indicators that a list speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    types: u16,
    /// The list names a type of e-mail address; one that speaks of everything does not.
    pub(super) names_email: bool,
}

/// MISP's types of attributes, and the types of indicators whose values they hold. A file's name, a port, an AS number and the like hold none.
const ATTRIBUTES: [(&str, &[IocType]); 28] = [
    ("ip-src", IPS),
    ("ip-dst", IPS),
    ("ip-src|port", IPS),
    ("ip-dst|port", IPS),
    ("domain", &[IocType::Domain]),
    ("hostname", &[IocType::Domain]),
    ("hostname|port", &[IocType::Domain]),
    ("onion-address", &[IocType::Domain]),
    (
        "domain|ip",
        &[IocType::Domain, IocType::Ipv4, IocType::Ipv6],
    ),
    ("url", &[IocType::Url]),
    ("uri", &[IocType::Url]),
    ("link", &[IocType::Url]),
    ("md5", &[IocType::Md5]),
    ("filename|md5", &[IocType::Md5]),
    ("malware-sample", &[IocType::Md5]),
    ("sha1", &[IocType::Sha1]),
    ("filename|sha1", &[IocType::Sha1]),
    ("sha256", &[IocType::Sha256]),
    ("filename|sha256", &[IocType::Sha256]),
    ("vulnerability", &[IocType::Cve]),
    ("email", EMAIL),
    ("email-src", EMAIL),
    ("email-dst", EMAIL),
    ("email-reply-to", EMAIL),
    ("target-email", EMAIL),
    ("whois-registrant-email", EMAIL),
    ("dns-soa-email", EMAIL),
    ("eppn", EMAIL),
];

const IPS: &[IocType] = &[IocType::Ipv4, IocType::Ipv6];
const EMAIL: &[IocType] = &[IocType::Email];

impl Scope {
    /// Of no indicator.
    pub(super) const NOTHING: Scope = Scope {
        types: 0,
        names_email: false,
    };

    /// Of every indicator.
    pub(super) const ALL: Scope = Scope {
        types: u16::MAX,
        names_email: false,
    };

    /// What these attributes hold; everything where there are none. Case does not count: some lists say `URL`.
    pub(super) fn of(attributes: &[String]) -> Scope {
        if attributes.is_empty() {
            return Scope::ALL;
        }
        let mut scope = Scope::NOTHING;
        for name in attributes {
            let name = name.trim();
            if name.eq_ignore_ascii_case("ALL") {
                scope.types = u16::MAX;
            }
            for (_, types) in ATTRIBUTES
                .iter()
                .filter(|(known, _)| known.eq_ignore_ascii_case(name))
            {
                for kind in *types {
                    scope.types |= bit(*kind);
                    scope.names_email |= *kind == IocType::Email;
                }
            }
        }
        scope
    }

    /// Whether the list speaks of indicators of this type.
    pub(super) const fn has(self, kind: IocType) -> bool {
        self.types & bit(kind) != 0
    }
}

const fn bit(kind: IocType) -> u16 {
    1 << kind as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(attributes: &[&str]) -> Vec<&'static str> {
        let names: Vec<String> = attributes.iter().map(|name| (*name).to_owned()).collect();
        let scope = Scope::of(&names);
        IocType::ALL
            .into_iter()
            .filter(|kind| scope.has(*kind))
            .map(IocType::as_str)
            .collect()
    }

    #[test]
    fn attributes_of_misp_are_types_of_ours() {
        assert_eq!(types(&["ip-src"]), ["ipv4", "ipv6"]);
        assert_eq!(types(&["domain|ip"]), ["ipv4", "ipv6", "domain"]);
        assert_eq!(types(&["hostname", "URL"]), ["domain", "url"]);
        assert_eq!(types(&["filename|sha256", "sha512"]), ["sha256"]);
        assert_eq!(types(&["AS", "btc", "phone-number"]), [""; 0]);
        assert_eq!(types(&[]).len(), IocType::ALL.len());
        assert_eq!(types(&["ALL"]).len(), IocType::ALL.len());
    }

    #[test]
    fn only_a_list_that_says_so_speaks_of_senders() {
        let says = |names: &[&str]| {
            Scope::of(&names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>()).names_email
        };
        assert!(says(&["domain", "email-src"]));
        assert!(!says(&[]));
        assert!(!says(&["ALL"]));
    }

    /// Every name in the table is a type of MISP's.
    #[test]
    fn the_names_are_misp_s() {
        let known = include_str!("../source/misp/types.txt");
        for (name, _) in ATTRIBUTES {
            assert!(
                known.split_whitespace().any(|known| known == name),
                "{name}"
            );
        }
    }
}
