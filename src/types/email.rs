//! E-mail addresses.
//!
//! Sigma's taxonomy has no mail log. The built-in template reads the message trace of Microsoft 365 (`m365`/`exchange`).
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the address | `a@evil.example` |
//! | `sender` | whether to look for it as a sender: unless it is known as a recipient only | `true` |
//! | `recipient` | whether to look for it as a recipient: where the feed says so | `false` |

use crate::derived::DerivedValues;
use crate::indicator::EmailRole::{Recipient, Sender};
use crate::indicator::{EmailRole, Indicator, Parse, TypePlugin, parse};
use crate::{register_template, register_type};

pub(crate) static EMAIL: TypePlugin = TypePlugin {
    name: "email",
    title: "Email",
    order: 9,
    is_default: true,
    parse: Parse::Whole(parse::email),
    names: &[
        "email",
        "emailaddress",
        "emailaddr",
        "mail",
        "emailsrc",
        "emailsender",
        "sender",
        "emailfrom",
        "emailreplyto",
        "envelopefrom",
        "bodyfrom",
        "emaildst",
        "emailrecipient",
        "recipient",
    ],
    misp: &["email", "email-src", "email-reply-to", "email-dst"],
    stix: &[
        "email-addr:value",
        "email-message:from_ref.value",
        "email-message:sender_ref.value",
        "email-message:to_refs.value",
        "email-message:cc_refs.value",
        "email-message:bcc_refs.value",
    ],
    openioc: &[
        "email/from",
        "email/return-path",
        "email/replyto",
        "email/reply-to",
        "email/to",
        "email/cc",
        "email/bcc",
    ],
    roles: &[
        ("emailsrc", Sender),
        ("emailsender", Sender),
        ("sender", Sender),
        ("emailfrom", Sender),
        ("emailreplyto", Sender),
        ("envelopefrom", Sender),
        ("bodyfrom", Sender),
        ("emaildst", Recipient),
        ("emailrecipient", Recipient),
        ("recipient", Recipient),
        ("email-src", Sender),
        ("email-reply-to", Sender),
        ("email-dst", Recipient),
        ("email-message:from_ref.value", Sender),
        ("email-message:sender_ref.value", Sender),
        ("email-message:to_refs.value", Recipient),
        ("email-message:cc_refs.value", Recipient),
        ("email-message:bcc_refs.value", Recipient),
        ("email/from", Sender),
        ("email/return-path", Sender),
        ("email/replyto", Sender),
        ("email/reply-to", Sender),
        ("email/to", Recipient),
        ("email/cc", Recipient),
        ("email/bcc", Recipient),
    ],
    warninglists: &[
        "target-email",
        "whois-registrant-email",
        "dns-soa-email",
        "eppn",
    ],
    ttl_days: Some(90),
    tactic: "initial-access",
    derive: derived,
    samples: &["a@evil.example", "o'b+c@evil.example"],
    more_samples: || {
        ["x", "y"]
            .map(|end| "a@".to_owned() + &"abcdefgh.".repeat(20) + "evil" + end + ".example")
            .into()
    },
    starter_field: "address",
    ..TypePlugin::NEW
};

register_type!(EMAIL);

register_template!("../../templates/email/m365_exchange.yml.j2");

fn derived(indicator: &Indicator) -> DerivedValues {
    let role = indicator.email_role;
    DerivedValues::new()
        .text("value", indicator.ioc.to_string())
        .flag("sender", role != Some(EmailRole::Recipient))
        .flag(
            "recipient",
            matches!(role, Some(EmailRole::Recipient | EmailRole::Both)),
        )
}
