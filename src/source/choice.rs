//! What an input was read as, and why, where its name says something else.

use super::{Format, Input, Note, NoteKind, ReadOptions, detect};
use crate::error::Result;
use crate::location::Place;

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
        Format::AbuseCh | Format::Kev => "it has the fields of the publisher's tables",
        Format::Html | Format::Openioc => "it begins like such a document",
        Format::Xlsx => "it is a package that contains a workbook",
        Format::Text => "its name says that it is a document",
        Format::Socdef
        | Format::Stix
        | Format::Misp
        | Format::Records
        | Format::Otx
        | Format::Ecs => "its JSON has the keys of the format",
    }
}

/// What an input was read as.
#[derive(Debug, Clone)]
pub(crate) struct Choice {
    pub(crate) format: Format,
    /// Why, where the ending of the input's name is usual for another format.
    pub(crate) note: Option<Note>,
}

/// The format that an input is read as; none where the input is left out.
///
/// # Errors
/// Those of [`detect`].
pub(crate) fn choice(input: &Input, options: &ReadOptions) -> Result<Option<Choice>> {
    if input.left_out().is_some() {
        return Ok(None);
    }
    if let Some(format) = options.format {
        return Ok(Some(Choice { format, note: None }));
    }
    let format = detect(input)?;
    let usual = usual(&input.extension().unwrap_or_default());
    let note = (!usual.is_empty() && !usual.contains(&format)).then(|| Note {
        kind: NoteKind::ReadAs,
        place: Place::whole(input.name()),
        detail: format!("{format}: {}", why(format)),
    });
    Ok(Some(Choice { format, note }))
}
