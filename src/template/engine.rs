//! minijinja, strict and bounded: one parsed template text.

use std::io::{self, Write};

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, State, UndefinedBehavior};

use super::{Finding, filters, lint};
use crate::error::{Error, ErrorKind};

/// How many steps a template may take. An instruction is one, and so are 4 bytes of a list or map that is written
/// (minijinja's `vm/fuel.rs`). The built-in ones take some hundreds, and half a million for an indicator that has reached
/// all of its bounds ([`Bound`](crate::indicator::Bound)); a loop over one of its lists inside a loop over another takes
/// some ten thousand more.
const FUEL: u64 = 1_000_000;

/// The longest text that a template may give, in bytes. An indicator that has reached all of its bounds
/// ([`Bound`](crate::indicator::Bound)) with characters that are all escaped takes some 2 MiB.
const MAX_OUTPUT: usize = 4 << 20;

/// The name of the one template in its environment. Its ending makes minijinja escape as JSON.
const NAME: &str = "template.yml.j2";

/// A template's text, parsed; or why it does not parse, which costs nothing but the rules of this template.
#[derive(Debug)]
pub(super) struct Program(Result<Environment<'static>, Fault>);

/// The error in a template, and its line.
#[derive(Debug, Clone)]
struct Fault {
    line: Option<usize>,
    message: String,
    cause: Option<String>,
    hint: Option<String>,
}

impl Program {
    /// Parses a text.
    pub(super) fn new(source: &str) -> Program {
        let environment = environment(
            source,
            crate::rule::escape::sigma_escape,
            filters::whole_title,
        );
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

    /// Parses the text of a template that is not ours: one with a mistake that the lint finds never renders, since a value
    /// might come out of it as more than a literal.
    pub(super) fn checked(source: &str) -> Program {
        match lint(source).as_slice() {
            [] => Program::new(source),
            findings => Program(Err(Fault::from(findings))),
        }
    }

    /// Renders to the text of a YAML document. `place` is the template in messages.
    ///
    /// # Errors
    /// [`ErrorKind::BrokenTemplate`] with place and line.
    pub(super) fn render(&self, place: &str, context: minijinja::Value) -> Result<String, Error> {
        self.0
            .as_ref()
            .map_err(Fault::clone)
            .and_then(|environment| bounded(environment, context))
            .map(printable)
            .map_err(|fault| fault.at(place))
    }

    /// The names that the template uses and does not define itself; none where it does not parse.
    pub(super) fn names(&self) -> Vec<String> {
        let Ok(environment) = &self.0 else {
            return Vec::new();
        };
        let globals: Vec<&str> = environment.globals().map(|(name, _)| name).collect();
        let template = environment.get_template(NAME);
        let used = template.map(|template| template.undeclared_variables(false));
        let mut names: Vec<String> = used.unwrap_or_default().into_iter().collect();
        names.retain(|name| !globals.contains(&name.as_str()));
        names.sort_unstable();
        names
    }
}

fn bounded(environment: &Environment<'_>, context: minijinja::Value) -> Result<String, Fault> {
    let mut output = Output::default();
    let rendered = environment
        .get_template(NAME)
        .and_then(|template| template.render_captured_to(context, &mut output).map(drop));
    if output.full {
        return Err(Fault {
            hint: Some("a template gives one rule: remove the loop".to_owned()),
            ..Fault::new(format!(
                "the template gives more than {} KiB",
                MAX_OUTPUT / 1024
            ))
        });
    }
    rendered.map_err(|cause| Fault::from(&cause))?;
    String::from_utf8(output.text).map_err(|_| Fault::new("the template gives no text".to_owned()))
}

/// What a template has given so far.
#[derive(Default)]
struct Output {
    text: Vec<u8>,
    full: bool,
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.text.len() + bytes.len() > MAX_OUTPUT {
            self.full = true;
            return Err(io::Error::other("too long"));
        }
        self.text.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
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
    fn new(message: String) -> Fault {
        Fault {
            line: None,
            message,
            cause: None,
            hint: None,
        }
    }

    fn at(self, place: &str) -> Error {
        let place = match self.line {
            Some(line) => format!("{place}:{line}"),
            None => place.to_owned(),
        };
        let mut error = Error::new(ErrorKind::BrokenTemplate, self.message).at(place);
        if let Some(cause) = self.cause {
            error = error.because(cause);
        }
        match self.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl From<&[Finding]> for Fault {
    fn from(findings: &[Finding]) -> Fault {
        let first = findings.first();
        Fault {
            line: first.map(|finding| finding.line),
            message: first.map_or_else(String::new, |finding| finding.message.clone()),
            cause: None,
            hint: first.map(|finding| finding.instead.clone()),
        }
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
            message: "the template does not render".to_owned(),
            cause: Some(cause),
            hint: hint(error.kind()).map(str::to_owned),
        }
    }
}

/// What to write instead, by what is wrong.
fn hint(kind: minijinja::ErrorKind) -> Option<&'static str> {
    use minijinja::ErrorKind::*;
    Some(match kind {
        SyntaxError => {
            "close what is open: `{{ … }}`, `{% if … %} … {% endif %}`, `{% for … %} … {% endfor %}`"
        }
        UndefinedError => {
            "write a name that indicators of the type have; `socdef-sigma templates check` lists them"
        }
        UnknownFilter => "the filters are `sigma`, `at_most` and `one_lower`, and those of Jinja",
        UnknownFunction => "the functions are `rule_title` and `attack_tags`, and those of Jinja",
        OutOfFuel => "a template takes at most 1,000,000 steps: remove the loop",
        _ => return None,
    })
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
