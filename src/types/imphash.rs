//! Hashes of a program's imports. Many files share one, even unrelated files, so it does not identify a file.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | lower-case hexadecimal | `0123456789abcdef0123456789abcdef` |
//! | `upper` | upper-case hexadecimal, as Sysmon writes it | `0123456789ABCDEF0123456789ABCDEF` |

use super::common::IMPHASHES;
use super::hash::derived;
use super::text::{behind, hexadecimal, of, unquoted};
use crate::indicator::{Parse, Refusal, TypePlugin};
use crate::reason::Reason;
use crate::{register_template, register_type};

pub(crate) static IMPHASH: TypePlugin = TypePlugin {
    name: "imphash",
    title: "Imphash",
    order: 14,
    parse: Parse::Text(canonical),
    names: &[
        "imphash",
        "imphashes",
        "importhash",
        "filehashimphash",
        "hashimphash",
        "peimphash",
    ],
    misp: &["imphash"],
    stix: &[
        "hashes.imphash",
        "file:extensions.windows-pebinary-ext.imphash",
    ],
    openioc: &["fileitem/peinfo/importhash", "fileitem/peinfo/imphash"],
    ttl_days: Some(365),
    tactic: "execution",
    guard: |ioc| IMPHASHES.judge(of(ioc)),
    derive: derived,
    samples: &[
        "0123456789abcdef0123456789abcdef",
        "89abcdef0123456789abcdef01234567",
    ],
    starter: "    FIELD: {{ [value, upper]|sigma }}\n",
    starter_field: "hash",
    ..TypePlugin::NEW
};

register_type!(IMPHASH);
register_template!("../../templates/imphash/process_creation_windows.yml.j2");
register_template!("../../templates/imphash/image_load_windows.yml.j2");
register_template!("../../templates/imphash/driver_load_windows.yml.j2");

fn canonical(text: &str) -> Result<String, Refusal> {
    let text = unquoted(text);
    let digits = ["imphash=", "imphash:"]
        .iter()
        .find_map(|label| behind(text, label))
        .map_or(text, str::trim);
    hexadecimal(digits, 32).ok_or_else(|| Refusal::new(Reason::InvalidHash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::text::check::{code, value};

    #[test]
    fn an_imphash_is_thirty_two_digits() {
        for text in [
            "0123456789ABCDEF0123456789abcdef",
            "IMPHASH=0123456789abcdef0123456789abcdef",
            "imphash: 0123456789abcdef0123456789abcdef",
        ] {
            let expected = "0123456789abcdef0123456789abcdef".to_owned();
            assert_eq!(value(&IMPHASH, text), ("imphash", expected), "{text}");
        }
        for (text, reason) in [
            ("0123", "invalid_hash"),
            ("0123456789abcdef0123456789abcdeg", "invalid_hash"),
            ("f34d5f2d4577ed6d9ceec516c1f5a744", "common_value"),
            ("00000000000000000000000000000000", "common_value"),
            ("0123456789abcdef0123456789abcdef", "keep"),
        ] {
            assert_eq!(code(&IMPHASH, text), reason, "{text}");
        }
    }
}
