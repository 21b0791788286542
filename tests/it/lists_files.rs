//! Files of lists, good and bad, and what a run says of the lists that it was given.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::list_run::{Verdict, list, lists, verdict};
use socdef_sigma::compile::{Intake, Settings};
use socdef_sigma::indicator::parse_date;
use socdef_sigma::lists::Lists;
use socdef_sigma::source::{Format, Input, NoteKind, ReadOptions};
use socdef_sigma::{Error, ErrorKind};
use tempfile::TempDir;

const NONE: &[&Path] = &[];

/// A folder with these files.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

/// The error of loading one warninglist with this content, and its place inside the file.
fn refused(bytes: &[u8]) -> (Error, String) {
    let folder = folder(&[("list.json", bytes)]);
    let path = folder.path().join("list.json");
    let error = Lists::load(&[&path], NONE).unwrap_err();
    let place = error.place().unwrap();
    let inside = place
        .strip_prefix(path.to_str().unwrap())
        .unwrap()
        .to_owned();
    (error, inside)
}

fn one(members: &str) -> Vec<u8> {
    format!(r#"{{"name": "One", "version": 1, {members}}}"#).into_bytes()
}

#[test]
fn a_file_that_is_no_list_says_where_and_why() {
    let deep = [b"{\"list\": ".as_slice(), &b"[".repeat(20_000)].concat();
    let long = one(&format!(r#""list": ["{}"]"#, "a".repeat(70_000)));
    for (bytes, place, message) in [
        (&b""[..], ":1:", "the file is not a warninglist"),
        (b"[", ":1:", "the file is not a warninglist"),
        (b"[]", "", "the file is not a warninglist"),
        (b"8.8.8.8\n", ":1:", "the file is not a warninglist"),
        (b"\x7fELF\x00\xff", ":1:", "the file is not a warninglist"),
        (
            b"{\"name\": \"One\",\n \"list\": [\"a.example\"",
            ":2:",
            "the file is not a warninglist",
        ),
        (
            b"{\"name\": \"One\", \"version\": 1}",
            "",
            "the file is not a warninglist",
        ),
        (
            &one(r#""list": "a.example""#),
            ":1:",
            "the file is not a warninglist",
        ),
        (
            &one(r#""list": [["a.example"]]"#),
            ":1:",
            "the file is not a warninglist",
        ),
        (
            &one(r#""list": [null]"#),
            ":1:",
            "the file is not a warninglist",
        ),
        (
            &one(r#""list": [], "list": []"#),
            ":1:",
            "the file is not a warninglist",
        ),
        (&deep, ":1:", "the file is not a warninglist"),
        (&long, ":1:", "the file is not a warninglist"),
        (b"{\"list\": []}", ": name", "the list has no name"),
        (
            b"{\"list\": [], \"name\": 7}",
            ": name",
            "the list's name is not a string",
        ),
        (
            b"{\"list\": [], \"name\": \"One\", \"version\": {}}",
            ": version",
            "the list's version is not a number",
        ),
        (
            &one(r#""list": [], "matching_attributes": "url""#),
            ": matching_attributes",
            "the list's attributes are not an array of strings",
        ),
        (
            &one(r#""list": [], "type": "fuzzy""#),
            ": type",
            "`fuzzy` is not a type of warninglist; the types are string, substring, hostname, cidr, regex",
        ),
        (
            &one(r#""list": [], "type": "CIDR""#),
            ": type",
            "`CIDR` is not a type of warninglist; the types are string, substring, hostname, cidr, regex",
        ),
    ] {
        let (error, inside) = refused(bytes);
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(60)]).into_owned();
        assert_eq!(
            (error.kind(), error.message()),
            (ErrorKind::BrokenInput, message),
            "{shown}"
        );
        // The column is the parser's own.
        let same = match place.ends_with(':') {
            true => inside.starts_with(place),
            false => inside == place,
        };
        assert!(same, "{inside} {shown}");
        assert_eq!(error.kind().exit_status(), 2);
    }
}

/// A list of AS numbers speaks of no indicator, and neither is one of its entries an address.
#[test]
fn a_list_of_something_else_drops_nothing() {
    let lists = lists(&[list(
        "AS numbers",
        "string",
        "AS",
        &["13335", "evil.example"],
    )]);
    assert_eq!(lists.len(), 2);
    assert_eq!(lists.notes(), []);
    assert_eq!(verdict(&lists, "evil.example"), Verdict::Keep);
}

#[test]
fn what_misp_takes_is_taken() {
    for members in [
        r#""list": ["evil.example"]"#,
        r#""list": ["evil.example"], "type": null, "matching_attributes": null"#,
        r#""list": ["evil.example"], "type": ["string"], "matching_attributes": []"#,
        r#""list": {"evil.example": "a comment"}, "type": "hostname""#,
        r#""list": ["", " ", 7, "evil\u002eexample"], "type": "substring""#,
        r#""type": "regex", "list": ["/^EVIL\\.example$/"], "category": "false_positive""#,
    ] {
        let folder = folder(&[("list.json", &one(members))]);
        let path = folder.path().join("list.json");
        let bom = [b"\xef\xbb\xbf".as_slice(), &one(members)].concat();
        for bytes in [one(members), bom] {
            fs::write(&path, bytes).unwrap();
            let lists = Lists::load(&[&path], NONE).unwrap();
            assert_eq!(verdict(&lists, "evil.example"), Verdict::On, "{members}");
            assert_eq!(verdict(&lists, "other.example"), Verdict::Keep, "{members}");
        }
    }
}

#[test]
fn a_folder_gives_the_lists_below_it_and_says_what_is_none() {
    let list = |name: &str, entry: &str| {
        format!(r#"{{"name": "{name}", "type": "hostname", "list": ["{entry}"]}}"#).into_bytes()
    };
    let files = folder(&[
        ("README.md", b"# lists"),
        (
            "schema.json",
            br#"{"properties": {"list": {"type": "array"}}}"#,
        ),
        ("names.json", b"[1, 2]"),
        ("lists/a/list.json", &list("A", "a.example")),
        ("lists/b/list.json", &list("B", "b.example")),
        ("lists/b/lists.JSON", &list("C", "c.example")),
        (".git/list.json", &list("D", "d.example")),
    ]);
    let lists = Lists::load(&[files.path()], NONE).unwrap();
    let verdicts =
        ["a.example", "b.example", "c.example", "d.example"].map(|name| verdict(&lists, name));
    assert_eq!(
        verdicts,
        [Verdict::On, Verdict::On, Verdict::On, Verdict::Keep]
    );
    let notes: Vec<_> = lists
        .notes()
        .iter()
        .map(|note| (note.kind, PathBuf::from(&*note.place.input)))
        .collect();
    let path = |name: &str| files.path().join(name);
    assert_eq!(
        notes,
        [
            (NoteKind::NotAList, path("names.json")),
            (NoteKind::NotAList, path("schema.json"))
        ]
    );

    // A list that is cut off is no file of something else.
    fs::write(path("lists/a/list.json"), &list("A", "a.example")[..30]).unwrap();
    let error = Lists::load(&[files.path()], NONE).unwrap_err();
    assert!(
        error
            .place()
            .unwrap()
            .starts_with(path("lists/a/list.json").to_str().unwrap())
    );

    let none = folder(&[("README.md", b"# lists"), ("schema.json", b"{}")]);
    let error = Lists::load(&[none.path()], NONE).unwrap_err();
    assert_eq!(
        (error.kind(), error.message(), error.place()),
        (
            ErrorKind::BrokenInput,
            "the folder holds no warninglist",
            none.path().to_str()
        )
    );
    assert!(error.hint_text().unwrap().contains("lists/*/list.json"));
}

#[test]
fn a_missing_file_and_a_broken_line_end_the_run() {
    let files = folder(&[("ours.txt", b"corp.example\n\ncorp example\n")]);
    let missing = files.path().join("missing");
    for error in [
        Lists::load(&[&missing], NONE).unwrap_err(),
        Lists::load(NONE, &[&missing]).unwrap_err(),
        Lists::load(NONE, &[files.path()]).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::UnreadableInput);
        assert_eq!(error.message(), "cannot read the list");
    }
    let path = files.path().join("ours.txt");
    let error = Lists::load(NONE, &[&path]).unwrap_err();
    assert_eq!(
        error.report(),
        format!(
            "error[broken_input]: `corp example` is not an indicator that a list can allow\n  --> {}:3\nhint: an allow list has one domain, address, network, hash, URL, CVE id or e-mail address per line, and `#` before comments",
            path.display()
        )
    );
}

#[test]
fn an_entry_that_cannot_be_used_is_said_and_costs_no_other() {
    for (kind, entry, why) in [
        ("cidr", "evil.example", "not an address or network"),
        ("cidr", "8.8.8.8-8.8.8.9", "not an address or network"),
        ("cidr", "0.0.0.0/0", "not an address or network"),
        ("cidr", "8.8.8.8/33", "not an address or network"),
        ("hostname", "autodiscover.*.example", "no host"),
        ("hostname", "https://evil.example/a", "no host"),
        ("regex", "/evil(?!x)/", "look-around is not supported"),
        ("regex", "/evil/q", "the expression has an unknown flag"),
    ] {
        let good = match kind {
            "cidr" => "198.51.100.7",
            "regex" => r"/198\\.51/",
            _ => "198.51.100.7",
        };
        let members = format!(r#""type": "{kind}", "list": ["{good}", "", "{entry}"]"#);
        let files = folder(&[("list.json", &one(&members))]);
        let path = files.path().join("list.json");
        let lists = Lists::load(&[&path], NONE).unwrap();
        assert_eq!(verdict(&lists, "198.51.100.7"), Verdict::On, "{entry}");
        let [note] = lists.notes() else {
            panic!("{entry}: {:?}", lists.notes())
        };
        assert_eq!(note.kind, NoteKind::UnusableEntry);
        assert_eq!(
            note.place.to_string(),
            format!("{}: list[2]", path.display())
        );
        assert_eq!(note.detail, format!("{why}: `{entry}` in `One`, version 1"));
    }
}

/// A run over a feed: the account as JSON, and what was kept.
fn run(feed: &str, settings: &Settings) -> (serde_json::Value, Vec<String>) {
    let options = ReadOptions {
        format: Some(Format::Txt),
        ..ReadOptions::default()
    };
    let mut intake = Intake::new(usize::MAX);
    let feed = Input::from_bytes("feed.txt", feed.as_bytes());
    intake.read(&feed, &options, &mut |_| Ok(())).unwrap();
    let (kept, report) = intake.select(settings);
    let counts = report.counts();
    let sum = counts.kept + counts.merged + counts.dropped + counts.refused;
    assert_eq!(counts.read, sum);
    let kept = kept
        .iter()
        .map(|indicator| indicator.ioc.to_string())
        .collect();
    (report.json(), kept)
}

#[test]
fn a_run_reports_each_drop_with_its_place_and_its_entry() {
    let files = folder(&[
        (
            "lists/dns/list.json",
            br#"{"name": "Resolvers", "version": 3, "type": "cidr", "list": ["8.8.8.8", "x"], "matching_attributes": ["ip-src"]}"#,
        ),
        (
            "lists/top/list.json",
            br#"{"name": "Top", "version": 9, "type": "hostname", "list": ["github.com"]}"#,
        ),
        ("ours.txt", b"corp.example\n"),
    ]);
    let mut settings = Settings::new(parse_date("2026-05-17").unwrap());
    let warninglists = [files.path().join("lists")];
    let lists = Lists::load(&warninglists, &[files.path().join("ours.txt")]).unwrap();
    settings.lists = Arc::new(lists);
    let feed = "8.8.8.8\ngithub.com\nhttps://github.com/evil/a.ps1\ncorp.example\nevil.example\n10.0.0.1\n8.8.0.0/16\n";
    let (report, kept) = run(feed, &settings);
    assert_eq!(kept, ["https://github.com/evil/a.ps1", "evil.example"]);
    let entries: Vec<String> = report["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| {
            format!(
                "{} {}: {}",
                entry["line"],
                entry["reason"].as_str().unwrap(),
                entry["words"].as_str().unwrap()
            )
        })
        .collect();
    assert_eq!(
        entries,
        [
            "1 warninglisted: on a warninglist: `8.8.8.8` in `Resolvers`, version 3".to_owned(),
            "2 warninglisted: on a warninglist: `github.com` in `Top`, version 9".to_owned(),
            format!(
                "4 allowed: on the user's own allow list: `corp.example` in `{}`",
                files.path().join("ours.txt").display()
            ),
            "6 private_address: a private address: 10.0.0.0/8".to_owned(),
            "7 warninglisted: on a warninglist: `8.8.8.8` in `Resolvers`, version 3, which its rule would match".to_owned(),
        ]
    );
    assert_eq!(report["notes"][0]["note"], "unusable_entry");
    assert_eq!(report["notes"][0]["path"], "list[1]");

    // Somebody gave the lists: turning the guard off does not turn them off.
    settings.guard = false;
    let (report, kept) = run(feed, &settings);
    assert_eq!(
        kept,
        ["https://github.com/evil/a.ps1", "evil.example", "10.0.0.1"]
    );
    assert_eq!(report["reasons"]["warninglisted"], 3);
}

/// A real feed against real lists; what is dropped is found by a scan of the texts alone.
#[test]
fn a_real_feed_against_real_lists() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let feed = fs::read_to_string(data.join("feeds/maltrail/apt_turla.txt")).unwrap();
    let files = folder(&[(
        "list.json",
        br#"{"name": "Dynamic DNS", "version": 1, "type": "hostname", "list": ["hopto.org", "ddns.net", "servehttp.com", "zapto.org"]}"#,
    )]);
    let mut settings = Settings::new(parse_date("2026-05-17").unwrap());
    let (_, before) = run(&feed, &settings);
    let warninglists = [files.path().to_owned(), data.join("warninglists")];
    settings.lists = Arc::new(Lists::load(&warninglists, NONE).unwrap());
    let (_, after) = run(&feed, &settings);
    let dropped: Vec<&String> = before
        .iter()
        .filter(|value| !after.contains(value))
        .collect();
    let expected: Vec<&String> = before
        .iter()
        .filter(|value| {
            ["hopto.org", "ddns.net", "servehttp.com", "zapto.org"]
                .iter()
                .any(|name| value == name || value.ends_with(&format!(".{name}")))
        })
        .collect();
    assert!(expected.len() > 5, "{expected:?}");
    assert_eq!(dropped, expected);
}
