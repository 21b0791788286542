//! Properties of every rule, for any value and any metadata: each literal of the detection is one of the documented
//! derived values of the indicator, escaped once; nothing changes a rule's structure; a rule reads back as itself.
//!
//! The derived values are worked out here a second time, from the canonical value alone and by other means.
//! `python/test_literals.py` asks the same of PyYAML and of pySigma.

mod canonical;
mod incoming;
mod shapes;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use self::incoming::{bare, metadata, text, url};
use chrono::NaiveDate;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngSeed};
use socdef_sigma::compile::{Compiler, Settings};
use socdef_sigma::indicator::{EmailRole, Expect, Indicator, parse, parse_as, parse_date};
use socdef_sigma::rule::emit;
use socdef_sigma::rule::node::Node;
use socdef_sigma::rule::{Level, LogSource, SigmaRule};
use socdef_sigma::{Ioc, IocType};
use uuid::Uuid;

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

// --- The documented derived values, a second time ------------------------------------------------------------------

/// Sigma specification 2.1.0, "Escape Character".
fn escaped(literal: &str) -> String {
    literal
        .replace('\\', "\\\\")
        .replace('*', "\\*")
        .replace('?', "\\?")
}

/// The selections of an indicator's rule, from its canonical value.
fn expected(indicator: &Indicator) -> Vec<(String, Node)> {
    let value = indicator.ioc.to_string();
    let kind = indicator.ioc.ioc_type();
    let field = |name: &str, literals: Vec<String>| {
        let mut nodes: Vec<Node> = literals.iter().map(|text| escaped(text).into()).collect();
        let node = match nodes.len() {
            1 => nodes.remove(0),
            _ => Node::List(nodes),
        };
        (name.to_owned(), node)
    };
    let selection = |fields: Vec<(String, Node)>| vec![("selection".to_owned(), Node::Map(fields))];
    let hash = |algorithm: &str| {
        let literal = format!("{algorithm}={}", value.to_uppercase());
        selection(vec![field("Hashes|contains", vec![literal])])
    };
    match kind.as_str() {
        "ipv4" | "ipv6" if value.contains('/') => {
            selection(vec![field("DestinationIp|cidr", vec![value])])
        }
        "ipv4" => selection(vec![field("DestinationIp", vec![value])]),
        "ipv6" => {
            // Eight groups, the gap filled with zeros.
            let (head, tail) = value.split_once("::").unwrap_or((&value, ""));
            let groups = |text: &str| {
                text.split(':')
                    .filter(|group| !group.is_empty())
                    .map(str::to_owned)
                    .collect()
            };
            let (mut all, tail): (Vec<String>, Vec<String>) = (groups(head), groups(tail));
            all.resize(8 - tail.len(), "0".to_owned());
            all.extend(tail);
            let full = all.join(":");
            let mut spellings = vec![value.clone()];
            spellings.extend((full != value).then_some(full));
            selection(vec![field("DestinationIp", spellings)])
        }
        "domain" => {
            let below = format!(".{value}");
            vec![(
                "selection".to_owned(),
                Node::List(vec![
                    Node::Map(vec![field("QueryName", vec![value])]),
                    Node::Map(vec![field("QueryName|endswith", vec![below])]),
                ]),
            )]
        }
        "url" => {
            let (scheme, rest) = value.split_once("://").unwrap();
            let at = rest.find(['/', '\\']).unwrap();
            let (authority, path) = rest.split_at(at);
            let (scheme, host) = (scheme.to_owned(), authority.to_owned());
            let schemes = match scheme.as_str() {
                "ftp" => vec!["ftp://", ""],
                _ => vec!["http://", "https://", ""],
            };
            let paths = match path {
                "/" => vec!["/", ""],
                path => vec![path],
            };
            let uris = schemes
                .iter()
                .flat_map(|scheme| {
                    paths
                        .iter()
                        .map(move |path| format!("{scheme}{authority}{path}"))
                })
                .collect();
            let colon = host.rfind(':').filter(|at| !host[*at..].contains(']'));
            let hosts = match colon {
                Some(at) => vec![host.clone(), host[..at].to_owned()],
                None => vec![host],
            };
            vec![
                (
                    "selection_uri".to_owned(),
                    Node::Map(vec![field("c-uri", uris)]),
                ),
                (
                    "selection_split".to_owned(),
                    Node::Map(vec![
                        field("cs-host", hosts),
                        field("c-uri", vec![path.to_owned()]),
                    ]),
                ),
            ]
        }
        "md5" => hash("MD5"),
        "sha1" => hash("SHA1"),
        "sha256" => hash("SHA256"),
        "cve" => {
            let spellings: Vec<String> = ["-", "_", ""].map(|with| value.replace('-', with)).into();
            let longer = spellings
                .iter()
                .flat_map(|spelling| (0..10).map(move |digit| format!("{spelling}{digit}")));
            let longer = longer.collect();
            let mut all = selection(vec![field("Signature|contains", spellings)]);
            all.push((
                "filter_main_longer_id".to_owned(),
                Node::Map(vec![field("Signature|contains", longer)]),
            ));
            all
        }
        "email" => {
            let map = |name: &str| Node::Map(vec![field(name, vec![value.clone()])]);
            let node = match indicator.email_role {
                None | Some(EmailRole::Sender) => map("SenderAddress"),
                Some(EmailRole::Recipient) => map("RecipientAddress"),
                Some(EmailRole::Both) => {
                    Node::List(vec![map("SenderAddress"), map("RecipientAddress")])
                }
            };
            vec![("selection".to_owned(), node)]
        }
        other => panic!("no expectation of `{other}` here"),
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

    /// Any rule at all, not only those of our templates.
    #[test]
    fn any_rule_reads_back_as_itself(rule in any_rule()) {
        let yaml = emit::yaml(&rule);
        let again = SigmaRule::from_yaml(&yaml);
        prop_assert_eq!(again.as_ref(), Ok(&rule), "{}", yaml);
        prop_assert_eq!(emit::yaml(&again.unwrap()), yaml);
    }
}

proptest! {
    // Each case is a few hundred rules.
    #![proptest_config(Config { cases: 12, ..config() })]

    /// Values out of few letters, so that near misses are many.
    #[test]
    fn different_indicators_never_share_id_or_title(
        targets in prop::collection::vec("/[a%20/?.\\\\ \u{a0}]{0,4}", 20),
        long in prop::collection::vec("/a{120}[ab]{1,3}", 5),
        hosts in prop::collection::vec("[ab][.][ab][.]example(:8080)?", 3),
    ) {
        let mut rules: BTreeMap<String, SigmaRule> = BTreeMap::new();
        for host in &hosts {
            for scheme in ["http", "https", "ftp"] {
                for target in targets.iter().chain(&long) {
                    let text = format!("{scheme}://{host}{target}");
                    let parsed = parse_as(Expect::Type(IocType::Url), &text).unwrap();
                    let value = parsed.ioc.to_string();
                    rules.insert(value, compile(&Indicator::new(parsed)));
                }
            }
        }
        distinct(&rules);
    }
}

/// No two rules share an id or a title.
fn distinct(rules: &BTreeMap<String, SigmaRule>) {
    let mut ids: BTreeMap<Uuid, &str> = BTreeMap::new();
    let mut titles: BTreeMap<&str, &str> = BTreeMap::new();
    for (value, rule) in rules {
        if let Some(other) = ids.insert(rule.id, value) {
            panic!("{value:?} and {other:?} share the id {}", rule.id);
        }
        if let Some(other) = titles.insert(&rule.title, value) {
            panic!("{value:?} and {other:?} share the title {:?}", rule.title);
        }
    }
}

#[test]
fn indicators_of_different_types_never_share_id_or_title() {
    let values = [
        "198.51.100.7",
        "198.51.100.7/31",
        "http://198.51.100.7/",
        "https://198.51.100.7/",
        "2001:db8::7",
        "2001:db8::7/127",
        "http://[2001:db8::7]/",
        "evil.example",
        "http://evil.example/",
        "evil@evil.example",
        "EVIL@evil.example",
        "00000000000000000000000000000001",
        "0000000000000000000000000000000000000001",
        "0000000000000000000000000000000000000000000000000000000000000001",
        "CVE-2017-1188",
        "CVE-2017-11880",
    ];
    let rules: BTreeMap<String, SigmaRule> = values
        .iter()
        .map(|value| {
            (
                (*value).to_owned(),
                compile(&Indicator::new(parse(value).unwrap())),
            )
        })
        .collect();
    assert_eq!(rules.len(), values.len());
    distinct(&rules);
}

/// The id is the documented one, so that it never changes: UUIDv5 of `type:value` in the project's namespace.
#[test]
fn an_id_is_what_its_documentation_says() {
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"socdef-sigma");
    for (value, name) in [
        ("203.0.113.42", "ipv4:203.0.113.42"),
        ("hxxp://EVIL[.]example", "url:http://evil.example/"),
        ("https://evil.example", "url:https://evil.example/"),
        (
            "D41D8CD98F00B204E9800998ECF8427F",
            "md5:d41d8cd98f00b204e9800998ecf8427f",
        ),
    ] {
        let rule = compile(&Indicator::new(parse(value).unwrap()));
        assert_eq!(
            rule.id,
            Uuid::new_v5(&namespace, name.as_bytes()),
            "{value}"
        );
    }
    let sample = compile(&Indicator::new(parse("203.0.113.42").unwrap()));
    assert_eq!(
        sample.id.to_string(),
        "a9602613-34cd-5022-8c59-a9322f69bed9"
    );
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

// --- Any rule ---------------------------------------------------------------------------------------------

fn node() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        4 => text().prop_map(Node::Text),
        1 => any::<i64>().prop_map(Node::Int),
        1 => (-1_000_000i32..1_000_000).prop_map(|n| Node::Float(f64::from(n) / 64.0)),
        1 => any::<bool>().prop_map(Node::Bool),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Node::List),
            prop::collection::btree_map(text(), inner, 1..4)
                .prop_map(|map| Node::Map(map.into_iter().collect())),
        ]
    })
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    prop::collection::btree_set(text(), 0..4).prop_map(|set| set.into_iter().collect())
}

