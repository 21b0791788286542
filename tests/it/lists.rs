//! What must never alert: which entry of which kind of list drops which indicator, and which it does not.

use std::fs;
use std::path::Path;

use super::list_run::{Verdict, list, lists, verdict};
use serde_json::json;
use socdef_sigma::lists::Lists;

const ON: Verdict = Verdict::On;
const WITHIN: Verdict = Verdict::Within;
const KEEP: Verdict = Verdict::Keep;

const IPS: &str = "ip-src ip-dst domain|ip ip-src|port ip-dst|port";
const NAMES: &str = "domain hostname domain|ip";
const WEB: &str = "domain hostname domain|ip url";

/// `(type, matching attributes, entry, indicator, verdict)`; no attributes are all.
#[rustfmt::skip]
const TABLE: &[(&str, &str, &str, &str, Verdict)] = &[
    // Addresses and networks, both ways.
    ("cidr", IPS, "8.8.8.8", "8.8.8.8", ON),
    ("cidr", IPS, "8.8.8.8", "8.8.8.8:53", ON),
    ("cidr", IPS, "8.8.8.8", "8.8.8.9", KEEP),
    ("cidr", IPS, "8.8.8.8/32", "008.008.008.008", ON),
    ("cidr", IPS, "8.8.8.8", "::ffff:8.8.8.8", ON),
    ("cidr", IPS, "8.8.8.8", "8.8.8.0/24", WITHIN),
    ("cidr", IPS, "8.8.8.8", "8.8.9.0/24", KEEP),
    ("cidr", IPS, "104.16.0.0/13", "104.23.255.255", ON),
    ("cidr", IPS, "104.16.0.0/13", "104.24.0.0", KEEP),
    ("cidr", IPS, "104.16.0.0/13", "104.15.255.255", KEEP),
    ("cidr", IPS, "104.16.0.0/13", "104.16.4.0/24", ON),
    ("cidr", IPS, "104.16.0.0/13", "104.16.0.0/13", ON),
    ("cidr", IPS, "104.16.0.0/13", "104.0.0.0/11", WITHIN),
    ("cidr", IPS, "104.16.9.9/13", "104.17.0.1", ON),
    ("cidr", IPS, "104.16.0.0/255.248.0.0", "104.17.0.1", ON),
    ("cidr", IPS, "2606:4700::/32", "2606:4700::6810:84e5", ON),
    ("cidr", IPS, "2606:4700::/32", "[2606:4700::1]:443", ON),
    ("cidr", IPS, "2606:4700::/32", "2606:4701::1", KEEP),
    ("cidr", IPS, "2606:4700::/32", "2606:4700:10::/48", ON),
    ("cidr", IPS, "2606:4700::/32", "2606::/16", WITHIN),
    ("cidr", IPS, "2001:4860:4860:0:0:0:0:8888", "2001:4860:4860::8888", ON),
    ("cidr", IPS, "FE80::/10", "fe80::1%eth0", ON),
    ("cidr", IPS, "::/1", "8.8.8.8", KEEP),
    ("cidr", IPS, "0.0.0.0/1", "2606:4700::1", KEEP),
    // A URL on an address: the root says no more than the address, a path does.
    ("cidr", IPS, "104.16.0.0/13", "http://104.16.1.1/", ON),
    ("cidr", IPS, "104.16.0.0/13", "https://104.16.1.1:8443", ON),
    ("cidr", IPS, "104.16.0.0/13", "http://104.16.1.1/a.sh", KEEP),
    ("cidr", IPS, "104.16.0.0/13", "http://104.16.1.1/?a=1", KEEP),
    ("cidr", IPS, "2606:4700::/32", "http://[2606:4700::1]/", ON),
    ("cidr", IPS, "2606:4700::/32", "http://[2606:4700::1]/a", KEEP),
    ("cidr", "url", "104.16.0.0/13", "http://104.16.1.1/", ON),
    ("cidr", "url", "104.16.0.0/13", "104.16.1.1", KEEP),
    // Names: at, below and above.
    ("hostname", WEB, "github.com", "github.com", ON),
    ("hostname", WEB, "GitHub.COM.", "github.com", ON),
    ("hostname", WEB, ".github.com", "GITHUB.com.", ON),
    ("hostname", WEB, "*.github.com", "github.com", ON),
    ("hostname", WEB, "github.com", "github.com:443", ON),
    ("hostname", WEB, "github.com:443", "github.com", ON),
    ("hostname", WEB, "github[.]com", "github.com", ON),
    ("hostname", WEB, "https://github.com/", "github.com", ON),
    ("hostname", WEB, "github.com", "raw.github.com", ON),
    ("hostname", WEB, "github.com", "a.b.c.github.com", ON),
    ("hostname", WEB, "github.com", "notgithub.com", KEEP),
    ("hostname", WEB, "github.com", "github.com.evil.example", KEEP),
    ("hostname", WEB, "github.com", "github.co", KEEP),
    ("hostname", WEB, "ok.evil.example", "evil.example", WITHIN),
    ("hostname", WEB, "a.b.evil.example", "evil.example", WITHIN),
    ("hostname", WEB, "ok.evil.example", "bad.evil.example", KEEP),
    ("hostname", WEB, "www.bbc.co.uk", "co.uk", WITHIN),
    ("hostname", WEB, "onion", "a.onion", ON),
    ("hostname", WEB, "bücher.example", "xn--bcher-kva.example", ON),
    ("hostname", WEB, "XN--BCHER-KVA.example", "shop.bücher.example", ON),
    ("hostname", WEB, "рф", "evil.xn--p1ai", ON),
    ("hostname", WEB, "_dmarc.evil.example", "_dmarc.evil.example", ON),
    ("hostname", WEB, "8.8.8.8", "8.8.8.8", ON),
    // A URL on a name.
    ("hostname", WEB, "githubusercontent.com", "raw.githubusercontent.com", ON),
    ("hostname", WEB, "githubusercontent.com", "https://raw.githubusercontent.com/", ON),
    ("hostname", WEB, "githubusercontent.com", "https://RAW.githubusercontent.com.", ON),
    ("hostname", WEB, "githubusercontent.com", "https://raw.githubusercontent.com:8443/", ON),
    ("hostname", WEB, "githubusercontent.com", "https://raw.githubusercontent.com/evil/a.ps1", KEEP),
    ("hostname", WEB, "githubusercontent.com", "https://raw.githubusercontent.com/?a", KEEP),
    ("hostname", WEB, "githubusercontent.com", "https://raw.githubusercontent.com//", KEEP),
    ("hostname", WEB, "ok.evil.example", "http://evil.example/", KEEP),
    ("hostname", NAMES, "github.com", "https://github.com/", ON),
    ("hostname", "url", "github.com", "https://github.com/", ON),
    ("hostname", "URL", "github.com", "https://github.com/", ON),
    ("hostname", "url", "github.com", "github.com", KEEP),
    // E-mail addresses.
    ("hostname", "", "gmail.com", "a@gmail.com", KEEP),
    ("hostname", WEB, "gmail.com", "a@gmail.com", KEEP),
    ("hostname", "domain email-src", "gmail.com", "a@gmail.com", ON),
    ("hostname", "email", "gmail.com", "a@mail.gmail.com", ON),
    ("hostname", "email", "gmail.com", "a@notgmail.com", KEEP),
    ("hostname", "email", "gmail.com", "gmail.com", KEEP),
    ("string", "email-src", "Abuse@GitHub.com", "abuse@github.com", ON),
    ("string", "email-src", "github.com", "abuse@github.com", KEEP),
    ("string", NAMES, "abuse@github.com", "abuse@github.com", KEEP),
    // Whole values.
    ("string", WEB, "google.com", "google.com", ON),
    ("string", WEB, "google.com", "mail.google.com", KEEP),
    ("string", WEB, "www.google.com", "google.com", WITHIN),
    ("string", WEB, "google.com", "http://google.com/", ON),
    ("string", WEB, "google.com", "http://google.com/url?q=a", KEEP),
    ("string", "", "8.8.8.8", "8.8.8.8", ON),
    ("string", "", "8.8.8.8", "8.8.0.0/16", WITHIN),
    ("string", "", "1.1.1.0/24", "1.1.1.1", ON),
    ("string", NAMES, "COM", "evil.com", KEEP),
    ("string", "url", "https://evil.example/A", "https://evil.example/A", ON),
    ("string", "url", "https://evil.example/A", "http://evil.example/a", ON),
    ("string", "url", "https://evil.example:8443/a", "https://evil.example/a", ON),
    ("string", "url", "https://evil.example/a", "https://evil.example/a/", KEEP),
    ("string", "url", "https://evil.example/a", "https://evil.example/a?b", KEEP),
    ("string", "md5 filename|md5", "D41D8CD98F00B204E9800998ECF8427E", "d41d8cd98f00b204e9800998ecf8427e", ON),
    ("string", "filename|sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709", "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709", ON),
    ("string", "sha256", "d41d8cd98f00b204e9800998ecf8427e", "d41d8cd98f00b204e9800998ecf8427e", KEEP),
    ("string", "vulnerability", "cve-2017-0144", "CVE-2017-0144", ON),
    ("string", "md5 ssdeep", "3::", "3::", KEEP),
    ("string", "AS", "evil.example", "evil.example", KEEP),
    // Parts, and expressions.
    ("substring", WEB, "virustotal.com", "virustotal.com", ON),
    ("substring", WEB, "VirusTotal.com", "www.virustotal.com", ON),
    ("substring", WEB, "virustotal.com", "http://evil.example/?r=www.VirusTotal.com", ON),
    ("substring", WEB, "virustotal.com", "virustotal.co", KEEP),
    ("substring", NAMES, "virustotal.com", "http://virustotal.com/a", KEEP),
    ("substring", NAMES, "virustotal.com", "http://virustotal.com/", ON),
    ("substring", WEB, "bücher.example", "shop.bücher.example", ON),
    ("substring", "", "8.8.8.", "8.8.8.200", ON),
    ("regex", "email-src email-dst", r"/^(security|noc|soc|abuse)\@.*\..*$/i", "Abuse@evil.example", ON),
    ("regex", "email-src email-dst", r"/^(security|noc|soc|abuse)\@.*\..*$/i", "not-abuse@evil.example", KEEP),
    ("regex", WEB, r"/^[a-z0-9-]+\.cloudfront\.net$/", "d111111abcdef8.cloudfront.net", ON),
    ("regex", WEB, r"/^[a-z0-9-]+\.cloudfront\.net$/", "http://d1.cloudfront.net/", ON),
    ("regex", WEB, r"/^[a-z0-9-]+\.cloudfront\.net$/", "http://d1.cloudfront.net/a.exe", KEEP),
    ("regex", "ip-src ip-dst", r"/\.cloudfront\.net$/", "d1.cloudfront.net", KEEP),
    ("regex", "domain|ip", r"/\.cloudfront\.net$/", "d1.cloudfront.net", ON),
    ("regex", "", r"/EVIL/", "evil.example", ON),
];

