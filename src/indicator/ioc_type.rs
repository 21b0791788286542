//! The nine types of indicators.

use std::fmt;
use std::str::FromStr;

/// A type of indicator, by the name that the SOC Defenders API gives it.
///
/// A network in CIDR notation has the type of its addresses.
///
/// ```
/// use socdef_sigma::IocType;
/// assert_eq!("sha256".parse::<IocType>().unwrap(), IocType::Sha256);
/// assert_eq!(IocType::ALL.len(), 9);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IocType {
    /// An IPv4 address or network.
    Ipv4,
    /// An IPv6 address or network.
    Ipv6,
    /// A domain name.
    Domain,
    /// A URL.
    Url,
    /// An MD5 hash of a file.
    Md5,
    /// A SHA-1 hash of a file.
    Sha1,
    /// A SHA-256 hash of a file.
    Sha256,
    /// A CVE id.
    Cve,
    /// An e-mail address.
    Email,
}

impl IocType {
    /// All types, in the order of the SOC Defenders API.
    pub const ALL: [IocType; 9] = [
        IocType::Ipv4,
        IocType::Ipv6,
        IocType::Domain,
        IocType::Url,
        IocType::Md5,
        IocType::Sha1,
        IocType::Sha256,
        IocType::Cve,
        IocType::Email,
    ];

    /// The name in the API, in `templates/` and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            IocType::Ipv4 => "ipv4",
            IocType::Ipv6 => "ipv6",
            IocType::Domain => "domain",
            IocType::Url => "url",
            IocType::Md5 => "md5",
            IocType::Sha1 => "sha1",
            IocType::Sha256 => "sha256",
            IocType::Cve => "cve",
            IocType::Email => "email",
        }
    }
}

impl fmt::Display for IocType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for IocType {
    type Err = String;

    /// Reads the exact name; the error is one line that lists the names.
    fn from_str(name: &str) -> Result<Self, String> {
        IocType::ALL
            .into_iter()
            .find(|kind| kind.as_str() == name)
            .ok_or_else(|| {
                let names = IocType::ALL.map(IocType::as_str).join(", ");
                format!("`{name}` is no indicator type; the types are {names}")
            })
    }
}
