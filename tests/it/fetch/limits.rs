//! Rate limits.

use std::time::{Duration, Instant};

use socdef_sigma::error::ErrorKind;
use socdef_sigma::fetch::{Client, Settings};
use socdef_sigma::wire::Query;

use super::server::{Server, answer, json, yaml};
use super::{iocs, kind_and_text, rule, rules, settings};

/// Now by a server whose clock is far from ours.
const DATE: &str = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";
const EPOCH: i64 = 784_111_777;

#[test]
fn the_server_says_how_long_to_wait() {
    for (headers, seconds) in [
        (
            format!(
                "X-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {}\r\n",
                EPOCH + 40
            ),
            40,
        ),
        ("Retry-After: 50\r\n".to_owned(), 50),
        (
            "Retry-After: Sun, 06 Nov 1994 08:50:37 GMT\r\n".to_owned(),
            60,
        ),
        (
            format!("Retry-After: 5\r\nX-RateLimit-Reset: {}\r\n", EPOCH + 40),
            5,
        ),
    ] {
        let server = Server::start(move |request, out| match request.number {
            1 => answer(
                out,
                "429 Too Many Requests",
                &format!("{DATE}{headers}"),
                "",
            ),
            _ => yaml(out, "", rule(1)),
        });
        let rules = rules(settings(&server.url())).unwrap();
        let waited = rules.account().waited.as_secs();
        assert!(
            (seconds..=seconds + 1).contains(&(waited)),
            "{waited} for {seconds}"
        );
        assert_eq!(server.count(), 2);
    }
}

#[test]
fn patience_ends() {
    let server =
        Server::start(|_, out| answer(out, "429 Too Many Requests", "Retry-After: 86400\r\n", ""));
    let (kind, text) = kind_and_text(rules(settings(&server.url())));
    assert_eq!((kind, kind.exit_status()), (ErrorKind::RateLimited, 4));
    assert!(text.contains("hint: this needs 861"), "{text}");
    assert_eq!(server.count(), 1);
}

#[test]
fn a_window_that_is_used_up_is_waited_for() {
    let page = |request: &super::server::Request| {
        let offset = request.number_of("offset").unwrap_or(0);
        format!(
            r#"{{"meta": {{"total": 3}}, "data": [{{"id": "{offset}", "type": "ipv4", "value": "203.0.113.{offset}"}}]}}"#
        )
    };
    let used_up = format!(
        "{DATE}X-RateLimit-Limit: 10\r\nX-RateLimit-Remaining: 0\r\nX-RateLimit-Reset: {}\r\n",
        EPOCH + 30
    );
    let server = Server::start(move |request, out| json(out, &used_up, page(request)));
    let found = iocs(settings(&server.url())).unwrap();
    assert_eq!(
        (
            server.count(),
            found.account.received,
            found.account.retries
        ),
        (3, 3, 0)
    );
    // Before the second and the third request, and not behind the last.
    let waited = found.account.waited.as_secs_f64();
    assert!((58.0..=60.1).contains(&waited), "{waited}");

    let (kind, text) = kind_and_text(iocs(Settings {
        max_wait: Duration::from_secs(5),
        ..settings(&server.url())
    }));
    assert_eq!(kind, ErrorKind::RateLimited);
    assert!(text.contains("--max-wait"), "{text}");
}

#[test]
fn a_wait_takes_its_time() {
    let server = Server::start(|request, out| match request.number {
        1 => answer(out, "429 Too Many Requests", "Retry-After: 1\r\n", ""),
        _ => yaml(out, "", rule(1)),
    });
    let begin = Instant::now();
    let client = Client::new(Settings {
        no_delays: false,
        ..settings(&server.url())
    })
    .unwrap();
    let mut waits = 0;
    client
        .rules(&Query::default(), &mut |stage, count| {
            waits += usize::from(stage == "waiting" && (1..=2).contains(&count));
            Ok(())
        })
        .unwrap();
    assert!(
        begin.elapsed() >= Duration::from_millis(1400),
        "{:?}",
        begin.elapsed()
    );
    assert!(waits > 5, "{waits}");
}

/// A Free plan has pages of its own, and says so in place of a shorter answer.
#[test]
fn a_plan_may_give_fewer_at_once() {
    for (details, size) in [
        (r#"{"parameter": "limit", "maximum": 40}"#, 40),
        (r#"{"parameter": "limit"}"#, 100),
    ] {
        let server = Server::start(move |request, out| {
            let limit = request.number_of("limit").unwrap();
            if limit > size {
                let body = format!(
                    r#"{{"error": {{"code": "invalid_parameter", "message": "no", "details": {details}}}}}"#
                );
                return answer(out, "400 Bad Request", "", body);
            }
            let offset = request.number_of("offset").unwrap_or(0);
            let records: Vec<_> = (offset..(offset + limit).min(90))
                .map(|at| format!(r#"{{"id": "{at}", "type": "ipv4", "value": "203.0.113.{at}"}}"#))
                .collect();
            json(
                out,
                "",
                format!(
                    r#"{{"meta": {{"total": 90}}, "data": [{}]}}"#,
                    records.join(",")
                ),
            )
        });
        let client = Client::new(settings(&server.url())).unwrap();
        for _ in 0..2 {
            let found = client
                .iocs(&Query::default(), 9, &mut |_, _| Ok(()))
                .unwrap();
            assert_eq!(found.intake.indicators().len(), 90);
        }
        // The client asks for too many only once.
        assert_eq!(server.count(), 1 + 2 * 90_usize.div_ceil(size));
    }
    let server = Server::start(|_, out| {
        let body = r#"{"error": {"code": "invalid_parameter", "message": "no", "details": {"parameter": "limit", "maximum": 99999}}}"#;
        answer(out, "400 Bad Request", "", body)
    });
    let (kind, _) = kind_and_text(iocs(settings(&server.url())));
    assert_eq!((kind, server.count()), (ErrorKind::BadUsage, 1));
}
