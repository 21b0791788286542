//! Named pipes of Windows, in the form that Sysmon has: `\name`.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the pipe's name | `\evil_pipe` |

use super::common::PIPES;
use super::text::{behind, literal, not_a, of, single_backslashes, unquoted};
use crate::derived::DerivedValues;
use crate::indicator::{Indicator, Parse, Refusal, TypePlugin};
use crate::{register_template, register_type};

pub(crate) static NAMED_PIPE: TypePlugin = TypePlugin {
    name: "named_pipe",
    title: "Named Pipe",
    order: 13,
    parse: Parse::Text(canonical),
    names: &["namedpipe", "namedpipes", "pipe", "pipename"],
    misp: &["named pipe"],
    stix: &["x-named-pipe:name", "named-pipe:name"],
    openioc: &["pipeitem/name"],
    ttl_days: Some(180),
    tactic: "execution",
    guard: |ioc| PIPES.judge(of(ioc)),
    derive: derived,
    samples: &["\\evil_pipe", "\\it's [1] & 50%", "\\evil\\pipe-7"],
    more_samples: || {
        ["x", "y"]
            .map(|end| "\\".to_owned() + &"a".repeat(200) + end)
            .into()
    },
    starter: "    FIELD: {{ value|sigma }}\n",
    starter_field: "pipe",
    ..TypePlugin::NEW
};

register_type!(NAMED_PIPE);
register_template!("../../templates/named_pipe/pipe_created_windows.yml.j2");

/// Windows' limit of `\\.\pipe\name`: https://learn.microsoft.com/windows/win32/ipc/pipe-names
const LONGEST: usize = 256;

fn canonical(text: &str) -> Result<String, Refusal> {
    let text = unquoted(text);
    let single = single_backslashes(text);
    let path = single.trim_start_matches('\\');
    // `\\host\pipe\name`: the pipe is on another machine, and has this name there.
    let lower = path.to_ascii_lowercase();
    let name = match lower
        .find("\\pipe\\")
        .filter(|at| !path[..*at].contains('\\'))
    {
        Some(at) => &path[at + "\\pipe\\".len()..],
        None => behind(path, "pipe\\")
            .or_else(|| behind(path, "Device\\NamedPipe\\"))
            .unwrap_or(path),
    };
    let name = literal(name.trim_matches('\\'), LONGEST)?;
    match name.contains(':') || name.eq_ignore_ascii_case("pipe") {
        true => Err(not_a("named_pipe")),
        false => Ok(format!("\\{name}")),
    }
}

fn derived(indicator: &Indicator) -> DerivedValues {
    DerivedValues::new().text("value", indicator.ioc.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::text::check::{code, value};

    #[test]
    fn spellings_of_one_pipe_are_one() {
        for text in [
            "evil_pipe",
            "\\evil_pipe",
            "\\\\.\\pipe\\evil_pipe",
            "\\\\\\\\.\\\\pipe\\\\evil_pipe",
            "\\\\192.0.2.7\\pipe\\evil_pipe",
            "\\pipe\\evil_pipe",
            "pipe\\evil_pipe",
            "\\\\.\\PIPE\\evil_pipe",
            "\\Device\\NamedPipe\\evil_pipe",
            "\"evil_pipe\"",
        ] {
            let expected = ("named_pipe", "\\evil_pipe".to_owned());
            assert_eq!(value(&NAMED_PIPE, text), expected, "{text}");
        }
        assert_eq!(value(&NAMED_PIPE, "a\\pipe-b").1, "\\a\\pipe-b");
    }

    #[test]
    fn what_is_no_pipe_or_everyones_makes_no_rule() {
        for (text, reason) in [
            ("", "empty"),
            ("\\\\.\\pipe\\", "empty"),
            ("MSSE-####-server", "pattern"),
            ("status_%08x", "pattern"),
            ("postex_*", "pattern"),
            ("C:\\a", "type_mismatch"),
            ("a\u{2}", "control_character"),
            (&"a".repeat(257), "value_too_long"),
            ("\\\\.\\pipe\\lsass", "common_value"),
            ("SPOOLSS", "common_value"),
            ("spoolss_7", "keep"),
        ] {
            assert_eq!(code(&NAMED_PIPE, text), reason, "{text:?}");
        }
    }
}
