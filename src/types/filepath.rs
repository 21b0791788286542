//! Paths of files and folders on Windows, as logs hold them.
//!
//! Reports write what differs from machine to machine as a variable (`%APPDATA%`, `$env:TEMP`, `CSIDL_SYSTEM`) or as one victim's folder
//! (`C:\Users\john`). No log has either, so the canonical form is what stands behind: with `\` before it, it is the end of a path.
//!
//! | given | canonical |
//! |---|---|
//! | `%APPDATA%\x\evil.exe`, `C:\Users\john\AppData\Roaming\x\evil.exe` | `\AppData\Roaming\x\evil.exe` |
//! | `%TEMP%\evil.exe` (of a user, or Windows' own) | `\Temp\evil.exe` |
//! | `%ProgramData%\evil.exe`, `C:\ProgramData\evil.exe` | `\ProgramData\evil.exe` |
//! | `%SystemRoot%\evil.dll`, `C:\Windows\evil.dll` | `\Windows\evil.dll` |
//! | `%USERPROFILE%\evil.exe`, `C:\Users\john\evil.exe` | `%UserProfile%\evil.exe` |
//! | `%ProgramFiles%\x\evil.exe` | `%ProgramFiles%\x\evil.exe`: of either folder |
//! | `D:\tools\evil.exe`, `\\server\share\evil.exe` | as it is: the whole path |
//! | `C:\ProgramData\x\` | `\ProgramData\x\`: whatever stands in the folder |
//!
//! A path of Unix is kept as it is, and dropped as `no_log_source`: the templates of this type read the logs of Windows.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the path | `\AppData\Roaming\evil.exe` |
//! | `whole` | whether it is all of a path | `false` |
//! | `folder` | whether it is a folder | `false` |
//! | `profile` | whether it stands right in a user's folder, and no more is known of its place | `false` |
//! | `endings` | what the path of the file ends in | `\AppData\Roaming\evil.exe` |
//! | `inside` | what the path of each file in the folder has in it | `\ProgramData\x\` |

use super::common::{FILE_NAMES, FOLDERS};
use super::text::{behind, not_a, of, plain_dots};
use super::windows_path::{canonical, drive, has_own_form, is_of_unix, is_path};
use crate::derived::DerivedValues;
use crate::indicator::{
    Expect, Indicator, Ioc, IocType, Parse, Parsed, Refusal, TypePlugin, parse, read_as,
};
use crate::reason::Reason;
use crate::{register_template, register_type};

pub(crate) static FILEPATH: TypePlugin = TypePlugin {
    name: "filepath",
    title: "File Path",
    order: 11,
    parse: Parse::Raw(read),
    own_form: Some(has_own_form),
    names: &[
        "filepath",
        "filepaths",
        "fullpath",
        "filefullpath",
        "filelocation",
        "imagepath",
        "folderpath",
        "windowspath",
    ],
    misp: &[],
    stix: &["directory:path", "file:path"],
    openioc: &[
        "fileitem/fullpath",
        "fileitem/filepath",
        "processitem/path",
        "serviceitem/path",
        "serviceitem/servicedll",
        "driveritem/imagepath",
    ],
    names_a_file: true,
    ttl_days: Some(180),
    tactic: "execution",
    guard,
    derive: derived,
    samples: &[
        "\\AppData\\Roaming\\evil\\evil.exe",
        "\\Temp\\it's [1] & 50%.exe",
        "D:\\tools\\evil.exe",
        "\\\\192.0.2.7\\share\\evil.exe",
        "%UserProfile%\\evil.exe",
        "%ProgramFiles%\\Evil\\evil.exe",
        "\\ProgramData\\evil\\",
        "/tmp/evil",
        "%ProgramFiles%\\Evil\\",
        "D:\\evil\\",
    ],
    more_samples: || {
        ["x", "y"]
            .map(|end| "\\AppData".to_owned() + &"\\abcdefgh".repeat(24) + "\\" + end)
            .into()
    },
    starter: "    FIELD|endswith: {{ endings|sigma }}\n",
    starter_field: "path",
    ..TypePlugin::NEW
};

register_type!(FILEPATH);
register_template!("../../templates/filepath/process_creation_windows.yml.j2");
register_template!("../../templates/filepath/image_load_windows.yml.j2");
register_template!("../../templates/filepath/file_event_windows.yml.j2");

fn read(text: &str) -> Result<Parsed, Refusal> {
    let live = &plain_dots(text);
    match is_path(live) {
        true => Ok(parse::token(IocType::of(&FILEPATH), canonical(live)?)),
        // Without a folder it is a name.
        false => match IocType::named("filename") {
            Some(kind) => read_as(Expect::Type(kind), live),
            None => Err(not_a("filepath")),
        },
    }
}

