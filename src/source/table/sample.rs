//! What the first records of a table look like, column by column.

use crate::indicator::{Expect, Ioc, parse_as};
use crate::source::record::{holds_indicators, is_kind, is_pattern};
use crate::source::split;

/// What was seen of a column.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Seen {
    /// Cells that are no placeholders.
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
    /// What is seen of each column of these records.
    pub(super) fn of(records: &[Vec<String>]) -> Vec<Seen> {
        let mut seen: Vec<Seen> = Vec::new();
        for record in records {
            if seen.len() < record.len() {
                seen.resize(record.len(), Seen::default());
            }
            for (seen, cell) in seen.iter_mut().zip(record) {
                seen.look(cell);
            }
        }
        seen
    }

    fn look(&mut self, cell: &str) {
        if split::is_placeholder(cell) {
            return;
        }
        self.filled += 1;
        let is_indicator = holds_indicators(cell);
        self.indicators += usize::from(is_indicator);
        self.addresses += usize::from(is_address(cell));
        // `CVE-2024-12345` has a word for a type in it, and is one of its values.
        self.kinds += usize::from(!is_indicator && is_kind(cell));
        self.patterns += usize::from(is_pattern(cell));
        self.actions += usize::from(is_action(cell));
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

fn is_address(cell: &str) -> bool {
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
