//! What a type of indicator is: one value that holds all that is known of it.

use super::ioc::Ioc;
use super::parsed::Parsed;
use super::refusal::Refusal;
use super::{EmailRole, Indicator};
use crate::derived::DerivedValues;
use crate::reason::Reason;

/// A type of indicator, whole: how it is read, what feeds call it, how long it lives, what must never alert, and what its
/// templates place. It is a `static` in the file of its type, registered with [`register_type!`](crate::register_type).
///
/// Names are compared without case. Where one says as well which part an e-mail address played, it stands in [`roles`](Self::roles) too.
///
/// ```
/// use socdef_sigma::indicator::{IocType, Parse, Refusal, TypePlugin};
/// use socdef_sigma::registry::DerivedValues;
/// use socdef_sigma::Reason;
///
/// /// A name of a mutex.
/// static MUTEX: TypePlugin = TypePlugin {
///     name: "mutex",
///     title: "Mutex",
///     parse: Parse::Text(|text| match text.is_empty() {
///         true => Err(Refusal::new(Reason::Empty)),
///         false => Ok(text.to_owned()),
///     }),
///     names: &["mutex", "mutexname"],
///     misp: &["mutex"],
///     stix: &["mutex:name"],
///     samples: &[r"Global\evil"],
///     ..TypePlugin::NEW
/// };
/// socdef_sigma::register_type!(MUTEX);
/// # fn main() {
/// assert_eq!("mutex".parse::<IocType>().unwrap().plugin().title, "Mutex");
/// # }
/// ```
#[derive(Debug)]
pub struct TypePlugin {
    /// The name on the command line, in ids, in `templates/` and in the API: `sha256`. Lower case, digits and `_`.
    pub name: &'static str,
    /// What people call it, as titles have it: `SHA256`.
    pub title: &'static str,
    /// Where it stands among the types; those of one number are sorted by name. The types of the API have 1 to 9.
    pub order: u16,
    /// Whether it is one of the types of the SOC Defenders API, which are compiled where no type is asked for.
    pub is_default: bool,
    /// From a text that should be of the type to its canonical form.
    pub parse: Parse,
    /// Whether a text is of this type beyond doubt, though nothing says so. Asked of what none of the default types takes;
    /// `None` for a type that only a declared type, column or path makes.
    pub own_form: Option<fn(&str) -> bool>,
    /// Names of columns and words of type cells: letters and digits only, in lower case (`filehashsha256`).
    pub names: &'static [&'static str],
    /// MISP's attribute types, in lower case.
    pub misp: &'static [&'static str],
    /// Object paths of STIX patterns, in lower case, without quotes: `file:name`, `email-message:from_ref.value`.
    /// `hashes.md5` without an object is that of any file, but for its parts.
    pub stix: &'static [&'static str],
    /// OpenIOC's terms, in lower case: `registryitem/path`. With `*` before it, what a term ends in: `*md5`.
    pub openioc: &'static [&'static str],
    /// Entries of the lists above that say which part an e-mail address played.
    pub roles: &'static [(&'static str, EmailRole)],
    /// Attribute types of MISP's warninglists that speak of it, beside those of [`misp`](Self::misp).
    pub warninglists: &'static [&'static str],
    /// Whether it names a file or its place. Beside the hash of a file that is what the hash is of, and no indicator of its own.
    pub names_a_file: bool,
    /// For how many days one that is not heard of again stays worth a rule; `None` for ever.
    pub ttl_days: Option<u32>,
    /// The ATT&CK tactic of its rules where the feed names no technique.
    pub tactic: &'static str,
    /// Why a value must not become a rule, with what decided.
    pub guard: fn(&Ioc) -> Objection,
    /// The derived values that its templates place.
    pub derive: fn(&Indicator) -> DerivedValues,
    /// Values in canonical form that between them reach every branch of a template: two at least.
    pub samples: &'static [&'static str],
    /// More of them, where they are long.
    pub more_samples: fn() -> Vec<String>,
    /// The `selection` of a new template, with `FIELD` for the field's name.
    pub starter: &'static str,
    /// What a field that nobody has named is called in a new template: `field_of_the_` and this.
    pub starter_field: &'static str,
}

