//! Properties of every rule, for any value and any metadata: each literal of the detection is one of the documented
//! derived values of the indicator, escaped once; nothing changes a rule's structure; a rule reads back as itself.
//!
//! The derived values are worked out here a second time, from the canonical value alone and by other means.
//! `tests/python/literals/` asks the same of PyYAML and of pySigma.

mod any_rule;
mod canonical;
mod distinct;
mod documented;
mod incoming;
mod shapes;

use std::sync::LazyLock;

use self::documented::expected;
use self::incoming::{bare, metadata, url};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed};
use socdef_sigma::compile::{Compiler, Settings};
use socdef_sigma::indicator::{Expect, Indicator, parse, parse_as, parse_date};
use socdef_sigma::rule::SigmaRule;
use socdef_sigma::rule::emit;
use socdef_sigma::rule::node::Node;
use socdef_sigma::{Ioc, IocType};

fn config() -> Config {
    Config {
        // Failing cases are written down in the tests by hand; no file beside the sources.
        failure_persistence: None,
        // CI must find the same in the same code; everywhere else each run looks at new cases.
        rng_seed: match std::env::var_os("CI") {
            Some(_) => RngSeed::Fixed(20_260_517),
            None => RngSeed::Random,
        },
        ..Config::with_cases(256)
    }
}

fn new_compiler() -> Compiler {
    Compiler::new(&Settings::new(parse_date("2026-05-17").unwrap()))
}

/// One for all: it takes longer to make than a rule does.
static COMPILER: LazyLock<Compiler> = LazyLock::new(new_compiler);

