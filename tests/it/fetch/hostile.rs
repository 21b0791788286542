//! Servers that send more than they were asked for, or nothing that counts.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use socdef_sigma::error::{ErrorKind, Result};
use socdef_sigma::fetch::{Client, FetchedIndicators, FetchedRules, Settings};
use socdef_sigma::wire::Query;

use super::server::{Server, Stream, json, yaml};
use super::{iocs, kind_and_text, rule, rules, settings};

/// Sends a head and then what `fill` gives until the client goes away, and counts the bytes before compression.
fn endless(
    media: &'static str,
    gzip: bool,
    head: &'static [u8],
    fill: impl Fn(u64) -> Vec<u8> + Send + Sync + 'static,
) -> (Server, Arc<AtomicU64>) {
    let sent = Arc::new(AtomicU64::new(0));
    let count = sent.clone();
    let server = Server::start(move |_, out| {
        let encoding = if gzip {
            "Content-Encoding: gzip\r\n"
        } else {
            ""
        };
        write!(
            out,
            "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: {media}\r\n{encoding}Transfer-Encoding: chunked\r\n\r\n"
        )?;
        let out = Chunks(out);
        match gzip {
            false => pour(out, head, &fill, &count),
            true => pour(
                GzEncoder::new(out, Compression::fast()),
                head,
                &fill,
                &count,
            ),
        }
    });
    (server, sent)
}

/// What an endless answer goes on with.
type Fill = fn(u64) -> Vec<u8>;

struct Chunks<'a>(&'a mut dyn Stream);

impl Write for Chunks<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        write!(self.0, "{:x}\r\n", bytes.len())?;
        self.0.write_all(bytes)?;
        self.0.write_all(b"\r\n")?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

fn pour(
    mut out: impl Write,
    head: &[u8],
    fill: &dyn Fn(u64) -> Vec<u8>,
    count: &AtomicU64,
) -> io::Result<()> {
    out.write_all(head)?;
    for number in 0.. {
        let bytes = fill(number);
        out.write_all(&bytes)?;
        if count.fetch_add(bytes.len() as u64, Ordering::SeqCst) > 1 << 31 {
            return Ok(());
        }
    }
    Ok(())
}

fn many(settings: Settings, limit: u64) -> Result<FetchedIndicators> {
    let query = Query {
        limit: Some(limit),
        ..Query::default()
    };
    Client::new(settings)?.iocs(&query, 10, &mut |_, _| Ok(()))
}

fn patient(server: &Server) -> Settings {
    Settings {
        total_timeout: Duration::from_secs(300),
        ..settings(&server.url())
    }
}

/// A batch of records, so that the server is not slower than what it serves.
fn records(batch: u64) -> Vec<u8> {
    (0..1000)
        .flat_map(|at| {
            format!("{{\"id\":\"{batch}-{at}\",\"type\":\"ipv4\",\"value\":\"203.0.113.1\"}},")
                .into_bytes()
        })
        .collect()
}

#[test]
fn a_list_has_at_most_twice_as_many_records_as_were_asked_for() {
    for gzip in [false, true] {
        for (limit, most) in [(10_000, 20_000), (10, 100), (1, 100)] {
            let (server, sent) = endless("application/json", gzip, b"{\"data\":[", records);
            let (kind, text) = kind_and_text(many(patient(&server), limit));
            assert_eq!(kind, ErrorKind::BadAnswer, "{text}");
            let expected = format!("was asked for {limit} results and sends more than {most}");
            assert!(text.contains(&expected), "{text}");
            // What was asked for, and what lies in buffers.
            let sent = sent.load(Ordering::SeqCst);
            assert!(gzip || sent < most * 60 + (24 << 20), "{sent}");
            assert_eq!(server.count(), 1);
        }
    }
}

