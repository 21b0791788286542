//! What feeds call the types of indicators.

use crate::indicator::{EmailRole, Expect, IocType};
use crate::reason::Reason;

/// What a feed's name for a type means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declared {
    /// A value to read so; of an e-mail address, the part it played.
    Value(Expect, Option<EmailRole>),
    /// A value that is none of ours, or not to be matched, for this reason.
    Not(Reason),
    /// The feed's name says nothing that is known here.
    Unknown,
}

const fn value(kind: IocType) -> Declared {
    Declared::Value(Expect::Type(kind), None)
}

/// More bytes than the longest name below has.
const LONGEST: usize = 32;

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
/// Sources of the names: the SOC Defenders API, MISP's attribute types, STIX's observables, AlienVault OTX,
/// ThreatFox, and the CSV files of vendors.
pub(crate) fn declared(name: &str) -> Declared {
    let mut key = [0; LONGEST];
    let Some(key) = squeezed(name, &mut key) else {
        return Declared::Unknown;
    };
    match key {
        "ip" | "ipaddress" | "ipaddr" | "ipsrc" | "ipdst" | "address" | "cidr" | "ipport"
        | "ipsrc|port" | "ipdst|port" | "network" | "netblock" | "iprange" | "addr"
        | "ipv4|port" | "ipv6|port" => Declared::Value(Expect::Address, None),
        "ipv4" | "ipv4addr" | "ipv4address" | "ipv4cidr" => value(IocType::Ipv4),
        "ipv6" | "ipv6addr" | "ipv6address" | "ipv6cidr" => value(IocType::Ipv6),
        "domain" | "domainname" | "fqdn" | "domains" => value(IocType::Domain),
        "hostname" | "host" | "hostnames" | "hostname|port" => Declared::Value(Expect::Host, None),
        "url" | "uri" | "urls" | "link" => value(IocType::Url),
        "hash" | "filehash" | "hashes" | "file" | "payload" | "sample" => {
            Declared::Value(Expect::Hash, None)
        }
        "md5" | "filehashmd5" | "md5hash" | "hashmd5" => value(IocType::Md5),
        "sha1" | "filehashsha1" | "sha1hash" | "hashsha1" => value(IocType::Sha1),
        "sha256" | "filehashsha256" | "sha256hash" | "hashsha256" => value(IocType::Sha256),
        "cve" | "cveid" | "vulnerability" => value(IocType::Cve),
        "email" | "emailaddress" | "emailaddr" | "mail" => value(IocType::Email),
        "emailsrc" | "emailsender" | "sender" | "emailfrom" | "emailreplyto" | "envelopefrom"
        | "bodyfrom" => Declared::Value(Expect::Type(IocType::Email), Some(EmailRole::Sender)),
        "emaildst" | "emailrecipient" | "recipient" => {
            Declared::Value(Expect::Type(IocType::Email), Some(EmailRole::Recipient))
        }
        "emailwhois" | "whoisregistrantemail" | "registrantemail" | "targetemail" => {
            Declared::Not(Reason::NotASender)
        }
        "mitreattack" | "attackpattern" | "technique" => Declared::Not(Reason::Technique),
        "filename" | "filepath" | "path" | "mutex" | "regkey" | "registrykey" | "useragent"
        | "yara" | "imphash" | "ssdeep" | "sha512" | "sha384" | "sha224" | "tlsh" | "pehash"
        | "authentihash" | "ja3" | "ja3s" | "btc" | "bitcoin" | "wallet" | "asn" | "sha3256"
        | "sha3384hash" | "processname" | "commandline" | "user" | "username" => {
            Declared::Not(Reason::UnsupportedType)
        }
        _ => Declared::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_name_mean_the_same() {
        for name in ["sha256", "SHA-256", "FileHash-SHA256", "sha256_hash"] {
            assert_eq!(declared(name), value(IocType::Sha256), "{name}");
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
