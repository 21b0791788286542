//! The surroundings of a piece of text.

/// The kind of text below a heading, behind a label or in a column of a name.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Topic {
    /// The words do not say.
    #[default]
    Unknown,
    /// Indicators of any kind.
    Indicators,
    /// Names and addresses of hosts.
    Names,
    /// E-mail addresses.
    Emails,
    /// Names of files, detections and other things that are not hosts.
    Files,
    /// Versions of software.
    Versions,
}

/// Where a piece of text stands. It changes how far a value is trusted, and never whether it is looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Setting<'a> {
    /// What the column, or else the label or the nearest heading, says.
    pub(crate) topic: Topic,
    /// Whether it is the column that says so.
    pub(crate) in_column: bool,
    /// Below "References", "Contact" and their like: a link that is not defanged is a reference.
    pub(crate) references: bool,
    /// Below "Allow list", "False positives" and their like: nothing is to alert.
    pub(crate) benign: bool,
    /// In a block of code.
    pub(crate) code: bool,
    /// A line of a list, whose first word is a value wherever it can be one.
    pub(crate) listed: bool,
    /// In AsciiDoc, where `[` ends a URL.
    pub(crate) asciidoc: bool,
    /// The sites that the document links to: its producer's own, and those of its references.
    pub(crate) sites: &'a [String],
}
