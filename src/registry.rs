//! The registry of templates: each is a value, submitted where it is written, found by everyone.
//!
//! A template plugin is registered with [`register!`](crate::register) and collected with the crate `inventory`, which works across
//! crates: a crate of your own can add templates to a binary that links it. The order of collection is not specified,
//! so everything here is sorted by name.

pub use crate::forms::{Form, Forms};
use crate::indicator::{Indicator, IocType};

/// A template for one type of indicator and one log source.
#[derive(Debug, Clone, Copy)]
pub struct TemplatePlugin {
    /// `<type>/<log source>`, as in `templates/`: `ipv4/network_connection_windows`.
    pub name: &'static str,
    /// The type whose indicators it takes.
    pub ioc_type: IocType,
    /// Whether it is the one template that an indicator of the type gets when no log source is named.
    pub primary: bool,
    /// Only indicators with one of these words in a tag; all of the type where there is none.
    pub tagged: &'static [&'static str],
    /// The flags among its forms that must hold, or there is nothing to look for in its log source; none mostly.
    pub needs: &'static [&'static str],
    /// The text of the template: a Sigma rule with holes.
    pub source: &'static str,
    /// Computes the derived forms of an indicator's value that the template places.
    pub forms: fn(&Indicator) -> Forms,
}

inventory::collect!(TemplatePlugin);

/// Registers a [`TemplatePlugin`] under its name.
///
/// ```
/// use socdef_sigma::registry::{Forms, TemplatePlugin};
/// use socdef_sigma::IocType;
///
/// socdef_sigma::register!(TemplatePlugin {
///     name: "ipv4/netflow",
///     ioc_type: IocType::Ipv4,
///     primary: false,
///     tagged: &[],
///     needs: &[],
///     source: "title: …",
///     forms: |indicator| Forms::new().text("value", indicator.ioc.to_string()),
/// });
/// # fn main() {
/// assert!(socdef_sigma::registry::find("ipv4/netflow").is_some());
/// # }
/// ```
#[macro_export]
macro_rules! register {
    ($plugin:expr) => {
        $crate::registry::inventory::submit! { $plugin }
    };
}

#[doc(hidden)]
pub use inventory;

/// All registered templates, sorted by name.
pub fn templates() -> Vec<&'static TemplatePlugin> {
    let mut all: Vec<_> = inventory::iter::<TemplatePlugin>().collect();
    all.sort_by_key(|plugin| plugin.name);
    all
}

/// The template of this name.
pub fn find(name: &str) -> Option<&'static TemplatePlugin> {
    inventory::iter::<TemplatePlugin>().find(|plugin| plugin.name == name)
}

/// The primary template of a type.
pub fn primary(ioc_type: IocType) -> Option<&'static TemplatePlugin> {
    templates()
        .into_iter()
        .find(|plugin| plugin.ioc_type == ioc_type && plugin.primary)
}
