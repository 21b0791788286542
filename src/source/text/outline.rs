//! What the headings of a document say about the lines below them.

/// What stands below a heading or a column's name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Topic {
    /// The heading does not say.
    #[default]
    Unknown,
    /// Indicators of any kind.
    Indicators,
    /// Names and addresses of hosts.
    Names,
    /// E-mail addresses.
    Emails,
    /// Names of files, detections and other things that are no hosts.
    Files,
    /// Versions of software.
    Versions,
}

/// Where a value stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Setting {
    /// What the column, or else the nearest heading, says.
    pub(super) topic: Topic,
    /// In a column or below a heading of files.
    pub(super) in_files: bool,
    /// Below "References", "Contact" and their like: only what is defanged is an indicator.
    pub(super) references: bool,
    /// In a block of code.
    pub(super) code: bool,
}

/// A heading that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Heading {
    level: usize,
    text: String,
    topic: Topic,
    references: bool,
}

/// The longest heading that is kept, in characters.
const MAX_HEADING: usize = 120;

/// The level of what only looks like a heading: a line in bold, or one that ends in a colon.
pub(super) const LEAD: usize = 99;

/// The headings over a line, outermost first.
#[derive(Debug, Default)]
pub(super) struct Outline {
    headings: Vec<Heading>,
    /// The document's title: its first heading.
    pub(super) title: Option<String>,
}

impl Outline {
    /// Takes a heading; level 1 is the highest.
    pub(super) fn enter(&mut self, level: usize, text: &str) {
        let text = plain(text);
        self.headings.retain(|heading| heading.level < level);
        if self.title.is_none() && level != LEAD {
            self.title = Some(text.clone());
        }
        self.headings.push(Heading {
            level,
            topic: topic(&text),
            references: is_references(&text),
            text,
        });
    }

    /// The headings below the title, joined; `None` where there are none.
    pub(super) fn path(&self) -> Option<String> {
        let below = self
            .headings
            .iter()
            .filter(|heading| Some(&heading.text) != self.title.as_ref());
        let texts: Vec<&str> = below.map(|heading| heading.text.as_str()).collect();
        (!texts.is_empty()).then(|| texts.join(" > "))
    }

    /// Where a value below these headings stands, in a column of this name if in any.
    pub(super) fn setting(&self, column: Option<Topic>) -> Setting {
        let known = |topic: &Topic| *topic != Topic::Unknown;
        let nearest = self
            .headings
            .iter()
            .rev()
            .map(|heading| heading.topic)
            .find(known);
        let topic = column.filter(known).or(nearest).unwrap_or_default();
        Setting {
            topic,
            in_files: topic == Topic::Files,
            references: self.headings.iter().any(|heading| heading.references),
            code: false,
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

/// What the words of a heading or of a column's name say.
pub(super) fn topic(text: &str) -> Topic {
    let text = text.to_lowercase();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    let says = |names: &[&str]| words.iter().any(|word| names.contains(word));
    if says(&["version", "versions", "build", "release"]) {
        Topic::Versions
    } else if says(&[
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
    ]) || text.contains("command and control")
        || text.contains("c&c")
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
    ]) {
        Topic::Indicators
    } else {
        Topic::Unknown
    }
}

/// Whether a heading is over addresses of other documents, or over the authors' own.
pub(super) fn is_references(text: &str) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_nest_and_end() {
        let mut outline = Outline::default();
        outline.enter(1, "Machete -- Indicators of Compromise");
        outline.enter(2, "References {#refs}");
        outline.enter(3, "Blog posts");
        assert!(outline.setting(None).references);
        assert_eq!(outline.path().as_deref(), Some("References > Blog posts"));
        outline.enter(2, "`Domain` names ##");
        assert_eq!(outline.path().as_deref(), Some("Domain names"));
        let setting = outline.setting(None);
        assert!(!setting.references && setting.topic == Topic::Names);
        assert_eq!(outline.setting(Some(Topic::Files)).topic, Topic::Files);
        assert_eq!(outline.setting(Some(Topic::Unknown)).topic, Topic::Names);
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
    }
}
