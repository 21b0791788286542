//! Values that common software or every system has: a rule for one of them would alert everywhere.
//!
//! Each list is a file here, one value a line; a line that begins with `#` is a comment, and says where the values below it
//! are from. A list is parsed once. Values are compared without regard to case.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::reason::Reason;

/// A list of values, each in lower case.
pub(super) struct Common(HashSet<String, foldhash::fast::FixedState>);

impl Common {
    /// The values of a file.
    pub(super) fn of(file: &str) -> Common {
        let lines = file.lines().map(str::trim);
        let values = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        Common(values.map(str::to_lowercase).collect())
    }

    /// Whether a value is on it, in any case.
    pub(super) fn has(&self, value: &str) -> bool {
        self.0.contains(&value.to_lowercase())
    }

    /// The reason for which such a value is dropped.
    pub(super) fn judge(&self, value: &str) -> Option<(Reason, Option<String>)> {
        self.has(value).then_some((Reason::CommonValue, None))
    }
}

macro_rules! lists {
    ($($name:ident $file:literal,)*) => {
        $(pub(super) static $name: LazyLock<Common> = LazyLock::new(|| Common::of(include_str!($file)));)*

        #[cfg(test)]
        const FILES: &[(&str, &str)] = &[$(($file, include_str!($file)),)*];
    };
}

lists! {
    FILE_NAMES "file_names.txt",
    FOLDERS "folders.txt",
    REGISTRY_KEYS "registry_keys.txt",
    PIPES "pipes.txt",
    IMPHASHES "imphashes.txt",
    JA3 "ja3.txt",
    JA4 "ja4.txt",
    SERVICES "services.txt",
    TASKS "tasks.txt",
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value without a source is not a fact, and one that stands twice was not read.
    #[test]
    fn every_value_stands_once_and_below_a_source() {
        for (name, text) in FILES {
            let mut seen = HashSet::new();
            let mut sourced = false;
            for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
                match line.strip_prefix('#') {
                    Some(comment) => sourced |= comment.contains("https://"),
                    None => {
                        assert!(sourced, "{name}: {line} has no source");
                        assert!(seen.insert(line.to_lowercase()), "{name}: {line} twice");
                    }
                }
            }
            assert!(!seen.is_empty(), "{name}");
        }
    }
}