/// Why a value must not become a rule, with what decided; nothing where it may.
///
/// ```
/// use socdef_sigma::Reason;
/// use socdef_sigma::indicator::{Ioc, Objection, TypePlugin};
///
/// fn guard(ioc: &Ioc) -> Objection {
///     (ioc.to_string().len() < 6).then(|| (Reason::CommonValue, Some("a short name".to_owned())))
/// }
/// static MUTEX_NAME: TypePlugin = TypePlugin { name: "mutex_name", guard, ..TypePlugin::NEW };
/// assert_eq!(MUTEX_NAME.name, "mutex_name");
/// ```
pub type Objection = Option<(Reason, Option<String>)>;

/// How the values of a type are read.
///
/// ```
/// use socdef_sigma::Reason;
/// use socdef_sigma::indicator::{Parse, Refusal};
///
/// let parse = Parse::Text(|text| match text.is_empty() {
///     true => Err(Refusal::new(Reason::Empty)),
///     false => Ok(text.to_lowercase()),
/// });
/// let Parse::Text(canonical) = parse else { panic!() };
/// assert_eq!(canonical("Evil").unwrap(), "evil");
/// ```
#[derive(Debug, Clone, Copy)]
pub enum Parse {
    /// To a value of its own kind, from the text with its defanged spellings undone.
    Whole(fn(&str) -> Result<Parsed, Refusal>),
    /// To a value of its own kind, from the text as it stands: a path has backslashes, which are not defanging.
    Raw(fn(&str) -> Result<Parsed, Refusal>),
    /// To the canonical text, from the text as it stands, without the white space around it. [`refang`](super::refang()) is for
    /// types that people defang.
    Text(fn(&str) -> Result<String, Refusal>),
}

impl TypePlugin {
    /// The usual parts, to begin from: a type that is not compiled unless asked for, is never found by its form, lives 90 days, has no
    /// guard, and of which templates place the value alone.
    ///
    /// ```
    /// use socdef_sigma::indicator::TypePlugin;
    ///
    /// static WALLET: TypePlugin = TypePlugin { name: "wallet", title: "Wallet", ..TypePlugin::NEW };
    /// assert_eq!((WALLET.ttl_days, WALLET.is_default), (Some(90), false));
    /// ```
    pub const NEW: TypePlugin = TypePlugin {
        name: "",
        title: "",
        order: 100,
        is_default: false,
        parse: Parse::Text(|text| Ok(text.to_owned())),
        own_form: None,
        names: &[],
        misp: &[],
        stix: &[],
        openioc: &[],
        roles: &[],
        warninglists: &[],
        names_a_file: false,
        ttl_days: Some(90),
        tactic: "command-and-control",
        guard: |_| None,
        derive: |indicator| DerivedValues::new().text("value", indicator.ioc.to_string()),
        samples: &[],
        more_samples: Vec::new,
        starter: "    FIELD: {{ value|sigma }}\n",
        starter_field: "value",
    };
}

/// A registered type; see [`register_type!`](crate::register_type).
#[doc(hidden)]
#[derive(Debug, Clone, Copy)]
pub struct Registered(pub &'static TypePlugin);

inventory::collect!(Registered);

/// Registers a `static` [`TypePlugin`](crate::indicator::TypePlugin) under its name.
///
/// ```
/// use socdef_sigma::indicator::{IocType, TypePlugin};
///
/// static PEHASH: TypePlugin = TypePlugin { name: "pehash", title: "peHash", samples: &["ab"], ..TypePlugin::NEW };
/// socdef_sigma::register_type!(PEHASH);
/// # fn main() {
/// assert_eq!("pehash".parse::<IocType>().unwrap().plugin().title, "peHash");
/// # }
/// ```
#[macro_export]
macro_rules! register_type {
    ($plugin:ident) => {
        $crate::indicator::inventory::submit! { $crate::indicator::Registered(&$plugin) }
    };
}
