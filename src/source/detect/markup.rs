//! Whether a text is XML or HTML, and of what kind.

/// Whether the text is a web page: by its document type or its root, by the ending of its name, or as a part of one.
pub(super) fn is_html(text: &[u8], ending: Option<&str>, is_report: bool) -> bool {
    const PARTS: [&str; 16] = [
        "article", "body", "center", "div", "h1", "h2", "h3", "head", "header", "main", "meta",
        "ol", "p", "section", "table", "ul",
    ];
    let root = root(text);
    let is = |names: &[&str]| {
        root.is_some_and(|root| names.iter().any(|name| root.eq_ignore_ascii_case(name)))
    };
    let doctype = text
        .get(..14)
        .is_some_and(|head| head.eq_ignore_ascii_case(b"<!doctype html"));
    let named = matches!(ending, Some("html" | "htm" | "xhtml" | "shtml"));
    // Markdown may open with HTML.
    doctype
        || is(&["html"])
        || (named && !matches!(root, Some("rss" | "feed" | "svg")))
        || (!is_report && is(&PARTS))
}

/// Whether the text opens as a document of markup does.
pub(super) fn opens(text: &[u8]) -> bool {
    ["<?xml", "<!doctype", "<html"].iter().any(|start| {
        text.get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
    })
}

/// The name of the first element, without its prefix; declarations, comments and a document type before it are passed over.
pub(super) fn root(text: &[u8]) -> Option<&str> {
    let mut rest = text.trim_ascii_start();
    loop {
        let (end, skip): (&[u8], usize) = match rest {
            [b'<', b'?', ..] => (b"?>", 2),
            [b'<', b'!', b'-', b'-', ..] => (b"-->", 4),
            // A subset in brackets may hold any number of `>`.
            [b'<', b'!', ..]
                if rest
                    .iter()
                    .take_while(|byte| **byte != b'>')
                    .any(|byte| *byte == b'[') =>
            {
                (b"]>", 2)
            }
            [b'<', b'!', ..] => (b">", 2),
            [b'<', ..] => break,
            _ => return None,
        };
        let at = rest[skip..]
            .windows(end.len())
            .position(|window| window == end)?;
        rest = rest[skip + at + end.len()..].trim_ascii_start();
    }
    let name = &rest[1..];
    let end = name
        .iter()
        .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))?;
    let name = std::str::from_utf8(&name[..end]).ok()?;
    Some(name.rsplit(':').next().unwrap_or(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_behind_declarations_and_comments() {
        for (text, name) in [
            ("<ioc id=\"1\">", Some("ioc")),
            (
                "<?xml version='1.0'?>\n<!-- <html> -->\n<o:OpenIOC/>",
                Some("OpenIOC"),
            ),
            ("<!DOCTYPE ioc [<!ENTITY a \"b\">]>\n<ioc>", Some("ioc")),
            ("<!DOCTYPE html>\n<html>", Some("html")),
            ("<?xml version='1.0'", None),
            ("evil.example", None),
            ("<", None),
        ] {
            assert_eq!(root(text.as_bytes()), name, "{text}");
        }
    }
}
