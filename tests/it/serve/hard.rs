//! What strangers, slow clients and impatient administrators do.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::time::{Duration, Instant};

use socdef_sigma::error::ErrorKind;
use socdef_sigma::serve::{Config, Options, Tls, start};

use super::client::{Server, Shelf, addresses, connect, raw, read_reply, send};

const IOCS: &str = "/api/v1/iocs";
const SIGMA: &str = "/api/v1/iocs/sigma";
const QUICK: &str = "timeouts: {header_seconds: 1, stall_seconds: 1, shutdown_seconds: 5}";

fn big() -> Shelf {
    let shelf = Shelf::new();
    let mut all = addresses(3000);
    for one in &mut all {
        // Long enough that a whole answer fits in no buffer between here and there.
        let texts = (b'a'..=b'f').map(|letter| String::from(letter as char).repeat(1000));
        one.context.extend(texts);
    }
    shelf.put(&all);
    shelf
}

/// Reads to the end of the connection, and tells how long that took.
fn until_closed(mut stream: std::net::TcpStream) -> (Duration, usize) {
    let (start, mut all) = (Instant::now(), Vec::new());
    let _ = stream.read_to_end(&mut all);
    (start.elapsed(), all.len())
}

#[test]
fn slow_headers_are_cut_off() {
    let shelf = Shelf::new();
    let server = shelf.serve(QUICK);
    // Nothing, a beginning, and a byte now and then.
    let silent = connect(server.address());
    let mut begun = connect(server.address());
    begun.write_all(b"GET /healthz HT").unwrap();
    let mut dripping = connect(server.address());
    let drip = std::thread::spawn(move || {
        let start = Instant::now();
        let _ = dripping.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n");
        while start.elapsed() < Duration::from_secs(8) {
            std::thread::sleep(Duration::from_millis(100));
            if dripping.write_all(b"x: y\r\n").is_err() {
                break;
            }
        }
        start.elapsed()
    });
    for stream in [silent, begun] {
        let (time, _) = until_closed(stream);
        assert!(time < Duration::from_secs(4), "{time:?}");
    }
    let time = drip.join().unwrap();
    assert!(time < Duration::from_secs(4), "{time:?}");
    // A connection that is kept open for nothing, too.
    let mut idle = connect(server.address());
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n")
        .unwrap();
    let (time, length) = until_closed(idle);
    assert!(time < Duration::from_secs(4) && length > 50, "{time:?}");
    assert_eq!(send(server.address(), "GET", "/healthz", &[]).status, 200);
}

#[test]
fn a_client_that_does_not_read_is_cut_off() {
    let shelf = big();
    let server = shelf.serve(QUICK);
    let mut stream = connect(server.address());
    let request = format!(
        "GET {SIGMA}?limit=3000 HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n\r\n",
        server.pro
    );
    stream.write_all(request.as_bytes()).unwrap();
    let start = Instant::now();
    // The server's own count tells when it has given up.
    let mut open = 2;
    while open > 1 && start.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(200));
        let metrics = server.metrics();
        let line = metrics
            .lines()
            .find(|line| line.starts_with("socdef_connections "))
            .unwrap()
            .to_owned();
        open = line.rsplit(' ').next().unwrap().parse().unwrap();
    }
    assert_eq!(open, 1, "still open after {:?}", start.elapsed());
    let reply = read_reply(stream, false);
    assert!(reply.is_err() || !reply.unwrap().whole);
    let metrics = server.metrics();
    assert!(metrics.contains("socdef_cut_answers_total 1"), "{metrics}");
    // One that reads slowly, but reads, is served.
    let mut stream = connect(server.address());
    stream.write_all(request.as_bytes()).unwrap();
    let reply = read_reply(Slow(stream), false).unwrap();
    assert!(reply.whole && reply.body.len() > 10_000_000);
}

/// Some 5 MB a second.
struct Slow(std::net::TcpStream);

impl Read for Slow {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        std::thread::sleep(Duration::from_millis(1));
        let length = buffer.len().min(8 << 10);
        self.0.read(&mut buffer[..length])
    }
}

