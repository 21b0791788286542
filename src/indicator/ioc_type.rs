//! A type of indicator, as a handle on what is registered of it.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::LazyLock;

use super::hash::Algorithm;
use super::ioc::Ioc;
use super::type_plugin::{Registered, TypePlugin};

/// A type of indicator. The types of the SOC Defenders API have a constant each; all others are found by name.
///
/// A network in CIDR notation has the type of its addresses.
///
/// ```
/// use socdef_sigma::IocType;
/// assert_eq!("sha256".parse::<IocType>().unwrap(), IocType::Sha256);
/// assert_eq!(IocType::DEFAULT.len(), 9);
/// assert!(IocType::all().starts_with(&IocType::DEFAULT));
/// ```
#[derive(Clone, Copy)]
pub struct IocType(&'static TypePlugin);

/// All types, sorted, the first of each name.
static ALL: LazyLock<Vec<IocType>> = LazyLock::new(|| {
    let mut all: Vec<IocType> = inventory::iter::<Registered>()
        .map(|registered| IocType(registered.0))
        .collect();
    all.sort();
    let mut names = BTreeSet::new();
    all.retain(|kind| names.insert(kind.as_str()));
    all
});

impl IocType {
    /// The type of which `plugin` is all. It must be a `static`: two handles are one type where they point at one plugin.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// use socdef_sigma::indicator::TypePlugin;
    ///
    /// static WALLET: TypePlugin = TypePlugin { name: "wallet", title: "Wallet", ..TypePlugin::NEW };
    /// const TYPE: IocType = IocType::of(&WALLET);
    /// assert_eq!(TYPE.as_str(), "wallet");
    /// ```
    pub const fn of(plugin: &'static TypePlugin) -> IocType {
        IocType(plugin)
    }

    /// All registered types: those of the API in its order, then the others.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    ///
    /// assert_eq!(IocType::all()[0], IocType::Ipv4);
    /// assert!(IocType::all().len() > IocType::DEFAULT.len());
    /// ```
    pub fn all() -> &'static [IocType] {
        &ALL
    }

    /// Their names.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert!(IocType::names().starts_with(&["ipv4", "ipv6", "domain", "url"]));
    /// ```
    pub fn names() -> Vec<&'static str> {
        ALL.iter().map(|kind| kind.as_str()).collect()
    }

    /// The registered type of this name.
    pub(crate) fn named(name: &str) -> Option<IocType> {
        ALL.iter().find(|kind| kind.as_str() == name).copied()
    }

    /// Whether it is registered, which all are that have a name for users.
    pub(super) fn is_registered(self) -> bool {
        IocType::named(self.as_str()) == Some(self)
    }

    /// All that is known of it.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert_eq!((IocType::Md5.plugin().title, IocType::Md5.plugin().ttl_days), ("MD5", Some(365)));
    /// ```
    pub const fn plugin(self) -> &'static TypePlugin {
        self.0
    }

    /// The name in the API, in `templates/` and on the command line.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// assert_eq!(IocType::Sha256.as_str(), "sha256");
    /// ```
    pub const fn as_str(self) -> &'static str {
        self.0.name
    }
}

impl TypePlugin {
    /// The type of which this is all.
    ///
    /// ```
    /// use socdef_sigma::indicator::TypePlugin;
    ///
    /// static WALLET: TypePlugin = TypePlugin { name: "wallet", title: "Wallet", ..TypePlugin::NEW };
    /// assert_eq!(WALLET.ioc_type().plugin().title, "Wallet");
    /// ```
    pub const fn ioc_type(&'static self) -> IocType {
        IocType::of(self)
    }
}

impl Algorithm {
    /// The type of the indicators made with it.
    ///
    /// ```
    /// use socdef_sigma::{IocType, indicator::Algorithm};
    /// assert_eq!(Algorithm::Md5.ioc_type(), IocType::Md5);
    /// ```
    pub const fn ioc_type(self) -> IocType {
        match self {
            Algorithm::Md5 => IocType::Md5,
            Algorithm::Sha1 => IocType::Sha1,
            Algorithm::Sha256 => IocType::Sha256,
        }
    }
}

impl Ioc {
    /// The type.
    ///
    /// ```
    /// use socdef_sigma::{IocType, indicator::parse};
    /// assert_eq!(parse("2001:db8::1").unwrap().ioc.ioc_type(), IocType::Ipv6);
    /// ```
    pub fn ioc_type(&self) -> IocType {
        match self {
            Ioc::Ipv4(_) => IocType::Ipv4,
            Ioc::Ipv6(_) => IocType::Ipv6,
            Ioc::Domain(_) => IocType::Domain,
            Ioc::Url(_) => IocType::Url,
            Ioc::Hash(hash) => hash.algorithm().ioc_type(),
            Ioc::Cve(_) => IocType::Cve,
            Ioc::Email(_) => IocType::Email,
            Ioc::Token(token) => IocType::named(token.kind()).unwrap_or(IocType(&UNREGISTERED)),
        }
    }
}

/// What the type of a token is called whose own is not registered. None is made: [`parse_as`](super::parse_as) refuses them.
static UNREGISTERED: TypePlugin = TypePlugin {
    name: "unregistered",
    ..TypePlugin::NEW
};

impl PartialEq for IocType {
    fn eq(&self, other: &IocType) -> bool {
        std::ptr::eq(self.0, other.0)
    }
}

impl Eq for IocType {}

impl Hash for IocType {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl Ord for IocType {
    fn cmp(&self, other: &IocType) -> Ordering {
        (self.0.order, self.0.name).cmp(&(other.0.order, other.0.name))
    }
}

impl PartialOrd for IocType {
    fn partial_cmp(&self, other: &IocType) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Debug for IocType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for IocType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for IocType {
    type Err = String;

    /// Reads the exact name; the error is one line that lists the names.
    fn from_str(name: &str) -> Result<Self, String> {
        IocType::named(name).ok_or_else(|| {
            let names = IocType::names().join(", ");
            format!("`{name}` is not an indicator type; the types are {names}")
        })
    }
}
