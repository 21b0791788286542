//! The registry, the folder `templates/` and each template itself.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use socdef_sigma::IocType;
use socdef_sigma::error::ErrorKind;
use socdef_sigma::indicator::{Confidence, EmailRole, Expect, Indicator, parse_as, parse_date};
use socdef_sigma::registry::{DerivedValue, DerivedValues, TemplatePlugin};
use socdef_sigma::render::{self, RenderSettings};
use socdef_sigma::rule::SigmaRule;
use socdef_sigma::rule::emit;
use socdef_sigma::rule::escape::sigma_escape;
use socdef_sigma::rule::node::Node;
use socdef_sigma::template::{Template, lint, registered};

use crate::hostile::HOSTILE;

/// The files in `templates/`, by the name that their template has.
fn files() -> BTreeMap<String, PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut found = BTreeMap::new();
    for folder in fs::read_dir(&root).unwrap().map(Result::unwrap) {
        for file in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
            let path = file.path();
            let relative = path.strip_prefix(&root).unwrap().to_str().unwrap();
            let name = relative
                .strip_suffix(".yml.j2")
                .unwrap_or_else(|| panic!("{relative} is no template"));
            found.insert(name.replace('\\', "/"), path);
        }
    }
    found
}

#[test]
fn every_file_is_registered_and_every_registered_template_is_a_file() {
    let mut registered: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for plugin in registered::templates() {
        registered
            .entry(plugin.source)
            .or_default()
            .push(plugin.name);
    }
    let names: BTreeSet<&str> = registered.values().flatten().copied().collect();
    assert_eq!(names.len(), registered::templates().len(), "one name twice");
    let written: BTreeMap<String, String> = files()
        .into_iter()
        .map(|(name, path)| (fs::read_to_string(path).unwrap(), name))
        .collect();
    assert!(
        registered.keys().eq(written.keys()),
        "{registered:?}\n{written:?}"
    );
    // A file has the name of its log source, and so has each template of it behind its type.
    for (text, file) in &written {
        let (_, source) = file.split_once('/').unwrap();
        for name in &registered[text.as_str()] {
            assert_eq!(name.split_once('/').unwrap().1, source, "{file}");
        }
    }
}

#[test]
fn every_type_has_exactly_one_primary_template() {
    for kind in IocType::DEFAULT {
        let primary: Vec<_> = registered::templates()
            .iter()
            .filter(|plugin| plugin.ioc_type == kind && plugin.primary)
            .map(|plugin| plugin.name)
            .collect();
        assert_eq!(primary.len(), 1, "{kind}: {primary:?}");
        assert_eq!(registered::primary(kind).unwrap().name, primary[0]);
    }
}

#[test]
fn a_template_stands_in_the_folder_of_its_type_and_under_its_log_source() {
    for plugin in registered::templates() {
        let (kind, source) = plugin.name.split_once('/').unwrap();
        assert_eq!(kind, plugin.ioc_type.as_str(), "{}", plugin.name);
        let rule = with_derived(plugin, &indicators(plugin)[0], None).unwrap();
        assert_eq!(rule.logsource.label().replace('/', "_"), source);
        assert_eq!(registered::find(plugin.name).unwrap().name, plugin.name);
    }
    assert!(registered::find("ipv4/no_such_source").is_none());
}

#[test]
fn the_lint_finds_nothing_in_any_template() {
    for plugin in registered::templates() {
        assert_eq!(lint(plugin.source), [], "{}", plugin.name);
    }
}

/// So that the test above can fail: each template, spoilt in each way that the lint is for.
#[test]
fn the_lint_finds_what_is_spoilt_in_any_template() {
    for plugin in registered::templates() {
        let line_of = |text: &str| {
            1 + plugin.source[..plugin.source.find(text).unwrap()]
                .matches('\n')
                .count()
        };
        let placeholders = plugin.source.matches("|sigma }}").count();
        assert!(
            placeholders > 0,
            "{} places nothing in its detection",
            plugin.name
        );
        for (from, to) in [
            ("{{ author }}", "'{{ author }}'"),
            ("{{ author }}", "\"{{ author }}\""),
            ("{{ author }}", "{{ author|safe }}"),
            ("|sigma }}", " }}"),
            ("|sigma }}", "|sigma|safe }}"),
        ] {
            let spoilt = plugin.source.replacen(from, to, 1);
            assert_ne!(spoilt, plugin.source);
            let lines: Vec<usize> = lint(&spoilt).iter().map(|finding| finding.line).collect();
            assert!(
                lines.contains(&line_of(from)),
                "{}: {to}: {lines:?}",
                plugin.name
            );
        }
    }
}

