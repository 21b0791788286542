//! The keys at the top of a JSON document, from its head alone: cut off anywhere, and perhaps broken.

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum JsonKind {
    /// A string, its first bytes.
    Text(String),
    /// A list.
    List,
    /// An object, a number, or nothing, where the head ends.
    Other,
}

impl JsonKind {
    /// Whether it is this string.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        matches!(self, JsonKind::Text(text) if text == wanted)
    }
}

/// The keys of one object, in order.
type Keys = Vec<(String, JsonKind)>;

/// What the head of a document shows of its form.
#[derive(Debug, Default)]
pub(crate) struct Shape {
    /// The document is a list; its entries are the list's elements, and otherwise the objects that stand one after the other.
    pub(crate) is_list: bool,
    /// The list has strings in it.
    pub(crate) strings: bool,
    /// The list has other values that are not objects.
    others: bool,
    entries: Vec<Keys>,
}

/// The number of entries that are looked at, and of keys in each.
const MAX_ENTRIES: usize = 64;
const MAX_KEYS: usize = 256;
/// How much of a string is kept.
const MAX_TEXT: usize = 100;

impl Shape {
    /// Looks at a head that starts with `{` or `[`.
    pub(crate) fn of(head: &[u8]) -> Shape {
        let mut shape = Shape {
            is_list: head.first() == Some(&b'['),
            ..Shape::default()
        };
        let entry_depth = if shape.is_list { 2 } else { 1 };
        let mut open: Vec<u8> = Vec::new();
        let mut key: Option<String> = None;
        let mut at = 0;
        while let Some(byte) = head.get(at) {
            at += 1;
            let in_entry = open.len() == entry_depth && open.last() == Some(&b'{');
            let in_list = shape.is_list && open.len() == 1;
            match byte {
                b'{' | b'[' => {
                    if in_entry {
                        shape.value(
                            key.take(),
                            if *byte == b'[' {
                                JsonKind::List
                            } else {
                                JsonKind::Other
                            },
                        );
                    }
                    open.push(*byte);
                    if open.len() == entry_depth && *byte == b'{' {
                        if shape.entries.len() == MAX_ENTRIES {
                            break;
                        }
                        shape.entries.push(Keys::new());
                    } else if in_list {
                        shape.others = true;
                    }
                }
                b'}' | b']' => {
                    if in_entry {
                        shape.value(key.take(), JsonKind::Other);
                    }
                    open.pop();
                }
                b'"' => {
                    let (text, end) = string(head, at);
                    at = end;
                    if !in_entry {
                        shape.strings |= in_list;
                        continue;
                    }
                    let colon = head[at..].trim_ascii_start().first() == Some(&b':');
                    match (key.is_some(), colon) {
                        (false, true) => key = Some(text),
                        _ => shape.value(key.take(), JsonKind::Text(text)),
                    }
                }
                b',' if in_entry => shape.value(key.take(), JsonKind::Other),
                byte if in_list && !byte.is_ascii_whitespace() && *byte != b',' => {
                    shape.others = true;
                }
                _ => {}
            }
        }
        shape.value(key.take(), JsonKind::Other);
        shape
    }

    fn value(&mut self, key: Option<String>, sight: JsonKind) {
        if let (Some(key), Some(entry)) = (key, self.entries.last_mut())
            && entry.len() < MAX_KEYS
        {
            entry.push((key, sight));
        }
    }

    /// The value of a key of the document's first object, if the document is not a list.
    pub(crate) fn root(&self, key: &str) -> Option<&JsonKind> {
        let first = self.entries.first().filter(|_| !self.is_list)?;
        first
            .iter()
            .find(|(name, _)| name == key)
            .map(|(_, sight)| sight)
    }

    /// The objects, by their keys.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &[(String, JsonKind)]> {
        self.entries.iter().map(Vec::as_slice)
    }

    /// Whether any of the objects has a key.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.entries.iter().flatten().any(|(name, _)| name == key)
    }

    /// Whether nothing at all was seen in the list.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && !self.strings && !self.others
    }

    /// The first ten different keys.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in self.entries.iter().flatten() {
            if names.len() < 10 && !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }
}

/// The string that begins at `start`, behind its quote, and where it ends, behind its other quote.
fn string(head: &[u8], start: usize) -> (String, usize) {
    let mut at = start;
    while let Some(byte) = head.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => break,
            _ => at += 1,
        }
    }
    let end = at.min(head.len());
    let kept = &head[start..end.min(start + MAX_TEXT)];
    (
        String::from_utf8_lossy(kept).into_owned(),
        (end + 1).min(head.len()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_the_first_level_and_what_stands_behind_them() {
        let shape = Shape::of(br#"{"a\"": "x", "b": [{"c": 1}], "d": {"e": 2}, "f": 3, "g": "cut"#);
        let seen: Vec<_> = shape.entries().flatten().cloned().collect();
        let key = |name: &str, sight| (name.to_owned(), sight);
        assert_eq!(
            seen,
            [
                key("a\\\"", JsonKind::Text("x".into())),
                key("b", JsonKind::List),
                key("d", JsonKind::Other),
                key("f", JsonKind::Other),
                key("g", JsonKind::Text("cut".into())),
            ]
        );
        assert_eq!(shape.root("b"), Some(&JsonKind::List));
        assert!(!shape.has("c") && !shape.has("e"));
    }

    #[test]
    fn keys_of_the_elements_of_a_list() {
        let shape = Shape::of(br#"[ {"a": {"b": 1}}, {"c": null} , "x", 1"#);
        assert_eq!(shape.names(), ["a", "c"]);
        assert!(shape.is_list && shape.strings && !shape.is_empty());
        assert_eq!(shape.root("a"), None);
        assert!(Shape::of(b"[ ]").is_empty());
        assert!(!Shape::of(b"[[]]").is_empty());
        assert!(!Shape::of(b"[1]").is_empty());
    }

    #[test]
    fn any_head_is_looked_at_without_harm() {
        for head in [
            &b"{"[..],
            b"{\"",
            b"{\"a\\",
            b"}}}]",
            b"[\"\\",
            b"{\"a\":}",
            b"[,,,",
        ] {
            Shape::of(head);
        }
    }
}
