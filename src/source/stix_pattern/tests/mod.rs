use super::fault::MAX_DEPTH;
use super::reading::MAX_PORTS;
use super::*;
use crate::indicator::Expect;

mod properties;

/// What a pattern gives, one line for each reading.
fn read(pattern: &str) -> Vec<String> {
    readings(pattern)
        .into_iter()
        .map(|reading| match reading {
            Reading::Refused { text, refusal } => format!(
                "{} {} | {text}",
                refusal.reason.code(),
                refusal.detail.unwrap_or_default()
            ),
            Reading::Value(value) => {
                let mut line = match value.expect {
                    Expect::Type(kind) => kind.to_string(),
                    other => format!("{other:?}").to_lowercase(),
                };
                if let Some(role) = value.role {
                    line += &format!(" {role:?}").to_lowercase();
                }
                line += &format!(" {}", value.text);
                for port in value.ports {
                    line += &format!(" :{port}");
                }
                line
            }
        })
        .collect()
}

const UNSUPPORTED: &str = "pattern_not_supported";

#[test]
fn every_object_path_says_what_its_value_is() {
    for (path, expected) in [
        ("ipv4-addr:value", "ipv4 V"),
        ("ipv6-addr:value", "ipv6 V"),
        ("domain-name:value", "domain V"),
        ("domain-name:resolves_to_refs[*].value", "host V"),
        ("hostname:value", "host V"),
        ("url:value", "url V"),
        ("email-addr:value", "email V"),
        ("email-message:from_ref.value", "email sender V"),
        ("email-message:sender_ref.value", "email sender V"),
        ("email-message:to_refs[*].value", "email recipient V"),
        ("email-message:cc_refs[0].value", "email recipient V"),
        ("network-traffic:dst_ref.value", "host V"),
        ("network-traffic:src_ref.value", "host V"),
        ("file:hashes.'SHA-256'", "sha256 V"),
        ("file:hashes.\"SHA-256\"", "sha256 V"),
        ("file:hashes.SHA-256", "sha256 V"),
        ("file:hashes.SHA256", "sha256 V"),
        ("file:hashes.'SHA-1'", "sha1 V"),
        ("file:hashes.sha1", "sha1 V"),
        ("file:hashes.\"MD5\"", "md5 V"),
        ("file:hashes.MD5", "md5 V"),
        ("file:content_ref.hashes.MD5", "md5 V"),
        ("process:image_ref.hashes.'SHA-1'", "sha1 V"),
        (
            "email-message:body_multipart[*].body_raw_ref.hashes.MD5",
            "md5 V",
        ),
    ] {
        assert_eq!(read(&format!("[{path} = 'V']")), [expected], "{path}");
        assert_eq!(read(&format!("[{path}='V']")), [expected], "{path}");
        assert_eq!(read(&format!("[{path} == \"V\"]")), [expected], "{path}");
    }
}

#[test]
fn another_object_alone_is_refused_with_its_path() {
    for path in [
        "mutex:name",
        "file:hashes.'SHA-512'",
        "file:hashes.ssdeep",
        "file:extensions.'windows-pebinary-ext'.sections[*].hashes.MD5",
        "x509-certificate:hashes.'SHA-1'",
        "network-traffic:dst_port",
        "vulnerability:name",
        "x-vendor-thing:value",
        "email-message:subject",
    ] {
        assert_eq!(
            read(&format!("[{path} = 'V']")),
            [format!("unsupported_type {path} | V")]
        );
    }
    assert_eq!(
        read("[mutex:name IN ('a', 'b')]"),
        [
            "unsupported_type mutex:name | a",
            "unsupported_type mutex:name | b"
        ]
    );
    assert_eq!(
        read("[mutex:name = 'a' AND file:size = 5]"),
        ["unsupported_type mutex:name | mutex:name = 'a' AND file:size = 5"]
    );
}

