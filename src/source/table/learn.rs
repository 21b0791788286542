//! What each column of a table holds, from its name and its first cells.

use super::sample::Seen;
use crate::extract::split;
use crate::indicator::range::networks;
use crate::indicator::{Expect, IocType, parse, parse_declared};
use crate::source::record::{Judgement, Publisher, Role, Scale, role};
use crate::source::type_name::{Declared, kind};
use std::net::IpAddr;

/// The knowledge about the columns of a table.
#[derive(Debug)]
pub(super) struct Learned {
    pub(super) roles: Vec<Role>,
    pub(super) type_column: Option<usize>,
    pub(super) is_strict: bool,
    pub(super) is_unmarked: bool,
    pub(super) has_values: bool,
}

/// Decides what each column holds. `names` is empty where the table has no header.
pub(super) fn learn(
    names: &[String],
    sample: &[Vec<String>],
    mut seen: Vec<Seen>,
    publisher: Option<Publisher>,
) -> Learned {
    let count = names.len().max(seen.len());
    seen.resize(count, Seen::default());
    let roles = (0..count)
        .map(|index| {
            names
                .get(index)
                .map_or(Role::Unknown, |name| role(publisher, name))
        })
        .collect();
    let mut table = Table {
        names,
        sample,
        seen,
        roles,
        type_column: None,
        is_strict: false,
    };
    table.ranges();
    table.scales();
    table.actions();
    table.patterns();
    table.files();
    table.types();
    table.typed();
    table.unknown();
    table.promote();
    table.others();
    let has_values = table.has_values();
    let is_unmarked = table.is_unmarked();
    Learned {
        roles: table.roles,
        type_column: table.type_column,
        is_strict: table.is_strict,
        is_unmarked,
        has_values,
    }
}

fn is_file_hash(role: Role) -> bool {
    match role {
        Role::Value(Expect::Hash, _) => true,
        Role::Value(Expect::Type(kind), _) => {
            [IocType::Md5, IocType::Sha1, IocType::Sha256].contains(&kind)
        }
        _ => false,
    }
}

fn names_a_file(role: Role) -> bool {
    matches!(role, Role::Value(Expect::Type(kind), _) if kind.plugin().names_a_file)
}

pub(super) const ANY: Role = Role::Value(Expect::Any, None);

pub(super) struct Table<'a> {
    pub(super) names: &'a [String],
    pub(super) sample: &'a [Vec<String>],
    pub(super) seen: Vec<Seen>,
    pub(super) roles: Vec<Role>,
    pub(super) type_column: Option<usize>,
    pub(super) is_strict: bool,
}

