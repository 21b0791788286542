//! How the store has an indicator and a confidence.

use rusqlite::types::Type;

use crate::indicator::{Confidence, Indicator};

/// The producers of an indicator, as one text.
pub(super) fn producer(indicator: &Indicator) -> String {
    indicator.producers.join(", ")
}

/// An indicator, for the store.
pub(super) fn json(indicator: &Indicator) -> rusqlite::Result<String> {
    serde_json::to_string(indicator)
        .map_err(|cause| rusqlite::Error::ToSqlConversionFailure(Box::new(cause)))
}

/// An indicator as the store has it.
pub(super) fn read(json: &str) -> rusqlite::Result<Indicator> {
    let indicator = serde_json::from_str::<Indicator>(json);
    // One that an earlier release has stored may be of any size.
    indicator
        .map(|mut indicator| {
            indicator.bound();
            indicator
        })
        .map_err(|cause| rusqlite::Error::FromSqlConversionFailure(0, Type::Text, Box::new(cause)))
}

/// A confidence as the store has it.
pub(super) fn rank(confidence: Confidence) -> i64 {
    match confidence {
        Confidence::Low => 0,
        Confidence::Medium => 1,
        Confidence::High => 2,
    }
}

/// The confidence that the store has as this number.
pub(super) fn of_rank(rank: i64) -> Confidence {
    match rank {
        i64::MIN..=0 => Confidence::Low,
        1 => Confidence::Medium,
        _ => Confidence::High,
    }
}
