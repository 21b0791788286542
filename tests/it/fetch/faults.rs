//! Answers that are late, refused, of another type, or none.

use std::thread::sleep;
use std::time::{Duration, Instant};

use socdef_sigma::error::{Error, ErrorKind};
use socdef_sigma::fetch::{Client, Settings};
use socdef_sigma::wire::Query;

use super::server::{Server, always, answer, yaml};
use super::{iocs, kind, kind_and_text, rule, rules, settings, stream};

#[test]
fn a_server_that_recovers_is_asked_again() {
    for status in [
        "502 Bad Gateway",
        "503 Service Unavailable",
        "504 Gateway Timeout",
    ] {
        let server = Server::start(move |request, out| match request.number {
            1..=3 => answer(out, status, "", "busy"),
            _ => yaml(out, "", stream(0..2)),
        });
        let rules = rules(settings(&server.url())).unwrap();
        assert_eq!(rules.yaml(), stream(0..2));
        let account = rules.account();
        assert_eq!(
            (account.requests, account.retries, server.count()),
            (4, 3, 4)
        );
        assert!(
            account.waited >= Duration::from_millis(3500),
            "{:?}",
            account.waited
        );
    }
}

#[test]
fn a_server_that_does_not_recover_is_an_error() {
    let server = always(|out| {
        answer(
            out,
            "503 Service Unavailable",
            "Content-Type: text/plain\r\n",
            "down\x1b[31m\r\n",
        )
    });
    let (kind, text) = kind_and_text(rules(settings(&server.url())));
    assert_eq!((kind, kind.exit_status()), (ErrorKind::Server, 4));
    assert!(
        text.contains("503 Service Unavailable: down [31m\n  --> http://127.0.0.1:"),
        "{text}"
    );
    assert_eq!(server.count(), 7);
}

#[test]
fn what_is_refused_is_not_asked_again() {
    for (status, code, expected, exit) in [
        (
            "400 Bad Request",
            "invalid_parameter",
            ErrorKind::BadUsage,
            2,
        ),
        ("401 Unauthorized", "expired_api_key", ErrorKind::BadKey, 3),
        ("403 Forbidden", "plan_required", ErrorKind::PlanRequired, 3),
        ("404 Not Found", "not_found", ErrorKind::Server, 4),
        (
            "500 Internal Server Error",
            "internal_error",
            ErrorKind::Server,
            4,
        ),
    ] {
        let body = format!(
            r#"{{"error": {{"code": "{code}", "message": "no: {}", "request_id": "req_9"}}}}"#,
            super::KEY
        );
        let server =
            always(move |out| answer(out, status, "Content-Type: application/json\r\n", &body));
        let (kind, text) = kind_and_text(rules(settings(&server.url())));
        assert_eq!((kind, kind.exit_status()), (expected, exit));
        assert!(
            text.contains(&format!("({code}): no: sk_live_**** [request req_9]")),
            "{text}"
        );
        assert_eq!(server.count(), 1, "{status}");
    }
}

#[test]
fn a_refusal_may_have_any_body() {
    let server = always(|out| {
        write!(
            out,
            "HTTP/1.1 401 Unauthorized\r\nX-Request-Id: req_h\r\n\r\n"
        )?;
        loop {
            out.write_all(&[b'x'; 4096])?;
        }
    });
    let (kind, text) = kind_and_text(rules(settings(&server.url())));
    assert_eq!(kind, ErrorKind::BadKey);
    assert!(
        text.len() < 400 && text.contains("[request req_h]"),
        "{text}"
    );
}

#[test]
fn a_silent_server_is_asked_again() {
    let server = Server::start(|request, out| match request.number {
        1 | 2 => {
            sleep(Duration::from_millis(600));
            Ok(())
        }
        // Silent in the middle.
        3 => {
            write!(
                out,
                "HTTP/1.1 200 OK\r\nContent-Type: text/yaml\r\nContent-Length: 999\r\n\r\n{}",
                rule(1)
            )?;
            out.flush()?;
            sleep(Duration::from_millis(600));
            Ok(())
        }
        _ => yaml(out, "", rule(1)),
    });
    let rules = rules(Settings {
        read_timeout: Duration::from_millis(200),
        ..settings(&server.url())
    })
    .unwrap();
    assert_eq!(rules.yaml(), rule(1));
    assert_eq!((server.count(), rules.account().duplicates), (4, 0));
}

