//! From what feeds write about their confidence, risk or score to one of three levels.
//!
//! `docs/confidence.md` has the table.

use crate::extract::split::is_placeholder;
use crate::indicator::Confidence;

/// What the numbers of a column are counted in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Scale {
    /// 0 to 100, by STIX 2.1, appendix A, "None / Low / Med / High".
    #[default]
    Hundred,
    /// 0 to 10.
    Ten,
    /// 0 to 1.
    One,
    /// Recorded Future's risk score, 0 to 99.
    Risk,
}

impl Scale {
    /// The scale of a column by its first cells. Where all numbers are at most one and some are written with a fraction, it
    /// counts to one; where none is above ten and they differ, it counts to ten.
    pub(crate) fn of<'a>(cells: impl Iterator<Item = &'a str>) -> Scale {
        let (mut first, mut count, mut highest) = (None, 0, 0.0_f64);
        let (mut differ, mut has_fraction) = (false, false);
        for cell in cells {
            let Some(number) = number(cell) else { continue };
            count += 1;
            highest = highest.max(number);
            differ |= number != *first.get_or_insert(number);
            has_fraction |= is_fraction(cell);
        }
        match count {
            1.. if highest <= 1.0 && has_fraction => Scale::One,
            3.. if highest > 1.0 && highest <= 10.0 && differ => Scale::Ten,
            _ => Scale::Hundred,
        }
    }
}

/// What a text says about confidence cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unreadable;

/// Reads a confidence: a word, a letter and a digit of the admiralty scale, a fraction, a percentage or a number. `None` where
/// the text says that there is none.
pub(crate) fn confidence(text: &str, scale: Scale) -> Result<Option<Confidence>, Unreadable> {
    let text = text.trim();
    if is_placeholder(text) || says_none(text) {
        return Ok(None);
    }
    let read = one(text, scale).or_else(|_| {
        // `High (85)`
        let (outside, inside) = text
            .strip_suffix(')')
            .ok_or(Unreadable)?
            .split_once('(')
            .ok_or(Unreadable)?;
        one(outside.trim(), scale).or_else(|_| one(inside.trim(), scale))
    })?;
    Ok(read)
}

/// Reads a confidence that stands alone, without a column that shows its scale: a number with a fraction that is at most one is a share of one.
pub(crate) fn lone_confidence(text: &str) -> Result<Option<Confidence>, Unreadable> {
    confidence(text, Scale::of(std::iter::once(text)))
}

fn one(text: &str, scale: Scale) -> Result<Option<Confidence>, Unreadable> {
    if let Some(level) = text.parse().ok().or_else(|| word(text)) {
        return Ok(Some(level));
    }
    if let Some(credibility) = admiralty(text) {
        return Ok(credibility);
    }
    if let Some((part, whole)) = text.split_once('/') {
        let (part, whole) = (
            number(part).ok_or(Unreadable)?,
            number(whole).ok_or(Unreadable)?,
        );
        return match whole > 0.0 && part <= whole {
            true => of_hundred(part / whole * 100.0),
            false => Err(Unreadable),
        };
    }
    if let Some(percentage) = text.strip_suffix('%') {
        return of_hundred(number(percentage).ok_or(Unreadable)?);
    }
    let number = number(text).ok_or(Unreadable)?;
    match scale {
        Scale::Hundred => of_hundred(number),
        Scale::Ten => of_hundred(number * 10.0),
        Scale::One => of_hundred(number * 100.0),
        Scale::Risk => of_risk(number),
    }
}

/// The letters and digits of a text, in lower case.
fn key(text: &str) -> String {
    let letters = text.chars().filter(|c| c.is_alphanumeric());
    letters.flat_map(char::to_lowercase).take(40).collect()
}

