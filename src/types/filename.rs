//! Names of files, as a feed gives them: without a folder. A path that stands where a name is expected is read as a path.
//!
//! A name alone says little, so its rules have the level `low`, and names that Windows, installers and common software have
//! make none.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the name | `evil.exe` |
//! | `ending` | what the path of such a file ends in | `\evil.exe` |

use super::common::FILE_NAMES;
use super::text::{literal, not_a, of, plain_dots};
use super::windows_path::{RESERVED, is_path};
use crate::derived::DerivedValues;
use crate::indicator::{Expect, Indicator, IocType, Parse, Parsed, Refusal, TypePlugin, parse};
use crate::{register_template, register_type};

pub(crate) static FILENAME: TypePlugin = TypePlugin {
    name: "filename",
    title: "File Name",
    order: 10,
    parse: Parse::Raw(read),
    names: &[
        "filename",
        "filenames",
        "malwarefilename",
        "processname",
        "imagename",
        "dllname",
        "drivername",
    ],
    misp: &["filename"],
    stix: &[
        "file:name",
        "process:image_ref.name",
        "process:binary_ref.name",
        "process:name",
    ],
    openioc: &[
        "fileitem/filename",
        "processitem/name",
        "driveritem/drivername",
        "filedownloadhistoryitem/filename",
    ],
    names_a_file: true,
    ttl_days: Some(90),
    tactic: "execution",
    guard: |ioc| FILE_NAMES.judge(of(ioc)),
    derive: derived,
    samples: &[
        "evil.exe",
        "evil-loader.dll",
        "it's [1] & 50% #new.exe",
        "résumé.scr",
    ],
    more_samples: || ["x", "y"].map(|end| "a".repeat(200) + end + ".exe").into(),
    starter: "    FIELD|endswith: {{ ending|sigma }}\n",
    starter_field: "file",
    ..TypePlugin::NEW
};

register_type!(FILENAME);
register_template!("../../templates/filename/process_creation_windows.yml.j2");
register_template!("../../templates/filename/image_load_windows.yml.j2");
register_template!("../../templates/filename/file_event_windows.yml.j2");

/// Windows' limit of a name: https://learn.microsoft.com/windows/win32/fileio/naming-a-file
const LONGEST: usize = 255;

fn read(text: &str) -> Result<Parsed, Refusal> {
    let live = &plain_dots(text);
    if let (true, Some(kind)) = (is_path(live), IocType::named("filepath")) {
        return crate::indicator::read_as(Expect::Type(kind), live);
    }
    Ok(parse::token(IocType::of(&FILENAME), canonical(live)?))
}

/// The name, in the case that it is given in, without what Windows takes off: spaces and dots at its end.
fn canonical(text: &str) -> Result<String, Refusal> {
    let text = literal(text, LONGEST)?;
    let name = text.trim_start_matches('\\').trim_end_matches(['.', ' ']);
    if name.is_empty() || name.contains(RESERVED) {
        return Err(not_a("filename"));
    }
    Ok(name.to_owned())
}

fn derived(indicator: &Indicator) -> DerivedValues {
    let value = indicator.ioc.to_string();
    DerivedValues::new()
        .text("ending", format!("\\{value}"))
        .text("value", value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::text::check::{code, value};

    #[test]
    fn a_name_is_what_a_path_ends_in() {
        for (text, name) in [
            ("evil.exe", "evil.exe"),
            ("\"Evil Loader.EXE\"", "Evil Loader.EXE"),
            ("\\evil.exe", "evil.exe"),
            ("update[.]dll", "update.dll"),
            ("evil.exe.", "evil.exe"),
            ("évil.scr", "évil.scr"),
            ("no_ending", "no_ending"),
        ] {
            assert_eq!(
                value(&FILENAME, text),
                ("filename", name.to_owned()),
                "{text}"
            );
        }
        assert_eq!(
            value(&FILENAME, "C:\\Temp\\evil.exe"),
            ("filepath", "C:\\Temp\\evil.exe".to_owned())
        );
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for (text, reason) in [
            ("", "empty"),
            ("*.exe", "pattern"),
            ("<random>.exe", "pattern"),
            ("a|b", "type_mismatch"),
            ("a.exe:stream", "type_mismatch"),
            ("..", "type_mismatch"),
            ("a\u{7}.exe", "control_character"),
            (&"a".repeat(256), "value_too_long"),
        ] {
            assert_eq!(code(&FILENAME, text), reason, "{text:?}");
        }
    }

    #[test]
    fn names_that_everyone_has_make_no_rule() {
        for (text, reason) in [
            ("SvcHost.exe", "common_value"),
            ("kernel32.dll", "common_value"),
            ("setup.exe", "common_value"),
            ("svch0st.exe", "keep"),
            ("setup_x.exe", "keep"),
        ] {
            assert_eq!(code(&FILENAME, text), reason, "{text}");
        }
    }
}
