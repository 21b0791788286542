//! The fast path is the slow path, byte for byte: shapes against full renders.

use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::Config;
use socdef_sigma::Confidence;
use socdef_sigma::indicator::{Indicator, parse_date};
use socdef_sigma::render::{self, RenderSettings};
use socdef_sigma::rule::emit;
use socdef_sigma::skeleton::{Skeletons, why_no_skeleton};
use socdef_sigma::template::{Catalog, Template};

use super::config;
use super::incoming::{bare, metadata};

static SETTINGS: LazyLock<RenderSettings> = LazyLock::new(|| RenderSettings {
    now: parse_date("2026-05-17").unwrap(),
    default_confidence: Confidence::Medium,
});

/// What `render::rule` gives, and what shapes give; the errors of both, where the template gives no rule.
fn both(shapes: &Skeletons, template: &Template, indicator: &Indicator) -> (String, String) {
    let full = match render::rule(template, indicator, &SETTINGS) {
        Ok(rule) => emit::yaml(&rule),
        Err(error) => error.report(),
    };
    let mut filled = String::new();
    if let Err(error) = shapes.yaml(template, indicator, &SETTINGS, &mut filled) {
        filled = error.report();
    }
    (full, filled)
}

proptest! {
    // Each case is dozens of full renders.
    #![proptest_config(Config { cases: 48, ..config() })]

    /// Values and metadata in every combination and shuffled, through one cache: nothing leaks from one rule into another.
    #[test]
    fn a_filled_shape_is_a_full_render(
        values in prop::collection::vec(bare(), 1..6),
        known in prop::collection::vec(metadata(), 1..4),
        order in any::<u64>(),
    ) {
        let shapes = Skeletons::default();
        let catalog = Catalog::registered();
        let mut all: Vec<Indicator> = known
            .iter()
            .flat_map(|metadata| values.iter().map(|value| metadata.put(value, str::to_owned)))
            .chain(values.iter().cloned())
            .collect();
        // Each three times: seen, derived, filled.
        for round in 0..3u64 {
            let length = all.len();
            all.rotate_left((order.wrapping_add(round) as usize) % length);
            for indicator in &all {
                for template in catalog.iter().filter(|template| template.takes(indicator)) {
                    let (full, filled) = both(&shapes, template, indicator);
                    prop_assert_eq!(full, filled, "{}", template.name());
                }
            }
        }
    }

    #[test]
    fn every_built_in_template_has_a_shape(value in bare(), known in metadata()) {
        let indicator = known.put(&value, str::to_owned);
        for template in Catalog::registered().iter().filter(|template| template.takes(&indicator)) {
            for indicator in [&value, &indicator] {
                let why = why_no_skeleton(template, indicator, &SETTINGS);
                // Some metadata gives no rule at all.
                if render::rule(template, indicator, &SETTINGS).is_ok() {
                    prop_assert_eq!(why, None, "{}", template.name());
                }
            }
        }
    }
}