#[test]
fn alternatives_stand_inside_and_between_brackets() {
    let expected = ["domain a", "domain b", "ipv4 c"];
    for pattern in [
        "[domain-name:value = 'a' OR domain-name:value = 'b' OR ipv4-addr:value = 'c']",
        "[domain-name:value = 'a'] OR [domain-name:value = 'b'] OR [ipv4-addr:value = 'c']",
        "([domain-name:value = 'a'] or ([domain-name:value = 'b' or (ipv4-addr:value = 'c')]))",
        "[domain-name:value IN ('a', 'b')] OR [ipv4-addr:value IN ('c')]",
        "[domain-name:value = 'a'] AND [domain-name:value = 'b'] AND [ipv4-addr:value = 'c']",
        "[domain-name:value = 'a' AND domain-name:value = 'b' AND ipv4-addr:value = 'c']",
    ] {
        assert_eq!(read(pattern), expected, "{pattern}");
    }
}

#[test]
fn what_stands_beside_a_value_is_left_out_and_ports_are_kept() {
    assert_eq!(
        read(
            "[file:name = 'x.exe' AND file:hashes.MD5 = 'm' AND file:hashes.'SHA-256' = 's' AND file:hashes.'SHA-512' = 'l']"
        ),
        ["md5 m", "sha256 s"]
    );
    assert_eq!(
        read(
            "[network-traffic:dst_ref.type = 'ipv4-addr' AND network-traffic:dst_ref.value = 'a' AND network-traffic:dst_port = 443 AND network-traffic:src_port = 5]"
        ),
        ["host a :443"]
    );
    assert_eq!(
        read(
            "[network-traffic:src_ref.value = 'a' AND network-traffic:src_port = '5' AND network-traffic:dst_port = 22]"
        ),
        ["host a :5"]
    );
    assert_eq!(
        read("[domain-name:value = 'a' AND network-traffic:dst_port IN (80, 443)]"),
        ["domain a :80 :443"]
    );
    assert_eq!(
        read(
            "[ipv4-addr:value = 'a' AND (network-traffic:dst_port = 80 OR network-traffic:dst_port = 0)]"
        ),
        ["ipv4 a :80"]
    );
    // Each connection has its own port.
    assert_eq!(
        read(
            "[ipv4-addr:value = 'a' AND network-traffic:dst_port = 80] AND [ipv4-addr:value = 'b' AND network-traffic:dst_port = 443]"
        ),
        ["ipv4 a :80", "ipv4 b :443"]
    );
    assert_eq!(
        read(
            "[(ipv4-addr:value = 'a' OR ipv4-addr:value = 'b') AND network-traffic:dst_port = 80]"
        ),
        ["ipv4 a :80", "ipv4 b :80"]
    );
}

#[test]
fn and_binds_tighter_than_or() {
    assert_eq!(
        read(
            "[ipv4-addr:value = 'a' OR ipv4-addr:value = 'b' AND network-traffic:dst_port = 80 OR ipv4-addr:value = 'c']"
        ),
        ["ipv4 a", "ipv4 b :80", "ipv4 c"]
    );
}

