//! CVE ids, as the names of antivirus signatures spell them.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the id | `CVE-2017-1188` |
//! | `spellings` | the id with dashes, underscores and nothing between its parts | `CVE-2017-1188`, `CVE_2017_1188`, `CVE20171188` |
//! | `longer` | each spelling followed by one more digit: another vulnerability | `CVE-2017-11880`, … |
//! | `tag` | the id as a Sigma tag | `cve.2017-1188` |

use crate::derived::DerivedValues;
use crate::indicator::{Indicator, Ioc, Parse, TypePlugin, parse};
use crate::{register_template, register_type};

pub(crate) static CVE: TypePlugin = TypePlugin {
    name: "cve",
    title: "CVE",
    order: 8,
    is_default: true,
    parse: Parse::Whole(parse::cve),
    names: &["cve", "cveid", "vulnerability"],
    misp: &["vulnerability"],
    ttl_days: None,
    tactic: "initial-access",
    derive: derived,
    samples: &["CVE-2017-1188", "CVE-2017-11882"],
    starter: "    FIELD: {{ spellings|sigma }}\n",
    starter_field: "signature",
    ..TypePlugin::NEW
};

register_type!(CVE);

register_template!("../../templates/cve/antivirus.yml.j2");

fn derived(indicator: &Indicator) -> DerivedValues {
    let value = indicator.ioc.to_string();
    let derived = DerivedValues::new().text("value", value.clone());
    let Ioc::Cve(cve) = &indicator.ioc else {
        return derived;
    };
    let (year, number) = (cve.year(), cve.number());
    let spellings = [
        value,
        format!("CVE_{year}_{number}"),
        format!("CVE{year}{number}"),
    ];
    let longer = spellings
        .iter()
        .flat_map(|spelling| (0..=9).map(move |digit| format!("{spelling}{digit}")));
    derived
        .texts("longer", longer.collect::<Vec<_>>())
        .texts("spellings", spellings)
        .text("tag", format!("cve.{year}-{number}"))
}