impl Table<'_> {
    pub(super) fn cells(&self, index: usize) -> impl Iterator<Item = &str> {
        let cells = self
            .sample
            .iter()
            .filter_map(move |record| record.get(index));
        cells
            .map(|cell| split::trim(cell))
            .filter(|cell| !split::is_placeholder(cell))
    }

    pub(super) fn columns(&self) -> std::ops::Range<usize> {
        0..self.roles.len()
    }

    fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    /// The name of a file beside its hash is what the hash is of, as in MISP's `filename|sha256`.
    fn files(&mut self) {
        if !self.roles.iter().any(|role| is_file_hash(*role)) {
            return;
        }
        for role in &mut self.roles {
            if names_a_file(*role) {
                *role = Role::Ignored;
            }
        }
    }

    /// `start` and `end` may be dates, and `prefix` a network.
    fn ranges(&mut self) {
        for index in self.columns() {
            let seen = &self.seen[index];
            match self.roles[index] {
                Role::RangeStart | Role::RangeEnd if !seen.is_of_addresses() => {
                    self.roles[index] = Role::Unknown;
                }
                Role::Mask
                    if self
                        .cells(index)
                        .any(|cell| cell.contains('/') && parse(cell).is_ok()) =>
                {
                    self.roles[index] = Role::Value(Expect::Address, None);
                }
                _ => {}
            }
        }
        // Beside a range of addresses stands who answers for it.
        if self.roles.contains(&Role::RangeStart) {
            for role in &mut self.roles {
                if *role == Role::Value(Expect::Type(IocType::Email), None) {
                    *role = Role::Contact;
                }
            }
        }
        // Without names, two columns of which each pair bounds one network.
        if !self.has_names() {
            let bounds = self.columns().find(|start| self.bounds_networks(*start));
            if let Some(start) = bounds {
                self.roles[start] = Role::RangeStart;
                self.roles[start + 1] = Role::RangeEnd;
            }
        }
    }

    fn bounds_networks(&self, start: usize) -> bool {
        let mut count = 0;
        let all = self.sample.iter().all(|record| {
            let address = |index: usize| record.get(index)?.trim().parse::<IpAddr>().ok();
            let (Some(from), Some(to)) = (address(start), address(start + 1)) else {
                return false;
            };
            count += 1;
            from != to && networks(from, to).is_ok_and(|nets| nets.len() == 1)
        });
        all && count > 0
    }

    /// What the numbers of a column of confidences are counted in.
    fn scales(&mut self) {
        for index in self.columns() {
            if self.roles[index] == Role::Confidence(Scale::Hundred) {
                self.roles[index] = Role::Confidence(Scale::of(self.cells(index)));
            }
        }
    }

    /// Without names, a column of nothing but words for what a product is to do.
    fn actions(&mut self) {
        for index in self.columns() {
            let seen = &self.seen[index];
            if !self.has_names() && seen.filled > 0 && seen.actions == seen.filled {
                self.roles[index] = Role::Judged(Judgement::Action);
            }
        }
    }

    fn patterns(&mut self) {
        for index in self.columns() {
            let seen = &self.seen[index];
            match self.roles[index] {
                // Every cell of such a column may be a pattern.
                Role::Unknown if seen.is_of_patterns() => self.roles[index] = ANY,
                Role::Pattern if seen.patterns == 0 && seen.is_of_indicators() => {
                    self.roles[index] = ANY;
                }
                _ => {}
            }
        }
    }

    /// The column whose cells are words for types, whatever its name; else the one that is named so.
    fn types(&mut self) {
        let named: Vec<usize> = self
            .columns()
            .filter(|index| self.roles[*index] == Role::Type)
            .collect();
        let of_kinds = named
            .iter()
            .copied()
            .find(|index| self.seen[*index].is_of_kinds());
        let by_content = || {
            self.columns().find(|index| {
                matches!(self.roles[*index], Role::Unknown | Role::Typed)
                    && self.seen[*index].is_of_kinds()
                    && self
                        .columns()
                        .any(|other| self.agreement(*index, other) > 0)
            })
        };
        let chosen = of_kinds
            .or_else(by_content)
            .or_else(|| named.first().copied());
        for index in named {
            self.roles[index] = Role::Ignored;
        }
        if let Some(index) = chosen {
            self.roles[index] = Role::Type;
        }
        self.type_column = chosen;
        // Another column of words for types has no values either.
        if chosen.is_some() {
            for index in self.columns() {
                if self.roles[index] == Role::Typed && self.seen[index].is_of_kinds() {
                    self.roles[index] = Role::Ignored;
                }
            }
        }
    }

    /// In how many records a cell is of the type that another one of its record gives.
    fn agreement(&self, types: usize, values: usize) -> usize {
        let readable = matches!(
            self.roles[values],
            Role::Unknown | Role::Typed | Role::Ignored | ANY
        );
        if !readable || types == values {
            return 0;
        }
        let agrees = |record: &&Vec<String>| {
            let (Some(word), Some(cell)) = (record.get(types), record.get(values)) else {
                return false;
            };
            let Declared::Value(expect, _) = kind(word) else {
                return false;
            };
            if split::is_placeholder(cell) {
                return false;
            }
            let dotted = cell.contains(['.', ':']);
            match expect {
                // What any text is by a lenient type has to look like one.
                Expect::Type(kind) if kind == IocType::Url && !cell.contains('/') => false,
                Expect::Type(kind) if kind == IocType::Domain && !dotted => false,
                Expect::Host if !dotted => false,
                _ => matches!(parse_declared(expect, cell), (Ok(_), false)),
            }
        };
        self.sample.iter().filter(agrees).count()
    }

    /// The column that the types are those of.
    fn typed(&mut self) {
        let Some(types) = self.type_column else {
            return;
        };
        let given = |role: &Role| matches!(role, Role::Typed | Role::Pattern);
        let named = |(index, role): (usize, &Role)| role.is_value() && self.seen[index].filled > 0;
        if self.roles.iter().any(given) || self.roles.iter().enumerate().any(named) {
            return;
        }
        let agreements: Vec<(usize, usize)> = self
            .columns()
            .map(|index| (index, self.agreement(types, index)))
            .filter(|(_, count)| *count > 0)
            .collect();
        let beside = [Some(types + 1), types.checked_sub(1)];
        let neighbour = beside
            .into_iter()
            .flatten()
            .find(|beside| agreements.iter().any(|(index, _)| index == beside));
        let best = agreements
            .iter()
            .max_by_key(|(index, count)| (*count, std::cmp::Reverse(*index)))
            .map(|(index, _)| *index);
        let data = self.columns().find(|index| self.is_data(*index));
        let chosen = match self.has_names() {
            true => data.or(best),
            false => neighbour.or(best),
        };
        if let Some(index) = chosen {
            self.roles[index] = Role::Typed;
            // Without names, the other columns are about it.
            self.is_strict = !self.has_names();
        }
    }

    /// Whether a column is named as one of values of any kind.
    fn is_data(&self, index: usize) -> bool {
        let names = ["data", "content", "item", "element", "object", "string"];
        self.roles[index] == Role::Unknown
            && self.names.get(index).is_some_and(|name| {
                names
                    .iter()
                    .any(|data| name.trim().eq_ignore_ascii_case(data))
            })
    }
}
