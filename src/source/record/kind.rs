//! What the cell of a type column says about the value beside it.
//!
//! A word that is known gives the type. An unknown one gives none, and the value is read by its form; but where one of its words
//! is the name of something else that looks like an indicator (a version, a fingerprint, the name of a package), the
//! value is refused under the feed's word for it.

use crate::indicator::{Expect, IocType};
use crate::reason::Reason;
use crate::source::type_name::{Declared, declared};

/// The longest word for a type, in characters; a longer text is none.
const LONGEST: usize = 64;

/// Words of types that are none of ours, although their values may look like one.
const OTHERS: [&str; 38] = [
    "version",
    "build",
    "revision",
    "release",
    "fingerprint",
    "thumbprint",
    "ja3",
    "ja3s",
    "ja4",
    "ja4s",
    "hassh",
    "hasshserver",
    "jarm",
    "cert",
    "certificate",
    "x509",
    "pubkey",
    "imphash",
    "imp",
    "pehash",
    "pe",
    "authentihash",
    "favicon",
    "serial",
    "uuid",
    "guid",
    "id",
    "key",
    "package",
    "class",
    "commit",
    "mutex",
    "ssdeep",
    "tlsh",
    "vhash",
    "sha512",
    "sha384",
    "sha224",
];

/// The meaning of a cell of a type column.
pub(crate) fn kind(cell: &str) -> Declared {
    let cell = cell.trim();
    if cell.is_empty() {
        return Declared::Unknown;
    }
    // The types of Zeek's intelligence framework are written `Intel::ADDR`.
    let cell = match cell.get(..7) {
        Some(prefix) if prefix.eq_ignore_ascii_case("intel::") => &cell[7..],
        _ => cell,
    };
    if cell.eq_ignore_ascii_case("link") {
        return Declared::Not(Reason::Reference);
    }
    match declared(cell) {
        Declared::Unknown if cell.chars().nth(LONGEST).is_none() => of_words(&words(cell)),
        known => known,
    }
}

/// Whether a cell is a word for a type, of ours or not.
pub(crate) fn is_kind(cell: &str) -> bool {
    let words = words(cell);
    cell.chars().nth(LONGEST).is_none()
        && !words.is_empty()
        && words.len() <= 4
        && kind(cell) != Declared::Unknown
}

fn of_words(words: &[String]) -> Declared {
    let has = |name: &str| words.iter().any(|word| word == name);
    let value = |kind| Declared::Value(Expect::Type(kind), None);
    if has("imphash") {
        return declared("imphash");
    }
    if OTHERS.iter().any(|other| has(other)) {
        return Declared::Not(Reason::UnsupportedType);
    }
    let hashes = [
        ("md5", IocType::Md5),
        ("sha1", IocType::Sha1),
        ("sha256", IocType::Sha256),
    ];
    if let Some((_, kind)) = hashes.into_iter().find(|(name, _)| has(name)) {
        return value(kind);
    }
    let mut named = None;
    for (name, meaning) in [
        ("url", value(IocType::Url)),
        ("urls", value(IocType::Url)),
        ("domain", Declared::Value(Expect::Host, None)),
        ("domains", Declared::Value(Expect::Host, None)),
        ("hostname", Declared::Value(Expect::Host, None)),
        ("fqdn", Declared::Value(Expect::Host, None)),
        ("ip", Declared::Value(Expect::Address, None)),
        ("ips", Declared::Value(Expect::Address, None)),
        ("addr", Declared::Value(Expect::Address, None)),
        ("subnet", Declared::Value(Expect::Address, None)),
        ("ipv4", value(IocType::Ipv4)),
        ("ipv6", value(IocType::Ipv6)),
        ("cve", value(IocType::Cve)),
        ("hash", Declared::Value(Expect::Hash, None)),
    ] {
        if has(name) {
            match named {
                // `domain or IP` says nothing for certain.
                Some(other) if other != meaning => return Declared::Unknown,
                _ => named = Some(meaning),
            }
        }
    }
    named.unwrap_or(Declared::Unknown)
}

/// The words of a name in lower case: `FileSha256` is `file`, `sha256`, and `x509-fingerprint-sha1` three words.
pub(super) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    for c in name.chars().take(LONGEST) {
        if c.is_alphanumeric() {
            let begins = !before.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
            if begins {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        before = c;
    }
    // `SHA-256` is one word.
    let mut joined: Vec<String> = Vec::new();
    for word in words {
        match joined.last_mut() {
            Some(last) if last == "sha" && word.bytes().all(|b| b.is_ascii_digit()) => {
                last.push_str(&word);
            }
            _ => joined.push(word),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_compared_by_its_words() {
        let file = |kind| Declared::Value(Expect::Type(kind), None);
        let not = Declared::Not(Reason::UnsupportedType);
        for (name, expected) in [
            ("SILKLOADER_SHA256", file(IocType::Sha256)),
            ("SHA-256", file(IocType::Sha256)),
            ("FileSha1", file(IocType::Sha1)),
            ("sha256 of dropper", file(IocType::Sha256)),
            ("C2 domain", Declared::Value(Expect::Host, None)),
            ("C2 IP", Declared::Value(Expect::Address, None)),
            ("Intel::ADDR", Declared::Value(Expect::Address, None)),
            ("Intel::DOMAIN", file(IocType::Domain)),
            ("Intel::FILE_HASH", Declared::Value(Expect::Hash, None)),
            ("IpAddress", Declared::Value(Expect::Address, None)),
            ("domain or IP", Declared::Unknown),
            ("Intel::CERT_HASH", not),
            ("Intel::JA3", not),
            ("CertificateThumbprint", not),
            ("x509-fingerprint-sha1", not),
            ("hassh-md5", not),
            ("ja9-fingerprint-md5", not),
            ("file-version", Declared::Not(Reason::Version)),
            ("Code-Signing Certificate", not),
            ("sha512", not),
            ("link", Declared::Not(Reason::Reference)),
            ("C2", Declared::Unknown),
            ("loader", Declared::Unknown),
            ("", Declared::Unknown),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
        assert!(is_kind("ip address "));
        assert!(!is_kind("the domain that it sends the data to"));
        assert!(!is_kind("payload delivery"));
    }
}
