//! What feeds call the types of indicators.

mod vocabulary;
pub(crate) mod words;

use std::sync::LazyLock;

use crate::indicator::{EmailRole, Expect};
use crate::reason::Reason;
use crate::types::{Vocabulary, vocabulary};

pub(crate) use words::kind;

/// What a feed's name for a type means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declared {
    /// A value to read so; of an e-mail address, the part it played.
    Value(Expect, Option<EmailRole>),
    /// A value of another type, or one that must not be matched, for this reason.
    Not(Reason),
    /// The feed's name says nothing that is known here.
    Unknown,
}

/// More bytes than the longest name below has.
const LONGEST: usize = 32;

/// Names of other types, each with the reason why its values are left out.
const NOT: [(Reason, &[&str]); 5] = [
    (
        Reason::NotASender,
        &[
            "emailwhois",
            "whoisemail",
            "whoisregistrantemail",
            "registrantemail",
            "targetemail",
        ],
    ),
    (
        Reason::Technique,
        &["mitreattack", "attackpattern", "technique"],
    ),
    // The address of a report.
    (Reason::Reference, &["link"]),
    (
        Reason::Version,
        &["fileversion", "productversion", "version"],
    ),
    // Real indicators, for which no log source of ours has a field.
    (Reason::UnsupportedType, &UNSUPPORTED),
];

/// Names of indicators for which no log source of ours has a field. One that a registered type claims is that type.
const UNSUPPORTED: [&str; 55] = [
    // Hashes and fingerprints.
    "sha224",
    "sha384",
    "sha512",
    "filehashsha512",
    "sha3256",
    "sha3384",
    "sha3384hash",
    "sha3512",
    "ssdeep",
    "tlsh",
    "vhash",
    "impfuzzy",
    "pehash",
    "authentihash",
    "telfhash",
    "jarm",
    "hassh",
    "faviconmmh3",
    "certificate",
    "thumbprint",
    "x509serial",
    // On a host.
    "path",
    "mutex",
    "mutexname",
    "registryvalue",
    "process",
    "commandline",
    "software",
    "pdb",
    "pdbpath",
    // Rules in another language.
    "yara",
    "sigma",
    "snort",
    "suricata",
    // In traffic and mail.
    "asn",
    "asnumber",
    "autonomoussystem",
    "mac",
    "macaddr",
    "macaddress",
    "emailsubject",
    "emailbody",
    "emailattachment",
    "emailmessageid",
    "emailxmailer",
    // Accounts and money.
    "user",
    "username",
    "useraccount",
    "btc",
    "bitcoin",
    "bitcoinaddress",
    "wallet",
    "walletaddress",
    "cryptocurrencywallet",
    "xmr",
];

/// The meanings of all names, by their length in bytes: most texts that are asked for have a length that few names have.
static NAMES: LazyLock<Vec<Vec<(&str, Declared)>>> = LazyLock::new(|| {
    let types = vocabulary(Vocabulary::Names)
        .map(|(name, (expect, role))| (name, Declared::Value(expect, role)));
    let others = NOT
        .iter()
        .flat_map(|(reason, names)| names.iter().map(|name| (*name, Declared::Not(*reason))));
    let mut all: Vec<Vec<(&str, Declared)>> = vec![Vec::new(); LONGEST + 1];
    for (name, meaning) in types.chain(others) {
        // The first has it: a type that is registered is more than a name that is known for none.
        if let Some(names) = all.get_mut(name.len())
            && !names.iter().any(|(known, _)| *known == name)
        {
            names.push((name, meaning));
        }
    }
    all
});

/// The letters and digits of a name, in lower case; `None` where there are more than any name has. Every line of a list is looked
/// at as one, so nothing is allocated.
fn squeezed<'a>(name: &str, key: &'a mut [u8; LONGEST]) -> Option<&'a str> {
    let mut len = 0;
    for c in name.chars().filter(|c| c.is_alphanumeric() || *c == '|') {
        for c in c.to_lowercase() {
            let end = len + c.len_utf8();
            c.encode_utf8(key.get_mut(len..end)?);
            len = end;
        }
    }
    std::str::from_utf8(&key[..len]).ok()
}

/// The meaning of a feed's name for a type, in any case, with `-`, `_`, ` ` or nothing between its words.
///
/// The names are those that the types have themselves: of the SOC Defenders API, MISP's attribute types, STIX's observables,
/// AlienVault OTX, ThreatFox, and the CSV files of vendors.
pub(crate) fn declared(name: &str) -> Declared {
    let mut key = [0; LONGEST];
    match squeezed(name, &mut key) {
        Some(key) => exact(key),
        None => Declared::Unknown,
    }
}

/// The meaning of a name that is letters and digits in lower case.
fn exact(key: &str) -> Declared {
    let names = NAMES.get(key.len()).map(Vec::as_slice).unwrap_or_default();
    let found = names.iter().find(|(known, _)| *known == key);
    found.map_or(Declared::Unknown, |(_, meaning)| *meaning)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_mean_the_same() {
        for name in ["sha256", "SHA-256", "FileHash-SHA256", "sha256_hash"] {
            assert_eq!(
                declared(name),
                Declared::Value(Expect::Type(crate::IocType::Sha256), None),
                "{name}"
            );
        }
        assert_eq!(
            declared("ip-dst|port"),
            Declared::Value(Expect::Address, None)
        );
        assert_eq!(declared("mitre-attack"), Declared::Not(Reason::Technique));
        assert_eq!(declared("emailwhois"), Declared::Not(Reason::NotASender));
        assert_eq!(declared("whatever"), Declared::Unknown);
        assert_eq!(declared("DOMÄNE"), Declared::Unknown);
        assert_eq!(
            declared("whois_registrant_email"),
            Declared::Not(Reason::NotASender)
        );
        let long = format!("ip{}", "é".repeat(1000));
        assert_eq!(declared(&long), Declared::Unknown);
    }
}
