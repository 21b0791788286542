//! What the headings of a document say about the lines below them.

use super::setting::{Setting, Topic};

/// A heading that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Heading {
    level: usize,
    text: String,
    topic: Topic,
    references: bool,
    benign: bool,
}

/// The longest heading that is kept, in characters.
const MAX_HEADING: usize = 120;

/// The level of what only looks like a heading: a line in bold, or one that ends in a colon.
pub(crate) const LEAD: usize = 99;

/// The headings over a line, outermost first.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    headings: Vec<Heading>,
    /// The document's title: its first heading.
    pub(crate) title: Option<String>,
}

impl Outline {
    /// Takes a heading; level 1 is the highest.
    pub(crate) fn enter(&mut self, level: usize, text: &str) {
        let text = plain(text);
        self.headings.retain(|heading| heading.level < level);
        if self.title.is_none() && level != LEAD {
            self.title = Some(text.clone());
        }
        self.headings.push(Heading {
            level,
            topic: topic(&text),
            references: is_references(&text),
            benign: is_benign(&text),
            text,
        });
    }

    /// The headings below the title, joined; `None` where there are none.
    pub(crate) fn path(&self) -> Option<String> {
        let below = self
            .headings
            .iter()
            .filter(|heading| Some(&heading.text) != self.title.as_ref());
        let texts: Vec<&str> = below.map(|heading| heading.text.as_str()).collect();
        (!texts.is_empty()).then(|| texts.join(" > "))
    }

    /// Where a value below these headings stands, in a column of this name if in any.
    pub(crate) fn setting<'a>(&self, column: Option<Topic>, sites: &'a [String]) -> Setting<'a> {
        let known = |topic: &Topic| *topic != Topic::Unknown;
        let nearest = self
            .headings
            .iter()
            .rev()
            .map(|heading| heading.topic)
            .find(known);
        let column = column.filter(known);
        Setting {
            topic: column.or(nearest).unwrap_or_default(),
            in_column: column.is_some(),
            references: self.headings.iter().any(|heading| heading.references),
            benign: self.headings.iter().any(|heading| heading.benign),
            sites,
            ..Setting::default()
        }
    }
}

/// A heading without markup, white space and an anchor.
fn plain(text: &str) -> String {
    let text = text.split("{#").next().unwrap_or(text);
    let text: String = text
        .chars()
        .filter(|c| !matches!(c, '*' | '`' | '\\' | '\u{feff}'))
        .collect();
    let text = text
        .trim_end_matches(['#', '=', ':'])
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    text.chars()
        .filter(|c| !c.is_control())
        .take(MAX_HEADING)
        .collect()
}

/// The bytes of the longest word that a topic is known by: `infrastructure`.
const LONGEST_NAME: usize = 14;

/// What the words of a heading or of a column's name say.
pub(crate) fn topic(text: &str) -> Topic {
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    // Such as a hash.
    if words.iter().all(|word| word.len() > LONGEST_NAME) {
        return Topic::Unknown;
    }
    let says = |names: &[&str]| words.iter().any(|word| names.contains(word));
    let beside = |one: &str, other: &str| {
        words.windows(2).any(|pair| pair == [one, other])
            || words.windows(3).any(|three| three == [one, "and", other])
    };
    if says(&[
        "domain",
        "domains",
        "fqdn",
        "fqdns",
        "hostname",
        "hostnames",
        "hosts",
        "c2",
        "c2s",
        "cnc",
        "dns",
    ]) || says(&[
        "ip",
        "ips",
        "ipv4",
        "ipv6",
        "url",
        "urls",
        "network",
        "infrastructure",
        "server",
        "servers",
    ]) || beside("command", "control")
        || beside("c", "c")
        || text.trim() == "host"
    {
        Topic::Names
    } else if says(&["email", "emails", "mail", "sender", "senders", "mailbox"]) {
        Topic::Emails
    } else if says(&[
        "file",
        "files",
        "filename",
        "filenames",
        "filepath",
        "path",
        "paths",
        "detection",
        "detections",
    ]) || says(&[
        "registry",
        "mutex",
        "mutexes",
        "process",
        "service",
        "signature",
        "yara",
        "technique",
        "tactic",
    ]) || says(&[
        "name",
        "names",
        "description",
        "package",
        "packages",
        "library",
        "libraries",
        "tool",
        "tools",
    ]) {
        Topic::Files
    } else if says(&[
        "indicator",
        "indicators",
        "ioc",
        "iocs",
        "compromise",
        "observable",
        "observables",
        "value",
        "values",
        "hash",
        "hashes",
        "md5",
        "sha1",
        "sha256",
        "cve",
        "cves",
    ]) {
        Topic::Indicators
    } else if says(&["version", "versions", "build", "release"]) {
        Topic::Versions
    } else {
        Topic::Unknown
    }
}