#[test]
fn a_list_of_no_limit_ends_by_what_is_held_of_it() {
    // Pages as long as they may be, for ever: each record costs more than its bytes.
    let server = Server::start(|request, out| {
        let offset = request.number_of("offset").unwrap_or(0);
        let records: Vec<_> = (offset..offset + 10_000)
            .map(|at| format!("{{\"id\":\"{at}\"}}"))
            .collect();
        let body = format!(
            "{{\"meta\":{{\"total\":99999999}},\"data\":[{}]}}",
            records.join(",")
        );
        json(out, "", body)
    });
    let (kind, text) = kind_and_text(iocs(Settings {
        max_bytes: 16 << 20,
        ..patient(&server)
    }));
    assert_eq!(kind, ErrorKind::BadAnswer, "{text}");
    assert!(text.contains("--max-bytes"), "{text}");
    // 16 MiB are 32,768 records, though these have 12 bytes each.
    assert_eq!(server.count(), 4);
}

#[test]
fn junk_in_a_list_is_not_read_for_ever() {
    fn spaces(_: u64) -> Vec<u8> {
        vec![b' '; 1 << 20]
    }
    for (limit, gzip) in [(1, true), (100, true), (1, false)] {
        let (server, sent) = endless("application/json", gzip, b"{\"data\":[", spaces);
        let (kind, text) = kind_and_text(many(patient(&server), limit));
        assert_eq!(kind, ErrorKind::BadAnswer, "{text}");
        assert!(text.contains("far longer than the results"), "{text}");
        let sent = sent.load(Ordering::SeqCst);
        let most = (16 << 20) + limit * (1 << 16) + (24 << 20);
        assert!(gzip || sent < most, "{sent}");
    }
}

#[test]
fn a_page_that_is_held_in_a_file_is_read_like_any_other() {
    let records: Vec<_> = (0..4000)
        .map(|at| {
            format!(
                "{{\"id\":\"{at}\",\"type\":\"domain\",\"value\":\"h{at}.example\",\"junk\":\"{}\"}}",
                "x".repeat(3000)
            )
        })
        .collect();
    // The publisher stands behind the list.
    let body = format!(
        "{{\"data\":[{}],\"meta\":{{\"total\":4000,\"source\":\"Feed\"}}}}",
        records.join(",")
    );
    let server = Server::start(move |_, out| json(out, "", &body));
    let found = iocs(patient(&server)).unwrap();
    assert_eq!((found.account.received, found.account.kept), (4000, 4000));
    assert_eq!(found.intake.indicators().len(), 4000);
    let last = found.intake.get(3999).unwrap();
    assert_eq!(last.ioc.to_string(), "h3999.example");
    assert_eq!(last.producers, ["Feed"]);
}

/// The second page is asked for by a link, which has the limit of the first.
#[test]
fn a_link_asks_for_as_many_as_the_request_before_it() {
    let server = Server::start(|request, out| {
        let offset = request.number_of("offset").unwrap_or(0);
        let records: Vec<_> = (offset..offset + 500)
            .map(|at| {
                format!("{{\"id\":\"{at}\",\"type\":\"domain\",\"value\":\"h{at}.example\"}}")
            })
            .collect();
        let next = format!("/api/v1/iocs?offset={}&limit=502", offset + 500);
        let body = format!(
            "{{\"meta\":{{\"total\":2000}},\"data\":[{}],\"links\":{{\"next\":\"{next}\"}}}}",
            records.join(",")
        );
        json(out, "", body)
    });
    let found = many(patient(&server), 502).unwrap();
    assert_eq!(
        (found.account.kept, found.account.surplus, server.count()),
        (502, 498, 2)
    );
}

fn some(settings: Settings, limit: u64) -> Result<FetchedRules> {
    let query = Query {
        limit: Some(limit),
        ..Query::default()
    };
    Client::new(settings)?.rules(&query, &mut |_, _| Ok(()))
}

