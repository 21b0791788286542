//! Keys, plans and limits.

use chrono::{Duration, Utc};
use socdef_sigma::serve::keys;

use super::client::{Shelf, addresses, indicator, send};

const IOCS: &str = "/api/v1/iocs";
const SIGMA: &str = "/api/v1/iocs/sigma";

pub(super) fn shelf() -> Shelf {
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
