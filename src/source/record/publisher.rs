//! Publishers whose tables are known by their fields, in CSV and in JSON.
//!
//! A field means the same in both forms, so that the same feed gives the same indicators in either. Whose table it is
//! decide its fields, never its name or its banner: a copy without a banner is the same feed.
//!
//! Sources of the names: the documentation of the APIs and exports of URLhaus, ThreatFox, MalwareBazaar, Feodo Tracker and
//! SSLBL (abuse.ch), and the JSON schema of CISA's catalogue of known exploited vulnerabilities.

use super::confidence::Scale;
use super::role::Role;
use crate::IocType;
use crate::indicator::Expect;
use crate::reason::Reason;
use crate::source::Format;

/// The publisher of the lists and exports of the SOC Defenders API.
pub(crate) const SOC_DEFENDERS: &str = "SOC Defenders";

/// A publisher with fields of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Publisher {
    UrlHaus,
    FeodoTracker,
    ThreatFox,
    MalwareBazaar,
    /// SSLBL's addresses of servers.
    SslBl,
    /// SSLBL's fingerprints of certificates.
    SslBlCertificates,
    /// CISA's catalogue of known exploited vulnerabilities.
    Kev,
    /// Recorded Future's risk lists.
    RecordedFuture,
}

impl Publisher {
    /// The publishers, by fields that only their tables have. Each group is needed, in one of its spellings.
    const BY_FIELDS: &[(Publisher, &[&[&str]])] = &[
        (
            Publisher::UrlHaus,
            &[
                &["url"],
                &["url_status"],
                &["urlhaus_link", "urlhaus_reference"],
            ],
        ),
        (
            Publisher::ThreatFox,
            &[
                &["ioc", "ioc_value"],
                &["ioc_type"],
                &["threat_type"],
                &["malware_printable"],
            ],
        ),
        (
            Publisher::FeodoTracker,
            &[&["dst_ip"], &["dst_port"], &["c2_status"], &["malware"]],
        ),
        (
            Publisher::FeodoTracker,
            &[
                &["ip_address"],
                &["port"],
                &["status"],
                &["last_online"],
                &["malware"],
            ],
        ),
        (
            Publisher::MalwareBazaar,
            &[
                &["sha256_hash"],
                &["md5_hash"],
                &["reporter"],
                &["signature"],
            ],
        ),
        (
            Publisher::SslBl,
            &[&["firstseen"], &["dstip"], &["dstport"]],
        ),
        (
            Publisher::SslBlCertificates,
            &[&["listingdate"], &["sha1"], &["listingreason"]],
        ),
        (
            Publisher::Kev,
            &[&["cveid"], &["vendorproject"], &["vulnerabilityname"]],
        ),
        (
            Publisher::RecordedFuture,
            &[&["name"], &["risk"], &["riskstring"]],
        ),
    ];

    /// Whose table has these fields.
    pub(crate) fn of<'a>(names: impl Iterator<Item = &'a str>) -> Option<Publisher> {
        let names: Vec<String> = names.map(|name| name.trim().to_ascii_lowercase()).collect();
        let has = |spellings: &[&str]| names.iter().any(|name| spellings.contains(&name.as_str()));
        Publisher::BY_FIELDS
            .iter()
            .find(|(_, fields)| fields.iter().all(|spellings| has(spellings)))
            .map(|(publisher, _)| *publisher)
    }

    /// The format that its tables belong to.
    pub(crate) const fn format(self) -> Format {
        match self {
            Publisher::Kev => Format::Kev,
            Publisher::RecordedFuture => Format::Csv,
            _ => Format::AbuseCh,
        }
    }

    /// Who publishes: the organisation and its service.
    pub(crate) const fn producer(self) -> &'static str {
        match self {
            Publisher::UrlHaus => "abuse.ch URLhaus",
            Publisher::FeodoTracker => "abuse.ch Feodo Tracker",
            Publisher::ThreatFox => "abuse.ch ThreatFox",
            Publisher::MalwareBazaar => "abuse.ch MalwareBazaar",
            Publisher::SslBl | Publisher::SslBlCertificates => "abuse.ch SSLBL",
            Publisher::Kev => "CISA",
            Publisher::RecordedFuture => "Recorded Future",
        }
    }

    /// What a field holds; `None` where its name means what it means in any other table.
    ///
    /// Names of hosts beside a URL and reverse names of addresses say where the indicator is, and are not indicators themselves.
    pub(crate) fn role(self, name: &str) -> Option<Role> {
        let name = name.trim().to_ascii_lowercase();
        match self {
            Publisher::Kev => kev(&name),
            Publisher::RecordedFuture => match name.as_str() {
                "name" => Some(Role::Typed),
                "risk" => Some(Role::Confidence(Scale::Risk)),
                _ => None,
            },
            Publisher::SslBlCertificates if name == "sha1" => {
                // The hash of a certificate, which no file has.
                Some(Role::Refused(Reason::UnsupportedType))
            }
            _ => self.abuse_ch(&name),
        }
    }

    fn abuse_ch(self, name: &str) -> Option<Role> {
        Some(match (self, name) {
            (_, "url") => Role::Value(Expect::Type(IocType::Url), None),
            (_, "ioc" | "ioc_value") => Role::Typed,
            (_, "dst_ip" | "ip_address" | "dstip") => Role::Value(Expect::Address, None),
            (_, "dateadded" | "date_added" | "first_seen" | "first_seen_utc" | "firstseen") => {
                Role::FirstSeen
            }
            (_, "last_online" | "last_seen" | "last_seen_utc") => Role::LastSeen,
            (_, "dstport") => Role::Port,
            // ThreatFox's `malware` is Malpedia's id; the name is `malware_printable`.
            (Publisher::FeodoTracker, "malware") => Role::Family,
            (_, "malware_printable" | "signature" | "listingreason") => Role::Family,
            (_, "threat" | "threat_type") => Role::Tags,
            (_, "reporter") => Role::Reporter,
            (_, "urlhaus_link" | "urlhaus_reference" | "malware_malpedia") => Role::Reference,
            (_, "url_status") => Role::Fact("url_status"),
            (_, "status" | "c2_status") => Role::Fact("c2_status"),
            (_, "is_compromised") => Role::Fact("is_compromised"),
            (_, "malware_alias") => Role::Fact("malware_alias"),
            (_, "comment") => Role::Context,
            (
                _,
                "host" | "hostname" | "as_name" | "as_number" | "country" | "malware"
                | "fk_malware" | "sha3_384_hash" | "id" | "ioc_id" | "anonymous" | "file_name"
                | "file_type" | "file_type_guess" | "file_type_mime" | "file_size" | "mime_type"
                | "clamav" | "vtpercent" | "threat_type_desc" | "ioc_type_desc",
            ) => Role::Ignored,
            _ => return None,
        })
    }
}

fn kev(name: &str) -> Option<Role> {
    Some(match name {
        "cveid" => Role::Value(Expect::Type(IocType::Cve), None),
        "vendorproject" => Role::Vendor,
        "product" => Role::Product,
        "vulnerabilityname" => Role::VulnerabilityName,
        "dateadded" => Role::DateAdded,
        "duedate" => Role::DueDate,
        "knownransomwarecampaignuse" => Role::Ransomware,
        "shortdescription" => Role::Context,
        "notes" => Role::Reference,
        "cwes" => Role::Weakness,
        "requiredaction" => Role::Ignored,
        _ => return None,
    })
}