#[test]
fn more_than_equality_is_never_a_value() {
    for (test, because) in [
        ("domain-name:value != 'a'", "!="),
        ("domain-name:value <> 'a'", "<>"),
        ("domain-name:value NOT = 'a'", "NOT"),
        ("NOT domain-name:value = 'a'", "NOT"),
        (
            "NOT (domain-name:value = 'a' OR domain-name:value = 'b')",
            "NOT",
        ),
        ("domain-name:value NOT IN ('a', 'b')", "NOT"),
        ("domain-name:value LIKE 'a%'", "LIKE"),
        ("domain-name:value like 'a%'", "LIKE"),
        ("domain-name:value MATCHES '^a'", "MATCHES"),
        ("ipv4-addr:value ISSUPERSET '198.51.100.7'", "ISSUPERSET"),
        ("domain-name:value ISSUBSET 'a'", "ISSUBSET"),
        ("file:size > 5", ">"),
        ("file:size <= 5", "<="),
        ("EXISTS domain-name:value", "EXISTS"),
        ("NOT EXISTS domain-name:value", "NOT"),
    ] {
        // Alone it is the whole pattern, and under OR it costs itself only.
        let alone = format!("{UNSUPPORTED} {because} | {test}");
        assert_eq!(read(&format!("[{test}]")), [alone.as_str()]);
        for pattern in [
            format!("[url:value = 'u' OR {test}]"),
            format!("[url:value = 'u'] OR [{test}]"),
        ] {
            assert_eq!(read(&pattern), ["url u", alone.as_str()], "{pattern}");
        }
        // Under AND the producer narrows the value: the value alone would match more.
        let group = format!("url:value = 'u' AND {test}");
        let refused = format!("{UNSUPPORTED} {because} beside AND | {group}");
        assert_eq!(read(&format!("[{group}]")), [refused.as_str()]);
        assert_eq!(
            read(&format!("[{group} OR url:value = 'v']")),
            [refused.as_str(), "url v"]
        );
        let group = format!("[url:value = 'u'] AND [{test}]");
        let refused = format!("{UNSUPPORTED} {because} beside AND | {group}");
        assert_eq!(read(&group), [refused.as_str()]);
        let group = format!("(url:value = 'u' OR {test}) AND url:value = 'w'");
        let refused = format!("{UNSUPPORTED} {because} beside AND | {group}");
        assert_eq!(read(&format!("[{group}]")), [refused.as_str()]);
    }
}

#[test]
fn a_sequence_is_never_a_value() {
    let sequence = "[url:value = 'u'] FOLLOWEDBY [url:value = 'v'] OR [url:value = 'w']";
    assert_eq!(
        read(sequence),
        [format!("{UNSUPPORTED} FOLLOWEDBY | {sequence}")]
    );
    assert_eq!(
        read("[url:value = 'u'] OR ([url:value = 'v'] FOLLOWEDBY [url:value = 'w'])"),
        [
            "url u".to_owned(),
            format!("{UNSUPPORTED} FOLLOWEDBY | [url:value = 'v'] FOLLOWEDBY [url:value = 'w']")
        ]
    );
    let group = "[url:value = 'u'] AND ([url:value = 'v'] FOLLOWEDBY [url:value = 'w'])";
    assert_eq!(
        read(group),
        [format!("{UNSUPPORTED} FOLLOWEDBY beside AND | {group}")]
    );
}

#[test]
fn an_address_in_a_network_is_the_network() {
    assert_eq!(
        read(
            "[ipv4-addr:value ISSUBSET '198.51.100.0/24' OR ipv6-addr:value ISSUBSET '2001:db8::/32' OR network-traffic:dst_ref.value ISSUBSET '203.0.113.0/24']"
        ),
        [
            "ipv4 198.51.100.0/24",
            "ipv6 2001:db8::/32",
            "address 203.0.113.0/24"
        ]
    );
}

#[test]
fn qualifiers_and_comments_are_read_over() {
    for pattern in [
        "[url:value = 'u'] REPEATS 5 TIMES WITHIN 1800 SECONDS",
        "([url:value = 'u'] WITHIN 0.5 SECONDS)",
        "[url:value = 'u'] START t'2024-01-01T00:00:00Z' STOP t'2024-02-01T00:00:00Z'",
        "[url:value = 'u'] START '2024-01-01T00:00:00Z' STOP '2024-02-01T00:00:00Z'",
        "\u{a0}[ /* the\n \u{feff} panel */ url : value // an address\n = 'u' ]\n",
    ] {
        assert_eq!(read(pattern), ["url u"], "{pattern}");
    }
}

