//! Columns of links: addresses of pages about the indicators, on few hosts, that differ only in an id.

use std::collections::BTreeSet;

use crate::extract::split;
use crate::indicator::{Ioc, parse};

/// Whether a column of these cells is one of links.
pub(super) fn are_links<'a>(cells: impl Iterator<Item = &'a str>) -> bool {
    let mut hosts = BTreeSet::new();
    let mut shapes = BTreeSet::new();
    let mut count = 0;
    for cell in cells.filter(|cell| !split::is_placeholder(cell)) {
        let Some((host, rest)) = parts(cell) else {
            return false;
        };
        shapes.insert((host.clone(), shape(&rest)));
        hosts.insert(host);
        count += 1;
    }
    count > 1 && hosts.len() * 2 <= count && hosts.len() <= 3 && shapes.len() <= hosts.len()
}

/// The host of a URL that is not defanged, and what follows it.
fn parts(cell: &str) -> Option<(String, String)> {
    let cell = split::trim(cell);
    let parsed = parse(cell).ok().filter(|parsed| !parsed.defanged)?;
    let Ioc::Url(url) = parsed.ioc else {
        return None;
    };
    let (_, rest) = cell.split_once("://")?;
    let path = rest.find(['/', '?']).map_or("", |at| &rest[at..]);
    Some((url.host().to_string(), path.to_owned()))
}

/// A path without its ids: letters, digits and dashes with a digit among them stand for any. A name with a dot is a file's.
fn shape(path: &str) -> String {
    let is_id = |part: &str| {
        part.contains(|c: char| c.is_ascii_digit())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
    };
    path.split(['/', '?', '&', '='])
        .map(|part| if is_id(part) { "0" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_differ_in_an_id_only() {
        for (cells, expected) in [
            (
                &["https://vendor.example/i/1", "https://vendor.example/i/2"][..],
                true,
            ),
            (
                &[
                    "https://vendor.example/i?id=1",
                    "https://vendor.example/i?id=2",
                    "",
                ],
                true,
            ),
            (&["https://vendor.example/i/1"], false),
            (
                &["https://evil.example/1.exe", "https://evil.example/2.exe"],
                false,
            ),
            (&["https://evil.example/a", "https://evil.example/b"], false),
            (&["https://evil.example/1", "https://bad.example/1"], false),
            (&["https://vendor.example/i/1", "x"], false),
            (
                &["hxxps://evil[.]example/i/1", "hxxps://evil[.]example/i/2"],
                false,
            ),
        ] {
            assert_eq!(are_links(cells.iter().copied()), expected, "{cells:?}");
        }
    }
}