#[test]
fn what_is_too_large_is_refused() {
    let shelf = Shelf::new();
    let server = shelf.serve("");
    let address = server.address();
    let long = send(address, "GET", &format!("/x?{}", "a".repeat(9000)), &[]);
    assert_eq!((long.status, &*long.code()), (414, "uri_too_long"));
    let wide = send(address, "GET", "/healthz", &[("x", &"a".repeat(17_000))]);
    assert_eq!((wide.status, &*wide.code()), (431, "headers_too_large"));
    // What is larger by far is not even read.
    let request = format!(
        "GET /healthz HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n",
        "a".repeat(200_000)
    );
    let mut stream = connect(address);
    let _ = stream.write_all(request.as_bytes());
    if let Ok(reply) = read_reply(stream, false) {
        assert_eq!(reply.status, 431);
    }
    let many: String = (0..500).map(|n| format!("h{n}: x\r\n")).collect();
    assert_eq!(
        raw(
            address,
            format!("GET /healthz HTTP/1.1\r\n{many}\r\n").as_bytes()
        )
        .status,
        431
    );

    let body = |length: usize| {
        let head = format!(
            "GET {IOCS} HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\nx-api-key: {}\r\n\r\n",
            server.pro
        );
        raw(address, format!("{head}{}", "x".repeat(length)).as_bytes())
    };
    assert_eq!(body(100).status, 200);
    let large = body(9000);
    assert_eq!((large.status, &*large.code()), (413, "payload_too_large"));
    let chunk = format!("{:x}\r\n{}\r\n", 5000, "x".repeat(5000));
    let head = format!("GET {IOCS} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
    let chunked = raw(address, format!("{head}{chunk}{chunk}0\r\n\r\n").as_bytes());
    assert_eq!(
        (chunked.status, &*chunked.code()),
        (413, "payload_too_large")
    );
}

#[test]
fn nonsense_ends_its_connection_only() {
    let shelf = Shelf::new();
    let server = shelf.serve(QUICK);
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\n",
        b"GET / HTTP/1.1\r\ntransfer-encoding: x\r\ncontent-length: -1\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\n\r\n",
    ] {
        let mut stream = connect(server.address());
        stream.write_all(bytes).unwrap();
        let _ = stream.shutdown(Shutdown::Write);
        let (time, _) = until_closed(stream);
        assert!(time < Duration::from_secs(5));
    }
    assert_eq!(send(server.address(), "GET", "/healthz", &[]).status, 200);
}

#[test]
fn an_answer_that_is_under_way_is_finished() {
    let shelf = big();
    let server = shelf.serve("timeouts: {shutdown_seconds: 20}");
    let address = server.address();
    let request = format!(
        "GET {SIGMA}?limit=3000 HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n\r\n",
        server.pro
    );
    let mut stream = connect(address);
    stream.write_all(request.as_bytes()).unwrap();
    let mut begun = vec![0; 4096];
    stream.read_exact(&mut begun).unwrap();
    let idle = connect(address);
    std::thread::sleep(Duration::from_millis(100));
    server.running.stop();
    std::thread::sleep(Duration::from_millis(300));
    assert!(
        std::net::TcpStream::connect(address).is_err(),
        "no new connections"
    );
    let (time, _) = until_closed(idle);
    assert!(
        time < Duration::from_secs(1),
        "a connection without a request ends at once"
    );
    assert!(
        !server.running.wait(Duration::ZERO),
        "it waits for the answer"
    );
    let reply = read_reply(std::io::Read::chain(&begun[..], &mut stream), false).unwrap();
    assert!(reply.whole);
    assert_eq!(reply.text().matches("\nid: ").count(), 3000);
    assert_eq!(reply.text().split("---\n").count(), 3000);
    assert!(server.running.wait(Duration::from_secs(5)));
    server.running.shutdown().unwrap();
}

