//! How sure a feed is, on the scales that feeds use.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::coded::coded;

coded! {
/// How sure the producer is that the indicator is malicious. Decides the level of the rule.
///
/// ```
/// use socdef_sigma::Confidence;
///
/// assert_eq!("HIGH".parse::<Confidence>().unwrap(), Confidence::High);
/// assert!(Confidence::High > Confidence::Low);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence in "indicator" as as_str {
    /// Little evidence.
    Low "low",
    /// Some evidence, and what a feed without a statement gets.
    Medium "medium",
    /// Strong evidence.
    High "high",
}
}

impl Confidence {
    /// Reads STIX's scale of 0 to 100.
    ///
    /// STIX 2.1, appendix A, "None / Low / Med / High": 0 is "none", 1–29 low, 30–69 medium, 70–100 high.
    ///
    /// ```
    /// use socdef_sigma::Confidence;
    /// assert_eq!(Confidence::from_stix(0), None);
    /// assert_eq!(Confidence::from_stix(29), Some(Confidence::Low));
    /// assert_eq!(Confidence::from_stix(30), Some(Confidence::Medium));
    /// assert_eq!(Confidence::from_stix(70), Some(Confidence::High));
    /// assert_eq!(Confidence::from_stix(101), None);
    /// ```
    pub const fn from_stix(value: u64) -> Option<Confidence> {
        match value {
            1..=29 => Some(Confidence::Low),
            30..=69 => Some(Confidence::Medium),
            70..=100 => Some(Confidence::High),
            _ => None,
        }
    }

    /// Reads a MISP taxonomy tag: `misp:confidence-level`, `estimative-language` or `admiralty-scale`.
    ///
    /// `None` for every other tag, and for the values of these that say "cannot be judged".
    /// Source: the `misp`, `estimative-language` and `admiralty-scale` taxonomies of MISP.
    ///
    /// ```
    /// use socdef_sigma::Confidence;
    /// let read = Confidence::from_misp_tag;
    /// assert_eq!(read(r#"misp:confidence-level="usually-confident""#), Some(Confidence::High));
    /// assert_eq!(read(r#"estimative-language:likelihood-probability="roughly-even-chance""#), Some(Confidence::Medium));
    /// assert_eq!(read(r#"admiralty-scale:information-credibility="6""#), None);
    /// ```
    pub fn from_misp_tag(tag: &str) -> Option<Confidence> {
        let (predicate, value) = tag.split_once('=')?;
        let value = value.trim_matches('"').to_ascii_lowercase();
        match (
            predicate.trim().to_ascii_lowercase().as_str(),
            value.as_str(),
        ) {
            ("misp:confidence-level", "completely-confident" | "usually-confident") => {
                Some(Confidence::High)
            }
            ("misp:confidence-level", "fairly-confident") => Some(Confidence::Medium),
            ("misp:confidence-level", "rarely-confident" | "unconfident") => Some(Confidence::Low),
            ("estimative-language:confidence-in-analytic-judgment", level) => level.parse().ok(),
            (
                "estimative-language:likelihood-probability",
                "almost-certain" | "very-likely" | "likely",
            ) => Some(Confidence::High),
            ("estimative-language:likelihood-probability", "roughly-even-chance") => {
                Some(Confidence::Medium)
            }
            (
                "estimative-language:likelihood-probability",
                "unlikely" | "very-unlikely" | "almost-no-chance",
            ) => Some(Confidence::Low),
            ("admiralty-scale:information-credibility", "1" | "2") => Some(Confidence::High),
            ("admiralty-scale:information-credibility", "3") => Some(Confidence::Medium),
            ("admiralty-scale:information-credibility", "4" | "5") => Some(Confidence::Low),
            ("admiralty-scale:source-reliability", "a" | "b") => Some(Confidence::High),
            ("admiralty-scale:source-reliability", "c") => Some(Confidence::Medium),
            ("admiralty-scale:source-reliability", "d" | "e" | "g") => Some(Confidence::Low),
            _ => None,
        }
    }
}

/// Whether a MISP tag is one of those that state a confidence, and says neither a level nor that it cannot be judged.
pub(crate) fn is_unreadable_tag(tag: &str) -> bool {
    let Some((predicate, value)) = tag.split_once('=') else {
        return false;
    };
    let value = value.trim_matches('"').to_ascii_lowercase();
    let silent: &[&str] = match predicate.trim().to_ascii_lowercase().as_str() {
        // The taxonomy spells it `evalued`.
        "misp:confidence-level" => &[
            "confidence-cannot-be-evalued",
            "confidence-cannot-be-evaluated",
        ],
        "estimative-language:confidence-in-analytic-judgment"
        | "estimative-language:likelihood-probability" => &[],
        "admiralty-scale:information-credibility" => &["6"],
        "admiralty-scale:source-reliability" => &["f"],
        _ => return false,
    };
    !silent.contains(&value.as_str()) && Confidence::from_misp_tag(tag).is_none()
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Confidence {
    type Err = String;

    /// Reads `low`, `medium` or `high`, in any case.
    fn from_str(name: &str) -> Result<Self, String> {
        Confidence::ALL
            .into_iter()
            .find(|level| name.eq_ignore_ascii_case(level.as_str()))
            .ok_or_else(|| format!("`{name}` is not a confidence; use low, medium or high"))
    }
}