#[test]
fn an_answer_of_rules_has_at_most_twice_as_many_as_were_asked_for() {
    fn tiny(_: u64) -> Vec<u8> {
        b"--- \na\n".repeat(1000)
    }
    for gzip in [false, true] {
        let (server, sent) = endless("application/yaml", gzip, b"", tiny);
        let (kind, text) = kind_and_text(some(patient(&server), 300));
        assert_eq!(kind, ErrorKind::BadAnswer, "{text}");
        assert!(
            text.contains("asked for 300 results and sends more than 600"),
            "{text}"
        );
        assert!(gzip || sent.load(Ordering::SeqCst) < 24 << 20);
    }
}

#[test]
fn one_endless_document_ends_the_call() {
    fn line(_: u64) -> Vec<u8> {
        vec![b'x'; 1 << 20]
    }
    fn lines(_: u64) -> Vec<u8> {
        b"a: 1\n".repeat(1 << 16)
    }
    fn comments(_: u64) -> Vec<u8> {
        b"# 1\n".repeat(1 << 16)
    }
    fn markers(_: u64) -> Vec<u8> {
        b"---\n".repeat(1 << 16)
    }
    let fills: [(Fill, u64); 4] = [
        (line, 10_000),
        (lines, 10_000),
        (comments, 10_000),
        (markers, 100),
    ];
    for (fill, limit) in fills {
        // By day one compressed answer is enough: what reads it does not know that it was.
        let compressed: &[bool] = match crate::is_full() || limit == 100 {
            true => &[false, true],
            false => &[false],
        };
        for &gzip in compressed {
            let (server, sent) = endless("application/yaml", gzip, b"title: a\n", fill);
            let begin = Instant::now();
            let (kind, text) = kind_and_text(some(patient(&server), limit));
            assert_eq!(kind, ErrorKind::BadAnswer, "{text}");
            assert!(
                text.contains("is longer than 16777216 bytes") || text.contains("far longer"),
                "{text}"
            );
            // Compressed, more of it lies in buffers.
            assert!(gzip || sent.load(Ordering::SeqCst) < 48 << 20);
            assert!(begin.elapsed() < Duration::from_secs(60));
        }
    }
}

#[test]
fn a_long_rule_costs_itself_only() {
    let long = format!("{}description: {}\n", rule(2), "x".repeat(3 << 20));
    let server = Server::start(move |_, out| {
        yaml(out, "", format!("{}---\n{long}---\n{}", rule(1), rule(3)))
    });
    let rules = rules(settings(&server.url())).unwrap();
    let account = rules.account();
    assert_eq!((account.received, account.kept, account.refused), (3, 2, 1));
    assert_eq!(account.refusals[0].number, 2);
    assert!(account.refusals[0].reason.contains("1048576 bytes"));
}

#[test]
fn provisional_answers_for_ever_are_no_answer() {
    for pause in [1, 50].map(Duration::from_millis) {
        let server = Server::start(move |_, out| {
            loop {
                out.write_all(b"HTTP/1.1 102 Processing\r\n\r\n")?;
                out.flush()?;
                std::thread::sleep(pause);
            }
        });
        let begin = Instant::now();
        let (kind, text) = kind_and_text(rules(Settings {
            read_timeout: Duration::from_millis(500),
            total_timeout: Duration::from_secs(300),
            ..settings(&server.url())
        }));
        assert_eq!(kind, ErrorKind::Network, "{text}");
        assert!(text.contains("does not answer in time"), "{text}");
        assert_eq!(server.count(), 7);
        assert!(
            begin.elapsed() < Duration::from_secs(60),
            "{:?}",
            begin.elapsed()
        );
    }
}

#[test]
fn some_provisional_answers_do_no_harm() {
    let server = Server::start(|_, out| {
        for _ in 0..5 {
            out.write_all(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")?;
        }
        yaml(out, "", rule(1))
    });
    assert_eq!(rules(settings(&server.url())).unwrap().account().kept, 1);
}
