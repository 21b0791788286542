//! The sixteen critical-infrastructure sectors of CISA, as slugs.

use std::fmt;
use std::str::FromStr;

/// A critical-infrastructure sector (CISA), by the slug that the SOC Defenders API uses.
///
/// ```
/// use socdef_sigma::Sector;
/// assert_eq!("finance".parse::<Sector>().unwrap().as_str(), "financial-services");
/// assert!("gaming".parse::<Sector>().unwrap_err().contains("energy"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Sector(&'static str);

impl Sector {
    /// The slugs of all sectors, in alphabetical order.
    ///
    /// ```
    /// use socdef_sigma::Sector;
    /// assert!(Sector::SLUGS.iter().all(|slug| slug.parse::<Sector>().is_ok()));
    /// ```
    pub const SLUGS: [&'static str; 16] = [
        "chemical",
        "commercial-facilities",
        "communications",
        "critical-manufacturing",
        "dams",
        "defense-industrial-base",
        "emergency-services",
        "energy",
        "financial-services",
        "food-and-agriculture",
        "government-facilities",
        "healthcare",
        "information-technology",
        "nuclear",
        "transportation-systems",
        "water",
    ];

    /// The slug.
    ///
    /// ```
    /// use socdef_sigma::Sector;
    /// assert_eq!("Water and Wastewater".parse::<Sector>().unwrap().as_str(), "water");
    /// ```
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// Other names of the same sectors: CISA's long names, and forms seen in the API's documentation.
const ALIASES: [(&str, &str); 7] = [
    ("finance", "financial-services"),
    ("healthcare-and-public-health", "healthcare"),
    ("nuclear-reactors-materials-and-waste", "nuclear"),
    ("water-and-wastewater", "water"),
    ("water-and-wastewater-systems", "water"),
    (
        "government-services-and-facilities",
        "government-facilities",
    ),
    ("transportation", "transportation-systems"),
];

impl fmt::Display for Sector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl FromStr for Sector {
    type Err = String;

    /// Reads a slug or a sector's name; case, spaces and underscores do not matter.
    fn from_str(name: &str) -> Result<Self, String> {
        let slug = name.trim().to_ascii_lowercase().replace([' ', '_'], "-");
        let known = ALIASES
            .iter()
            .find(|(alias, _)| *alias == slug)
            .map_or(slug.as_str(), |(_, slug)| slug);
        Sector::SLUGS
            .into_iter()
            .find(|candidate| *candidate == known)
            .map(Sector)
            .ok_or_else(|| {
                format!(
                    "`{name}` is not a known sector; the sectors are {}",
                    Sector::SLUGS.join(", ")
                )
            })
    }
}
