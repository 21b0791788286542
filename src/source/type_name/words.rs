//! What the cell of a type column says, by its words.
//!
//! A word that is known gives the type, and what stands before it says more of it: `C2 domain`, `file_sha256`. Two things are sure whatever else a cell says:
//! one that names a fingerprint names no hash of a file, and one whose words contradict each other names nothing.

use super::vocabulary::{ENDS, FINGERPRINTS, IDS, PARTS, PLAIN, VAGUE, VERSIONS};
use super::{Declared, exact};
use crate::indicator::Expect;
use crate::reason::Reason;
use crate::types::FAMILIES;

/// The longest cell that is taken for the name of a type, in characters.
const LONGEST: usize = 64;

/// The meaning of a cell of a type column: of its name as a whole, else of its words.
pub(crate) fn kind(cell: &str) -> Declared {
    let cell = cell.trim();
    // The types of Zeek's intelligence framework are written `Intel::ADDR`.
    let cell = match cell.get(..7) {
        Some(prefix) if prefix.eq_ignore_ascii_case("intel::") => &cell[7..],
        _ => cell,
    };
    match super::declared(cell) {
        Declared::Unknown if cell.chars().nth(LONGEST).is_none() => of_words(&words(cell)),
        known => known,
    }
}

/// What the words of a cell say together.
fn of_words(words: &[String]) -> Declared {
    let all = words;
    let has = |names: &[&str]| has_in(all, names);
    let mut named = named(words);
    let is_hash = |said: &Named| is_file_hash(said.meaning);
    let is_fingerprint = has(&FINGERPRINTS)
        || words
            .iter()
            .any(|word| word.starts_with("ja3") || word.starts_with("ja4"))
        || (has(&PARTS) && named.iter().any(is_hash));
    if is_fingerprint {
        // One that is a type of its own is that type: `ja3 hash`.
        named.retain(|said| {
            !is_hash(said) && !said.is_vague && matches!(said.meaning, Declared::Value(..))
        });
        return match named.as_slice() {
            [one] => one.meaning,
            _ => Declared::Not(Reason::UnsupportedType),
        };
    }
    let end = words.iter().position(|word| ENDS.contains(&&**word));
    let words = &words[..end.filter(|end| *end > 0).unwrap_or(words.len())];
    named.retain(|said| said.to <= words.len());
    if has(&VERSIONS) {
        return Declared::Not(Reason::Version);
    }
    // A session's id may look like a hash.
    if named.is_empty() && has_in(words, &IDS) {
        return Declared::Not(Reason::UnsupportedType);
    }
    if let Some(said) = named
        .iter()
        .find(|said| matches!(said.meaning, Declared::Not(_)))
    {
        return said.meaning;
    }
    let unknown = words.iter().enumerate().filter(|(at, word)| {
        !PLAIN.contains(&&***word) && !named.iter().any(|said| said.from <= *at && *at < said.to)
    });
    let unknown: Vec<usize> = unknown.map(|(at, _)| at).collect();
    // A vague name says nothing beside one that is not vague, and nothing beside a word that is not known.
    if named.iter().any(|said| !said.is_vague) {
        named.retain(|said| !said.is_vague);
    } else if !unknown.is_empty() {
        let any_hash = named.iter().any(|said| {
            said.meaning == Declared::Value(Expect::Hash, None) && is_word_hash(words, said)
        });
        return match any_hash {
            true => Declared::Not(Reason::UnsupportedType),
            false => Declared::Unknown,
        };
    }
    let Some(last) = named.iter().map(|said| said.to).max() else {
        return Declared::Unknown;
    };
    // `email subject` and `domain age` are neither an address nor a name.
    if unknown.iter().any(|at| *at >= last) {
        return Declared::Unknown;
    }
    named.dedup_by_key(|said| said.meaning);
    match named.as_slice() {
        [one] => one.meaning,
        several => common(several),
    }
}

fn has_in(words: &[String], names: &[&str]) -> bool {
    words.iter().any(|word| names.contains(&&**word))
}

/// Names in a cell, with the words that they are made of.
struct Named {
    from: usize,
    to: usize,
    meaning: Declared,
    is_vague: bool,
}

/// The longest names first, from the left: `registry key`, `user agent`.
fn named(words: &[String]) -> Vec<Named> {
    let mut found = Vec::new();
    let mut from = 0;
    while from < words.len() {
        let longest = (from + 3).min(words.len());
        let name = (from + 1..=longest).rev().find_map(|to| {
            let key = words[from..to].concat();
            match exact(&key) {
                Declared::Unknown => None,
                meaning => Some(Named {
                    from,
                    to,
                    meaning,
                    is_vague: VAGUE.contains(&&*key),
                }),
            }
        });
        from = name.as_ref().map_or(from + 1, |said| said.to);
        found.extend(name);
    }
    found
}

/// Whether it is the word `hash` itself, and not a word for a file.
fn is_word_hash(words: &[String], said: &Named) -> bool {
    words[said.from..said.to]
        .iter()
        .any(|word| word.starts_with("hash"))
}

fn is_file_hash(meaning: Declared) -> bool {
    match meaning {
        Declared::Value(Expect::Hash, _) => true,
        Declared::Value(Expect::Type(kind), _) => FAMILIES
            .iter()
            .any(|family| family.expect == Expect::Hash && family.types.contains(&kind)),
        _ => false,
    }
}

