//! When an indicator last left the list: what a client that only asks for news would miss.

use chrono::{DateTime, Duration, Utc};
use rusqlite::Connection;
use socdef_sigma::Confidence;
use socdef_sigma::indicator::Indicator;
use socdef_sigma::serve::ingest;

use super::client::{Server, Shelf, indicator, now};

const IOCS: &str = "/api/v1/iocs";

fn last_removal(server: &Server, key: &str) -> Option<DateTime<Utc>> {
    let reply = server.get_as(key, IOCS);
    reply.header("x-last-removal").map(|at| at.parse().unwrap())
}

fn replace(shelf: &Shelf, values: &[&str]) {
    let indicators: Vec<Indicator> = values.iter().map(|value| indicator(value)).collect();
    ingest::put(
        &mut shelf.open(),
        "feed",
        true,
        &indicators,
        Confidence::Medium,
        Utc::now(),
    )
    .unwrap();
}

#[test]
fn what_leaves_the_list_is_told() {
    let shelf = Shelf::new();
    let server = shelf.serve("");
    let (a, b) = ("198.51.100.1", "198.51.100.2");
    replace(&shelf, &[a, b]);
    replace(&shelf, &[a, b, "198.51.100.3"]);
    assert_eq!(last_removal(&server, &server.pro), None);
    let before = Utc::now();
    replace(&shelf, &[a, "198.51.100.3"]);
    let first = last_removal(&server, &server.pro).unwrap();
    assert!(before - Duration::milliseconds(1) <= first && first <= Utc::now());
    // What comes and what changes is news, and no removal.
    replace(&shelf, &[a, b, "198.51.100.3"]);
    let noted = Indicator {
        tags: vec!["botnet".to_owned()],
        ..indicator(a)
    };
    shelf.put_at("other", &[noted], Utc::now());
    assert_eq!(last_removal(&server, &server.pro), Some(first));
    // Its producers take it back, or say that it is over.
    let revoked = Indicator {
        revoked: true,
        ..indicator(b)
    };
    shelf.put_at("feed", &[revoked], Utc::now());
    let second = last_removal(&server, &server.pro).unwrap();
    assert!(second > first);
    let over = Indicator {
        valid_until: Some(Utc::now() - Duration::seconds(1)),
        ..indicator("198.51.100.3")
    };
    shelf.put_at("feed", &[over], Utc::now());
    assert!(last_removal(&server, &server.pro).unwrap() > second);
}

#[test]
fn a_plan_that_does_not_see_everything_is_not_told() {
    let shelf = Shelf::new();
    let server = shelf.serve("plans: {short: {look_back_days: 2}, pro: {}}");
    let short = shelf.key("short");
    shelf.put_at(
        "old",
        &[indicator("198.51.100.9")],
        now() - Duration::days(5),
    );
    replace(&shelf, &["198.51.100.1", "198.51.100.2"]);
    replace(&shelf, &["198.51.100.1"]);
    // A complete list would lack what is older, and its rule would go.
    assert_eq!(last_removal(&server, &short), None);
    assert!(last_removal(&server, &server.pro).is_some());
}

#[test]
fn a_store_of_an_earlier_release_is_served() {
    let shelf = Shelf::new();
    replace(&shelf, &["198.51.100.1", "198.51.100.2"]);
    let store = Connection::open(shelf.db()).unwrap();
    store.execute_batch("DROP TABLE removals").unwrap();
    drop(store);
    let server = shelf.serve("");
    assert_eq!(last_removal(&server, &server.pro), None);
    replace(&shelf, &["198.51.100.1"]);
    assert!(last_removal(&server, &server.pro).is_some());
}
