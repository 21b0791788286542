//! Ids, titles and names of files.

use super::*;

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
