//! The report as JSON.

use serde_json::{Value as Json, json};

use super::{Earlier, Entry, Report};
use crate::location::Place;
use crate::source::{Blank, Note};

impl Report {
    /// The account as the JSON document of `--report`.
    ///
    /// ```
    /// use socdef_sigma::compile::Intake;
    /// use socdef_sigma::source::{Input, ReadOptions};
    ///
    /// let mut intake = Intake::new(8);
    /// let feed = Input::from_bytes("feed.txt", &b"evil.example\nevil[.]example\n198.51.100.256\n"[..]);
    /// intake.read(&feed, &ReadOptions::default(), &mut |_| Ok(()))?;
    /// let json = intake.report().json();
    /// assert_eq!(json["counts"]["read"], 3);
    /// assert_eq!(json["entries"][1]["reason"], "invalid_address");
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn json(&self) -> Json {
        let counts = self.counts;
        let mut json = json!({
            "counts": {
                "read": counts.read,
                "kept": counts.kept,
                "merged": counts.merged,
                "dropped": counts.dropped,
                "refused": counts.refused,
                "rules": counts.rules,
            },
            "formats": self.formats().map(|(format, count)| (format.to_string(), json!(count))).collect::<serde_json::Map<_, _>>(),
            "records": {
                "read": self.records.with_values + self.records.without,
                "with_values": self.records.with_values,
                "without_values": self.records.without,
            },
            "reasons": self.reasons.iter().map(|(reason, count)| (reason.code().to_owned(), json!(count))).collect::<serde_json::Map<_, _>>(),
            "rules": self.rules().map(|(kind, source, count)| json!({"type": kind, "log_source": source, "rules": count})).collect::<Vec<_>>(),
            "notes": self.note_list.iter().map(note_json).collect::<Vec<_>>(),
            "entries": self.entries.iter().map(entry_json).collect::<Vec<_>>(),
            "without_values": self.blanks.iter().map(blank_json).collect::<Vec<_>>(),
        });
        if let Some(Earlier { found, removed }) = self.earlier {
            json["earlier_files"] = json!({"found": found, "removed": removed});
        }
        json
    }
}

/// One entry as an object: outcome, reason, words, value, and the place in parts.
pub(crate) fn entry_json(entry: &Entry) -> Json {
    let mut object = json!({
        "outcome": entry.refusal.reason.outcome().as_str(),
        "reason": entry.refusal.reason.code(),
        "words": entry.refusal.to_string(),
        "value": entry.value,
    });
    if let Some(place) = &entry.place {
        place_json(place, &mut object);
    }
    object
}

/// One note as an object: its code, words, what it is about, and the place in parts.
pub(crate) fn note_json(note: &Note) -> Json {
    let mut object =
        json!({"note": note.kind.code(), "words": note.kind.words(), "about": note.detail});
    place_json(&note.place, &mut object);
    object
}

/// One record without values as an object: what it says, and the place in parts.
fn blank_json(blank: &Blank) -> Json {
    let mut object = json!({"text": blank.text});
    place_json(&blank.place, &mut object);
    object
}

fn place_json(place: &Place, object: &mut Json) {
    object["file"] = json!(&*place.input);
    if let Some(line) = place.line_number() {
        object["line"] = json!(line);
    }
    if let Some(path) = place.path() {
        object["path"] = json!(path);
    }
}
