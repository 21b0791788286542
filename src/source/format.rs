//! The formats of feeds, by their names on the command line.

use std::fmt;
use std::str::FromStr;

use crate::coded::coded;

coded! {
/// A feed format.
///
/// ```
/// use socdef_sigma::source::Format;
/// assert_eq!("abusech".parse::<Format>().unwrap(), Format::AbuseCh);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format in "source" as as_str {
    /// The JSON list of the SOC Defenders API, and the same objects one a line.
    Socdef "socdef",
    /// Any CSV or TSV.
    Csv "csv",
    /// One value a line.
    Txt "txt",
    /// STIX 2.0 and 2.1 bundles.
    Stix "stix",
    /// MISP events and lists of events.
    Misp "misp",
    /// The exports of abuse.ch in CSV and JSON: URLhaus, Feodo Tracker, ThreatFox, MalwareBazaar, SSLBL.
    AbuseCh "abusech",
    /// CISA's catalogue of known exploited vulnerabilities in CSV and JSON.
    Kev "kev",
    /// Lists of flat JSON objects whose fields are named as the columns of a table are.
    Records "records",
    /// Workbooks of Excel 2007 and later.
    Xlsx "xlsx",
    /// OpenIOC 1.0 and 1.1.
    Openioc "openioc",
    /// Pulses of AlienVault OTX in JSON.
    Otx "otx",
    /// Documents in the Elastic Common Schema, `threat.indicator.*`.
    Ecs "ecs",
    /// Web pages.
    Html "html",
    /// Block lists: `hosts` files, Adblock lists, dnsmasq, unbound, RPZ, BIND, and sets of firewalls.
    Blocklist "blocklist",
    /// Free text: reports in prose, Markdown, AsciiDoc or reStructuredText.
    Text "text",
}
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = String;

    /// Reads the exact name; the error is one line that lists the names.
    fn from_str(name: &str) -> std::result::Result<Self, String> {
        Format::ALL
            .into_iter()
            .find(|format| format.as_str() == name)
            .ok_or_else(|| {
                format!(
                    "`{name}` is not an input format; the formats are {}",
                    Format::ALL.map(Format::as_str).join(", ")
                )
            })
    }
}
