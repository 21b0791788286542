//! A template with a derived value of its own: `number`, an address as a 32-bit number, which flow records hold.

use socdef_sigma::registry::{DerivedValues, TemplatePlugin};
use socdef_sigma::{Indicator, Ioc, IocType};

socdef_sigma::register!(TemplatePlugin {
    name: "ipv4/netflow",
    ioc_type: IocType::Ipv4,
    primary: false,
    tagged: &[],
    needs: &["single"],
    source: include_str!("../templates/netflow.yml.j2"),
    derive: derived,
});

/// What the template places, and the flag that it needs: a network is not a number.
fn derived(indicator: &Indicator) -> DerivedValues {
    let derived = DerivedValues::new().flag("single", !indicator.ioc.is_network());
    match &indicator.ioc {
        Ioc::Ipv4(net) => derived.text("number", u32::from(net.addr()).to_string()),
        _ => derived,
    }
}
