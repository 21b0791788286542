//! JA4: what a TLS client says in its hello, in three parts. Many programs share one.
//!
//! Source: <https://github.com/FoxIO-LLC/ja4/blob/main/technical_details/JA4.md>
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the fingerprint | `t13d191000_9dc949149365_e7c285222651` |

use super::common::JA4;
use super::text::{behind, of, unquoted};
use crate::indicator::{Parse, Refusal, TypePlugin};
use crate::reason::Reason;
use crate::{register_template, register_type};

pub(crate) static JA4_TYPE: TypePlugin = TypePlugin {
    name: "ja4",
    title: "JA4",
    order: 17,
    parse: Parse::Text(canonical),
    own_form: Some(|text| canonical(text).is_ok()),
    names: &["ja4", "ja4fingerprint", "ja4hash"],
    misp: &["ja4"],
    stix: &[
        "network-traffic:extensions.x-ja4.value",
        "network-traffic:x_ja4",
    ],
    openioc: &["network/ja4"],
    ttl_days: Some(90),
    tactic: "command-and-control",
    guard: |ioc| JA4.judge(of(ioc)),
    samples: &[
        "t13d191000_9dc949149365_e7c285222651",
        "q13d0312h3_0123456789ab_cdef01234567",
    ],
    starter_field: "fingerprint",
    ..TypePlugin::NEW
};

register_type!(JA4_TYPE);
register_template!("../../templates/ja4/zeek_ssl.yml.j2");

/// Protocol, version, SNI, two counts and ALPN; then two hashes of twelve digits.
fn canonical(text: &str) -> Result<String, Refusal> {
    let text = unquoted(text);
    let text = behind(text, "ja4=").unwrap_or(text);
    let parts: Vec<&str> = text.split('_').collect();
    let whole = matches!(parts.as_slice(), [head, ciphers, extensions]
        if is_head(head) && is_hash(ciphers) && is_hash(extensions));
    match whole {
        // Small letters but for the ends of the protocol's name, which are as the client sent them.
        true => {
            Ok(text[..8].to_ascii_lowercase() + &text[8..10] + &text[10..].to_ascii_lowercase())
        }
        false => Err(Refusal::new(Reason::InvalidHash)),
    }
}

fn is_head(head: &str) -> bool {
    let bytes = head.as_bytes();
    bytes.len() == 10
        && matches!(bytes[0].to_ascii_lowercase(), b't' | b'q' | b'd')
        && bytes[1..3].iter().all(u8::is_ascii_alphanumeric)
        && matches!(bytes[3].to_ascii_lowercase(), b'd' | b'i')
        && bytes[4..8].iter().all(u8::is_ascii_digit)
        && bytes[8..].iter().all(u8::is_ascii_alphanumeric)
}

fn is_hash(part: &str) -> bool {
    part.len() == 12 && part.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::text::check::{code, value};

    #[test]
    fn a_fingerprint_has_three_parts() {
        let expected = ("ja4", "t13d191000_9dc949149365_e7c285222651".to_owned());
        for text in [
            "t13d191000_9dc949149365_e7c285222651",
            "JA4=t13d191000_9DC949149365_e7c285222651",
        ] {
            assert_eq!(value(&JA4_TYPE, text), expected, "{text}");
        }
        for (text, reason) in [
            ("t13d191000_9dc949149365", "invalid_hash"),
            ("x13d191000_9dc949149365_e7c285222651", "invalid_hash"),
            ("ge11cn020000_9ed1ff1f7b03_cd8dafe26982", "invalid_hash"),
            ("0123456789abcdef0123456789abcdef", "invalid_hash"),
            // Chromium, in FoxIO's table.
            ("t13d1516h2_8daaf6152771_02713d6af862", "common_value"),
            ("t13d191000_9dc949149365_e7c285222651", "keep"),
        ] {
            assert_eq!(code(&JA4_TYPE, text), reason, "{text}");
        }
    }
}
