//! What MISP's attribute types mean.
//!
//! Source: MISP's `describeTypes`, as of PyMISP 2.5.34, which the core format's section "Attribute" calls the types of
//! an attribute; each of its types is named here, and a test holds on to that.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::lenient::said;
use super::model::Attribute;
use crate::indicator::{EmailRole, Expect, IocType};
use crate::reason::Reason;
use crate::source::type_name::{self, Declared};
use crate::types::{Vocabulary, vocabulary};

/// What to do with an attribute of some type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// Its value is an indicator.
    Value(Expect, Option<EmailRole>),
    /// `name|hash`: the hash is an indicator, the file's name is not.
    NamedHash(IocType),
    /// `host|port`: one indicator, with the port beside it.
    WithPort(Expect),
    /// `domain|ip`: two indicators.
    DomainAndAddress,
    /// The address of a report: a reference of the event's indicators, and dropped as a value of its own.
    Reference,
    /// A value to match, for which there is no rule or must be none: counted with this reason.
    Not(Reason),
    /// Something on a host, or a rule in another language: a record without a value.
    Artefact,
    /// Text, a picture, or the particulars of a person or a crime: a record without a value.
    Prose,
}

impl Meaning {
    /// Whether an indicator can come of it.
    pub(super) const fn is_indicator(self) -> bool {
        matches!(
            self,
            Meaning::Value(..)
                | Meaning::NamedHash(_)
                | Meaning::WithPort(_)
                | Meaning::DomainAndAddress
        )
    }

    /// Whether `to_ids` on it shows that its event uses the flag. On text it shows nothing.
    pub(super) const fn is_detectable(self) -> bool {
        !matches!(self, Meaning::Prose | Meaning::Reference)
    }
}

/// The attribute types of the registered types, in lower case.
static REGISTERED: LazyLock<HashMap<&str, (Expect, Option<EmailRole>)>> = LazyLock::new(|| {
    let mut types = HashMap::new();
    for (name, said) in vocabulary(Vocabulary::Misp) {
        types.entry(name).or_insert(said);
    }
    types
});

/// The meaning of a type; in any case, for `AS` is written both ways.
pub(super) fn meaning(name: &str) -> Meaning {
    let name = name.trim().to_ascii_lowercase();
    if let Some((expect, role)) = REGISTERED.get(name.as_str()) {
        return Meaning::Value(*expect, *role);
    }
    if let Some((first, second)) = name.split_once('|')
        && let Some(meaning) = composite(first, second)
    {
        return meaning;
    }
    match name.as_str() {
        "malware-sample" => Meaning::NamedHash(IocType::Md5),
        "link" => Meaning::Reference,

        "whois-registrant-email" | "target-email" | "dns-soa-email" => Meaning::Not(Reason::NotASender),
        "mitre-attack-pattern" => Meaning::Not(Reason::Technique),

        // Hashes and fingerprints.
        "sha224" | "sha384" | "sha512" | "sha512/224" | "sha512/256" | "sha3-224" | "sha3-256" | "sha3-384"
        | "sha3-512" | "authentihash" | "vhash" | "ssdeep" | "imphash" | "telfhash" | "pehash" | "impfuzzy"
        | "tlsh" | "cdhash" | "dom-hash" | "ja3-fingerprint-md5" | "jarm-fingerprint" | "favicon-mmh3" | "hassh-md5" | "hasshserver-md5"
        | "ssh-fingerprint" | "x509-fingerprint-sha1" | "x509-fingerprint-md5" | "x509-fingerprint-sha256"
        | "community-id"
        // Objects of a host.
        | "mutex"
        // Networks and devices.
        | "as" | "mac-address" | "mac-eui-64" | "dkim" | "dkim-signature"
        // Accounts, applications and money.
        | "eppn" | "jabber-id" | "twitter-id" | "github-username" | "github-repository" | "github-organisation"
        | "mobile-application-id" | "azure-application-id" | "chrome-extension-id" | "edge-extension-id"
        | "btc" | "dash" | "xmr" | "iban" | "bic" | "bank-account-nr" | "aba-rtn" | "bin" | "cc-number" | "prtn"
        | "phone-number" => Meaning::Not(Reason::UnsupportedType),

        "filename" | "filename-pattern" | "pattern-filename" | "pdb" | "regkey" | "regkey|value"
        | "named pipe" | "process-state" | "windows-scheduled-task" | "windows-service-name"
        | "windows-service-displayname" | "yara" | "sigma" | "snort" | "suricata" | "bro" | "zeek"
        | "stix2-pattern" | "kusto-query" | "pattern-in-file" | "pattern-in-traffic" | "pattern-in-memory"
        | "user-agent" | "http-method" | "cookie" | "port" | "email-subject" | "email-attachment" | "email-body"
        | "email-header" | "email-x-mailer" | "email-mime-boundary" | "email-thread-index" | "email-message-id"
        | "email-src-display-name" | "email-dst-display-name" | "mime-type" | "gene" | "attachment" => {
            Meaning::Artefact
        }

        "text" | "comment" | "other" | "hex" | "float" | "integer" | "counter" | "size-in-bytes" | "datetime"
        | "boolean" | "uuid" | "anonymised" | "cpe" | "weakness" | "cortex" | "git-commit-id"
        | "pgp-public-key" | "pgp-private-key" | "threat-actor" | "campaign-name" | "campaign-id"
        | "malware-type" | "target-user" | "target-machine" | "target-org" | "target-location"
        | "target-external" | "whois-registrant-phone" | "whois-registrant-name" | "whois-registrant-org"
        | "whois-registrar" | "whois-creation-date" | "first-name" | "middle-name" | "last-name" | "full-name"
        | "date-of-birth" | "place-of-birth" | "gender" | "identity-card-number" | "passport-number"
        | "passport-country" | "passport-expiration" | "redress-number" | "nationality" | "visa-number"
        | "issue-date-of-the-visa" | "primary-residence" | "country-of-residence" | "special-service-request"
        | "frequent-flyer-number" | "travel-details" | "payment-details"
        | "place-port-of-original-embarkation" | "place-port-of-clearance"
        | "place-port-of-onward-foreign-destination" | "passenger-name-record-locator-number" => Meaning::Prose,

        // Other tools write events with the names that they know, such as `ipv4` and `FileHash-SHA256`.
        other => match type_name::kind(other) {
            Declared::Value(expect, role) => Meaning::Value(expect, role),
            Declared::Not(reason) => Meaning::Not(reason),
            Declared::Unknown => Meaning::Not(Reason::UnsupportedType),
        },
    }
}

