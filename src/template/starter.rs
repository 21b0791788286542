//! A starting point for a template of the user's: `templates new`.

use super::engine::Program;
use super::{Catalog, Template, front_matter};
use crate::derived::DerivedValues;
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::{Expect, Indicator, IocType, TypePlugin, parse_as};
use crate::rule::LogSource;
use crate::types::FAMILIES;

/// The categories of Sigma's taxonomy that stand before a product: `network_connection/linux`, and not `zeek/conn`.
///
/// Source: Sigma specification 2.1.0, appendix "Taxonomy".
const CATEGORIES: [&str; 12] = [
    "antivirus",
    "database",
    "dns",
    "dns_query",
    "driver_load",
    "file_event",
    "firewall",
    "image_load",
    "network_connection",
    "process_creation",
    "proxy",
    "webserver",
];

/// The text of a drop-in for these types and this log source, which passes [`check`](crate::check): the fields of a template in
/// the catalog that reads the log source, else names to be replaced.
///
/// A log source is written as in [`LogSource::label`], or by its parts: `product=acme,service=edr`.
///
/// ```
/// use socdef_sigma::IocType;
/// use socdef_sigma::template::{Catalog, starter};
/// let text = starter(&Catalog::registered(), "my_zeek", &[IocType::Ipv4], "zeek/conn").unwrap();
/// assert!(text.starts_with("---\nname: my_zeek\ntypes: [ipv4]\n") && text.contains("id.resp_h"));
/// ```
///
/// # Errors
/// [`ErrorKind::BadUsage`] where the name, the types or the log source are not valid.
pub fn starter(
    catalog: &Catalog,
    name: &str,
    types: &[IocType],
    logsource: &str,
) -> Result<String> {
    let known = catalog
        .iter()
        .find(|template| template.logsource.label() == logsource);
    let logsource = match known {
        Some(template) => template.logsource.clone(),
        None => parsed(logsource)?,
    };
    let alike = catalog.iter().find(|template| {
        types == [template.ioc_type] && template.logsource == logsource && template.file.is_none()
    });
    let detection = match alike {
        Some(template) => blocks(template),
        None => {
            let field = field(catalog, types, &logsource);
            format!("detection:\n{}", detection(types, field.as_deref()))
        }
    };
    let needs = alike
        .map(|template| template.needs.as_slice())
        .unwrap_or_default();
    let tagged = alike
        .map(|template| template.tagged.as_slice())
        .unwrap_or_default();
    let head = front_matter::write(
        name,
        types,
        &logsource,
        [("tagged", tagged), ("needs", needs)],
    );
    let text = head + &body(name, types, &detection);
    match front_matter::read(&text) {
        Ok(_) => Ok(text),
        Err(findings) => {
            let first = findings.first();
            let message =
                first.map_or("a template cannot be like this", |finding| &finding.message);
            let hint = first.map_or("", |finding| &finding.instead);
            Err(Error::new(ErrorKind::BadUsage, message).hint(hint))
        }
    }
}

fn parsed(text: &str) -> Result<LogSource> {
    let mut source = LogSource::default();
    let unknown = || {
        Error::new(ErrorKind::BadUsage, format!("`{text}` is not a log source"))
            .hint("write one as in `templates list`, or its parts: product=acme,service=edr")
    };
    if text.contains('=') {
        for pair in text.split(',') {
            match pair.split_once('=') {
                Some(("category", name)) => source.category = Some(name.to_owned()),
                Some(("product", name)) => source.product = Some(name.to_owned()),
                Some(("service", name)) => source.service = Some(name.to_owned()),
                _ => return Err(unknown()),
            }
        }
    } else {
        let parts: Vec<String> = text.split('/').map(str::to_owned).collect();
        let mut parts = parts.into_iter();
        let (first, second, third) = (parts.next(), parts.next(), parts.next());
        let category = first
            .as_deref()
            .is_some_and(|name| CATEGORIES.contains(&name));
        (source.category, source.product, source.service) = match (second, third) {
            (None, _) => (first, None, None),
            (second, None) if category => (first, second, None),
            (second, None) => (None, first, second),
            (second, third) => (first, second, third),
        };
        if parts.next().is_some() {
            return Err(unknown());
        }
    }
    let blank = source.parts().any(|(_, part)| {
        part.is_empty() || part.chars().any(|c| c.is_whitespace() || c.is_control())
    });
    match blank || source.label().is_empty() {
        true => Err(unknown()),
        false => Ok(source),
    }
}

