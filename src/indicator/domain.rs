//! Domain names.

use std::collections::HashSet;
use std::fmt;
use std::sync::OnceLock;

use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::refusal::Refusal;
use crate::reason::Reason;

/// A domain name in ASCII, lower case, without a trailing dot; underscores are allowed.
///
/// ```
/// use socdef_sigma::{Ioc, indicator::parse};
///
/// let Ioc::Domain(domain) = parse("Bücher.example.").unwrap().ioc else { panic!() };
/// assert_eq!(domain.to_string(), "xn--bcher-kva.example");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Domain(String);

/// Top-level names that are in no public suffix list and in feeds all the same: reserved for examples
/// (RFC 2606, RFC 6761), for hidden services (RFC 7686), and of other name systems (I2P, Namecoin, EmerDNS, OpenNIC).
const SPECIAL_SUFFIXES: [&str; 18] = [
    "example", "test", "invalid", "onion", "i2p", "bit", "local", "internal", "arpa", "bazar",
    "coin", "emc", "geek", "indy", "libre", "oss", "parody", "pirate",
];

/// Top-level domains that are better known as the endings of files. A bare `name.zip` in a list is a file far more often.
const FILE_SUFFIXES: [&str; 3] = ["zip", "mov", "py"];

/// Endings of files that are not suffixes of any domain, in order: a defanged word that ends so is a file all the same.
const FILE_ONLY: [&str; 77] = [
    "7z", "apk", "asp", "aspx", "bak", "bat", "bin", "bmp", "c", "cfg", "chm", "class", "cmd",
    "conf", "cpl", "cpp", "cs", "css", "csv", "dat", "dex", "dll", "dmg", "docm", "docx", "elf",
    "eml", "exe", "gif", "go", "gz", "h", "hta", "htm", "html", "ico", "img", "ini", "iso", "jar",
    "jpeg", "jpg", "js", "jse", "json", "jsp", "lnk", "log", "msg", "msi", "ocx", "pdf", "php",
    "plist", "png", "ppt", "pptx", "ps1", "psm1", "rar", "rb", "reg", "rtf", "scr", "sql", "svg",
    "swf", "sys", "tar", "tmp", "txt", "vbe", "vbs", "xls", "xlsm", "xlsx", "xml",
];

/// Whether a last label, in lower case, is the ending of files and no top-level domain.
pub(crate) fn is_file_ending(label: &str) -> bool {
    FILE_ONLY.binary_search(&label).is_ok()
}

impl Domain {
    /// Reads a domain name of any spelling: case, IDNA, a trailing dot and a leading `*.` do not matter.
    pub(crate) fn parse(text: &str) -> Result<Domain, Refusal> {
        let name = text.strip_prefix("*.").unwrap_or(text);
        let name = name.strip_prefix('.').unwrap_or(name);
        let name = name.strip_suffix('.').unwrap_or(name);
        let invalid = || Refusal::new(Reason::InvalidDomain);
        let ascii = Uts46::new()
            .to_ascii(
                name.as_bytes(),
                AsciiDenyList::URL,
                Hyphens::Allow,
                DnsLength::Verify,
            )
            .map_err(|_| invalid())?;
        let last = ascii.rsplit('.').next().unwrap_or_default();
        let well_formed = ascii.contains('.')
            && ascii.split('.').all(|label| {
                !label.starts_with('-')
                    && !label.ends_with('-')
                    && label
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            })
            && last.bytes().any(|b| b.is_ascii_alphabetic());
        match well_formed {
            true => Ok(Domain(ascii.into_owned())),
            false => Err(invalid()),
        }
    }

    /// The name.
    ///
    /// ```
    /// use socdef_sigma::{Ioc, indicator::parse};
    ///
    /// let Ioc::Domain(domain) = parse("EVIL.example").unwrap().ioc else { panic!() };
    /// assert_eq!(domain.as_str(), "evil.example");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name ends in a suffix that exists: a public one, or one reserved for a special use.
    pub(crate) fn has_known_suffix(&self) -> bool {
        let last = self.0.rsplit('.').next().unwrap_or_default();
        SPECIAL_SUFFIXES.contains(&last)
            || psl::suffix(self.0.as_bytes()).is_some_and(|suffix| suffix.is_known())
    }

