//! Templates: the text of a Sigma rule with placeholders, for one type of indicator and one log source.
//!
//! A [`Template`] comes from a registered [`TemplatePlugin`](crate::registry::TemplatePlugin) or from a file of the user's with a front matter, a drop-in; a [`Catalog`] holds all of a
//! run, and a [`Selection`] those whose log sources were asked for.
//!
//! The engine is minijinja, strict, bounded, and with JSON escaping, so that no value is ever raw YAML: every `{{ … }}`
//! is written as JSON, which is YAML. A text is one double-quoted scalar, a list is a flow sequence, whatever is in them. The text that
//! comes out is parsed into a [`SigmaRule`](crate::rule::SigmaRule) and never shown as it is.
//!
//! In a template:
//!
//! | name | what |
//! |---|---|
//! | the derived values of the type | see `src/types/` |
//! | `type_title` | what people call the type: `MD5` |
//! | `id`, `date`, `modified`, `level`, `author`, `references` | as the rule has them; `modified` may be false |
//! | `logsource` | the log source that a template of the user's declares |
//! | `intelligence` | `SOC Defenders threat intelligence`, by the producer's name |
//! | `socdef` | what Sigma has no field for, as a map |
//! | `rule_title(what)` | producer, what it is, and the value, unique and short enough |
//! | `attack_tags(tactic, tag…)` | the feed's techniques with their tactics, else the tactic; then further tags |
//! | `…\|sigma` | the value with `\`, `*` and `?` escaped (Sigma specification, "Escape Character") |
//! | `level\|at_most("medium")` | the lower of two levels |
//! | `level\|one_lower` | the level below, for what is no more than an attempt from outside |

mod catalog;
pub(crate) mod drop_in;
mod engine;
mod filters;
mod front_matter;
mod lines;
mod lint;
mod plugin;
pub mod registered;
mod selection;
mod starter;

use std::sync::Arc;

use uuid::Uuid;

use crate::error::Result;
use crate::indicator::{Indicator, Ioc, IocType};
use crate::registry::{DerivedValue, DerivedValues};
use crate::rule::LogSource;
use engine::Program;

pub use catalog::Catalog;
pub(crate) use filters::push_title_end;
pub use lint::{Finding, lint};
pub use selection::Selection;
pub use starter::starter;

/// A template, parsed and ready to render.
///
/// ```
/// use socdef_sigma::template::Catalog;
///
/// let catalog = Catalog::registered();
/// let template = catalog.get("domain/proxy").unwrap();
/// assert_eq!((template.ioc_type().as_str(), template.logsource().label().as_str()), ("domain", "proxy"));
/// ```
#[derive(Debug)]
pub struct Template {
    name: Arc<str>,
    ioc_type: IocType,
    primary: bool,
    logsource: LogSource,
    tagged: Vec<String>,
    needs: Vec<String>,
    description: Option<String>,
    /// The text as it was written, with the front matter of a drop-in.
    source: Arc<str>,
    /// The text that renders.
    body: Arc<str>,
    /// The drop-in that it is from.
    file: Option<Arc<str>>,
    /// What messages call it: its file, or its name.
    place: Arc<str>,
    derive: fn(&Indicator) -> DerivedValues,
    program: Program,
}

impl Template {
    /// The name, `<type>/<log source>`, such as `ipv4/firewall`.
    ///
    /// ```
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/firewall").unwrap();
    /// assert_eq!(&**template.name(), "ipv4/firewall");
    /// ```
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The type whose indicators it takes.
    ///
    /// ```
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/firewall").unwrap();
    /// assert_eq!(template.ioc_type(), socdef_sigma::IocType::Ipv4);
    /// ```
    pub fn ioc_type(&self) -> IocType {
        self.ioc_type
    }

    /// Whether it is the one template that an indicator of the type gets when no log source is named.
    ///
    /// ```
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/network_connection_windows").unwrap();
    /// assert!(template.is_primary());
    /// ```
    pub fn is_primary(&self) -> bool {
        self.primary
    }

    /// The log source of its rules.
    ///
    /// ```
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/firewall").unwrap();
    /// assert_eq!(template.logsource().category.as_deref(), Some("firewall"));
    /// ```
    pub fn logsource(&self) -> &LogSource {
        &self.logsource
    }

    /// The drop-in that it is from; nothing where it is a registered one.
    ///
    /// ```
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/firewall").unwrap();
    /// assert_eq!(template.file(), None);
    /// ```
    pub fn file(&self) -> Option<&str> {
        self.file.as_deref()
    }

    /// What a drop-in says about itself.
    ///
    /// ```
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/firewall").unwrap();
    /// assert_eq!(template.description(), None);
    /// ```
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// The text, as it was written.
    ///
    /// ```
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/firewall").unwrap();
    /// assert!(template.source().contains("{{ id }}"));
    /// ```
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What messages call it: its file, or its name where it is a registered one.
    ///
    /// ```
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/firewall").unwrap();
    /// assert_eq!(template.place(), "ipv4/firewall");
    /// ```
    pub fn place(&self) -> &str {
        &self.place
    }

    /// The derived values of an indicator's value that it may place.
    ///
    /// ```
    /// use socdef_sigma::{Indicator, indicator::parse};
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/firewall").unwrap();
    /// let derived = template.derived(&Indicator::new(parse("198.51.100.0/24").unwrap()));
    /// assert!(derived.iter().count() > 0);
    /// ```
    pub fn derived(&self, indicator: &Indicator) -> DerivedValues {
        (self.derive)(indicator)
    }

