//! What a crate of your own can add: an indicator type with its template ([`jarm`]), and a template with derived values of its own
//! ([`netflow`]). Each is registered where it is written; a binary or a Python module that links this crate has them.

pub mod jarm;
pub mod netflow;

use std::path::Path;
use std::sync::Arc;

use socdef_sigma::IocType;
use socdef_sigma::compile::{Compiler, Intake, Settings};
use socdef_sigma::rule::emit;
use socdef_sigma::source::{Input, ReadOptions};
use socdef_sigma::template::{Catalog, Selection};

/// Prints a rule for each address of the feeds, for flow records, and for each JARM fingerprint, for scans.
pub fn run(paths: impl Iterator<Item = String>) -> socdef_sigma::Result<()> {
    let mut settings = Settings::new(Settings::now_from_environment()?);
    settings.types = vec![IocType::Ipv4, IocType::Domain, jarm::JARM.ioc_type()];
    let sources = ["netflow", "tls_scan"].map(str::to_owned);
    settings.templates = Arc::new(Selection::of(Catalog::registered(), &sources)?);
    let mut intake = Intake::new(usize::MAX);
    for path in paths {
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
