//! URLs.
//!
//! Proxies write a URL in one field, with or without its scheme, or host and path in two. `http` and `https` of one
//! URL are two indicators, but a log seldom tells which was meant, so each rule matches both.
//!
//! | form | what | example |
//! |---|---|---|
//! | `value` | the URL | `http://evil.example/a.php?id=1` |
//! | `uris` | the URL as one field may hold it | `http://evil.example/a.php?id=1`, `https://…`, `evil.example/a.php?id=1` |
//! | `hosts` | the host, and with the port where that is not the default | `evil.example` |
//! | `path` | path and query | `/a.php?id=1` |

use crate::indicator::{Indicator, Ioc, IocType, Url};
use crate::register;
use crate::registry::{Forms, TemplatePlugin};

register!(TemplatePlugin {
    name: "url/proxy",
    ioc_type: IocType::Url,
    primary: true,
    tagged: &[],
    source: include_str!("../../templates/url/proxy.yml.j2"),
    forms,
});

fn forms(indicator: &Indicator) -> Forms {
    let value = indicator.ioc.to_string();
    let forms = Forms::new().text("value", value);
    let Ioc::Url(url) = &indicator.ioc else {
        return forms;
    };
    forms
        .texts("uris", uris(url))
        .texts("hosts", hosts(url))
        .text("path", url.target())
}

/// The URL with each scheme and with none; the root with and without its slash.
fn uris(url: &Url) -> Vec<String> {
    let authority = url.authority();
    let targets: &[&str] = match url.target() {
        "/" => &["/", ""],
        target => &[target],
    };
    let schemes: &[&str] = match url.scheme() {
        "http" | "https" => &["http://", "https://", ""],
        "ftp" => &["ftp://", ""],
        _ => &[""],
    };
    schemes
        .iter()
        .flat_map(|scheme| targets.iter().map(move |target| (scheme, target)))
        .map(|(scheme, target)| format!("{scheme}{authority}{target}"))
        .collect()
}

/// The host as its own field holds it: without the port mostly, with it in some products.
fn hosts(url: &Url) -> Vec<String> {
    let host = url.host().to_string();
    match url.port() {
        Some(port) => vec![format!("{host}:{port}"), host],
        None => vec![host],
    }
}
