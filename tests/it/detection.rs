//! The rules against events, by two evaluators that are not ours: the crates `sigma-rust` and `rsigma-eval`.
//!
//! The table is `golden/detection.json`, for the primary log sources, `golden/detection_more.json`, for the others, and
//! `golden/detection_types.json`, for the types that are compiled when asked for:
//! indicator, log source, events that must match, events that must not. The log source picks the template. The same table goes through pySigma's sqlite backend in `python/test_detection.py`. Both evaluate all of it
//! (`|cidr`, `|contains`, `|endswith`, lists of maps, `1 of selection_*`), so they have no entry among the table's limits.
//!
//! That the table can fail is proved by its mutants: each is a rule of ours with one thing wrong, and
//! must break just the events that it names.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Deserialize;
use socdef_sigma::IocType;
use socdef_sigma::compile::{CompiledRule, Compiler, Settings};
use socdef_sigma::indicator::{EmailRole, Expect, Indicator, Parsed, parse_as, parse_date};
use socdef_sigma::rule::SigmaRule;
use socdef_sigma::rule::emit;
use socdef_sigma::template::{Catalog, Selection};

/// An evaluator: whether the rule in YAML matches each event.
type Evaluator = fn(&str, &[&serde_json::Value]) -> Vec<bool>;

const EVALUATORS: [(&str, Evaluator); 2] = [("sigma-rust", sigma_rust), ("rsigma", rsigma)];

fn sigma_rust(yaml: &str, events: &[&serde_json::Value]) -> Vec<bool> {
    let rule = sigma_rust::rule_from_yaml(yaml).unwrap_or_else(|e| panic!("{e}\n{yaml}"));
    let matches = |event: &&serde_json::Value| {
        let event = sigma_rust::event_from_json(&event.to_string()).unwrap();
        sigma_rust::check_rule(&rule, &event)
    };
    events.iter().map(matches).collect()
}

fn rsigma(yaml: &str, events: &[&serde_json::Value]) -> Vec<bool> {
    let read = rsigma_parser::parse_sigma_yaml(yaml).unwrap_or_else(|e| panic!("{e}\n{yaml}"));
    assert!(read.errors.is_empty(), "{:?}\n{yaml}", read.errors);
    let rule = rsigma_eval::compile_rule(&read.rules[0]).unwrap_or_else(|e| panic!("{e}\n{yaml}"));
    let matches = |event: &&serde_json::Value| {
        rsigma_eval::evaluate_rule(&rule, &rsigma_eval::JsonEvent::borrow(event)).is_some()
    };
    events.iter().map(matches).collect()
}

#[derive(Deserialize)]
struct Table {
    cases: Vec<Case>,
    limits: Vec<Limit>,
    mutants: Vec<Mutant>,
}

#[derive(Deserialize)]
struct Case {
    ioc: String,
    role: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    logsource: String,
    #[serde(default)]
    tags: BTreeSet<String>,
    #[serde(rename = "match")]
    must: Vec<(serde_json::Value, String)>,
    #[serde(rename = "not")]
    must_not: Vec<(serde_json::Value, String)>,
}

#[derive(Deserialize)]
struct Limit {
    engine: String,
}

#[derive(Deserialize)]
struct Mutant {
    name: String,
    ioc: String,
    /// The log source of its case; the primary one where there is none.
    logsource: Option<String>,
    replace: String,
    with: String,
    breaks: BTreeSet<String>,
}

fn table() -> Table {
    let read = |text| serde_json::from_str::<Table>(text).unwrap();
    let mut table = read(include_str!("../golden/detection.json"));
    for more in [
        include_str!("../golden/detection_more.json"),
        include_str!("../golden/detection_types.json"),
    ] {
        let more = read(more);
        table.cases.extend(more.cases);
        table.limits.extend(more.limits);
        table.mutants.extend(more.mutants);
    }
    table
}

impl Table {
    /// The case that a mutant is of.
    fn case(&self, mutant: &Mutant) -> &Case {
        let logsource = mutant.logsource.as_ref();
        let case = self.cases.iter().find(|case| {
            case.ioc == mutant.ioc && logsource.is_none_or(|wanted| *wanted == case.logsource)
        });
        case.unwrap()
    }
}

