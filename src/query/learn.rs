//! Learning how a backend encodes the texts of a rule: where probe values stand in its queries, and what became of them.

use super::char_profile::{SPECIALS, special};
use super::probe_value::ProbeValue;

/// A query with placeholders.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct QuerySkeleton(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    Literal(String),
    Placeholder(Placeholder),
}

/// A place where a text stands, encoded.
#[derive(Debug, Clone, PartialEq)]
struct Placeholder {
    /// Which text.
    text: usize,
    case: Case,
    /// The encoding of each special character of the class.
    map: Vec<Option<String>>,
}

/// The encoding of letters.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Case {
    Same,
    Lower,
    Upper,
}

impl QuerySkeleton {
    /// The skeleton of a query that was made of these probe values. Text that no probe value explains is literal.
    pub(super) fn of(query: &str, probes: &[ProbeValue]) -> QuerySkeleton {
        let lower = query.to_ascii_lowercase();
        let mut found: Vec<(usize, usize, Placeholder)> = Vec::new();
        for (text, probe) in probes.iter().enumerate() {
            let first = probe.markers[0].to_ascii_lowercase();
            for (at, _) in lower.match_indices(&first) {
                if let Some((start, end, case, map)) = occurrence(query, &lower, at, probe) {
                    found.push((start, end, Placeholder { text, case, map }));
                }
            }
        }
        // Where one is inside of another, the longer one is meant.
        found.sort_by_key(|(start, end, _)| (*start, usize::MAX - end));
        let mut parts = Vec::new();
        let mut done = 0;
        for (start, end, placeholder) in found {
            if start < done {
                continue;
            }
            if start > done {
                parts.push(Part::Literal(query[done..start].to_owned()));
            }
            parts.push(Part::Placeholder(placeholder));
            done = end;
        }
        if done < query.len() {
            parts.push(Part::Literal(query[done..].to_owned()));
        }
        QuerySkeleton(parts)
    }

    /// Which texts stand in it.
    pub(super) fn texts(&self) -> impl Iterator<Item = usize> {
        self.0.iter().filter_map(|part| match part {
            Part::Placeholder(placeholder) => Some(placeholder.text),
            Part::Literal(_) => None,
        })
    }

    /// Appends the query with these texts; `false` where one has a character of another class.
    pub(super) fn fill(&self, texts: &[impl AsRef<str>], out: &mut String) -> bool {
        self.0.iter().all(|part| match part {
            Part::Literal(literal) => {
                out.push_str(literal);
                true
            }
            Part::Placeholder(placeholder) => {
                placeholder.fill(texts[placeholder.text].as_ref(), out)
            }
        })
    }
}

impl Placeholder {
    fn fill(&self, text: &str, out: &mut String) -> bool {
        let mut from = 0;
        for (at, byte) in text.bytes().enumerate() {
            let Some(place) = special(byte) else {
                continue;
            };
            self.letters(&text[from..at], out);
            match &self.map[place] {
                Some(encoded) => out.push_str(encoded),
                None => return false,
            }
            from = at + 1;
        }
        self.letters(&text[from..], out);
        true
    }

    fn letters(&self, text: &str, out: &mut String) {
        let start = out.len();
        out.push_str(text);
        match self.case {
            Case::Same => {}
            Case::Lower => out[start..].make_ascii_lowercase(),
            Case::Upper => out[start..].make_ascii_uppercase(),
        }
    }
}

/// How much longer than the character itself an encoded special character may be.
const LONGEST: usize = 12;

type Occurrence = (usize, usize, Case, Vec<Option<String>>);

