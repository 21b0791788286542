//! A type of its own: JARM, the fingerprint of how a TLS server answers ten hellos.
//!
//! | value | what | example |
//! |---|---|---|
//! | `value` | 62 hexadecimal digits in lower case | `2ad2ad0002ad2ad00042d42d000000ad9bf51cc3f5a1e29eecb81d0c7b06eb` |
//!
//! Its form is its own: nothing else has 62 digits. Source: <https://github.com/salesforce/jarm>

use socdef_sigma::Reason;
use socdef_sigma::indicator::{Parse, Refusal, TypePlugin};

/// All that is known of the type.
pub static JARM: TypePlugin = TypePlugin {
    name: "jarm",
    title: "JARM",
    parse: Parse::Text(canonical),
    own_form: Some(is_jarm),
    names: &["jarm", "jarmhash", "jarmfingerprint"],
    misp: &["jarm-fingerprint"],
    ttl_days: Some(60),
    guard: |ioc| {
        let silent = ioc.to_string().bytes().all(|b| b == b'0');
        silent.then(|| {
            (
                Reason::CommonValue,
                Some("a server that does not speak TLS".to_owned()),
            )
        })
    },
    samples: &[
        "2ad2ad0002ad2ad00042d42d000000ad9bf51cc3f5a1e29eecb81d0c7b06eb",
        "07d14d16d21d21d07c42d41d00041d24a458a375eef0c576d23a7bab9a9fb1",
    ],
    starter_field: "fingerprint",
    ..TypePlugin::NEW
};

socdef_sigma::register_type!(JARM);
socdef_sigma::register_template!("../templates/tls_scan.yml.j2");

fn is_jarm(text: &str) -> bool {
    text.len() == 62 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

fn canonical(text: &str) -> Result<String, Refusal> {
    match is_jarm(text) {
        true => Ok(text.to_ascii_lowercase()),
        false => Err(Refusal::new(Reason::InvalidHash)),
    }
}