impl Case {
    fn rule(&self) -> SigmaRule {
        self.compiled().rule
    }

    /// The indicator, of the type that it is said to be.
    fn parsed(&self) -> Parsed {
        parse_as(Expect::Type(self.kind.parse().unwrap()), &self.ioc).unwrap()
    }

    fn compiled(&self) -> CompiledRule {
        let mut indicator = Indicator::new(self.parsed());
        indicator.email_role = self.role.as_deref().map(|role| match role {
            "recipient" => EmailRole::Recipient,
            "both" => EmailRole::Both,
            other => panic!("no such role: {other}"),
        });
        indicator.tags = self.tags.iter().cloned().collect();
        let names = [self.logsource.clone()];
        let mut settings = Settings::new(parse_date("2026-05-17").unwrap());
        settings.templates = Arc::new(Selection::of(Catalog::registered(), &names).unwrap());
        let rules: Vec<_> = Compiler::new(&settings).rules(&indicator).collect();
        let [Ok(rule)] = &rules[..] else {
            panic!("{} in {}: {rules:?}", self.ioc, self.logsource)
        };
        rule.clone()
    }

    /// Why each event is here whose verdict, by the rule `yaml`, is not the table's.
    fn wrong(&self, evaluator: Evaluator, yaml: &str) -> BTreeSet<String> {
        let all: Vec<_> = self.must.iter().chain(&self.must_not).collect();
        let events: Vec<_> = all.iter().map(|(event, _)| event).collect();
        let verdicts = evaluator(yaml, &events);
        let expected = (0..all.len()).map(|at| at < self.must.len());
        all.iter()
            .zip(verdicts.into_iter().zip(expected))
            .filter(|(_, (verdict, expected))| verdict != expected)
            .map(|((_, why), _)| why.clone())
            .collect()
    }
}

