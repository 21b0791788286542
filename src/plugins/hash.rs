//! The derived forms of hashes, the same for every algorithm.
//!
//! | form | what | example |
//! |---|---|---|
//! | `value` | lower-case hexadecimal | `d41d8cd98f00b204e9800998ecf8427e` |
//! | `upper` | upper-case hexadecimal, as Sysmon writes it | `D41D8CD98F00B204E9800998ECF8427E` |

use crate::indicator::Indicator;
use crate::registry::Forms;

pub(super) fn forms(indicator: &Indicator) -> Forms {
    let value = indicator.ioc.to_string();
    let upper = value.to_uppercase();
    Forms::new()
        .text("display", upper.clone())
        .text("upper", upper)
        .text("value", value)
}
