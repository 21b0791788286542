//! The rules of one indicator in every log source: ids, titles and names of files, choices, and what there is no rule for.
//!
//! `golden/log_sources.yml` has the rules of an indicator of each kind by every template, `golden/log_sources.tsv` the
//! template, id, name of the file and title of each rule that the golden feeds give. To write them anew, see `golden.rs`.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use socdef_sigma::compile::{CompiledRule, Compiler, Intake, Settings};
use socdef_sigma::indicator::{Expect, Indicator, parse, parse_as, parse_date};
use socdef_sigma::output::file_name;
use socdef_sigma::registry::{DerivedValues, TemplatePlugin};
use socdef_sigma::report::Report;
use socdef_sigma::rule::Level;
use socdef_sigma::rule::emit;
use socdef_sigma::source::{Format, Input, NoteKind, ReadOptions};
use socdef_sigma::template::{Catalog, Selection, Template};
use socdef_sigma::{Confidence, Ioc, IocType, Reason};

const FOLDER: &str = "tests/golden";

fn settings(logsources: &[&str]) -> Settings {
    of_catalog(Catalog::registered(), logsources)
}

fn of_catalog(catalog: Arc<Catalog>, logsources: &[&str]) -> Settings {
    let names: Vec<String> = logsources.iter().map(ToString::to_string).collect();
    let mut settings = Settings::new(parse_date("2026-05-17").unwrap());
    settings.types = IocType::all().to_vec();
    settings.templates = Arc::new(Selection::of(catalog, &names).unwrap());
    settings
}

fn indicator(value: &str, tags: &[&str]) -> Indicator {
    let mut indicator = Indicator::new(parse(value).unwrap());
    indicator.tags = tags.iter().map(ToString::to_string).collect();
    indicator
}

/// The rules of indicators by value, and the account.
fn run(indicators: &[Indicator], settings: &Settings) -> (Vec<(Ioc, CompiledRule)>, Report) {
    let mut intake = Intake::new(usize::MAX);
    for indicator in indicators {
        intake.add(indicator.clone());
    }
    compile(&intake, settings)
}

fn compile(intake: &Intake, settings: &Settings) -> (Vec<(Ioc, CompiledRule)>, Report) {
    let compiler = Compiler::new(settings);
    let (kept, mut report) = intake.select(settings);
    let mut rules = Vec::new();
    for indicator in kept {
        let made = compiler.counted(&indicator, &mut report);
        rules.extend(made.into_iter().map(|rule| (indicator.ioc.clone(), rule)));
    }
    let counts = report.counts();
    let decided = counts.kept + counts.merged + counts.dropped + counts.refused;
    assert_eq!((counts.read, counts.rules), (decided, rules.len() as u64));
    (rules, report)
}

fn templates(rules: &[(Ioc, CompiledRule)]) -> Vec<&str> {
    rules.iter().map(|(_, rule)| &*rule.template).collect()
}

fn reasons(report: &Report) -> BTreeMap<Reason, u64> {
    report.reasons().collect()
}

/// One of each type that is compiled when asked for: its first sample, and of paths and keys each of another form.
fn others() -> Vec<Indicator> {
    let others = IocType::all()
        .iter()
        .filter(|kind| !kind.plugin().is_default);
    let samples = others.flat_map(|kind| {
        let several = matches!(kind.as_str(), "filepath" | "registry_key");
        let samples = kind.plugin().samples.iter();
        samples
            .filter(|sample| !sample.starts_with('/'))
            .take(if several { 20 } else { 1 })
            .map(|sample| parse_as(Expect::Type(*kind), sample).unwrap())
    });
    samples.map(Indicator::new).collect()
}

/// An indicator of each kind that a template tells apart.
fn one_of_each() -> Vec<Indicator> {
    let mut all: Vec<Indicator> = [
        "198.51.100.7",
        "198.51.100.0/24",
        "2001:db8::1",
        "2001:db8::/32",
        "evil.example",
        "http://evil.example:8080/a%20b.php?id=1*x",
        "d41d8cd98f00b204e9800998ecf8427f",
        "a010d5449d29a1916827fdb443e3c84c405cb2a5",
        "68872cc22fbdf0c2f69c32ac878ba9a7b7cf61fe5dd0e3da200131b8b23438e7",
        "CVE-2017-1188",
        "a@evil.example",
    ]
    .iter()
    .map(|value| indicator(value, &[]))
    .collect();
    all.extend(others());
    all.push(indicator("https://evil.example/cgi-bin/luci", &["exploit"]));
    all.push(indicator(
        "http://evil.example/cgi-bin/a.php?id=1*x",
        &["type:Exploit"],
    ));
    all
}

