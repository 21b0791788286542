//! The registry of indicator types and templates. Each registers itself, with `inventory`, in the file that defines it.
//!
//! A type is registered with [`register_type!`](crate::register_type), a template with [`register_template!`](crate::register_template), and both
//! are collected with the crate `inventory`, which works across crates: a crate of your own can add types and templates to a binary that links it.
//! The order of collection is not specified, so what is collected is sorted. What there is of types is [`IocType::all`], and of templates
//! [`Catalog::registered`](crate::template::Catalog::registered).

pub use crate::derived::{DerivedValue, DerivedValues};
use crate::indicator::{Indicator, IocType};

/// A template for one type of indicator and one log source, with derived values of its own. A template that places what the type derives is a
/// [`TemplateFile`].
///
/// ```
/// use socdef_sigma::template::registered;
///
/// let template = registered::find("ipv4/network_connection_windows").unwrap();
/// assert!(template.primary && template.source.contains("logsource:"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TemplatePlugin {
    /// `<type>/<log source>`: `ipv4/network_connection_windows`.
    pub name: &'static str,
    /// The type whose indicators it takes.
    pub ioc_type: IocType,
    /// Whether it is the one template that an indicator of the type gets when no log source is named.
    pub primary: bool,
    /// Only indicators with one of these words in a tag; all of the type where there is none.
    pub tagged: &'static [&'static str],
    /// The flags among its derived values that must hold, or there is nothing to look for in its log source; none mostly.
    pub needs: &'static [&'static str],
    /// The text of the template: a Sigma rule with placeholders, perhaps with a front matter, of which only the log source counts.
    pub source: &'static str,
    /// Computes the derived values of an indicator's value that the template places.
    pub derive: fn(&Indicator) -> DerivedValues,
}

inventory::collect!(TemplatePlugin);

/// A template as a file with a front matter, which names its types and its log source; see [`register_template!`](crate::register_template).
///
/// ```
/// use socdef_sigma::registry::TemplateFile;
///
/// static FILE: TemplateFile = TemplateFile {
///     file: "mine.yml.j2",
///     source: "---\nname: mine\ntypes: [ipv4]\nlogsource:\n    product: acme\n---\ntitle: …\n",
/// };
/// assert!(FILE.source.starts_with("---\n"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct TemplateFile {
    /// The path, for messages.
    pub file: &'static str,
    /// The text.
    pub source: &'static str,
}

inventory::collect!(TemplateFile);

/// Registers a [`TemplatePlugin`] under its name.
///
/// ```
/// use socdef_sigma::registry::{DerivedValues, TemplatePlugin};
/// use socdef_sigma::IocType;
///
/// socdef_sigma::register!(TemplatePlugin {
///     name: "ipv4/netflow",
///     ioc_type: IocType::Ipv4,
///     primary: false,
///     tagged: &[],
///     needs: &[],
///     source: "title: …",
///     derive: |indicator| DerivedValues::new().text("value", indicator.ioc.to_string()),
/// });
/// # fn main() {
/// assert!(socdef_sigma::template::registered::find("ipv4/netflow").is_some());
/// # }
/// ```
#[macro_export]
macro_rules! register {
    ($plugin:expr) => {
        $crate::registry::inventory::submit! { $plugin }
    };
}

/// Registers a template by its path from the file that it is written in. It has the front matter of a drop-in; two more keys may stand there:
/// `primary: true` on the one template that an indicator of the type gets when no log source is named, and `file_prefix`, what the names of
/// files begin with whose rules are of the log source.
///
/// It places the values that its types derive, and becomes one template for each type: `types: [md5, sha1]` and `name: edr` are `md5/edr` and
/// `sha1/edr`.
///
/// ```standalone_crate
/// // Beside this file: `templates/email/m365_exchange.yml.j2`, whose front matter has `name: …` and `types: […]`.
/// socdef_sigma::register_template!("../templates/email/m365_exchange.yml.j2");
/// # fn main() {
/// assert!(socdef_sigma::template::registered::find("email/m365_exchange").is_some());
/// # }
/// ```
#[macro_export]
macro_rules! register_template {
    ($path:literal) => {
        $crate::registry::inventory::submit! {
            $crate::registry::TemplateFile { file: $path, source: include_str!($path) }
        }
    };
}

#[doc(hidden)]
pub use inventory;
