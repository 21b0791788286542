//! A small HTTP client that hides nothing, and a server to talk to.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value as Json;
use socdef_sigma::Indicator;
use socdef_sigma::indicator::{Confidence, parse};
use socdef_sigma::serve::{Changes, Config, Options, Running, Store, ingest, keys, start};
use tempfile::TempDir;

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    /// Whether the body came to its end by its own account.
    pub(crate) whole: bool,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(known, _)| known == name);
        let value = found.next().map(|(_, value)| value.as_str());
        assert!(found.next().is_none(), "{name} twice");
        value
    }

    #[track_caller]
    pub(crate) fn number(&self, name: &str) -> u64 {
        self.header(name)
            .unwrap_or_else(|| panic!("no {name}: {self:?}"))
            .parse()
            .unwrap()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of the envelope, which is checked on the way.
    #[track_caller]
    pub(crate) fn code(&self) -> String {
        let json = self.json();
        let error = &json["error"];
        assert_eq!(self.header("content-type"), Some("application/json"));
        assert_eq!(error["request_id"].as_str(), self.header("x-request-id"));
        assert!(!error["message"].as_str().unwrap().is_empty());
        error["code"].as_str().unwrap().to_owned()
    }

    pub(crate) fn message(&self) -> String {
        self.json()["error"]["message"].as_str().unwrap().to_owned()
    }

    /// The values of a JSON list.
    #[track_caller]
    pub(crate) fn values(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{}", self.text());
        let json = self.json();
        let value = |record: &Json| record["value"].as_str().unwrap().to_owned();
        json["data"].as_array().unwrap().iter().map(value).collect()
    }
}

/// Reads one answer.
pub(crate) fn read_reply(stream: impl Read, head: bool) -> std::io::Result<Reply> {
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let status = line
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    let Some(status) = status else {
        return Err(std::io::Error::other(format!("no answer: {line:?}")));
    };
    let mut headers = Vec::new();
    loop {
        line.clear();
        reader.read_line(&mut line)?;
        match line.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_ascii_lowercase(), value.to_owned())),
            None => break,
        }
    }
    let mut reply = Reply {
        status,
        headers,
        body: Vec::new(),
        whole: true,
    };
    if head || status == 304 {
        return Ok(reply);
    }
    if reply.header("transfer-encoding") == Some("chunked") {
        loop {
            line.clear();
            reader.read_line(&mut line)?;
            let Ok(length) = u64::from_str_radix(line.trim(), 16) else {
                reply.whole = false;
                break;
            };
            let got = (&mut reader).take(length).read_to_end(&mut reply.body)?;
            reader.read_line(&mut line)?;
            if length == 0 || (got as u64) < length {
                reply.whole = length == 0;
                break;
            }
        }
    } else {
        let length = reply
            .header("content-length")
            .map_or(0, |length| length.parse().unwrap());
        let got = reader.take(length).read_to_end(&mut reply.body)?;
        reply.whole = got as u64 == length;
    }
    Ok(reply)
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
        .set_write_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream
}

/// Sends bytes, and reads one answer.
#[track_caller]
pub(crate) fn raw(address: SocketAddr, request: &[u8]) -> Reply {
    let mut stream = connect(address);
    stream.write_all(request).unwrap();
    read_reply(stream, request.starts_with(b"HEAD")).unwrap()
}

#[track_caller]
pub(crate) fn send(
    address: SocketAddr,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
) -> Reply {
    let mut request =
        format!("{method} {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    request += "\r\n";
    raw(address, request.as_bytes())
}

/// A store in a folder of its own.
pub(crate) struct Shelf {
    pub(crate) folder: TempDir,
}

impl Shelf {
    pub(crate) fn new() -> Shelf {
        let shelf = Shelf {
            folder: tempfile::tempdir().unwrap(),
        };
        drop(shelf.open());
        shelf
    }

    pub(crate) fn db(&self) -> PathBuf {
        self.folder.path().join("feed.db")
    }

    pub(crate) fn open(&self) -> Store {
        Store::open(&self.db()).unwrap()
    }

    pub(crate) fn put(&self, indicators: &[Indicator]) -> Changes {
        self.put_at("test", indicators, now())
    }

    pub(crate) fn put_at(
        &self,
        source: &str,
        indicators: &[Indicator],
        at: DateTime<Utc>,
    ) -> Changes {
        ingest::put(
            &mut self.open(),
            source,
            false,
            indicators,
            Confidence::Medium,
            at,
        )
        .unwrap()
    }

    pub(crate) fn key(&self, plan: &str) -> String {
        keys::create(&self.open(), plan, None, None, Utc::now())
            .unwrap()
            .0
    }

    pub(crate) fn serve(&self, config: &str) -> Server {
        self.serve_with(|options| options.config = Config::from_yaml(config).unwrap())
    }

    pub(crate) fn serve_with(&self, change: impl FnOnce(&mut Options)) -> Server {
        let mut options = Options::new(self.db());
        options.metrics_bind = Some("127.0.0.1:0".to_owned());
        change(&mut options);
        Server {
            pro: self.key("pro"),
            free: self.key("free"),
            running: start(options).unwrap(),
        }
    }
}

pub(crate) struct Server {
    pub(crate) running: Running,
    pub(crate) pro: String,
    pub(crate) free: String,
}

impl Server {
    pub(crate) fn address(&self) -> SocketAddr {
        self.running.address()
    }

    /// The counters.
    #[track_caller]
    pub(crate) fn metrics(&self) -> String {
        let address = self.running.metrics_address().unwrap();
        let reply = send(address, "GET", "/metrics", &[]);
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.text().to_owned()
    }

    /// GET with the Pro key.
    #[track_caller]
    pub(crate) fn get(&self, target: &str) -> Reply {
        self.get_as(&self.pro, target)
    }

    #[track_caller]
    pub(crate) fn get_as(&self, key: &str, target: &str) -> Reply {
        send(
            self.address(),
            "GET",
            target,
            &[("authorization", &format!("Bearer {key}"))],
        )
    }

    #[track_caller]
    pub(crate) fn get_with(&self, target: &str, headers: &[(&str, &str)]) -> Reply {
        let mut all = vec![("x-api-key", self.pro.as_str())];
        all.extend(headers);
        send(self.address(), "GET", target, &all)
    }
}

pub(crate) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

pub(crate) fn indicator(value: &str) -> Indicator {
    Indicator::new(parse(value).unwrap())
}

/// Addresses that may be in a feed: the first ones of 198.18.0.0/15.
pub(crate) fn addresses(count: u32) -> Vec<Indicator> {
    let address = |n: u32| indicator(&std::net::Ipv4Addr::from(0xC612_0001 + n).to_string());
    (0..count).map(address).collect()
}

pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect()
}
