//! What OpenIOC's indicator terms mean.
//!
//! Source: the list of terms `current.iocterms` in Mandiant's repository `OpenIOC_1.1`, which OpenIOC 1.0 uses too.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::indicator::{EmailRole, Expect, IocType, Parsed, Refusal, parse_declared};
use crate::types::{Vocabulary, vocabulary};

/// What the content of an item is, by its term.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A value of one of our types; of an e-mail address, the part it played.
    Value(Expect, Option<EmailRole>),
    /// A URL, or its path alone.
    Uri,
    /// The port of a connection.
    Port,
    /// Anything else: there is no rule for it.
    Other,
}

/// The terms that hold a value, and what a term ends in that does.
struct Terms {
    whole: HashMap<&'static str, Meaning>,
    endings: Vec<(&'static str, Meaning)>,
}

static TERMS: LazyLock<Terms> = LazyLock::new(|| {
    let (mut whole, mut endings) = (HashMap::new(), Vec::new());
    for (term, (expect, role)) in vocabulary(Vocabulary::OpenIoc) {
        let meaning = Meaning::Value(expect, role);
        match term.strip_prefix('*') {
            Some(ending) => endings.push((ending, meaning)),
            None => {
                whole.entry(term).or_insert(meaning);
            }
        }
    }
    Terms { whole, endings }
});

impl Terms {
    /// The hash that a name ends in: `fileitem/md5sum`, `serviceitem/servicedllsha256sum`, `md5`.
    fn ending(&self, name: &str) -> Option<Meaning> {
        let mut endings = self.endings.iter();
        let found = endings.find(|(ending, _)| name.ends_with(ending))?;
        Some(found.1)
    }
}

/// The meaning of a search path such as `FileItem/Md5sum`, in any case; `kind` is the type that the document gives for the content.
pub(super) fn meaning(search: &str, kind: &str) -> Meaning {
    let search = search.trim().to_ascii_lowercase();
    match search.as_str() {
        // Of the machine itself or of its neighbours, and so of every machine there.
        "portitem/localip" | "processitem/portlist/portitem/localip" => Meaning::Other,
        "portitem/remoteport" | "processitem/portlist/portitem/remoteport" => Meaning::Port,
        "network/uri" | "network/url" => Meaning::Uri,
        // The hash of a piece of memory, which no log has.
        path if path.contains("/memorysection/") => Meaning::Other,
        path => {
            let whole = TERMS.whole.get(path).copied();
            whole
                .or_else(|| TERMS.ending(path))
                .or_else(|| TERMS.ending(&kind.to_ascii_lowercase()))
                .unwrap_or(Meaning::Other)
        }
    }
}

/// Reads the content of an item that is meant so, and whether it was taken as something else.
pub(super) fn read(meaning: Meaning, content: &str) -> Option<(Result<Parsed, Refusal>, bool)> {
    match meaning {
        Meaning::Value(Expect::Type(kind), _) if kind == IocType::Email => {
            // `Name <name@evil.example>`, as it stands in a header.
            let address = content
                .split_once('<')
                .and_then(|(_, rest)| rest.split_once('>'));
            let address = address.map_or(content, |(address, _)| address);
            Some(parse_declared(Expect::Type(IocType::Email), address))
        }
        Meaning::Value(expect, _) => Some(parse_declared(expect, content)),
        // A path has no host, and `gate.php?id=` no scheme to tell it from a host.
        Meaning::Uri if content.contains("://") => {
            Some(parse_declared(Expect::Type(IocType::Url), content))
        }
        Meaning::Uri => Some(parse_declared(Expect::Any, content)),
        Meaning::Port | Meaning::Other => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_of_one_thing_mean_the_same() {
        let sha1 = Meaning::Value(Expect::Type(IocType::Sha1), None);
        for term in [
            "FileItem/Sha1sum",
            "DriverItem/Sha1sum",
            "ServiceItem/serviceDLLsha1sum",
            "TaskItem/ActionList/Action/ExecProgramSha1sum",
        ] {
            assert_eq!(meaning(term, "string"), sha1, "{term}");
        }
        assert_eq!(meaning("Vendor/Sample", "SHA1"), sha1);
        for term in [
            "ProcessItem/SectionList/MemorySection/Md5sum",
            "PortItem/localIP",
            "FileItem/PEInfo/Exports/DllName",
            "RegistryItem/Text",
            "",
        ] {
            assert_eq!(meaning(term, "string"), Meaning::Other, "{term}");
        }
    }

    #[test]
    fn content_is_read_as_its_term_says() {
        let value = |search, content| match read(meaning(search, ""), content).unwrap().0 {
            Ok(parsed) => format!("{} {}", parsed.ioc.ioc_type(), parsed.ioc),
            Err(refusal) => refusal.reason.code().to_owned(),
        };
        assert_eq!(value("Network/DNS", "198.51.100.7"), "ipv4 198.51.100.7");
        assert_eq!(
            value("DnsEntryItem/Host", "printer.corp-lan"),
            "domain printer.corp-lan"
        );
        assert_eq!(value("Network/URI", "/gate.php"), "no_host");
        assert_eq!(value("Network/URI", "gate.php?id=1"), "unknown_type");
        assert_eq!(
            value("Network/URI", "http://evil.example/a"),
            "url http://evil.example/a"
        );
        assert_eq!(
            value("UrlHistoryItem/URL", "evil.example/a"),
            "url http://evil.example/a"
        );
        assert_eq!(
            value("Email/From", "Eve <eve@evil.example>"),
            "email eve@evil.example"
        );
        assert_eq!(
            value("PortItem/remoteIP", "evil.example"),
            "domain evil.example",
            "a form beyond doubt"
        );
    }
}
