//! What a record says about whether its values are meant for detection.
//!
//! A column of this kind is read by what its cells say, never by its name alone: `status` may be `online`, and then it says
//! nothing here.

use crate::reason::Reason;

/// What a column that judges its record asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// MISP's flag, and others that mark for detection: values without a mark are not meant for it.
    Detection,
    /// What a product is to do with the value: `Block`, `Allow`.
    Action,
    /// What somebody thinks of the value: a disposition, a verdict, a status, a classification.
    Opinion,
    /// A flag that the value is harmless: a false positive, on an allow list.
    Harmless,
    /// A flag that the value is harmful.
    Harmful,
    /// A flag that the value is still in force.
    Active,
    /// A flag that the record is deleted.
    Deleted,
}

/// Fields of objects that judge, for readers that know the others by name.
pub(crate) const FIELDS: [(&str, Judgement); 12] = [
    ("to_ids", Judgement::Detection),
    ("action", Judgement::Action),
    ("disposition", Judgement::Opinion),
    ("verdict", Judgement::Opinion),
    ("status", Judgement::Opinion),
    ("classification", Judgement::Opinion),
    ("false_positive", Judgement::Harmless),
    ("is_false_positive", Judgement::Harmless),
    ("whitelisted", Judgement::Harmless),
    ("benign", Judgement::Harmless),
    ("is_active", Judgement::Active),
    ("deleted", Judgement::Deleted),
];

/// What a judgement makes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judged {
    /// Its values are not meant for detection, for this reason.
    Dropped(Reason),
    /// Its producer has taken it back.
    Revoked,
    /// It is over.
    Expired,
}

impl Judgement {
    /// What a cell makes of its record; `None` where it says nothing against it.
    pub(crate) fn of(self, cell: &str) -> Option<Judged> {
        let benign = Some(Judged::Dropped(Reason::Benign));
        let unmarked = Some(Judged::Dropped(Reason::NotForDetection));
        match self {
            Judgement::Detection if is_false(cell) => unmarked,
            Judgement::Harmless if is_true(cell) => benign,
            Judgement::Harmful if is_false(cell) => benign,
            Judgement::Active if is_false(cell) => Some(Judged::Expired),
            Judgement::Deleted if is_true(cell) => Some(Judged::Dropped(Reason::Deleted)),
            Judgement::Action | Judgement::Opinion => cell
                .split([',', ';', '|', '\n'])
                .find_map(|part| self.of_words(&words(part))),
            _ => None,
        }
    }

    fn of_words(self, words: &str) -> Option<Judged> {
        let benign = Some(Judged::Dropped(Reason::Benign));
        let unmarked = Some(Judged::Dropped(Reason::NotForDetection));
        match words {
            "allow" | "allowed" | "allow list" | "allowlist" | "allow listed" | "permit"
            | "permitted" | "passthru" | "pass through" | "no action" | "noaction" | "exclude"
            | "excluded" | "exception" => unmarked,
            "ignore" | "ignored" | "none" | "pass" | "bypass" if self == Judgement::Action => {
                unmarked
            }
            "white list" | "whitelist" | "whitelisted" | "white listed" | "allowlisted"
            | "benign" | "clean" | "harmless" | "goodware" | "known good" | "good" | "safe"
            | "trusted" | "legitimate" | "legit" | "not malicious" | "non malicious"
            | "false positive" | "falsepositive" | "false pos" | "falsepos" | "fp" => benign,
            "revoked" | "withdrawn" | "retracted" => Some(Judged::Revoked),
            "expired" => Some(Judged::Expired),
            "deleted" => Some(Judged::Dropped(Reason::Deleted)),
            _ => None,
        }
    }
}

/// The words of a cell in lower case, with one space between them: `False-Positive` is `false positive`.
fn words(cell: &str) -> String {
    let mut words = String::new();
    for word in cell.split(|c: char| !c.is_alphanumeric()) {
        if word.is_empty() {
            continue;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.chars().take(32).flat_map(char::to_lowercase));
        if words.len() > 64 {
            break;
        }
    }
    words
}

fn is_one_of(cell: &str, words: &[&str]) -> bool {
    let cell = cell.trim();
    words.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// Whether a flag says no.
fn is_false(cell: &str) -> bool {
    is_one_of(cell, &["0", "false", "no", "n", "f", "0.0", "off"])
}

/// Whether a flag says yes.
pub(crate) fn is_true(cell: &str) -> bool {
    is_one_of(cell, &["1", "true", "yes", "y"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_judgement_is_read_by_its_words() {
        use Judgement::{Action, Active, Deleted, Detection, Harmful, Harmless, Opinion};
        for (judgement, cell, expected) in [
            (Detection, "0", "not_for_detection"),
            (Detection, "False", "not_for_detection"),
            (Detection, "1", ""),
            (Detection, "", ""),
            (Action, "Allowed", "not_for_detection"),
            (Action, "allow-list", "not_for_detection"),
            (Action, "no_action", "not_for_detection"),
            (Action, "none", "not_for_detection"),
            (Action, "whitelist", "benign"),
            (Action, "Block", ""),
            (Action, "AlertAndBlock", ""),
            (Action, "prevent_no_ui", ""),
            (Action, "monitor", ""),
            (Opinion, "benign", "benign"),
            (Opinion, "False-Positive", "benign"),
            (Opinion, "reviewed; whitelisted", "benign"),
            (Opinion, "none", ""),
            (Opinion, "pass", ""),
            (Opinion, "malicious", ""),
            (Opinion, "not benign", ""),
            (Opinion, "online", ""),
            (Opinion, "active", ""),
            (Opinion, "new", ""),
            (Opinion, "clean-up needed", ""),
            (Opinion, "revoked", "revoked"),
            (Opinion, "EXPIRED", "expired"),
            (Harmless, "true", "benign"),
            (Harmless, "0", ""),
            (Harmful, "no", "benign"),
            (Harmful, "yes", ""),
            (Active, "false", "expired"),
            (Active, "true", ""),
            (Deleted, "1", "deleted"),
            (Deleted, "0", ""),
        ] {
            let code = match judgement.of(cell) {
                None => "",
                Some(Judged::Dropped(reason)) => reason.code(),
                Some(Judged::Revoked) => "revoked",
                Some(Judged::Expired) => "expired",
            };
            assert_eq!(code, expected, "{judgement:?} {cell}");
        }
    }
}
