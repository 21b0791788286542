//! A binary of your own: `custom-plugin FEED` prints a rule for each IPv4 address of a feed, for flow records that hold
//! addresses as numbers.
//!
//! A drop-in file has the forms of its type. A crate adds forms: here `number`, the address as a 32-bit number.

use std::path::Path;
use std::sync::Arc;

use socdef_sigma::compile::{Compiler, Intake, Settings};
use socdef_sigma::registry::{Forms, TemplatePlugin};
use socdef_sigma::source::{Input, ReadOptions};
use socdef_sigma::template::{Catalog, Selection};
use socdef_sigma::{Indicator, Ioc, IocType, emit};

socdef_sigma::register!(TemplatePlugin {
    name: "ipv4/netflow",
    ioc_type: IocType::Ipv4,
    primary: false,
    tagged: &[],
    needs: &["single"],
    source: include_str!("../templates/netflow.yml.j2"),
    forms,
});

/// The forms that the template places, and the flag that it needs: a network is no number.
fn forms(indicator: &Indicator) -> Forms {
    let forms = Forms::new().flag("single", !indicator.ioc.is_network());
    match &indicator.ioc {
        Ioc::Ipv4(net) => forms.text("number", u32::from(net.addr()).to_string()),
        _ => forms,
    }
}

fn main() -> socdef_sigma::Result<()> {
    let mut settings = Settings::new(Settings::now_from_environment()?);
    settings.templates = Arc::new(Selection::of(
        Catalog::registered(),
        &["netflow".to_owned()],
    )?);
    let mut intake = Intake::new(usize::MAX);
    for path in std::env::args().skip(1) {
        for input in Input::from_path(Path::new(&path))? {
            intake.read(&input, &ReadOptions::default(), &mut |_| Ok(()))?;
        }
    }
    let (kept, mut report) = intake.select(&settings);
    let compiler = Compiler::new(&settings);
    for indicator in &kept {
        for compiled in compiler.counted(indicator, &mut report) {
            print!("---\n{}", emit::yaml(&compiled.rule));
        }
    }
    let counts = report.counts();
    eprintln!("{} read, {} rules", counts.read, counts.rules);
    Ok(())
}
