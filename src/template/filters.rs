//! The filters and functions that templates have beside minijinja's own.

use minijinja::value::{Rest, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, Value};

use crate::hidden::is_hidden;
use crate::rule::Level;

/// Installs all of them. `escape` is what `sigma` does with a text, `end` what stands in a title behind its head.
pub(super) fn install(
    environment: &mut Environment<'_>,
    escape: impl Fn(&str) -> String + Send + Sync + 'static,
    title: impl Fn(&State, &str) -> Result<String, Error> + Send + Sync + 'static,
) {
    environment.add_filter("sigma", move |value: &Value| sigma(value, &escape));
    environment.add_filter("at_most", at_most);
    environment.add_filter("one_lower", one_lower);
    environment.add_function("rule_title", move |state: &State, what: &str| {
        let head = title_head(&text(state, "producer")?, what);
        title(state, &head)
    });
    environment.add_function("attack_tags", attack_tags);
}

/// The title with this head, of the indicator that the template is rendered for.
pub(super) fn whole_title(state: &State, head: &str) -> Result<String, Error> {
    Ok(titled(
        head,
        &text(state, "display")?,
        &text(state, "short_id")?,
    ))
}

fn sigma(value: &Value, escape: &dyn Fn(&str) -> String) -> Result<Value, Error> {
    match value.kind() {
        ValueKind::String => Ok(escape(value.as_str().unwrap_or_default()).into()),
        // A list of one is its only item: a rule reads better without a list.
        ValueKind::Seq if value.len() == Some(1) => {
            sigma(&value.get_item(&Value::from(0))?, escape)
        }
        ValueKind::Seq => {
            let escaped: Result<Vec<_>, _> =
                value.try_iter()?.map(|item| sigma(&item, escape)).collect();
            Ok(Value::from(escaped?))
        }
        kind => Err(Error::new(
            ErrorKind::InvalidOperation,
            format!(
                "the filter `sigma` escapes text and lists of text, not a value of type {kind}"
            ),
        )),
    }
}

fn at_most(level: &str, most: &str) -> Result<&'static str, Error> {
    Ok(read_level(level)?.min(read_level(most)?).as_str())
}

/// The level below; the lowest stays.
fn one_lower(level: &str) -> Result<&'static str, Error> {
    let level = read_level(level)?;
    let below = Level::ALL.into_iter().take_while(|lower| *lower < level);
    Ok(below.last().unwrap_or(level).as_str())
}

fn read_level(name: &str) -> Result<Level, Error> {
    Level::from_name(name).ok_or_else(|| {
        Error::new(
            ErrorKind::InvalidOperation,
            format!("`{name}` is not a level"),
        )
    })
}

/// The longest title that a rule gets, in characters. SigmaHQ's validators allow 120.
const MAX_TITLE: usize = 110;

/// The lower-case words that SigmaHQ's title-case check lets pass.
const SMALL_WORDS: [&str; 20] = [
    "a", "an", "and", "as", "at", "by", "for", "from", "in", "new", "of", "on", "or", "over",
    "the", "through", "to", "via", "with", "without",
];

/// The longest producer in a title, in characters. What the rule is may leave it less room than that.
const MAX_PRODUCER: usize = 60;

/// The end of a title whose value is cut, in characters: `... 0A1B2C3D`.
const CUT: usize = 12;

/// `producer - what `: the text before the value.
fn title_head(producer: &str, what: &str) -> String {
    let room = MAX_TITLE.saturating_sub(" - ".len() + what.chars().count() + 1 + CUT);
    // Capitals may be longer than small letters, so it is cut behind.
    let producer: String = title_case(producer)
        .chars()
        .take(room.min(MAX_PRODUCER))
        .collect();
    // A title that starts so reads as a sentence, and SigmaHQ's validators refuse it.
    let producer = match producer.starts_with("Detect") {
        true => format!("The {producer}"),
        false => producer,
    };
    format!("{} - {what} ", producer.trim_end())
}

/// `producer - what value`: a SIEM keys saved searches by title, so the value makes it unique; a value
/// that is cut is followed by a short id. It is cut where it is too long, where it has a space (two words would be
/// read as such), and where it ends in a full stop.
pub(crate) fn titled(head: &str, display: &str, short_id: &str) -> String {
    let mut title = String::with_capacity(head.len() + display.len());
    title.push_str(head);
    push_title_end(&mut title, head, display, short_id);
    title
}

