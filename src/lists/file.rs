//! The file of a warninglist: one JSON object.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::Value as Json;

use crate::error::{Error, ErrorKind, Result};

/// How the entries of a list match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Cidr,
    Hostname,
    String,
    Substring,
    Regex,
}

impl Kind {
    const ALL: [(&str, Kind); 5] = [
        ("string", Kind::String),
        ("substring", Kind::Substring),
        ("hostname", Kind::Hostname),
        ("cidr", Kind::Cidr),
        ("regex", Kind::Regex),
    ];
}

/// A warninglist as its file has it.
#[derive(Debug)]
pub(super) struct File<'a> {
    pub(super) name: String,
    pub(super) version: Option<String>,
    pub(super) kind: Kind,
    pub(super) attributes: Vec<String>,
    pub(super) entries: Vec<Cow<'a, str>>,
}

/// Reads the file of a list; `None` where it is a JSON document of something else.
///
/// As in MISP, a list without a type is of the type `string`, a type may be given as the only element of an array, and entries may be given as the
/// names of an object whose values are comments.
///
/// # Errors
/// [`ErrorKind::BrokenInput`] where it is not JSON, or a list with a member of the wrong type, with the line or the name of the member.
pub(super) fn read<'a>(path: &str, bytes: &'a [u8]) -> Result<Option<File<'a>>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let broken = |cause: serde_json::Error| {
        Error::new(ErrorKind::BrokenInput, "the file is not a warninglist")
            .at(format!("{path}:{}:{}", cause.line(), cause.column()))
            .because(cause)
            .hint("a warninglist is a JSON object with the members `name`, `version`, `type` and `list`")
    };
    let first = bytes.iter().find(|b| !b.is_ascii_whitespace());
    if first.is_some_and(|first| *first != b'{') {
        serde_json::from_slice::<serde::de::IgnoredAny>(bytes).map_err(broken)?;
        return Ok(None);
    }
    let document: Document<'a> = serde_json::from_slice(bytes).map_err(broken)?;
    let Some(entries) = document.list else {
        return Ok(None);
    };
    let member = |name: &str, message: String| {
        Error::new(ErrorKind::BrokenInput, message).at(format!("{path}: {name}"))
    };
    let name = match document.name {
        Some(Json::String(name)) => name,
        Some(_) => return Err(member("name", "the list's name is not a string".to_owned())),
        None => return Err(member("name", "the list has no name".to_owned())),
    };
    let version = match document.version {
        None | Some(Json::Null) => None,
        Some(Json::String(version)) => Some(version),
        Some(Json::Number(version)) => Some(version.to_string()),
        Some(_) => {
            return Err(member(
                "version",
                "the list's version is not a number".to_owned(),
            ));
        }
    };
    let kind = match document.kind {
        None | Some(Json::Null) => "string".to_owned(),
        Some(Json::String(kind)) => kind,
        Some(Json::Array(kinds)) => match kinds.into_iter().next() {
            Some(Json::String(kind)) => kind,
            _ => String::new(),
        },
        Some(other) => other.to_string(),
    };
    let kind = Kind::ALL
        .iter()
        .find(|(known, _)| *known == kind)
        .ok_or_else(|| {
            let names = Kind::ALL.map(|(known, _)| known).join(", ");
            let shown: String = kind.chars().take(80).collect();
            member(
                "type",
                format!("`{shown}` is not a type of warninglist; the types are {names}"),
            )
        })?;
    let attributes = match document.matching_attributes {
        None | Some(Json::Null) => Some(Vec::new()),
        Some(Json::Array(names)) => names
            .into_iter()
            .map(|name| match name {
                Json::String(name) => Some(name),
                _ => None,
            })
            .collect(),
        Some(_) => None,
    };
    Ok(Some(File {
        name,
        version,
        kind: kind.1,
        attributes: attributes.ok_or_else(|| {
            member(
                "matching_attributes",
                "the list's attributes are not an array of strings".to_owned(),
            )
        })?,
        entries: entries.0,
    }))
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    list: Option<Texts<'a>>,
    name: Option<Json>,
    version: Option<Json>,
    #[serde(rename = "type")]
    kind: Option<Json>,
    matching_attributes: Option<Json>,
}

/// The entries; those without an escape are borrowed from the file.
struct Texts<'a>(Vec<Cow<'a, str>>);

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Vec<Cow<'de, str>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array of strings")
            }

            fn visit_seq<A: SeqAccess<'de>>(
                self,
                mut array: A,
            ) -> std::result::Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(Text(text)) = array.next_element()? {
                    entries.push(text);
                }
                Ok(entries)
            }

            fn visit_map<A: MapAccess<'de>>(
                self,
                mut object: A,
            ) -> std::result::Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(Text(text)) = object.next_key()? {
                    object.next_value::<serde::de::IgnoredAny>()?;
                    entries.push(text);
                }
                Ok(entries)
            }
        }

        deserializer.deserialize_any(Entries).map(Texts)
    }
}

/// A text, or a number as its text.
struct Text<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct One;

        impl<'de> Visitor<'de> for One {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: serde::de::Error>(
                self,
                text: &'de str,
            ) -> std::result::Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E: serde::de::Error>(
                self,
                text: &str,
            ) -> std::result::Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }

            fn visit_u64<E: serde::de::Error>(
                self,
                number: u64,
            ) -> std::result::Result<Self::Value, E> {
                Ok(Cow::Owned(number.to_string()))
            }

            fn visit_unit<E: serde::de::Error>(self) -> std::result::Result<Self::Value, E> {
                Err(E::custom("an entry is null"))
            }
        }

        let text = deserializer.deserialize_any(One)?;
        match text.len() {
            0..=MAX_ENTRY_BYTES => Ok(Text(text)),
            _ => Err(D::Error::custom("an entry is longer than 65,536 bytes")),
        }
    }
}

/// The longest entry. No indicator is as long, and a file that has one is something else.
const MAX_ENTRY_BYTES: usize = 65_536;
