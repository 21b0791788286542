//! Ingest: what the store knows after it.

use chrono::{Duration, Utc};
use socdef_sigma::Indicator;
use socdef_sigma::compile::Settings;
use socdef_sigma::error::ErrorKind;
use socdef_sigma::indicator::{Confidence, Source};
use socdef_sigma::serve::ingest::{self, Options};
use socdef_sigma::serve::{Changes, Store, ingest as read_in};
use socdef_sigma::source::{Format, Input, ReadOptions};

use super::client::{Server, Shelf, addresses, indicator, now};

const IOCS: &str = "/api/v1/iocs";

fn changes(added: u64, changed: u64, unchanged: u64, removed: u64) -> Changes {
    Changes {
        added,
        changed,
        unchanged,
        removed,
    }
}

fn by(producer: &str, value: &str) -> Indicator {
    let mut indicator = indicator(value);
    indicator.producers.push(producer.to_owned());
    indicator
}

fn txt() -> Options {
    let mut options = Options::new(Settings::new(now()));
    options.read = ReadOptions {
        format: Some(Format::Txt),
        ..ReadOptions::default()
    };
    options
}

fn since(server: &Server, moment: chrono::DateTime<Utc>) -> Vec<String> {
    let moment = moment.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    server.get(&format!("{IOCS}?since={moment}")).values()
}

#[test]
fn the_same_again_changes_nothing_and_news_does() {
    let shelf = Shelf::new();
    let server = shelf.serve("");
    let start = now() - Duration::hours(10);
    let hour = |hours| start + Duration::hours(hours);
    let mut one = by("ESET", "198.51.100.7");
    one.first_seen = Some(hour(-100));
    one.last_seen = Some(hour(-50));
    one.sources.push(Source {
        feed_name: Some("f".into()),
        ..Source::default()
    });
    assert_eq!(
        shelf.put_at("a", std::slice::from_ref(&one), hour(1)),
        changes(1, 0, 0, 0)
    );
    assert_eq!(
        shelf.put_at("a", std::slice::from_ref(&one), hour(2)),
        changes(0, 0, 1, 0)
    );
    assert_eq!(since(&server, hour(0)), ["198.51.100.7"]);
    assert!(since(&server, hour(1)).is_empty());
    // A new last_seen.
    one.last_seen = Some(hour(-40));
    assert_eq!(
        shelf.put_at("a", std::slice::from_ref(&one), hour(3)),
        changes(0, 1, 0, 0)
    );
    assert_eq!(since(&server, hour(2)), ["198.51.100.7"]);
    // An older one is none.
    one.last_seen = Some(hour(-60));
    assert_eq!(
        shelf.put_at("a", std::slice::from_ref(&one), hour(4)),
        changes(0, 0, 1, 0)
    );
    // Another producer, who says more.
    let mut other = by("other", "198.51.100.7");
    other.confidence = Some(Confidence::High);
    other.tags.push("c2".into());
    assert_eq!(shelf.put_at("b", &[other], hour(5)), changes(0, 1, 0, 0));
    let json = server.get(IOCS).json();
    let record = &json["data"][0];
    assert_eq!(record["producers"], serde_json::json!(["ESET", "other"]));
    assert_eq!(record["confidence"], "high");
    assert_eq!(record["tags"], serde_json::json!(["c2"]));
    assert_eq!(
        record["last_seen"],
        hour(-40).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    );
    assert_eq!(
        record["first_seen"],
        hour(-100).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
    );
}

/// Another producer's records hide nobody's indicator: not by their number, their spellings or their sectors.
#[test]
fn another_producers_records_hide_no_row_and_no_rule() {
    let shelf = Shelf::new();
    let server = shelf.serve("");
    let mut good = by("good", "http://evil.example/x");
    good.industries.push("energy".to_owned());
    shelf.put_at("good", std::slice::from_ref(&good), now());
    let evil: Vec<Indicator> = (0..300)
        .map(|at| {
            let mut one = by(
                &format!("evil {at}"),
                &format!("http://u{at}@evil.example/x#{at}"),
            );
            one.industries.push(format!("sector {at}"));
            one.tags.push(format!("tag {at}"));
            one.references.push(format!("https://report.example/{at}"));
            one
        })
        .collect();
    // Before the good one in the order of reading, and after it.
    let other = Shelf::new();
    let first = other.serve("");
    other.put_at("evil", &evil, now());
    other.put_at("good", std::slice::from_ref(&good), now());
    shelf.put_at("evil", &evil, now());
    for server in [&server, &first] {
        for query in ["", "?industry=energy", "?type=url"] {
            let values = server.get(&format!("{IOCS}{query}")).values();
            assert_eq!(values, ["http://evil.example/x"], "{query}");
        }
        let reply = server.get(&format!("{IOCS}/sigma"));
        let rules = reply.text();
        assert_eq!(rules.matches("\nid: ").count(), 1, "{rules}");
        assert!(rules.len() < 64 << 10);
    }
}

