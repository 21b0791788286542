//! Keys, plans and limits.

use std::sync::{Arc, Mutex};

use chrono::{Duration, Utc};
use socdef_sigma::serve::{Config, Log, LogFormat, Store, keys};

use super::client::{Server, Shelf, addresses, files, indicator, raw, send};

const IOCS: &str = "/api/v1/iocs";
const SIGMA: &str = "/api/v1/iocs/sigma";

fn shelf() -> Shelf {
    let shelf = Shelf::new();
    shelf.put(&addresses(300));
    shelf
}

#[test]
fn every_way_to_be_refused_has_its_code() {
    let shelf = shelf();
    let server = shelf.serve("");
    let bearer = |key: &str| server.get_as(key, IOCS);
    let missing = send(server.address(), "GET", IOCS, &[]);
    assert_eq!((missing.status, &*missing.code()), (401, "missing_api_key"));
    assert!(
        missing
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer")
    );
    assert_eq!(missing.header("cache-control"), Some("no-store"));
    for key in [
        "sk_live_YOUR_KEY",
        "",
        "x",
        &format!("sk_live_{}", "0".repeat(60)),
        &server.pro[..server.pro.len() - 1],
    ] {
        let reply = bearer(key);
        let expected = if key.is_empty() {
            "missing_api_key"
        } else {
            "invalid_api_key"
        };
        if !key.is_empty() {
            assert_eq!((reply.status, &*reply.code()), (401, expected), "{key}");
        } else {
            assert_eq!(reply.status, 401);
        }
    }
    // The right id with another's secret.
    let mixed = format!("{}{}", &server.pro[..20], &server.free[20..]);
    assert_eq!(bearer(&mixed).code(), "invalid_api_key");

    let expired = keys::create(
        &shelf.open(),
        "pro",
        None,
        Some(Utc::now() - Duration::seconds(1)),
        Utc::now(),
    )
    .unwrap()
    .0;
    assert_eq!(bearer(&expired).code(), "expired_api_key");
    // Who does not know the secret does not learn that the key has expired.
    assert_eq!(
        bearer(&format!("{}{}", &expired[..20], &server.free[20..])).code(),
        "invalid_api_key"
    );

    let key = shelf.key("pro");
    assert_eq!(bearer(&key).status, 200);
    keys::revoke(&shelf.open(), &key[13..25], Utc::now()).unwrap();
    assert_eq!(bearer(&key).code(), "invalid_api_key");
    assert!(keys::revoke(&shelf.open(), "nobody", Utc::now()).is_err());

    let unknown = shelf.key("gone");
    assert_eq!(
        (bearer(&unknown).status, &*bearer(&unknown).code()),
        (403, "plan_required")
    );
}

#[test]
fn a_key_is_taken_from_either_header_and_never_from_the_address() {
    let shelf = shelf();
    let server = shelf.serve("");
    let pro = server.pro.clone();
    let with = |headers: &[(&str, &str)]| send(server.address(), "GET", IOCS, headers);
    let bearer = format!("bearer {pro}");
    assert_eq!(with(&[("x-api-key", &pro)]).status, 200);
    assert_eq!(with(&[("authorization", &bearer)]).status, 200);
    assert_eq!(
        with(&[("authorization", &bearer), ("x-api-key", &pro)]).status,
        200
    );
    assert_eq!(
        with(&[("authorization", &bearer), ("x-api-key", &server.free)]).code(),
        "invalid_api_key"
    );
    assert_eq!(
        with(&[("authorization", "Basic YTpi")]).code(),
        "invalid_api_key"
    );
    for name in ["api_key", "key", "token", "API_KEY", "limit", "sk_live_x"] {
        let reply = send(
            server.address(),
            "GET",
            &format!("{IOCS}?{name}={pro}"),
            &[("x-api-key", &pro)],
        );
        assert_eq!(
            (reply.status, &*reply.code()),
            (400, "invalid_parameter"),
            "{name}"
        );
        assert!(
            reply.message().contains("ends up in logs"),
            "{}",
            reply.message()
        );
        assert!(!reply.text().contains(&pro[13..]));
    }
}

#[test]
fn a_plan_covers_what_it_says() {
    let shelf = shelf();
    let server = shelf.serve("");
    let reply = server.get_as(&server.free, SIGMA);
    assert_eq!((reply.status, &*reply.code()), (403, "plan_required"));
    assert_eq!(reply.json()["error"]["details"]["plan"], "pro");
    assert_eq!(
        reply.message(),
        "Sigma rules need the plan `pro`; this API key has the plan `free`"
    );
    for format in ["csv", "txt"] {
        let reply = server.get_as(&server.free, &format!("{IOCS}?format={format}"));
        assert_eq!((reply.status, &*reply.code()), (403, "plan_required"));
    }
    let list = server.get_as(&server.free, IOCS);
    assert_eq!(
        (list.values().len(), list.number("x-total-count")),
        (100, 300)
    );
    let over = server.get_as(&server.free, &format!("{IOCS}?limit=101"));
    assert_eq!((over.status, &*over.code()), (400, "invalid_parameter"));
    assert_eq!(over.json()["error"]["details"]["maximum"], 100);
    assert!(
        over.message()
            .contains("from 1 to 100 with the plan `free`")
    );
    assert_eq!(
        server.get(&format!("{IOCS}?limit=10000")).values().len(),
        300
    );
}

