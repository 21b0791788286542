//! Why an input was read as it was, where its name says something else.

use super::{Format, Input, Note, NoteKind, ReadOptions, detect};
use crate::error::Result;
use crate::place::Place;

/// The formats that an ending of a name is usual for; none where it says nothing.
fn usual(ending: &str) -> &'static [Format] {
    match ending {
        "csv" | "tsv" | "tab" | "psv" => &[Format::Csv, Format::AbuseCh, Format::Kev],
        "txt" => &[Format::Txt, Format::AbuseCh],
        "md" | "markdown" | "adoc" | "asc" | "asciidoc" | "rst" => &[Format::Text],
        "htm" | "html" | "xhtml" => &[Format::Html],
        "json" | "jsonl" | "ndjson" => &[
            Format::Socdef,
            Format::Stix,
            Format::Misp,
            Format::AbuseCh,
            Format::Kev,
            Format::Records,
            Format::Otx,
            Format::Ecs,
        ],
        _ => &[],
    }
}

/// What of the content decided.
fn why(format: Format) -> &'static str {
    match format {
        Format::Csv => "its lines have columns in common",
        Format::Txt => "its lines have no columns in common",
        Format::Blocklist => "most of its lines are rules of one syntax",
        Format::AbuseCh | Format::Kev => "its fields are those of the publisher's tables",
        Format::Html | Format::Openioc => "it opens as such a document does",
        Format::Xlsx => "it is a package with a workbook in it",
        Format::Text => "its name says that it is a document",
        Format::Socdef
        | Format::Stix
        | Format::Misp
        | Format::Records
        | Format::Otx
        | Format::Ecs => "its JSON has the keys of the format",
    }
}

/// The note on the format that was found, and why, where the ending of the input's name is usual for another one.
///
/// # Errors
/// Those of [`detect`].
pub(crate) fn note(input: &Input, options: &ReadOptions) -> Result<Option<Note>> {
    if options.format.is_some() || input.left_out().is_some() {
        return Ok(None);
    }
    let ending = input.extension().unwrap_or_default();
    let usual = usual(&ending);
    if usual.is_empty() {
        return Ok(None);
    }
    let format = detect(input)?;
    Ok((!usual.contains(&format)).then(|| Note {
        kind: NoteKind::ReadAs,
        place: Place::whole(input.name()),
        detail: format!("{format}: {}", why(format)),
    }))
}
