//! What the first records of a table look like, column by column.

use crate::extract::split;
use crate::indicator::{Expect, Ioc, parse_as};
use crate::source::record::{holds_indicators, is_kind, is_pattern};

/// The sample of a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// The last cell, and what it is: columns of types and remarks say the same again and again.
    last: Option<(String, Look)>,
    /// Cells that are not placeholders.
    pub(super) filled: usize,
    pub(super) indicators: usize,
    /// Single addresses.
    pub(super) addresses: usize,
    /// Names of types.
    pub(super) kinds: usize,
    /// Patterns of STIX.
    pub(super) patterns: usize,
    /// Words for what a product is to do.
    pub(super) actions: usize,
}

impl Seen {
    /// The sample of each column of these records.
    pub(super) fn of(records: &[Vec<String>]) -> Vec<Seen> {
        let mut seen: Vec<Seen> = Vec::new();
        for record in records {
            Seen::add(&mut seen, record);
        }
        seen
    }

    /// Looks at one more record.
    pub(super) fn add(seen: &mut Vec<Seen>, record: &[String]) {
        if seen.len() < record.len() {
            seen.resize(record.len(), Seen::default());
        }
        for (seen, cell) in seen.iter_mut().zip(record) {
            seen.look(cell);
        }
    }

    fn look(&mut self, cell: &str) {
        let look = match &self.last {
            Some((last, look)) if last == cell => *look,
            _ => {
                let look = Look::at(cell);
                self.last = Some((cell.to_owned(), look));
                look
            }
        };
        self.filled += usize::from(look.is_filled);
        self.indicators += usize::from(look.is_indicator);
        self.addresses += usize::from(look.is_address);
        self.kinds += usize::from(look.is_kind);
        self.patterns += usize::from(look.is_pattern);
        self.actions += usize::from(look.is_action);
    }

    /// Whether at least half of what is there are indicators.
    pub(super) const fn is_of_indicators(&self) -> bool {
        self.filled > 0 && self.indicators * 2 >= self.filled
    }

    /// Whether at least half of what is there are names of types, and nothing is an indicator.
    pub(super) const fn is_of_kinds(&self) -> bool {
        self.filled > 0 && self.kinds * 2 >= self.filled && self.indicators == 0
    }

    /// Whether at least half of what is there are patterns.
    pub(super) const fn is_of_patterns(&self) -> bool {
        self.filled > 0 && self.patterns * 2 >= self.filled
    }

    /// Whether at least half of what is there are addresses.
    pub(super) const fn is_of_addresses(&self) -> bool {
        self.filled > 0 && self.addresses * 2 >= self.filled
    }
}

/// What one cell is.
#[derive(Debug, Clone, Copy, Default)]
struct Look {
    is_filled: bool,
    is_indicator: bool,
    is_address: bool,
    is_kind: bool,
    is_pattern: bool,
    is_action: bool,
}

impl Look {
    fn at(cell: &str) -> Look {
        if split::is_placeholder(cell) {
            return Look::default();
        }
        let is_indicator = holds_indicators(cell);
        Look {
            is_filled: true,
            is_indicator,
            is_address: is_address(cell),
            // `CVE-2024-12345` has a word for a type in it, and is one of its values.
            is_kind: !is_indicator && is_kind(cell),
            is_pattern: is_pattern(cell),
            is_action: is_action(cell),
        }
    }
}

fn is_address(cell: &str) -> bool {
    if !cell.contains(['.', ':']) {
        return false;
    }
    parse_as(Expect::Address, cell).is_ok_and(|parsed| match parsed.ioc {
        Ioc::Ipv4(net) => net.prefix_len() == 32,
        Ioc::Ipv6(net) => net.prefix_len() == 128,
        _ => false,
    })
}

/// The words of the import tables of endpoint products.
fn is_action(cell: &str) -> bool {
    [
        "allow",
        "allowed",
        "block",
        "blocked",
        "detect",
        "prevent",
        "prevent_no_ui",
        "no_action",
        "alert",
        "warn",
        "audit",
        "alertandblock",
        "blockandremediate",
        "deny",
        "monitor",
    ]
    .iter()
    .any(|word| cell.trim().eq_ignore_ascii_case(word))
}