#[test]
fn a_plan_looks_back_so_far_and_no_further() {
    let shelf = Shelf::new();
    let now = Utc::now();
    for (day, value) in [
        (400, "198.51.100.1"),
        (300, "198.51.100.2"),
        (0, "198.51.100.3"),
    ] {
        shelf.put_at(
            "a",
            &[indicator(value)],
            now - Duration::days(day) - Duration::hours(1),
        );
    }
    let server = shelf.serve("");
    assert_eq!(server.get(IOCS).values(), ["198.51.100.2", "198.51.100.3"]);
    assert_eq!(server.get_as(&server.free, IOCS).values(), ["198.51.100.3"]);
    assert_eq!(
        server
            .get_as(&server.free, &format!("{IOCS}?since=2000-01-01"))
            .values(),
        ["198.51.100.3"]
    );
    assert_eq!(server.get(SIGMA).text().matches("\nid: ").count(), 2);
}

const SMALL: &str =
    "plans: {free: {requests_per_minute: 3}, pro: {requests_per_minute: 100, requests_per_day: 4}}";

/// Not in the last seconds of a minute, where a window might end under the test.
fn steady() {
    while Utc::now().timestamp() % 60 > 55 {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}

fn standing(reply: &super::client::Reply) -> (u64, u64, u64) {
    (
        reply.number("x-ratelimit-limit"),
        reply.number("x-ratelimit-remaining"),
        reply.number("x-ratelimit-reset"),
    )
}

#[test]
fn requests_are_counted_and_run_out() {
    let shelf = shelf();
    let server = shelf.serve(SMALL);
    steady();
    let minute = (Utc::now().timestamp() as u64 / 60 + 1) * 60;
    let get = |target: &str| server.get_as(&server.free, target);
    let first = get(IOCS);
    assert_eq!(standing(&first), (3, 2, minute));
    // A refusal counts, and so does an answer that the client has.
    assert_eq!(standing(&get(SIGMA)), (3, 1, minute));
    let bearer = format!("Bearer {}", server.free);
    let etag = first.header("etag").unwrap();
    let same = send(
        server.address(),
        "GET",
        IOCS,
        &[("authorization", &bearer), ("if-none-match", etag)],
    );
    assert_eq!((same.status, standing(&same)), (304, (3, 0, minute)));
    let over = get(IOCS);
    assert_eq!((over.status, &*over.code()), (429, "rate_limit_exceeded"));
    assert_eq!(standing(&over), (3, 0, minute));
    let wait = over.number("retry-after");
    assert!((1..=60).contains(&wait) && Utc::now().timestamp() as u64 + wait <= minute + 1);
    assert!(
        over.message()
            .starts_with("the plan `free` allows 3 requests a minute"),
        "{}",
        over.message()
    );

    // The day of the other plan.
    let day = (Utc::now().timestamp() as u64 / 86_400 + 1) * 86_400;
    for left in [3, 2, 1, 0] {
        assert_eq!(standing(&server.get(IOCS)), (4, left, day));
    }
    let over = server.get(IOCS);
    assert_eq!((over.status, standing(&over)), (429, (4, 0, day)));
    assert!(
        over.message()
            .starts_with("the plan `pro` allows 4 requests a day"),
        "{}",
        over.message()
    );

    // A restart is no way round.
    let (free, pro) = (server.free.clone(), server.pro.clone());
    server.running.shutdown().unwrap();
    let again = shelf.serve(SMALL);
    assert_eq!(again.get_as(&pro, IOCS).status, 429);
    if Utc::now().timestamp() as u64 + 1 < minute {
        assert_eq!(again.get_as(&free, IOCS).status, 429);
    }
}

#[test]
fn strangers_are_slowed_down() {
    let shelf = shelf();
    let server = shelf.serve("limits: {anonymous_requests_per_minute: 2}");
    steady();
    let stranger = || {
        send(
            server.address(),
            "GET",
            IOCS,
            &[("x-api-key", "sk_live_no")],
        )
    };
    let first = stranger();
    assert_eq!(
        (first.status, standing(&first).0, standing(&first).1),
        (401, 2, 1)
    );
    assert_eq!(stranger().status, 401);
    let third = stranger();
    assert_eq!((third.status, &*third.code()), (429, "rate_limit_exceeded"));
    assert!(third.number("retry-after") > 0);
    // Those with a key from the same address are not held up, and neither are the checks of the server's health.
    assert_eq!(server.get(IOCS).status, 200);
    for _ in 0..5 {
        let health = send(server.address(), "GET", "/healthz", &[]);
        assert_eq!(
            (health.status, health.header("x-ratelimit-limit")),
            (200, None)
        );
    }
}

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn logged(format: LogFormat) -> (Shelf, Server, Kept) {
    let shelf = shelf();
    let kept = Kept::default();
    let log = Log::new(format, kept.clone());
    let server = shelf.serve_with(|options| {
        options.log = Some(log);
        options.config =
            Config::from_yaml("limits: {anonymous_requests_per_minute: 1000}").unwrap();
    });
    (shelf, server, kept)
}

#[test]
fn nothing_has_a_key_in_it() {
    for format in [LogFormat::Text, LogFormat::Json] {
        let (shelf, server, kept) = logged(format);
        let address = server.address();
        let mut answers = Vec::new();
        let encoded: String = server.pro.bytes().map(|b| format!("%{b:02X}")).collect();
        for key in [server.pro.clone(), server.free.clone(), encoded] {
            for target in [
                IOCS.to_owned(),
                SIGMA.to_owned(),
                format!("{IOCS}?api_key={key}"),
                format!("{IOCS}?{key}=1"),
                format!("{IOCS}?type={key}"),
                format!("/{key}"),
                format!("/x?{key}"),
                format!("{IOCS}?type=ipv4&limit=1"),
            ] {
                answers.push(send(address, "GET", &target, &[("x-api-key", &key)]));
                answers.push(send(
                    address,
                    "GET",
                    &target,
                    &[("authorization", &format!("Bearer {key}"))],
                ));
                answers.push(send(address, "GET", &target, &[("authorization", &key)]));
                answers.push(send(
                    address,
                    "GET",
                    &target,
                    &[("authorization", &format!("Bearer {key}x"))],
                ));
            }
            answers.push(send(address, &key, IOCS, &[]));
            answers.push(raw(
                address,
                format!("GET {IOCS}\r\nx-api-key: {key}\r\n\r\n").as_bytes(),
            ));
        }
        answers.push(send(address, "GET", "/metrics", &[]));
        let counters = server.running.metrics_address().unwrap();
        answers.push(send(counters, "GET", "/metrics", &[]));
        let secrets = [server.pro[20..].to_owned(), server.free[20..].to_owned()];
        server.running.shutdown().unwrap();
        let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert!(log.lines().count() > 80, "{}", log.lines().count());
        let decoded = |text: &str| {
            form_urlencoded::parse(text.as_bytes())
                .map(|(a, b)| format!("{a}={b}"))
                .collect::<String>()
        };
        for secret in &secrets {
            // Half of it would be too much.
            let part = &secret[..24];
            assert!(!log.contains(part) && !decoded(&log).contains(part));
            for answer in &answers {
                assert!(
                    !String::from_utf8_lossy(&answer.body).contains(part),
                    "{answer:?}"
                );
                assert!(
                    answer
                        .headers
                        .iter()
                        .all(|(_, value)| !value.contains(part)),
                    "{answer:?}"
                );
            }
            for file in files(shelf.folder.path()) {
                let bytes = std::fs::read(&file).unwrap();
                assert!(
                    !bytes
                        .windows(part.len())
                        .any(|window| window == part.as_bytes()),
                    "{file:?}"
                );
            }
        }
    }
}

#[test]
fn the_log_has_a_line_for_each_request() {
    let (_shelf, server, kept) = logged(LogFormat::Json);
    let good = server.get(&format!("{IOCS}?type=ipv4&limit=2"));
    let bad = server.get(&format!("{IOCS}?limit=0"));
    let key = server.pro[13..25].to_owned();
    server.running.shutdown().unwrap();
    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let line = |reply: &super::client::Reply| -> serde_json::Value {
        let id = reply.header("x-request-id").unwrap();
        let found: Vec<_> = log.lines().filter(|line| line.contains(id)).collect();
        assert_eq!(found.len(), 1, "{log}");
        serde_json::from_str(found[0]).unwrap()
    };
    let good = line(&good);
    assert_eq!(good["level"], "INFO");
    assert_eq!(good["path"], IOCS);
    assert_eq!(good["query"], "type=ipv4&limit=2");
    assert_eq!(
        (good["status"].as_u64(), good["results"].as_u64()),
        (Some(200), Some(2))
    );
    assert_eq!(
        (good["key"].as_str(), good["plan"].as_str()),
        (Some(&*key), Some("pro"))
    );
    assert_eq!(good["whole"], true);
    assert_eq!(line(&bad)["status"], 400);
    assert!(log.contains("listening") && log.contains("stopped"));
}

#[test]
fn keys_are_listed_without_secrets() {
    let shelf = Shelf::new();
    let mut store: Store = shelf.open();
    let (text, made) = keys::create(&store, "pro", Some("cron"), None, Utc::now()).unwrap();
    assert_eq!(text.len(), 13 + 12 + 48);
    assert_eq!(text[13..25], made.id);
    let listed = keys::list(&store).unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].name.as_deref(), &*listed[0].plan),
        (Some("cron"), "pro")
    );
    assert!(keys::create(&store, "Pro Plan", None, None, Utc::now()).is_err());
    keys::revoke(&store, &text, Utc::now()).unwrap();
    store = shelf.open();
    assert!(keys::list(&store).unwrap()[0].revoked.is_some());
}
