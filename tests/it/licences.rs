//! The licence texts that the wheel carries are those of the crates that are linked into it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value as Json;

/// The crates that end up in the wheel's binary on any platform, with their versions, from `cargo metadata`.
fn linked() -> BTreeSet<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--features",
            "python",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let found: Json = serde_json::from_slice(&output.stdout).unwrap();
    let id = |json: &Json| json.as_str().unwrap().to_owned();
    let packages: BTreeMap<String, &Json> = found["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| (id(&package["id"]), package))
        .collect();
    let nodes: BTreeMap<String, &Json> = found["resolve"]["nodes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|node| (id(&node["id"]), node))
        .collect();
    let is_macro = |package: &Json| {
        let mut targets = package["targets"].as_array().unwrap().iter();
        targets.any(|target| target["kind"][0] == "proc-macro")
    };
    let root = id(&found["resolve"]["root"]);
    let mut seen = BTreeSet::from([root.clone()]);
    let mut todo = vec![root.clone()];
    while let Some(node) = todo.pop() {
        for dep in nodes[&node]["deps"].as_array().unwrap() {
            let package = id(&dep["pkg"]);
            let is_linked = dep["dep_kinds"]
                .as_array()
                .unwrap()
                .iter()
                .any(|kind| kind["kind"].is_null());
            if is_linked && !is_macro(packages[&package]) && seen.insert(package.clone()) {
                todo.push(package);
            }
        }
    }
    seen.remove(&root);
    let named = |package: &String| {
        let package = packages[package];
        let text = |name: &str| package[name].as_str().unwrap_or("see its text").to_owned();
        format!("{} {}: {}", text("name"), text("version"), text("license"))
    };
    seen.iter().map(named).collect()
}

#[test]
fn the_licence_texts_are_those_of_the_linked_crates() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("LICENSES-THIRD-PARTY.txt");
    let text = fs::read_to_string(path).unwrap();
    let (_, list) = text.split_once("======\n\n").unwrap();
    let (list, rest) = list.split_once("\n\n").unwrap();
    let listed: BTreeSet<String> = list.lines().map(str::to_owned).collect();
    let linked = linked();
    let missing: Vec<_> = linked.difference(&listed).collect();
    let stale: Vec<_> = listed.difference(&linked).collect();
    assert!(
        missing.is_empty() && stale.is_empty(),
        "`make licences`: missing {missing:?}, stale {stale:?}"
    );
    assert!(linked.len() > 100);

    // Each has a text, or is named among those that carry none.
    let mut with_text = BTreeSet::new();
    for holders in rest
        .lines()
        .filter_map(|line| line.strip_prefix("Of ")?.strip_suffix(':'))
    {
        with_text.extend(holders.split(", "));
    }
    let (without, _) = rest.split_once("----").unwrap();
    for line in &linked {
        let (name, _) = line.split_once(": ").unwrap();
        let is_named = without
            .lines()
            .any(|line| line.starts_with(&format!("{name}, by ")));
        assert!(with_text.contains(name) != is_named, "{name}");
    }
    assert!(with_text.len() > linked.len() * 9 / 10);
}
