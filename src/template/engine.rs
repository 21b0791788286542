//! minijinja, strict and bounded: one parsed template text.

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, State, UndefinedBehavior};

use super::filters;
use crate::error::{Error, ErrorKind};

/// How many instructions a template may take. The built-in ones take about a hundred.
const FUEL: u64 = 100_000;

/// The name of the one template in its environment. Its ending makes minijinja escape as JSON.
const NAME: &str = "template.yml.j2";

/// A template's text, parsed; or why it does not parse, which costs nothing but the rules of this template.
#[derive(Debug)]
pub(super) struct Program(Result<Environment<'static>, Fault>);

/// What is wrong with a template, and in which line.
#[derive(Debug, Clone)]
struct Fault {
    line: Option<usize>,
    cause: String,
}

impl Program {
    /// Parses a text.
    pub(super) fn new(source: &str) -> Program {
        let environment = environment(source, filters::sigma_escape, filters::whole_title);
        Program(environment.map_err(|cause| Fault::from(&cause)))
    }

    /// Parses a text that is rendered with marks: see [`Template::render_marked`](super::Template::render_marked).
    pub(super) fn marked(
        source: &str,
        escape: impl Fn(&str) -> String + Send + Sync + 'static,
        title: impl Fn(&str) -> String + Send + Sync + 'static,
    ) -> Program {
        let environment = environment(source, escape, move |_: &State, head: &str| Ok(title(head)));
        Program(environment.map_err(|cause| Fault::from(&cause)))
    }

    /// Renders to the text of a YAML document. `place` is the template in messages.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenTemplate`] with place and line.
    pub(super) fn render(&self, place: &str, context: minijinja::Value) -> Result<String, Error> {
        self.0
            .as_ref()
            .map_err(Fault::clone)
            .and_then(|environment| {
                environment
                    .get_template(NAME)
                    .and_then(|template| template.render(context))
                    .map_err(|cause| Fault::from(&cause))
            })
            .map(printable)
            .map_err(|fault| fault.at(place))
    }
}

fn environment(
    source: &str,
    escape: impl Fn(&str) -> String + Send + Sync + 'static,
    title: impl Fn(&State, &str) -> Result<String, minijinja::Error> + Send + Sync + 'static,
) -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // A block on a line of its own leaves no line behind.
    environment.set_syntax(
        SyntaxConfig::builder()
            .trim_blocks(true)
            .lstrip_blocks(true)
            .build()?,
    );
    filters::install(&mut environment, escape, title);
    environment.add_template_owned(NAME, source.to_owned())?;
    Ok(environment)
}

impl Fault {
    fn at(self, place: &str) -> Error {
        let place = match self.line {
            Some(line) => format!("{place}:{line}"),
            None => place.to_owned(),
        };
        Error::new(ErrorKind::BrokenTemplate, "the template does not render")
            .at(place)
            .because(self.cause)
    }
}

impl From<&minijinja::Error> for Fault {
    fn from(error: &minijinja::Error) -> Fault {
        let mut cause = match error.detail() {
            Some(detail) => format!("{}: {detail}", error.kind()),
            None => error.kind().to_string(),
        };
        let mut next = std::error::Error::source(error);
        while let Some(inner) = next {
            cause.push_str(&format!(": {inner}"));
            next = inner.source();
        }
        Fault {
            line: error.line(),
            cause,
        }
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
