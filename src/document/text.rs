//! The letters of a document, before it is read.

use std::hash::Hasher;

use foldhash::quality::FixedState;
use std::hash::BuildHasher;

/// A number for a document without what stands in single quotes, its id and its dates: documents of one skeleton have the same.
pub(super) fn mask(text: &str) -> u64 {
    let mut hasher = FixedState::default().build_hasher();
    for line in text.split('\n') {
        let kept = match line.split_once('\'') {
            Some((before, _)) => before,
            None if ["id: ", "date: ", "modified: "]
                .iter()
                .any(|key| line.starts_with(key)) =>
            {
                &line[..2]
            }
            None => line,
        };
        hasher.write(kept.as_bytes());
        hasher.write_u8(b'\n');
    }
    hasher.finish()
}

/// Whether PyYAML and readers of YAML 1.2 take every character alike: it has line breaks that these have not, refuses control
/// characters, and is stricter about tabs.
pub(super) fn is_common(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.iter().all(|byte| matches!(byte, b'\n' | b' '..=b'~'))
        || text.char_indices().all(|(at, c)| match c {
            '\n' => true,
            '\r' => bytes.get(at + 1) == Some(&b'\n'),
            '\u{2028}' | '\u{2029}' | '\u{feff}' => false,
            // What PyYAML calls printable.
            ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => true,
            _ => false,
        })
}