/// Whether a heading or a label is over what must not alert.
pub(crate) fn is_benign(text: &str) -> bool {
    const WORDS: [&str; 8] = [
        "allowlist",
        "allowlisted",
        "benign",
        "safelist",
        "whitelist",
        "whitelisted",
        "goodware",
        "exclusions",
    ];
    const PAIRS: [[&str; 2]; 5] = [
        ["false", "positive"],
        ["false", "positives"],
        ["allow", "list"],
        ["allow", "listed"],
        ["white", "list"],
    ];
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let denied = words
        .iter()
        .any(|word| ["no", "non", "not", "removed", "bypass", "bypasses"].contains(word));
    !denied
        && (words.iter().any(|word| WORDS.contains(word))
            || words
                .windows(2)
                .any(|pair| PAIRS.iter().any(|known| known == pair)))
}

/// Whether a heading is over addresses of other documents, or over the authors' own.
pub(crate) fn is_references(text: &str) -> bool {
    const WORDS: [&str; 24] = [
        "about",
        "about us",
        "about the author",
        "about the authors",
        "acknowledgements",
        "acknowledgments",
        "bibliography",
        "contact",
        "contact us",
        "credits",
        "external links",
        "further reading",
        "license",
        "licence",
        "links",
        "read more",
        "reference",
        "references",
        "related reading",
        "resources",
        "see also",
        "source",
        "sources",
        "sources and references",
    ];
    let text = text.to_lowercase();
    let bare = text.trim_matches(|c: char| !c.is_alphabetic());
    WORDS.contains(&bare) || bare.starts_with("references ") || bare.starts_with("further reading ")
}

/// Whether a label stands before the address of another document: `Source:`, `Report:`.
pub(crate) fn is_source(label: &str) -> bool {
    const WORDS: [&str; 18] = [
        "analysis",
        "article",
        "blog",
        "blog post",
        "detections",
        "full report",
        "link",
        "more",
        "more info",
        "original report",
        "post",
        "ref",
        "refs",
        "report",
        "reported by",
        "tweet",
        "via",
        "write-up",
    ];
    let label = label.to_lowercase();
    is_references(&label) || WORDS.contains(&label.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_nest_and_end() {
        let mut outline = Outline::default();
        outline.enter(1, "Machete -- Indicators of Compromise");
        outline.enter(2, "References {#refs}");
        outline.enter(3, "Blog posts");
        assert!(outline.setting(None, &[]).references);
        assert_eq!(outline.path().as_deref(), Some("References > Blog posts"));
        outline.enter(2, "`Domain` names ##");
        assert_eq!(outline.path().as_deref(), Some("Domain names"));
        let setting = outline.setting(None, &[]);
        assert!(!setting.references && setting.topic == Topic::Names);
        assert_eq!(outline.setting(Some(Topic::Files), &[]).topic, Topic::Files);
        assert_eq!(
            outline.setting(Some(Topic::Unknown), &[]).topic,
            Topic::Names
        );
        assert_eq!(
            outline.title.as_deref(),
            Some("Machete -- Indicators of Compromise")
        );
    }

    #[test]
    fn what_headings_are_about() {
        for (text, expected) in [
            ("Domain names", Topic::Names),
            ("C&C servers", Topic::Names),
            ("Filename", Topic::Files),
            ("ESET Detection Name", Topic::Files),
            ("Sender", Topic::Emails),
            ("Affected versions", Topic::Versions),
            ("Command & Control", Topic::Names),
            ("Commands", Topic::Unknown),
            ("C2 of build 7", Topic::Names),
            ("IoCs", Topic::Indicators),
            ("Introduction", Topic::Unknown),
        ] {
            assert_eq!(topic(text), expected, "{text}");
        }
        for (text, expected) in [
            ("7. References", true),
            ("SOURCES:", true),
            ("Data sources", false),
            ("Further reading on this", true),
            ("Contacted domains", false),
        ] {
            assert_eq!(is_references(text), expected, "{text}");
        }
        for (text, expected) in [
            ("Allow list", true),
            ("Known false positives", true),
            ("Benign domains:", true),
            ("Whitelist bypasses", false),
            ("Not benign", false),
            ("C2 domains", false),
        ] {
            assert_eq!(is_benign(text), expected, "{text}");
        }
    }
}
