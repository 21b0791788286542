//! The key goes to the service and nowhere else, and nothing shows it.

use std::process::Command;
use std::sync::Mutex;

use socdef_sigma::error::ErrorKind;
use socdef_sigma::fetch::{ApiKey, Client, SafeUrl, Settings};
use socdef_sigma::serve::{Store, keys};

use super::server::{Server, answer, json, yaml};
use super::{KEY, iocs, kind, kind_and_text, rule, rules, settings};

#[test]
fn a_redirect_within_the_origin_is_followed() {
    let server = Server::start(|request, out| match request.number {
        1 => answer(
            out,
            "308 Permanent Redirect",
            "Location: /new/sigma?x=1\r\n",
            "moved",
        ),
        2 => {
            let location = format!(
                "Location: http://{}/newer\r\n",
                request.header("host").unwrap()
            );
            answer(out, "302 Found", &location, "")
        }
        _ => yaml(out, "", rule(1)),
    });
    assert_eq!(rules(settings(&server.url())).unwrap().yaml(), rule(1));
    assert_eq!(server.requests()[2].path, "/newer");
}

#[test]
fn a_key_of_an_own_server_does_not_go_to_the_service() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("feed.db")).unwrap();
    let (own, _) = keys::create(&store, "free", None, None, chrono::Utc::now()).unwrap();
    let client = |key: &str, address: &str| {
        let mut settings = Settings::new(ApiKey::new(key).unwrap());
        settings.base_url = SafeUrl::base(address).unwrap();
        Client::new(settings)
    };
    for service in ["https://socdefenders.ai", "https://www.socdefenders.ai/"] {
        let error = client(&own, service).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadKey);
        let report = error.report();
        assert!(
            report.contains("--base-url") && !report.contains(&own[13..]),
            "{report}"
        );
        // The service's own keys look like this, and may begin with any letters.
        for key in [
            "sk_live_0123456789",
            "sk_live_localhost0123456789",
            &own.replace("local", ""),
        ] {
            assert!(client(key, service).is_ok(), "{key}");
        }
    }
    assert!(client(&own, "https://feed.example").is_ok());
}

#[test]
fn the_key_does_not_go_to_another_origin() {
    let thief = Server::start(|_, out| yaml(out, "", rule(1)));
    for location in [
        format!("http://localhost:{}/api", thief.port()),
        format!("{}/api", thief.url()),
        format!("//127.0.0.1:{}/api", thief.port()),
        format!("https://127.0.0.1:{}/api", thief.port()),
        "https://evil.example/".to_owned(),
    ] {
        for status in [
            "301 Moved Permanently",
            "302 Found",
            "303 See Other",
            "307 Temporary Redirect",
            "308 Permanent Redirect",
        ] {
            let header = format!("Location: {location}\r\n");
            let server = Server::start(move |_, out| answer(out, status, &header, ""));
            let (kind, text) = kind_and_text(rules(settings(&server.url())));
            assert_eq!(kind, ErrorKind::BadAnswer);
            assert!(text.contains("the API key is not sent there"), "{text}");
            assert_eq!(server.count(), 1);
        }
    }
    // A user name in the address of the same host is no way either.
    let server = Server::start(|request, out| {
        let location = format!(
            "Location: http://thing@{}/\r\n",
            request.header("host").unwrap()
        );
        answer(out, "302 Found", &location, "")
    });
    let (kind, text) = kind_and_text(rules(settings(&server.url())));
    assert!(
        kind == ErrorKind::BadAnswer && !text.contains("thing"),
        "{text}"
    );
    assert_eq!(thief.count(), 0);
}

#[test]
fn a_redirect_loop_ends() {
    let server = Server::start(|_, out| answer(out, "302 Found", "Location: /loop\r\n", ""));
    let (kind, text) = kind_and_text(rules(settings(&server.url())));
    assert_eq!(kind, ErrorKind::BadAnswer);
    assert!(text.contains("redirects more than 5 times"), "{text}");
    assert_eq!(server.count(), 6);
    let nowhere = Server::start(|_, out| answer(out, "304 Not Modified", "", ""));
    assert_eq!(
        kind_and_text(rules(settings(&nowhere.url()))).0,
        ErrorKind::BadAnswer
    );
}

#[test]
fn plain_http_is_for_this_machine_only() {
    // Refused where the address is read: there is no client yet that could send anything.
    for address in ["http://192.0.2.1", "http://socdefenders.example"] {
        let (kind, text) = kind_and_text(SafeUrl::base(address));
        assert_eq!(kind, ErrorKind::BadUsage);
        assert!(text.contains("the API key is not sent to"), "{text}");
    }
    let server = Server::start(|_, out| yaml(out, "", rule(1)));
    let named = settings(&format!("http://localhost:{}", server.port()));
    assert_eq!(rules(named).unwrap().yaml(), rule(1));
}