#[test]
fn a_clock_that_goes_back_hides_no_change() {
    let shelf = Shelf::new();
    let server = shelf.serve("");
    let asked = now();
    shelf.put_at(
        "a",
        &[indicator("198.51.100.1")],
        asked + Duration::seconds(1),
    );
    shelf.put_at("a", &[indicator("198.51.100.2")], asked - Duration::days(1));
    assert_eq!(since(&server, asked).len(), 2);
}

#[test]
fn one_producers_revocation_takes_back_its_own_word_only() {
    let shelf = Shelf::new();
    let server = shelf.serve("");
    let revoked = |producer: &str| Indicator {
        revoked: true,
        ..by(producer, "198.51.100.7")
    };
    shelf.put_at("a", &[by("ESET", "198.51.100.7")], now());
    shelf.put_at("b", &[by("other", "198.51.100.7")], now());
    shelf.put_at("a", &[revoked("ESET")], now());
    assert_eq!(server.get(IOCS).values().len(), 1);
    shelf.put_at("c", &[revoked("other")], now());
    assert!(server.get(IOCS).values().is_empty());
    assert_eq!(server.get("/api/v1/iocs/sigma").text(), "# no rules\n");
    // It stands by it again.
    let mut again = by("other", "198.51.100.7");
    again.last_seen = Some(now());
    shelf.put_at("b", &[again], now());
    assert_eq!(server.get(IOCS).values().len(), 1);
}

#[test]
fn what_is_over_is_not_served() {
    let shelf = Shelf::new();
    let server = shelf.serve("");
    let until = |value: &str, end| Indicator {
        valid_until: Some(end),
        ..indicator(value)
    };
    let soon = now() + Duration::milliseconds(1500);
    shelf.put(&[
        until("198.51.100.1", now() - Duration::seconds(1)),
        until("198.51.100.2", soon),
        indicator("198.51.100.3"),
    ]);
    let first = server.get(IOCS);
    assert_eq!(first.values(), ["198.51.100.2", "198.51.100.3"]);
    assert_eq!(first.number("x-total-count"), 2);
    std::thread::sleep(
        (soon - Utc::now()).to_std().unwrap_or_default() + std::time::Duration::from_millis(20),
    );
    let second = server.get_with(IOCS, &[("if-none-match", first.header("etag").unwrap())]);
    assert_eq!(second.values(), ["198.51.100.3"]);
}

#[test]
fn a_replaced_source_loses_what_it_no_longer_lists() {
    let shelf = Shelf::new();
    let server = shelf.serve("");
    let mut store = shelf.open();
    let mut put = |source: &str, values: &[&str]| {
        let indicators: Vec<_> = values.iter().map(|value| by("p", value)).collect();
        ingest::put(
            &mut store,
            source,
            true,
            &indicators,
            Confidence::Medium,
            Utc::now(),
        )
        .unwrap()
    };
    let (a, b, c) = ("198.51.100.1", "198.51.100.2", "198.51.100.3");
    assert_eq!(put("feed", &[a, b]), changes(2, 0, 0, 0));
    assert_eq!(put("second", &[b, c]), changes(1, 0, 1, 0));
    assert_eq!(put("feed", &[a, b]), changes(0, 0, 2, 0));
    // `b` is listed elsewhere still.
    assert_eq!(put("feed", &[c]), changes(0, 0, 1, 1));
    assert_eq!(server.get(IOCS).values(), [b, c]);
    assert_eq!(put("second", &[]), changes(0, 0, 0, 1));
    assert_eq!(server.get(IOCS).values(), [c]);
    // What comes again is new, with a place of its own at the end.
    assert_eq!(put("second", &[a]), changes(1, 0, 0, 0));
    assert_eq!(server.get(IOCS).values(), [c, a]);
}

