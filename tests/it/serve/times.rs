//! A server as a process of its own: signals, and what comes after.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use socdef_sigma::serve::{Options, run};

use super::client::{Shelf, addresses, connect, read_reply, send};

const DB: &str = "SOCDEF_TEST_SERVE_DB";

/// The process: not a test, but run by one.
#[test]
#[ignore = "a process for the other tests"]
fn server() {
    let Some(db) = std::env::var_os(DB) else {
        return;
    };
    run(Options::new(db), |running| {
        println!("address={}", running.address())
    })
    .unwrap();
    println!("ended well");
}

fn spawn(shelf: &Shelf) -> (Child, BufReader<impl Read>, std::net::SocketAddr) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "serve::times::server",
            "--ignored",
            "--nocapture",
        ])
        .env(DB, shelf.db())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("address=") {
        line.clear();
        assert!(
            lines.read_line(&mut line).unwrap() > 0,
            "the server did not start"
        );
    }
    let address = line.trim().rsplit('=').next().unwrap().parse().unwrap();
    (child, lines, address)
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_server_after_the_answer() {
    let shelf = Shelf::new();
    let mut all = addresses(2000);
    for one in &mut all {
        let texts = (b'a'..=b'f').map(|letter| String::from(letter as char).repeat(1000));
        one.context.extend(texts);
    }
    shelf.put(&all);
    let key = shelf.key("pro");
    for signal in ["TERM", "INT"] {
        let (mut child, mut lines, address) = spawn(&shelf);
        let mut stream = connect(address);
        let request = format!(
            "GET /api/v1/iocs/sigma?limit=2000 HTTP/1.1\r\nhost: x\r\nx-api-key: {key}\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut begun = vec![0; 4096];
        stream.read_exact(&mut begun).unwrap();
        let killed = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status()
            .unwrap();
        assert!(killed.success());
        std::thread::sleep(Duration::from_millis(400));
        assert!(
            child.try_wait().unwrap().is_none(),
            "{signal}: it waits for the answer"
        );
        let reply = read_reply((&begun[..]).chain(&mut stream), false).unwrap();
        assert!(reply.whole);
        assert_eq!(reply.text().matches("\nid: ").count(), 2000);
        drop(stream);
        let start = Instant::now();
        let mut rest = String::new();
        lines.read_to_string(&mut rest).unwrap();
        assert!(
            child.wait().unwrap().success() && rest.contains("ended well"),
            "{rest}"
        );
        assert!(start.elapsed() < Duration::from_secs(5));
    }
}

#[cfg(unix)]
#[test]
fn a_server_that_was_killed_blocks_no_other_and_forgets_little() {
    let shelf = Shelf::new();
    shelf.put(&addresses(10));
    let key = shelf.key("free");
    let (mut child, _lines, address) = spawn(&shelf);
    let headers = [("x-api-key", key.as_str())];
    let ask = |address| send(address, "GET", "/api/v1/iocs", &headers);
    while chrono::Utc::now().timestamp() % 60 > 50 {
        std::thread::sleep(Duration::from_millis(200));
    }
    let minute = chrono::Utc::now().timestamp() / 60;
    for _ in 0..10 {
        assert_eq!(ask(address).status, 200);
    }
    assert_eq!(ask(address).status, 429);
    // The counts are written four times a second.
    std::thread::sleep(Duration::from_millis(1000));
    let options = Options::new(shelf.db());
    assert!(
        socdef_sigma::serve::start(options.clone()).is_err(),
        "the store has its server"
    );
    child.kill().unwrap();
    child.wait().unwrap();
    let again = socdef_sigma::serve::start(options).unwrap();
    let reply = ask(again.address());
    if chrono::Utc::now().timestamp() / 60 == minute {
        assert_eq!(reply.status, 429);
    }
}
