//! The walk over the Sigma endpoint: by type, by confidence, by offset, until all is there.

use std::sync::{Arc, Mutex};

use socdef_sigma::error::{ErrorKind, Result};
use socdef_sigma::fetch::{Client, FetchedRules, Settings, Truncation};
use socdef_sigma::wire::Query;

use super::server::{Request, Server, answer, json, yaml};
use super::{fetch_with, kind_and_text, settings, stream};

fn fetch(server: &Server, pairs: &[(&str, &str)]) -> Result<FetchedRules> {
    fetch_with(settings(&server.url()), pairs)
}

type Entry = (usize, &'static str, Option<&'static str>);

/// A feed whose endpoint gives at most `most` rules, and counts them where it is told to.
#[derive(Clone)]
struct Feed {
    /// Each with its number, type and confidence.
    rules: Arc<Mutex<Vec<Entry>>>,
    most: usize,
    counts: bool,
    lists: bool,
}

impl Feed {
    /// `count` rules of type `kind` and each of the confidences, in turn.
    fn add(&mut self, count: usize, kind: &'static str, levels: &[Option<&'static str>]) {
        let mut rules = self.rules.lock().unwrap();
        for at in 0..count {
            let number = rules.len();
            rules.push((number, kind, levels[at % levels.len()]));
        }
    }

    fn new() -> Feed {
        Feed {
            rules: Arc::default(),
            most: 100,
            counts: false,
            lists: false,
        }
    }

    fn numbers(&self, request: &Request) -> Vec<usize> {
        let wanted = |name: &str, value: Option<&str>| {
            request
                .query(name)
                .is_none_or(|wanted| value == Some(wanted))
        };
        let rules = self.rules.lock().unwrap();
        let chosen = rules
            .iter()
            .filter(|(_, kind, level)| wanted("type", Some(kind)) && wanted("confidence", *level));
        chosen.map(|(number, _, _)| *number).collect()
    }

    fn serve(self) -> Server {
        Server::start(move |request, out| {
            let numbers = self.numbers(request);
            if request.path == "/api/v1/iocs" {
                return match self.lists {
                    true => json(
                        out,
                        "",
                        format!(r#"{{"meta": {{"total": {}}}, "data": []}}"#, numbers.len()),
                    ),
                    false => answer(out, "403 Forbidden", "", ""),
                };
            }
            let limit = request.number_of("limit").unwrap().min(self.most);
            let offset = request.number_of("offset").unwrap_or(0);
            let headers = if self.counts {
                format!("X-Total-Count: {}\r\n", numbers.len())
            } else {
                String::new()
            };
            let page = numbers
                .iter()
                .copied()
                .skip(if self.counts { offset } else { 0 })
                .take(limit);
            let body = stream(page);
            yaml(
                out,
                &headers,
                if body.is_empty() {
                    "# no rules\n"
                } else {
                    &body
                },
            )
        })
    }
}

const LEVELS: [Option<&str>; 3] = [Some("low"), Some("medium"), Some("high")];

#[test]
fn a_full_answer_is_split_by_type_and_then_by_confidence() {
    let mut feed = Feed::new();
    feed.add(120, "domain", &LEVELS);
    feed.add(30, "ipv4", &LEVELS);
    feed.add(3, "cve", &[None]);
    let server = feed.serve();
    let rules = fetch(&server, &[]).unwrap();
    assert_eq!(rules.documents().len(), 153);
    let account = rules.account();
    assert_eq!(account.received, account.kept + account.duplicates);
    assert!(account.truncated.is_empty());
    // The whole, its total, nine types, the total of domains, and three levels.
    assert_eq!(server.count(), 1 + 1 + 9 + 1 + 3);
}

#[test]
fn what_cannot_be_had_whole_is_named() {
    let mut feed = Feed::new();
    feed.add(150, "ipv4", &[Some("high")]);
    feed.add(5, "url", &[Some("low")]);
    for lists in [true, false] {
        let server = Feed {
            lists,
            ..feed.clone()
        }
        .serve();
        let (kind, text) = kind_and_text(fetch(&server, &[]));
        assert_eq!((kind, kind.exit_status()), (ErrorKind::Truncated, 4));
        let part = if lists {
            "type=ipv4 confidence=high: 100 of 150\n"
        } else {
            "type=ipv4 confidence=high: 100, and there may be more\n"
        };
        assert!(text.contains(part), "{text}");

        let rules = fetch_with(
            Settings {
                allow_truncated: true,
                ..settings(&server.url())
            },
            &[],
        )
        .unwrap();
        assert_eq!(rules.documents().len(), 105);
        let truncation = Truncation {
            filter: "type=ipv4 confidence=high".into(),
            received: 100,
            total: lists.then_some(150),
        };
        assert_eq!(rules.account().truncated, [truncation]);
        assert_eq!(rules.account().json()["truncated"][0]["received"], 100);
    }
}

