//! What lists cost: `cargo run --release --no-default-features --example lists_speed`.
//!
//! Prints how long half a million entries take to load, and what asking costs for each indicator, beside a scan of the entries in turn.

#![allow(clippy::print_stdout, clippy::unwrap_used)]

use std::hint::black_box;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};

use serde_json::json;
use socdef_sigma::indicator::parse;
use socdef_sigma::lists::Lists;

const NAMES: u32 = 350_000;
const NETWORKS: u32 = 100_000;
const HASHES: u32 = 50_000;
const ASKED: u32 = 100_000;

fn name(n: u32) -> String {
    format!("host{n}.zone{}.example", n % 5000)
}

fn network(n: u32) -> String {
    let address = Ipv4Addr::from(0x2000_0000 + n * 512);
    format!("{address}/24")
}

fn hash(n: u32) -> String {
    format!("{n:064x}")
}

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, kind: &str, entries: Vec<String>| {
        let list = json!({"name": name, "version": 1, "type": kind, "list": entries});
        std::fs::write(folder.path().join(format!("{name}.json")), list.to_string()).unwrap();
    };
    write("names", "hostname", (0..NAMES).map(name).collect());
    write("networks", "cidr", (0..NETWORKS).map(network).collect());
    write("hashes", "string", (0..HASHES).map(hash).collect());
    let parts = (0..1000).map(|n| format!("part{n}.of.a.name")).collect();
    write("parts", "substring", parts);
    let patterns = (0..100).map(|n| format!("/^pattern{n}[a-z]+\\.example$/i"));
    write("patterns", "regex", patterns.collect());

    let start = Instant::now();
    let lists = Lists::load(&[folder.path()], &[] as &[&str]).unwrap();
    println!("{} entries loaded in {:.0?}", lists.len(), start.elapsed());

    let listed: Vec<String> = (0..NAMES).map(name).collect();
    for (what, value) in kinds() {
        let iocs: Vec<_> = (0..ASKED).map(|n| parse(&value(n)).unwrap().ioc).collect();
        let start = Instant::now();
        let dropped = iocs
            .iter()
            .filter(|ioc| black_box(lists.refusal(ioc)).is_some())
            .count();
        let each = start.elapsed() / ASKED;
        println!("{what:<34} {each:>9.0?} each, {dropped:>6} of {ASKED} dropped");
    }
    println!(
        "a scan of the names in turn        {:>9.0?} each",
        scan(&listed)
    );
}

type Value = fn(u32) -> String;

fn kinds() -> [(&'static str, Value); 8] {
    [
        ("a listed domain", |n| name(n * 3)),
        ("a domain below a listed one", |n| {
            format!("www.{}", name(n * 3))
        }),
        ("a domain above listed ones", |n| {
            format!("zone{}.example", n % 5000)
        }),
        ("another domain", |n| format!("evil{n}.example.com")),
        ("a listed address", |n| {
            Ipv4Addr::from(0x2000_0007 + n * 512).to_string()
        }),
        ("another address", |n| {
            Ipv4Addr::from(0x2000_0107 + n * 512).to_string()
        }),
        ("another hash", |n| format!("{:064x}", n + HASHES)),
        ("a URL with a path", |n| {
            format!("https://{}/a/b.php?id={n}", name(n * 3))
        }),
    ]
}

/// The oracle: each name in turn.
fn scan(listed: &[String]) -> Duration {
    const ASKED: u32 = 20;
    let start = Instant::now();
    for n in 0..ASKED {
        let value = format!("evil{n}.example.com");
        let hit = listed
            .iter()
            .any(|name| value == *name || value.ends_with(&format!(".{name}")));
        black_box(hit);
    }
    start.elapsed() / ASKED
}
