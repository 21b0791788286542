//! All templates of a run.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::{Template, registered};
use crate::indicator::IocType;

/// All templates of a run by name: the registered ones, and the user's over them.
///
/// ```
/// use socdef_sigma::template::Catalog;
///
/// let names: Vec<_> = Catalog::registered().iter().map(|template| template.name().to_string()).collect();
/// assert!(names.contains(&"ipv4/firewall".to_owned()) && names.is_sorted());
/// ```
#[derive(Debug, Clone, Default)]
pub struct Catalog(BTreeMap<Arc<str>, Arc<Template>>);

static REGISTERED: LazyLock<Arc<Catalog>> = LazyLock::new(|| {
    let templates = registered::templates().iter().map(Template::from);
    Arc::new(templates.collect())
});

impl Catalog {
    /// The registered templates.
    ///
    /// ```
    /// use socdef_sigma::template::Catalog;
    /// assert!(Catalog::registered().get("domain/dns_query_windows").is_some());
    /// ```
    pub fn registered() -> Arc<Catalog> {
        REGISTERED.clone()
    }

    /// Adds a template. One of the same name is replaced, and hands on whether it is primary; of two that would be
    /// the primary one of a type, the first stays it.
    ///
    /// ```
    /// use socdef_sigma::template::{Catalog, Template, registered};
    ///
    /// let mut catalog = Catalog::default();
    /// catalog.add(Template::from(registered::find("ipv4/network_connection_windows").unwrap()));
    /// assert!(catalog.get("ipv4/network_connection_windows").unwrap().is_primary());
    /// ```
    pub fn add(&mut self, mut template: Template) {
        template.primary = match self.0.get(&template.name) {
            Some(old) => old.primary,
            None => template.primary && self.primary(template.ioc_type).is_none(),
        };
        self.0.insert(template.name.clone(), Arc::new(template));
    }

    fn primary(&self, ioc_type: IocType) -> Option<&Arc<Template>> {
        self.iter()
            .find(|template| template.primary && template.ioc_type == ioc_type)
    }

    /// The template of this name.
    ///
    /// ```
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// assert_eq!(catalog.get("ipv4/firewall").unwrap().logsource().label(), "firewall");
    /// assert!(catalog.get("ipv4/no_such_source").is_none());
    /// ```
    pub fn get(&self, name: &str) -> Option<&Arc<Template>> {
        self.0.get(name)
    }

    /// Whether one of the templates asks for such a tag.
    pub(crate) fn asks_for(&self, tag: &str) -> bool {
        self.iter().any(|template| template.has_word(tag))
    }

    /// All templates, sorted by name.
    ///
    /// ```
    /// use socdef_sigma::IocType;
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let primary = catalog.iter().filter(|template| template.is_primary() && template.ioc_type() == IocType::Url);
    /// assert_eq!(primary.count(), 1);
    /// ```
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<Template>> {
        self.0.values()
    }
}

impl FromIterator<Template> for Catalog {
    fn from_iter<I: IntoIterator<Item = Template>>(templates: I) -> Catalog {
        let mut catalog = Catalog::default();
        for template in templates {
            catalog.add(template);
        }
        catalog
    }
}
