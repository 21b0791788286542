//! What Markdown and its like write around the characters of a value.

use std::borrow::Cow;

/// Characters that a backslash keeps from being markup. A dot is not among them: `evil\.example` is defanged.
const ESCAPED: [char; 14] = [
    '_', '*', '[', ']', '(', ')', '#', '+', '-', '~', '`', '|', '<', '>',
];

/// Entities of HTML that stand for marks in values.
const ENTITIES: [(&str, &str); 9] = [
    ("&amp;", "&"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&quot;", "\""),
    ("&#46;", "."),
    ("&#58;", ":"),
    ("&#91;", "["),
    ("&#93;", "]"),
    ("&nbsp;", " "),
];

/// A piece of a document without escapes, entities and marks of footnotes: `one\_x`, `a&amp;b`, `c[^1]`.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if memchr::memchr2(b'\\', b'&', text.as_bytes()).is_none() && !text.contains("[^") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '&', '[']) {
        plain.push_str(&rest[..at]);
        let tail = &rest[at..];
        if let Some(c) = tail
            .strip_prefix('\\')
            .and_then(|after| after.chars().next())
            && ESCAPED.contains(&c)
            && !plain.ends_with('\\')
        {
            plain.push(c);
            rest = &tail[1 + c.len_utf8()..];
        } else if let Some((entity, mark)) =
            ENTITIES.iter().find(|(entity, _)| tail.starts_with(entity))
        {
            plain.push_str(mark);
            rest = &tail[entity.len()..];
        } else if let Some(length) = footnote(tail) {
            rest = &tail[length..];
        } else {
            plain.push_str(&tail[..1]);
            rest = &tail[1..];
        }
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The bytes of `[^1]` and `[^note]`.
fn footnote(text: &str) -> Option<usize> {
    let name = text.strip_prefix("[^")?;
    let end = name.find(']').filter(|end| (1..=32).contains(end))?;
    name[..end]
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
        .then_some(end + 3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_entities_and_footnotes_are_no_part_of_a_value() {
        for (text, expected) in [
            (r"one\_x.example", "one_x.example"),
            (r"evil\[.\]example", "evil[.]example"),
            (
                "http://evil.example/a?b=1&amp;c=2",
                "http://evil.example/a?b=1&c=2",
            ),
            ("evil[.]example[^1]", "evil[.]example"),
            (r"C:\Windows\a", r"C:\Windows\a"),
            (r"evil\.example", r"evil\.example"),
            ("a & b [x]", "a & b [x]"),
            ("[^", "[^"),
        ] {
            assert_eq!(plain(text), expected, "{text}");
        }
    }
}
