//! The user's own list: one value a line, with comments.

use super::hostname;
use super::string::{Value, value};
use crate::error::{Error, ErrorKind, Result};

/// What a line allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Allowed<'a> {
    /// A value; a name stands for every name below it, too.
    Value(Value<'a>),
    /// The e-mail addresses at a name and at those below it.
    MailDomain(String),
}

/// Reads the lines. `#` opens a comment at the start of a line or behind white space; values may be defanged.
///
/// # Errors
/// [`ErrorKind::BrokenInput`] where a line is not a value, with the line.
pub(super) fn read(
    path: &str,
    bytes: &[u8],
    mut add: impl FnMut(&str, Allowed<'_>) -> Result<()>,
) -> Result<()> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    for (at, line) in bytes.split(|b| *b == b'\n').enumerate() {
        let broken = |message: String| {
            Error::new(ErrorKind::BrokenInput, message)
                .at(format!("{path}:{}", at + 1))
                .hint("an allow list has one domain, address, network, hash, URL, CVE id or e-mail address per line, and `#` before comments")
        };
        let line = str::from_utf8(line).map_err(|_| broken("the line is not UTF-8".to_owned()))?;
        let text = without_comment(line);
        if text.is_empty() {
            continue;
        }
        let allowed = allowed(text).ok_or_else(|| {
            let shown: String = text.chars().take(80).collect();
            broken(format!(
                "`{}` is not an indicator that a list can allow",
                shown.escape_debug()
            ))
        })?;
        add(text, allowed)?;
    }
    Ok(())
}

fn allowed(text: &str) -> Option<Allowed<'_>> {
    if let Some(domain) = text.strip_prefix('@') {
        let name = hostname::name(domain).filter(|name| name.contains('.'))?;
        return Some(Allowed::MailDomain(name.into_owned()));
    }
    match value(text)? {
        // A single label is a slip of the pen, and would allow a whole top-level domain.
        Value::Name(name) if !name.contains('.') => None,
        value => Some(Allowed::Value(value)),
    }
}

fn without_comment(line: &str) -> &str {
    let line = line.trim();
    if line.starts_with('#') {
        return "";
    }
    let comment = line
        .char_indices()
        .zip(line.chars().skip(1))
        .find(|((_, before), c)| before.is_whitespace() && *c == '#')
        .map(|((at, _), _)| at);
    line[..comment.unwrap_or(line.len())].trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Result<Vec<String>> {
        let mut found = Vec::new();
        read("allow.txt", text.as_bytes(), |text, _| {
            found.push(text.to_owned());
            Ok(())
        })?;
        Ok(found)
    }

    #[test]
    fn comments_and_spellings() {
        let text = "\u{feff}# ours\r\n\r\ncorp[.]example # the office\n http://corp.example/a#b \n198.51.100.0/24\n@corp.example\n#end";
        assert_eq!(
            lines(text).unwrap(),
            [
                "corp[.]example",
                "http://corp.example/a#b",
                "198.51.100.0/24",
                "@corp.example"
            ]
        );
    }

    #[test]
    fn a_broken_line_is_named() {
        for line in [
            "corp.example office",
            "com",
            "198.51.100.0/33",
            "0.0.0.0/0",
            "198.51.100.1-198.51.100.9",
            "*",
            "corp.*.example",
            "@",
            "a@b@c",
            "evil\u{200b}.example",
            "T1071",
        ] {
            let error = lines(&format!("corp.example\n\n{line}\n")).unwrap_err();
            assert_eq!(error.place(), Some("allow.txt:3"), "{line}");
            assert_eq!(error.kind(), ErrorKind::BrokenInput);
        }
        let mut none = |_: &str, _: Allowed<'_>| Ok(());
        let error = read("allow.txt", b"corp.example\n\xff\n", &mut none).unwrap_err();
        assert_eq!(error.place(), Some("allow.txt:2"));
    }
}
