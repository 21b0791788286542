//! Domain names.
//!
//! | form | what | example |
//! |---|---|---|
//! | `value` | the name | `evil.example` |
//! | `subdomains` | the ending of every name below it | `.evil.example` |

use crate::indicator::{Indicator, IocType};
use crate::register;
use crate::registry::{Forms, TemplatePlugin};

register!(TemplatePlugin {
    name: "domain/dns_query_windows",
    ioc_type: IocType::Domain,
    primary: true,
    tagged: &[],
    source: include_str!("../../templates/domain/dns_query_windows.yml.j2"),
    forms,
});

fn forms(indicator: &Indicator) -> Forms {
    let value = indicator.ioc.to_string();
    Forms::new()
        .text("subdomains", format!(".{value}"))
        .text("value", value)
}
