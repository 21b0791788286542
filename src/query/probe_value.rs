//! Texts of a class that can be found again: markers, joined by the special characters of the class.

use super::char_profile::{CharProfile, Kind, specials};

/// A text of a class, and how it is made.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ProbeValue {
    pub(super) text: String,
    /// The special character before the first marker.
    pub(super) lead: Option<u8>,
    /// Texts without special characters, that stand nowhere else.
    pub(super) markers: Vec<String>,
    /// The text between two markers: one special character, or `::`.
    pub(super) joints: Vec<String>,
    /// The special character after the last marker.
    pub(super) trail: Option<u8>,
}

impl ProbeValue {
    /// A text of this class for the text at a place of a rule; the variants of a class differ in their markers, in length where the
    /// kind leaves it open, and in the order of the texts of a rule: ascending in one, descending in the other.
    pub(super) fn of(
        class: &CharProfile,
        variant: usize,
        place: usize,
        random: &mut Random,
    ) -> ProbeValue {
        let mut markers = Vec::new();
        let mut joints: Vec<String> = Vec::new();
        let (mut lead, mut trail) = (None, None);
        match class.kind {
            Kind::Ipv4 => {
                markers = (0..4)
                    .map(|_| (100 + random.below(156)).to_string())
                    .collect();
                joints = vec![".".to_owned(); 3];
            }
            Kind::Ipv6(shortened) => {
                // A letter in each, so that no group looks like a number.
                let mut group = || format!("{}{}", random.from(b"abcdef", 1), random.from(HEX, 3));
                markers = (0..if shortened { 4 } else { 8 })
                    .map(|_| group())
                    .collect();
                joints = vec![":".to_owned(); markers.len() - 1];
                lead = special_at(class.first);
                trail = special_at(class.last);
                if shortened && lead.is_none() && trail.is_none() {
                    joints[1] = "::".to_owned();
                }
            }
            Kind::Hex(length) => {
                let digits: &[u8] = match (class.has_upper, class.has_lower) {
                    (true, _) => b"0123456789ABCDEF",
                    (_, true) => HEX,
                    _ => b"0123456789",
                };
                markers.push(random.from(digits, length));
            }
            Kind::Uuid => {
                markers = [8, 4, 4, 4, 12]
                    .iter()
                    .enumerate()
                    .map(|(at, length)| match at {
                        2 => format!("4{}", random.from(HEX, 3)),
                        3 => format!("a{}", random.from(HEX, 3)),
                        _ => random.from(HEX, *length),
                    })
                    .collect();
                joints = vec!["-".to_owned(); 4];
            }
            Kind::Date => {
                markers = vec![
                    (1000 + random.below(900)).to_string(),
                    format!("{:02}", 1 + random.below(12)),
                    format!("{:02}", 1 + random.below(28)),
                ];
                joints = vec!["-".to_owned(); 2];
            }
            Kind::Other => {
                lead = special_at(class.first);
                trail = special_at(class.last);
                let mut between: Vec<String> = specials(class.chars)
                    .map(|byte| char::from(byte).to_string())
                    .collect();
                if variant % 2 == 1 {
                    between.reverse();
                    between.extend(between.first().cloned());
                }
                // Few markers must be long to stand nowhere else.
                let length = if between.len() < 4 { 9 } else { 5 } + variant % 2;
                let marker = |at| {
                    marker(
                        class,
                        length,
                        (at == 0).then_some((place, variant % 2 == 1)),
                        random,
                    )
                };
                markers = (0..=between.len()).map(marker).collect();
                joints = between;
            }
        }
        let mut text = String::new();
        let double = matches!(class.kind, Kind::Ipv6(true));
        let edge = |text: &mut String, edge: Option<u8>| {
            for _ in 0..if double { 2 } else { 1 } {
                text.extend(edge.map(char::from));
            }
        };
        edge(&mut text, lead);
        for (at, marker) in markers.iter().enumerate() {
            text.push_str(marker);
            text.extend(joints.get(at).map(String::as_str));
        }
        edge(&mut text, trail);
        ProbeValue {
            text,
            lead,
            markers,
            joints,
            trail,
        }
    }
}

const HEX: &[u8] = b"0123456789abcdef";

fn special_at(byte: u8) -> Option<u8> {
    (byte != 0).then_some(byte)
}

/// A word with the sorts of characters that the class has.
fn marker(
    class: &CharProfile,
    length: usize,
    order: Option<(usize, bool)>,
    random: &mut Random,
) -> String {
    let sorts: [(bool, &[u8]); 3] = [
        (class.has_lower, b"bcdfghjkmnpqrstvwxz"),
        (class.has_upper, b"BCDFGHJKMNPQRSTVWXZ"),
        (class.has_digit, b"23456789"),
    ];
    let sorts: Vec<&[u8]> = sorts
        .iter()
        .filter(|(has, _)| *has)
        .map(|(_, set)| *set)
        .collect();
    let mut word = String::new();
    for at in 0..length {
        // Letters first, since a word that begins with a digit may be taken for a number.
        let sort = sorts.get(at % sorts.len().max(1)).copied().unwrap_or(b"z");
        match order {
            Some((place, descends)) if at == 0 => {
                let place = place % sort.len();
                word.push(char::from(
                    sort[if descends {
                        sort.len() - 1 - place
                    } else {
                        place
                    }],
                ));
            }
            _ => word.push_str(&random.from(sort, 1)),
        }
    }
    word
}

/// Numbers that look random and are the same in every run (SplitMix64).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn from(&mut self, set: &[u8], length: usize) -> String {
        (0..length)
            .map(|_| char::from(set[self.below(set.len() as u64) as usize]))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probe_is_of_the_class() {
        for text in [
            "198.51.100.7",
            "2001:db8::1",
            "::1",
            "2001:db8::",
            "2001:db8:1:2:3:4:5:6",
            "d41d8cd98f00b204e9800998ecf8427e",
            "8f0e9a52-0c5e-5d5c-9d55-8b6a0a0f6c10",
            "2026-05-17",
            "evil.example",
            "http://Evil.example/a.php?id=1&b=%20-",
            ".evil",
            "/a b/",
            "123",
            "?",
        ] {
            let class = CharProfile::of(text).unwrap();
            let mut random = Random(7);
            let made: Vec<String> = (0..2)
                .map(|variant| ProbeValue::of(&class, variant, 0, &mut random).text)
                .collect();
            assert_ne!(made[0], made[1]);
            for probe in made {
                let mut of = CharProfile::of(&probe).unwrap();
                if class.kind == Kind::Other && text == "?" {
                    (of.has_lower, of.has_upper) = (false, false);
                }
                assert_eq!(of, class, "{text} {probe}");
            }
        }
    }
}
