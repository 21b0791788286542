//! No key is in an answer, in the log, in a list or in a file.

use std::sync::{Arc, Mutex};

use chrono::Utc;
use socdef_sigma::serve::{Config, Log, LogFormat, Store, keys};

use super::access::shelf;
use super::client::{Reply, Server, Shelf, files, raw, send};

const IOCS: &str = "/api/v1/iocs";
const SIGMA: &str = "/api/v1/iocs/sigma";

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
    let line = |reply: &Reply| -> serde_json::Value {
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