/// What several names have in common: `SHA-256 hash` is the one, `domain or IP` nothing for certain.
fn common(named: &[Named]) -> Declared {
    let narrow = |wide: Declared, other: Declared| match (wide, other) {
        (Declared::Value(wide, None), Declared::Value(Expect::Type(kind), _)) => FAMILIES
            .iter()
            .any(|family| family.expect == wide && family.types.contains(&kind)),
        _ => false,
    };
    let fits = |said: &&Named| {
        let mut others = named.iter();
        others.all(|other| other.meaning == said.meaning || narrow(other.meaning, said.meaning))
    };
    named
        .iter()
        .find(fits)
        .map_or(Declared::Unknown, |said| said.meaning)
}

/// The words of a name in lower case: `FileSha256` is `file`, `sha256`, and `x509-fingerprint-sha1` three words.
pub(crate) fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = ' ';
    let mut rest = name.chars().take(LONGEST).peekable();
    while let Some(c) = rest.next() {
        if c.is_alphanumeric() {
            let after_number = before.is_numeric() && rest.peek().is_some_and(|c| c.is_lowercase());
            let begins = !before.is_alphanumeric()
                || (c.is_uppercase() && (before.is_lowercase() || after_number));
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
            Some(last)
                if (last == "sha" || last == "md") && word.bytes().all(|b| b.is_ascii_digit()) =>
            {
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
    use crate::IocType;

    #[test]
    fn a_type_is_compared_by_its_words() {
        let file = |kind| Declared::Value(Expect::Type(kind), None);
        let of = |name: &str| file(name.parse().unwrap());
        let not = Declared::Not(Reason::UnsupportedType);
        let address = Declared::Value(Expect::Address, None);
        let hash = Declared::Value(Expect::Hash, None);
        for (name, expected) in [
            ("SILKLOADER_SHA256", file(IocType::Sha256)),
            ("SHA-256", file(IocType::Sha256)),
            ("SHA-256 hash", file(IocType::Sha256)),
            ("SHA256Hash", file(IocType::Sha256)),
            ("file_sha256", file(IocType::Sha256)),
            ("FileHash-SHA256", file(IocType::Sha256)),
            ("FileSha1", file(IocType::Sha1)),
            ("MD-5", file(IocType::Md5)),
            ("sha256 of dropper", file(IocType::Sha256)),
            ("Malware hash", hash),
            ("Intel::FILE_HASH", hash),
            ("C2 domain", file(IocType::Domain)),
            ("Domain Name", file(IocType::Domain)),
            ("DomainName", file(IocType::Domain)),
            ("Intel::DOMAIN", file(IocType::Domain)),
            ("C2 IP", address),
            ("C2 IPs", address),
            ("ip address ", address),
            ("IpAddress", address),
            ("Intel::ADDR", address),
            ("Intel::SUBNET", address),
            ("IPv4 Address", file(IocType::Ipv4)),
            ("IPv4-Addr", file(IocType::Ipv4)),
            ("Source IPv6Address", file(IocType::Ipv6)),
            ("Url", file(IocType::Url)),
            ("Phishing URL", file(IocType::Url)),
            ("Intel::URL", file(IocType::Url)),
            ("Intel::EMAIL", file(IocType::Email)),
            ("CVE id", file(IocType::Cve)),
            ("Intel::FILE_NAME", of("filename")),
            ("Malicious file name", of("filename")),
            ("Registry key", of("registry_key")),
            ("User-Agent string", of("user_agent")),
            ("Intel::JA3", of("ja3")),
            ("JA3 hash", of("ja3")),
            ("FileHash-IMPHASH", of("imphash")),
            ("import hash", of("imphash")),
            ("domain or IP", Declared::Unknown),
            ("Intel::CERT_HASH", not),
            ("Intel::PUBKEY_HASH", not),
            ("Intel::USER_NAME", not),
            ("CertificateThumbprint", not),
            ("Certificate Serial Number", not),
            ("x509-fingerprint-sha1", not),
            ("hassh-md5", not),
            ("jarm-fingerprint", not),
            ("favicon-md5", not),
            ("FileHash-PEHASH", not),
            ("PE section MD5", not),
            ("ja9-fingerprint-md5", not),
            ("JA4X", not),
            ("dom hash", not),
            ("perceptual hash", not),
            ("SHA1 of the certificate", not),
            ("Code-Signing Certificate", not),
            ("sha512", not),
            ("SHA-512 hash", not),
            ("mutex name", not),
            ("MAC address", not),
            ("Street address", Declared::Unknown),
            ("link", Declared::Not(Reason::Reference)),
            ("file-version", Declared::Not(Reason::Version)),
            ("whois email", Declared::Not(Reason::NotASender)),
            ("email subject", not),
            ("email priority", Declared::Unknown),
            ("C2", Declared::Unknown),
            ("PE", Declared::Unknown),
            ("loader", Declared::Unknown),
            ("", Declared::Unknown),
        ] {
            assert_eq!(kind(name), expected, "{name}");
        }
    }

    #[test]
    fn every_name_of_a_type_names_it_in_capitals_and_with_words_before_it() {
        for kind_of in IocType::all() {
            for name in kind_of.plugin().names {
                let Declared::Value(expect, _) = kind(name) else {
                    panic!("{name}")
                };
                assert_eq!(expect, Expect::Type(*kind_of), "{name}");
                assert_eq!(kind(&name.to_uppercase()), kind(name));
            }
        }
    }
}
