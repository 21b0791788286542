//! The front matter of a drop-in: what the file declares before the text of its template.
//!
//! ```text
//! ---
//! name: acme_edr
//! types: [ipv4, ipv6]
//! logsource:
//!   product: acme
//!   service: edr
//! ---
//! title: …
//! ```

use super::Finding;
use crate::indicator::IocType;
use crate::rule::LogSource;
use crate::rule::node::Node;

/// The longest name of a drop-in, in characters: it becomes part of file names.
const MAX_NAME: usize = 64;

const FENCE: &str = "---";

/// What a drop-in declares, and its text.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct FrontMatter {
    /// The part of the template's name after the type.
    pub(super) name: String,
    pub(super) types: Vec<IocType>,
    pub(super) logsource: LogSource,
    pub(super) tagged: Vec<String>,
    pub(super) needs: Vec<String>,
    /// Whether it is the one that an indicator of its types gets when no log source is named; of a registered template only.
    pub(super) primary: bool,
    /// What the names of files of its log source begin with; of a registered template only.
    pub(super) file_prefix: Option<String>,
    pub(super) description: Option<String>,
    /// The text of the template, after as many empty lines as the front matter has, so that its lines keep their numbers.
    pub(super) body: String,
}

/// Reads the text of a drop-in.
pub(super) fn read(text: &str) -> Result<FrontMatter, Vec<Finding>> {
    read_with(text, false)
}

/// Reads the text of a registered template, whose front matter may say more.
pub(super) fn read_registered(text: &str) -> Result<FrontMatter, Vec<Finding>> {
    read_with(text, true)
}

fn read_with(text: &str, registered: bool) -> Result<FrontMatter, Vec<Finding>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n");
    let (matter, body, lines) = split(&text).map_err(|finding| vec![finding])?;
    let node: Node = serde_yaml::from_str(matter).map_err(|error| {
        let line = error.location().map_or(1, |at| at.line() as usize) + 1;
        vec![Finding::new(
            line.min(lines),
            "the front matter is not YAML",
            "write one `key: value` per line, and quote a value that has `: ` or `#` in it",
        )]
    })?;
    let mut reader = Reader {
        matter,
        registered,
        findings: Vec::new(),
    };
    let read = reader.read(node);
    match (read, reader.findings.is_empty()) {
        (Some(read), true) => Ok(FrontMatter {
            body: "\n".repeat(lines) + body,
            ..read
        }),
        _ => Err(reader.findings),
    }
}

/// The YAML between the fences, what follows, and how many lines the front matter has with its fences.
fn split(text: &str) -> Result<(&str, &str, usize), Finding> {
    let opens = text.lines().next().map(str::trim_end) == Some(FENCE);
    let Some((_, rest)) = text.split_once('\n').filter(|_| opens) else {
        return Err(Finding::new(
            1,
            "the file has no front matter",
            "begin it with a line `---`, then `name:`, `types:` and `logsource:`, then a line `---`; \
             `socdef-sigma templates new` writes one",
        ));
    };
    let mut at = 0;
    for (count, line) in rest.split_inclusive('\n').enumerate() {
        let next = at + line.len();
        if line.trim_end() == FENCE {
            return Ok((&rest[..at], &rest[next..], count + 2));
        }
        at = next;
    }
    Err(Finding::new(
        1,
        "the front matter has no end",
        "write a line `---` after it",
    ))
}

/// The keys, and what each is.
const KEYS: [(&str, &str); 6] = [
    ("name", "acme_edr"),
    ("types", "[ipv4, ipv6]"),
    ("logsource", "{product: acme, service: edr}"),
    ("tagged", "[exploit]"),
    ("needs", "[telling]"),
    ("description", "What it reads, and from where"),
];