#[test]
fn a_replaced_source_forgets_what_it_said() {
    let shelf = Shelf::new();
    let server = shelf.serve("");
    let tagged = |tag: &str| Indicator {
        tags: vec![tag.to_owned()],
        ..by("p", "198.51.100.1")
    };
    let put = |replace, tag| {
        let indicators = [tagged(tag)];
        ingest::put(
            &mut shelf.open(),
            "s",
            replace,
            &indicators,
            Confidence::Medium,
            Utc::now(),
        )
        .unwrap();
        server.get(IOCS).json()["data"][0]["tags"].to_string()
    };
    assert_eq!(put(false, "one"), r#"["one"]"#);
    assert_eq!(put(false, "two"), r#"["one","two"]"#);
    assert_eq!(put(true, "three"), r#"["three"]"#);
}

#[test]
fn files_are_read_judged_and_reported() {
    let shelf = Shelf::new();
    let server = shelf.serve("");
    let first = Input::from_bytes(
        "/tmp/x/feed.txt",
        b"198.51.100.7\n10.0.0.1\nevil[.]example\n198.51.100.7\n".to_vec(),
    );
    let second = Input::from_bytes("other.txt", b"evil.example\n198.51.100.999\n".to_vec());
    let done = read_in(&mut shelf.open(), &[first, second], &txt(), &mut |_| Ok(())).unwrap();
    assert_eq!(done[0].source, "feed.txt");
    assert_eq!(done[0].changes, changes(2, 0, 0, 0));
    let counts = done[0].report.counts();
    assert_eq!(
        (counts.read, counts.kept, counts.merged, counts.dropped),
        (4, 2, 1, 1)
    );
    // Its rule names the other file as well from now on.
    assert_eq!(done[1].changes, changes(0, 1, 0, 0));
    assert_eq!(done[1].report.counts().refused, 1);
    assert_eq!(server.get(IOCS).values(), ["198.51.100.7", "evil.example"]);
    let rules = server.get("/api/v1/iocs/sigma").text().to_owned();
    assert_eq!(
        rules.matches("- producer: 'feed.txt'").count(),
        2,
        "{rules}"
    );
    assert_eq!(
        rules.matches("- producer: 'other.txt'").count(),
        1,
        "{rules}"
    );
}

/// A source that is replaced every day has one name, whatever its file is called.
#[test]
fn a_source_that_is_replaced_keeps_its_name() {
    let shelf = Shelf::new();
    let mut options = txt();
    options.replace_source = Some("ISAC".into());
    for (day, expected) in [
        ("2026-05-17", changes(1, 0, 0, 0)),
        ("2026-05-18", changes(0, 0, 1, 0)),
    ] {
        let input = Input::from_bytes(&*format!("feed-{day}.txt"), b"198.51.100.7\n".to_vec());
        let done = read_in(&mut shelf.open(), &[input], &options, &mut |_| Ok(())).unwrap();
        assert_eq!(done[0].changes, expected, "{day}");
    }
    let rules = shelf.serve("").get("/api/v1/iocs/sigma").text().to_owned();
    assert!(rules.contains("- producer: 'ISAC'"), "{rules}");
}

#[test]
fn an_empty_feed_does_not_empty_a_source() {
    let shelf = Shelf::new();
    let input = |text: &str| Input::from_bytes("f", text.as_bytes().to_vec());
    let mut options = txt();
    options.replace_source = Some("feed".into());
    let run = |text: &str, options: &Options| {
        read_in(&mut shelf.open(), &[input(text)], options, &mut |_| Ok(()))
    };
    assert_eq!(
        run("198.51.100.7\n", &options).unwrap()[0].changes,
        changes(1, 0, 0, 0)
    );
    let error = run("# moved to another address\n", &options).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenInput);
    options.allow_empty = true;
    assert_eq!(run("", &options).unwrap()[0].changes, changes(0, 0, 0, 1));
}

#[test]
fn an_ingest_that_is_stopped_leaves_no_trace() {
    let shelf = Shelf::new();
    let server = shelf.serve("");
    let lines: String = addresses(5000)
        .iter()
        .map(|one| format!("{}\n", one.ioc))
        .collect();
    let mut calls = 0;
    let error = read_in(
        &mut shelf.open(),
        &[Input::from_bytes("f", lines.into_bytes())],
        &txt(),
        &mut |_| {
            calls += 1;
            match calls {
                6.. => Err(socdef_sigma::Error::new(ErrorKind::Interrupted, "stop")),
                _ => Ok(()),
            }
        },
    );
    assert_eq!(error.unwrap_err().kind(), ErrorKind::Interrupted);
    assert_eq!(server.get(IOCS).number("x-total-count"), 0);
}

#[test]
fn what_is_no_store_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.db");
    let options = socdef_sigma::serve::Options::new(&path);
    let error = socdef_sigma::serve::start(options.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BrokenStore);
    assert!(error.hint_text().is_some());
    std::fs::write(
        &path,
        "no database, but long enough to be looked at by SQLite as if it were one".repeat(20),
    )
    .unwrap();
    for error in [
        Store::open(&path).unwrap_err(),
        socdef_sigma::serve::start(options.clone()).unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::BrokenStore);
    }
    std::fs::remove_file(&path).unwrap();
    // Another program's, and a newer one's.
    let database = rusqlite::Connection::open(&path).unwrap();
    database.execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(
        Store::open(&path)
            .unwrap_err()
            .to_string()
            .contains("another program")
    );
    drop(database);
    std::fs::remove_file(&path).unwrap();
    drop(Store::open(&path).unwrap());
    let database = rusqlite::Connection::open(&path).unwrap();
    database.execute_batch("PRAGMA user_version = 99").unwrap();
    drop(database);
    assert!(
        Store::open(&path)
            .unwrap_err()
            .to_string()
            .contains("version 99")
    );
    assert!(
        socdef_sigma::serve::start(options)
            .unwrap_err()
            .to_string()
            .contains("version 99")
    );
}
