//! Whether a walk from page to page saw everything, though the feed may change under it.
//!
//! A result that is taken out of a page that was read moves all behind it forward, and one of them onto that page, where nobody looks
//! again. Then the total falls, or there are fewer different results than the total says, and the walk begins again; what
//! is known by then is only counted. (One taken out while another is added shows in no number.)

use super::account::Account;

/// How often a walk is made.
const MAX_PASSES: usize = 3;

/// One walk from the first page to the last.
#[derive(Debug)]
pub(super) struct Pass {
    number: usize,
    /// The different results that were known before.
    known: u64,
    pages: u64,
    first_total: Option<u64>,
    last_total: Option<u64>,
}

impl Pass {
    /// The first walk.
    pub(super) fn first() -> Pass {
        Pass {
            number: 1,
            known: 0,
            pages: 0,
            first_total: None,
            last_total: None,
        }
    }

    /// Whether what comes may have come before.
    pub(super) fn repeats(&self) -> bool {
        self.number > 1
    }

    /// Takes note of a page.
    pub(super) fn page(&mut self, total: Option<u64>) {
        self.pages += 1;
        if total.is_some() {
            self.first_total = self.first_total.or(total);
            self.last_total = total;
        }
    }

    /// The next walk, where one may bring something. `offset` is where they begin.
    pub(super) fn next(&self, account: &Account, offset: u64) -> Option<Pass> {
        let known = account.distinct();
        let missing = offset + known < self.last_total.unwrap_or_default();
        let moved = self.last_total < self.first_total;
        // A server that counts what it does not give must not keep us.
        let settled = self.repeats() && known == self.known && !moved;
        let again = self.pages > 1 && (missing || moved) && !settled && self.number < MAX_PASSES;
        again.then_some(Pass {
            number: self.number + 1,
            known,
            ..Pass::first()
        })
    }
}
