//! Paths as Windows writes them, and the spellings that feeds have for them: variables, users' folders, drives.

use super::common::FOLDERS;
use super::text::{behind, literal, not_a, pattern, single_backslashes, unquoted};
use crate::indicator::Refusal;
use crate::reason::Reason;

/// Longer than any path that a report writes down.
const LONGEST: usize = 1024;

/// What no name on Windows has in it.
/// Source: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
pub(super) const RESERVED: [char; 9] = ['<', '>', ':', '"', '/', '\\', '|', '?', '*'];

/// Whether a text is a path and not a name alone.
pub(super) fn is_path(text: &str) -> bool {
    let text = unquoted(text);
    let inside = text.trim_start_matches('\\').trim_start_matches("./");
    inside.contains(['\\', '/']) || drive(text).is_some() || text.starts_with('%')
}

/// Whether a text can be nothing else than a path of Windows: it begins with a drive, or with a variable that is known.
pub(super) fn has_own_form(text: &str) -> bool {
    let text = unquoted(text);
    let by_variable = text.starts_with('%')
        && begins_with_variable(text)
            .is_some_and(|(name, rest)| variable(name).is_some() && rest.starts_with('\\'));
    by_variable || drive(text).is_some_and(|(_, rest)| rest.starts_with('\\'))
}

/// Whether a path is one of Unix: from the root, or from a user's folder.
pub(super) fn is_of_unix(text: &str) -> bool {
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
pub(super) fn drive(text: &str) -> Option<(char, &str)> {
    let mut chars = text.chars();
    let letter = chars.next().filter(char::is_ascii_alphabetic)?;
    let rest = chars.as_str().strip_prefix(':')?;
    (rest.is_empty() || rest.starts_with(['\\', '/'])).then(|| (letter.to_ascii_uppercase(), rest))
}

/// The path as logs hold it.
pub(super) fn canonical(text: &str) -> Result<String, Refusal> {
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
