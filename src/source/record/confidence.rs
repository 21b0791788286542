//! From what feeds write about their confidence, risk or score to one of three levels.
//!
//! `docs/confidence.md` has the table.

use crate::indicator::Confidence;

/// What the numbers of a column are counted in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Scale {
    /// 0 to 100, by STIX 2.1, appendix A, "None / Low / Med / High".
    #[default]
    Hundred,
    /// 0 to 10.
    Ten,
    /// Recorded Future's risk score, 0 to 99.
    Risk,
}

/// Reads a confidence: a word, a letter and a digit of the admiralty scale, a fraction, a percentage or a number.
pub(crate) fn confidence(text: &str, scale: Scale) -> Option<Confidence> {
    let text = text.trim();
    if let Ok(level) = text.parse() {
        return Some(level);
    }
    if let Some(level) = word(text).or_else(|| admiralty(text)) {
        return Some(level);
    }
    if let Some((part, whole)) = text.split_once('/') {
        let (part, whole) = (number(part)?, number(whole)?);
        let fits = whole > 0.0 && part <= whole;
        return fits.then(|| of_hundred(part / whole * 100.0)).flatten();
    }
    if let Some(percentage) = text.strip_suffix('%') {
        return of_hundred(number(percentage)?);
    }
    let number = number(text)?;
    match scale {
        Scale::Hundred => of_hundred(number),
        Scale::Ten => of_hundred(number * 10.0),
        Scale::Risk => of_risk(number),
    }
}

/// The words of the table that are not the names of the levels.
fn word(text: &str) -> Option<Confidence> {
    let key: String = text
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .take(24)
        .collect();
    Some(match key.as_str() {
        "veryhigh"
        | "critical"
        | "severe"
        | "certain"
        | "confirmed"
        | "completelyconfident"
        | "usuallyconfident"
        | "verymalicious"
        | "malicious" => Confidence::High,
        "med" | "moderate" | "fairlyconfident" | "suspicious" | "probable" => Confidence::Medium,
        "verylow" | "informational" | "information" | "info" | "rarelyconfident"
        | "unconfident" | "unusual" | "possible" | "doubtful" => Confidence::Low,
        _ => return None,
    })
}

/// `B2`: the source's reliability and the information's credibility, of which the second counts.
fn admiralty(text: &str) -> Option<Confidence> {
    match text.as_bytes() {
        [b'A'..=b'F' | b'a'..=b'f', b'1' | b'2'] => Some(Confidence::High),
        [b'A'..=b'F' | b'a'..=b'f', b'3'] => Some(Confidence::Medium),
        [b'A'..=b'F' | b'a'..=b'f', b'4' | b'5'] => Some(Confidence::Low),
        _ => None,
    }
}

fn number(text: &str) -> Option<f64> {
    let number: f64 = text.trim().parse().ok()?;
    (0.0..=f64::from(u32::MAX))
        .contains(&number)
        .then_some(number)
}

/// Rounded up, so that a little confidence is not none.
fn of_hundred(number: f64) -> Option<Confidence> {
    (0.0..=100.0)
        .contains(&number)
        .then(|| Confidence::from_stix(number.ceil() as u64))
        .flatten()
}

/// Recorded Future: 5–24 unusual, 25–64 suspicious, 65–89 malicious, 90–99 very malicious.
fn of_risk(number: f64) -> Option<Confidence> {
    match number.ceil() as u64 {
        1..=24 => Some(Confidence::Low),
        25..=64 => Some(Confidence::Medium),
        65..=100 => Some(Confidence::High),
        _ => None,
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
            ("critical", Some(High)),
            ("moderate", Some(Medium)),
            ("Informational", Some(Low)),
            ("75", Some(High)),
            ("75%", Some(High)),
            ("50 %", Some(Medium)),
            ("3/5", Some(Medium)),
            ("8/10", Some(High)),
            ("1/4", Some(Low)),
            ("6/5", None),
            ("1/0", None),
            ("B2", Some(High)),
            ("c3", Some(Medium)),
            ("D5", Some(Low)),
            ("F6", None),
            ("0.5", Some(Low)),
            ("29.0", Some(Low)),
            ("0", None),
            ("101", None),
            ("-1", None),
            ("NaN", None),
            ("inf", None),
            ("unknown", None),
            ("", None),
        ] {
            assert_eq!(confidence(text, Scale::Hundred), level, "{text}");
        }
    }

    #[test]
    fn a_number_is_read_on_the_scale_of_its_column() {
        use Confidence::{High, Low, Medium};
        for (text, ten, risk) in [
            ("9", Some(High), Some(Low)),
            ("7", Some(High), Some(Low)),
            ("5", Some(Medium), Some(Low)),
            ("2", Some(Low), Some(Low)),
            ("0", None, None),
            ("11", None, Some(Low)),
            ("24", None, Some(Low)),
            ("25", None, Some(Medium)),
            ("64", None, Some(Medium)),
            ("65", None, Some(High)),
            ("99", None, Some(High)),
            ("101", None, None),
        ] {
            assert_eq!(confidence(text, Scale::Ten), ten, "{text} of ten");
            assert_eq!(confidence(text, Scale::Risk), risk, "{text} of risk");
        }
    }
}
