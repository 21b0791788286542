//! Columns whose names say nothing: what their cells say.

use super::learn::{ANY, Table};
use super::links::are_links;
use crate::reason::Reason;
use crate::source::record::{Judgement, Role};

impl Table<'_> {
    /// Columns of unknown name hold indicators where half of their cells are some.
    pub(super) fn unknown(&mut self) {
        if self.is_strict {
            return;
        }
        let holding: Vec<usize> = self
            .columns()
            .filter(|index| {
                self.roles[*index] == Role::Unknown && self.seen[*index].is_of_indicators()
            })
            .collect();
        let links: Vec<usize> = holding
            .iter()
            .copied()
            .filter(|index| are_links(self.cells(*index)))
            .collect();
        let has_others = holding.len() > links.len()
            || self
                .columns()
                .any(|index| self.roles[index].is_value() && self.seen[index].filled > 0);
        for index in holding {
            self.roles[index] = match has_others && links.contains(&index) {
                true => Role::Reference,
                false => ANY,
            };
        }
        // Where no column's name says that the types are its own, the only column of indicators has them.
        if self.type_column.is_some() && !self.roles.contains(&Role::Typed) {
            let mut untyped = self.roles.iter_mut().filter(|role| **role == ANY);
            if let (Some(only), None) = (untyped.next(), untyped.next()) {
                *only = Role::Typed;
            }
        }
    }

    /// A column is not left out for its name alone where it is the only one whose cells are indicators.
    pub(super) fn promote(&mut self) {
        let read = self.columns().any(|index| {
            let seen = &self.seen[index];
            self.roles[index].is_value() && seen.indicators + seen.patterns > 0
        });
        if read {
            return;
        }
        let only = self
            .columns()
            .filter(|index| {
                self.roles[*index] == Role::Ignored && self.seen[*index].is_of_indicators()
            })
            .max_by_key(|index| (self.seen[*index].indicators, std::cmp::Reverse(*index)));
        if let Some(index) = only {
            self.roles[index] = match self.type_column {
                Some(_) => Role::Typed,
                None => ANY,
            };
        }
    }

    /// Values of a type without a rule are refused where the table has no others.
    pub(super) fn others(&mut self) {
        if self.has_values() {
            return;
        }
        for role in &mut self.roles {
            if *role == Role::Other {
                *role = Role::Refused(Reason::UnsupportedType);
            }
        }
    }

    pub(super) fn has_values(&self) -> bool {
        self.sample.is_empty()
            || self
                .columns()
                .any(|index| self.roles[index].is_value() && self.seen[index].filled > 0)
    }

    pub(super) fn is_unmarked(&self) -> bool {
        self.columns().any(|index| {
            self.roles[index] == Role::Judged(Judgement::Detection) && self.seen[index].filled == 0
        })
    }
}
