//! The Traffic Light Protocol.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A label of the Traffic Light Protocol 2.0 (FIRST), least strict first.
///
/// ```
/// use socdef_sigma::Tlp;
/// assert_eq!("TLP:WHITE".parse::<Tlp>().unwrap(), Tlp::Clear);
/// assert!(Tlp::AmberStrict > Tlp::Amber);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tlp {
    /// No limit on disclosure; `white` in TLP 1.
    Clear,
    /// The community.
    Green,
    /// The organisation and its clients.
    Amber,
    /// The organisation only.
    #[serde(rename = "amber+strict")]
    AmberStrict,
    /// The named recipients only.
    Red,
}

impl Tlp {
    /// All labels, least strict first.
    pub const ALL: [Tlp; 5] = [
        Tlp::Clear,
        Tlp::Green,
        Tlp::Amber,
        Tlp::AmberStrict,
        Tlp::Red,
    ];

    /// The label in lower case, without the prefix `tlp:`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Tlp::Clear => "clear",
            Tlp::Green => "green",
            Tlp::Amber => "amber",
            Tlp::AmberStrict => "amber+strict",
            Tlp::Red => "red",
        }
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
