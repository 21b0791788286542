//! The real client against the real server.

use std::path::Path;
use std::time::Duration;

use chrono::{TimeDelta, Utc};
use socdef_sigma::compile::Settings as Compile;
use socdef_sigma::error::{ErrorKind, Result};
use socdef_sigma::fetch::{ApiKey, Client, FetchedIndicators, FetchedRules, SafeUrl, Settings};
use socdef_sigma::rule::SigmaRule;
use socdef_sigma::serve::{self, Config, Running, Store};
use socdef_sigma::source::Input;
use socdef_sigma::wire::Query;

/// A server with so many indicators, and a key for each plan.
struct Endpoint {
    server: Running,
    free: String,
    pro: String,
    folder: tempfile::TempDir,
}

fn put(db: &Path, range: std::ops::Range<usize>) {
    let mut text = String::from("type,value,confidence,tags\n");
    for at in range {
        let (kind, value) = match at % 3 {
            0 => ("domain", format!("evil-{at}.example.net")),
            1 => ("md5", format!("{at:032x}")),
            _ => ("url", format!("http://evil-{at}.example.net/a?b={at}")),
        };
        let level = ["low", "medium", "high"][at / 3 % 3];
        text.push_str(&format!("{kind},{value},{level},c2\n"));
    }
    let mut store = Store::open(db).unwrap();
    let input = Input::from_bytes("feed.csv", text.into_bytes());
    let options = serve::ingest::Options::new(Compile::new(Utc::now()));
    serve::ingest::ingest(&mut store, &[input], &options, &mut |_| Ok(())).unwrap();
}

fn endpoint(count: usize, config: &str) -> Endpoint {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("store.db");
    put(&db, 0..count);
    let store = Store::open(&db).unwrap();
    let key = |plan| {
        serve::keys::create(&store, plan, None, None, Utc::now())
            .unwrap()
            .0
    };
    let (free, pro) = (key("free"), key("pro"));
    let options = serve::Options {
        config: Config::from_yaml(config).unwrap(),
        ..serve::Options::new(&db)
    };
    Endpoint {
        server: serve::start(options).unwrap(),
        free,
        pro,
        folder,
    }
}

impl Endpoint {
    fn client(&self, key: &str) -> Client {
        let settings = Settings {
            base_url: SafeUrl::base(&self.server.url()).unwrap(),
            max_wait: Duration::from_secs(1),
            ..Settings::new(ApiKey::new(key).unwrap())
        };
        Client::new(settings).unwrap()
    }

    fn rules(&self, query: &Query) -> Result<FetchedRules> {
        self.client(&self.pro).rules(query, &mut |_, _| Ok(()))
    }

    fn iocs(&self, key: &str, query: &Query) -> Result<FetchedIndicators> {
        self.client(key).iocs(query, 99, &mut |_, _| Ok(()))
    }
}

#[test]
fn everything_comes_through() {
    let endpoint = endpoint(300, "plans: {pro: {results: 70}}");
    let rules = endpoint.rules(&Query::default()).unwrap();
    let account = rules.account();
    assert_eq!(
        (rules.documents().len(), account.refused, account.duplicates),
        (300, 0, 0)
    );
    assert_eq!(account.first_total, Some(300));
    // One request asks for too much; then five pages.
    assert_eq!(account.requests, 6);
    assert!((Utc::now() - account.server_time.unwrap()).abs() < TimeDelta::seconds(5));
    let found = endpoint.iocs(&endpoint.pro, &Query::default()).unwrap();
    assert_eq!(
        (found.intake.indicators().len(), found.account.requests),
        (300, 6)
    );
    assert_eq!(found.account.missing, 0);
    let tags = &found.intake.get(0).unwrap().tags;
    assert_eq!(tags, &["c2"]);
}

#[test]
fn filters_are_the_servers() {
    let endpoint = endpoint(90, "");
    for (pairs, count) in [
        (&[("type", "md5")][..], 30),
        (&[("type", "ipv4")], 0),
        (&[("confidence", "high")], 30),
        (&[("type", "url"), ("confidence", "low")], 10),
        (&[("since", "2999-01-01")], 0),
        (&[("since", "2020-01-01T00:00:00+05:00")], 90),
        (&[("industry", "energy")], 0),
        (&[("limit", "7")], 7),
        (&[("offset", "85")], 5),
    ] {
        let query = Query::read(pairs.iter().copied(), false).unwrap();
        assert_eq!(
            endpoint.rules(&query).unwrap().documents().len(),
            count,
            "{pairs:?}"
        );
        let found = endpoint.iocs(&endpoint.pro, &query).unwrap();
        assert_eq!(found.intake.indicators().len(), count, "{pairs:?}");
        assert!(
            found.account.truncated.is_empty() && found.account.missing == 0,
            "{pairs:?} {:?}",
            found.account
        );
    }
    let raw = Query {
        industry: Some("gaming".to_owned()),
        ..Query::default()
    };
    let error = endpoint.rules(&raw).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadUsage);
    assert!(
        error.message().contains("invalid_parameter") && error.message().contains("energy"),
        "{error}"
    );
    assert!(error.message().contains("[request "), "{error}");
}

#[test]
fn a_free_key_has_the_list_page_by_page() {
    let endpoint = endpoint(250, "");
    let error = endpoint
        .client(&endpoint.free)
        .rules(&Query::default(), &mut |_, _| Ok(()))
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.kind().exit_status()),
        (ErrorKind::PlanRequired, 3)
    );
    let found = endpoint.iocs(&endpoint.free, &Query::default()).unwrap();
    assert_eq!(
        (found.intake.indicators().len(), found.account.requests),
        (250, 4)
    );
}

#[test]
fn a_window_ends_before_the_server_refuses() {
    let endpoint = endpoint(1200, "");
    // Ten requests a minute: one for the refused limit and twelve pages are too many for a second's patience.
    let error = endpoint
        .iocs(&endpoint.free, &Query::default())
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.kind().exit_status()),
        (ErrorKind::RateLimited, 4)
    );
    assert!(
        error.hint_text().unwrap().contains("--max-wait"),
        "{error:?}"
    );
}

#[test]
fn keys_that_are_none_are_refused() {
    let endpoint = endpoint(3, "");
    let other = format!("{}0", &endpoint.pro[..endpoint.pro.len() - 1]);
    let error = endpoint.iocs(&other, &Query::default());
    // One key in sixteen ends in that digit.
    if other != endpoint.pro {
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadKey);
        assert!(error.message().contains("invalid_api_key"), "{error}");
        assert!(!format!("{error:?}").contains(&other[8..]));
    }
}

#[test]
fn the_feed_may_grow_while_it_is_read() {
    let endpoint = endpoint(300, "plans: {pro: {results: 50}}");
    let db = endpoint.folder.path().join("store.db");
    let client = endpoint.client(&endpoint.pro);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for step in 1..8 {
                put(&db, 300 * step..300 * step + 60);
            }
        });
        loop {
            let done = writer.is_finished();
            let rules = client.rules(&Query::default(), &mut |_, _| Ok(())).unwrap();
            assert!(
                rules.documents().len() >= 300,
                "{}",
                rules.documents().len()
            );
            for document in rules.documents() {
                SigmaRule::from_yaml(&document.text).unwrap();
            }
            if done {
                assert_eq!(rules.documents().len(), 300 + 7 * 60);
                break;
            }
        }
    });
}