static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Recorder;

impl log::Log for Recorder {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        LOGGED
            .lock()
            .unwrap()
            .push(format!("{} {}", record.target(), record.args()));
    }

    fn flush(&self) {}
}

/// Other tests run meanwhile, and what they log counts too.
#[test]
fn no_log_has_the_key() {
    log::set_logger(&Recorder).unwrap();
    log::set_max_level(log::LevelFilter::Trace);
    let server = Server::start(|request, out| match request.number {
        1 => answer(
            out,
            "503 Service Unavailable",
            &format!("X-Echo: {KEY}\r\n"),
            KEY,
        ),
        2 => json(
            out,
            "",
            format!("{{\"{KEY}\": 1, \"meta\": {{}}, \"data\": []}}"),
        ),
        3 => answer(
            out,
            "401 Unauthorized",
            "Content-Type: text/plain\r\n",
            format!("no such key: {KEY}"),
        ),
        _ => answer(
            out,
            "302 Found",
            &format!(
                "Location: https://{}.example/{KEY}\r\n",
                KEY.replace('_', "-")
            ),
            "",
        ),
    });
    let settings = settings(&server.url());
    let client = Client::new(settings.clone()).unwrap();
    assert_eq!(iocs(settings.clone()).unwrap().account.requests, 2);
    assert_eq!(kind(rules(settings.clone())), ErrorKind::BadKey);
    rules(settings.clone()).unwrap_err();
    let shown = format!("{settings:?} {settings:#?} {client:?}");
    assert!(!shown.contains(&KEY[8..]), "{shown}");
    let logged = LOGGED.lock().unwrap();
    assert!(
        logged.iter().any(|line| line.contains("127.0.0.1")),
        "nothing was logged"
    );
    assert!(
        !logged.iter().any(|line| line.contains(&KEY[8..])),
        "{logged:#?}"
    );
}

/// Runs the test `child` of this program with variables of the environment; gives what it prints.
fn in_child(task: &str, base: &str, variables: &[(&str, &str)]) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "fetch::secrets::child", "--nocapture"])
        .env("SOCDEF_TEST_CHILD", task)
        .env("SOCDEF_TEST_BASE", base)
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What `in_child` runs; nothing without its variables.
#[test]
fn child() {
    let base = std::env::var("SOCDEF_TEST_BASE").unwrap_or_default();
    match std::env::var("SOCDEF_TEST_CHILD").as_deref() {
        Ok("fetch") => match rules(settings(&base)) {
            Ok(rules) => println!("got {}", rules.documents().len()),
            Err(error) => println!("{}", error.report()),
        },
        Ok("key") => match ApiKey::from_environment() {
            Ok(Some(key)) => {
                let settings = Settings {
                    key,
                    ..settings(&base)
                };
                println!("got {}", rules(settings).unwrap().documents().len());
            }
            Ok(None) => println!("no key"),
            Err(error) => println!("{}", error.report()),
        },
        _ => {}
    }
}

#[test]
fn the_key_may_come_from_the_environment() {
    let server = Server::start(|_, out| yaml(out, "", rule(1)));
    let with = |key: &str| in_child("key", &server.url(), &[("SOCDEF_API_KEY", key)]);
    assert!(with("sk_live_otherkey0\n").contains("got 1"));
    assert_eq!(
        server.requests()[0].header("authorization"),
        Some("Bearer sk_live_otherkey0")
    );
    assert!(with("").contains("no key"));
    let text = with("secret-thing");
    assert!(
        text.contains("error[bad_key]")
            && text.contains("SOCDEF_API_KEY")
            && !text.contains("thing"),
        "{text}"
    );
    assert_eq!(server.count(), 1);
}

#[test]
fn a_proxy_sees_a_tunnel_or_nothing() {
    let proxy = Server::start(|_, out| {
        write!(out, "HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
    });
    let server = Server::start(|_, out| yaml(out, "", rule(1)));
    let url = proxy.url();
    let variables = [
        ("HTTP_PROXY", url.as_str()),
        ("http_proxy", &url),
        ("https_proxy", &url),
        ("ALL_PROXY", &url),
    ];
    assert!(in_child("fetch", &server.url(), &variables).contains("got 1"));
    assert_eq!(proxy.count(), 0);
    let text = in_child("fetch", "https://socdefenders.example", &variables);
    assert!(text.contains("error[network]"), "{text}");
    let requests = proxy.requests();
    assert!(
        requests.iter().all(|request| request
            .text
            .starts_with("CONNECT socdefenders.example:443 ")),
        "{requests:?}"
    );
    assert!(
        !requests.is_empty()
            && !requests
                .iter()
                .any(|request| request.text.contains("sk_live_")),
        "{requests:?}"
    );
}
