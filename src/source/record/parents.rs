//! A record that names a host and, in another column, the name above it.
//!
//! The host is the indicator. The name above it may belong to a provider: `bucket.s3.amazonaws.com` beside `amazonaws.com`.

use super::cell::Cell;
use super::values::Value;
use crate::indicator::{Host, Ioc, Refusal};
use crate::reason::Reason;

/// Drops every name of a domain column that is a parent of a host that another column of the record gives.
pub(super) fn drop(cells: &[Cell<'_>], values: &mut [Value<'_>]) {
    if values.len() < 2 {
        return;
    }
    let mut parents: Vec<(usize, String)> = Vec::new();
    for (index, value) in values.iter().enumerate() {
        let Some(name) = domain(value).filter(|_| is_named(cells, value, &PARENTS)) else {
            continue;
        };
        let child = values.iter().find_map(|other| {
            let host = host(other).filter(|_| other.cell != value.cell)?;
            let is_child = is_named(cells, other, &HOSTS)
                && host
                    .strip_suffix(name.as_str())
                    .is_some_and(|rest| rest.ends_with('.'));
            is_child.then_some(host)
        });
        parents.extend(child.map(|host| (index, host)));
    }
    for (index, host) in parents {
        values[index].parsed = Err(Refusal::new(Reason::ParentName).detail(host));
    }
}

/// Names of columns of registered domains.
const PARENTS: [&str; 9] = [
    "domain",
    "domainname",
    "parent",
    "parentdomain",
    "rootdomain",
    "basedomain",
    "apexdomain",
    "registereddomain",
    "sld",
];

/// Names of columns of hosts.
const HOSTS: [&str; 10] = [
    "host",
    "hostname",
    "hosts",
    "fqdn",
    "subdomain",
    "fullhost",
    "url",
    "uri",
    "indicator",
    "value",
];

fn is_named(cells: &[Cell<'_>], value: &Value<'_>, names: &[&str]) -> bool {
    let Some(cell) = cells.get(value.cell) else {
        return false;
    };
    let key: String = cell
        .name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    names.contains(&key.as_str())
}

fn domain(value: &Value<'_>) -> Option<String> {
    match &value.parsed.as_ref().ok()?.ioc {
        Ioc::Domain(name) => Some(name.to_string()),
        _ => None,
    }
}

fn host(value: &Value<'_>) -> Option<String> {
    match &value.parsed.as_ref().ok()?.ioc {
        Ioc::Domain(name) => Some(name.to_string()),
        Ioc::Url(url) => match url.host() {
            Host::Domain(name) => Some(name.to_string()),
            _ => None,
        },
        _ => None,
    }
}
