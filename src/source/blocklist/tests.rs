use super::*;
use crate::source::detect;
use proptest::prelude::*;

/// What a list gives, a finding a line.
fn found(text: &str) -> Vec<String> {
    let input = Input::from_bytes("list", text.as_bytes());
    read(&input)
        .unwrap()
        .map(|found| match found.unwrap() {
            Found::Indicator(indicator) => indicator.ioc.to_string(),
            Found::Rejection(rejection) => {
                format!("{} {}", rejection.refusal.reason.code(), rejection.value)
            }
            Found::Note(note) => format!("note {}", note.kind.code()),
            Found::Blank(blank) => format!("blank {}", blank.text),
        })
        .collect()
}

/// Lists with what they give; each is known by its content.
const LISTS: &[(&str, &[&str])] = &[
    // hosts(5): every name of a line, and no entry of the machine itself.
    (
        "# Title\n127.0.0.1 localhost\n127.0.0.1\tlocalhost.localdomain local\n255.255.255.255 broadcasthost\n::1 localhost ip6-localhost\nfe80::1%lo0 localhost\nff02::1 ip6-allnodes\n0.0.0.0 0.0.0.0\n0.0.0.0 a.evil-one.net b.evil-one.net # both\n127.0.0.1\tc.evil-one.net\n:: d.evil-one.net\n::1 e.evil-one.net\n0 f.evil-one.net\n0.0.0.0 *.g.evil-one.net#x\n0.0.0.0h.evil-one.net\n",
        &[
            "a.evil-one.net",
            "b.evil-one.net",
            "c.evil-one.net",
            "d.evil-one.net",
            "e.evil-one.net",
            "f.evil-one.net",
            "g.evil-one.net",
            "h.evil-one.net",
        ],
    ),
    // Adblock.
    (
        "[Adblock Plus 2.0]\n! Title: x\n||a.evil-one.net^\n||b.evil-one.net^$third-party\n||c.evil-one.net^$all,domain=x.example|y.example\n@@||good-one.net^\n@@||good-two.net^$document\n||198.51.100.7^\n||d.evil-one.net/gate.php\n||e.evil-one.net^*\n|http://f.evil-one.net/a.js|\n||*.g.evil-one.net^\n||h.*^\n||i.evil-one.net/*/x\n/^https?:\\/\\/x/\n/banner[0-9]+/$image\n##.ad\nexample.com##.ad\nexample.com#@#.ad\n-ad-banner.\n/ads/banner.\n||good-three.net^$badfilter\n||good-four.net^$removeparam=utm\n||evil.\n://j.evil-one.net^\nk.evil-one.net\n||l.evil-one.net:8443^\n",
        &[
            "a.evil-one.net",
            "b.evil-one.net",
            "c.evil-one.net",
            "not_for_detection good-one.net",
            "not_for_detection good-two.net",
            "198.51.100.7",
            "http://d.evil-one.net/gate.php",
            "e.evil-one.net",
            "http://f.evil-one.net/a.js",
            "g.evil-one.net",
            "pattern h.*^",
            "pattern i.evil-one.net/*/x",
            "pattern /^https?:\\/\\/x/",
            "pattern /banner[0-9]+/$image",
            "pattern ##.ad",
            "pattern example.com##.ad",
            "pattern example.com#@#.ad",
            "pattern -ad-banner.",
            "pattern /ads/banner.",
            "not_for_detection good-three.net",
            "not_for_detection good-four.net",
            "pattern evil.",
            "j.evil-one.net",
            "k.evil-one.net",
            "l.evil-one.net",
        ],
    ),
    // dnsmasq.
    (
        "# x\nno-resolv\nlisten-address=127.0.0.1\naddress=/a.evil-one.net/#\naddress=/b.evil-one.net/0.0.0.0\naddress=/c.evil-one.net/d.evil-one.net/\nserver=/e.evil-one.net/\nserver=/good-one.net/192.0.2.53\nserver=/good-two.net/#\nlocal=/f.evil-one.net/\nserver=192.0.2.53\naddress=/#/192.0.2.1\n",
        &[
            "a.evil-one.net",
            "b.evil-one.net",
            "c.evil-one.net",
            "d.evil-one.net",
            "e.evil-one.net",
            "not_for_detection good-one.net",
            "not_for_detection good-two.net",
            "f.evil-one.net",
            "pattern address=/#/192.0.2.1",
        ],
    ),
    // unbound.
    (
        "server:\n  local-zone: \"a.evil-one.net\" always_null\n  local-zone: \"a.evil-one.net.\" redirect\n  local-data: \"a.evil-one.net A 0.0.0.0\"\n  local-data: 'b.evil-one.net 3600 IN A 127.0.0.1'\n  local-zone: c.evil-one.net always_nxdomain\n  local-zone: \"good-one.net\" always_transparent\n  local-zone: \"localhost.\" static\n  do-ip6: yes\n",
        &[
            "a.evil-one.net",
            "a.evil-one.net",
            "a.evil-one.net",
            "b.evil-one.net",
            "c.evil-one.net",
            "not_for_detection good-one.net",
        ],
    ),
    // RPZ.
    (
        "$TTL 2h\n$ORIGIN rpz.sinkhole.example.\n@ IN SOA localhost. root.localhost. (\n  2026051701 ; serial\n  3600 ; refresh\n  600 604800 60 )\n  IN NS localhost.\n; comment\na.evil-one.net CNAME . ; why\n*.a.evil-one.net CNAME .\nb.evil-one.net 300 IN CNAME *.\nc.evil-one.net IN 1h CNAME rpz-drop.\ngood-one.net CNAME rpz-passthru.\ngood-two.net CNAME good-two.net.\nd.evil-one.net.rpz.sinkhole.example. CNAME walled.example.\ne.evil-one.net A 192.0.2.1\n32.7.100.51.198.rpz-ip CNAME .\n24.7.113.0.203.rpz-ip CNAME .\n128.1.zz.db8.2001.rpz-ip CNAME .\n48.zz.101.db8.2001.rpz-ip CNAME .\nns.evil-one.net.rpz-nsdname CNAME .\n32.7.100.51.198.rpz-nsip CNAME .\n32.9.100.51.198.rpz-client-ip CNAME .\n32.8.100.51.198.rpz-ip CNAME rpz-passthru.\n99.7.100.51.198.rpz-ip CNAME .\n",
        &[
            "a.evil-one.net",
            "a.evil-one.net",
            "b.evil-one.net",
            "c.evil-one.net",
            "not_for_detection good-one.net",
            "not_for_detection good-two.net",
            "d.evil-one.net",
            "e.evil-one.net",
            "198.51.100.7",
            "note host_bits",
            "203.0.113.0/24",
            "2001:db8::1",
            "2001:db8:101::/48",
            "unsupported_type ns.evil-one.net.rpz-nsdname",
            "unsupported_type 32.7.100.51.198.rpz-nsip",
            "unsupported_type 32.9.100.51.198.rpz-client-ip",
            "not_for_detection 32.8.100.51.198.rpz-ip",
            "invalid_address 99.7.100.51.198.rpz-ip",
        ],
    ),
    (
        "i1.evil-one.net CNAME .\ni3.good-one.net CNAME rpz-passthru.\n",
        &["i1.evil-one.net", "not_for_detection i3.good-one.net"],
    ),
    // BIND and Squid.
    (
        "// list\nzone \".\" { type hint; file \"root\"; };\nzone \"a.evil-one.net\" { type master; notify no; file \"null.zone\"; };\nzone \"b.evil-one.net\" IN {type primary; file \"null.zone\";};\nzone \"corp.example\" { type forward; forwarders { 192.0.2.53; }; };\nzone \"2.0.192.in-addr.arpa\" { type master; };\n",
        &[
            "a.evil-one.net",
            "b.evil-one.net",
            "not_for_detection corp.example",
        ],
    ),
    (
        "acl bad dstdomain .a.evil-one.net b.evil-one.net\nacl bad dst 198.51.100.0/24\n",
        &["a.evil-one.net", "b.evil-one.net", "198.51.100.0/24"],
    ),
    // Suricata: the addresses of the head, whole names of queries and hosts; a reference is not an indicator.
    (
        "alert dns $HOME_NET any -> any any (msg:\"a b.example\"; dns.query; content:\"a.evil-one.net\"; nocase; bsize:14; reference:url,blog.producer-site.org/x; sid:1; rev:1;)\nalert tls $HOME_NET any -> $EXTERNAL_NET any (tls.sni; content:\"b.evil-one.net\"; endswith; sid:2;)\ndrop ip [198.51.100.7,203.0.113.0/24] any -> $HOME_NET any (msg:\"c\"; sid:3;)\nalert http any any -> any any (http.uri; content:\"/gate.php\"; sid:4;)\nalert ip ![198.51.100.20,198.51.100.21] any -> any any (tls.sni; content:!\"vendor.example\"; tls.sni; content:\"c.evil-one.net\"; sid:6;)\npass ip 198.51.100.9 any -> any any (sid:5;)\n",
        &[
            "a.evil-one.net",
            "b.evil-one.net",
            "198.51.100.7",
            "203.0.113.0/24",
            "pattern_not_supported alert http any any -> any any (http.uri; content:\"/gate.php\"; sid:4;)",
            "c.evil-one.net",
            "not_for_detection 198.51.100.9",
        ],
    ),
    // PeerGuardian.
    (
        "# list\nEvil Org:198.51.100.0-198.51.100.255\nOrg, a: b:203.0.113.4-203.0.113.7\n",
        &[
            "note range_read",
            "198.51.100.0/24",
            "note range_read",
            "203.0.113.4/30",
        ],
    ),
    // Firewalls.
    (
        "create bad hash:net family inet hashsize 1024\nadd bad 198.51.100.0/24 timeout 0\nadd bad 198.51.100.7\nadd -exist bad6 2001:db8::/48\nadd ports 203.0.113.9,tcp:443\nadd bad 203.0.113.7 nomatch\n-A bad 203.0.113.8\nadd bad 198.51.100.4-198.51.100.7\n",
        &[
            "198.51.100.0/24",
            "198.51.100.7",
            "2001:db8::/48",
            "203.0.113.9",
            "not_for_detection 203.0.113.7",
            "203.0.113.8",
            "note range_read",
            "198.51.100.4/30",
        ],
    ),
    (
        "nft add element inet filter bad { 198.51.100.7, 198.51.100.8 timeout 1h, 203.0.113.0/24 }\niptables -A INPUT -s 198.51.100.9 -j DROP\n-A INPUT -s 198.51.100.10/32 -j ACCEPT\n",
        &[
            "198.51.100.7",
            "198.51.100.8",
            "203.0.113.0/24",
            "198.51.100.9",
            "not_for_detection 198.51.100.10/32",
        ],
    ),
];