fn compile(indicator: &Indicator) -> SigmaRule {
    match COMPILER.rule(indicator) {
        Ok(compiled) => compiled.rule,
        Err(error) => panic!("{indicator:?}: {error:?}"),
    }
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

/// The top-level keys of a YAML text, in order.
fn keys(yaml: &str) -> Vec<&str> {
    let key = |line: &&str| !line.starts_with([' ', '#', '-']);
    yaml.lines()
        .filter(key)
        .map(|line| line.split(':').next().unwrap())
        .collect()
}

/// A text that has nothing to it, as much a link as the other one is.
fn harmless(text: &str) -> String {
    match text.starts_with("http") {
        true => text.to_owned(),
        false => "plain".to_owned(),
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_rule_looks_for_the_documented_forms_and_nothing_else(indicator in bare()) {
        let rule = compile(&indicator);
        prop_assert_eq!(&rule.detection, &expected(&indicator));
        let condition = match indicator.ioc.ioc_type().as_str() {
            "url" => "1 of selection_*",
            "cve" => "selection and not 1 of filter_main_*",
            _ => "selection",
        };
        prop_assert_eq!(&rule.condition, condition);
        // The other place where the value stands.
        let value = rule.custom[0].1.get("value").and_then(Node::as_text);
        prop_assert_eq!(value.unwrap(), &indicator.ioc.to_string());
    }

    /// What the strategy above makes is canonical but for case, host bits and default ports, so nothing is lost on the way.
    #[test]
    fn path_and_query_of_a_url_stay_as_they_are(text in url()) {
        // Brackets may be those of a defanged URL.
        prop_assume!(!text[text.find("://").unwrap()..].contains(['(', '{']) && !text[8..].contains(['[', ']']));
        let canonical = parse_as(Expect::Type(IocType::Url), &text).unwrap().ioc.to_string();
        let target = |url: &str| {
            let rest = url.split_once("://").unwrap().1.to_owned();
            rest[rest.find('/').unwrap()..].to_owned()
        };
        // What is not ASCII, and a space, is written as a request has it.
        let wire: String = target(&text)
            .chars()
            .map(|c| match c.is_ascii() && c != ' ' {
                true => c.to_string(),
                false => c.to_string().bytes().map(|byte| format!("%{byte:02X}")).collect(),
            })
            .collect();
        prop_assert_eq!(target(&canonical), wire);
    }

    #[test]
    fn a_canonical_value_is_its_own_canonical_form(indicator in bare()) {
        let value = indicator.ioc.to_string();
        let again = parse_as(Expect::Type(indicator.ioc.ioc_type()), &value);
        prop_assert_eq!(again.map(|parsed| parsed.ioc), Ok(indicator.ioc));
    }

    #[test]
    fn a_rule_reads_back_as_itself(indicator in bare(), metadata in metadata()) {
        let indicator = metadata.put(&indicator, str::to_owned);
        let rule = compile(&indicator);
        let yaml = emit::yaml(&rule);
        let again = SigmaRule::from_yaml(&yaml);
        prop_assert_eq!(again.as_ref(), Ok(&rule));
        prop_assert_eq!(emit::yaml(&again.unwrap()), yaml.clone());
        // The same rule, made by another compiler.
        let other = new_compiler().rule(&indicator).unwrap();
        prop_assert_eq!(emit::yaml(&other.rule), yaml);
    }

    #[test]
    fn no_metadata_changes_the_structure_of_a_rule(indicator in bare(), metadata in metadata()) {
        let hostile = compile(&metadata.put(&indicator, str::to_owned));
        let plain = compile(&metadata.put(&indicator, harmless));
        prop_assert_eq!(&hostile.detection, &plain.detection);
        prop_assert_eq!(&hostile.condition, &plain.condition);
        prop_assert_eq!(&hostile.logsource, &plain.logsource);
        prop_assert_eq!(&hostile.fields, &plain.fields);
        prop_assert_eq!(&hostile.falsepositives, &plain.falsepositives);
        prop_assert_eq!(hostile.level, plain.level);
        prop_assert_eq!(&hostile.tags, &plain.tags);
        prop_assert_eq!(hostile.id, plain.id);
        prop_assert_eq!(&hostile.references, &plain.references);
        let (one, other) = (emit::yaml(&hostile), emit::yaml(&plain));
        prop_assert_eq!(keys(&one), keys(&other));
        // A list of one and the same text twice is a list of one: none is made here.
        prop_assert_eq!(shape(&hostile.custom[0].1), shape(&plain.custom[0].1));
        prop_assert_eq!(hostile.custom.len(), 1);
    }

    #[test]
    fn all_metadata_arrives_as_it_is(indicator in bare(), metadata in metadata()) {
        let rule = compile(&metadata.put(&indicator, str::to_owned));
        let rule = SigmaRule::from_yaml(&emit::yaml(&rule)).unwrap();
        let socdef = &rule.custom[0].1;
        let texts = &metadata.texts;
        let one = |text: &str| Node::List(vec![text.into()]);
        prop_assert_eq!(socdef.get("context"), Some(&Node::from(texts[6].as_str())));
        prop_assert_eq!(socdef.get("tags"), Some(&one(&texts[7])));
        prop_assert_eq!(socdef.get("industries"), Some(&one(&texts[9])));
        let Some(Node::List(sources)) = socdef.get("sources") else {
            return Err(TestCaseError::fail("no sources"));
        };
        for (at, name) in ["feed_name", "article_title", "article_url", "category", "origin"].iter().enumerate() {
            prop_assert_eq!(sources[0].get(name), Some(&Node::from(texts[at].as_str())));
        }
    }

    #[test]
    fn a_title_is_short_and_on_one_line(indicator in bare(), metadata in metadata()) {
        let rule = compile(&metadata.put(&indicator, str::to_owned));
        prop_assert!(rule.title.chars().count() <= 110, "{}", rule.title);
        prop_assert!(!rule.title.contains(char::is_control), "{:?}", rule.title);
        prop_assert_eq!(rule.title.trim(), &rule.title);
        prop_assert!(!rule.title.ends_with('.'), "{}", rule.title);
        let short_id = rule.id.simple().to_string()[..8].to_uppercase();
        let value = indicator.ioc.to_string().to_lowercase();
        let ends = rule.title.to_lowercase().ends_with(&value) || rule.title.ends_with(&short_id);
        prop_assert!(ends, "{}", rule.title);
    }
}

/// Every character of the first plane, and both ends of the others: none is lost, changed or in the way.
#[test]
fn every_character_arrives_in_metadata() {
    let all: String = (0..=0x10_ffffu32)
        .filter(|code| *code <= 0xffff || matches!(code & 0xffff, 0..=15 | 0xfff0..=0xffff))
        .filter_map(char::from_u32)
        .collect();
    let mut indicator = Indicator::new(parse("evil.example").unwrap());
    indicator.context.push(all.clone());
    let rule = SigmaRule::from_yaml(&emit::yaml(&compile(&indicator))).unwrap();
    let context = rule.custom[0].1.get("context").and_then(Node::as_text);
    assert!(context == Some(all.as_str()), "a character is lost");
}

/// A capital may be longer than its small letter: three letters for `ΐ`.
#[test]
fn a_producer_whose_capitals_are_longer_leaves_room_for_the_value() {
    let mut indicator = Indicator::new(parse("evil.example").unwrap());
    indicator.producers.push("ΐ ".repeat(30));
    let title = compile(&indicator).title;
    assert!(title.chars().count() <= 110, "{title}");
}

/// A name of nothing visible is no name.
#[test]
fn a_blank_producer_is_none() {
    let unnamed = compile(&Indicator::new(parse("evil.example").unwrap()));
    for blank in ["", " ", "\t\n", "://"] {
        let mut indicator = Indicator::new(parse("evil.example").unwrap());
        indicator.producers.push(blank.to_owned());
        assert_eq!(compile(&indicator), unnamed, "{blank:?}");
    }
}

#[test]
fn the_properties_see_every_type() {
    // A property over values that were all of one type would prove little.
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut kinds: Vec<IocType> = (0..500)
        .map(|_| bare().new_tree(&mut runner).unwrap().current())
        .map(|indicator| match indicator.ioc {
            Ioc::Hash(hash) => hash.algorithm().ioc_type(),
            ioc => ioc.ioc_type(),
        })
        .collect();
    kinds.sort_by_key(|kind| kind.as_str());
    kinds.dedup();
    assert_eq!(kinds.len(), IocType::DEFAULT.len(), "{kinds:?}");
}
