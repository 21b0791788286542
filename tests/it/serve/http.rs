//! HTTP itself: headers, methods, compression, paths beside the feed, and a store that fails.

use std::collections::HashSet;
use std::io::Read;

use socdef_sigma::error::ErrorKind;
use socdef_sigma::serve::openapi;

use super::answers::{VALUES, mixed, rules};
use super::client::{Server, Shelf, addresses, indicator, send};

const IOCS: &str = "/api/v1/iocs";
const SIGMA: &str = "/api/v1/iocs/sigma";

#[test]
fn an_answer_that_the_client_has_is_not_sent_again() {
    let shelf = mixed();
    let server = shelf.serve("");
    for path in [
        IOCS,
        SIGMA,
        "/api/v1/iocs?format=csv",
        "/api/v1/iocs?format=txt",
    ] {
        let first = server.get(path);
        let etag = first.header("etag").unwrap().to_owned();
        assert!(etag.starts_with("W/\""));
        let strong = etag.trim_start_matches("W/").to_owned();
        for known in [
            etag.clone(),
            strong,
            "*".to_owned(),
            format!("\"x\", {etag}"),
        ] {
            let same = server.get_with(path, &[("if-none-match", &known)]);
            assert_eq!(
                (same.status, same.header("etag")),
                (304, Some(&*etag)),
                "{known}"
            );
            assert!(same.header("x-request-id").is_some());
        }
        assert_eq!(
            server
                .get_with(path, &[("if-none-match", "W/\"x\"")])
                .status,
            200
        );
    }
    let tags: HashSet<_> = [
        IOCS,
        SIGMA,
        "/api/v1/iocs?limit=3",
        "/api/v1/iocs?format=csv",
        "/api/v1/iocs?type=ipv4",
    ]
    .map(|path| server.get(path).header("etag").unwrap().to_owned())
    .into();
    assert_eq!(tags.len(), 5);
    let before = server
        .get("/api/v1/iocs?type=url")
        .header("etag")
        .unwrap()
        .to_owned();
    shelf.put(&[indicator("198.51.100.99")]);
    assert_eq!(
        server.get("/api/v1/iocs?type=url").header("etag"),
        Some(&*before)
    );
    shelf.put(&[indicator("http://new.example/")]);
    assert_eq!(
        server
            .get_with("/api/v1/iocs?type=url", &[("if-none-match", &before)])
            .status,
        200
    );
}

#[test]
fn head_has_the_headers_of_get() {
    let shelf = mixed();
    let server = shelf.serve("");
    for (path, status) in [
        (IOCS, 200),
        (SIGMA, 200),
        ("/api/v1/iocs?limit=0", 400),
        ("/nothing", 404),
        ("/healthz", 200),
    ] {
        let head = send(
            server.address(),
            "HEAD",
            path,
            &[("x-api-key", &server.pro)],
        );
        let get = server.get(path);
        assert_eq!((head.status, get.status), (status, status));
        assert!(head.body.is_empty());
        for name in ["content-type", "etag", "x-total-count", "link"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
        assert!(head.header("x-request-id").is_some());
    }
    let etag = server.get(IOCS).header("etag").unwrap().to_owned();
    let same = send(
        server.address(),
        "HEAD",
        IOCS,
        &[("x-api-key", &server.pro), ("if-none-match", &etag)],
    );
    assert_eq!(same.status, 304);
}

#[test]
fn answers_are_compressed_when_asked() {
    let shelf = Shelf::new();
    shelf.put(&addresses(600));
    let server = shelf.serve("");
    for path in [
        &format!("{IOCS}?limit=600"),
        &format!("{SIGMA}?limit=600"),
        "/api/openapi.json",
    ] {
        let plain = server.get(path);
        let packed = server.get_with(path, &[("accept-encoding", "gzip")]);
        assert_eq!(packed.header("content-encoding"), Some("gzip"));
        assert!(
            packed
                .headers
                .iter()
                .any(|(name, value)| name == "vary" && value.contains("accept-encoding"))
        );
        assert!(
            packed.body.len() * 3 < plain.body.len(),
            "{} {}",
            packed.body.len(),
            plain.body.len()
        );
        let mut text = String::new();
        flate2::read::GzDecoder::new(&*packed.body)
            .read_to_string(&mut text)
            .unwrap();
        match plain.header("content-type") {
            Some("application/yaml") => assert_eq!(text, plain.text()),
            _ => assert_eq!(text.len(), plain.text().len()),
        }
        assert_eq!(packed.header("etag"), plain.header("etag"));
    }
}

#[test]
fn other_methods_and_paths_are_refused() {
    let shelf = mixed();
    let server = shelf.serve("");
    for path in [IOCS, SIGMA, "/healthz", "/readyz", "/api/openapi.json"] {
        for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "BREW"] {
            let reply = send(server.address(), method, path, &[]);
            assert_eq!(
                (reply.status, &*reply.code()),
                (405, "method_not_allowed"),
                "{method} {path}"
            );
            assert_eq!(
                reply.header("allow").map(|allow| allow.replace(' ', "")),
                Some("GET,HEAD".to_owned())
            );
        }
    }
    for path in [
        "/",
        "/api/v1/iocs/",
        "/api/v1/iocs/stix",
        "/API/V1/IOCS",
        "//api/v1/iocs",
        "/api/v1/../v1/iocs",
    ] {
        let reply = server.get(path);
        assert_eq!((reply.status, &*reply.code()), (404, "not_found"), "{path}");
        assert!(reply.header("x-ratelimit-limit").is_some());
    }
}