#[test]
fn rules_without_confidence_are_not_forgotten() {
    let mut feed = Feed::new();
    feed.add(60, "ipv4", &[None]);
    feed.add(60, "ipv4", &LEVELS);
    let (kind, text) = kind_and_text(fetch(&feed.clone().serve(), &[]));
    assert_eq!(kind, ErrorKind::Truncated);
    assert!(
        text.contains("type=ipv4: 120, and there may be more"),
        "{text}"
    );
    // Where the list says that these are all, they are.
    let rules = fetch(
        &Feed {
            lists: true,
            ..feed
        }
        .serve(),
        &[],
    )
    .unwrap();
    assert_eq!(rules.documents().len(), 120);
}

#[test]
fn an_answer_that_is_full_by_chance_is_whole() {
    let mut feed = Feed {
        lists: true,
        ..Feed::new()
    };
    feed.add(100, "ipv4", &[Some("high")]);
    let server = feed.serve();
    assert_eq!(fetch(&server, &[]).unwrap().documents().len(), 100);
    assert_eq!(server.count(), 2);
}

#[test]
fn ten_thousand_are_a_full_answer_too() {
    // What is no rule is read faster, and counts.
    let body = "a: 1\n---\n".repeat(10_000);
    let server = Server::start(move |request, out| match request.query("type") {
        None => yaml(out, "", &body),
        Some(_) => yaml(out, "", "# no rules\n"),
    });
    let rules = fetch(&server, &[]).unwrap();
    assert_eq!(rules.account().refused, 10_000);
    assert_eq!(rules.account().refusals.len(), 1000);
    assert_eq!(server.count(), 1 + 1 + 9);
}

#[test]
fn a_server_that_counts_is_walked_by_offset() {
    let mut feed = Feed {
        counts: true,
        ..Feed::new()
    };
    feed.add(250, "ipv4", &[Some("high")]);
    let server = feed.serve();
    let rules = fetch(&server, &[]).unwrap();
    assert_eq!(rules.yaml(), stream(0..250));
    let offsets: Vec<_> = server
        .requests()
        .iter()
        .map(|request| request.number_of("offset"))
        .collect();
    assert_eq!(offsets, [None, Some(100), Some(200)]);
    let account = rules.account();
    assert_eq!(
        (account.first_total, account.last_total, account.drifted()),
        (Some(250), Some(250), false)
    );
}

#[test]
fn a_limit_is_how_many_are_wanted() {
    let mut feed = Feed {
        counts: true,
        ..Feed::new()
    };
    feed.add(250, "ipv4", &[Some("high")]);
    let server = feed.serve();
    let fetched = |limit| {
        let query = Query {
            limit: Some(limit),
            ..Query::default()
        };
        Client::new(settings(&server.url()))
            .unwrap()
            .rules(&query, &mut |_, _| Ok(()))
            .unwrap()
    };
    for limit in [0, 1, 100, 120, 250, 20_000] {
        assert_eq!(fetched(limit).documents().len() as u64, limit.min(250));
    }
    let limits: Vec<_> = server
        .requests()
        .iter()
        .take(4)
        .map(|request| request.number_of("limit").unwrap())
        .collect();
    assert_eq!(limits, [1, 100, 120, 20]);
    // A server that knows no limit.
    let server = Server::start(|_, out| yaml(out, "", stream(0..30)));
    let rules = fetch(&server, &[("limit", "7")]).unwrap();
    assert_eq!((rules.yaml(), rules.account().surplus), (stream(0..7), 23));
}

#[test]
fn a_feed_that_changes_under_the_walk_is_read_again() {
    let mut feed = Feed {
        counts: true,
        ..Feed::new()
    };
    feed.add(250, "ipv4", &[Some("high")]);
    let inner = feed.clone();
    // After the first page one of its rules is taken back: the one at 100 moves to where nobody looks.
    let server = Server::start(move |request, out| {
        if request.number == 2 {
            inner.rules.lock().unwrap().remove(0);
        }
        let numbers = inner.numbers(request);
        let page = numbers
            .iter()
            .copied()
            .skip(request.number_of("offset").unwrap_or(0))
            .take(100);
        yaml(
            out,
            &format!("X-Total-Count: {}\r\n", numbers.len()),
            stream(page),
        )
    });
    let rules = fetch(&server, &[]).unwrap();
    let account = rules.account();
    assert_eq!(
        (account.first_total, account.last_total, account.drifted()),
        (Some(250), Some(249), true)
    );
    // The rule that was taken back is there too: it was in the feed when it was read.
    assert_eq!(server.count(), 6);
    assert_eq!((rules.documents().len(), account.missing), (250, 0));
    assert_eq!((account.received, account.duplicates), (250 - 1 + 249, 248));
}

#[test]
fn a_server_that_has_more_than_it_gives_is_an_error() {
    let server = Server::start(|request, out| match request.query("offset") {
        None => yaml(out, "X-Total-Count: 9\r\n", stream(0..3)),
        Some(_) => yaml(out, "X-Total-Count: 9\r\n", "# no rules\n"),
    });
    let (kind, text) = kind_and_text(fetch(&server, &[]));
    assert_eq!(kind, ErrorKind::Truncated);
    assert!(text.contains("all types: 3 of 9"), "{text}");
}
