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
//! | form | what | example |
//! |---|---|---|
//! | `value` | the path | `\AppData\Roaming\evil.exe` |
//! | `whole` | whether it is all of a path | `false` |
//! | `folder` | whether it is a folder | `false` |
//! | `profile` | whether it stands right in a user's folder, and no more is known of its place | `false` |
//! | `endings` | what the path of the file ends in | `\AppData\Roaming\evil.exe` |
//! | `inside` | what the path of each file in the folder has in it | `\ProgramData\x\` |

use super::common::{FILE_NAMES, FOLDERS};
use super::filename::{self, RESERVED};
use super::text::{behind, literal, not_a, of, pattern, plain_dots, single_backslashes, unquoted};
use crate::forms::Forms;
use crate::indicator::{
    Expect, Indicator, Ioc, IocType, Parse, Parsed, Refusal, TypePlugin, parse, parse_as,
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
    derive: forms,
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

/// Longer than any path that a report writes down.
const LONGEST: usize = 1024;

/// Whether a text is a path and not a name alone.
pub(super) fn is_path(text: &str) -> bool {
    let text = unquoted(text);
    let inside = text.trim_start_matches('\\').trim_start_matches("./");
    inside.contains(['\\', '/']) || drive(text).is_some() || text.starts_with('%')
}

/// Whether a text can be nothing else than a path of Windows: it begins with a drive, or with a variable that is known.
fn has_own_form(text: &str) -> bool {
    let text = unquoted(text);
    let by_variable = text.starts_with('%')
        && begins_with_variable(text)
            .is_some_and(|(name, rest)| variable(name).is_some() && rest.starts_with('\\'));
    by_variable || drive(text).is_some_and(|(_, rest)| rest.starts_with('\\'))
}

fn read(text: &str) -> Result<Parsed, Refusal> {
    let live = &plain_dots(text);
    match is_path(live) {
        true => Ok(parse::token(IocType::of(&FILEPATH), canonical(live)?)),
        false => parse_as(Expect::Type(IocType::of(&filename::FILENAME)), live),
    }
}

/// Whether a path is one of Unix: from the root, or from a user's folder.
fn is_of_unix(text: &str) -> bool {
    text.starts_with("~/") || (text.starts_with('/') && !text.starts_with("//"))
}

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    /// Behind a folder of each machine, which is this.
    Behind(&'static str),
    /// In a user's own folder.
    Profile,
    /// In one of the two folders of programs, or in this one below it.
    Programs(&'static str),
    /// On the drive that Windows is on.
    System,
}

/// The root that a variable stands for; its name in small letters, without `csidl_` and other signs.
///
/// Source: Microsoft, recognized environment variables: https://learn.microsoft.com/windows/deployment/usmt/usmt-recognized-environment-variables
fn variable(name: &str) -> Option<Root> {
    let name = name.to_ascii_lowercase();
    let name = name.strip_prefix("env:").unwrap_or(&name);
    let name = name.strip_prefix("csidl_").unwrap_or(name);
    let name: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    Some(match name.as_str() {
        "appdata" | "applicationdata" | "roamingappdata" | "userappdata" => {
            Root::Behind("\\AppData\\Roaming")
        }
        "localappdata" | "appdatalocal" | "localapplicationdata" => {
            Root::Behind("\\AppData\\Local")
        }
        "temp" | "tmp" | "usertemp" | "tempfolder" | "tempdir" => Root::Behind("\\Temp"),
        "programdata"
        | "allusersprofile"
        | "allusersappdata"
        | "commonappdata"
        | "allusers"
        | "commonapplicationdata" => Root::Behind("\\ProgramData"),
        "systemroot" | "windir" | "windows" | "win" | "windowsfolder" | "windowsdir" => {
            Root::Behind("\\Windows")
        }
        "system" | "system32" | "sysdir" | "systemfolder" | "systemdir" => {
            Root::Behind("\\Windows\\System32")
        }
        "syswow64" | "systemx86" => Root::Behind("\\Windows\\SysWOW64"),
        "public" => Root::Behind("\\Users\\Public"),
        "desktop" | "desktopdirectory" => Root::Behind("\\Desktop"),
        "documents" | "mydocuments" | "personal" => Root::Behind("\\Documents"),
        "downloads" => Root::Behind("\\Downloads"),
        "startup" => Root::Behind("\\Start Menu\\Programs\\Startup"),
        "userprofile" | "homepath" | "profile" | "userfolder" | "home" => Root::Profile,
        "programfiles" | "programfilesx86" | "programw6432" | "programfilesx64" => {
            Root::Programs("")
        }
        "commonprogramfiles"
        | "commonprogramfilesx86"
        | "commonprogramw6432"
        | "programfilescommon"
        | "programfilescommonx86" => Root::Programs("\\Common Files"),
        "systemdrive" | "homedrive" => Root::System,
        _ => return None,
    })
}

/// The variable at the beginning of a path, and what follows it: `%TEMP%\a`, `$env:TEMP\a`, `<temp>\a`, `[TEMP]\a`, `CSIDL_SYSTEM\a`.
fn begins_with_variable(text: &str) -> Option<(&str, &str)> {
    for (open, close) in [
        ("%", '%'),
        ("${", '}'),
        ("<%", '>'),
        ("<", '>'),
        ("[", ']'),
        ("{", '}'),
    ] {
        if let Some(rest) = text.strip_prefix(open)
            && let Some((name, rest)) = rest.split_once(close)
            && !name.contains('\\')
        {
            return Some((name.trim_end_matches('%'), rest));
        }
    }
    let end = text.find('\\').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if let Some(name) = behind(name, "$env:") {
        return Some((name, rest));
    }
    behind(name, "CSIDL_").map(|name| (name, rest))
}

/// The letter of a drive and what follows its colon.
fn drive(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    let letter = chars.next().filter(char::is_ascii_alphabetic)?;
    let rest = chars.as_str().strip_prefix(':')?;
    (rest.is_empty() || rest.starts_with(['\\', '/'])).then(|| (letter.to_ascii_uppercase(), rest))
}

/// The path as logs hold it.
fn canonical(text: &str) -> Result<String, Refusal> {
    let text = unquoted(text);
    if text.chars().count() > LONGEST {
        return Err(Refusal::new(Reason::ValueTooLong).detail(format!("over {LONGEST} characters")));
    }
    let text = behind(text, "file:///").unwrap_or(text);
    if is_of_unix(text) {
        return literal(text, LONGEST).map(str::to_owned);
    }
    // A shared folder, but not the namespaces of Win32: `\\?\C:\a`, `\\.\C:\a`.
    let single = single_backslashes(text);
    let single = ["\\?\\", "\\.\\", "\\??\\"]
        .iter()
        .find_map(|head| single.strip_prefix(head))
        .unwrap_or(&single);
    let shared = text.starts_with("\\\\") || text.starts_with("//");
    if shared && drive(single).is_none() && single.starts_with('\\') {
        return Ok(format!("\\{}", components(single)?));
    }
    if let Some((name, rest)) = begins_with_variable(single) {
        let unknown = || Refusal::new(Reason::Pattern).detail(name);
        return match variable(name).ok_or_else(unknown)? {
            // `%HOMEDRIVE%%HOMEPATH%`
            Root::System if rest.starts_with('%') => canonical(rest),
            root => rooted(root, rest),
        };
    }
    match drive(single) {
        Some((letter, rest)) => on_drive(letter, rest),
        None => {
            let rest = single.trim_start_matches('\\');
            if let Some(rest) = behind(rest, "SystemRoot\\") {
                return rooted(Root::Behind("\\Windows"), &format!("\\{rest}"));
            }
            if let Some(rest) = behind(rest, "Device\\HarddiskVolume") {
                return on_drive('C', rest.trim_start_matches(|c: char| c.is_ascii_digit()));
            }
            match well_known(rest) {
                Some(path) => path,
                None => components(&format!("\\{rest}")),
            }
        }
    }
}

fn on_drive(letter: char, rest: &str) -> Result<String, Refusal> {
    if letter == 'C'
        && let Some(path) = well_known(rest.trim_start_matches('\\'))
    {
        return path;
    }
    let rest = if rest.is_empty() { "\\" } else { rest };
    Ok(format!("{letter}:{}", components(rest)?))
}

/// A path from a folder that each Windows has, or from a user's own.
fn well_known(rest: &str) -> Option<Result<String, Refusal>> {
    for head in ["ProgramData", "Windows", "Users\\Public", "Users\\Default"] {
        if let Some(below) = behind(rest, head)
            && (below.is_empty() || below.starts_with('\\'))
        {
            return Some(components(&format!("\\{rest}")));
        }
    }
    let users = behind(rest, "Users\\").or_else(|| behind(rest, "Documents and Settings\\"))?;
    let (user, below) = users.split_at(users.find('\\').unwrap_or(users.len()));
    if user.eq_ignore_ascii_case("All Users") {
        return match behind(rest, "Users\\") {
            Some(_) => Some(rooted(Root::Behind("\\ProgramData"), below)),
            None => Some(components(&format!("\\{rest}"))),
        };
    }
    match user.is_empty() {
        true => Some(components(&format!("\\{rest}"))),
        false => Some(rooted(Root::Profile, below)),
    }
}

/// The part after a root; `rest` begins with a backslash, or is empty.
fn rooted(root: Root, rest: &str) -> Result<String, Refusal> {
    if !rest.is_empty() && !rest.starts_with('\\') {
        return Err(Refusal::new(Reason::Pattern).detail(rest.chars().take(40).collect::<String>()));
    }
    let rest = components(if rest.is_empty() { "\\" } else { rest })?;
    Ok(match root {
        Root::Behind(folder) => format!("{folder}{rest}"),
        Root::Programs(folder) => format!("%ProgramFiles%{folder}{rest}"),
        Root::System => return on_drive('C', &rest),
        // Two names are enough to know a path by.
        Root::Profile if rest.trim_matches('\\').contains('\\') || is_folder_of_profile(&rest) => {
            rest
        }
        Root::Profile => format!("%UserProfile%{rest}"),
    })
}

/// Whether a path is a folder that every user has, so that no more need be known of it.
fn is_folder_of_profile(rest: &str) -> bool {
    rest.len() > 1 && FOLDERS.has(rest)
}

/// A path of names that Windows can have, `.` and `..` resolved; it begins with a backslash, and ends in one where it is a folder.
fn components(path: &str) -> Result<String, Refusal> {
    let mut names: Vec<&str> = Vec::new();
    for name in path.split('\\') {
        let name = match name {
            "." | "" => continue,
            ".." => {
                names.pop().ok_or_else(|| not_a("filepath"))?;
                continue;
            }
            name => name.trim_end_matches(['.', ' ']),
        };
        if let Some(mark) = pattern(name) {
            return Err(Refusal::new(Reason::Pattern).detail(mark));
        }
        // A variable within a path differs from case to case.
        let inner = name.split('%').nth(1).filter(|inner| !inner.is_empty());
        if let Some(inner) = inner
            && name.matches('%').count() > 1
            && inner.chars().all(|c| c.is_alphanumeric() || c == '_')
        {
            return Err(Refusal::new(Reason::Pattern).detail(name));
        }
        if name.is_empty() || name.contains(RESERVED) {
            return Err(not_a("filepath"));
        }
        literal(name, 255)?;
        names.push(name);
    }
    let folder = path.ends_with('\\') && !names.is_empty();
    Ok(format!(
        "\\{}{}",
        names.join("\\"),
        if folder { "\\" } else { "" }
    ))
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

fn forms(indicator: &Indicator) -> Forms {
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
    Forms::new()
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