#[test]
fn the_server_tells_about_itself() {
    let shelf = mixed();
    let server = shelf.serve("");
    let get = |path: &str, headers: &[(&str, &str)]| send(server.address(), "GET", path, headers);
    assert_eq!(get("/healthz", &[]).json()["status"], "ok");
    assert_eq!(get("/readyz", &[]).json()["status"], "ready");
    assert_eq!(get("/api/openapi.json", &[]).json(), openapi());
    server.get(SIGMA);
    server.get(&format!("{IOCS}?limit=0"));
    let text = server.metrics();
    for line in [
        "socdef_requests_total{route=\"/api/v1/iocs/sigma\",status=\"200\"} 1",
        "socdef_requests_total{route=\"/api/v1/iocs\",status=\"400\"} 1",
        "socdef_iocs 9",
        "socdef_results_total 9",
        "socdef_requests_in_flight 1",
        "# EOF",
    ] {
        assert!(text.lines().any(|found| found == line), "{line}\n{text}");
    }
    // The counters have an address of their own: a proxy in front of the API cannot show them, whatever it says of itself.
    assert_eq!(get("/metrics", &[]).status, 404);
    assert_eq!(server.get("/metrics").status, 404);
    let address = server.running.metrics_address().unwrap();
    for path in [IOCS, SIGMA, "/healthz", "/"] {
        let headers = [("x-api-key", server.pro.as_str())];
        assert_eq!(send(address, "GET", path, &headers).status, 404, "{path}");
    }
    assert_eq!(send(address, "POST", "/metrics", &[]).status, 405);
    assert!(openapi()["paths"].get("/metrics").is_none());
}

#[test]
fn the_counters_are_asked_for() {
    let shelf = mixed();
    let server = shelf.serve_with(|options| options.metrics_bind = None);
    assert!(server.running.metrics_address().is_none());
    assert_eq!(server.get("/metrics").status, 404);
    drop(server);
    let start = |bind: &str| {
        let options = socdef_sigma::serve::Options {
            metrics_bind: Some(bind.to_owned()),
            ..socdef_sigma::serve::Options::new(shelf.db())
        };
        socdef_sigma::serve::start(options).unwrap_err().kind()
    };
    assert_eq!(start("0.0.0.0:0"), ErrorKind::BadUsage);
    assert_eq!(start("nonsense"), ErrorKind::CannotListen);
}

#[test]
fn a_store_that_is_broken_fails_without_inner_detail() {
    let shelf = mixed();
    let server: Server = shelf.serve("");
    assert_eq!(server.get(IOCS).status, 200);
    rusqlite::Connection::open(shelf.db())
        .unwrap()
        .execute_batch("DROP TABLE industries; ALTER TABLE iocs RENAME TO gone")
        .unwrap();
    let reply = server.get(IOCS);
    assert_eq!((reply.status, &*reply.code()), (500, "internal_error"));
    assert!(
        !reply.text().contains("iocs\"")
            && !reply.text().contains("SQL")
            && !reply.text().contains("column")
    );
    let ready = send(server.address(), "GET", "/readyz", &[]);
    assert_eq!((ready.status, &*ready.code()), (503, "unavailable"));
    assert_eq!(send(server.address(), "GET", "/healthz", &[]).status, 200);
}

#[test]
fn one_record_that_cannot_be_read_does_not_keep_the_others() {
    let shelf = mixed();
    rusqlite::Connection::open(shelf.db())
        .unwrap()
        .execute_batch("UPDATE documents SET indicator = '{\"type\": \"ipv4\", \"value\": \"?\"}' WHERE ioc = 1")
        .unwrap();
    let server = shelf.serve("");
    assert_eq!(server.get(IOCS).values(), VALUES[1..]);
    assert_eq!(rules(&server.get(SIGMA)).len(), 8);
    assert!(server.metrics().contains("socdef_unreadable_iocs_total 2"));
}