#[test]
fn a_slow_server_is_cut_off() {
    let server = always(|out| {
        write!(
            out,
            "HTTP/1.1 200 OK\r\nContent-Type: text/yaml\r\nContent-Length: 999999\r\n\r\n"
        )?;
        loop {
            out.write_all(b"# \n")?;
            out.flush()?;
            sleep(Duration::from_millis(20));
        }
    });
    let begin = Instant::now();
    let (kind, text) = kind_and_text(rules(Settings {
        total_timeout: Duration::from_millis(400),
        ..settings(&server.url())
    }));
    assert_eq!(kind, ErrorKind::Network);
    assert!(text.contains("takes longer than 0.4 s"), "{text}");
    assert!(begin.elapsed() < Duration::from_secs(2));
    assert_eq!(server.count(), 1);
}

#[test]
fn nobody_at_the_address_is_an_error() {
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let (kind, text) = kind_and_text(rules(settings(&format!("http://127.0.0.1:{port}"))));
    assert_eq!((kind, kind.exit_status()), (ErrorKind::Network, 4));
    assert!(
        text.contains("cannot connect to http://127.0.0.1") && text.contains("refused"),
        "{text}"
    );
}

#[test]
fn the_type_of_the_content_counts() {
    for good in [
        "application/yaml",
        "text/yaml; charset=utf-8",
        "Application/X-YAML",
        "application/yaml;v=1",
    ] {
        let server =
            always(move |out| answer(out, "200 OK", &format!("Content-Type: {good}\r\n"), rule(1)));
        assert_eq!(
            rules(settings(&server.url())).unwrap().yaml(),
            rule(1),
            "{good}"
        );
    }
    for (bad, part) in [
        (
            "Content-Type: text/html; charset=utf-8\r\n",
            "`text/html; charset=utf-8`",
        ),
        ("Content-Type: application/json\r\n", "`application/json`"),
        ("", "no type"),
    ] {
        let server = always(move |out| answer(out, "200 OK", bad, rule(1)));
        let (kind, text) = kind_and_text(rules(settings(&server.url())));
        assert_eq!(kind, ErrorKind::BadAnswer);
        assert!(text.contains(part), "{text}");
        assert_eq!(
            text.contains("hint: this is a web page"),
            bad.contains("html"),
            "{text}"
        );
    }
    let server = always(|out| yaml(out, "", "{}"));
    assert_eq!(kind(iocs(settings(&server.url()))), ErrorKind::BadAnswer);
}

#[test]
fn the_caller_can_stop_at_any_time() {
    let silent = always(|_| {
        sleep(Duration::from_secs(4));
        Ok(())
    });
    let waiting = always(|out| answer(out, "429 Too Many Requests", "Retry-After: 100\r\n", ""));
    let endless = always(|out| {
        write!(
            out,
            "HTTP/1.1 200 OK\r\nContent-Type: application/yaml\r\n\r\n"
        )?;
        loop {
            out.write_all(&b"# x\n".repeat(99))?;
        }
    });
    for (server, expected) in [
        (&silent, "fetching"),
        (&waiting, "waiting"),
        (&endless, "fetching"),
    ] {
        let client = Client::new(Settings {
            no_delays: false,
            ..settings(&server.url())
        })
        .unwrap();
        let begin = Instant::now();
        let mut stages = Vec::new();
        let result = client.rules(&Query::default(), &mut |stage, count| {
            stages.push(stage.to_owned());
            assert!(stage != "waiting" || (90..=130).contains(&count), "{count}");
            match begin.elapsed() > Duration::from_millis(300) {
                true => Err(Error::new(ErrorKind::Interrupted, "stopped")),
                false => Ok(()),
            }
        });
        assert_eq!(kind(result), ErrorKind::Interrupted);
        drop(client);
        assert!(
            begin.elapsed() < Duration::from_millis(1000),
            "{:?}",
            begin.elapsed()
        );
        assert_eq!(stages.last().unwrap(), expected);
    }
}
