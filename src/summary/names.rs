//! Names that are counted, with a bound on how many of them are kept.

use std::collections::BTreeMap;

/// How often each of some names came. A feed can name as many as it likes, so only the first ones are kept apart; the others are
/// counted together.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Names<T> {
    most: usize,
    kept: BTreeMap<String, T>,
    others: u64,
}

impl<T: Default> Names<T> {
    /// No name, and room for `most`.
    pub(super) fn new(most: usize) -> Names<T> {
        Names {
            most,
            kept: BTreeMap::new(),
            others: 0,
        }
    }

    /// The kept part of a name; `None` if there is no room for it, and it is counted with the others.
    pub(super) fn get(&mut self, name: &str, count: u64) -> Option<&mut T> {
        if !self.kept.contains_key(name) {
            if self.kept.len() >= self.most {
                self.others += count;
                return None;
            }
            self.kept.insert(name.to_owned(), T::default());
        }
        self.kept.get_mut(name)
    }

    /// Takes in what was counted after this.
    pub(super) fn absorb(
        &mut self,
        later: Names<T>,
        count: impl Fn(&T) -> u64,
        mut add: impl FnMut(&mut T, T),
    ) {
        self.others += later.others;
        for (name, what) in later.kept {
            if let Some(known) = self.get(&name, count(&what)) {
                add(known, what);
            }
        }
    }

    /// The names that are kept, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.kept.iter().map(|(name, what)| (name.as_str(), what))
    }

    /// How often one came that is not kept.
    pub(super) fn others(&self) -> u64 {
        self.others
    }
}

impl Names<u64> {
    /// Counts a name.
    pub(super) fn count(&mut self, name: &str) {
        if let Some(count) = self.get(name, 1) {
            *count += 1;
        }
    }

    /// Takes in counts that were made after these.
    pub(super) fn absorb_counts(&mut self, later: Names<u64>) {
        self.absorb(later, |count| *count, |known, count| *known += count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_is_counted() {
        let mut names = Names::new(2);
        for name in ["b", "a", "c", "a", "d", "c"] {
            names.count(name);
        }
        let kept: Vec<(&str, u64)> = names.iter().map(|(name, count)| (name, *count)).collect();
        assert_eq!(kept, [("a", 2), ("b", 1)]);
        assert_eq!(names.others(), 3);
        let mut first = Names::new(2);
        first.count("z");
        first.absorb_counts(names);
        let kept: Vec<(&str, u64)> = first.iter().map(|(name, count)| (name, *count)).collect();
        assert_eq!(kept, [("a", 2), ("z", 1)]);
        assert_eq!(first.others(), 4);
    }
}
