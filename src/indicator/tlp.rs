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

    /// Reads a label in any case, with or without `tlp:`; `white` is [`Tlp::Clear`].
    fn from_str(label: &str) -> Result<Self, String> {
        let lower = label.trim().to_ascii_lowercase();
        let name = lower.strip_prefix("tlp:").unwrap_or(&lower);
        match name {
            "white" => Ok(Tlp::Clear),
            "amber-strict" | "amber_strict" => Ok(Tlp::AmberStrict),
            _ => Tlp::ALL
                .into_iter()
                .find(|tlp| tlp.as_str() == name)
                .ok_or_else(|| {
                    let names = Tlp::ALL.map(Tlp::as_str).join(", ");
                    format!("`{label}` is not a TLP label; the labels are {names}")
                }),
        }
    }
}
