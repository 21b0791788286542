//! What an indicator is known by outside: its id, and its JSON.

use serde::de::Error as _;
use serde::ser::SerializeStruct;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::ioc::Ioc;
use super::ioc_type::IocType;
use super::parse::{Expect, parse_as};

impl Ioc {
    /// The namespace of all rule ids: UUIDv5 of the name `socdef-sigma` in the DNS namespace of RFC 9562.
    ///
    /// ```
    /// use socdef_sigma::Ioc;
    /// use uuid::Uuid;
    /// assert_eq!(Ioc::NAMESPACE, Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"socdef-sigma"));
    /// ```
    pub const NAMESPACE: Uuid = Uuid::from_u128(0xfedab7a4_bfd4_5653_9f28_a8cf39756f71);

    /// The id of the indicator's rule in its primary log source: UUIDv5 of `type:canonical value` in [`Ioc::NAMESPACE`].
    ///
    /// ```
    /// use socdef_sigma::{Ioc, indicator::parse};
    /// use uuid::Uuid;
    ///
    /// let ioc = parse("EVIL[.]example").unwrap().ioc;
    /// assert_eq!(ioc.id(), Uuid::new_v5(&Ioc::NAMESPACE, b"domain:evil.example"));
    /// ```
    pub fn id(&self) -> Uuid {
        Uuid::new_v5(
            &Ioc::NAMESPACE,
            format!("{}:{self}", self.ioc_type()).as_bytes(),
        )
    }
}

impl Serialize for Ioc {
    /// As `{"type": …, "value": …}`.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut state = serializer.serialize_struct("Ioc", 2)?;
        state.serialize_field("type", self.ioc_type().as_str())?;
        state.serialize_field("value", &self.to_string())?;
        state.end()
    }
}

impl<'de> Deserialize<'de> for Ioc {
    /// Reads `{"type": …, "value": …}`, and holds the value to its type.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Ioc, D::Error> {
        #[derive(Deserialize)]
        struct Typed {
            r#type: String,
            value: String,
        }
        let typed = Typed::deserialize(deserializer)?;
        let kind: IocType = typed.r#type.parse().map_err(D::Error::custom)?;
        parse_as(Expect::Type(kind), &typed.value)
            .map(|parsed| parsed.ioc)
            .map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_namespace_is_what_its_documentation_says() {
        assert_eq!(
            Ioc::NAMESPACE,
            Uuid::new_v5(&Uuid::NAMESPACE_DNS, b"socdef-sigma")
        );
    }
}
