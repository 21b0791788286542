//! Whether a template does nothing with a value but place it whole.
//!
//! Only then are the rules of a class alike but for their placeholders. The allowed derived values are a short list. A form that is not in it
//! costs time but never gives a wrong rule: `{{ value }}`, `{{ value|sigma }}`, either of them joined to fixed text with `~`, `rule_title(…)`,
//! a form as a tag of `attack_tags(…)`, `{{ socdef }}` as a whole, and `{% if modified %}`.

use crate::registry::{DerivedValue, DerivedValues};

/// The names that differ from rule to rule in every template, beside the derived values.
const VALUES: [&str; 6] = [
    "id",
    "short_id",
    "date",
    "modified",
    "display",
    "rule_title",
];
/// The functions that give the same for the same arguments; any other might print the context.
const FUNCTIONS: [&str; 3] = ["rule_title", "attack_tags", "range"];
/// The statements that define no names of their own but a loop's.
const STATEMENTS: [&str; 6] = ["if", "elif", "else", "endif", "for", "endfor"];
const OPERATORS: [&str; 7] = ["if", "else", "and", "or", "not", "in", "is"];

/// Texts that differ from rule to rule: those that may be joined to others, and those that may only stand alone.
pub(super) struct Names {
    texts: Vec<&'static str>,
    alone: Vec<&'static str>,
}

impl Names {
    /// The names for these derived values.
    pub(super) fn of(derived: &DerivedValues) -> Names {
        let mut names = Names {
            texts: VALUES.to_vec(),
            alone: vec!["socdef"],
        };
        for (name, form) in derived.iter() {
            match form {
                DerivedValue::Text(_) => names.texts.push(name),
                // Joined to text, a list is written with its items quoted, each by what is in it.
                DerivedValue::Texts(_) => names.alone.push(name),
                DerivedValue::Flag(_) => {}
            }
        }
        names
    }

    fn has(&self, name: &str) -> bool {
        self.texts.contains(&name) || self.alone.contains(&name)
    }
}

/// Refuses a template that does more than placing, with the line and what it does.
pub(super) fn check(source: &str, names: &Names) -> Result<(), String> {
    let mut rest = source;
    let mut line = 1;
    while let Some(at) = rest
        .find("{{")
        .into_iter()
        .chain(rest.find("{%"))
        .chain(rest.find("{#"))
        .min()
    {
        line += rest[..at].matches('\n').count();
        let (open, inner) = rest[at..].split_at(2);
        let close = match open {
            "{{" => "}}",
            "{%" => "%}",
            _ => "#}",
        };
        let (block, end) = match open {
            "{#" => inner
                .split_once(close)
                .map(|(block, _)| (Vec::new(), block.len())),
            _ => markers(inner, close),
        }
        .ok_or_else(|| format!("line {line}: `{open}` is not closed"))?;
        let block: Vec<Marker<'_>> = block;
        let verdict = match open {
            "{{" => expression(&block, names),
            "{%" => statement(&block, names),
            _ => Ok(()),
        };
        verdict.map_err(|what| format!("line {line}: {what}"))?;
        line += inner[..end].matches('\n').count();
        rest = &inner[end + 2..];
    }
    Ok(())
}

/// A marker of an expression.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Marker<'a> {
    Text,
    Number,
    Name(&'a str),
    /// Any other character.
    Sign(char),
}

/// The markers up to the closing delimiter, and where that is; `None` where there is none.
fn markers<'a>(text: &'a str, close: &str) -> Option<(Vec<Marker<'a>>, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    // Blocks may open with a sign for white space.
    if text.starts_with(['-', '+']) {
        at = 1;
    }
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with(close) {
            return Some((found, at));
        }
        if rest.starts_with(['-', '+']) && rest[1..].starts_with(close) {
            return Some((found, at + 1));
        }
        let first = rest.chars().next()?;
        let length = match first {
            '"' | '\'' => {
                found.push(Marker::Text);
                quoted(rest, first)?
            }
            c if c.is_alphabetic() || c == '_' => {
                let name = word(rest);
                found.push(Marker::Name(name));
                name.len()
            }
            c if c.is_ascii_digit() => {
                found.push(Marker::Number);
                word(rest).len()
            }
            c if c.is_whitespace() => c.len_utf8(),
            c => {
                found.push(Marker::Sign(c));
                c.len_utf8()
            }
        };
        at += length;
    }
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_');
    &text[..end.unwrap_or(text.len())]
}

