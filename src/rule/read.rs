//! From the YAML of a rule to its fields, each checked.

use std::collections::HashSet;

use chrono::NaiveDate;
use uuid::Uuid;

use super::{Level, LogSource, SigmaRule};
use crate::rule::node::Node;

const STATUSES: [&str; 5] = [
    "stable",
    "test",
    "experimental",
    "deprecated",
    "unsupported",
];

impl SigmaRule {
    /// Reads one rule from the YAML text that a template gives.
    ///
    /// # Errors
    /// One line that says which field is wrong and what it should be.
    ///
    /// ```
    /// use socdef_sigma::rule::SigmaRule;
    ///
    /// let error = SigmaRule::from_yaml("title: A rule\n").unwrap_err();
    /// assert_eq!(error, "the rule has no `detection`");
    /// ```
    pub fn from_yaml(text: &str) -> Result<SigmaRule, String> {
        let node: Node =
            serde_yaml::from_str(text).map_err(|error| one_line(&error.to_string()))?;
        SigmaRule::from_node(node)
    }

    /// Reads one rule from a YAML value.
    ///
    /// # Errors
    /// One line that says which field is wrong and what it should be.
    pub(crate) fn from_node(node: Node) -> Result<SigmaRule, String> {
        // The wrong value may be a text of several lines, which the line quotes.
        SigmaRule::of(node).map_err(|line| line.replace(char::is_control, " "))
    }

    fn of(node: Node) -> Result<SigmaRule, String> {
        let Node::Map(entries) = node else {
            return Err(format!("a rule is a map, and this is {}", node.kind()));
        };
        let mut rule = Fields(entries);
        let (detection, condition) = detection(
            rule.take("detection")
                .ok_or("the rule has no `detection`")?,
        )?;
        let rule = SigmaRule {
            title: rule.text("title")?.ok_or("the rule has no `title`")?,
            id: rule.id()?,
            status: rule.text("status")?,
            description: rule.text("description")?,
            references: rule.texts("references")?,
            author: rule.text("author")?,
            date: rule.date("date")?,
            modified: rule.date("modified")?,
            tags: rule.texts("tags")?,
            logsource: logsource(
                rule.take("logsource")
                    .ok_or("the rule has no `logsource`")?,
            )?,
            detection,
            condition,
            fields: rule.texts("fields")?,
            falsepositives: rule.texts("falsepositives")?,
            level: rule.level()?,
            custom: rule.0,
        };
        rule.check()?;
        Ok(rule)
    }

    /// The rule as a YAML value, its keys in the order of the YAML, its dates as text.
    pub(crate) fn to_node(&self) -> Node {
        let mut entries: Vec<(String, Node)> = Vec::with_capacity(16);
        let mut put = |name: &str, node: Node| entries.push((name.to_owned(), node));
        let text = |text: &Option<String>| text.as_deref().map(Node::from);
        let list = |items: &[String]| (!items.is_empty()).then(|| Node::from(items.to_vec()));
        let day = |day: Option<NaiveDate>| day.map(|day| Node::from(day.to_string()));
        let source = self.logsource.parts();
        let source = source.map(|(name, part)| (name.to_owned(), Node::from(part)));
        let mut detection = self.detection.clone();
        detection.push(("condition".to_owned(), Node::from(self.condition.as_str())));
        let fields = [
            ("title", Some(Node::from(self.title.as_str()))),
            ("id", Some(Node::from(self.id.to_string()))),
            ("status", text(&self.status)),
            ("description", text(&self.description)),
            ("references", list(&self.references)),
            ("author", text(&self.author)),
            ("date", day(self.date)),
            ("modified", day(self.modified)),
            ("tags", list(&self.tags)),
            ("logsource", Some(Node::Map(source.collect()))),
            ("detection", Some(Node::Map(detection))),
            ("fields", list(&self.fields)),
            ("falsepositives", list(&self.falsepositives)),
            ("level", self.level.map(|level| Node::from(level.as_str()))),
        ];
        for (name, node) in fields {
            if let Some(node) = node {
                put(name, node);
            }
        }
        entries.extend(self.custom.iter().cloned());
        Node::Map(entries)
    }

    /// The invariants that the types do not carry.
    fn check(&self) -> Result<(), String> {
        let title = self.title.chars().count();
        if title == 0 || title > 256 {
            return Err(format!(
                "`title` has {title} characters, and Sigma allows 1 to 256"
            ));
        }
        if let Some(status) = self
            .status
            .as_deref()
            .filter(|status| !STATUSES.contains(status))
        {
            return Err(format!(
                "`status: {status}` is not one of {}",
                STATUSES.join(", ")
            ));
        }
        if let (Some(date), Some(modified)) = (self.date, self.modified)
            && modified <= date
        {
            return Err(format!(
                "`modified: {modified}` is not later than `date: {date}`"
            ));
        }
        for (name, list) in [
            ("references", &self.references),
            ("tags", &self.tags),
            ("fields", &self.fields),
            ("falsepositives", &self.falsepositives),
        ] {
            let mut seen = HashSet::new();
            if let Some(twice) = list.iter().find(|item| !seen.insert(item.as_str())) {
                return Err(format!("`{name}` has `{twice}` twice"));
            }
        }
        match self.tags.iter().find(|tag| !is_tag(tag)) {
            Some(tag) => Err(format!(
                "`{tag}` is not a tag; tags look like `attack.t1071`"
            )),
            None => Ok(()),
        }
    }
}

