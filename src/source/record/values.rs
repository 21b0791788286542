//! The values in a cell.

use super::sure;
use crate::extract::split;
use crate::extract::{Setting, candidates};
use crate::indicator::{EmailRole, Expect, Ioc, Parsed, Refusal, parse, parse_as, parse_declared};
use crate::reason::{Outcome, Reason};
use crate::source::stix_pattern::{self, Reading};
use crate::source::type_name::{Declared, kind};

/// A value of a record: as it was written, as it was understood, and what is known of it.
#[derive(Debug)]
pub(super) struct Value<'a> {
    pub(super) text: std::borrow::Cow<'a, str>,
    pub(super) parsed: Result<Parsed, Refusal>,
    /// The part that an e-mail address played.
    pub(super) email_role: Option<EmailRole>,
    /// The ports that a pattern has beside it.
    pub(super) ports: Vec<u16>,
    /// It is of another type than the feed says.
    pub(super) retyped: bool,
    /// The index of the cell among those of the record.
    pub(super) cell: usize,
    /// The range that it is a part of.
    pub(super) range: Option<String>,
}

impl<'a> Value<'a> {
    pub(super) fn new(
        text: impl Into<std::borrow::Cow<'a, str>>,
        parsed: Result<Parsed, Refusal>,
    ) -> Value<'a> {
        Value {
            text: text.into(),
            parsed,
            email_role: None,
            ports: Vec::new(),
            retyped: false,
            cell: 0,
            range: None,
        }
    }
}

/// Whether a cell is nothing but indicators.
pub(crate) fn holds_indicators(cell: &str) -> bool {
    let values = split::values(cell, Expect::Any);
    !values.is_empty() && values.iter().all(|(_, parsed)| parsed.is_ok())
}

/// Whether a cell looks like a pattern of STIX: `[domain-name:value = 'evil.example']`.
pub(crate) fn is_pattern(cell: &str) -> bool {
    let cell = cell.trim();
    cell.starts_with('[') && cell.contains('=') && cell.contains(':') && cell.contains('\'')
}

/// A cell of a column whose name says what its values are.
pub(super) fn read<'a>(
    cell: &'a str,
    expect: Expect,
    email_role: Option<EmailRole>,
    values: &mut Vec<Value<'a>>,
) {
    if is_pattern(cell) {
        return read_pattern(cell, values);
    }
    let read = split::values(cell, expect);
    if let [(text, Err(refusal))] = read.as_slice() {
        // A sender of which only the domain is given.
        if text.starts_with("*@") {
            values.push(Value::new(*text, Err(Reason::Pattern.into())));
            return;
        }
        if refusal.reason.outcome() == Outcome::Refused && read_range(text, values) {
            return;
        }
    } else if let [(text, Ok(parsed))] = read.as_slice()
        && matches!(parsed.ioc, Ioc::Email(_))
        && text.starts_with("*@")
    {
        values.push(Value::new(*text, Err(Reason::Pattern.into())));
        return;
    }
    // A list of addresses in a column of domains is a list of addresses.
    if let ([(_, Err(_))], true) = (read.as_slice(), expect != Expect::Any) {
        let list = split::values(cell, Expect::Any);
        let sure = |(text, parsed): &(&str, Result<Parsed, Refusal>)| {
            parsed
                .as_ref()
                .is_ok_and(|parsed| sure::is_sure(parsed, text))
        };
        if list.len() > 1 && list.iter().all(sure) {
            values.extend(list.into_iter().map(|(text, parsed)| Value {
                retyped: true,
                ..Value::new(text, parsed)
            }));
            return;
        }
    }
    for (text, parsed) in read {
        let mut value = Value::new(text, parsed);
        if expect != Expect::Any {
            (value.parsed, value.retyped) = parse_declared(expect, text);
        }
        // No log has white space in a URL: the text after it is something else.
        if text.contains(' ')
            && matches!(&value.parsed, Ok(parsed)
                if matches!(parsed.ioc, Ioc::Url(_)) && parsed.ioc.to_string().contains(' '))
        {
            value.parsed = Err(Reason::InvalidUrl.into());
        }
        value.email_role = email_role;
        values.push(value);
    }
}

/// A cell that is a range of addresses, or an address and a mask; whether it is one.
fn read_range<'a>(cell: &'a str, values: &mut Vec<Value<'a>>) -> bool {
    if !cell.starts_with(|c: char| c.is_ascii_hexdigit() || c == '[' || c == ':') {
        return false;
    }
    let mut found = candidates(cell, &Setting::default());
    let Some(range) = found.pop().filter(|last| last.is_range && found.is_empty()) else {
        return false;
    };
    let parts = std::iter::once(range.parsed).chain(range.more.into_iter().map(Ok));
    for parsed in parts {
        values.push(Value {
            range: Some(cell.to_owned()),
            ..Value::new(cell, parsed)
        });
    }
    true
}

