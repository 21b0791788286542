//! What a text was understood as.

use super::ioc::Ioc;

/// A value that was understood.
///
/// ```
/// use socdef_sigma::indicator::parse;
///
/// let parsed = parse("198.51.100[.]7:443").unwrap();
/// assert_eq!((parsed.ioc.to_string().as_str(), parsed.port, parsed.defanged), ("198.51.100.7", Some(443), true));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The canonical indicator.
    pub ioc: Ioc,
    /// The port that stood behind the address or name; never part of the detection.
    pub port: Option<u16>,
    /// The live spelling as given, where it says more than the canonical form: host bits, a fragment, userinfo.
    pub original: Option<String>,
    /// Whether the value was defanged.
    pub defanged: bool,
}