/// The blocks `detection` and `fields` of a template.
fn blocks(template: &Template) -> String {
    let mut wanted = false;
    let mut text = String::new();
    for line in template.body.split_inclusive('\n') {
        if line.starts_with(|c: char| c.is_ascii_alphabetic()) {
            wanted = line.starts_with("detection:") || line.starts_with("fields:");
        }
        if wanted {
            text.push_str(line);
        }
    }
    text
}

/// The field that a template of the catalog looks in first, for one of the types in this log source.
fn field(catalog: &Catalog, types: &[IocType], logsource: &LogSource) -> Option<String> {
    let alike = catalog
        .iter()
        .find(|template| types.contains(&template.ioc_type) && template.logsource == *logsource)?;
    let line = alike.body.lines().find(|line| line.contains("|sigma }}"))?;
    let key = line
        .trim_start_matches([' ', '-'])
        .split([':', '|'])
        .next()?;
    Some(key.to_owned())
}

fn detection(types: &[IocType], field: Option<&str>) -> String {
    let plugin = alike(types).map_or(&TypePlugin::NEW, IocType::plugin);
    let field = match field {
        Some(field) => field.to_owned(),
        None => format!("field_of_the_{}", plugin.starter_field),
    };
    let selection = plugin.starter.replace("FIELD", &field);
    format!("  selection:\n{selection}  condition: selection\n")
}

/// The first of these types whose starter places only what all of them derive.
fn alike(types: &[IocType]) -> Option<IocType> {
    let derived = |kind: IocType| {
        let sample = kind.plugin().samples.first()?;
        let parsed = parse_as(Expect::Type(kind), sample).ok()?;
        Some((kind.plugin().derive)(&Indicator::new(parsed)))
    };
    let all: Vec<DerivedValues> = types.iter().filter_map(|kind| derived(*kind)).collect();
    let fits = |kind: &&IocType| {
        let starter = kind.plugin().starter;
        let same = types.iter().all(|other| other.plugin().starter == starter);
        let names = Program::new(&starter.replace("FIELD", "field")).names();
        same || names
            .iter()
            .all(|name| all.iter().all(|derived| derived.get(name).is_some()))
    };
    types.iter().find(fits).copied()
}

/// The tactic of the type's primary template.
fn tactic(types: &[IocType]) -> &'static str {
    let first = types.first().copied();
    first.map_or(TypePlugin::NEW.tactic, |kind| kind.plugin().tactic)
}

fn body(name: &str, types: &[IocType], detection: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        first.chain(letters).collect::<String>()
    };
    let reads: Vec<String> = name
        .split('_')
        .filter(|word| !word.is_empty())
        .map(capital)
        .collect();
    let mut sorted = types.to_vec();
    sorted.sort();
    let family = FAMILIES.iter().find(|family| family.types == sorted);
    let what = match types {
        [kind] => kind.plugin().title,
        _ => family.map_or("Value", |family| family.title),
    };
    format!(
        "title: {{{{ rule_title(\"Malicious {what} Indicator in {reads} Logs\") }}}}
id: {{{{ id }}}}
status: experimental
description: {{{{ \"Detects a malicious indicator in the logs of {reads}, identified by \" ~ intelligence ~ \".\" }}}}
{{% if references %}}
references: {{{{ references }}}}
{{% endif %}}
author: {{{{ author }}}}
date: {{{{ date }}}}
{{% if modified %}}
modified: {{{{ modified }}}}
{{% endif %}}
tags: {{{{ attack_tags(\"{}\") }}}}
logsource: {{{{ logsource }}}}
{detection}falsepositives:
  - Unknown
level: {{{{ level }}}}
socdef: {{{{ socdef }}}}
",
        tactic(types),
        reads = reads.join(" "),
    )
}