struct Reader<'a> {
    matter: &'a str,
    registered: bool,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    fn read(&mut self, node: Node) -> Option<FrontMatter> {
        let Node::Map(entries) = node else {
            let message = format!("the front matter is {}, and must be a map", node.kind());
            self.findings.push(Finding::new(2, message, all_keys()));
            return None;
        };
        let (mut name, mut types, mut logsource) = (None, None, None);
        let (mut tagged, mut needs, mut description) = (Vec::new(), Vec::new(), None);
        let (mut primary, mut file_prefix) = (false, None);
        for (key, node) in entries {
            match key.as_str() {
                "primary" if self.registered => primary = node == Node::Bool(true),
                "file_prefix" if self.registered => file_prefix = node.as_text().map(str::to_owned),
                "name" => name = self.name(node),
                "types" => types = self.types(node),
                "logsource" => logsource = self.logsource(node),
                "tagged" => tagged = self.words("tagged", node).unwrap_or_default(),
                "needs" => needs = self.words("needs", node).unwrap_or_default(),
                "description" => match node {
                    Node::Text(text) => description = Some(text),
                    other => self.wrong("description", &other),
                },
                _ => self.unknown(&key),
            }
        }
        if self.findings.is_empty() {
            for (key, there) in [
                ("name", name.is_some()),
                ("types", types.is_some()),
                ("logsource", logsource.is_some()),
            ] {
                if !there {
                    let message = format!("the front matter has no `{key}`");
                    self.findings.push(Finding::new(1, message, example(key)));
                }
            }
        }
        Some(FrontMatter {
            name: name?,
            types: types?,
            logsource: logsource?,
            tagged,
            needs,
            primary,
            file_prefix,
            description,
            body: String::new(),
        })
    }

    fn name(&mut self, node: Node) -> Option<String> {
        let Node::Text(name) = node else {
            self.wrong("name", &node);
            return None;
        };
        let fits = !name.is_empty()
            && name.len() <= MAX_NAME
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if fits {
            return Some(name);
        }
        let instead = match name.split_once('/') {
            Some((kind, short)) if kind.parse::<IocType>().is_ok() => {
                format!("write `name: {short}` and `types: [{kind}]`")
            }
            _ => format!(
                "write small letters, digits and `_`, at most {MAX_NAME}: {}",
                example("name")
            ),
        };
        self.found(
            "name",
            format!("`name: {}` is not a valid name", short(&name)),
            instead,
        );
        None
    }

    fn types(&mut self, node: Node) -> Option<Vec<IocType>> {
        let mut types = Vec::new();
        for name in self.words("types", node)? {
            match name.parse::<IocType>() {
                Ok(kind) if types.contains(&kind) => self.found(
                    "types",
                    format!("`types` has `{kind}` twice"),
                    "write each once",
                ),
                Ok(kind) => types.push(kind),
                Err(_) => self.found(
                    "types",
                    format!("`{}` is not a type", short(&name)),
                    format!("the types are {}", IocType::names().join(", ")),
                ),
            }
        }
        Some(types)
    }

    fn logsource(&mut self, node: Node) -> Option<LogSource> {
        let Node::Map(entries) = node else {
            self.wrong("logsource", &node);
            return None;
        };
        let mut logsource = LogSource::default();
        for (key, node) in entries {
            let part = match key.as_str() {
                "category" => &mut logsource.category,
                "product" => &mut logsource.product,
                "service" => &mut logsource.service,
                "definition" => &mut logsource.definition,
                _ => {
                    self.found(
                        &key,
                        format!("`logsource` has no part `{}`", short(&key)),
                        "the parts are category, product, service and definition",
                    );
                    continue;
                }
            };
            match node {
                Node::Text(text) if !text.trim().is_empty() => *part = Some(text),
                other => {
                    let message = format!("`{key}` is {}, and must be text", other.kind());
                    self.found(
                        &key,
                        message,
                        format!("write `{key}: acme`, in quotes if it is a number"),
                    );
                }
            }
        }
        if logsource.label().is_empty() && self.findings.is_empty() {
            self.found(
                "logsource",
                "`logsource` names no category, product or service",
                example("logsource"),
            );
        }
        Some(logsource)
    }

    /// A list of texts that is not empty; one text stands for itself.
    fn words(&mut self, key: &str, node: Node) -> Option<Vec<String>> {
        let items = match node {
            Node::List(items) if !items.is_empty() => items,
            Node::Text(text) => return Some(vec![text]),
            other => {
                self.wrong(key, &other);
                return None;
            }
        };
        let words: Option<Vec<String>> = items
            .iter()
            .map(|item| item.as_text().map(str::to_owned))
            .collect();
        if words.is_none() {
            self.wrong(key, &Node::List(items));
        }
        words
    }

    fn unknown(&mut self, key: &str) {
        let message = format!("the front matter has no key `{}`", short(key));
        self.found(key, message, all_keys());
    }

    fn wrong(&mut self, key: &str, node: &Node) {
        let kind = match node {
            Node::List(items) if items.is_empty() => "an empty list",
            node => node.kind(),
        };
        self.found(key, format!("`{key}` cannot be {kind}"), example(key));
    }

    fn found(&mut self, key: &str, message: impl Into<String>, instead: impl Into<String>) {
        let begins = |line: &str| {
            let line = line.trim_start_matches([' ', '-', '{', '"', '\'']);
            line.strip_prefix(key)
                .is_some_and(|rest| rest.trim_start_matches(['"', '\'', ' ']).starts_with(':'))
        };
        let line = self
            .matter
            .lines()
            .position(begins)
            .or_else(|| self.matter.lines().position(|line| line.contains(key)))
            .map_or(1, |at| at + 2);
        self.findings.push(Finding::new(line, message, instead));
    }
}

fn example(key: &str) -> String {
    let (_, value) = KEYS
        .iter()
        .find(|(name, _)| *name == key)
        .unwrap_or(&KEYS[0]);
    format!("write `{key}: {value}`")
}

fn all_keys() -> String {
    format!("the keys are {}", KEYS.map(|(name, _)| name).join(", "))
}

/// The part of a text from the file that is shown.
fn short(text: &str) -> String {
    text.chars().take(60).collect()
}

/// A template's declaration as a front matter.
pub(super) fn write(
    name: &str,
    types: &[IocType],
    logsource: &LogSource,
    more: [(&str, &[String]); 2],
) -> String {
    let types: Vec<&str> = types.iter().map(|kind| kind.as_str()).collect();
    let mut text = format!(
        "{FENCE}\nname: {name}\ntypes: [{}]\nlogsource:\n",
        types.join(", ")
    );
    for (part, value) in logsource.parts() {
        text.push_str(&format!("  {part}: {}\n", scalar(value)));
    }
    for (key, words) in more.into_iter().filter(|(_, words)| !words.is_empty()) {
        let words: Vec<String> = words.iter().map(|word| scalar(word)).collect();
        text.push_str(&format!("{key}: [{}]\n", words.join(", ")));
    }
    text.push_str(FENCE);
    text.push('\n');
    text
}

/// A text as YAML: plain where nothing else could be read in it, else quoted.
pub(super) fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        && !matches!(
            text,
            "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n"
        );
    match plain {
        true => text.to_owned(),
        false => serde_json::Value::from(text).to_string(),
    }
}