// --- Hostile values ------------------------------------------------------------------------------------

thread_local! {
    /// What the derived values of [`hostile_values`] are: the template whose names they have, and the text in their place.
    static SCENE: RefCell<Option<(&'static TemplatePlugin, String)>> = const { RefCell::new(None) };
}

/// The derived values of the real template with every text replaced. A plugin's `derive` is a plain function, hence the scene.
fn hostile_values(indicator: &Indicator) -> DerivedValues {
    SCENE.with_borrow(|scene| {
        let (plugin, text) = scene.as_ref().unwrap();
        let real = (plugin.derive)(indicator);
        let mut derived = DerivedValues::new();
        for (name, form) in real.iter() {
            derived = match form {
                // The only form that is no literal of the detection: a tag, which is checked as one.
                DerivedValue::Text(real) if name == "tag" => derived.text(name, real),
                DerivedValue::Text(_) => derived.text(name, text),
                // Different from each other, as the real ones are.
                DerivedValue::Texts(all) => {
                    derived.texts(name, (0..all.len()).map(|at| format!("{text}{at}")))
                }
                DerivedValue::Flag(flag) => derived.flag(name, *flag),
            };
        }
        derived
    })
}

/// The rule of an indicator by a template, with its own derived values or with this text in all of them.
fn with_derived(
    plugin: &'static TemplatePlugin,
    indicator: &Indicator,
    text: Option<&str>,
) -> socdef_sigma::Result<SigmaRule> {
    let settings = RenderSettings {
        now: parse_date("2026-05-17").unwrap(),
        default_confidence: Confidence::Medium,
    };
    match text {
        None => render::rule(&Template::from(plugin), indicator, &settings),
        Some(text) => {
            SCENE.set(Some((plugin, text.to_owned())));
            let derived = hostile_values;
            let plugin = TemplatePlugin {
                derive: derived,
                ..*plugin
            };
            render::rule(&Template::from(&plugin), indicator, &settings)
        }
    }
}

/// Indicators that between them reach every branch of a template.
fn indicators(plugin: &TemplatePlugin) -> Vec<Indicator> {
    let kind = plugin.ioc_type;
    let mut all: Vec<Indicator> = kind
        .plugin()
        .samples
        .iter()
        .map(|value| Indicator::new(parse_as(Expect::Type(kind), value).unwrap()))
        .collect();
    if plugin.ioc_type == IocType::Email {
        for role in [EmailRole::Sender, EmailRole::Recipient, EmailRole::Both] {
            let mut indicator = all[0].clone();
            indicator.email_role = Some(role);
            all.push(indicator);
        }
    }
    all
}

/// What is left of a value when its texts are taken away: keys, lists and their lengths.
fn shape(node: &Node) -> String {
    match node {
        Node::List(items) => format!(
            "[{}]",
            items.iter().map(shape).collect::<Vec<_>>().join(",")
        ),
        Node::Map(entries) => {
            let parts = entries
                .iter()
                .map(|(key, node)| format!("{key}:{}", shape(node)));
            format!("{{{}}}", parts.collect::<Vec<_>>().join(","))
        }
        Node::Text(_) => "text".to_owned(),
        other => format!("{other:?}"),
    }
}

fn selections(rule: &SigmaRule) -> Node {
    Node::Map(rule.detection.clone())
}

fn literals(rule: &SigmaRule) -> Vec<String> {
    let mut all = Vec::new();
    selections(rule).each_text(&mut |text| all.push(text.to_owned()));
    all
}

#[test]
fn hostile_forms_change_no_template_s_structure() {
    // By day every fourth text for a template, and another fourth for the next.
    let step = if crate::is_full() { 1 } else { 4 };
    for (number, plugin) in registered::templates().iter().enumerate() {
        for indicator in indicators(plugin) {
            let plain = with_derived(plugin, &indicator, Some("plain")).unwrap();
            // The plain stand-in changes nothing but the texts, either.
            let real = with_derived(plugin, &indicator, None).unwrap();
            assert_eq!(shape(&selections(&plain)), shape(&selections(&real)));
            for hostile in HOSTILE.iter().skip(number % step).step_by(step) {
                let rule = with_derived(plugin, &indicator, Some(hostile))
                    .unwrap_or_else(|error| panic!("{}: {hostile:?}: {error:?}", plugin.name));
                let told = format!("{}: {hostile:?}", plugin.name);
                assert_eq!(
                    shape(&selections(&rule)),
                    shape(&selections(&plain)),
                    "{told}"
                );
                assert_eq!(rule.condition, plain.condition, "{told}");
                // Whatever stands around a form stands around the escaped hostile one.
                let expected: Vec<String> = literals(&plain)
                    .iter()
                    .map(|literal| literal.replace("plain", &sigma_escape(hostile)))
                    .collect();
                assert_eq!(literals(&rule), expected, "{told}");
                // Nothing else of the rule knows the derived values, but for the title.
                let rest = |rule: &SigmaRule| SigmaRule {
                    title: String::new(),
                    detection: Vec::new(),
                    ..rule.clone()
                };
                assert_eq!(rest(&rule), rest(&plain), "{told}");
                // And the YAML says the same.
                assert_eq!(
                    SigmaRule::from_yaml(&emit::yaml(&rule)).as_ref(),
                    Ok(&rule),
                    "{told}"
                );
            }
        }
    }
}

/// A tag is no literal: one that is none makes the rule an error, never another rule.
#[test]
fn a_hostile_tag_is_an_error() {
    fn derived(indicator: &Indicator) -> DerivedValues {
        let real = registered::primary(IocType::Cve).unwrap();
        (real.derive)(indicator).text("tag", "cve.1, attack.t1071]\nlevel: critical")
    }
    let real = registered::primary(IocType::Cve).unwrap();
    let plugin = TemplatePlugin {
        derive: derived,
        ..*real
    };
    let settings = RenderSettings {
        now: parse_date("2026-05-17").unwrap(),
        default_confidence: Confidence::Medium,
    };
    let template = Template::from(&plugin);
    let error = render::rule(&template, &indicators(real)[0], &settings).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenTemplate);
    assert!(error.message().contains("is not a tag"), "{error:?}");
}