/// Appends what stands in a title behind its head.
pub(crate) fn push_title_end(out: &mut String, head: &str, display: &str, short_id: &str) {
    if display.contains(is_hidden) {
        // Two values that look alike are kept apart by the short id.
        let seen = display.replace(is_hidden, "") + " ";
        return push_title_end(out, head, &seen, short_id);
    }
    let room = MAX_TITLE.saturating_sub(head.chars().count());
    let fits = display.chars().count() <= room
        && !display.ends_with('.')
        && !display.contains(char::is_whitespace);
    if fits {
        out.push_str(display);
        return;
    }
    let tail = ["... ", short_id];
    let kept = room.saturating_sub(tail.iter().map(|part| part.len()).sum());
    out.extend(
        display
            .chars()
            .take(kept)
            .take_while(|c| !c.is_whitespace()),
    );
    out.extend(tail);
}

/// Capitals for the words that the title-case check would complain of.
fn title_case(name: &str) -> String {
    let word = |word: &str| {
        let passes = SMALL_WORDS.contains(&word)
            || word.contains(['.', '/', '_'])
            || word.starts_with(|c: char| c.is_ascii_digit())
            || word.chars().any(char::is_uppercase);
        match word.find(char::is_alphabetic) {
            // The first letter, whatever stands before it: `(unknown)`.
            Some(at) if !passes => {
                let (before, rest) = word.split_at(at);
                let mut letters = rest.chars();
                let first = letters.next().into_iter().flat_map(char::to_uppercase);
                before.chars().chain(first).chain(letters).collect()
            }
            _ => word.to_owned(),
        }
    };
    name.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn attack_tags(state: &State, tactic: &str, more: Rest<String>) -> Result<Vec<String>, Error> {
    let known = state.lookup("technique_tags").unwrap_or_default();
    let mut tags: Vec<String> = known
        .try_iter()?
        .filter_map(|tag| tag.as_str().map(str::to_owned))
        .collect();
    if tags.is_empty() {
        tags.push(format!("attack.{tactic}"));
    }
    tags.extend(more.0);
    Ok(tags)
}

fn text(state: &State, name: &str) -> Result<String, Error> {
    match state.lookup(name).as_ref().and_then(Value::as_str) {
        Some(text) => Ok(text.to_owned()),
        None => Err(Error::new(
            ErrorKind::UndefinedError,
            format!("`{name}` is not a string"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rule::escape::sigma_escape;

    fn title(producer: &str, display: &str) -> String {
        let mut environment = Environment::new();
        install(&mut environment, sigma_escape, whole_title);
        let context = minijinja::context! { producer, display, short_id => "0A1B2C3D" };
        environment
            .render_str("{{ rule_title('Malicious URL Indicator') }}", context)
            .unwrap()
    }

    #[test]
    fn a_title_ends_in_the_value_or_in_a_short_id() {
        assert_eq!(
            title("ESET", "http://evil.example/"),
            "ESET - Malicious URL Indicator http://evil.example/"
        );
        let long = title("ESET", &format!("http://evil.example/{}", "a".repeat(200)));
        assert_eq!(long.len(), MAX_TITLE);
        assert!(long.ends_with("aaa... 0A1B2C3D"), "{long}");
        assert!(title("ESET", "http://evil.example/a.").ends_with("/a.... 0A1B2C3D"));
    }

    #[test]
    fn a_title_never_starts_as_a_sentence() {
        assert!(title("Detects Inc.", "evil.example").starts_with("The Detects Inc. - "));
    }

    #[test]
    fn a_producer_gets_title_case() {
        assert_eq!(
            title_case("the (unknown) feed of pan-unit42 and abuse.ch"),
            "the (Unknown) Feed of Pan-unit42 and abuse.ch"
        );
    }

    #[test]
    fn levels_are_capped() {
        assert_eq!(at_most("high", "medium").unwrap(), "medium");
        assert_eq!(at_most("low", "medium").unwrap(), "low");
        assert!(at_most("urgent", "medium").is_err());
    }

    #[test]
    fn a_level_is_lowered_by_one_and_never_below_the_lowest() {
        let levels = ["critical", "high", "medium", "low", "informational"];
        for (level, below) in levels.iter().zip(&levels[1..]) {
            assert_eq!(one_lower(level).unwrap(), *below);
        }
        assert_eq!(one_lower("informational").unwrap(), "informational");
        assert!(one_lower("urgent").is_err());
    }

    #[test]
    fn a_long_producer_leaves_room_for_what_the_rule_is_and_the_short_id() {
        let what = "Malicious SHA256 Indicator in Stream Hashes";
        let mut environment = Environment::new();
        install(&mut environment, sigma_escape, whole_title);
        let (producer, display) = ("P".repeat(99), "A".repeat(64));
        let context = minijinja::context! { producer, display, short_id => "0A1B2C3D", what };
        let title = environment
            .render_str("{{ rule_title(what) }}", context)
            .unwrap();
        assert_eq!(title.chars().count(), MAX_TITLE);
        assert!(title.starts_with("PPP"), "{title}");
        assert!(
            title.ends_with(&format!(" - {what} ... 0A1B2C3D")),
            "{title}"
        );
    }
}