#[test]
fn literals_undo_their_escapes() {
    for (literal, value) in [
        (r"'it\'s'", "it's"),
        (r"'\''", "'"),
        (r"'C:\\a\\'", r"C:\a\"),
        (r"'C:\temp'", r"C:\temp"),
        (r#"'say "a"'"#, r#"say "a""#),
        (r#""say \"a\"""#, r#"say "a""#),
        ("'//no comment'", "//no comment"),
        ("'żółć ] OR ['", "żółć ] OR ["),
        ("''", ""),
        ("-5", "-5"),
        ("1.5", "1.5"),
        ("true", "true"),
        ("h'ff'", "ff"),
    ] {
        assert_eq!(
            read(&format!("[url:value = {literal}]")),
            [format!("url {value}")]
        );
    }
}

#[test]
fn a_broken_pattern_says_where() {
    for (pattern, detail) in [
        ("url:value = 'u'", "`[` is missing at byte 0"),
        ("[url:value = 'u'", "`]` is missing at byte 16"),
        ("[url:value = 'u]", "a quote without its partner at byte 13"),
        ("[url:value 'u']", "an operator is missing at byte 11"),
        ("[url:value IS 'u']", "an unknown operator at byte 11"),
        ("[url:value = ]", "a value is missing"),
        ("[url:value IN ()]", "a value is missing"),
        ("[url:value IN ('u']", "`)` is missing"),
        ("[url = 'u']", "`:` is missing at byte 5"),
        ("[url:value[] = 'u']", "an index is missing"),
        ("[url:value = 'u' OR]", "an object path is missing"),
        (
            "[url:value = 'u'] [url:value = 'v']",
            "something unexpected behind the pattern at byte 18",
        ),
        (
            "[url:value = 'u'] WITHIN 5 TIMES",
            "an unfinished qualifier",
        ),
        ("[url:value = u]", "a value is missing"),
        ("[url:value = 'u' /*]", "a comment without an end"),
        ("[url:value = 'u' /*/]", "a comment without an end"),
        ("[url:value ~ 'u']", "an unexpected character at byte 11"),
        ("rule x { condition: true }", "`[` is missing at byte 0"),
    ] {
        let found = read(pattern);
        assert_eq!(found.len(), 1, "{pattern}");
        assert!(
            found[0].starts_with(&format!("broken_entry {detail}"))
                && found[0].ends_with(&format!("of the pattern | {pattern}")),
            "{pattern}: {found:?}"
        );
    }
    assert_eq!(read(" "), ["empty  | "]);
}

#[test]
fn depth_and_length_are_bounded() {
    let nested = |depth: usize| {
        format!(
            "[{}url:value = 'u'{}]",
            "(".repeat(depth),
            ")".repeat(depth)
        )
    };
    assert_eq!(read(&nested(MAX_DEPTH)), ["url u"]);
    for pattern in [
        nested(MAX_DEPTH + 1),
        nested(100_000),
        "(".repeat(500_000),
        format!("[{}", "(".repeat(500_000)),
    ] {
        let found = read(&pattern);
        assert!(found[0].starts_with("pattern_not_supported parentheses nested"));
    }
    let negated = format!("[{}url:value = 'u']", "NOT ".repeat(100_000));
    assert!(read(&negated)[0].starts_with("pattern_not_supported NOT"));
    let long = format!("[url:value = '{}']", "u".repeat(MAX_PATTERN_BYTES));
    assert!(read(&long)[0].starts_with("pattern_not_supported the pattern is longer than 1 MiB"));
    let many = format!("[url:value = 'u'{}]", " OR url:value = 'u'".repeat(50_000));
    assert_eq!(read(&many).len(), 50_001);
}

#[test]
fn ports_beside_a_value_are_bounded() {
    let ports: Vec<String> = (1..=2000).map(|port| port.to_string()).collect();
    let ports = ports.join(", ");
    let pattern = format!("[ipv4-addr:value = 'a' AND network-traffic:dst_port IN ({ports})]");
    let Reading::Value(value) = &readings(&pattern)[0] else {
        panic!("{:?}", readings(&pattern))
    };
    assert_eq!(value.ports.len(), MAX_PORTS);
}