/// The meaning of two values in one attribute; nothing where the parts do not tell.
fn composite(first: &str, second: &str) -> Option<Meaning> {
    match (first, second) {
        ("domain", "ip") => Some(Meaning::DomainAndAddress),
        (host, "port") => match meaning(host) {
            Meaning::Value(expect, _) => Some(Meaning::WithPort(expect)),
            _ => None,
        },
        ("filename", hash) => match meaning(hash) {
            Meaning::Value(Expect::Type(kind), _) => Some(Meaning::NamedHash(kind)),
            _ => Some(Meaning::Not(Reason::UnsupportedType)),
        },
        _ => None,
    }
}

impl Attribute {
    /// How it is read; `None` if it has no type.
    ///
    /// The core format lists `External analysis` as the category of results of analyses, and MISP users put reports
    /// there as `url`, too, not only as `link`. A rule on one would fire on people who read it; so it is
    /// an indicator only where it is marked for detection itself.
    pub(super) fn meaning(&self) -> Option<Meaning> {
        let kind = self
            .kind
            .as_deref()
            .map(str::trim)
            .filter(|kind| !kind.is_empty())?;
        let is_analysis =
            said(&self.category).is_some_and(|name| name.eq_ignore_ascii_case("external analysis"));
        match kind.eq_ignore_ascii_case("url") && is_analysis && self.to_ids != Some(true) {
            true => Some(Meaning::Reference),
            false => Some(meaning(kind)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `describeTypes` of PyMISP 2.5.34, with `_` for the space in `named pipe`.
    const ALL: &str = include_str!("types.txt");

    #[test]
    fn every_type_of_misp_is_named_here() {
        let names: Vec<String> = ALL
            .split_whitespace()
            .map(|name| name.replace('_', " "))
            .collect();
        assert_eq!(names.len(), 194);
        let source = include_str!("types.rs").to_ascii_lowercase();
        for name in &names {
            let name = name.to_ascii_lowercase();
            let here = |name: &str| source.contains(&format!("\"{name}\""));
            let composite = name.split_once('|').and_then(|(a, b)| composite(a, b));
            assert!(
                here(&name) || REGISTERED.contains_key(&*name) || composite.is_some(),
                "{name}"
            );
        }
        let count =
            |kind: fn(Meaning) -> bool| names.iter().filter(|name| kind(meaning(name))).count();
        assert_eq!(count(Meaning::is_indicator), 34);
        assert_eq!(count(|kind| kind == Meaning::Reference), 1);
        assert_eq!(count(|kind| kind == Meaning::Not(Reason::NotASender)), 3);
    }

    #[test]
    fn names_of_other_tools_are_known_and_unknown_ones_are_counted() {
        assert_eq!(meaning("AS"), Meaning::Not(Reason::UnsupportedType));
        assert_eq!(
            meaning("FileHash-SHA256"),
            Meaning::Value(Expect::Type(IocType::Sha256), None)
        );
        assert_eq!(meaning("attack-pattern"), Meaning::Not(Reason::Technique));
        assert_eq!(
            meaning("ja9-fingerprint"),
            Meaning::Not(Reason::UnsupportedType)
        );
    }
}