#[test]
fn the_end_does_not_wait_for_ever() {
    let shelf = big();
    let server = shelf.serve("timeouts: {shutdown_seconds: 1}");
    let request = format!(
        "GET {SIGMA}?limit=3000 HTTP/1.1\r\nhost: x\r\nx-api-key: {}\r\n\r\n",
        server.pro
    );
    let mut stream = connect(server.address());
    stream.write_all(request.as_bytes()).unwrap();
    stream.read_exact(&mut [0; 64]).unwrap();
    let start = Instant::now();
    server.running.shutdown().unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
    // Cut off, and seen to be.
    let reply = read_reply(stream, false);
    assert!(reply.is_err() || !reply.unwrap().whole);
}

#[test]
fn plain_http_stays_on_this_machine() {
    let shelf = Shelf::new();
    let options = Options {
        listen: "0.0.0.0:0".to_owned(),
        ..Options::new(shelf.db())
    };
    let error = start(options.clone()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadUsage);
    assert!(
        error
            .message()
            .contains("could be read and changed on the way")
    );
    assert!(error.hint_text().unwrap().contains("--insecure-http"));
    for listen in ["127.0.0.1:0", "localhost:0", "[::1]:0"] {
        match start(Options {
            listen: listen.to_owned(),
            ..Options::new(shelf.db())
        }) {
            Ok(running) => assert!(running.address().ip().is_loopback()),
            // A machine without IPv6.
            Err(error) => assert_eq!(error.kind(), ErrorKind::CannotListen),
        }
    }
    let taken = shelf.serve("");
    let options = Options {
        listen: taken.address().to_string(),
        ..Options::new(shelf.db())
    };
    assert_eq!(start(options).unwrap_err().kind(), ErrorKind::CannotListen);
    let options = Options {
        listen: "nonsense".to_owned(),
        ..Options::new(shelf.db())
    };
    assert_eq!(start(options).unwrap_err().kind(), ErrorKind::CannotListen);
}

fn tls(shelf: &Shelf) -> (Tls, rcgen::CertifiedKey<rcgen::KeyPair>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let tls = Tls {
        cert: shelf.folder.path().join("cert.pem"),
        key: shelf.folder.path().join("key.pem"),
    };
    std::fs::write(&tls.cert, made.cert.pem()).unwrap();
    std::fs::write(&tls.key, made.signing_key.serialize_pem()).unwrap();
    (tls, made)
}

#[test]
fn tls_is_spoken() {
    let shelf = big();
    let (files, made) = tls(&shelf);
    let server: Server = shelf.serve_with(|options| {
        options.tls = Some(files.clone());
        options.config = Config::from_yaml("timeouts: {handshake_seconds: 1}").unwrap();
    });
    assert!(server.running.url().starts_with("https://"));
    let mut roots = rustls::RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let config = rustls::ClientConfig::builder_with_provider(Arc::new(
        rustls::crypto::ring::default_provider(),
    ))
    .with_safe_default_protocol_versions()
    .unwrap()
    .with_root_certificates(roots)
    .with_no_client_auth();
    let name = rustls_pki_types::ServerName::try_from("localhost").unwrap();
    let mut session = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = connect(server.address());
    let mut secured = rustls::Stream::new(&mut session, &mut stream);
    let request = format!(
        "GET {SIGMA}?limit=1000 HTTP/1.1\r\nhost: localhost\r\nx-api-key: {}\r\n\r\n",
        server.pro
    );
    secured.write_all(request.as_bytes()).unwrap();
    let reply = read_reply(secured, false).unwrap();
    assert!(reply.whole);
    assert_eq!(reply.text().matches("\nid: ").count(), 1000);
    // A client that never shakes hands.
    let (time, _) = until_closed(connect(server.address()));
    assert!(time < Duration::from_secs(4));
    // Files that are not what they should be.
    let start = |tls: Tls| {
        start(Options {
            tls: Some(tls),
            ..Options::new(shelf.db())
        })
        .unwrap_err()
        .kind()
    };
    let missing = Tls {
        cert: "/nonexistent.pem".into(),
        ..files.clone()
    };
    assert_eq!(start(missing), ErrorKind::UnreadableInput);
    let swapped = Tls {
        cert: files.key.clone(),
        key: files.cert.clone(),
    };
    assert!(matches!(
        start(swapped),
        ErrorKind::UnreadableInput | ErrorKind::BadUsage
    ));
}
