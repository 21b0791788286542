//! Links that are references by where they lead.

use std::collections::HashSet;
use std::sync::OnceLock;

use crate::indicator::{Host, Url};

/// The sites of `services.txt`.
fn services() -> &'static HashSet<&'static str> {
    static SERVICES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    SERVICES.get_or_init(|| {
        include_str!("services.txt")
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'))
            .collect()
    })
}

/// Whether a link leads to a service, a vendor or a publisher, or to one of these sites.
pub(super) fn is_reference(url: &Url, sites: &[String]) -> bool {
    let Host::Domain(name) = url.host() else {
        return false;
    };
    let name = name.as_str();
    let mut rest = Some(name);
    while let Some(suffix) = rest {
        if services().contains(suffix) {
            return true;
        }
        rest = suffix.split_once('.').map(|(_, parent)| parent);
    }
    site(name).is_some_and(|site| sites.iter().any(|known| known == site))
}

/// Whether a path is that of an article: `/blog/…`, `/2024/05/…`, `/threat-report-2024`.
pub(super) fn reads_like_an_article(url: &Url) -> bool {
    const WORDS: [&str; 26] = [
        "advisories",
        "advisory",
        "analysis",
        "article",
        "articles",
        "author",
        "blog",
        "blogs",
        "category",
        "docs",
        "insights",
        "intelligence",
        "labs",
        "news",
        "post",
        "posts",
        "publications",
        "report",
        "reports",
        "research",
        "resources",
        "security",
        "status",
        "tag",
        "whitepaper",
        "wiki",
    ];
    let path = url.target().split('?').next().unwrap_or_default();
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    let dated = path.split('/').any(|segment| {
        segment.len() == 4
            && segment.starts_with("20")
            && segment.bytes().all(|b| b.is_ascii_digit())
    });
    let file = path
        .rsplit('/')
        .next()
        .is_some_and(|name| name.contains('.') && !name.contains(".htm"));
    !file
        && (dated
            || segments.any(|segment| {
                segment
                    .to_ascii_lowercase()
                    .split(['-', '_'])
                    .any(|word| WORDS.contains(&word))
            }))
}

/// The name that somebody has registered: `evil.co.uk` of `www.evil.co.uk`.
pub(crate) fn site(name: &str) -> Option<&str> {
    psl::domain_str(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicator::{Ioc, parse};

    #[test]
    fn services_and_the_sites_of_a_document_are_references() {
        let is_reference = |value: &str, sites: &[&str]| {
            let Ioc::Url(url) = parse(value).unwrap().ioc else {
                panic!("{value}")
            };
            let sites: Vec<String> = sites.iter().map(ToString::to_string).collect();
            is_reference(&url, &sites)
        };
        assert!(is_reference("https://www.virustotal.com/gui/file/a", &[]));
        assert!(!is_reference("https://virustotal.com.evil.net/a", &[]));
        assert!(!is_reference("https://evil.net/a", &["vendor.com"]));
        assert!(is_reference("https://blog.vendor.com/a", &["vendor.com"]));
        assert!(!is_reference("http://198.51.100.7/a", &[]));
    }
}
