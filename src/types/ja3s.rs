//! JA3S: the MD5 of what a TLS server says in its hello. Many programs share one.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | lower-case hexadecimal | `0123456789abcdef0123456789abcdef` |

use super::common::JA3;
use super::text::{fingerprint, of};
use crate::indicator::{Parse, TypePlugin};
use crate::{register_template, register_type};

pub(crate) static JA3S_TYPE: TypePlugin = TypePlugin {
    name: "ja3s",
    title: "JA3S",
    order: 16,
    parse: Parse::Text(|text| fingerprint("ja3s", text)),
    names: &[
        "ja3s",
        "ja3shash",
        "ja3smd5",
        "ja3sfingerprint",
        "ja3sfingerprintmd5",
        "intelja3s",
    ],
    misp: &["ja3s-fingerprint-md5"],
    stix: &[
        "network-traffic:extensions.x-ja3s.value",
        "network-traffic:x_ja3s",
    ],
    openioc: &["network/ja3s"],
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

register_type!(JA3S_TYPE);
register_template!("../../templates/ja3s/zeek_ssl.yml.j2");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::text::check::{code, value};

    #[test]
    fn a_fingerprint_is_thirty_two_digits() {
        let expected = ("ja3s", "0123456789abcdef0123456789abcdef".to_owned());
        assert_eq!(
            value(&JA3S_TYPE, "0123456789ABCDEF0123456789abcdef"),
            expected
        );
        for (text, reason) in [
            ("771,4865-4866,0-23,29-23,0", "invalid_hash"),
            ("0123", "invalid_hash"),
            ("d41d8cd98f00b204e9800998ecf8427e", "common_value"),
            ("0123456789abcdef0123456789abcdef", "keep"),
        ] {
            assert_eq!(code(&JA3S_TYPE, text), reason, "{text}");
        }
    }
}
