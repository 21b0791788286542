//! Windows' scheduled tasks, by their path: `\Folder\Task`.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the task | `\Evil Updater` |

use super::common::TASKS;
use super::text::{behind, literal, not_a, of, single_backslashes, unquoted};
use crate::indicator::{Ioc, Parse, Refusal, TypePlugin};
use crate::reason::Reason;
use crate::{register_template, register_type};

pub(crate) static SCHEDULED_TASK: TypePlugin = TypePlugin {
    name: "scheduled_task",
    title: "Scheduled Task",
    order: 20,
    parse: Parse::Text(canonical),
    names: &[
        "scheduledtask",
        "scheduledtasks",
        "scheduledtaskname",
        "taskname",
        "windowsscheduledtask",
        "schtask",
    ],
    misp: &["windows-scheduled-task"],
    stix: &[
        "x-windows-scheduled-task:name",
        "windows-scheduled-task:name",
    ],
    openioc: &["taskitem/name"],
    ttl_days: Some(180),
    tactic: "persistence",
    guard,
    samples: &["\\Evil Updater", "\\Microsoft\\Windows\\it's [1] & 50%"],
    more_samples: || {
        ["x", "y"]
            .map(|end| "\\".to_owned() + &"evil ".repeat(40) + end)
            .into()
    },
    starter_field: "task",
    ..TypePlugin::NEW
};

register_type!(SCHEDULED_TASK);
register_template!("../../templates/scheduled_task/windows_security.yml.j2");

/// Windows' limit of a path.
const LONGEST: usize = 260;

/// Where the files of tasks stand: the path behind is the task's.
const FOLDERS: [&str; 6] = [
    "C:\\Windows\\System32\\Tasks\\",
    "%SystemRoot%\\System32\\Tasks\\",
    "%windir%\\System32\\Tasks\\",
    "C:\\Windows\\Tasks\\",
    "%SystemRoot%\\Tasks\\",
    "%windir%\\Tasks\\",
];

fn canonical(text: &str) -> Result<String, Refusal> {
    let single = single_backslashes(unquoted(text));
    let file = FOLDERS.iter().find_map(|folder| behind(&single, folder));
    let name = match file {
        Some(file) => file.strip_suffix(".job").unwrap_or(file),
        None => &single,
    };
    let name = literal(name.trim_matches('\\'), LONGEST)?;
    match name.contains([':', '<', '>', '|', '"'])
        || name.split('\\').any(|part| part.trim().is_empty())
    {
        true => Err(not_a("scheduled_task")),
        false => Ok(format!("\\{name}")),
    }
}

/// A task of Windows or of an updater; the latter has a GUID or the SID of a user behind its name.
fn guard(ioc: &Ioc) -> Option<(Reason, Option<String>)> {
    let task = of(ioc);
    let named = task.find('{').map_or(task, |at| &task[..at]);
    let named = named.find("-S-1-").map_or(named, |at| &named[..at]);
    TASKS.judge(task).or_else(|| TASKS.judge(named))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::text::check::{code, value};

    #[test]
    fn a_task_has_its_backslash() {
        for (text, task) in [
            ("Evil Updater", "\\Evil Updater"),
            ("\\Evil Updater", "\\Evil Updater"),
            ("Microsoft\\Windows\\Evil", "\\Microsoft\\Windows\\Evil"),
            (
                "\\\\Microsoft\\\\Windows\\\\Evil",
                "\\Microsoft\\Windows\\Evil",
            ),
            ("C:\\Windows\\System32\\Tasks\\Evil", "\\Evil"),
            ("%SystemRoot%\\Tasks\\Evil.job", "\\Evil"),
        ] {
            assert_eq!(
                value(&SCHEDULED_TASK, text),
                ("scheduled_task", task.to_owned()),
                "{text}"
            );
        }
        for (text, reason) in [
            ("\\", "empty"),
            ("C:\\evil.exe", "type_mismatch"),
            ("Evil<random>", "pattern"),
            ("a\u{3}", "control_character"),
            (&"a".repeat(261), "value_too_long"),
            (
                "\\Microsoft\\Windows\\Defrag\\ScheduledDefrag",
                "common_value",
            ),
            (
                "GoogleUpdateTaskMachineUA{179D918B-9BE9-4D1B-9FA2-D0B2D2491030}",
                "common_value",
            ),
            (
                "OneDrive Standalone Update Task-S-1-5-21-1-2-3-1001",
                "common_value",
            ),
            ("\\Microsoft\\Windows\\Evil", "keep"),
            ("\\GoogleUpdateTaskEvil", "keep"),
        ] {
            assert_eq!(code(&SCHEDULED_TASK, text), reason, "{text:?}");
        }
    }
}
