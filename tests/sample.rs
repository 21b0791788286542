//! The seed's own sample: the rule that the SOC Defenders page shows, made by the compiler.

use socdef_sigma::indicator::{Confidence, Indicator, parse, parse_date};
use socdef_sigma::render::{RenderSettings, rule};
use socdef_sigma::template::Templates;
use socdef_sigma::{emit, registry};

fn compile(indicator: &Indicator) -> String {
    let plugin =
        registry::primary(indicator.ioc.ioc_type()).expect("every type has a primary template");
    let templates = Templates::new([plugin]).unwrap();
    let settings = RenderSettings {
        now: parse_date("2026-05-17").unwrap(),
        default_confidence: Confidence::Medium,
    };
    emit::yaml(&rule(&templates, plugin, indicator, &settings).unwrap())
}

#[test]
fn the_seeds_sample_comes_out_as_the_page_shows_it() {
    let mut indicator = Indicator::new(parse("203.0.113.42").unwrap());
    indicator.confidence = Some(Confidence::High);
    indicator.first_seen = parse_date("2026-05-17");
    indicator.producers.push("SOC Defenders".to_owned());
    insta::assert_snapshot!(compile(&indicator));
}

#[test]
fn every_type_has_a_rule() {
    for value in [
        "2001:db8::1",
        "198.51.100.0/24",
        "2001:db8::/32",
        "evil.example",
        "http://evil.example/a.php?id=1*x",
        "http://evil.example:8080",
        "d41d8cd98f00b204e9800998ecf8427f",
        "a010d5449d29a1916827fdb443e3c84c405cb2a5",
        "68872cc22fbdf0c2f69c32ac878ba9a7b7cf61fe5dd0e3da200131b8b23438e7",
        "CVE-2017-1188",
        "a@evil.example",
    ] {
        insta::assert_snapshot!(compile(&Indicator::new(parse(value).unwrap())));
    }
}
