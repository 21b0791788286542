//! What hashes of files have in common, whatever their algorithm.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | lower-case hexadecimal | `d41d8cd98f00b204e9800998ecf8427e` |
//! | `upper` | upper-case hexadecimal, as Sysmon writes it | `D41D8CD98F00B204E9800998ECF8427E` |

use crate::derived::DerivedValues;
use crate::indicator::{Indicator, Ioc};
use crate::reason::Reason;
use crate::register_template;

register_template!("../../templates/hash/process_creation_windows.yml.j2");
register_template!("../../templates/hash/image_load_windows.yml.j2");
register_template!("../../templates/hash/driver_load_windows.yml.j2");
register_template!("../../templates/hash/create_stream_hash_windows.yml.j2");

/// The selection of a new template: a field with a hash alone, in either case.
pub(super) const STARTER: &str = "    FIELD: {{ [value, upper]|sigma }}\n";

/// The hashes of the empty file, which is on every machine.
pub(super) fn guard(ioc: &Ioc) -> Option<(Reason, Option<String>)> {
    match ioc {
        Ioc::Hash(hash) if hash.is_of_the_empty_file() => Some((Reason::EmptyFile, None)),
        _ => None,
    }
}

pub(super) fn derived(indicator: &Indicator) -> DerivedValues {
    let value = indicator.ioc.to_string();
    let upper = value.to_uppercase();
    DerivedValues::new()
        .text("display", upper.clone())
        .text("upper", upper)
        .text("value", value)
}
