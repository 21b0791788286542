//! The registry of templates: each is a value, submitted where it is written, found by everyone.
//!
//! A template plugin is registered with [`register!`](crate::register) and collected with the crate `inventory`, which works across
//! crates: a crate of your own can add templates to a binary that links it. The order of collection is not specified,
//! so everything here is sorted by name.

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

/// The derived forms of an indicator's value: what a template may place, and nothing else of the value.
///
/// They are computed in Rust, so that a template has nothing to take apart. The literals of a rule's detection
/// are such forms, alone or with fixed text around them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Forms(Vec<(&'static str, Form)>);

/// One derived form.
#[derive(Debug, Clone, PartialEq)]
pub enum Form {
    /// A text.
    Text(String),
    /// Several texts that a log may hold instead of each other.
    Texts(Vec<String>),
    /// A property that the template branches on.
    Flag(bool),
}

impl Forms {
    /// No forms.
    pub fn new() -> Forms {
        Forms::default()
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, name: &'static str, text: impl Into<String>) -> Forms {
        self.put(name, Form::Text(text.into()));
        self
    }

    /// Adds several texts.
    #[must_use]
    pub fn texts<T: Into<String>>(
        mut self,
        name: &'static str,
        texts: impl IntoIterator<Item = T>,
    ) -> Forms {
        self.put(
            name,
            Form::Texts(texts.into_iter().map(Into::into).collect()),
        );
        self
    }

    /// Adds a property.
    #[must_use]
    pub fn flag(mut self, name: &'static str, flag: bool) -> Forms {
        self.put(name, Form::Flag(flag));
        self
    }

    /// Few, so a sorted list is faster than a tree.
    fn put(&mut self, name: &'static str, form: Form) {
        match self.0.binary_search_by_key(&name, |(name, _)| name) {
            Ok(at) => self.0[at].1 = form,
            Err(at) => self.0.insert(at, (name, form)),
        }
    }

    /// The form of this name.
    pub fn get(&self, name: &str) -> Option<&Form> {
        let found = self.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, form)| form)
    }

    /// All forms, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Form)> {
        self.0.iter().map(|(name, form)| (*name, form))
    }
}
