//! From a registered template to one that renders.

use super::engine::Program;
use super::{Template, front_matter};
use crate::registry::TemplatePlugin;
use crate::rule::LogSource;

impl From<&TemplatePlugin> for Template {
    fn from(plugin: &TemplatePlugin) -> Template {
        let (logsource, body) = match front_matter::read_registered(plugin.source) {
            Ok(declared) => (declared.logsource, declared.body),
            Err(_) => (logsource(plugin.source), plugin.source.to_owned()),
        };
        Template {
            name: plugin.name.into(),
            ioc_type: plugin.ioc_type,
            primary: plugin.primary,
            logsource,
            tagged: plugin.tagged.iter().map(ToString::to_string).collect(),
            needs: plugin.needs.iter().map(ToString::to_string).collect(),
            description: None,
            source: plugin.source.into(),
            program: Program::new(&body),
            body: body.into(),
            file: None,
            place: plugin.name.into(),
            derive: plugin.derive,
        }
    }
}

/// The log source of a registered template without a front matter, read from its text: it stands there without placeholders.
fn logsource(source: &str) -> LogSource {
    let mut logsource = LogSource::default();
    let lines = source
        .lines()
        .skip_while(|line| *line != "logsource:")
        .skip(1);
    for line in lines.take_while(|line| line.starts_with(' ')) {
        let Some((part, name)) = line.trim().split_once(": ") else {
            continue;
        };
        let part = match part {
            "category" => &mut logsource.category,
            "product" => &mut logsource.product,
            "service" => &mut logsource.service,
            "definition" => &mut logsource.definition,
            _ => continue,
        };
        *part = Some(name.trim_matches('\'').to_owned());
    }
    logsource
}
