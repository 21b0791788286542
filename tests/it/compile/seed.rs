//! The seed's sample.

use super::*;

/// The rule that the SOC Defenders page shows, but for the id, the value in the title, and `socdef`.
const SEED: &str = include_str!("../../data/seed.yml");

#[test]
fn the_seeds_sample_comes_out_as_the_page_shows_it() {
    let rule = rule(json!({
        "type": "ipv4", "value": "203.0.113.42", "confidence": "high", "first_seen": "2026-05-17",
    }));
    let expected = SEED
        .replace(
            "title: SOC Defenders - Malicious IPv4 Indicator\n",
            "title: 'SOC Defenders - Malicious IPv4 Indicator 203.0.113.42'\n",
        )
        .replace("f1e2d3c4-b5a6-7890-abcd-ef0987654321", &rule.id.to_string());
    let added = "\
socdef:
  type: 'ipv4'
  value: '203.0.113.42'
  confidence: 'high'
  first_seen: '2026-05-17T00:00:00Z'
  sources:
    - producer: 'SOC Defenders'
      confidence: 'high'
      first_seen: '2026-05-17T00:00:00Z'
";
    assert_eq!(emit::yaml(&rule), expected + added);
}
