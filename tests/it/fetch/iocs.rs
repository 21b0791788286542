//! The walk over the JSON list.

use std::sync::Arc;

use serde_json::{Value as Json, json};
use socdef_sigma::error::{ErrorKind, Result};
use socdef_sigma::fetch::{Client, FetchedIndicators, Settings};
use socdef_sigma::wire::Query;

use super::server::{Request, Server, answer, json as send};
use super::{iocs, kind_and_text, settings};

fn record(number: usize) -> Json {
    json!({
        "id": format!("id-{number}"), "type": "ipv4", "value": format!("203.0.113.{}", number % 256), "confidence": "high",
        "first_seen": "2024-12-08T14:30:00Z", "last_seen": "2024-12-09T08:15:00Z", "context": "text", "tags": ["c2"],
        "source": {"feed_name": "Feed", "article_id": "x"}, "mitre_techniques": ["T1071"], "new_field": {"a": [1, null]},
    })
}

fn page(total: usize, records: Vec<Json>, next: Option<String>) -> String {
    json!({
        "meta": {
            "total": total, "limit": 100, "offset": 0, "generated_at": "2024-12-09T10:30:00Z", "feed_version": "1.0",
            "source": "SOC Defenders", "filters": {},
        },
        "data": records, "links": {"self": "x", "next": next}, "new": 1,
    })
    .to_string()
}

type Link = Arc<dyn Fn(&Request, usize) -> Option<String> + Send + Sync>;

/// A list of pages of 100; `link` makes the link to an offset.
fn list(
    total: usize,
    link: impl Fn(&Request, usize) -> Option<String> + Send + Sync + 'static,
) -> Server {
    Server::start(move |request, out| {
        let offset = request.number_of("offset").unwrap_or(0);
        let end = (offset + request.number_of("limit").unwrap_or(100).min(100)).min(total);
        let records = (offset..end.max(offset)).map(record).collect();
        let next = if end < total {
            link(request, end)
        } else {
            None
        };
        send(out, "", page(total, records, next))
    })
}

fn fetch(server: &Server, limit: Option<u64>) -> Result<FetchedIndicators> {
    let query = Query {
        limit,
        ..Query::default()
    };
    Client::new(settings(&server.url()))?.iocs(&query, usize::MAX, &mut |_, _| Ok(()))
}

#[test]
fn the_list_is_walked_by_its_links() {
    let server = list(230, |request, end| {
        Some(format!(
            "http://{}{}?limit=10000&offset={end}&cursor=abc",
            request.header("host").unwrap(),
            request.path
        ))
    });
    let found = fetch(&server, None).unwrap();
    assert_eq!(found.intake.indicators().len(), 230);
    let requests = server.requests();
    assert_eq!(requests.len(), 3);
    assert!(
        requests[0]
            .text
            .starts_with("GET /api/v1/iocs?limit=10000 "),
        "{}",
        requests[0].text
    );
    assert_eq!(requests[2].query("cursor"), Some("abc"));
    assert!(
        requests
            .iter()
            .all(|request| request.header("authorization").is_some())
    );
    let account = &found.account;
    assert_eq!(
        (account.received, account.kept, account.duplicates),
        (230, 230, 0)
    );
    assert_eq!(
        account.server_time.unwrap().to_string(),
        "2024-12-09 10:30:00 UTC"
    );
    assert_eq!(account.publisher.as_deref(), Some("SOC Defenders"));
    let first = found.intake.get(0).unwrap();
    assert_eq!(first.producers, ["SOC Defenders"]);
    assert_eq!(first.mitre_techniques, ["T1071"]);
    assert!(
        first
            .place
            .as_ref()
            .unwrap()
            .to_string()
            .contains("/api/v1/iocs?limit=10000: data[0]"),
        "{:?}",
        first.place
    );
    assert_eq!(found.intake.report().counts().read, 230);
}

#[test]
fn a_link_may_be_relative_elsewhere_or_missing() {
    let links: [Link; 5] = [
        Arc::new(|_, end| Some(format!("/api/v1/iocs?offset={end}"))),
        Arc::new(|_, end| Some(format!("?offset={end}"))),
        Arc::new(|_, end| Some(format!("https://socdefenders.ai/api/v1/iocs?offset={end}"))),
        Arc::new(|_, _| Some("http://[".to_owned())),
        Arc::new(|_, _| None),
    ];
    for link in links {
        let server = list(230, move |request, end| link(request, end));
        let found = fetch(&server, None).unwrap();
        assert_eq!((found.intake.indicators().len(), server.count()), (230, 3));
        assert_eq!(server.requests()[2].number_of("offset"), Some(200));
    }
}