/// Keys with a meaning of their own: no selection and no custom field is called so.
const KEYS: [&str; 16] = [
    "title",
    "id",
    "status",
    "description",
    "references",
    "author",
    "date",
    "modified",
    "tags",
    "logsource",
    "detection",
    "condition",
    "fields",
    "falsepositives",
    "level",
    "<<",
];

fn named() -> impl Strategy<Value = Vec<(String, Node)>> {
    let name = text().prop_filter("a key of its own", |name| !KEYS.contains(&name.as_str()));
    prop::collection::btree_map(name, node(), 1..4).prop_map(|map| map.into_iter().collect())
}

fn any_rule() -> impl Strategy<Value = SigmaRule> {
    let part = || prop::option::of("[a-z_]{1,12}");
    let tags = prop::collection::btree_set("[a-z0-9_-]{1,8}\\.[a-z0-9._-]{1,12}", 0..3);
    let day = |days: i32| NaiveDate::from_num_days_from_ce_opt(days).unwrap();
    let dates = prop::option::of((730_000i32..740_000, prop::option::of(1i32..400)));
    let head = (
        text(),
        any::<u128>(),
        prop::option::of(text()),
        texts(),
        prop::option::of(text()),
    );
    let middle = (
        dates,
        tags,
        "[a-z_]{1,12}",
        part(),
        part(),
        prop::option::of(text()),
    );
    let tail = (
        named(),
        text(),
        texts(),
        texts(),
        prop::option::of(select(&Level::ALL[..])),
        named(),
    );
    (head, middle, tail).prop_map(move |(head, middle, tail)| {
        let (title, id, description, references, author) = head;
        let (dates, tags, category, product, service, definition) = middle;
        let (detection, condition, fields, falsepositives, level, custom) = tail;
        SigmaRule {
            title: format!("{title}x").chars().take(256).collect(),
            id: Uuid::from_u128(id),
            status: Some("experimental".to_owned()),
            description,
            references,
            author,
            date: dates.map(|(first, _)| day(first)),
            modified: dates.and_then(|(first, later)| Some(day(first + later?))),
            tags: tags.into_iter().collect(),
            logsource: LogSource {
                category: Some(category),
                product,
                service,
                definition,
            },
            detection,
            condition,
            fields,
            falsepositives,
            level,
            custom,
        }
    })
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
