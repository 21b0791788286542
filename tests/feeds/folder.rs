//! Where the feeds are.

use std::path::PathBuf;

use socdef_sigma::source::Input;

/// What stands beside the feeds and holds none.
pub(crate) const NO_FEEDS: [&str; 7] = [
    "MANIFEST.md",
    "PAIRS.tsv",
    "README.md",
    "logs/",
    "misp-warninglists/",
    "sigma-rules/",
    "sigma-spec/",
];

/// The folder of feeds beside the project.
pub(crate) fn shared() -> PathBuf {
    std::env::var_os("SOCDEF_SHARED")
        .map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"),
            PathBuf::from,
        )
        .join("feeds")
}

/// The path of a feed, where it is there.
pub(crate) fn path(name: &str) -> Option<PathBuf> {
    let project = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    [project.join("tests/data/feeds"), shared()]
        .iter()
        .map(|folder| folder.join(name))
        .find(|full| full.is_file())
}

/// The input of a feed that is there.
pub(crate) fn input(name: &str) -> Input {
    Input::from_path(&path(name).unwrap()).unwrap().remove(0)
}

/// Everything under a folder of feeds that is one.
pub(crate) fn files(folder: &str) -> Vec<(String, PathBuf)> {
    let root = shared().join("..").join(folder);
    walkdir::WalkDir::new(&root)
        .sort_by_file_name()
        .into_iter()
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let name = entry.path().strip_prefix(&root).unwrap();
            (name.to_str().unwrap().to_owned(), entry.into_path())
        })
        .filter(|(name, _)| {
            !NO_FEEDS.iter().any(|start| name.starts_with(start)) && !name.ends_with(".truth.tsv")
        })
        .collect()
}
