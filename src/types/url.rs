//! URLs.
//!
//! Proxies write a URL in one field, with or without its scheme, or host and path in two. `http` and `https` of one
//! URL are two indicators, but a log seldom tells which was meant, so each rule matches both.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the URL | `http://evil.example/a.php?id=1` |
//! | `uris` | the URL as one field may hold it | `http://evil.example/a.php?id=1`, `https://…`, `evil.example/a.php?id=1` |
//! | `hosts` | the host, and with the port where that is not the default | `evil.example` |
//! | `path` | path and query | `/a.php?id=1` |
//! | `stem` | the path | `/a.php` |
//! | `query` | what stands behind the first question mark | `id=1` |
//! | `has_query` | whether there is such a mark, with something behind it | `true` |
//! | `telling` | whether path and query tell this URL from those of other sites, where the host is not known | `false` |
//! | `requests` | what a request line asks for: path and query, as they are and decoded as Zeek does; the URL, to a proxy | `/a.php?id=1`, `http://evil.example/a.php?id=1`, … |

use crate::derived::DerivedValues;
use crate::guard;
use crate::hidden::is_hidden;
use crate::indicator::{Indicator, Ioc, Parse, TypePlugin, Url, parse};
use crate::{register_template, register_type};

pub(crate) static URL: TypePlugin = TypePlugin {
    name: "url",
    title: "URL",
    order: 4,
    is_default: true,
    parse: Parse::Whole(parse::url),
    names: &["url", "uri", "urls"],
    misp: &["url", "uri"],
    stix: &["url:value"],
    openioc: &["urlhistoryitem/url", "filedownloadhistoryitem/sourceurl"],
    warninglists: &["link"],
    ttl_days: Some(90),
    guard: guard::reserved,
    derive: derived,
    samples: &[
        "http://evil.example/a",
        "https://evil.example/a",
        "http://evil.example:8080/",
        "http://evil.example/a%20b?c=d",
        "http://198.51.100.7/a+b?c='d'&e=\\f",
        "ftp://evil.example/a.php",
    ],
    more_samples: || {
        ["x", "y"]
            .map(|end| "http://evil.example/".to_owned() + &"abcdefgh/".repeat(99) + end)
            .into()
    },
    starter: "    FIELD: {{ uris|sigma }}\n",
    starter_field: "url",
    ..TypePlugin::NEW
};

register_type!(URL);

register_template!("../../templates/url/proxy.yml.j2");
register_template!("../../templates/url/webserver.yml.j2");
register_template!("../../templates/url/zeek_http.yml.j2");

fn derived(indicator: &Indicator) -> DerivedValues {
    let value = indicator.ioc.to_string();
    let derived = DerivedValues::new().text("value", value);
    let Ioc::Url(url) = &indicator.ioc else {
        return derived;
    };
    let (stem, query) = url.target().split_once('?').unwrap_or((url.target(), ""));
    derived
        .texts("uris", uris(url))
        .texts("hosts", hosts(url))
        .text("path", url.target())
        .text("stem", stem)
        .text("query", query)
        .flag("has_query", !query.is_empty())
        .flag("telling", is_telling(stem, query))
        .texts("requests", requests(url))
}

/// Words of paths that any site may have.
const COMMON: [&str; 32] = [
    "about", "account", "admin", "api", "app", "assets", "auth", "blog", "contact", "css",
    "default", "download", "en", "favicon", "files", "home", "images", "img", "index", "js",
    "login", "logon", "main", "news", "robots", "search", "sitemap", "static", "upload", "uploads",
    "user", "web",
];

/// How many letters and digits of a path and query have to be left without the common words.
const TELLING: usize = 6;

/// Whether a path and a query are seldom enough to be looked for on any host: `/cgi-bin/luci` is, `/index.php?id=1` is not.
fn is_telling(stem: &str, query: &str) -> bool {
    let seldom = stem.split('/').filter(|segment| {
        let name = segment.split_once('.').map_or(*segment, |(name, _)| name);
        !COMMON
            .iter()
            .any(|common| common.eq_ignore_ascii_case(name))
    });
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
    seldom.map(letters).sum::<usize>() + letters(query) >= TELLING
}

/// What the line of a request for the URL asks for. Zeek writes it with its percent-encoding decoded.
///
/// Source: `http_request` in Zeek's `base/protocols/http/main.zeek`, which logs `unescaped_URI`.
fn requests(url: &Url) -> Vec<String> {
    let mut requests = vec![url.target().to_owned()];
    let decoded = decoded(url.target()).filter(|decoded| decoded != url.target());
    requests.extend(decoded);
    requests.extend(
        uris(url)
            .into_iter()
            .filter(|uri| uri.contains("://") && !uri.ends_with(&url.authority())),
    );
    requests
}

/// A text with its percent-encoding decoded; nothing where that gives what Zeek would write in another way, or what a reader of the
/// rule could not see: the encoded spelling is looked for all the same.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = match (byte, after) {
            (b'%', [high, low, ..]) => hexadecimal(*high, *low),
            _ => None,
        };
        bytes.push(code.unwrap_or(byte));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    let decoded = String::from_utf8(bytes).ok()?;
    (!decoded.contains(is_hidden)).then_some(decoded)
}

fn hexadecimal(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_any_site_may_have_is_not_telling() {
        for (target, telling) in [
            ("/", false),
            ("/?", false),
            ("/a.php", false),
            ("/index.php", false),
            ("/INDEX.PHP?id=1", false),
            ("/admin/login.aspx", false),
            ("/images/", false),
            ("/......./--------", false),
            ("/shell1.php", true),
            ("/cgi-bin/luci", true),
            ("/?x=${jndi:ldap://198.51.100.7/a}", true),
            ("/index.php?s=/index/think/app/invokefunction", true),
        ] {
            let (stem, query) = target.split_once('?').unwrap_or((target, ""));
            assert_eq!(is_telling(stem, query), telling, "{target}");
        }
    }

    #[test]
    fn percent_encoding_is_decoded_where_the_result_is_text() {
        for (text, plain) in [
            ("/%7Ea%2fb", Some("/~a/b")),
            ("/%C3%BC", Some("/ü")),
            ("/100%", Some("/100%")),
            ("/%zz%4", Some("/%zz%4")),
            ("/%25%34%31", Some("/%41")),
            ("/%00", None),
            ("/%0d%0a", None),
            ("/%ff", None),
            ("/%E2%80%AExe.txt", None),
            ("/%E2%80%8B", None),
            ("/%E2%80%A8", None),
            ("/%C2%85", None),
            ("/%EF%BB%BF", None),
        ] {
            assert_eq!(decoded(text).as_deref(), plain, "{text}");
        }
    }
}
