//! Reading JSON whose fields may be of any type.
//!
//! MISP and the tools around it write booleans as `true`, `1`, `"1"` or `"true"`, numbers as text, one element where
//! a list is expected, and `null` anywhere. Nothing here fails because of a type: only JSON that is broken does.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value that is neither list nor object.
#[derive(Debug)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    /// A number, as it would be written.
    Number(String),
    Text(Cow<'a, str>),
}

/// A value that can be read from JSON of any type. A value that does not fit becomes the default.
pub(super) trait Lenient: Default {
    fn scalar(_: Scalar<'_>) -> Self {
        Self::default()
    }

    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }

    fn object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Self, A::Error> {
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Self::default())
    }
}

/// Text, or a number or boolean written as text.
pub(super) type Text = Option<String>;

impl Lenient for Text {
    fn scalar(scalar: Scalar<'_>) -> Self {
        match scalar {
            Scalar::Null => None,
            Scalar::Bool(value) => Some(value.to_string()),
            Scalar::Number(digits) => Some(digits),
            Scalar::Text(text) => Some(text.into_owned()),
        }
    }
}

/// A boolean in any of its spellings.
pub(super) type Flag = Option<bool>;

impl Lenient for Flag {
    fn scalar(scalar: Scalar<'_>) -> Self {
        match scalar {
            Scalar::Null => None,
            Scalar::Bool(value) => Some(value),
            Scalar::Number(digits) => Some(digits != "0"),
            Scalar::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" | "on" => Some(true),
                "0" | "false" | "no" | "off" => Some(false),
                _ => None,
            },
        }
    }
}

/// An object, or `None` for everything else. In a box, for events and attributes hold each other.
#[derive(Debug, Clone)]
pub(super) struct One<T>(pub(super) Option<Box<T>>);

impl<T> Default for One<T> {
    fn default() -> Self {
        One(None)
    }
}

impl<T: Lenient> Lenient for One<T> {
    fn object<'de, A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        Ok(One(Some(Box::new(T::object(object)?))))
    }
}

/// A list; a single value is a list of one.
#[derive(Debug, Clone)]
pub(super) struct Many<T> {
    /// Whether there was anything but `null`.
    pub(super) given: bool,
    pub(super) items: Vec<T>,
}

impl<T> Default for Many<T> {
    fn default() -> Self {
        Many {
            given: false,
            items: Vec::new(),
        }
    }
}

impl<T> Many<T> {
    fn of(items: Vec<T>) -> Self {
        Many { given: true, items }
    }
}

impl<T> Many<One<T>> {
    /// The items that are objects.
    pub(super) fn objects(&self) -> impl Iterator<Item = &T> {
        self.items.iter().filter_map(|item| item.0.as_deref())
    }
}

impl<T: Lenient> Lenient for Many<T> {
    fn scalar(scalar: Scalar<'_>) -> Self {
        match scalar {
            Scalar::Null => Many::default(),
            scalar => Many::of(vec![T::scalar(scalar)]),
        }
    }

    fn list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<Self, A::Error> {
        let mut items = Vec::new();
        while let Some(Read(item)) = list.next_element()? {
            items.push(item);
        }
        Ok(Many::of(items))
    }

    fn object<'de, A: MapAccess<'de>>(object: A) -> Result<Self, A::Error> {
        Ok(Many::of(vec![T::object(object)?]))
    }
}

/// An adapter from [`Lenient`] to serde.
#[derive(Debug)]
pub(super) struct Read<T>(pub(super) T);

impl<'de, T: Lenient> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(AnyVisitor(PhantomData))
            .map(Read)
    }
}

struct AnyVisitor<T>(PhantomData<T>);

impl<'de, T: Lenient> Visitor<'de> for AnyVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::scalar(Scalar::Null))
    }

    fn visit_bool<E>(self, value: bool) -> Result<T, E> {
        Ok(T::scalar(Scalar::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<T, E> {
        Ok(T::scalar(Scalar::Number(value.to_string())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<T, E> {
        Ok(T::scalar(Scalar::Number(value.to_string())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<T, E> {
        Ok(T::scalar(Scalar::Number(value.to_string())))
    }

    fn visit_str<E>(self, value: &str) -> Result<T, E> {
        Ok(T::scalar(Scalar::Text(Cow::Borrowed(value))))
    }

    fn visit_string<E>(self, value: String) -> Result<T, E> {
        Ok(T::scalar(Scalar::Text(Cow::Owned(value))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<T, A::Error> {
        T::list(list)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<T, A::Error> {
        T::object(object)
    }
}

/// Text that says something.
pub(super) fn said(text: &Text) -> Option<String> {
    let text = text.as_deref()?.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: Lenient>(text: &str) -> T {
        serde_json::from_str::<Read<T>>(text).unwrap().0
    }

    #[test]
    fn a_flag_has_many_spellings() {
        for text in ["true", "1", "\"1\"", "\"true\"", "\"True \"", "2"] {
            assert_eq!(read::<Flag>(text), Some(true), "{text}");
        }
        for text in ["false", "0", "\"0\"", "\"false\""] {
            assert_eq!(read::<Flag>(text), Some(false), "{text}");
        }
        for text in ["null", "\"\"", "[1]", "{\"a\": true}"] {
            assert_eq!(read::<Flag>(text), None, "{text}");
        }
    }

    #[test]
    fn text_may_be_a_number() {
        assert_eq!(read::<Text>("15").as_deref(), Some("15"));
        assert_eq!(read::<Text>("-1.5").as_deref(), Some("-1.5"));
        assert_eq!(read::<Text>("true").as_deref(), Some("true"));
        assert_eq!(read::<Text>("\"a\\u00e9\"").as_deref(), Some("aé"));
        for text in ["null", "[\"a\"]", "{\"a\": \"b\"}"] {
            assert_eq!(read::<Text>(text), None, "{text}");
        }
    }

    #[test]
    fn one_value_is_a_list_of_one() {
        let items = |text| read::<Many<Text>>(text).items;
        assert_eq!(
            items("[\"a\", 1, null, []]"),
            [Some("a".to_owned()), Some("1".to_owned()), None, None]
        );
        assert_eq!(items("\"a\""), [Some("a".to_owned())]);
        assert!(items("null").is_empty());
        assert!(read::<Many<Text>>("[]").given && !read::<Many<Text>>("null").given);
    }
}
