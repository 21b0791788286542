//! What the user should know about an input.

use crate::coded::coded;
use crate::place::Place;

/// Something that the user should know, and that costs no indicator.
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum NoteKind as code, words {
    /// A date that is none or has two readings; the indicator has no such date.
    UnreadableDate "unreadable_date" "a date that cannot be read for certain was left out",
    /// A network was given with bits behind its prefix; they are cleared.
    HostBits "host_bits" "a network's host bits were cleared",
    /// A technique that the table of ATT&CK does not have; it is in `socdef`, and no tag.
    UnknownTechnique "unknown_technique" "a technique that is not in ATT&CK's current list is no tag",
    /// An event that marks no attribute for detection; all are taken.
    NoDetectionFlags "no_detection_flags" "the event marks nothing for detection, so all of it is taken",
    /// An indicator without dates, which no choice of dates leaves out.
    Undated "undated" "an indicator without dates passed the choice of dates",
    /// An entry of a warninglist that cannot be used, so that it drops nothing.
    UnusableEntry "unusable_entry" "an entry of a warninglist that cannot be used was left out",
    /// A JSON file in a folder of warninglists that is none.
    NotAList "not_a_list" "a file in a folder of warninglists that is none was left out",
    /// A template gave no valid rule for an indicator that has others.
    RuleLost "rule_lost" "a template gave no valid rule for an indicator that has others",
    /// What a log source shows of an indicator that has rules for others is too common to look for.
    TooGeneric "too_generic" "what a log source shows of an indicator is too common, so only the others have a rule",
    /// A file that was given before, under this path or another one.
    SameFile "same_file" "a file that was given more than once is read once",
    /// A link, a hidden file, the index of a feed or what is no file, in a folder.
    NotRead "not_read" "a link, a hidden file, the index of a feed or what is no file, in a folder, is not read",
    /// An input without records.
    NothingFound "nothing_found" "an input has no records",
    /// An input with records of which none gave a value.
    NothingRead "nothing_read" "an input has records, and none of them gave a value",
    /// The format that an input was read as, and why, where that is not plain.
    ReadAs "read_as" "the content is of another format than the name says",
    /// A value that is beyond doubt of another type than its feed says.
    Retyped "retyped" "a value is of another type than its feed says",
    /// An address whose numbers have leading zeros, which some programs read as octal.
    LeadingZeros "leading_zeros" "an address was read as decimal in spite of its leading zeros",
    /// A range of addresses, or an address with a mask, that became networks.
    RangeRead "range_read" "a range of addresses became networks",
}
}
