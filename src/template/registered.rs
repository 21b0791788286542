//! The registered templates, one for each type: those of files with a front matter, and those that bring their own derived values.

use std::sync::LazyLock;

use super::{Finding, front_matter};
use crate::error::Error;
use crate::indicator::IocType;
use crate::registry::{TemplateFile, TemplatePlugin};
use crate::rule::LogSource;

/// All that is registered, read once.
struct Registered {
    templates: Vec<TemplatePlugin>,
    prefixes: Vec<(LogSource, String)>,
    unreadable: Vec<(&'static str, Vec<Finding>)>,
}

static REGISTERED: LazyLock<Registered> = LazyLock::new(|| {
    let mut all = Registered {
        templates: inventory::iter::<TemplatePlugin>().copied().collect(),
        prefixes: Vec::new(),
        unreadable: Vec::new(),
    };
    for file in inventory::iter::<TemplateFile>() {
        match front_matter::read_registered(file.source) {
            Ok(declared) => all.add(file, declared),
            Err(findings) => all.unreadable.push((file.file, findings)),
        }
    }
    all.templates.sort_by_key(|plugin| plugin.name);
    all
});

impl Registered {
    /// One template for each type. What a file declares lives as long as the file's text, which is for ever.
    fn add(&mut self, file: &TemplateFile, declared: front_matter::FrontMatter) {
        let words = |words: Vec<String>| -> &'static [&'static str] {
            Vec::leak(words.into_iter().map(|word| &*word.leak()).collect())
        };
        let (tagged, needs) = (words(declared.tagged), words(declared.needs));
        for ioc_type in declared.types {
            self.templates.push(TemplatePlugin {
                name: format!("{ioc_type}/{}", declared.name).leak(),
                ioc_type,
                primary: declared.primary,
                tagged,
                needs,
                source: file.source,
                derive: ioc_type.plugin().derive,
            });
        }
        if let Some(prefix) = declared.file_prefix {
            self.prefixes.push((declared.logsource, prefix));
        }
    }
}

/// All registered templates, sorted by name.
///
/// ```
/// use socdef_sigma::template::registered;
/// assert!(registered::templates().iter().any(|template| template.name == "sha1/driver_load_windows"));
/// ```
pub fn templates() -> &'static [TemplatePlugin] {
    &REGISTERED.templates
}

/// The template of this name.
///
/// ```
/// use socdef_sigma::template::registered::find;
///
/// assert!(!find("ipv4/firewall").unwrap().primary);
/// assert!(find("ipv4/no_such_source").is_none());
/// ```
pub fn find(name: &str) -> Option<&'static TemplatePlugin> {
    templates().iter().find(|plugin| plugin.name == name)
}

/// The primary template of a type.
///
/// ```
/// use socdef_sigma::{IocType, template::registered::primary};
/// assert_eq!(primary(IocType::Ipv4).unwrap().name, "ipv4/network_connection_windows");
/// ```
pub fn primary(ioc_type: IocType) -> Option<&'static TemplatePlugin> {
    templates()
        .iter()
        .find(|plugin| plugin.ioc_type == ioc_type && plugin.primary)
}

/// What the names of files begin with whose rules are of this log source, where a registered template says so.
pub(crate) fn file_prefix(logsource: &LogSource) -> Option<&'static str> {
    let found = REGISTERED.prefixes.iter().find(|(known, _)| {
        (&known.category, &known.product, &known.service)
            == (&logsource.category, &logsource.product, &logsource.service)
    });
    found.map(|(_, prefix)| prefix.as_str())
}

/// The error in the first registered template whose front matter cannot be read.
pub(crate) fn unreadable() -> Option<Error> {
    let (file, findings) = REGISTERED.unreadable.first()?;
    Some(Finding::first_error(findings, file))
}