/// Proof that the property above can fail: templates with the mistakes that it is for.
#[test]
fn a_careless_template_is_found_by_hostile_forms() {
    let real = registered::primary(IocType::Domain).unwrap();
    let settings = RenderSettings {
        now: parse_date("2026-05-17").unwrap(),
        default_confidence: Confidence::Medium,
    };
    for (from, to) in [
        ("QueryName: {{ value|sigma }}", "QueryName: {{ value }}"),
        (
            "QueryName: {{ value|sigma }}",
            "QueryName: '{{ value|sigma|safe }}'",
        ),
        (
            "QueryName: {{ value|sigma }}",
            "QueryName: {{ value|sigma|sigma }}",
        ),
        (
            "QueryName: {{ value|sigma }}",
            "QueryName: {{ value|sigma|lower }}",
        ),
    ] {
        let source = real.source.replace(from, to);
        assert_ne!(source, real.source);
        let careless = TemplatePlugin {
            source: Box::leak(source.into_boxed_str()),
            derive: hostile_values,
            ..*real
        };
        let template = Template::from(&careless);
        let found = HOSTILE.iter().any(|hostile| {
            SCENE.set(Some((real, (*hostile).to_owned())));
            let rule = render::rule(&template, &indicators(real)[0], &settings);
            match rule {
                Err(_) => true,
                Ok(rule) => literals(&rule)[0] != sigma_escape(hostile),
            }
        });
        // Lower case changes no hostile text but those with capitals.
        assert!(found, "{to}");
    }
}
