//! The templates whose log sources were asked for.

use std::sync::{Arc, LazyLock};

use super::{Catalog, Template};
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::Indicator;

/// The name that stands for every log source.
const ALL: &str = "all";
/// The name that stands for the primary log source of each type.
const PRIMARY: &str = "primary";

/// The templates that a run makes rules with: the primary one of each type first, then by name.
///
/// ```
/// use socdef_sigma::template::{Catalog, Selection};
///
/// let zeek = Selection::of(Catalog::registered(), &["zeek".to_owned()])?;
/// assert!(zeek.iter().all(|template| template.logsource().label().starts_with("zeek")));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Selection {
    catalog: Arc<Catalog>,
    chosen: Vec<Arc<Template>>,
}

static REGISTERED: LazyLock<Arc<Selection>> =
    LazyLock::new(|| Arc::new(Selection::primary(Catalog::registered())));

impl Selection {
    /// The registered template of each type that is its primary one.
    ///
    /// ```
    /// use socdef_sigma::template::Selection;
    /// assert!(Selection::registered().iter().all(|template| template.is_primary()));
    /// ```
    pub fn registered() -> Arc<Selection> {
        REGISTERED.clone()
    }

    /// The primary template of each type.
    ///
    /// ```
    /// use socdef_sigma::template::{Catalog, Selection};
    ///
    /// let selection = Selection::primary(Catalog::registered());
    /// assert!(selection.iter().any(|template| &**template.name() == "ipv4/network_connection_windows"));
    /// ```
    pub fn primary(catalog: Arc<Catalog>) -> Selection {
        Selection::keep(catalog, |template| template.primary)
    }

    /// The templates whose log source or name is one of `names`; the primary ones where there is no name.
    ///
    /// A name is a log source (`network_connection/linux`), the beginning of one (`network_connection`, `zeek`), a template
    /// (`ipv4/firewall`) or the part of it after the type (`network_connection_linux`), `primary`, or `all`.
    ///
    /// ```
    /// use socdef_sigma::template::{Catalog, Selection};
    /// let catalog = Catalog::registered();
    /// let names = |wanted: &[&str]| -> Vec<String> {
    ///     let wanted: Vec<String> = wanted.iter().map(ToString::to_string).collect();
    ///     let selection = Selection::of(catalog.clone(), &wanted).unwrap();
    ///     selection.iter().map(|template| template.name().to_string()).collect()
    /// };
    /// assert_eq!(names(&["antivirus"]), ["cve/antivirus"]);
    /// assert_eq!(names(&["all"]).len(), catalog.iter().len());
    /// assert!(Selection::of(catalog, &["no_such_source".to_owned()]).is_err());
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::BadUsage`] for a name that is not one of these; the hint lists the log sources.
    pub fn of(catalog: Arc<Catalog>, names: &[String]) -> Result<Selection> {
        if names.is_empty() {
            return Ok(Selection::primary(catalog));
        }
        for name in names {
            if !catalog.iter().any(|template| is_meant(template, name)) {
                return Err(unknown(&catalog, name));
            }
        }
        Ok(Selection::keep(catalog, |template| {
            names.iter().any(|name| is_meant(template, name))
        }))
    }

    fn keep(catalog: Arc<Catalog>, wanted: impl Fn(&Template) -> bool) -> Selection {
        let mut chosen: Vec<_> = catalog
            .iter()
            .filter(|template| wanted(template))
            .cloned()
            .collect();
        chosen.sort_by_key(|template| !template.primary);
        Selection { catalog, chosen }
    }

    /// All templates that there are, chosen or not.
    ///
    /// ```
    /// use socdef_sigma::template::Selection;
    ///
    /// let selection = Selection::registered();
    /// assert!(selection.catalog().iter().len() > selection.iter().count());
    /// ```
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// The chosen templates.
    ///
    /// ```
    /// use socdef_sigma::template::{Catalog, Selection};
    ///
    /// let selection = Selection::of(Catalog::registered(), &["antivirus".to_owned()])?;
    /// assert_eq!(selection.iter().count(), 1);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Template>> {
        self.chosen.iter()
    }

    /// Those that have a rule for an indicator.
    ///
    /// ```
    /// use socdef_sigma::template::Selection;
    /// use socdef_sigma::{Indicator, indicator::parse};
    ///
    /// let selection = Selection::registered();
    /// let indicator = Indicator::new(parse("198.51.100.7").unwrap());
    /// let names: Vec<_> = selection.of_indicator(&indicator).map(|template| &**template.name()).collect();
    /// assert_eq!(names, ["ipv4/network_connection_windows"]);
    /// ```
    pub fn of_indicator(&self, indicator: &Indicator) -> impl Iterator<Item = &Arc<Template>> {
        self.chosen
            .iter()
            .filter(|template| template.takes(indicator) && template.finds(indicator))
    }

    /// Whether one of all templates asks for such a tag.
    pub(crate) fn asks_for(&self, tag: &str) -> bool {
        self.catalog.asks_for(tag)
    }

    /// Those that take an indicator and find too little of it in their log source for a rule.
    pub(crate) fn too_generic(
        &self,
        indicator: &Indicator,
    ) -> impl Iterator<Item = &Arc<Template>> {
        self.chosen
            .iter()
            .filter(|template| template.takes(indicator) && !template.finds(indicator))
    }
}

fn is_meant(template: &Template, name: &str) -> bool {
    let label = template.logsource.label();
    let begins = label
        .strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let short = template.name.split_once('/').map(|(_, short)| short);
    begins
        || *template.name == *name
        || short == Some(name)
        || name == ALL
        || (name == PRIMARY && template.primary)
}

fn unknown(catalog: &Catalog, name: &str) -> Error {
    let mut labels: Vec<String> = catalog
        .iter()
        .map(|template| template.logsource.label())
        .collect();
    labels.sort_unstable();
    labels.dedup();
    Error::new(
        ErrorKind::BadUsage,
        format!("no template reads the log source `{name}`"),
    )
    .hint(format!(
        "the log sources are {ALL}, {PRIMARY}, {}",
        labels.join(", ")
    ))
}