/// Words that say that nobody judged it.
fn says_none(text: &str) -> bool {
    matches!(
        key(text).as_str(),
        "notspecified"
            | "unspecified"
            | "notdefined"
            | "notassessed"
            | "unrated"
            | "unverified"
            | "notrated"
            | "noconfidence"
            | "truthcannotbejudged"
            | "cannotbejudged"
            | "confidencecannotbeevaluated"
            | "reliabilitycannotbejudged"
    )
}

/// The words of the table that are not the names of the levels.
fn word(text: &str) -> Option<Confidence> {
    let key = key(text);
    // `High confidence`, `Confidence: high`, `highly confident`.
    let bare = key
        .strip_suffix("confidence")
        .or_else(|| key.strip_prefix("confidence"))
        .filter(|rest| !rest.is_empty())
        .unwrap_or(&key);
    Some(match bare {
        "high"
        | "veryhigh"
        | "critical"
        | "severe"
        | "certain"
        | "almostcertain"
        | "confirmed"
        | "confirmedbyothersources"
        | "completelyconfident"
        | "usuallyconfident"
        | "highlyconfident"
        | "likely"
        | "verylikely"
        | "highlyprobable"
        | "probablytrue"
        | "verymalicious"
        | "malicious" => Confidence::High,
        "medium" | "med" | "moderate" | "fairlyconfident" | "suspicious" | "probable"
        | "possiblytrue" | "roughlyevenchance" => Confidence::Medium,
        "low" | "verylow" | "informational" | "information" | "info" | "rarelyconfident"
        | "unconfident" | "unusual" | "possible" | "doubtful" | "improbable"
        | "highlyimprobable" | "unlikely" | "veryunlikely" | "almostnochance" | "remote" => {
            Confidence::Low
        }
        _ => return None,
    })
}

/// `B2`: the source's reliability and the information's credibility, of which the second counts.
fn admiralty(text: &str) -> Option<Option<Confidence>> {
    let [b'A'..=b'F' | b'a'..=b'f', credibility] = text.as_bytes() else {
        return None;
    };
    match credibility {
        b'1' | b'2' => Some(Some(Confidence::High)),
        b'3' => Some(Some(Confidence::Medium)),
        b'4' | b'5' => Some(Some(Confidence::Low)),
        b'6' => Some(None),
        _ => None,
    }
}

/// A number, in which a comma may stand for the point.
fn number(text: &str) -> Option<f64> {
    let number: f64 = text.trim().replacen(',', ".", 1).parse().ok()?;
    (0.0..=f64::from(u32::MAX))
        .contains(&number)
        .then_some(number)
}

/// Whether a number is written with a fraction: `1.0`, not `1`.
fn is_fraction(text: &str) -> bool {
    text.contains(['.', ',', 'e', 'E'])
}

/// Rounded up, so that a little confidence is not none.
fn of_hundred(number: f64) -> Result<Option<Confidence>, Unreadable> {
    // What a multiplication adds behind the last digit does not count.
    let whole = ((number * 1e6).round() / 1e6).ceil();
    match (0.0..=100.0).contains(&whole) {
        true => Ok(Confidence::from_stix(whole as u64)),
        false => Err(Unreadable),
    }
}