#[test]
fn every_syntax_gives_its_names_and_what_it_lets_through() {
    for (text, expected) in LISTS {
        assert_eq!(found(text), *expected, "{text}");
        let input = Input::from_bytes("list", text.as_bytes());
        assert_eq!(
            detect(&input).unwrap(),
            crate::source::Format::Blocklist,
            "{text}"
        );
        let windows = text.replace('\n', "\r\n");
        assert_eq!(found(&windows), *expected);
    }
}

/// Lines that are not rules when they stand alone, so that they are read as what they are.
#[test]
fn a_plain_line_is_no_rule() {
    for text in [
        "",
        "evil-one.net",
        "*.evil-one.net",
        "198.51.100.7",
        "0.0.0.0",
        "::1",
        "198.51.100.7 evil-one.net",
        "0.0.0.0 is the address of nobody.",
        "evil-one.net A 198.51.100.7",
        "evil-one.net CNAME cdn.evil-two.net",
        "evil-one.net NS ns1.evil-one.net",
        "A 198.51.100.7",
        "http://evil-one.net/a?b=c$d#e",
        "http://evil-one.net/$popup",
        "/usr/bin/",
        "| http://evil-one.net/ | C2 |",
        "|198.51.100.7|x",
        "[2001:db8::1]:443",
        "[1] https://vendor.example",
        "@handle evil-one.net",
        "add a note about evil-one.net",
        "zone of evil-one.net",
        "server=198.51.100.7",
        "the zone \"evil\" is a name",
        "2001:db8::1 evil-one.net",
        "C2: evil-one.net",
        "alert on evil-one.net (seen; twice)",
        "evil-one.net:8080-8090",
        "2001:db8::1-2001:db8::2",
        "198.51.100.4-198.51.100.7",
    ] {
        let line = line(text);
        assert!(line.is_none(), "{text}: {line:?}");
    }
}

