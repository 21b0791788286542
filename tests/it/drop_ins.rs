//! Templates of the user's, as files: what they may be, what they may not do, and what a broken one costs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use socdef_sigma::compile::{CompiledRule, Compiler, Intake, Settings};
use socdef_sigma::error::ErrorKind;
use socdef_sigma::indicator::{Expect, Indicator, parse, parse_as, parse_date};
use socdef_sigma::report::Report;
use socdef_sigma::source::{Format, Input, ReadOptions};
use socdef_sigma::template::{Catalog, Selection};
use socdef_sigma::{Error, IocType, Reason};

const MATTER: &str = "---\nname: acme\ntypes: [domain]\nlogsource:\n  product: acme\n---\n";
/// The lines of [`MATTER`].
const ABOVE: usize = 6;

const BODY: &str = "title: {{ rule_title(\"Malicious Domain Indicator in Acme Logs\") }}
id: {{ id }}
author: {{ author }}
logsource: {{ logsource }}
detection:
  selection:
    host: {{ value|sigma }}
  condition: selection
level: {{ level }}
";

/// A folder with these files.
fn folder(files: &[(&str, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn drop_in(body: &str) -> String {
    format!("{MATTER}{body}")
}

fn load(paths: &[&Path]) -> Result<Arc<Catalog>, Error> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    Catalog::registered().with_drop_ins(&paths)
}

/// The rules of a list of values, from the templates with these names.
fn compile(catalog: Arc<Catalog>, names: &[&str], values: &str) -> (Vec<CompiledRule>, Report) {
    let names: Vec<String> = names.iter().map(ToString::to_string).collect();
    let mut settings = Settings::new(parse_date("2026-05-17").unwrap());
    settings.templates = Arc::new(Selection::of(catalog, &names).unwrap());
    let options = ReadOptions {
        format: Some(Format::Txt),
        ..ReadOptions::default()
    };
    let input = Input::from_bytes("list.txt", values.as_bytes().to_vec());
    let mut intake = Intake::new(usize::MAX);
    intake.read(&input, &options, &mut |_| Ok(())).unwrap();
    let (kept, mut report) = intake.select(&settings);
    let compiler = Compiler::new(&settings);
    let rules = kept
        .iter()
        .flat_map(|indicator| compiler.counted(indicator, &mut report))
        .collect();
    (rules, report)
}

#[test]
fn a_drop_in_adds_a_log_source() {
    let folder = folder(&[("acme.yml.j2", drop_in(BODY))]);
    let catalog = load(&[folder.path()]).unwrap();
    assert_eq!(catalog.iter().len(), Catalog::registered().iter().len() + 1);
    let (rules, _) = compile(catalog.clone(), &["acme"], "evil.example\n");
    assert_eq!(rules.len(), 1);
    assert_eq!(&*rules[0].template, "domain/acme");
    assert_eq!(rules[0].rule.logsource.label(), "acme");
    let ioc = parse("evil.example").unwrap().ioc;
    assert_eq!(
        rules[0].rule.id,
        catalog.get("domain/acme").unwrap().id(&ioc)
    );
    assert_ne!(rules[0].rule.id, ioc.id());
    // It makes no rule unless its log source is asked for.
    let (rules, _) = compile(catalog, &[], "evil.example\n");
    assert_eq!(&*rules[0].template, "domain/dns_query_windows");
    assert_eq!(rules.len(), 1);
}

#[test]
fn one_of_the_name_of_a_built_in_replaces_it_and_keeps_its_id() {
    let text = drop_in(BODY).replace("name: acme", "name: dns_query_windows");
    let folder = folder(&[("mine.yml.j2", text)]);
    let catalog = load(&[folder.path()]).unwrap();
    assert_eq!(catalog.iter().len(), Catalog::registered().iter().len());
    let (rules, _) = compile(catalog.clone(), &[], "evil.example\n");
    assert_eq!(rules.len(), 1);
    assert_eq!(rules[0].rule.logsource.label(), "acme");
    assert_eq!(rules[0].rule.id, parse("evil.example").unwrap().ioc.id());
    // A secondary one likewise.
    let text = drop_in(BODY).replace("name: acme", "name: zeek_dns");
    let other = self::folder(&[("mine.yml.j2", text)]);
    let (rules, _) = compile(
        load(&[other.path()]).unwrap(),
        &["zeek_dns"],
        "evil.example\n",
    );
    let (built_in, _) = compile(Catalog::registered(), &["zeek_dns"], "evil.example\n");
    assert_eq!(rules[0].rule.id, built_in[0].rule.id);
    assert_ne!(rules[0].rule.title, built_in[0].rule.title);
}

#[test]
fn it_becomes_a_template_for_each_of_its_types() {
    let text = drop_in(BODY).replace("[domain]", "[ipv4, ipv6, domain, md5]");
    let folder = folder(&[("acme.yml.j2", text)]);
    let values = "evil.example\n198.51.100.7\n2001:db8::1\nd41d8cd98f00b204e9800998ecf8427f\n";
    let (rules, _) = compile(load(&[folder.path()]).unwrap(), &["acme"], values);
    let names: Vec<&str> = rules.iter().map(|rule| &*rule.template).collect();
    assert_eq!(names, ["domain/acme", "ipv4/acme", "ipv6/acme", "md5/acme"]);
}

#[test]
fn tags_and_flags_choose_the_indicators() {
    let text = drop_in(BODY).replace("[domain]", "[url]").replace(
        "---\ntitle",
        "tagged: [exploit]\nneeds: [telling]\n---\ntitle",
    );
    let folder = folder(&[("acme.yml.j2", text)]);
    let catalog = load(&[folder.path()]).unwrap();
    let template = catalog.get("url/acme").unwrap();
    let indicator = |value: &str, tags: &[&str]| {
        let mut indicator = Indicator::new(parse(value).unwrap());
        indicator.tags = tags.iter().map(ToString::to_string).collect();
        indicator
    };
    let common = indicator("http://evil.example/", &["exploit"]);
    assert!(!template.takes(&indicator("http://evil.example/cgi-bin/luci", &[])));
    assert!(template.takes(&common) && !template.finds(&common));
    assert!(template.finds(&indicator("http://evil.example/cgi-bin/luci", &["exploit"])));
}

#[test]
fn the_later_path_wins_and_two_files_of_one_path_with_one_name_are_an_error() {
    let with =
        |product: &str| drop_in(BODY).replace("product: acme", &format!("product: {product}"));
    let (one, two) = (
        folder(&[("acme.yml.j2", with("first"))]),
        folder(&[("deep/er/acme.yml.j2", with("second"))]),
    );
    let product = |paths: &[&Path]| {
        load(paths)
            .unwrap()
            .get("domain/acme")
            .unwrap()
            .logsource()
            .label()
    };
    assert_eq!(product(&[one.path(), two.path()]), "second");
    assert_eq!(product(&[two.path(), one.path()]), "first");
    let both = folder(&[("a.yml.j2", with("first")), ("b.yml.j2", with("second"))]);
    let error = load(&[both.path()]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenTemplate);
    let told = error.report();
    assert!(
        told.contains("a.yml.j2") && told.contains("b.yml.j2"),
        "{told}"
    );
}

#[test]
fn a_path_without_templates_is_an_error() {
    let empty = folder(&[("README.md", String::new())]);
    let other = folder(&[("acme.yaml.j2", drop_in(BODY))]);
    let long = folder(&[("acme.yml.j2", drop_in(&BODY.repeat(400)))]);
    let missing = empty.path().join("no_such_folder");
    for (path, words) in [
        (empty.path(), "holds no template"),
        (other.path(), "ends in `.yml.j2`"),
        (long.path(), "longer than 64 KiB"),
        (&missing, "cannot read"),
    ] {
        let error = load(&[path]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnreadableInput);
        assert!(error.message().contains(words), "{error:?}");
    }
    let binary = empty.path().join("x.yml.j2");
    fs::write(&binary, b"---\nname: \xff\n").unwrap();
    assert!(
        load(&[&binary])
            .unwrap_err()
            .message()
            .contains("not UTF-8")
    );
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_and_a_fifo_do_not_hold_it_up() {
    let folder = folder(&[("acme.yml.j2", drop_in(BODY))]);
    std::os::unix::fs::symlink(folder.path(), folder.path().join("again")).unwrap();
    assert!(load(&[folder.path()]).unwrap().get("domain/acme").is_some());
    let fifo = folder.path().join("fifo.yml.j2");
    assert!(
        std::process::Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    let error = load(&[folder.path()]).unwrap_err();
    assert!(error.message().contains("is a file"), "{error:?}");
}

/// Each mistake in a front matter: the line, what is wrong, what to write instead.
#[test]
fn a_front_matter_that_cannot_be_read_is_an_error_with_its_line() {
    let with = |from: &str, to: &str| {
        let text = drop_in(BODY).replace(from, to);
        assert_ne!(text, drop_in(BODY), "{from}");
        text
    };
    for (text, line, words, instead) in [
        (BODY.to_owned(), 1, "no front matter", "`---`"),
        (String::new(), 1, "no front matter", "templates new"),
        ("---\nname: acme\n".to_owned(), 1, "no end", "`---`"),
        (with("name: acme\n", ""), 1, "no `name`", "name: "),
        (
            with("name: acme", "name: Acme EDR"),
            2,
            "is not a valid name",
            "small letters",
        ),
        (
            with("name: acme", "name: ipv4/acme"),
            2,
            "is not a valid name",
            "`name: acme` and `types: [ipv4]`",
        ),
        (
            with("name: acme", "name: ../../etc"),
            2,
            "is not a valid name",
            "small letters",
        ),
        (
            with("name: acme", "name: [a]"),
            2,
            "`name` cannot be a list",
            "name: ",
        ),
        (
            with("[domain]", "[domain, hash]"),
            3,
            "`hash` is not a type",
            "sha256",
        ),
        (
            with("[domain]", "[]"),
            3,
            "an empty list",
            "types: [ipv4, ipv6]",
        ),
        (with("[domain]", "[domain, domain]"), 3, "twice", "once"),
        (
            with("logsource:", "log_source:"),
            4,
            "no key `log_source`",
            "logsource",
        ),
        (
            with("product: acme", "vendor: acme"),
            5,
            "no part `vendor`",
            "product",
        ),
        (
            with("product: acme", "product: 7"),
            5,
            "must be text",
            "quotes",
        ),
        (
            with("product: acme", "definition: x"),
            4,
            "names no category",
            "product: ",
        ),
        (
            with("product: acme", "product: a: b"),
            5,
            "not YAML",
            "quote",
        ),
        (
            with("types:", "extra: 1\ntypes:"),
            3,
            "no key `extra`",
            "tagged",
        ),
    ] {
        let folder = folder(&[("acme.yml.j2", text.clone())]);
        let error = load(&[folder.path()]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenTemplate, "{text}");
        let place = format!("{}:{line}", folder.path().join("acme.yml.j2").display());
        assert_eq!(error.place(), Some(&*place), "{text}{error:?}");
        assert!(error.message().contains(words), "{text}{error:?}");
        assert!(
            error.hint_text().unwrap().contains(instead),
            "{text}{error:?}"
        );
    }
}

/// Each mistake in the text of a template: it costs the rules of this template, and is told with its line.
#[test]
fn a_broken_text_costs_its_own_rules_and_no_others() {
    let with = |from: &str, to: &str| {
        assert!(BODY.contains(from), "{from}");
        BODY.replace(from, to)
    };
    for (body, line, words) in [
        (with("{{ level }}", "{{ level"), 9, "a placeholder must end"),
        (
            with("author: {{ author }}", "{% if author %}"),
            9,
            "syntax error",
        ),
        (with("{{ author }}", "{{ no_such_name }}"), 3, "undefined"),
        (
            with("{{ author }}", "{{ author|no_such_filter }}"),
            3,
            "no_such_filter",
        ),
        (with("{{ author }}", "'{{ author }}'"), 3, "no quotes"),
        (with("value|sigma", "value"), 7, "|sigma"),
        (with("value|sigma", "value|sigma|safe"), 7, "|safe"),
        (
            with("{{ id }}", "8f0e9a52-0c5e-5d5c-9d55-8b6a0a0f6c10"),
            2,
            "`id: {{ id }}`",
        ),
        (
            with("{{ logsource }}", "{product: other}"),
            4,
            "it reads `other`",
        ),
        (
            with("{{ level }}", "urgent"),
            9,
            "`level: urgent` is not one of",
        ),
        (
            with("    host: {{ value|sigma }}\n", ""),
            6,
            "the selection `selection` is empty",
        ),
        (with("  condition", "condition"), 5, "no `condition`"),
        (
            with("id: {{ id }}\n", "id: {{ id }}\nid: {{ id }}\n"),
            3,
            "",
        ),
        (format!("{BODY}---\n{BODY}"), 10, "more than one document"),
        ("# nothing\n".to_owned(), 0, ""),
        (String::new(), 0, "it is empty"),
        (
            with(
                "author: {{ author }}\n",
                "{% for a in range(99999) %}{% for b in range(99999) %}\n{% endfor %}{% endfor %}\n",
            ),
            3,
            "fuel",
        ),
    ] {
        let folder = folder(&[
            ("acme.yml.j2", drop_in(&body)),
            ("good.yml.j2", drop_in(BODY).replace(": acme", ": good")),
        ]);
        let catalog = load(&[folder.path()]).unwrap();
        let values = "evil.example\nworse.example\n";
        let (rules, report) = compile(catalog.clone(), &["acme"], values);
        let counts = report.counts();
        assert_eq!(
            (rules.len(), counts.kept, counts.refused),
            (0, 0, 2),
            "{body}"
        );
        for entry in report.entries() {
            assert_eq!(entry.refusal.reason, Reason::BrokenTemplate);
            let told = entry.refusal.to_string();
            let place = folder.path().join("acme.yml.j2").display().to_string();
            let place = match line {
                0 => place,
                line => format!("{place}:{})", line + ABOVE),
            };
            assert!(told.contains(&place), "{body}\n{told}");
            assert!(told.contains(words), "{body}\n{told}");
        }
        // With another template beside it, that one's rules stand, and what is lost is noted.
        let (rules, report) = compile(catalog, &["acme", "good", "primary"], values);
        assert_eq!((rules.len(), report.counts().refused), (4, 0));
        assert_eq!(report.notes().len(), 2);
        assert!(report.notes()[0].detail.contains("acme.yml.j2"));
    }
}

/// What a drop-in from somebody else may try.
#[test]
fn a_hostile_drop_in_reads_nothing_and_ends() {
    let secret = folder(&[("secret", "SECRET".to_owned())]);
    let path = secret.path().join("secret").display().to_string();
    let bombs = [
        format!("{{% include '{path}' %}}\n"),
        format!("{{% import '{path}' as x %}}\n"),
        format!("{{% extends '{path}' %}}\n"),
        format!("{{% set x = 'include' %}}{{%- include '{path}' %}}\n"),
        "{% include 'template.yml.j2' %}\n".to_owned(),
        format!("author: {{{{ open('{path}').read() }}}}\n"),
        format!("author: {{{{ load_file('{path}') }}}}\n"),
        "author: {{ ''.__class__.__mro__ }}\n".to_owned(),
        "author: {{ self._TemplateReference__context }}\n".to_owned(),
        "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}\n".to_owned(),
        "{% set x = 'a' * 99999999 %}{{ x }}\n".to_owned(),
        "author: {{ range(100000)|map('string')|join }}\n".to_owned(),
        "{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}\n".to_owned(),
        "{% for i in range(90000) %}\n#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n{% endfor %}".to_owned(),
        format!("author: {}{}\n", "{{ (".to_owned() + &"(".repeat(20_000), ")".repeat(20_000) + ") }}"),
        format!("author: {}x{}\n", "[".repeat(20_000), "]".repeat(20_000)),
        format!("{}{}\n", "{% if id %}".repeat(2_000), "{% endif %}".repeat(2_000)),
        "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e, *e]\ng: [*f, *f, *f, *f, *f, *f, *f]\n".to_owned(),
    ];
    for bomb in bombs {
        let folder = folder(&[("acme.yml.j2", drop_in(&format!("{bomb}{BODY}")))]);
        let catalog = load(&[folder.path()]).unwrap();
        let (rules, report) = compile(catalog, &["acme"], "evil.example\n");
        let told: String = report
            .entries()
            .iter()
            .map(|entry| entry.refusal.to_string())
            .collect();
        assert!(!told.contains("SECRET"));
        for rule in &rules {
            assert!(!socdef_sigma::rule::emit::yaml(&rule.rule).contains("SECRET"));
        }
        let start: String = bomb.chars().take(60).collect();
        assert_eq!((rules.len(), report.counts().refused), (0, 1), "{start}");
        assert!(told.contains("acme.yml.j2"), "{start}: {told}");
    }
}

/// `templates show` of any template is a drop-in that gives the same rule.
#[test]
fn a_built_in_template_as_a_drop_in_is_the_same_template() {
    for template in Catalog::registered().iter() {
        let folder = folder(&[("copy.yml.j2", template.drop_in())]);
        let catalog = load(&[folder.path()]).unwrap();
        let copy = catalog.get(template.name()).unwrap();
        assert!(copy.file().is_some());
        assert_eq!(
            copy.logsource(),
            template.logsource(),
            "{}",
            template.name()
        );
        assert_eq!(copy.is_primary(), template.is_primary());
        assert_eq!(copy.drop_in(), template.drop_in());
        let kind = template.ioc_type();
        let sample = match kind == IocType::Url {
            // A server's own log shows no host.
            true => "http://evil.example/cgi-bin/luci?a=b",
            false => kind.plugin().samples[0],
        };
        let mut indicator = Indicator::new(parse_as(Expect::Type(kind), sample).unwrap());
        indicator.tags.push("exploit".to_owned());
        assert!(copy.takes(&indicator) && copy.finds(&indicator));
        let settings = socdef_sigma::render::RenderSettings {
            now: parse_date("2026-05-17").unwrap(),
            default_confidence: socdef_sigma::Confidence::Medium,
        };
        let rule = |template| socdef_sigma::render::rule(template, &indicator, &settings).unwrap();
        assert_eq!(rule(copy), rule(template));
    }
}
