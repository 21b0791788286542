//! Templates of the user's, as files: what they may be, what they may not do, and what a broken one costs.

mod hostile;
mod mistakes;
mod paths;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use socdef_sigma::compile::{CompiledRule, Compiler, Intake, Settings};
use socdef_sigma::indicator::{Expect, Indicator, parse, parse_as, parse_date};
use socdef_sigma::report::Report;
use socdef_sigma::source::{Format, Input, ReadOptions};
use socdef_sigma::template::{Catalog, Selection};
use socdef_sigma::{Error, IocType};

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
