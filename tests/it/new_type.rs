//! What a new type costs: the files that name one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use socdef_sigma::IocType;
use socdef_sigma::indicator::{Expect, parse_as};
use socdef_sigma::template::registered;

/// Types whose names are words of nothing else here.
const TYPES: [&str; 3] = ["named_pipe", "scheduled_task", "service_name"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files of the program below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path
            .extension()
            .is_some_and(|e| e == "rs" || e == "py" || e == "yml" || e == "j2")
        {
            found.push(path);
        }
    }
    found
}

/// Whether a text has a name as a whole word.
fn names(text: &str, name: &str) -> bool {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    text.split(|c| !is_word(c)).any(|word| word == name)
}

/// The files of the program that name a type.
fn touched(kind: &str) -> BTreeSet<String> {
    let folders = ["src", "templates", "python"].map(|folder| root().join(folder));
    let all = folders.iter().flat_map(|folder| files(folder));
    all.filter(|path| names(&fs::read_to_string(path).unwrap_or_default(), kind))
        .map(|path| {
            path.strip_prefix(root())
                .unwrap()
                .to_string_lossy()
                .replace('\\', "/")
        })
        .collect()
}

#[test]
fn a_type_is_its_file_a_line_and_its_templates() {
    for name in TYPES {
        let kind: IocType = name.parse().unwrap();
        let templates = registered::templates()
            .iter()
            .filter(|template| template.ioc_type == kind);
        let mut expected: BTreeSet<String> = templates
            .map(|template| format!("templates/{}.yml.j2", template.name))
            .collect();
        assert!(!expected.is_empty());
        expected.insert(format!("src/types/{name}.rs"));
        expected.insert("src/types/mod.rs".to_owned());
        assert_eq!(touched(name), expected, "{name}");
    }
    let guide = fs::read_to_string(root().join("CONTRIBUTING.md")).unwrap();
    let fewest = TYPES
        .map(|name| touched(name).len())
        .into_iter()
        .min()
        .unwrap();
    assert_eq!(fewest, 3);
    assert!(
        guide.contains("A new type is three files"),
        "the guide says another number"
    );
}

/// A source that asks which type it is would have to be changed for a new one.
#[test]
fn nothing_outside_of_the_types_lists_them() {
    let types = root().join("src/types");
    for path in files(&root().join("src"))
        .iter()
        .filter(|path| !path.starts_with(&types))
    {
        let text = fs::read_to_string(path).unwrap();
        for kind in IocType::all()
            .iter()
            .filter(|kind| !kind.plugin().is_default)
        {
            let quoted = format!("\"{kind}\" =>");
            assert!(
                !text.contains(&quoted),
                "{} matches on `{kind}`",
                path.display()
            );
        }
    }
}

/// `templates check` and `preflight` use them: one that were refused would be left out there in silence.
#[test]
fn samples_are_values_of_their_type_in_canonical_form() {
    for kind in IocType::all() {
        let plugin = kind.plugin();
        let more = (plugin.more_samples)();
        let samples: Vec<&str> = plugin
            .samples
            .iter()
            .copied()
            .chain(more.iter().map(String::as_str))
            .collect();
        assert!(samples.len() >= 2, "{kind}");
        for sample in samples {
            let ioc = parse_as(Expect::Type(*kind), sample)
                .unwrap_or_else(|e| panic!("{kind} {sample}: {e}"))
                .ioc;
            assert_eq!((ioc.ioc_type(), ioc.to_string().as_str()), (*kind, sample));
        }
    }
}
