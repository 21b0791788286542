//! What the user should know about an input.

use crate::coded::coded;
use crate::location::Place;

/// Something that the user should know, and that costs no indicator.
///
/// ```
/// use socdef_sigma::source::{Found, Input, NoteKind, ReadOptions, read};
///
/// let feed = Input::from_bytes("feed.txt", &b"198.51.100.7/24\n"[..]);
/// let found = read(&feed, &ReadOptions::default())?.collect::<Result<Vec<_>, _>>()?;
/// assert!(found.iter().any(|found| matches!(found, Found::Note(note) if note.kind == NoteKind::HostBits)));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// What it is about.
    pub kind: NoteKind,
    /// Where.
    pub place: Place,
    /// The part of the input that it is about.
    pub detail: String,
}

coded! {
/// What a [`Note`] is about.
///
/// ```
/// use socdef_sigma::source::NoteKind;
/// assert_eq!((NoteKind::HostBits.code(), NoteKind::HostBits.words()), ("host_bits", "a network's host bits were cleared"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoteKind in "source" as code, words {
    /// A date that is invalid or ambiguous; the indicator goes without it.
    UnreadableDate "unreadable_date" "a date is invalid or ambiguous and was left out",
    /// A confidence that the table of `docs/confidence.md` does not have; the indicator counts as one without.
    UnreadableConfidence "unreadable_confidence" "a confidence cannot be read, so the indicator counts as one without",
    /// A label of the Traffic Light Protocol that is not known; the indicator is taken for the strictest.
    UnknownTlp "unknown_tlp" "a TLP label is not known, so the indicator counts as TLP:RED",
    /// A network was given with bits behind its prefix; they are cleared.
    HostBits "host_bits" "a network's host bits were cleared",
    /// A technique that the table of ATT&CK does not have; it is in `socdef`, and no tag.
    UnknownTechnique "unknown_technique" "a technique is not in ATT&CK's current list, so it does not become a tag",
    /// An event that marks no attribute for detection; all are taken.
    NoDetectionFlags "no_detection_flags" "the event marks no attribute for detection, so all are taken",
    /// An indicator without dates, which no choice of dates leaves out.
    Undated "undated" "an indicator has no dates, so it passed the date filter",
    /// An entry of a warninglist that cannot be used, so that it drops nothing.
    UnusableEntry "unusable_entry" "an entry of a warninglist cannot be used and was left out",
    /// A JSON file in a folder of warninglists that is not a warninglist.
    NotAList "not_a_list" "a file in a folder of warninglists is not a warninglist and was left out",
    /// A template gave no valid rule for an indicator that has others.
    RuleLost "rule_lost" "a template did not give a valid rule for an indicator; other templates did",
    /// The part of an indicator that a log source shows is too common to look for; other log sources have rules.
    TooGeneric "too_generic" "the part of an indicator that a log source shows is too common, so only other log sources have a rule",
    /// A file that was given before, under this path or another one.
    SameFile "same_file" "a file that was given more than once is read once",
    /// A link, a hidden file, the index of a feed, or a device, in a folder.
    NotRead "not_read" "a link, a hidden file, the index of a feed or a special file in a folder was left out",
    /// An input without records.
    NothingFound "nothing_found" "an input has no records",
    /// An input with records, none of which gave a value.
    NothingRead "nothing_read" "an input has records, but none of them gave a value",
    /// The format that an input was read as, and why, where that is not plain.
    ReadAs "read_as" "the content has another format than the file name says",
    /// A value that is beyond doubt of another type than its feed says.
    Retyped "retyped" "a value has another type than its feed says",
    /// An address whose numbers have leading zeros, which some programs read as octal.
    LeadingZeros "leading_zeros" "an address has leading zeros and was read as decimal",
    /// Feeds say more of an indicator than is kept of one: which part, and how many are kept.
    LeftOut "left_out" "feeds say more of an indicator than is kept of one; the first are kept",
    /// A range of addresses, or an address with a mask, that became networks.
    RangeRead "range_read" "a range of addresses became networks",
}
}