#[test]
fn a_list_of_plain_values_is_none_of_these() {
    for text in [
        "a.evil-one.net\nb.evil-one.net\n0.0.0.0 c.evil-one.net\n",
        "# one\n! two\n",
        "value,type\n||a,domain\n",
        "start\tend\tmask\n203.0.113.0\t203.0.113.255\t24\n",
        "",
    ] {
        assert_eq!(syntax(text.as_bytes(), true), None, "{text}");
    }
}

#[test]
fn a_word_that_is_repeated_costs_no_stack() {
    let text = "ipset ".repeat(100_000);
    assert!(line(&text).is_none());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(bytes in any::<Vec<u8>>(), text in "(address=/|server=/|\\|\\||@@|\\^|\\$|##|/|local-zone: |local-data: |\"| CNAME | A |\\.|rpz-|zz|add |nft |element |\\{|\\}|zone |acl |alert ip |content:| -> |dns.query;|0\\.0\\.0\\.0|::1|[a-d1-3é]| |\t|\n|;|\\(|\\)|\\*){0,40}") {
        for content in [&bytes[..], text.as_bytes()] {
            let input = Input::from_bytes("list", content);
            let _ = detect(&input);
            prop_assert!(read(&input).unwrap().all(|found| found.is_ok()));
        }
    }
}