/// A cell whose type stands in another one of its record.
pub(super) fn read_typed<'a>(cell: &'a str, word: &str, values: &mut Vec<Value<'a>>) {
    if let (Some(kinds), Some(parts)) = (word.split_once('|'), cell.rsplit_once('|')) {
        return read_pair(cell, kinds, parts, values);
    }
    read_as(cell, word, values);
}

fn read_as<'a>(cell: &'a str, word: &str, values: &mut Vec<Value<'a>>) {
    match kind(word) {
        Declared::Value(expect, email_role) => read(cell, expect, email_role, values),
        Declared::Unknown => read(cell, Expect::Any, None, values),
        Declared::Not(reason) => refuse(cell, reason, word, values),
    }
}

/// A cell of two values, as MISP pairs them: `ip-dst|port`, `domain|ip`, `filename|sha256`. The port belongs to the address;
/// the name of a file is not an indicator.
fn read_pair<'a>(
    cell: &'a str,
    kinds: (&str, &str),
    parts: (&'a str, &'a str),
    values: &mut Vec<Value<'a>>,
) {
    if kinds.1.eq_ignore_ascii_case("port") {
        let (host, port) = (split::trim(parts.0), split::trim(parts.1));
        let with_port = match host.contains(':') {
            true => format!("[{host}]:{port}"),
            false => format!("{host}:{port}"),
        };
        let expect = match kind(kinds.0) {
            Declared::Value(expect, _) => expect,
            _ => Expect::Any,
        };
        values.push(Value::new(cell, parse_as(expect, &with_port)));
        return;
    }
    let before = values.len();
    for (word, part) in [(kinds.0, parts.0), (kinds.1, parts.1)] {
        // The name of a file beside its hash is what the hash is of.
        let names_a_file = matches!(kind(word), Declared::Value(Expect::Type(kind), _) if kind.plugin().names_a_file);
        if !names_a_file && kind(word) != Declared::Not(Reason::UnsupportedType) {
            read_as(part, word, values);
        }
    }
    if values.len() == before {
        refuse(cell, Reason::UnsupportedType, kinds.1, values);
    }
}

/// The values of a pattern of STIX.
pub(super) fn read_pattern<'a>(cell: &'a str, values: &mut Vec<Value<'a>>) {
    for reading in stix_pattern::readings(cell) {
        values.push(match reading {
            Reading::Value(found) => {
                let (parsed, retyped) = parse_declared(found.expect, &found.text);
                Value {
                    email_role: found.role,
                    ports: found.ports,
                    retyped,
                    ..Value::new(found.text, parsed)
                }
            }
            Reading::Refused { text, refusal } => Value::new(text, Err(refusal)),
        });
    }
}

/// A cell whose values do not count as indicators, whatever they are; each is counted with the reason.
pub(super) fn refuse<'a>(cell: &'a str, reason: Reason, word: &str, values: &mut Vec<Value<'a>>) {
    let refusal = match reason {
        Reason::UnsupportedType if !word.is_empty() => Refusal::new(reason).detail(word),
        _ => Refusal::new(reason),
    };
    for (text, _) in split::values(cell, Expect::Any) {
        values.push(Value::new(text, Err(refusal.clone())));
    }
}

/// What a cell holds in which values stand beside other things: the cell as a whole where it is a value by its form, and each
/// sure value within it, with the reason why it does not belong to its record, if there is one.
pub(super) fn read_other<'a>(
    cell: &'a str,
    is_about: bool,
    reason: impl Fn(&Parsed) -> Option<Reason>,
    detail: &str,
    values: &mut Vec<Value<'a>>,
) {
    if !is_about {
        let parts = split::values(cell, Expect::Any);
        let sure = |(text, parsed): &(&str, Result<Parsed, Refusal>)| {
            parsed
                .as_ref()
                .is_ok_and(|parsed| sure::is_sure(parsed, text))
        };
        if sure::may_hold(cell.as_bytes()) && !parts.is_empty() && parts.iter().all(sure) {
            for (text, parsed) in parts {
                values.push(Value::new(text, parsed));
            }
            return;
        }
    }
    for (text, found) in sure::within(cell) {
        let known = |parsed: &Parsed| {
            values.iter().any(|value| {
                value
                    .parsed
                    .as_ref()
                    .is_ok_and(|have| have.ioc == parsed.ioc)
            })
        };
        let parsed = match found {
            Ok(parsed) if known(&parsed) => continue,
            Ok(parsed) => match reason(&parsed) {
                None => Ok(parsed),
                Some(reason) => Err(Refusal::new(reason)),
            },
            Err(_) if parse(&text).is_ok_and(|parsed| known(&parsed)) => continue,
            Err(reason) => Err(Refusal::new(reason)),
        };
        let parsed = match detail {
            "" => parsed,
            name => parsed.map_err(|refusal| refusal.detail(name)),
        };
        values.push(Value::new(text, parsed));
    }
}

/// An e-mail address that is the whole of a cell.
pub(super) fn email(cell: &str) -> Option<Parsed> {
    let cell = split::trim(cell);
    let parsed = cell.contains('@').then(|| parse(cell).ok())??;
    matches!(parsed.ioc, Ioc::Email(_)).then_some(parsed)
}
