//! `templates check` and `templates new`: each mistake is found in its line, and what is right is let pass.

mod mistakes;

use std::fs;
use std::path::Path;

use rayon::prelude::*;
use socdef_sigma::IocType;
use socdef_sigma::check::{Mistake, check};
use socdef_sigma::template::{Catalog, starter};

/// A drop-in without mistakes, which the tests spoil.
const GOOD: &str = r#"---
name: acme
types: [domain]
logsource:
  product: acme
---
title: {{ rule_title("Malicious Domain Indicator in Acme Logs") }}
id: {{ id }}
status: experimental
description: {{ "Found by " ~ intelligence ~ "." }}
{% if references %}
references: {{ references }}
{% endif %}
author: {{ author }}
date: {{ date }}
tags: {{ attack_tags("command-and-control") }}
logsource: {{ logsource }}
detection:
  selection:
    - event: dns
      host: {{ value|sigma }}
    - host|endswith: {{ subdomains|sigma }}
  condition: selection
falsepositives:
  - Unknown
level: {{ level }}
"#;

fn mistakes(text: &str) -> Vec<Mistake> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acme.yml.j2");
    fs::write(&path, text).unwrap();
    check(&[path], &Catalog::registered()).unwrap().mistakes
}

#[test]
fn what_is_right_passes() {
    assert_eq!(mistakes(GOOD), []);
}

/// Right, and slow: what has no shape says why. That the rules are the same is held by `tests/it/properties/shapes.rs`.
#[test]
fn what_is_rendered_in_full_says_why() {
    for (from, to, why) in [
        ("level: {{ level }}", "level: {{ level }}", None),
        (
            "level: {{ level }}",
            "level: {% if value == 'evil.example' %}high{% else %}low{% endif %}",
            Some("line 26: it tests or loops over `value`"),
        ),
        (
            r#"{{ "Found by " ~ intelligence ~ "." }}"#,
            "{{ value|upper }}",
            Some("line 10: it does more with `value` than insert it"),
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("acme.yml.j2");
        fs::write(&path, GOOD.replace(from, to)).unwrap();
        let checked = check(&[path], &Catalog::registered()).unwrap();
        assert_eq!(checked.mistakes, [], "{to}");
        let in_full: Vec<(&str, &str)> = checked
            .in_full
            .iter()
            .map(|full| (&*full.template, &*full.why))
            .collect();
        let expected: Vec<(&str, &str)> = why.map(|why| ("domain/acme", why)).into_iter().collect();
        assert_eq!(in_full, expected, "{to}");
    }
}

/// A branch for one type of several may use its derived values.
#[test]
fn a_name_that_the_template_asks_about_is_no_mistake() {
    let text = GOOD.replace("[domain]", "[ipv4, ipv6]").replace(
        "{{ subdomains|sigma }}",
        "{{ (spellings if spellings is defined else value)|sigma }}",
    );
    assert_eq!(mistakes(&text), []);
}

#[test]
fn two_files_with_one_name_are_a_mistake_and_another_path_is_not() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a.yml.j2", "b.yml.j2"] {
        fs::write(folder.path().join(name), GOOD).unwrap();
    }
    let found = check(&[folder.path().to_owned()], &Catalog::registered()).unwrap();
    assert_eq!(found.templates, ["domain/acme"]);
    assert_eq!(found.mistakes.len(), 1);
    assert!(found.mistakes[0].message.contains("a.yml.j2"));
    assert!(check(&[folder.path().join("missing")], &Catalog::registered()).is_err());
}

#[test]
fn the_examples_pass() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/templates");
    let found = check(&[folder], &Catalog::registered()).unwrap();
    assert_eq!(
        found.templates,
        ["domain/crowdstrike_dns", "domain/zeek_ssl"]
    );
    assert_eq!(found.mistakes, []);
}

#[test]
fn every_built_in_template_passes_as_a_drop_in() {
    // By day every sixth: those of a type differ in their fields.
    let step = if crate::is_full() { 1 } else { 6 };
    for template in Catalog::registered().iter().step_by(step) {
        assert_eq!(mistakes(&template.drop_in()), [], "{}", template.name());
    }
}

#[test]
fn a_starting_point_passes_for_every_type_and_log_source() {
    let catalog = Catalog::registered();
    let mut kinds: Vec<Vec<IocType>> = IocType::DEFAULT.iter().map(|kind| vec![*kind]).collect();
    kinds.push(vec![IocType::Ipv4, IocType::Ipv6]);
    kinds.push(IocType::DEFAULT.to_vec());
    kinds.par_iter().for_each(|kinds| {
        // Those that a built-in of the type reads, one that only those of other types read, and unknown ones.
        let read = catalog
            .iter()
            .filter(|template| kinds[..] == [template.ioc_type()]);
        let mut sources: Vec<String> = read.map(|template| template.logsource().label()).collect();
        sources.extend(
            [
                "zeek/conn",
                "dns",
                "acme",
                "process_creation/linux",
                "product=acme,service=edr",
            ]
            .map(str::to_owned),
        );
        sources.sort_unstable();
        sources.dedup();
        // By day a known one and an unknown one.
        let few = |source: &&String| {
            crate::is_full() || *source == &sources[0] || source.as_str() == "acme"
        };
        for source in sources.iter().filter(few) {
            let text = starter(&catalog, "my_logs", kinds, source).unwrap();
            assert_eq!(mistakes(&text), [], "{kinds:?} {source}\n{text}");
        }
    });
    for (source, line) in [("zeek/conn", "id.resp_h"), ("firewall", "dst_ip")] {
        let text = starter(&catalog, "my_logs", &[IocType::Ipv4], source).unwrap();
        assert!(text.contains(line), "{text}");
    }
    for (name, source) in [
        ("My Logs", "acme"),
        ("my_logs", "a/b/c/d"),
        ("my_logs", ""),
        ("my_logs", "vendor=x"),
        ("my_logs", "a b"),
    ] {
        assert!(
            starter(&catalog, name, &[IocType::Ipv4], source).is_err(),
            "{name} {source}"
        );
    }
    assert!(starter(&catalog, "my_logs", &[], "acme").is_err());
}