#[test]
fn each_entry_drops_what_its_kind_of_list_says() {
    let mut wrong = Vec::new();
    for (kind, attributes, entry, value, expected) in TABLE {
        let lists = lists(&[list("One", kind, attributes, &[entry])]);
        assert_eq!(lists.notes(), [], "{entry}");
        let found = verdict(&lists, value);
        if found != *expected {
            wrong.push(format!("{kind} {attributes} {entry} {value}: {found:?}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

/// `(line, indicator, verdict)`
const ALLOWED: &[(&str, &str, Verdict)] = &[
    ("corp.example", "corp.example", ON),
    ("corp.example", "www.corp.example", ON),
    ("*.corp[.]example", "corp.example", ON),
    ("www.corp.example", "corp.example", WITHIN),
    ("corp.example", "https://www.corp.example/", ON),
    ("corp.example", "https://www.corp.example/a", KEEP),
    ("corp.example", "ceo@corp.example", KEEP),
    ("@corp.example", "ceo@corp.example", ON),
    ("@corp.example", "ceo@mail.corp.example", ON),
    ("@corp.example", "corp.example", KEEP),
    ("CEO@corp.example", "ceo@corp.example", ON),
    ("printer.corp-lan", "http://printer.corp-lan/", ON),
    ("198.51.100.0/24", "198.51.100.7", ON),
    ("198.51.100[.]7:443", "198.51.100.0/24", WITHIN),
    ("2001:db8::/32", "2001:db8::1", ON),
    (
        "hxxps://corp[.]example/health",
        "http://corp.example/health",
        ON,
    ),
    (
        "https://corp.example/health",
        "http://corp.example/healthy",
        KEEP,
    ),
    ("https://corp.example/health", "corp.example", KEEP),
    (
        "SHA1:DA39A3EE5E6B4B0D3255BFEF95601890AFD80709",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        ON,
    ),
    ("CVE-2017-0144", "cve-2017-0144", ON),
];

#[test]
fn each_line_of_an_allow_list_drops_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("allow.txt");
    for (line, value, expected) in ALLOWED {
        fs::write(&path, format!("# ours\n{line} # a comment\n")).unwrap();
        let lists = Lists::load(&[] as &[&Path], &[&path]).unwrap();
        assert_eq!(verdict(&lists, value), *expected, "{line} {value}");
    }
}

#[test]
fn a_drop_names_the_entry_as_written_its_list_and_its_version() {
    let folder = tempfile::tempdir().unwrap();
    let allow = folder.path().join("ours.txt");
    fs::write(&allow, "Corp[.]example\nhttps://both.example/\n").unwrap();
    let warning = folder.path().join("list.json");
    let document = json!({
        "name": "Popular names", "version": 20_260_517, "type": "hostname",
        "list": {"WWW.Popular.example.": "a comment", "both.example": ""},
    });
    fs::write(&warning, document.to_string()).unwrap();
    let lists = Lists::load(&[&warning], &[&allow]).unwrap();
    let said = |value: &str| {
        let ioc = socdef_sigma::indicator::parse(value).unwrap().ioc;
        let refusal = lists.refusal(&ioc).unwrap();
        let words = refusal.to_string();
        format!("{} {}", refusal.reason.code(), words)
    };
    assert_eq!(
        said("a.www.popular.example"),
        "warninglisted on a warninglist: `WWW.Popular.example.` in `Popular names`, version 20260517"
    );
    assert_eq!(
        said("popular.example"),
        "warninglisted on a warninglist: `WWW.Popular.example.` in `Popular names`, version 20260517, which its rule would match"
    );
    assert_eq!(
        said("corp.example"),
        format!(
            "allowed on the user's own allow list: `Corp[.]example` in `{}`",
            allow.display()
        )
    );
    // The user's own word goes first.
    assert!(said("http://both.example/").starts_with("allowed "));
    assert!(said("both.example").starts_with("warninglisted "));
}

#[test]
fn lists_are_as_one_and_the_first_that_holds_a_value_is_named() {
    let lists = lists(&[
        list("Hashes", "string", "md5", &["evil.example", "8.8.8.8"]),
        list("Exact", "string", WEB, &["evil.example"]),
        list("Tree", "hostname", WEB, &["evil.example"]),
        list("Wide", "cidr", IPS, &["8.8.0.0/16"]),
        list("Narrow", "cidr", IPS, &["8.8.8.8", "8.8.8.0/24"]),
    ]);
    let named = |value: &str| {
        let ioc = socdef_sigma::indicator::parse(value).unwrap().ioc;
        lists.refusal(&ioc).unwrap().to_string()
    };
    assert!(named("www.evil.example").contains("`Tree`"));
    // The list that says most of a name is named: the tree.
    assert!(named("evil.example").contains("`Tree`"));
    assert!(named("8.8.8.8").contains("`8.8.0.0/16` in `Wide`"));
}

/// What is here is as upstream has it, and is counted by other means.
#[test]
fn the_lists_of_misp_are_read_whole() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/warninglists");
    let lists = Lists::load(&[&folder], &[] as &[&Path]).unwrap();
    let mut entries = 0;
    for name in fs::read_dir(folder.join("lists")).unwrap() {
        let text = fs::read_to_string(name.unwrap().path().join("list.json")).unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        entries += document["list"].as_array().unwrap().len();
    }
    assert_eq!(lists.len(), entries);
    assert_eq!(lists.notes(), []);
    for (value, expected) in [
        ("172.20.0.1", ON),
        ("172.0.0.0/8", WITHIN),
        ("239.1.1.1", ON),
        ("104.16.132.229", ON),
        ("2606:4700::6810:84e5", ON),
        ("http://104.16.132.229/payload", KEEP),
        ("0f343b0931126a20f133d67c2b018a3b", ON),
        ("app.any.run", ON),
        ("https://app.any.run/tasks/1", ON),
        ("any.run", KEEP),
        ("evil.example", KEEP),
        ("evil.com", KEEP),
        ("198.51.100.7", KEEP),
    ] {
        assert_eq!(verdict(&lists, value), expected, "{value}");
    }
}

/// Not a measurement: each of half a million entries is found by itself, and none by its neighbour. `examples/lists_speed.rs` measures.
#[test]
fn half_a_million_entries_are_each_found() {
    let names: Vec<String> = (0..400_000)
        .map(|n| format!("h{n}.d{}.example", n % 1000))
        .collect();
    let nets: Vec<String> = (0..100_000u32)
        .map(|n| format!("{}/30", std::net::Ipv4Addr::from(0x2000_0000 + n * 8)))
        .collect();
    let texts = |all: &[String]| {
        all.iter()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let lists = lists(&[
        list(
            "Names",
            "hostname",
            "",
            &texts(&names).split('\n').collect::<Vec<_>>(),
        ),
        list(
            "Nets",
            "cidr",
            "",
            &texts(&nets).split('\n').collect::<Vec<_>>(),
        ),
    ]);
    assert_eq!(lists.len(), 500_000);
    for n in (0..400_000).step_by(997) {
        assert_eq!(
            verdict(&lists, &format!("x.h{n}.d{}.example", n % 1000)),
            ON
        );
        assert_eq!(
            verdict(&lists, &format!("h{n}.d{}.example", (n + 1) % 1000)),
            KEEP
        );
        assert_eq!(verdict(&lists, &format!("d{}.example", n % 1000)), WITHIN);
    }
    for n in (0..100_000u32).step_by(499) {
        let net = 0x2000_0000 + n * 8;
        let address = |at: u32| std::net::Ipv4Addr::from(net + at).to_string();
        assert_eq!(verdict(&lists, &address(3)), ON);
        assert_eq!(verdict(&lists, &address(4)), KEEP);
        assert_eq!(verdict(&lists, &format!("{}/29", address(0))), WITHIN);
        assert_eq!(verdict(&lists, &format!("{}/30", address(4))), KEEP);
    }
}
