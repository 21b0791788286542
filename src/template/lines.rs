//! Which line of a template gave a line of the rendered text.
//!
//! For messages only: the template is rendered once more with a mark at the end of each of its lines.

use super::engine::Program;

/// The characters around the number in a mark: noncharacters, which stand in no text.
const OPEN: char = '\u{fdd0}';
const CLOSE: char = '\u{fdd1}';

/// The rendered text, line by line, each with the line of the template that it is from. Empty where it does not render.
pub(super) fn rendered(body: &str, context: &minijinja::Value) -> Vec<(usize, String)> {
    let Ok(text) = Program::new(&marked(body)).render("", context.clone()) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let mut last = 1;
    for line in text.split('\n') {
        let mut plain = String::new();
        let mut number = None;
        let mut rest = line;
        while let Some((before, after)) = rest.split_once(OPEN) {
            plain.push_str(before);
            let (mark, behind) = after.split_once(CLOSE).unwrap_or((after, ""));
            // The template's own mark is the last of a line; a value may hold what looks like one.
            number = mark.parse().ok().or(number);
            rest = behind;
        }
        plain.push_str(rest);
        last = number.unwrap_or(last);
        lines.push((last, plain));
    }
    lines
}

/// The template with a mark at the end of each line that is text there.
fn marked(body: &str) -> String {
    let mut marked = String::with_capacity(body.len() * 2);
    let mut tag: Option<&str> = None;
    for (at, line) in body.split_inclusive('\n').enumerate() {
        let text = line.strip_suffix('\n').unwrap_or(line);
        let mut rest = text;
        while !rest.is_empty() {
            if let Some(end) = tag {
                let Some((_, behind)) = rest.split_once(end) else {
                    break;
                };
                (tag, rest) = (None, behind);
            } else {
                let opens = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];
                let first = opens
                    .into_iter()
                    .filter_map(|(open, end)| Some((rest.find(open)?, end)))
                    .min();
                let Some((found, end)) = first else { break };
                (tag, rest) = (Some(end), &rest[found + 2..]);
            }
        }
        marked.push_str(text);
        // The line break behind a block is not a text: it goes with the block.
        if tag.is_none() && line.ends_with('\n') {
            if !text.ends_with("%}") && !text.ends_with("#}") {
                marked.push_str(&format!("{OPEN}{}{CLOSE}", at + 1));
            }
            marked.push('\n');
        } else if line.ends_with('\n') {
            marked.push('\n');
        }
    }
    marked
}

/// The rendered line that a message about the rule is about, and the line of the template that gave it.
pub(super) fn told(lines: &[(usize, String)], message: &str) -> Option<(usize, String)> {
    let text: Vec<&str> = lines.iter().map(|(_, line)| line.as_str()).collect();
    let broken = serde_yaml::from_str::<crate::rule::node::Node>(&text.join("\n")).err();
    if let Some(line) = broken.and_then(|error| Some(error.location()?.line() as usize)) {
        return lines.get(line.saturating_sub(1)).cloned();
    }
    // Messages about a rule name the field first, in backquotes.
    let named = message.split('`').nth(1)?;
    let key = named.split(':').next().unwrap_or(named);
    let begins = |line: &&(usize, String)| {
        line.1
            .trim_start_matches([' ', '-'])
            .strip_prefix(key)
            .is_some_and(|rest| rest.starts_with(':'))
    };
    lines
        .iter()
        .find(begins)
        .or_else(|| lines.iter().find(|(_, line)| line.contains(named)))
        .cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rendered_line_knows_its_line() {
        let body = "\na: 1\n{% if x %}\nb: {{ x }}\n{% endif %}\n{% for y in [1, 2] %}\nc: {{\n y }}\n{% endfor %}\n{# gone\n gone #}\nd: 2\n";
        let context = minijinja::context! { x => "\u{fdd0}9\u{fdd1}" };
        let lines: Vec<(usize, String)> = rendered(body, &context)
            .into_iter()
            .filter(|(_, line)| !line.is_empty())
            .collect();
        let numbers: Vec<usize> = lines.iter().map(|(number, _)| *number).collect();
        assert_eq!(numbers, [2, 4, 8, 8, 12], "{lines:?}");
        assert!(lines.iter().all(|(_, line)| !line.contains(CLOSE)));
    }
}
