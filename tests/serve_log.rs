//! The log of one server does not depend on another server in the same process. A test binary of its own: what is decided at the
//! first event of a process cannot be tested after it.

#![cfg(feature = "serve")]
#![allow(clippy::unwrap_used)] // helpers of tests may what tests may

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use socdef_sigma::serve::{self, Log, LogFormat, Options, Store};

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn ask(address: SocketAddr) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .write_all(b"GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        .unwrap();
    stream.read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn a_server_without_a_log_silences_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let db = folder.path().join("iocs.db");
    drop(Store::open(&db).unwrap());
    let kept = Kept::default();
    let log = Some(Log::new(LogFormat::Text, kept.clone()));
    let with = serve::start(Options {
        log,
        ..Options::new(&db)
    })
    .unwrap();
    let other = folder.path().join("other.db");
    drop(Store::open(&other).unwrap());
    let without = serve::start(Options::new(&other)).unwrap();
    ask(without.address());
    ask(with.address());
    without.shutdown().unwrap();
    with.shutdown().unwrap();
    let log = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
    let requests: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("/nowhere"))
        .collect();
    assert_eq!(requests.len(), 1, "{log}");
}
