//! What a reader of a rule cannot see stands in it escaped, in its title never, by both ways of making a rule.

use super::*;
use socdef_sigma::render::{self, RenderSettings};
use socdef_sigma::skeleton::Skeletons;
use socdef_sigma::template::Catalog;

/// Characters that a reader does not see, written with no regard to our own list; of long ranges some by day, and all with `SOCDEF_FULL`.
fn hidden() -> Vec<char> {
    let step = if crate::is_full() { 1 } else { 31 };
    let ranges = [
        0x80..=0x9f,
        0x85..=0x85,
        0xad..=0xad,
        0x200b..=0x200f,
        0x2028..=0x202e,
        0x2060..=0x206f,
        0xfeff..=0xfeff,
        0xe0001..=0xe007f,
    ];
    let some = |range: std::ops::RangeInclusive<u32>| {
        let step = if range.clone().count() > 9 { step } else { 1 };
        range.step_by(step)
    };
    let codes = ranges.into_iter().flat_map(some);
    codes.filter_map(char::from_u32).collect()
}

fn percent(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn invisible_characters_are_seen_or_gone() {
    let all = hidden();
    let settings = RenderSettings {
        now: at("2026-05-17"),
        default_confidence: Confidence::Medium,
    };
    let catalog = Catalog::registered();
    let shapes = Skeletons::default();
    let mut count = 0;
    for c in &all {
        let text = format!("a{c}b");
        let entry = |kind: &str, value: &str| {
            json!({
                "type": kind, "value": value, "context": text, "tags": [text, "c2"],
                "source": {"feed_name": text, "article_title": text, "category": text, "article_url": format!("https://a.example/{text}")},
                "references": [format!("https://b.example/{text}")],
            })
        };
        let url = format!(
            "http://evil.example/{}xe.txt?q={0}",
            percent(&c.to_string())
        );
        let mut reading = Intake::new(usize::MAX);
        reading.set_producer(Some(format!("Fe{c}ed {text}")));
        read_into(
            &mut reading,
            &[api(
                "f.json",
                &[
                    entry("url", &url),
                    entry("ipv4", "198.51.100.7"),
                    entry("filename", "evil.exe"),
                ],
            )],
        );
        for indicator in reading.indicators() {
            for template in catalog.iter().filter(|template| template.takes(indicator)) {
                let rule = render::rule(template, indicator, &settings).unwrap();
                assert!(!rule.title.contains(&all[..]), "{:?}", rule.title);
                let full = emit::yaml(&rule);
                assert!(!full.contains(&all[..]), "{:x}: {full}", *c as u32);
                // Nothing is lost: it reads back as what was written.
                assert_eq!(SigmaRule::from_yaml(&full).unwrap(), rule);
                // Detection holds the percent-encoded spelling, and no other.
                for (_, node) in &rule.detection {
                    node.each_text(&mut |text| assert!(!text.contains(&all[..]), "{text:?}"));
                }
                for _ in 0..3 {
                    let mut filled = String::new();
                    shapes
                        .yaml(template, indicator, &settings, &mut filled)
                        .unwrap();
                    assert_eq!(filled, full, "{}", template.name());
                }
                count += 1;
            }
        }
    }
    assert!(count > all.len() * 5, "{count}");
}
