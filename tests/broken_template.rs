//! Templates that fail: alone in this test binary, since what is registered is registered for all of it.

// Helpers of tests are no tests to clippy: they may stop at the first surprise too.
#![allow(clippy::unwrap_used)]

use socdef_sigma::compile::{Compiler, Intake, Settings};
use socdef_sigma::error::ErrorKind;
use socdef_sigma::indicator::{Confidence, Indicator, parse, parse_date};
use socdef_sigma::registry::{DerivedValues, TemplatePlugin};
use socdef_sigma::render::{self, RenderSettings};
use socdef_sigma::source::{Format, Input, ReadOptions};
use socdef_sigma::template::{Template, registered};
use socdef_sigma::{IocType, Reason, register};

fn derived(indicator: &Indicator) -> DerivedValues {
    DerivedValues::new().text("value", indicator.ioc.to_string())
}

// Sorted before `cve/antivirus`, so it is the primary template of its type here.
register!(TemplatePlugin {
    name: "cve/a_broken_one",
    ioc_type: IocType::Cve,
    primary: true,
    tagged: &[],
    needs: &[],
    source: "title: {{ value }}\nid: {{ id }}\nlogsource:\n  category: antivirus\ndetection:\n  condition: selection\n",
    derive: derived,
});

#[test]
fn a_broken_template_costs_the_indicators_of_its_type_and_no_other() {
    let settings = Settings::new(parse_date("2026-05-17").unwrap());
    let input = Input::from_bytes(
        "list.txt",
        &b"evil.example\nCVE-2017-1188\n198.51.100.7\nCVE-2017-0144\n"[..],
    );
    let options = ReadOptions {
        format: Some(Format::Txt),
        ..ReadOptions::default()
    };
    let mut intake = Intake::new(usize::MAX);
    intake.read(&input, &options, &mut |_| Ok(())).unwrap();
    let compiler = Compiler::new(&settings);
    let (kept, mut report) = intake.select(&settings);
    let rules = kept
        .iter()
        .flat_map(|indicator| compiler.counted(indicator, &mut report));
    assert_eq!(rules.count(), 2);
    let counts = report.counts();
    assert_eq!(
        (counts.read, counts.kept, counts.refused, counts.rules),
        (4, 2, 2, 2)
    );
    assert_eq!(
        counts.read,
        counts.kept + counts.merged + counts.dropped + counts.refused
    );
    let entries = report.entries();
    assert_eq!(entries.len(), 2);
    for (entry, (line, value)) in entries
        .iter()
        .zip([(2, "CVE-2017-1188"), (4, "CVE-2017-0144")])
    {
        assert_eq!(entry.refusal.reason, Reason::BrokenTemplate);
        assert_eq!(
            (
                entry.place.as_ref().unwrap().line_number(),
                entry.value.as_str()
            ),
            (Some(line), value)
        );
        let words = entry.refusal.to_string();
        assert!(
            words.contains("cve/a_broken_one") && words.contains("no selection"),
            "{words}"
        );
    }
}

/// The error of a template with this text, for one domain.
fn error(source: &'static str) -> socdef_sigma::Error {
    let plugin = TemplatePlugin {
        name: "domain/under_test",
        source,
        ..*registered::primary(IocType::Domain).unwrap()
    };
    let settings = RenderSettings {
        now: parse_date("2026-05-17").unwrap(),
        default_confidence: Confidence::Medium,
    };
    let indicator = Indicator::new(parse("evil.example").unwrap());
    render::rule(&Template::from(&plugin), &indicator, &settings).unwrap_err()
}

#[test]
fn what_is_wrong_with_a_template_is_said_with_its_place() {
    for (source, place, words) in [
        ("title: {{ value\n", "domain/under_test", ""),
        (
            "title: x\nid: {{ id }}\nauthor: {{ no_such_form }}\n",
            "domain/under_test:3",
            "undefined",
        ),
        (
            "title: x\nid: {{ id|no_such_filter }}\n",
            "domain/under_test:2",
            "no_such_filter",
        ),
        ("title: x\n", "domain/under_test", "no `detection`"),
        ("title: x\ntitle: y\n", "domain/under_test", "title"),
        ("title: 'x\n", "domain/under_test", ""),
        ("- x\n", "domain/under_test", "a rule is a map"),
        ("", "domain/under_test", ""),
        // Work without end runs out of fuel.
        (
            "{% for a in range(9999) %}{% for b in range(9999) %}{{ b }}{% endfor %}{% endfor %}",
            "domain/under_test:1",
            "fuel",
        ),
        // Two documents are not one rule.
        ("title: x\n---\ntitle: y\n", "domain/under_test", ""),
    ] {
        let error = error(source);
        assert_eq!(error.kind(), ErrorKind::BrokenTemplate, "{source}");
        let told = format!("{} {:?}", error.message(), error.causes());
        assert!(
            error.place().unwrap_or_default().starts_with(place),
            "{source}: {error:?}"
        );
        assert!(told.to_lowercase().contains(words), "{source}: {told}");
        assert!(!error.message().contains('\n'), "{source}: {told}");
    }
}