/// Everything that stands in the golden feeds.
fn golden_feeds() -> Intake {
    let mut intake = Intake::new(0);
    for format in Format::ALL {
        let folder = Path::new(FOLDER).join(format.as_str());
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| {
                let name = path.to_str().unwrap();
                !name.ends_with(".yml") && !name.ends_with(".report.json")
            })
            .collect();
        files.sort();
        for file in files {
            let options = ReadOptions {
                format: Some(format),
                ..ReadOptions::default()
            };
            for input in Input::from_path(&file).unwrap() {
                intake.read(&input, &options, &mut |_| Ok(())).unwrap();
            }
        }
    }
    intake
}

fn is_golden(name: &str, made: &str) {
    let path = Path::new(FOLDER).join(name);
    if std::env::var_os("SOCDEF_UPDATE_GOLDEN").is_some() {
        return fs::write(&path, made).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap_or_default();
    let lines = golden.lines().zip(made.lines()).enumerate();
    for (at, (was, is)) in lines {
        assert_eq!(was, is, "{}:{}", path.display(), at + 1);
    }
    assert_eq!(golden, made, "{}: see the head of the test", path.display());
}

// --- Ids, titles, names of files --------------------------------------------------------------------------

#[test]
fn every_template_makes_its_golden_rules() {
    let (rules, _) = run(&one_of_each(), &settings(&["all"]));
    let made: BTreeSet<&str> = templates(&rules).into_iter().collect();
    let catalog = Catalog::registered();
    let all: BTreeSet<&str> = catalog.iter().map(|template| &**template.name()).collect();
    assert_eq!(made, all, "a template made nothing");
    let texts: Vec<String> = rules
        .iter()
        .map(|(_, rule)| emit::yaml(&rule.rule))
        .collect();
    is_golden("log_sources.yml", &texts.join("---\n"));
}

#[test]
fn ids_titles_and_names_are_unique_over_all_feeds_and_templates_and_stay() {
    let (rules, _) = compile(&golden_feeds(), &settings(&["all"]));
    let kept: HashSet<&Ioc> = rules.iter().map(|(ioc, _)| ioc).collect();
    assert!(rules.len() > 2 * kept.len());
    let (mut ids, mut titles, mut names) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    let mut lines = Vec::new();
    for (ioc, CompiledRule { rule, template }) in &rules {
        let name = file_name(rule, ioc);
        assert!(ids.insert(rule.id), "{}: id", rule.title);
        assert!(titles.insert(rule.title.clone()), "{}: title", rule.title);
        assert!(names.insert(name.clone()), "{name}");
        assert!(rule.title.chars().count() <= 110, "{}", rule.title);
        lines.push(format!("{template}\t{}\t{name}\t{}\n", rule.id, rule.title));
    }
    lines.sort();
    is_golden("log_sources.tsv", &lines.concat());
}

/// The oracle is the definition in docs/rules.md, not `Template::id`.
#[test]
fn an_id_is_of_the_type_in_the_primary_log_source_and_of_the_template_in_others() {
    let (rules, _) = run(&one_of_each(), &settings(&["all"]));
    let namespace: uuid::Uuid = "fedab7a4-bfd4-5653-9f28-a8cf39756f71".parse().unwrap();
    let primary = settings(&[]);
    let primary: BTreeSet<&str> = primary
        .templates
        .iter()
        .map(|template| &**template.name())
        .collect();
    for (ioc, rule) in &rules {
        let name = match primary.contains(&*rule.template) {
            true => format!("{}:{ioc}", ioc.ioc_type()),
            false => format!("{}:{ioc}", rule.template),
        };
        let id = uuid::Uuid::new_v5(&namespace, name.as_bytes());
        assert_eq!(rule.rule.id, id, "{name}");
    }
}

/// What a primary rule is called, a user's saved searches are called: it does not change with the choice of log sources.
#[test]
fn the_primary_rules_are_the_same_whatever_else_is_asked_for() {
    let texts = |logsources: &[&str]| -> Vec<String> {
        let (rules, _) = run(&one_of_each(), &settings(logsources));
        let primary = rules
            .into_iter()
            .filter(|(ioc, rule)| rule.rule.id == ioc.id());
        primary.map(|(_, rule)| emit::yaml(&rule.rule)).collect()
    };
    assert_eq!(texts(&[]).len(), one_of_each().len());
    assert_eq!(texts(&[]), texts(&["all"]));
}

#[test]
fn a_title_of_another_log_source_names_it_and_is_short_enough_for_any_producer() {
    let mut indicators = one_of_each();
    for indicator in &mut indicators {
        indicator.producers = vec!["An Institute With A Very Long Name ".repeat(4)];
    }
    let (rules, _) = run(&indicators, &settings(&["all"]));
    let mut titles = BTreeSet::new();
    for (_, CompiledRule { rule, template }) in &rules {
        assert!(
            rule.title.chars().count() <= 110,
            "{template}: {}",
            rule.title
        );
        assert!(
            rule.title.starts_with("An Institute With"),
            "{}",
            rule.title
        );
        assert!(titles.insert(&rule.title), "{}", rule.title);
    }
}

// --- Choices ----------------------------------------------------------------------------------------------

#[test]
fn a_name_chooses_the_log_sources_that_it_means() {
    for (names, expected) in [
        (&["firewall"][..], &["ipv4/firewall"][..]),
        (
            &["network_connection"],
            &[
                "ipv4/network_connection_windows",
                "ipv4/network_connection_linux",
            ],
        ),
        (
            &["network_connection/linux"],
            &["ipv4/network_connection_linux"],
        ),
        (&["zeek"], &["ipv4/zeek_conn"]),
        (
            &["zeek/conn", "webserver"],
            &["ipv4/webserver", "ipv4/zeek_conn"],
        ),
        (
            &["primary", "proxy"],
            &["ipv4/network_connection_windows", "ipv4/proxy"],
        ),
        (&["dns"], &[]),
    ] {
        let (rules, _) = run(&[indicator("198.51.100.7", &[])], &settings(names));
        assert_eq!(templates(&rules), expected, "{names:?}");
    }
}

#[test]
fn what_no_chosen_log_source_shows_is_dropped_and_counts_not_towards_the_limit() {
    let indicators = [
        indicator("evil.example", &[]),
        indicator("198.51.100.7", &[]),
        indicator("CVE-2017-1188", &[]),
        indicator("198.51.100.8", &[]),
        indicator("198.51.100.9", &[]),
    ];
    let mut settings = settings(&["firewall", "zeek/conn"]);
    settings.limit = Some(2);
    let (rules, report) = run(&indicators, &settings);
    let expected = [
        ("198.51.100.7", "ipv4/firewall"),
        ("198.51.100.7", "ipv4/zeek_conn"),
        ("198.51.100.8", "ipv4/firewall"),
        ("198.51.100.8", "ipv4/zeek_conn"),
    ];
    let made: Vec<(String, &str)> = rules
        .iter()
        .map(|(ioc, rule)| (ioc.to_string(), &*rule.template))
        .collect();
    let expected = expected.map(|(ioc, template)| (ioc.to_owned(), template));
    assert_eq!(made, expected);
    let counts = report.counts();
    assert_eq!((counts.kept, counts.dropped, counts.rules), (2, 3, 4));
    let expected = [(Reason::NoLogSource, 2), (Reason::OverLimit, 1)];
    assert_eq!(reasons(&report), expected.into());
}

// --- Inbound ----------------------------------------------------------------------------------------------

#[test]
fn inbound_rules_are_one_level_lower_and_say_what_they_are() {
    let levels = [
        (Confidence::High, Level::Medium),
        (Confidence::Medium, Level::Low),
        (Confidence::Low, Level::Informational),
    ];
    for (confidence, lower) in levels {
        for (value, tactic) in [
            ("198.51.100.7", "attack.reconnaissance"),
            ("2001:db8::/32", "attack.reconnaissance"),
            ("http://evil.example/cgi-bin/luci", "attack.initial-access"),
        ] {
            let mut indicator = indicator(value, &["exploit"]);
            indicator.confidence = Some(confidence);
            let (rules, _) = run(&[indicator], &settings(&["all"]));
            for (_, CompiledRule { rule, template }) in &rules {
                let inbound = template.ends_with("/webserver");
                let level = match inbound {
                    true => lower,
                    false => Level::from_name(confidence.as_str()).unwrap(),
                };
                assert_eq!(rule.level, Some(level), "{template}");
                assert_eq!(rule.tags == [tactic], inbound, "{template}");
                assert_eq!(rule.falsepositives == ["Unknown"], !inbound, "{template}");
            }
            let inbound = |template: &&str| template.ends_with("/webserver");
            assert_eq!(templates(&rules).into_iter().filter(inbound).count(), 1);
        }
    }
}

#[test]
fn a_web_server_is_asked_for_the_urls_of_exploits_only() {
    for (tag, taken) in [
        ("exploit", true),
        ("EXPLOIT", true),
        ("type:exploit", true),
        ("kill-chain:Exploitation", true),
        ("CVE-2024-3400 exploit", true),
        ("c2", false),
        ("exploit-kit", false),
        ("misp-galaxy:exploit-kit=\"Angler\"", false),
        ("exploiter", false),
    ] {
        let indicator = indicator("http://evil.example/cgi-bin/luci", &[tag]);
        let (rules, report) = run(&[indicator], &settings(&["webserver"]));
        assert_eq!(rules.len(), usize::from(taken), "{tag}");
        let dropped = reasons(&report).get(&Reason::NoLogSource).copied();
        assert_eq!(dropped, (!taken).then_some(1), "{tag}");
    }
}

/// Without its host a path such as `/` is everybody's: there is no such rule, and that is said.
#[test]
fn a_path_that_any_site_has_gives_no_rule_of_a_web_server_and_is_counted() {
    let all = [
        indicator("http://evil.example/", &["exploit"]),
        indicator("http://evil.example/index.php?id=1", &["exploit"]),
        indicator("http://evil.example/cgi-bin/luci", &["exploit"]),
        indicator("http://evil.example/", &[]),
    ];
    let (rules, report) = run(&all[..3], &settings(&["webserver"]));
    assert_eq!(rules.len(), 1);
    assert_eq!(reasons(&report), [(Reason::TooGeneric, 2)].into());
    // Where other log sources have a rule for it, it is kept, with a note.
    let (rules, report) = run(&all[..3], &settings(&["all"]));
    assert_eq!(rules.len(), 3 + 3 + 1);
    assert_eq!(report.counts().kept, 3);
    let notes: Vec<_> = report.note_counts().collect();
    assert_eq!(notes, [(NoteKind::TooGeneric, 2)]);
    assert_eq!(
        report.notes()[0].detail,
        "http://evil.example/ in webserver"
    );
    // One that is no exploit is none for a web server in the first place.
    let (_, report) = run(&all[3..], &settings(&["all"]));
    assert_eq!(report.note_counts().count(), 0);
}

// --- A template that fails --------------------------------------------------------------------------------

fn derived(indicator: &Indicator) -> DerivedValues {
    DerivedValues::new().text("value", indicator.ioc.to_string())
}

const BROKEN: TemplatePlugin = TemplatePlugin {
    name: "domain/broken",
    ioc_type: IocType::Domain,
    primary: false,
    tagged: &[],
    needs: &[],
    source: "title: {{ no_such_name }}\nlogsource:\n  category: dns\n",
    derive: derived,
};

#[test]
fn a_template_that_fails_costs_its_own_rules_and_is_counted() {
    let mut catalog = (*Catalog::registered()).clone();
    catalog.add(Template::from(&BROKEN));
    let catalog = Arc::new(catalog);
    let indicators = [
        indicator("evil.example", &[]),
        indicator("198.51.100.7", &[]),
    ];
    let (rules, report) = run(&indicators, &of_catalog(catalog.clone(), &["dns", "zeek"]));
    assert_eq!(
        templates(&rules),
        ["domain/dns", "domain/zeek_dns", "ipv4/zeek_conn"]
    );
    let counts = report.counts();
    assert_eq!((counts.kept, counts.refused, counts.rules), (2, 0, 3));
    let notes: Vec<_> = report.note_counts().collect();
    assert_eq!(notes, [(NoteKind::RuleLost, 1)]);
    let detail = &report.notes()[0].detail;
    assert!(
        detail.contains("evil.example") && detail.contains("no_such_name"),
        "{detail}"
    );
    // Where it is the only one, the indicator is refused.
    let (rules, report) = run(
        &indicators,
        &of_catalog(catalog, &["domain/broken", "zeek/conn"]),
    );
    assert_eq!(templates(&rules), ["ipv4/zeek_conn"]);
    assert_eq!(reasons(&report), [(Reason::BrokenTemplate, 1)].into());
}