/// The form that the JSON schema asks of a tag: `^[a-z0-9_-]+\.[a-z0-9._-]+$`.
fn is_tag(tag: &str) -> bool {
    let allowed = |c: char, dot: bool| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-' || (dot && c == '.')
    };
    tag.split_once('.').is_some_and(|(namespace, name)| {
        !namespace.is_empty()
            && !name.is_empty()
            && namespace.chars().all(|c| allowed(c, false))
            && name.chars().all(|c| allowed(c, true))
    })
}

/// The fields of the document that were not taken yet.
struct Fields(Vec<(String, Node)>);

impl Fields {
    fn take(&mut self, name: &str) -> Option<Node> {
        let at = self.0.iter().position(|(key, _)| key == name)?;
        match self.0.remove(at).1 {
            Node::Null => None,
            node => Some(node),
        }
    }

    fn text(&mut self, name: &str) -> Result<Option<String>, String> {
        match self.take(name) {
            None => Ok(None),
            Some(Node::Text(text)) => Ok(Some(text)),
            Some(other) => Err(format!("`{name}` is {}, and must be text", other.kind())),
        }
    }

    fn texts(&mut self, name: &str) -> Result<Vec<String>, String> {
        match self.take(name) {
            None => Ok(Vec::new()),
            Some(node) => texts(name, node),
        }
    }

    fn id(&mut self) -> Result<Uuid, String> {
        let id = self.text("id")?.ok_or("the rule has no `id`")?;
        Uuid::parse_str(&id).map_err(|_| format!("`id: {id}` is not a UUID"))
    }

    fn date(&mut self, name: &str) -> Result<Option<NaiveDate>, String> {
        match self.text(name)? {
            None => Ok(None),
            Some(text) => NaiveDate::parse_from_str(&text, "%Y-%m-%d")
                .map(Some)
                .map_err(|_| format!("`{name}: {text}` is not a date of the form YYYY-MM-DD")),
        }
    }

    fn level(&mut self) -> Result<Option<Level>, String> {
        match self.text("level")? {
            None => Ok(None),
            Some(name) => Level::from_name(&name).map(Some).ok_or_else(|| {
                format!(
                    "`level: {name}` is not one of {}",
                    Level::ALL.map(Level::as_str).join(", ")
                )
            }),
        }
    }
}

fn texts(name: &str, node: Node) -> Result<Vec<String>, String> {
    let Node::List(items) = node else {
        return Err(format!(
            "`{name}` is {}, and must be a list of text",
            node.kind()
        ));
    };
    items
        .into_iter()
        .map(|item| match item {
            Node::Text(text) => Ok(text),
            other => Err(format!(
                "`{name}` holds {}, and must be a list of text",
                other.kind()
            )),
        })
        .collect()
}

fn logsource(node: Node) -> Result<LogSource, String> {
    let Node::Map(entries) = node else {
        return Err(format!("`logsource` is {}, and must be a map", node.kind()));
    };
    let mut fields = Fields(entries);
    let logsource = LogSource {
        category: fields.text("category")?,
        product: fields.text("product")?,
        service: fields.text("service")?,
        definition: fields.text("definition")?,
    };
    if let Some((name, _)) = fields.0.first() {
        return Err(format!(
            "`logsource` has no part `{name}`; the parts are category, product, service and definition"
        ));
    }
    match logsource.label().is_empty() {
        true => Err("`logsource` names no category, product or service".to_owned()),
        false => Ok(logsource),
    }
}

type Selections = Vec<(String, Node)>;

fn detection(node: Node) -> Result<(Selections, String), String> {
    let Node::Map(entries) = node else {
        return Err(format!("`detection` is {}, and must be a map", node.kind()));
    };
    let mut fields = Fields(entries);
    let condition = fields
        .text("condition")?
        .ok_or("`detection` has no `condition`")?;
    if fields.0.is_empty() {
        return Err("`detection` has no selection".to_owned());
    }
    for (name, selection) in &fields.0 {
        if !has_content(selection) {
            return Err(format!(
                "the selection `{name}` is empty, and would match everything or nothing"
            ));
        }
    }
    Ok((fields.0, condition))
}

/// Whether no list, map or whole selection in it is empty.
fn has_content(node: &Node) -> bool {
    match node {
        Node::List(items) => !items.is_empty() && items.iter().all(has_content),
        Node::Map(entries) => {
            !entries.is_empty() && entries.iter().all(|(_, node)| has_content_or_null(node))
        }
        Node::Null => false,
        _ => true,
    }
}

/// `field: null` is Sigma for "the field is empty".
fn has_content_or_null(node: &Node) -> bool {
    matches!(node, Node::Null) || has_content(node)
}

fn one_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim().to_owned()
}