/// The length of a text in quotes, with them.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The first name of these markers that differs from rule to rule; what follows a dot or a bar is not a name of the context.
fn differing<'a>(block: &[Marker<'a>], names: &Names) -> Option<&'a str> {
    block
        .iter()
        .enumerate()
        .find_map(|(at, marker)| match marker {
            Marker::Name(name) if names.has(name) => {
                let before = at.checked_sub(1).map(|before| block[before]);
                let is_part = matches!(before, Some(Marker::Sign('.' | '|')));
                (!is_part).then_some(*name)
            }
            _ => None,
        })
}

/// A call of a function that is not on the list.
fn unknown_call<'a>(block: &[Marker<'a>]) -> Option<&'a str> {
    block
        .windows(2)
        .enumerate()
        .find_map(|(at, pair)| match pair {
            [Marker::Name(name), Marker::Sign('(')] => {
                let before = at.checked_sub(1).map(|before| block[before]);
                let is_filter = before == Some(Marker::Sign('|'));
                (!is_filter && !FUNCTIONS.contains(name)).then_some(*name)
            }
            _ => None,
        })
}

fn statement(block: &[Marker<'_>], names: &Names) -> Result<(), String> {
    let Some(Marker::Name(keyword)) = block.first() else {
        return Err("a block without a name".to_owned());
    };
    if !STATEMENTS.contains(keyword) {
        return Err(format!("it has a `{keyword}` block"));
    }
    if let Some(name) = unknown_call(block) {
        return Err(format!("it calls `{name}`"));
    }
    match (block, differing(block, names)) {
        (_, None) => Ok(()),
        ([_, Marker::Name("modified")] | [_, Marker::Name("not"), Marker::Name("modified")], _) => {
            Ok(())
        }
        (_, Some(name)) => Err(format!("it tests or loops over `{name}`")),
    }
}

fn expression(block: &[Marker<'_>], names: &Names) -> Result<(), String> {
    if let Some(name) = unknown_call(block) {
        return Err(format!("it calls `{name}`"));
    }
    let Some(name) = differing(block, names) else {
        return Ok(());
    };
    let segments = split(block, '~');
    let alone = segments.len() == 1;
    match segments
        .iter()
        .all(|segment| is_placed(segment, names, alone))
    {
        true => Ok(()),
        false => Err(format!("it does more with `{name}` than insert it")),
    }
}

/// Whether a part of a joined text is a whole value or has nothing of one.
fn is_placed(segment: &[Marker<'_>], names: &Names, alone: bool) -> bool {
    match segment {
        [Marker::Name(name)] | [Marker::Name(name), Marker::Sign('|'), Marker::Name("sigma")]
            if names.has(name) =>
        {
            (alone || names.texts.contains(name)) && *name != "rule_title"
        }
        [
            Marker::Name("rule_title"),
            Marker::Sign('('),
            arguments @ ..,
            Marker::Sign(')'),
        ] => is_balanced(arguments) && differing(arguments, names).is_none(),
        [
            Marker::Name("attack_tags"),
            Marker::Sign('('),
            arguments @ ..,
            Marker::Sign(')'),
        ] if alone => {
            is_balanced(arguments)
                && split(arguments, ',').iter().all(|argument| match argument {
                    [Marker::Name(name)] => !names.alone.contains(name) && *name != "rule_title",
                    other => differing(other, names).is_none(),
                })
        }
        other => {
            differing(other, names).is_none()
                && other.iter().all(|marker| match marker {
                    Marker::Name(name) => !OPERATORS.contains(name),
                    Marker::Sign(sign) => "|().,".contains(*sign),
                    Marker::Text | Marker::Number => true,
                })
        }
    }
}

/// Cut at a sign, outside of brackets.
fn split<'a, 'b>(block: &'b [Marker<'a>], sign: char) -> Vec<&'b [Marker<'a>]> {
    let mut depth = 0i32;
    block
        .split(|marker| {
            match marker {
                Marker::Sign('(' | '[' | '{') => depth += 1,
                Marker::Sign(')' | ']' | '}') => depth -= 1,
                _ => {}
            }
            depth == 0 && *marker == Marker::Sign(sign)
        })
        .collect()
}

/// Whether every bracket closes one that opened among these markers.
fn is_balanced(block: &[Marker<'_>]) -> bool {
    let mut depth = 0i32;
    for marker in block {
        match marker {
            Marker::Sign('(' | '[' | '{') => depth += 1,
            Marker::Sign(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth < 0 {
            return false;
        }
    }
    depth == 0
}

#[cfg(test)]
mod tests;