/// The whole of a probe value whose first marker stands at a place, as `(start, end, case, map)`.
fn occurrence(query: &str, lower: &str, at: usize, probe: &ProbeValue) -> Option<Occurrence> {
    let mut map: Vec<Option<String>> = vec![None; SPECIALS];
    let mut seen = vec![&query[at..at + probe.markers[0].len()]];
    let mut end = at + probe.markers[0].len();
    for (joint, marker) in probe.joints.iter().zip(&probe.markers[1..]) {
        let limit = end + LONGEST * joint.len() + marker.len();
        let window = lower.get(end..limit.min(lower.len()))?;
        let gap = window.find(&marker.to_ascii_lowercase())?;
        let encoded = &query[end..end + gap];
        // Two of the same are encoded each by itself.
        if !encoded.len().is_multiple_of(joint.len()) {
            return None;
        }
        let (one, rest) = encoded.split_at_checked(encoded.len() / joint.len())?;
        if !rest.is_empty() && rest != one {
            return None;
        }
        learn(&mut map, joint.as_bytes()[0], one)?;
        end += gap;
        seen.push(&query[end..end + marker.len()]);
        end += marker.len();
    }
    let mut start = at;
    let count = if probe.text.contains("::") { 2 } else { 1 };
    for _ in 0..count {
        if let Some(byte) = probe.lead {
            let encoded = map[special(byte)?].as_deref()?;
            start -= query[..start].ends_with(encoded).then_some(encoded.len())?;
        }
        if let Some(byte) = probe.trail {
            let encoded = map[special(byte)?].as_deref()?;
            end += query[end..].starts_with(encoded).then_some(encoded.len())?;
        }
    }
    Some((start, end, case(&seen, &probe.markers)?, map))
}

/// Takes down what a character became; `None` where it became something else before.
fn learn(map: &mut [Option<String>], byte: u8, encoded: &str) -> Option<()> {
    let slot = &mut map[special(byte)?];
    match slot {
        Some(known) => (known == encoded).then_some(()),
        None => {
            *slot = Some(encoded.to_owned());
            Some(())
        }
    }
}

fn case(seen: &[&str], markers: &[String]) -> Option<Case> {
    let all = |change: fn(&str) -> String| {
        seen.iter()
            .zip(markers)
            .all(|(seen, marker)| *seen == change(marker))
    };
    if all(str::to_owned) {
        Some(Case::Same)
    } else if all(str::to_ascii_lowercase) {
        Some(Case::Lower)
    } else if all(str::to_ascii_uppercase) {
        Some(Case::Upper)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::char_profile::CharProfile;
    use super::super::probe_value::Random;
    use super::*;

    fn learned(backend: impl Fn(&str) -> String, like: &str) -> [QuerySkeleton; 2] {
        let class = CharProfile::of(like).unwrap();
        let mut random = Random(1);
        [0, 1].map(|variant| {
            let probe = ProbeValue::of(&class, variant, 0, &mut random);
            QuerySkeleton::of(&backend(&probe.text), &[probe])
        })
    }

    #[test]
    fn an_encoder_is_learned_and_filled() {
        let backend = |text: &str| {
            let escaped = text
                .replace('.', "\\.")
                .replace('-', "")
                .replace(':', "\\\\:");
            format!("a.b = \"{}\" | {escaped}", escaped.to_lowercase())
        };
        for (like, text) in [
            ("a-b.c", "x-y-z.example"),
            ("A.b-c", "Xy.Z-example"),
            ("198.51.100.7", "1.2.3.4"),
            ("2001:db8::1", "fe80::1"),
            ("::1", "::f"),
            (".a", ".evil"),
            ("http://a", "https://evil"),
        ] {
            let [one, other] = learned(backend, like);
            assert_eq!(one, other, "{like}");
            let mut filled = String::new();
            let is_filled = one.fill(&[text], &mut filled);
            // Of a URL's class, not of its kind: the map has what the probe value had.
            if like != "http://a" {
                assert!(is_filled, "{like}");
                assert_eq!(filled, backend(text), "{like}");
            }
        }
    }

    #[test]
    fn what_is_no_encoding_of_each_character_gives_no_shape() {
        let backends: [fn(&str) -> String; 4] = [
            |text| format!("{} {text}", text.len()),
            |text| text.chars().rev().collect(),
            |text| text.replacen('.', "!", 1),
            |text| text.chars().take(4).collect(),
        ];
        for backend in backends {
            let [one, other] = learned(backend, "evil.sub.example");
            assert_ne!(one, other);
        }
    }
}
