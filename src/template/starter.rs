//! A starting point for a template of the user's: `templates new`.

use super::{Catalog, Template, front_matter};
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::IocType;
use crate::rule::LogSource;

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
/// [`ErrorKind::BadUsage`] where the name, the types or the log source are none.
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
            let message = first.map_or("no template can be so", |finding| &finding.message);
            let hint = first.map_or("", |finding| &finding.instead);
            Err(Error::new(ErrorKind::BadUsage, message).hint(hint))
        }
    }
}

fn parsed(text: &str) -> Result<LogSource> {
    let mut source = LogSource::default();
    let unknown = || {
        Error::new(ErrorKind::BadUsage, format!("`{text}` is no log source"))
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
    let only = |kind: IocType| types == [kind];
    let networks = types
        .iter()
        .all(|kind| matches!(kind, IocType::Ipv4 | IocType::Ipv6));
    let placeholder =
        |what: &str| field.map_or_else(|| format!("field_of_the_{what}"), str::to_owned);
    if networks {
        let (field, form) = (
            placeholder("address"),
            match only(IocType::Ipv6) {
                true => "spellings",
                false => "value",
            },
        );
        return format!(
            "  selection:\n{{% if network %}}\n    {field}|cidr: {{{{ value|sigma }}}}\n{{% else %}}\n    \
             {field}: {{{{ {form}|sigma }}}}\n{{% endif %}}\n  condition: selection\n"
        );
    }
    if only(IocType::Domain) {
        let field = placeholder("name");
        return format!(
            "  selection:\n    - {field}: {{{{ value|sigma }}}}\n    - {field}|endswith: {{{{ subdomains|sigma }}}}\n  condition: selection\n"
        );
    }
    let (what, form) = match types {
        [IocType::Url] => ("url", "uris"),
        [IocType::Cve] => ("signature", "spellings"),
        [IocType::Email] => ("address", "value"),
        [IocType::Md5 | IocType::Sha1 | IocType::Sha256] => ("hash", "[value, upper]"),
        _ => ("value", "value"),
    };
    let field = placeholder(what);
    format!("  selection:\n    {field}: {{{{ {form}|sigma }}}}\n  condition: selection\n")
}

/// The tactic of the type's primary template.
fn tactic(types: &[IocType]) -> &'static str {
    match types.first() {
        Some(IocType::Md5 | IocType::Sha1 | IocType::Sha256) => "execution",
        Some(IocType::Cve | IocType::Email) => "initial-access",
        _ => "command-and-control",
    }
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
    let what = match types {
        [IocType::Domain] => "Domain",
        [IocType::Url] => "URL",
        [IocType::Cve] => "Exploit",
        [IocType::Email] => "Email",
        [IocType::Md5] => "MD5",
        [IocType::Sha1] => "SHA1",
        [IocType::Sha256] => "SHA256",
        [IocType::Ipv4] => "IPv4",
        [IocType::Ipv6] => "IPv6",
        [IocType::Ipv4, IocType::Ipv6] | [IocType::Ipv6, IocType::Ipv4] => "IP",
        _ => "Value",
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
