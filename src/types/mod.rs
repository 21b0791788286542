//! The types of indicators: one file for each, with all that is known of the type and the registration of its templates.
//!
//! A new type is a file here, its line below, and its templates in `templates/`. A new log source for a type is a file in
//! `templates/` and its `register!` in the type's file.

mod common;
mod cve;
mod domain;
mod email;
mod families;
mod filename;
mod filepath;
mod hash;
mod imphash;
mod ip;
mod ipv4;
mod ipv6;
mod ja3;
mod ja3s;
mod ja4;
mod md5;
mod named_pipe;
mod registry_key;
mod scheduled_task;
mod service_name;
mod sha1;
mod sha256;
mod text;
mod url;
mod user_agent;
mod windows_path;

use crate::indicator::IocType;

pub(crate) use families::{FAMILIES, Vocabulary, vocabulary};

/// The types of the SOC Defenders API. They are written as the variants that they were, so that what names one still does.
#[allow(non_upper_case_globals)]
impl IocType {
    /// An IPv4 address or network.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert_eq!(IocType::Ipv4.as_str(), "ipv4");
    /// ```
    pub const Ipv4: IocType = IocType::of(&ipv4::IPV4);
    /// An IPv6 address or network.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert_eq!(IocType::Ipv6.as_str(), "ipv6");
    /// ```
    pub const Ipv6: IocType = IocType::of(&ipv6::IPV6);
    /// A domain name.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert_eq!(IocType::Domain.as_str(), "domain");
    /// ```
    pub const Domain: IocType = IocType::of(&domain::DOMAIN);
    /// A URL.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert_eq!(IocType::Url.as_str(), "url");
    /// ```
    pub const Url: IocType = IocType::of(&url::URL);
    /// An MD5 hash of a file.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert_eq!(IocType::Md5.as_str(), "md5");
    /// ```
    pub const Md5: IocType = IocType::of(&md5::MD5);
    /// A SHA-1 hash of a file.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert_eq!(IocType::Sha1.as_str(), "sha1");
    /// ```
    pub const Sha1: IocType = IocType::of(&sha1::SHA1);
    /// A SHA-256 hash of a file.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert_eq!(IocType::Sha256.as_str(), "sha256");
    /// ```
    pub const Sha256: IocType = IocType::of(&sha256::SHA256);
    /// A CVE id.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert_eq!(IocType::Cve.as_str(), "cve");
    /// ```
    pub const Cve: IocType = IocType::of(&cve::CVE);
    /// An e-mail address.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert_eq!(IocType::Email.as_str(), "email");
    /// ```
    pub const Email: IocType = IocType::of(&email::EMAIL);

    /// The types of the SOC Defenders API, in its order: those that are compiled where none is asked for.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert!(IocType::DEFAULT.iter().all(|kind| kind.plugin().is_default));
    /// ```
    pub const DEFAULT: [IocType; 9] = [
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
}
