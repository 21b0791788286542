//! E-mail addresses.
//!
//! Sigma's taxonomy has no mail log. The built-in template reads the message trace of Microsoft 365 (`m365`/`exchange`).
//!
//! | form | what | example |
//! |---|---|---|
//! | `value` | the address | `a@evil.example` |
//! | `sender` | whether to look for it as a sender: unless it is known as a recipient only | `true` |
//! | `recipient` | whether to look for it as a recipient: where the feed says so | `false` |

use crate::indicator::{EmailRole, Indicator, IocType};
use crate::register;
use crate::registry::{Forms, TemplatePlugin};

register!(TemplatePlugin {
    name: "email/m365_exchange",
    ioc_type: IocType::Email,
    primary: true,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/email/m365_exchange.yml.j2"),
    forms,
});

fn forms(indicator: &Indicator) -> Forms {
    let role = indicator.email_role;
    Forms::new()
        .text("value", indicator.ioc.to_string())
        .flag("sender", role != Some(EmailRole::Recipient))
        .flag(
            "recipient",
            matches!(role, Some(EmailRole::Recipient | EmailRole::Both)),
        )
}
