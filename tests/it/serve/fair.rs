//! One client must not keep the others out: slow ones, silent ones, and many of them.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use socdef_sigma::Indicator;

use super::client::{Server, Shelf, addresses, connect, read_reply, send};

const IOCS: &str = "/api/v1/iocs";
const SIGMA: &str = "/api/v1/iocs/sigma";

/// Answers of some 4 MB, which fit in no buffer between here and there: 6 KB for each of the indicators.
fn big(count: u32) -> Shelf {
    let shelf = Shelf::new();
    let mut all: Vec<Indicator> = addresses(count);
    for one in &mut all {
        let texts = (b'a'..=b'f').map(|letter| String::from(letter as char).repeat(1000));
        one.context.extend(texts);
    }
    shelf.put(&all);
    shelf
}

fn ask(address: SocketAddr, key: &str, target: &str) -> TcpStream {
    let mut stream = connect(address);
    let request = format!("GET {target} HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

/// Begins an answer and leaves it unread.
fn begin(server: &Server, key: &str) -> TcpStream {
    let mut stream = ask(server.address(), key, &format!("{SIGMA}?limit=3000"));
    let mut begun = [0; 12];
    stream.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 200");
    stream
}

#[test]
fn slow_and_idle_clients_keep_nobody_out() {
    let shelf = big(600);
    let server = shelf.serve("");
    let (address, other) = (server.address(), shelf.key("pro"));
    let alone = measured(&server, &other);
    let ended = Arc::new(AtomicBool::new(false));
    let mut crowd = Vec::new();
    for _ in 0..80 {
        let (key, ended) = (server.pro.clone(), ended.clone());
        crowd.push(std::thread::spawn(move || {
            let target = format!("{SIGMA}?limit=10000");
            let mut stream = ask(address, &key, &target);
            while !ended.load(Ordering::Relaxed) {
                // One that is refused or cut off comes back.
                if !matches!(stream.read(&mut [0; 70]), Ok(1..)) {
                    stream = ask(address, &key, &target);
                }
                std::thread::sleep(Duration::from_millis(100));
            }
        }));
    }
    {
        // A thousand that say nothing, the oldest of them replaced all the time.
        let ended = ended.clone();
        crowd.push(std::thread::spawn(move || {
            let mut idle = VecDeque::new();
            while !ended.load(Ordering::Relaxed) {
                idle.push_back(connect(address));
                if idle.len() > 1000 {
                    idle.pop_front();
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }));
    }
    std::thread::sleep(Duration::from_secs(3));
    let beside = measured(&server, &other);
    ended.store(true, Ordering::Relaxed);
    for one in crowd {
        one.join().unwrap();
    }
    eprintln!("list and rules, alone: {alone:?}; beside the crowd: {beside:?}");
}

/// Asks for the list and for rules for some seconds: every answer is whole. Tells how long the slowest of each took.
fn measured(server: &Server, key: &str) -> [Duration; 2] {
    let (start, mut slowest) = (Instant::now(), [Duration::ZERO; 2]);
    while start.elapsed() < Duration::from_secs(8) {
        for rules in [false, true] {
            let target = [IOCS, SIGMA][usize::from(rules)];
            let begun = Instant::now();
            let reply = server.get_as(key, &format!("{target}?limit=500"));
            let time = begun.elapsed();
            assert_eq!(reply.status, 200, "{}", reply.text());
            assert!(reply.whole);
            match rules {
                false => assert_eq!(reply.values().len(), 500),
                true => assert_eq!(reply.text().matches("\nid: ").count(), 500),
            }
            let slowest = &mut slowest[usize::from(rules)];
            *slowest = time.max(*slowest);
        }
    }
    slowest
}

#[test]
fn a_key_has_its_share_and_no_more() {
    let shelf = big(600);
    let server = shelf.serve("limits: {answers_per_key: 2}");
    let other = shelf.key("pro");
    let _held = [begin(&server, &server.pro), begin(&server, &server.pro)];
    let reply = server.get(IOCS);
    assert_eq!((reply.status, &*reply.code()), (503, "unavailable"));
    assert_eq!(reply.number("retry-after"), 1);
    assert!(
        reply.message().contains("this API key"),
        "{}",
        reply.message()
    );
    assert_eq!(server.get_as(&other, IOCS).values().len(), 100);
    drop(_held);
    let start = Instant::now();
    while server.get(IOCS).status != 200 {
        assert!(start.elapsed() < Duration::from_secs(10));
    }
}

#[test]
fn an_answer_that_waits_for_its_reader_takes_no_turn() {
    let shelf = big(600);
    let server = shelf.serve("limits: {concurrent_requests: 1}");
    let _held = [begin(&server, &server.pro), begin(&server, &server.pro)];
    std::thread::sleep(Duration::from_millis(300));
    assert_eq!(server.get(IOCS).values().len(), 100);
    assert_eq!(server.get_as(&server.free, IOCS).values().len(), 100);
}

/// How long a client is served that reads so many bytes every 100 milliseconds, and how much it gets.
fn pace(server: &Server, bytes: usize, most: Duration) -> (Duration, usize) {
    let mut stream = begin(server, &server.pro);
    let (start, mut got) = (Instant::now(), 0);
    let mut buffer = vec![0; bytes];
    while start.elapsed() < most {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => break,
            Ok(count) => got += count,
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    (start.elapsed(), got)
}

fn cut(server: &Server, at_least: u64) {
    let start = Instant::now();
    let count = || {
        let text = server.metrics();
        let line = text
            .lines()
            .find(|line| line.starts_with("socdef_cut_answers_total "));
        line.unwrap()
            .rsplit(' ')
            .next()
            .unwrap()
            .parse::<u64>()
            .unwrap()
    };
    while count() < at_least {
        assert!(
            start.elapsed() < Duration::from_secs(40),
            "nothing was cut off"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

#[test]
fn a_whole_answer_has_a_least_speed() {
    let shelf = big(600);
    // Each read takes something well within `stall_seconds`, and still the answer is read too slowly.
    let config = "limits: {least_bytes_per_second: 200000}\ntimeouts: {stall_seconds: 3}";
    let server = shelf.serve(config);
    let address = server.address();
    let key = server.pro.clone();
    let slow = std::thread::spawn(move || {
        let mut stream = ask(address, &key, &format!("{SIGMA}?limit=3000"));
        let start = Instant::now();
        while start.elapsed() < Duration::from_secs(60) {
            if !matches!(stream.read(&mut [0; 5_000]), Ok(1..)) {
                return true;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        false
    });
    cut(&server, 1);
    assert!(slow.join().unwrap(), "the connection is closed");
    // Above the least speed, with a pause within the time of a stall.
    let server = shelf_again(
        &shelf,
        server,
        "limits: {least_bytes_per_second: 10000}\ntimeouts: {stall_seconds: 3}",
    );
    let (time, got) = pace(&server, 20_000, Duration::from_secs(6));
    assert!(
        time >= Duration::from_secs(6),
        "cut off after {time:?}, {got} bytes"
    );
}

fn shelf_again(shelf: &Shelf, server: Server, config: &str) -> Server {
    server.running.shutdown().unwrap();
    shelf.serve(config)
}

#[test]
fn an_idle_connection_makes_room_for_a_new_one() {
    let shelf = Shelf::new();
    shelf.put(&addresses(10));
    let server = shelf.serve("limits: {connections: 8}");
    let mut idle = Vec::new();
    for round in 0..50 {
        idle.push(connect(server.address()));
        // Half a request is none.
        let mut begun = connect(server.address());
        begun.write_all(b"GET /healthz HTTP/1.1\r\nx: ").unwrap();
        idle.push(begun);
        // A body that does not come is none either.
        let mut begun = connect(server.address());
        let head = format!("GET {IOCS} HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n");
        begun.write_all(head.as_bytes()).unwrap();
        idle.push(begun);
        let start = Instant::now();
        assert_eq!(server.get(IOCS).values().len(), 10, "{round}");
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{round}: {:?}",
            start.elapsed()
        );
    }
}

#[test]
fn an_answer_under_way_is_not_closed_for_a_new_connection() {
    let shelf = big(600);
    let server = shelf.serve("limits: {connections: 4}\ntimeouts: {stall_seconds: 300}");
    let mut held: Vec<TcpStream> = (0..3).map(|_| begin(&server, &server.pro)).collect();
    let _idle: Vec<TcpStream> = (0..20).map(|_| connect(server.address())).collect();
    for _ in 0..5 {
        assert_eq!(send(server.address(), "GET", "/healthz", &[]).status, 200);
    }
    for stream in &mut held {
        let head = &b"HTTP/1.1 200"[..];
        let reply = read_reply(head.chain(stream), false).unwrap();
        assert!(reply.whole);
        assert_eq!(reply.text().matches("\nid: ").count(), 600);
    }
}

#[test]
fn a_full_room_of_answers_is_waited_for() {
    let shelf = big(600);
    let server = shelf.serve("limits: {connections: 2}\ntimeouts: {stall_seconds: 300}");
    let mut held = [begin(&server, &server.pro), begin(&server, &server.pro)];
    let address = server.address();
    let waiting = std::thread::spawn(move || send(address, "GET", "/healthz", &[]).status);
    std::thread::sleep(Duration::from_millis(500));
    assert!(!waiting.is_finished());
    let head = &b"HTTP/1.1 200"[..];
    // The connection stays open for another request, and makes room for one that has one.
    assert!(read_reply(head.chain(&mut held[0]), false).unwrap().whole);
    assert_eq!(waiting.join().unwrap(), 200);
}
