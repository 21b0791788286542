//! Requests are counted, by key and by address, and run out.

use chrono::Utc;

use super::access::shelf;
use super::client::{Reply, send};

const IOCS: &str = "/api/v1/iocs";
const SIGMA: &str = "/api/v1/iocs/sigma";

const SMALL: &str =
    "plans: {free: {requests_per_minute: 3}, pro: {requests_per_minute: 100, requests_per_day: 4}}";

/// Not in the last seconds of a minute, where a window might end under the test.
fn steady() {
    while Utc::now().timestamp() % 60 > 55 {
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
}

fn standing(reply: &Reply) -> (u64, u64, u64) {
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
