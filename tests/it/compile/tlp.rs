//! What must not be shared is not, however its label is written.

use super::*;

/// How many indicators of a feed pass `--max-tlp green`, and the notes.
fn passed(name: &str, text: &str) -> (usize, Vec<String>) {
    let settings = Settings {
        max_tlp: Some(Tlp::Green),
        ..settings()
    };
    let mut reading = Intake::new(usize::MAX);
    let input = Input::from_bytes(name, text.as_bytes().to_vec());
    let options = ReadOptions::default();
    reading.read(&input, &options, &mut |_| Ok(())).unwrap();
    let (kept, report) = reading.select(&settings);
    let notes = report.notes().iter();
    let notes = notes.filter(|note| note.kind.code() == "unknown_tlp");
    (kept.len(), notes.map(|note| note.detail.clone()).collect())
}

/// The same label in each way in.
fn feeds(label: &str) -> [(&'static str, String); 4] {
    let misp = json!({"Event": {"info": "x", "Tag": [{"name": format!("tlp:{}", label.trim_start_matches("TLP:"))}],
        "Attribute": [{"type": "ip-dst", "to_ids": true, "value": "198.51.100.7"}]}});
    let otx = json!({"id": "1", "name": "x", "tlp": label, "indicators": [{"type": "IPv4", "indicator": "198.51.100.7"}]});
    [
        (
            "f.json",
            json!({"data": [{"type": "ipv4", "value": "198.51.100.7", "tlp": label}]}).to_string(),
        ),
        ("f.csv", format!("value,tlp\n198.51.100.7,\"{label}\"\n")),
        ("misp.json", misp.to_string()),
        ("otx.json", otx.to_string()),
    ]
}

#[test]
fn a_strict_label_is_read_however_it_is_written() {
    for label in [
        "RED",
        "TLP:RED",
        "TLP RED",
        "tlp-red",
        "RED (do not share)",
        "TLP:AMBER STRICT",
        "amber",
    ] {
        for (name, text) in feeds(label) {
            assert_eq!(passed(name, &text), (0, vec![]), "{name}: {label}");
        }
    }
    for label in ["white", "TLP:CLEAR", "Green", "tlp-green"] {
        for (name, text) in feeds(label) {
            assert_eq!(passed(name, &text), (1, vec![]), "{name}: {label}");
        }
    }
}

#[test]
fn a_label_that_is_not_known_counts_as_the_strictest_with_a_note() {
    for label in ["confidential", "internal use only"] {
        for (name, text) in feeds(label) {
            let (kept, notes) = passed(name, &text);
            assert_eq!(kept, 0, "{name}: {label}");
            assert_eq!(notes.len(), 1, "{name}: {label}");
            assert!(notes[0].ends_with(label), "{name}: {notes:?}");
        }
    }
    // What says that there is no label says nothing.
    for label in ["n/a", "-", "none"] {
        for (name, text) in feeds(label)
            .into_iter()
            .filter(|(name, _)| *name != "misp.json")
        {
            assert_eq!(passed(name, &text), (1, vec![]), "{name}: {label}");
        }
    }
}