/// Recorded Future: 5–24 unusual, 25–64 suspicious, 65–89 malicious, 90–99 very malicious.
fn of_risk(number: f64) -> Result<Option<Confidence>, Unreadable> {
    match number.ceil() as u64 {
        0 => Ok(None),
        1..=24 => Ok(Some(Confidence::Low)),
        25..=64 => Ok(Some(Confidence::Medium)),
        65..=100 => Ok(Some(Confidence::High)),
        _ => Err(Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn confidence_is_a_word_or_a_number() {
        use Confidence::{High, Low, Medium};
        for (text, level) in [
            ("High", Some(High)),
            (" medium ", Some(Medium)),
            ("Very High", Some(High)),
            ("very-high", Some(High)),
            ("High Confidence", Some(High)),
            ("confidence: low", Some(Low)),
            ("High (85)", Some(High)),
            ("n/s (85)", Some(High)),
            ("critical", Some(High)),
            ("moderate", Some(Medium)),
            ("Informational", Some(Low)),
            ("Probably true", Some(High)),
            ("75", Some(High)),
            ("75%", Some(High)),
            ("50 %", Some(Medium)),
            ("69,5", Some(High)),
            ("3/5", Some(Medium)),
            ("8/10", Some(High)),
            ("1/4", Some(Low)),
            ("B2", Some(High)),
            ("c3", Some(Medium)),
            ("D5", Some(Low)),
            ("F6", None),
            ("0.5", Some(Low)),
            ("29.0", Some(Low)),
            ("0", None),
            ("unknown", None),
            ("Not Specified", None),
            ("Truth cannot be judged", None),
            ("", None),
        ] {
            assert_eq!(confidence(text, Scale::Hundred), Ok(level), "{text}");
        }
        for text in [
            "6/5",
            "1/0",
            "101",
            "-1",
            "inf",
            "banana",
            "G2",
            "B7",
            "(",
            ")",
            "()",
            "confidence",
            "1/",
            "%",
            "0x10",
            "high low",
        ] {
            assert_eq!(confidence(text, Scale::Hundred), Err(Unreadable), "{text}");
        }
    }

    #[test]
    fn a_number_is_read_on_the_scale_of_its_column() {
        use Confidence::{High, Low, Medium};
        let read = |text, scale| confidence(text, scale).unwrap_or(None);
        for (text, ten, risk, one) in [
            ("9", Some(High), Some(Low), None),
            ("7", Some(High), Some(Low), None),
            ("5", Some(Medium), Some(Low), None),
            ("2", Some(Low), Some(Low), None),
            ("1", Some(Low), Some(Low), Some(High)),
            ("0.85", Some(Low), Some(Low), Some(High)),
            ("0.7", Some(Low), Some(Low), Some(High)),
            ("0.69", Some(Low), Some(Low), Some(Medium)),
            ("0.3", Some(Low), Some(Low), Some(Medium)),
            ("0.29", Some(Low), Some(Low), Some(Low)),
            ("0.001", Some(Low), Some(Low), Some(Low)),
            ("0", None, None, None),
            ("11", None, Some(Low), None),
            ("24", None, Some(Low), None),
            ("25", None, Some(Medium), None),
            ("64", None, Some(Medium), None),
            ("65", None, Some(High), None),
            ("99", None, Some(High), None),
            ("101", None, None, None),
        ] {
            assert_eq!(read(text, Scale::Ten), ten, "{text} of ten");
            assert_eq!(read(text, Scale::Risk), risk, "{text} of risk");
            assert_eq!(read(text, Scale::One), one, "{text} of one");
        }
    }

    #[test]
    fn every_share_of_one_is_the_same_share_of_a_hundred() {
        for whole in 0..=100 {
            let (share, percent) = (f64::from(whole) / 100.0, whole.to_string());
            assert_eq!(
                confidence(&format!("{share:?}"), Scale::One),
                confidence(&percent, Scale::Hundred),
                "{share}"
            );
        }
    }

    #[test]
    fn the_scale_of_a_column_is_seen_in_its_numbers() {
        for (cells, scale) in [
            (&["0.9", "0.25", "1"][..], Scale::One),
            (&["0.9"], Scale::One),
            (&["1.0", "0"], Scale::One),
            (&["0,4", "high"], Scale::One),
            (&["1"], Scale::Hundred),
            (&["0", "1", "1"], Scale::Hundred),
            (&["0.5", "80"], Scale::Hundred),
            (&["0.5", "8", "3"], Scale::Ten),
            (&["8", "9", "10"], Scale::Ten),
            (&["8", "8", "8"], Scale::Hundred),
            (&["8", "90", "10"], Scale::Hundred),
            (&["high", "75%", ""], Scale::Hundred),
            (&[], Scale::Hundred),
        ] {
            assert_eq!(Scale::of(cells.iter().copied()), scale, "{cells:?}");
        }
    }
}