#[test]
fn every_rule_matches_what_it_must_and_nothing_that_it_must_not() {
    let mut wrong = Vec::new();
    for case in table().cases {
        let yaml = emit::yaml(&case.rule());
        for (name, evaluator) in EVALUATORS {
            for why in case.wrong(evaluator, &yaml) {
                wrong.push(format!("{name}: {}: {why}\n{yaml}", case.ioc));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_reads_the_log_source_of_its_events() {
    for case in table().cases {
        let rule = case.rule();
        assert_eq!(rule.logsource.label(), case.logsource, "{}", case.ioc);
        // The label joins the parts: make sure that they stand under their own names.
        let source = &rule.logsource;
        let parts = [&source.category, &source.product, &source.service].map(Option::as_deref);
        let expected = match case.logsource.as_str() {
            "network_connection/windows" => [Some("network_connection"), Some("windows"), None],
            "network_connection/linux" => [Some("network_connection"), Some("linux"), None],
            "dns_query/windows" => [Some("dns_query"), Some("windows"), None],
            "process_creation/windows" => [Some("process_creation"), Some("windows"), None],
            "image_load/windows" => [Some("image_load"), Some("windows"), None],
            "driver_load/windows" => [Some("driver_load"), Some("windows"), None],
            "file_event/windows" => [Some("file_event"), Some("windows"), None],
            "registry_set/windows" => [Some("registry_set"), Some("windows"), None],
            "registry_add/windows" => [Some("registry_add"), Some("windows"), None],
            "registry_delete/windows" => [Some("registry_delete"), Some("windows"), None],
            "pipe_created/windows" => [Some("pipe_created"), Some("windows"), None],
            "windows/system" => [None, Some("windows"), Some("system")],
            "windows/security" => [None, Some("windows"), Some("security")],
            "create_stream_hash/windows" => [Some("create_stream_hash"), Some("windows"), None],
            category @ ("proxy" | "antivirus" | "firewall" | "webserver" | "dns") => {
                [Some(category), None, None]
            }
            "m365/exchange" => [None, Some("m365"), Some("exchange")],
            "zeek/conn" => [None, Some("zeek"), Some("conn")],
            "zeek/dns" => [None, Some("zeek"), Some("dns")],
            "zeek/http" => [None, Some("zeek"), Some("http")],
            "zeek/ssl" => [None, Some("zeek"), Some("ssl")],
            other => panic!("no such log source: {other}"),
        };
        assert_eq!(parts, expected, "{}", case.ioc);
    }
}

#[test]
fn the_table_is_whole() {
    let table = table();
    let (mut kinds, mut cases) = (BTreeSet::new(), BTreeSet::new());
    for case in &table.cases {
        assert!(!case.must.is_empty(), "{}: nothing must match", case.ioc);
        assert!(!case.must_not.is_empty(), "{}: nothing must not", case.ioc);
        let reasons = case.must.iter().chain(&case.must_not).map(|(_, why)| why);
        let mut seen = BTreeSet::new();
        for why in reasons {
            assert!(seen.insert(why), "{}: `{why}` stands twice", case.ioc);
        }
        let parsed = case.parsed().ioc;
        assert_eq!(parsed.ioc_type().as_str(), case.kind, "{}", case.ioc);
        kinds.insert(case.kind.clone());
        assert!(
            cases.insert((&case.ioc, &case.logsource, case.role.as_ref())),
            "{} stands twice",
            case.ioc
        );
    }
    let all: BTreeSet<String> = IocType::names().into_iter().map(str::to_owned).collect();
    assert_eq!(kinds, all, "a type has no case");
    let all: BTreeSet<Arc<str>> = Catalog::registered()
        .iter()
        .map(|template| template.name().clone())
        .collect();
    let template = |case: &Case| case.compiled().template;
    let with_case: BTreeSet<_> = table.cases.iter().map(template).collect();
    assert_eq!(with_case, all, "a template has no case");
    let mutants = table.mutants.iter();
    let with_mutant: BTreeSet<_> = mutants.map(|mutant| template(table.case(mutant))).collect();
    assert_eq!(with_mutant, all, "a template has no mutant");
    let here = |limit: &Limit| EVALUATORS.iter().any(|(name, _)| *name == limit.engine);
    assert!(!table.limits.iter().any(here));
}

#[test]
fn every_mutant_breaks_just_the_events_that_it_names() {
    let table = table();
    let mut differ = Vec::new();
    for mutant in &table.mutants {
        let case = table.case(mutant);
        let yaml = emit::yaml(&case.rule());
        assert!(
            yaml.contains(&mutant.replace),
            "{}: the rule has no `{}`\n{yaml}",
            mutant.name,
            mutant.replace
        );
        for (evaluator_name, evaluator) in EVALUATORS {
            let wrong = case.wrong(evaluator, &yaml.replace(&mutant.replace, &mutant.with));
            if wrong.is_empty() || wrong != mutant.breaks {
                let (name, named) = (&mutant.name, &mutant.breaks);
                differ.push(format!(
                    "{evaluator_name}: {name} ({}): breaks {wrong:#?}, not {named:#?}",
                    case.logsource
                ));
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

/// Sigma compares without regard to case, and some engines do not know: the hash is written as Sysmon writes it.
#[test]
fn an_engine_that_minds_case_finds_a_hash_as_sysmon_writes_it() {
    let hashes = ["md5", "sha1", "sha256"];
    let table = table();
    let cases = table
        .cases
        .iter()
        .filter(|case| hashes.contains(&case.kind.as_str()));
    let mut count = 0;
    for case in cases {
        let yaml = emit::yaml(&case.rule());
        let cased = yaml.replace("|contains:", "|contains|cased:");
        assert_ne!(cased, yaml);
        let lower = cased.replace(&case.ioc.to_uppercase(), &case.ioc);
        for (name, evaluator) in EVALUATORS {
            let (right, wrong) = (case.wrong(evaluator, &cased), case.wrong(evaluator, &lower));
            assert!(!right.contains("Sysmon's field"), "{name}\n{cased}");
            assert!(wrong.contains("Sysmon's field"), "{name}\n{lower}");
        }
        count += 1;
    }
    let of_hashes = |kind: &str| hashes.contains(&kind);
    let templates = Catalog::registered();
    let templates = templates
        .iter()
        .filter(|template| of_hashes(template.ioc_type().as_str()));
    assert_eq!(count, templates.count());
}
