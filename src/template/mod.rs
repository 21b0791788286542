//! The template engine: minijinja, strict, bounded, and with JSON escaping, so that no value is ever raw YAML.
//!
//! A template is a Sigma rule with holes. Its name ends in `.yml.j2`, so minijinja writes every `{{ … }}` as JSON, which
//! is YAML: a text is one double-quoted scalar, a list is a flow sequence, whatever is in them. The text that comes out is parsed into
//! a [`SigmaRule`](crate::rule::SigmaRule) and never shown as it is.
//!
//! In a template:
//!
//! | name | what |
//! |---|---|
//! | the forms of the type | see `src/plugins/` |
//! | `id`, `date`, `modified`, `level`, `author`, `references` | as the rule has them; `modified` may be false |
//! | `intelligence` | `SOC Defenders threat intelligence`, by the producer's name |
//! | `socdef` | what Sigma has no field for, as a map |
//! | `rule_title(what)` | producer, what it is, and the value, unique and short enough |
//! | `attack_tags(tactic, tag…)` | the feed's techniques with their tactics, else the tactic; then further tags |
//! | `…\|sigma` | the value with `\`, `*` and `?` escaped (Sigma specification, "Escape Character") |
//! | `level\|at_most("medium")` | the lower of two levels |

mod filters;
mod lint;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, UndefinedBehavior};

use crate::error::{Error, ErrorKind, Result};
use crate::registry::TemplatePlugin;

pub use filters::sigma_escape;
pub use lint::{Finding, lint};

/// How many instructions a template may take. The built-in ones take about a hundred.
const FUEL: u64 = 100_000;

/// Templates, parsed and ready to render.
#[derive(Debug)]
pub struct Templates(Environment<'static>);

impl Templates {
    /// Parses the templates of these plugins.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenTemplate`] with the template's name and line.
    pub fn new<'a>(plugins: impl IntoIterator<Item = &'a TemplatePlugin>) -> Result<Templates> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        // A block on a line of its own leaves no line behind.
        let syntax = SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build();
        environment.set_syntax(syntax.map_err(|cause| broken("syntax", cause))?);
        filters::install(&mut environment);
        for plugin in plugins {
            environment
                .add_template_owned(file_name(plugin.name), plugin.source.to_owned())
                .map_err(|cause| broken(plugin.name, cause))?;
        }
        Ok(Templates(environment))
    }

    /// Renders one template to the text of a YAML document.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenTemplate`] with the template's name and line.
    pub fn render(&self, name: &str, context: minijinja::Value) -> Result<String> {
        self.0
            .get_template(&file_name(name))
            .and_then(|template| template.render(context))
            .map(printable)
            .map_err(|cause| broken(name, cause))
    }
}

/// JSON leaves some characters raw that YAML 1.2.2, section 5.1, does not; in a quoted text an escape means the same.
fn printable(text: String) -> String {
    let raw = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}');
    if !text.contains(raw) {
        return text;
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match raw(c) {
            true => escaped.push_str(&format!("\\u{:04x}", c as u32)),
            false => escaped.push(c),
        }
    }
    escaped
}

/// The name that makes minijinja escape as JSON.
fn file_name(name: &str) -> String {
    format!("{name}.yml.j2")
}

fn broken(name: &str, cause: minijinja::Error) -> Error {
    let place = match cause.line() {
        Some(line) => format!("{name}:{line}"),
        None => name.to_owned(),
    };
    Error::new(
        ErrorKind::BrokenTemplate,
        format!("the template `{name}` does not render"),
    )
    .at(place)
    .because(cause)
}
