//! The Traffic Light Protocol.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::coded::coded;

coded! {
/// A label of the Traffic Light Protocol 2.0 (FIRST), least strict first.
///
/// ```
/// use socdef_sigma::Tlp;
/// assert_eq!("TLP:WHITE".parse::<Tlp>().unwrap(), Tlp::Clear);
/// assert!(Tlp::AmberStrict > Tlp::Amber);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tlp in "indicator" as as_str {
    /// No limit on disclosure; `white` in TLP 1.
    Clear "clear",
    /// The community.
    Green "green",
    /// The organisation and its clients.
    Amber "amber",
    /// The organisation only.
    #[serde(rename = "amber+strict")]
    AmberStrict "amber+strict",
    /// The named recipients only.
    Red "red",
}
}

impl fmt::Display for Tlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Tlp {
    type Err = String;

    /// Reads a label in any case, with or without `tlp` before it, whatever stands between its words; `white` is [`Tlp::Clear`].
    fn from_str(label: &str) -> Result<Self, String> {
        let lower = label.to_ascii_lowercase();
        let words: Vec<&str> = words(&lower).collect();
        one(words.strip_prefix(&["tlp"]).unwrap_or(&words)).ok_or_else(|| {
            let names = Tlp::ALL.map(Tlp::as_str).join(", ");
            format!("`{label}` is not a TLP label; the labels are {names}")
        })
    }
}

impl Tlp {
    /// What a text says that was given as a label, with whatever stands beside it: `RED (do not share)`. `None` where it names no label, or
    /// says something else: whoever reads it takes it for the strictest.
    ///
    /// ```
    /// use socdef_sigma::Tlp;
    /// assert_eq!(Tlp::stated("TLP RED (do not share)"), Some(Tlp::Red));
    /// assert_eq!(Tlp::stated("amber, strict"), Some(Tlp::AmberStrict));
    /// assert_eq!(Tlp::stated("confidential"), None);
    /// ```
    pub fn stated(text: &str) -> Option<Tlp> {
        let lower = text.to_ascii_lowercase();
        let words: Vec<&str> = words(&lower).collect();
        let pairs = words.windows(2).filter_map(one);
        words.chunks(1).filter_map(one).chain(pairs).max()
    }

    /// Whether a tag is there to state a label, known or not: `tlp:ex:chr`, `TLP AMBER`, `tlp-red`.
    pub(crate) fn is_stated_by_tag(tag: &str) -> bool {
        let Some((head, rest)) = tag.trim().split_at_checked(3) else {
            return false;
        };
        head.eq_ignore_ascii_case("tlp")
            && (rest.trim_start().starts_with([':', '=']) || tag.parse::<Tlp>().is_ok())
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
}

/// The label of these words and no others.
fn one(words: &[&str]) -> Option<Tlp> {
    match words {
        ["clear" | "white"] => Some(Tlp::Clear),
        ["green"] => Some(Tlp::Green),
        ["amber"] => Some(Tlp::Amber),
        ["amber", "strict"] | ["amberstrict"] => Some(Tlp::AmberStrict),
        ["red"] => Some(Tlp::Red),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_read_however_it_is_written() {
        for (label, tlp) in [
            ("TLP RED", Tlp::Red),
            ("tlp-red", Tlp::Red),
            ("TLP:AMBER STRICT", Tlp::AmberStrict),
            ("tlp:amber+strict", Tlp::AmberStrict),
            ("Tlp: Amber_Strict", Tlp::AmberStrict),
            (" white ", Tlp::Clear),
            ("TLP: GREEN", Tlp::Green),
        ] {
            assert_eq!(label.parse(), Ok(tlp), "{label}");
            assert_eq!(Tlp::stated(label), Some(tlp), "{label}");
        }
        for tlp in Tlp::ALL {
            assert_eq!(tlp.as_str().parse(), Ok(tlp));
        }
    }

    #[test]
    fn a_tag_that_states_a_label_is_told_from_one_that_names_the_protocol() {
        for tag in [
            "tlp:red",
            " TLP : AMBER",
            "tlp-red",
            "TLP_GREEN",
            "tlp amber strict",
            "tlp:ex:chr",
            "TLP=red",
        ] {
            assert!(Tlp::is_stated_by_tag(tag), "{tag}");
        }
        for tag in ["tlp", "TLP policy", "red", "tlpx:red", "tl", "é", "tlé:"] {
            assert!(!Tlp::is_stated_by_tag(tag), "{tag}");
        }
    }

    #[test]
    fn a_sentence_is_no_label_and_may_state_one() {
        for text in [
            "RED (do not share)",
            "red team",
            "tlp:tlp:red",
            "",
            "confidential",
        ] {
            assert!(text.parse::<Tlp>().is_err(), "{text}");
        }
        assert_eq!(Tlp::stated("green or red"), Some(Tlp::Red));
        assert_eq!(Tlp::stated("internal use only"), None);
    }
}
