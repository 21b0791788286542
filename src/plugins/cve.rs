//! CVE ids, as the names of antivirus signatures spell them.
//!
//! | form | what | example |
//! |---|---|---|
//! | `value` | the id | `CVE-2017-1188` |
//! | `spellings` | the id with dashes, underscores and nothing between its parts | `CVE-2017-1188`, `CVE_2017_1188`, `CVE20171188` |
//! | `longer` | each spelling followed by one more digit: another vulnerability | `CVE-2017-11880`, … |
//! | `tag` | the id as a Sigma tag | `cve.2017-1188` |

use crate::indicator::{Indicator, Ioc, IocType};
use crate::register;
use crate::registry::{Forms, TemplatePlugin};

register!(TemplatePlugin {
    name: "cve/antivirus",
    ioc_type: IocType::Cve,
    primary: true,
    tagged: &[],
    needs: &[],
    source: include_str!("../../templates/cve/antivirus.yml.j2"),
    forms,
});

fn forms(indicator: &Indicator) -> Forms {
    let value = indicator.ioc.to_string();
    let forms = Forms::new().text("value", value.clone());
    let Ioc::Cve(cve) = &indicator.ioc else {
        return forms;
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
    forms
        .texts("longer", longer.collect::<Vec<_>>())
        .texts("spellings", spellings)
        .text("tag", format!("cve.{year}-{number}"))
}