#[test]
fn a_limit_is_how_many_are_wanted() {
    for (limit, requests) in [(0, 0), (5, 1), (100, 1), (150, 2), (230, 3), (999, 3)] {
        let server = list(230, |_, end| Some(format!("?limit=100&offset={end}")));
        let found = fetch(&server, Some(limit)).unwrap();
        assert_eq!(
            found.intake.indicators().len() as u64,
            limit.min(230),
            "{limit}"
        );
        assert_eq!(server.count(), requests, "{limit}");
    }
}

#[test]
fn records_that_come_again_are_one_and_drift_is_reported() {
    // A record is added in front after the first page, so that the last of that page comes again.
    let server = Server::start(
        |request, out| match request.number_of("offset").unwrap_or(0) {
            0 => send(
                out,
                "",
                page(
                    200,
                    (0..100).map(record).collect(),
                    Some("?offset=100".into()),
                ),
            ),
            _ => send(out, "", page(201, (99..200).map(record).collect(), None)),
        },
    );
    let found = fetch(&server, None).unwrap();
    let account = &found.account;
    assert_eq!((account.received, account.kept), (201 + 201, 200));
    assert_eq!(
        (account.first_total, account.last_total, account.drifted()),
        (Some(200), Some(201), true)
    );
    // A second pass looked for the new one, and this server does not give it.
    assert_eq!((account.missing, server.count()), (1, 4));
    assert_eq!(account.json()["missing"], 1);
    assert_eq!(found.intake.report().counts().merged, 0);
}

#[test]
fn a_second_pass_finds_what_moved() {
    // After the first page record 0 is taken out, so that 100 moves to where nobody looks.
    let server = Server::start(|request, out| {
        let (total, records) = match (request.number, request.query("offset")) {
            (1, _) => (200, 0..100),
            (2, _) => (199, 101..200),
            (_, None) => (199, 1..101),
            _ => (199, 101..200),
        };
        let next = request
            .query("offset")
            .is_none()
            .then(|| "?offset=100".to_owned());
        send(out, "", page(total, records.map(record).collect(), next))
    });
    let found = fetch(&server, None).unwrap();
    assert_eq!(
        (found.account.kept, found.account.missing, server.count()),
        (200, 0, 4)
    );
    assert!(found.account.drifted());
}

#[test]
fn a_list_that_leads_nowhere_ends() {
    let circle = list(230, |_, _| Some("?limit=10000".to_owned()));
    let (kind, text) = kind_and_text(fetch(&circle, None));
    assert_eq!(kind, ErrorKind::BadAnswer);
    assert!(text.contains("form a circle"), "{text}");

    let empty =
        Server::start(|_, out| send(out, "", page(9, Vec::new(), Some("?offset=9".into()))));
    let (kind, text) = kind_and_text(fetch(&empty, None));
    assert_eq!((kind, empty.count()), (ErrorKind::Truncated, 1));
    assert!(text.contains("all types: 0 of 9"), "{text}");
    let allowed = iocs(Settings {
        allow_truncated: true,
        ..settings(&empty.url())
    })
    .unwrap();
    assert_eq!(allowed.account.truncated.len(), 1);

    let none = list(0, |_, _| None);
    assert_eq!(fetch(&none, None).unwrap().intake.indicators().len(), 0);
}

#[test]
fn a_record_that_is_none_costs_itself_only() {
    let long = "x".repeat(1 << 20);
    let body = json!({
        "meta": {"total": 5},
        "data": [record(1), {"id": "long", "value": long}, 7, {"type": "ipv4", "value": "nonsense"}, record(2)],
    });
    let server = Server::start(move |_, out| send(out, "", body.to_string()));
    let found = fetch(&server, None).unwrap();
    assert_eq!(found.intake.indicators().len(), 2);
    assert_eq!(
        (found.account.refused, found.account.refusals[0].number),
        (1, 2)
    );
    assert_eq!(found.intake.report().counts().refused, 2);
}

#[test]
fn what_is_no_list_is_an_error() {
    for body in [
        "[]",
        "{}",
        r#"{"error": "x"}"#,
        r#"{"meta": {}, "data": {}}"#,
        r#"{"meta": {}, "data": null}"#,
        "<html>",
        "",
        r#"{"meta": {}, "data": []} x"#,
    ] {
        let server = Server::start(move |_, out| send(out, "", body));
        assert_eq!(
            kind_and_text(fetch(&server, None)).0,
            ErrorKind::BadAnswer,
            "{body}"
        );
        assert_eq!(server.count(), 1);
    }
    let server = Server::start(|_, out| answer(out, "204 No Content", "", ""));
    assert_eq!(kind_and_text(fetch(&server, None)).0, ErrorKind::Server);
}