    /// Whether the name itself is a public suffix, under which anybody can register: `co.uk`, `github.io`. A name that is one by
    /// a wildcard of the list's private part is that of one customer: `ec2-198-51-100-7.compute-1.amazonaws.com`.
    ///
    /// Source: the Public Suffix List, both its parts, as compiled into the crate `psl`.
    pub(crate) fn is_public_suffix(&self) -> bool {
        let rule = |name: &str| {
            let suffix = psl::suffix(name.as_bytes())?;
            (suffix.is_known() && suffix.as_bytes() == name.as_bytes()).then_some(suffix.typ()?)
        };
        match rule(&self.0) {
            None => false,
            Some(psl::Type::Icann) => true,
            // No rule names this one, so that only a wildcard can make it a suffix.
            Some(psl::Type::Private) => self
                .0
                .split_once('.')
                .is_none_or(|(_, parent)| rule(&format!("no-such-customer-0.{parent}")).is_none()),
        }
    }

    /// Whether all customers of a provider are below the name: `amazonaws.com`, `windows.net`.
    ///
    /// Source: `suffix_parents.txt`.
    pub(crate) fn is_parent_of_suffixes(&self) -> bool {
        static PARENTS: OnceLock<HashSet<&'static str>> = OnceLock::new();
        let parents = PARENTS.get_or_init(|| {
            include_str!("suffix_parents.txt")
                .lines()
                .filter(|line| !line.starts_with('#'))
                .collect()
        });
        parents.contains(self.0.as_str())
    }

    /// Whether the last label is the ending of files and no top-level domain: `update.dll`.
    pub(crate) fn ends_as_a_file(&self) -> bool {
        let last = self.0.rsplit('.').next().unwrap_or_default();
        is_file_ending(last) && !self.has_known_suffix()
    }

    /// Whether a bare name in a list is more likely a file: `Typed_history.zip`.
    pub(crate) fn looks_like_a_file(&self) -> bool {
        match self.0.split_once('.') {
            Some((_, suffix)) => FILE_SUFFIXES.contains(&suffix),
            None => false,
        }
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_of_files_are_in_order_and_not_in_the_public_suffix_list() {
        assert!(FILE_ONLY.is_sorted());
        let known = |ending: &&&str| {
            let name = format!("a.{ending}");
            psl::suffix(name.as_bytes()).is_some_and(|suffix| suffix.is_known())
        };
        let both: Vec<&&str> = FILE_ONLY.iter().filter(known).collect();
        assert!(both.is_empty(), "{both:?}");
    }

    fn read(text: &str) -> Option<String> {
        Domain::parse(text).ok().map(|domain| domain.0)
    }

    #[test]
    fn spellings_of_one_name_are_one_name() {
        for spelling in [
            "evil.example",
            "EVIL.Example",
            "evil.example.",
            "*.evil.example",
            ".evil.example",
            "evil。example",
        ] {
            assert_eq!(
                read(spelling).as_deref(),
                Some("evil.example"),
                "{spelling}"
            );
        }
        assert_eq!(
            read("bücher.example").as_deref(),
            Some("xn--bcher-kva.example")
        );
        assert_eq!(
            read("_dmarc.evil.example").as_deref(),
            Some("_dmarc.evil.example")
        );
    }

    #[test]
    fn what_is_no_name_is_refused() {
        let long = format!("{}.example", "a".repeat(64));
        for text in [
            "",
            ".",
            "localhost",
            "1.2.3.4",
            "evil..example",
            "-evil.example",
            "evil example.com",
            "evil.example/x",
            "a@b.example",
            "evil*.example",
            long.as_str(),
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
