//! Rules to a file, to a folder, or to standard output.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::earlier;
use super::folder::{RuleFolder, is_folder};
use super::write::{put, replace_file, write_file, write_stdout};
use crate::compile::{MARKER, Run, Tick};
use crate::error::Result;
use crate::indicator::Ioc;
use crate::replace::{Caution, has_findings, why_kept};
use crate::report::{Earlier, Report};
use crate::rule::{SigmaRule, emit};
use crate::wire::NO_RULES;

/// Writes the rules of a run as they are made. A file with something in it stays as it is where [`why_kept`] says so; after findings, where
/// caution is strict, a folder as well. With `prune`, files of rules in a folder that earlier runs made and this one did not are removed.
///
/// # Errors
/// Those of the run; [`ErrorKind::UnwritableOutput`](crate::ErrorKind::UnwritableOutput) where the output cannot be written.
pub(crate) fn write_run(
    run: &Run<'_>,
    output: Option<&Path>,
    caution: Caution,
    prune: bool,
    tick: &mut Tick<'_>,
) -> Result<Report> {
    match output {
        None => write_stdout(|writer, path| documents(run, writer, path, tick)),
        Some(path) if is_folder(path) => {
            if caution.strict {
                // Files go to a folder as they are made, so what is wrong must be known before.
                let report = documents(run, &mut io::sink(), path, tick)?;
                if has_findings(&report) {
                    return Ok(report);
                }
            }
            let (mut report, earlier) = folder(run, path, tick)?;
            // Last, so that a run that dies has too much rather than too little.
            let prune = prune && why_kept(&report, caution).is_none();
            let removed = match prune {
                true => earlier::remove(&earlier, run.catalog())?,
                false => 0,
            };
            report.set_earlier(Earlier {
                found: earlier.len() as u64,
                removed,
            });
            Ok(report)
        }
        Some(path) => {
            let mut report = Report::default();
            replace_file(path, |writer, is_there| {
                report = documents(run, writer, path, tick)?;
                Ok(!is_there || why_kept(&report, caution).is_none())
            })?;
            Ok(report)
        }
    }
}

fn documents(
    run: &Run<'_>,
    writer: &mut dyn Write,
    path: &Path,
    tick: &mut Tick<'_>,
) -> Result<Report> {
    let mut is_first = true;
    let report = run.documents(tick, &mut |text| {
        if text.is_empty() {
            return Ok(());
        }
        // A marker stands between two documents, and none before the first.
        let from = if is_first { MARKER.len() } else { 0 };
        is_first = false;
        put(writer, path, &text.as_bytes()[from..])
    })?;
    if is_first {
        put(writer, path, NO_RULES.as_bytes())?;
    }
    Ok(report)
}

/// Writes each rule to a file of its own; gives the files of earlier runs that this one did not make, too.
fn folder(run: &Run<'_>, path: &Path, tick: &mut Tick<'_>) -> Result<(Report, Vec<PathBuf>)> {
    let mut made: Option<RuleFolder> = None;
    let report = run.each(tick, &mut |batch, report| {
        let to = match &mut made {
            Some(made) => made,
            none => none.insert(RuleFolder::new(path)?),
        };
        batch.try_each(|indicator| {
            for compiled in run.compiler.counted(indicator, report) {
                to.write(&compiled.rule, &indicator.ioc)?;
            }
            Ok(())
        })
    })?;
    let Some(made) = made else {
        return Ok((report, Vec::new()));
    };
    let earlier = earlier::earlier(path, |name| made.has(name), run.catalog())?;
    made.finish()?;
    Ok((report, earlier))
}

/// Rules as one text, a marker between two documents.
pub(crate) fn documents_of<'a>(rules: impl Iterator<Item = &'a SigmaRule>) -> String {
    let texts: Vec<String> = rules.map(emit::yaml).collect();
    match texts.is_empty() {
        true => NO_RULES.to_owned(),
        false => texts.join(MARKER),
    }
}

/// Writes rules to a file, or each to a file of its own where the path means a folder.
///
/// # Errors
/// [`ErrorKind::UnwritableOutput`](crate::ErrorKind::UnwritableOutput) where the output cannot be written.
pub(crate) fn write_rules<'a>(
    path: &Path,
    rules: impl Iterator<Item = (&'a SigmaRule, &'a Ioc)>,
) -> Result<()> {
    if is_folder(path) {
        let mut folder = RuleFolder::new(path)?;
        for (rule, ioc) in rules {
            folder.write(rule, ioc)?;
        }
        return folder.finish();
    }
    write_file(path, |writer| {
        let mut before = "";
        for (rule, _) in rules {
            put(writer, path, before.as_bytes())?;
            put(writer, path, emit::yaml(rule).as_bytes())?;
            before = MARKER;
        }
        match before {
            "" => put(writer, path, NO_RULES.as_bytes()),
            _ => Ok(()),
        }
    })
}