    /// Whether an indicator is one for it: of its type, with one of the tags that it asks for, if any.
    ///
    /// ```
    /// use socdef_sigma::{Indicator, indicator::parse};
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/firewall").unwrap();
    /// let takes = |value| template.takes(&Indicator::new(parse(value).unwrap()));
    /// assert!(takes("198.51.100.7") && !takes("evil.example"));
    /// ```
    pub fn takes(&self, indicator: &Indicator) -> bool {
        indicator.ioc.ioc_type() == self.ioc_type
            && (self.tagged.is_empty() || indicator.tags.iter().any(|tag| self.has_word(tag)))
    }

    /// Whether its log source shows enough of an indicator that it takes for a rule: the flags hold that it needs.
    ///
    /// ```
    /// use socdef_sigma::{Indicator, indicator::parse};
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("url/webserver").unwrap();
    /// let finds = |value| template.finds(&Indicator::new(parse(value).unwrap()));
    /// // The log of the server that was attacked shows the path of a URL, and not its host.
    /// assert!(finds("http://evil.example/cgi-bin/a_b.php?id=1") && !finds("http://evil.example/"));
    /// ```
    pub fn finds(&self, indicator: &Indicator) -> bool {
        self.needs.is_empty() || {
            let derived = self.derived(indicator);
            let holds = |flag: &String| derived.get(flag) == Some(&DerivedValue::Flag(true));
            self.needs.iter().all(holds)
        }
    }

    /// Whether a word of the tag is one that is asked for: `exploit` in `type:exploit`, and not in `exploit-kit`.
    fn has_word(&self, tag: &str) -> bool {
        tag.split(|c: char| !c.is_alphanumeric() && !matches!(c, '-' | '_'))
            .any(|word| self.tagged.iter().any(|tag| tag.eq_ignore_ascii_case(word)))
    }

    /// The id of an indicator's rule: UUIDv5 in [`Ioc::NAMESPACE`] of `type:value` in the primary log source, and of
    /// `<name of the template>:value` in any other. A template's name has no colon and a type has no slash, so no two are alike.
    ///
    /// ```
    /// use socdef_sigma::indicator::parse;
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/network_connection_windows").unwrap();
    /// let ioc = parse("198.51.100.7").unwrap().ioc;
    /// assert_eq!(template.id(&ioc), ioc.id());
    /// ```
    pub fn id(&self, ioc: &Ioc) -> Uuid {
        self.id_of(ioc.ioc_type(), &ioc.to_string())
    }

    /// The same, of a type and a canonical value.
    pub(crate) fn id_of(&self, ioc_type: IocType, value: &str) -> Uuid {
        let kind = match self.primary {
            true => ioc_type.as_str(),
            false => &*self.name,
        };
        let mut name = String::with_capacity(kind.len() + 1 + value.len());
        name.push_str(kind);
        name.push(':');
        name.push_str(value);
        Uuid::new_v5(&Ioc::NAMESPACE, name.as_bytes())
    }

    /// The template as a drop-in: its file as it is, or a registered one with a front matter, so that a copy of it in a
    /// file replaces it.
    ///
    /// ```
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/firewall").unwrap();
    /// assert!(template.drop_in().starts_with("---\nname: firewall\ntypes: [ipv4]\n"));
    /// ```
    pub fn drop_in(&self) -> String {
        if self.file.is_some() {
            return self.source.to_string();
        }
        let short = self
            .name
            .split_once('/')
            .map_or(&*self.name, |(_, short)| short);
        let more = [("tagged", &*self.tagged), ("needs", &*self.needs)];
        let body = self.body.trim_start_matches('\n');
        front_matter::write(short, &[self.ioc_type], &self.logsource, more) + body
    }

    /// Renders to the text of a YAML document.
    ///
    /// # Errors
    /// [`crate::ErrorKind::BrokenTemplate`] with the template's file or name, and the line.
    ///
    /// ```
    /// use socdef_sigma::template::Catalog;
    ///
    /// let catalog = Catalog::registered();
    /// let template = catalog.get("ipv4/firewall").unwrap();
    /// // The texts are missing that an indicator gives.
    /// let error = template.render(minijinja::Value::UNDEFINED).unwrap_err();
    /// assert_eq!(error.kind(), socdef_sigma::ErrorKind::BrokenTemplate);
    /// ```
    pub fn render(&self, context: minijinja::Value) -> Result<String> {
        self.program.render(&self.place, context)
    }

    /// The mistakes that its text shows.
    pub(crate) fn lint(&self) -> Vec<Finding> {
        lint(&self.body)
    }

    /// The text that renders; a drop-in's has an empty line for each of its front matter.
    pub(crate) fn body(&self) -> &str {
        &self.body
    }

    /// The names that its text uses and does not define.
    pub(crate) fn names(&self) -> Vec<String> {
        self.program.names()
    }

    /// The rendered text, line by line, each with the line of the template that it is from; for messages.
    pub(crate) fn lines(&self, context: &minijinja::Value) -> Vec<(usize, String)> {
        lines::rendered(&self.body, context)
    }

    /// The line that a message about the rule is about, and what is rendered there.
    pub(crate) fn line_of(
        &self,
        context: &minijinja::Value,
        message: &str,
    ) -> Option<(usize, String)> {
        lines::told(&self.lines(context), message)
    }

    /// Renders with marks, which tell what became of a text: `escape` stands for what the filter `sigma` does, and
    /// `title` for a whole title behind its head.
    ///
    /// # Errors
    /// As [`Template::render`].
    pub(crate) fn render_marked(
        &self,
        context: minijinja::Value,
        escape: impl Fn(&str) -> String + Send + Sync + 'static,
        title: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Result<String> {
        Program::marked(&self.body, escape, title).render(&self.place, context)
    }
}