/// A folder that everything stands in, and a file of Windows in its own place.
fn guard(ioc: &Ioc) -> Option<(Reason, Option<String>)> {
    let path = of(ioc);
    if is_of_unix(path) {
        return Some((Reason::NoLogSource, None));
    }
    let with_end = format!("{}\\", path.trim_end_matches('\\'));
    let windows = [
        "\\Windows\\System32\\",
        "\\Windows\\SysWOW64\\",
        "\\Windows\\",
    ]
    .iter()
    .find_map(|folder| behind(path, folder))
    .is_some_and(|name| !name.contains('\\') && FILE_NAMES.has(name));
    let common = windows || FOLDERS.has(path) || FOLDERS.has(&with_end);
    common.then_some((Reason::CommonValue, None))
}

fn derived(indicator: &Indicator) -> DerivedValues {
    let value = indicator.ioc.to_string();
    let folder = value.ends_with('\\');
    let profile = value.strip_prefix("%UserProfile%");
    let programs = value.strip_prefix("%ProgramFiles%");
    let whole =
        !folder && (drive(&value).is_some() || value.starts_with("\\\\") || is_of_unix(&value));
    let ends = match (profile, programs) {
        (Some(rest), _) => vec![rest.to_owned()],
        (_, Some(rest)) => ["\\Program Files", "\\Program Files (x86)"]
            .map(|head| format!("{head}{rest}"))
            .to_vec(),
        _ => vec![value.clone()],
    };
    DerivedValues::new()
        .flag("folder", folder)
        .flag("whole", whole)
        .flag("profile", profile.is_some())
        .texts("inside", ends.clone())
        .texts("endings", ends)
        .text("value", value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::text::check::{code, value};

    #[test]
    fn variables_and_users_become_what_logs_hold() {
        for (text, path) in [
            ("%APPDATA%\\x\\evil.exe", "\\AppData\\Roaming\\x\\evil.exe"),
            ("%AppData%/x/evil.exe", "\\AppData\\Roaming\\x\\evil.exe"),
            (
                "$env:APPDATA\\x\\evil.exe",
                "\\AppData\\Roaming\\x\\evil.exe",
            ),
            (
                "CSIDL_APPDATA\\x\\evil.exe",
                "\\AppData\\Roaming\\x\\evil.exe",
            ),
            (
                "C:\\Users\\john\\AppData\\Roaming\\x\\evil.exe",
                "\\AppData\\Roaming\\x\\evil.exe",
            ),
            (
                "c:\\users\\<user>\\AppData\\Roaming\\x\\evil.exe",
                "\\AppData\\Roaming\\x\\evil.exe",
            ),
            (
                "C:\\Users\\*\\AppData\\Roaming\\x\\evil.exe",
                "\\AppData\\Roaming\\x\\evil.exe",
            ),
            (
                "C:\\Users\\%USERNAME%\\AppData\\Local\\a.dll",
                "\\AppData\\Local\\a.dll",
            ),
            (
                "C:\\\\Users\\\\john\\\\Desktop\\\\a.dll",
                "\\Desktop\\a.dll",
            ),
            ("\\Users\\john\\Desktop\\a.dll", "\\Desktop\\a.dll"),
            (
                "C:\\Documents and Settings\\john\\Local Settings\\Temp\\a.exe",
                "\\Local Settings\\Temp\\a.exe",
            ),
            ("%TEMP%\\evil.exe", "\\Temp\\evil.exe"),
            ("%tmp%\\evil.exe", "\\Temp\\evil.exe"),
            ("%LOCALAPPDATA%\\evil.exe", "\\AppData\\Local\\evil.exe"),
            ("%ProgramData%\\evil.exe", "\\ProgramData\\evil.exe"),
            ("%ALLUSERSPROFILE%\\evil.exe", "\\ProgramData\\evil.exe"),
            ("C:\\ProgramData\\evil.exe", "\\ProgramData\\evil.exe"),
            ("C:\\Users\\All Users\\evil.exe", "\\ProgramData\\evil.exe"),
            ("%SystemRoot%\\evil.dll", "\\Windows\\evil.dll"),
            (
                "%windir%\\System32\\evil.dll",
                "\\Windows\\System32\\evil.dll",
            ),
            (
                "C:\\Windows\\System32\\evil.dll",
                "\\Windows\\System32\\evil.dll",
            ),
            (
                "\\SystemRoot\\System32\\evil.sys",
                "\\Windows\\System32\\evil.sys",
            ),
            ("%System%\\evil.dll", "\\Windows\\System32\\evil.dll"),
            ("%USERPROFILE%\\evil.exe", "%UserProfile%\\evil.exe"),
            ("C:\\Users\\john\\evil.exe", "%UserProfile%\\evil.exe"),
            ("%HOMEDRIVE%%HOMEPATH%\\evil.exe", "%UserProfile%\\evil.exe"),
            (
                "%USERPROFILE%\\Downloads\\evil.exe",
                "\\Downloads\\evil.exe",
            ),
            ("%PUBLIC%\\evil.exe", "\\Users\\Public\\evil.exe"),
            ("C:\\Users\\Public\\evil.exe", "\\Users\\Public\\evil.exe"),
            (
                "%ProgramFiles(x86)%\\x\\evil.exe",
                "%ProgramFiles%\\x\\evil.exe",
            ),
            (
                "%CommonProgramFiles%\\evil.exe",
                "%ProgramFiles%\\Common Files\\evil.exe",
            ),
            ("%SystemDrive%\\evil.exe", "C:\\evil.exe"),
            (
                "C:\\Program Files\\x\\evil.exe",
                "C:\\Program Files\\x\\evil.exe",
            ),
            ("d:/tools/evil.exe", "D:\\tools\\evil.exe"),
            ("\\\\?\\D:\\tools\\evil.exe", "D:\\tools\\evil.exe"),
            ("\\??\\D:\\tools\\evil.exe", "D:\\tools\\evil.exe"),
            ("file:///D:/tools/evil.exe", "D:\\tools\\evil.exe"),
            (
                "\\Device\\HarddiskVolume3\\Users\\john\\Desktop\\a.exe",
                "\\Desktop\\a.exe",
            ),
            (
                "\\\\192.0.2.7\\share\\evil.exe",
                "\\\\192.0.2.7\\share\\evil.exe",
            ),
            ("AppData\\Roaming\\evil.exe", "\\AppData\\Roaming\\evil.exe"),
            ("C:\\ProgramData\\evil\\", "\\ProgramData\\evil\\"),
            ("D:\\a\\..\\b\\.\\evil.exe", "D:\\b\\evil.exe"),
            ("\"C:\\ProgramData\\a b.exe\"", "\\ProgramData\\a b.exe"),
            ("C:\\ProgramData\\.evil[.]exe", "\\ProgramData\\.evil.exe"),
        ] {
            assert_eq!(
                value(&FILEPATH, text),
                ("filepath", path.to_owned()),
                "{text}"
            );
        }
        assert_eq!(
            value(&FILEPATH, "evil.exe"),
            ("filename", "evil.exe".to_owned())
        );
    }

    #[test]
    fn what_is_no_path_of_windows_is_refused() {
        for (text, reason) in [
            ("/tmp/*", "pattern"),
            ("%FOO%\\evil.exe", "pattern"),
            ("%TEMP%\\<random>.exe", "pattern"),
            ("%TEMP%\\*.exe", "pattern"),
            ("%TEMP%\\%random%\\a.exe", "pattern"),
            ("%TEMP%evil.exe", "pattern"),
            ("C:\\a|b\\c.exe", "type_mismatch"),
            ("C:\\a\\b.exe:x", "type_mismatch"),
            ("C:\\..\\b.exe", "type_mismatch"),
            ("C:\\a\u{1}b\\c.exe", "control_character"),
            (&format!("C:\\{}", "a\\".repeat(1000)), "value_too_long"),
        ] {
            assert_eq!(code(&FILEPATH, text), reason, "{text:?}");
        }
    }

    #[test]
    fn folders_that_everything_stands_in_make_no_rule() {
        for (text, reason) in [
            ("%APPDATA%", "common_value"),
            ("C:\\Users\\john\\AppData\\Roaming\\", "common_value"),
            ("C:\\Windows\\System32", "common_value"),
            ("C:\\Windows\\System32\\cmd.exe", "common_value"),
            ("C:\\Windows\\explorer.exe", "common_value"),
            ("C:\\", "common_value"),
            ("%TEMP%\\", "common_value"),
            ("C:\\Users\\john\\", "common_value"),
            ("/tmp/evil", "no_log_source"),
            ("~/.ssh/x", "no_log_source"),
            ("C:\\ProgramData\\cmd.exe", "keep"),
            ("%APPDATA%\\evil\\", "keep"),
        ] {
            assert_eq!(code(&FILEPATH, text), reason, "{text}");
        }
    }
}
