//! JA3: the MD5 of what a TLS client says in its hello. Many programs share one.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | lower-case hexadecimal | `0123456789abcdef0123456789abcdef` |

use super::common::JA3;
use super::text::{fingerprint, of};
use crate::indicator::{Parse, TypePlugin};
use crate::{register_template, register_type};

pub(crate) static JA3_TYPE: TypePlugin = TypePlugin {
    name: "ja3",
    title: "JA3",
    order: 15,
    parse: Parse::Text(|text| fingerprint("ja3", text)),
    names: &[
        "ja3",
        "ja3hash",
        "ja3md5",
        "ja3fingerprint",
        "ja3fingerprintmd5",
        "intelja3",
    ],
    misp: &["ja3-fingerprint-md5"],
    stix: &[
        "network-traffic:extensions.x-ja3.value",
        "network-traffic:x_ja3",
    ],
    openioc: &["network/ja3"],
    ttl_days: Some(90),
    tactic: "command-and-control",
    guard: |ioc| JA3.judge(of(ioc)),
    samples: &[
        "0123456789abcdef0123456789abcdef",
        "89abcdef0123456789abcdef01234567",
    ],
    starter_field: "fingerprint",
    ..TypePlugin::NEW
};

register_type!(JA3_TYPE);
register_template!("../../templates/ja3/zeek_ssl.yml.j2");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::text::check::{code, value};

    #[test]
    fn a_fingerprint_is_thirty_two_digits() {
        let expected = ("ja3", "0123456789abcdef0123456789abcdef".to_owned());
        assert_eq!(
            value(&JA3_TYPE, "0123456789ABCDEF0123456789abcdef"),
            expected
        );
        for (text, reason) in [
            ("771,4865-4866,0-23,29-23,0", "invalid_hash"),
            ("0123", "invalid_hash"),
            // Firefox, in Salesforce's list.
            ("b03910cc6de801d2fcfa0c3b9f397df4", "common_value"),
            ("d41d8cd98f00b204e9800998ecf8427e", "common_value"),
            ("0123456789abcdef0123456789abcdef", "keep"),
        ] {
            assert_eq!(code(&JA3_TYPE, text), reason, "{text}");
        }
    }
}
