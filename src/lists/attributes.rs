//! What a list speaks of, by its `matching_attributes`.

use crate::indicator::IocType;

/// The types of indicators that a list speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scope {
    /// One bit for each of [`IocType::all`], in their order.
    types: u64,
    /// The list names a type of e-mail address; one that speaks of everything does not.
    pub(super) names_email: bool,
}

/// The types that an attribute type of MISP speaks of; of a composite, those of its parts. A port, an AS number and the like hold no
/// indicator.
fn types(name: &str) -> impl Iterator<Item = IocType> {
    let is = |known: &&str, part: &str| known.eq_ignore_ascii_case(part);
    let speaks = move |kind: &IocType| {
        let plugin = kind.plugin();
        let mut known = plugin.misp.iter().chain(plugin.warninglists);
        known.any(|known| name.split('|').any(|part| is(known, part)))
    };
    let all = IocType::all().iter().copied();
    all.filter(speaks)
}

impl Scope {
    /// Of no indicator.
    pub(super) const NOTHING: Scope = Scope {
        types: 0,
        names_email: false,
    };

    /// Of every indicator.
    pub(super) const ALL: Scope = Scope {
        types: u64::MAX,
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
                scope.types = u64::MAX;
            }
            for kind in types(name) {
                scope.types |= bit(kind);
                scope.names_email |= kind == IocType::Email;
            }
        }
        scope
    }

    /// Whether the list speaks of indicators of this type.
    pub(super) fn has(self, kind: IocType) -> bool {
        self.types & bit(kind) != 0
    }
}

/// The bit of a type. Types beyond the first 63 share the last one, and are listed by each other's lists.
fn bit(kind: IocType) -> u64 {
    let index = IocType::all().binary_search(&kind).unwrap_or(63);
    1 << index.min(63)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn types(attributes: &[&str]) -> Vec<&'static str> {
        let names: Vec<String> = attributes.iter().map(|name| (*name).to_owned()).collect();
        let scope = Scope::of(&names);
        IocType::all()
            .iter()
            .filter(|kind| scope.has(**kind))
            .map(|kind| kind.as_str())
            .collect()
    }

    #[test]
    fn attributes_of_misp_are_types_of_ours() {
        assert_eq!(types(&["ip-src"]), ["ipv4", "ipv6"]);
        assert_eq!(types(&["domain|ip"]), ["ipv4", "ipv6", "domain"]);
        assert_eq!(types(&["hostname", "URL"]), ["domain", "url"]);
        assert_eq!(
            types(&["filename|sha256", "sha512"]),
            ["sha256", "filename"]
        );
        assert_eq!(types(&["AS", "btc", "phone-number"]), [""; 0]);
        assert_eq!(types(&[]).len(), IocType::all().len());
        assert_eq!(types(&["ALL"]).len(), IocType::all().len());
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

    /// Every name that a type has is a type of MISP's, or a part of one.
    #[test]
    fn the_names_are_misp_s() {
        let known = include_str!("../source/misp/types.txt");
        for kind in IocType::DEFAULT {
            for name in kind.plugin().misp.iter().chain(kind.plugin().warninglists) {
                let mut known = known
                    .split_whitespace()
                    .flat_map(|name| name.split('|').chain([name]));
                assert!(known.any(|known| known == *name), "{name}");
            }
        }
    }
}
