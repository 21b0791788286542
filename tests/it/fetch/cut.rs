//! Answers that are cut, broken, or without an end.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use socdef_sigma::error::ErrorKind;
use socdef_sigma::fetch::Settings;

use super::server::{Server, Stream, always, json, yaml};
use super::{iocs, kind, kind_and_text, rule, rules, settings, stream};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Ways to cut an answer. Where the transport tells, it is asked again; where only the content does, not.
#[test]
fn a_cut_answer_is_an_error() {
    let body = stream(0..3);
    let part = body[..body.len() - 20].to_owned();
    let page = r#"{"meta": {"total": 1}, "data": [{"type": "ipv4", "value": "203.0.113.7"}], "links": {}}"#;
    type Act = Box<dyn Fn(&mut dyn Stream) -> io::Result<()> + Send + Sync>;
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/yaml\r\n";
    let cases: Vec<(&str, ErrorKind, usize, Act)> = vec![
        ("length", ErrorKind::Network, 7, {
            let (body, part) = (body.clone(), part.clone());
            Box::new(move |out| write!(out, "{head}Content-Length: {}\r\n\r\n{part}", body.len()))
        }),
        ("length at a document's end", ErrorKind::Network, 7, {
            let body = body.clone();
            Box::new(move |out| {
                write!(
                    out,
                    "{head}Content-Length: {}\r\n\r\n{}",
                    body.len(),
                    rule(0)
                )
            })
        }),
        ("chunks", ErrorKind::Network, 7, {
            let part = rule(0);
            Box::new(move |out| {
                write!(
                    out,
                    "{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{part}\r\n",
                    part.len()
                )
            })
        }),
        ("too short a length", ErrorKind::BadAnswer, 1, {
            let (body, length) = (body.clone(), part.len());
            Box::new(move |out| write!(out, "{head}Content-Length: {length}\r\n\r\n{body}"))
        }),
        ("no length", ErrorKind::BadAnswer, 1, {
            let part = rule(0);
            Box::new(move |out| write!(out, "{head}\r\n{part}"))
        }),
        ("no length, and not all", ErrorKind::BadAnswer, 1, {
            let part = rule(0);
            Box::new(move |out| write!(out, "{head}X-Total-Count: 3\r\n\r\n{part}"))
        }),
        ("gzip", ErrorKind::BadAnswer, 1, {
            let zipped = gzip(body.as_bytes());
            Box::new(move |out| {
                yaml(
                    out,
                    "Content-Encoding: gzip\r\n",
                    &zipped[..zipped.len() - 9],
                )
            })
        }),
        ("gzip's checksum", ErrorKind::BadAnswer, 1, {
            let mut zipped = gzip(body.as_bytes());
            let at = zipped.len() - 6;
            zipped[at] ^= 1;
            Box::new(move |out| yaml(out, "Content-Encoding: gzip\r\n", &zipped))
        }),
        (
            "no gzip",
            ErrorKind::BadAnswer,
            1,
            Box::new(move |out| yaml(out, "Content-Encoding: gzip\r\n", rule(0))),
        ),
        (
            "another encoding",
            ErrorKind::BadAnswer,
            1,
            Box::new(move |out| yaml(out, "Content-Encoding: br\r\n", rule(0))),
        ),
    ];
    for (name, expected, count, act) in cases {
        let server = always(act);
        let result = rules(settings(&server.url()));
        let (kind, text) = kind_and_text(result);
        assert_eq!(kind, expected, "{name}: {text}");
        assert_eq!(server.count(), count, "{name}");
    }
    for cut in [10, 40, page.len() - 1, page.len() - 14] {
        let server = always(move |out| json(out, "", &page[..cut]));
        assert_eq!(
            kind(iocs(settings(&server.url()))),
            ErrorKind::BadAnswer,
            "{cut}"
        );
    }
}

#[test]
fn an_answer_without_a_length_is_taken_where_something_tells_that_it_is_whole() {
    let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/yaml\r\n";
    let counted = always(move |out| write!(out, "{head}X-Total-Count: 2\r\n\r\n{}", stream(0..2)));
    assert_eq!(
        rules(settings(&counted.url())).unwrap().yaml(),
        stream(0..2)
    );
    let zipped = always(move |out| {
        write!(out, "{head}Content-Encoding: gzip\r\n\r\n")?;
        out.write_all(&gzip(stream(0..2).as_bytes()))
    });
    assert_eq!(rules(settings(&zipped.url())).unwrap().yaml(), stream(0..2));
    let empty = always(move |out| write!(out, "{head}X-Total-Count: 0\r\n\r\n# no rules\n"));
    assert_eq!(
        rules(settings(&empty.url())).unwrap().yaml(),
        "# no rules\n"
    );
}

#[test]
fn a_cut_answer_is_replaced_by_a_whole_one() {
    let server = Server::start(|request, out| match request.number {
        1 => write!(
            out,
            "HTTP/1.1 200 OK\r\nContent-Type: application/yaml\r\nContent-Length: 9999\r\n\r\n{}",
            stream(0..2)
        ),
        _ => yaml(out, "", stream(0..3)),
    });
    let rules = rules(settings(&server.url())).unwrap();
    assert_eq!(rules.yaml(), stream(0..3));
    let account = rules.account();
    assert_eq!(
        (account.received, account.duplicates, account.retries),
        (3, 0, 1)
    );
}

#[test]
fn an_answer_has_a_highest_size() {
    let limited = |server: &Server| Settings {
        max_bytes: 1 << 20,
        ..settings(&server.url())
    };
    let endless = always(|out| {
        write!(
            out,
            "HTTP/1.1 200 OK\r\nContent-Type: application/yaml\r\nTransfer-Encoding: chunked\r\n\r\n"
        )?;
        loop {
            write!(out, "{:x}\r\n# {}\n\r\n", 4099, "x".repeat(4096))?;
        }
    });
    let zeros = gzip(&vec![b'\n'; 1 << 24]);
    let bomb = always(move |out| yaml(out, "Content-Encoding: gzip\r\n", &zeros));
    let nothing = gzip(b"");
    let members = always(move |out| {
        write!(
            out,
            "HTTP/1.1 200 OK\r\nContent-Type: application/yaml\r\nContent-Encoding: gzip\r\n\r\n"
        )?;
        loop {
            out.write_all(&nothing.repeat(200))?;
        }
    });
    for server in [&endless, &bomb, &members] {
        let (kind, text) = kind_and_text(rules(limited(server)));
        assert_eq!(kind, ErrorKind::BadAnswer);
        assert!(text.contains("--max-bytes"), "{text}");
        assert_eq!(server.count(), 1);
    }
    let list = always(|out| {
        write!(
            out,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{{\"data\": [1"
        )?;
        loop {
            out.write_all(&b",1".repeat(2000))?;
        }
    });
    assert_eq!(kind(iocs(limited(&list))), ErrorKind::BadAnswer);
}
