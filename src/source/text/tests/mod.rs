//! Whole documents.

mod properties;

use super::*;

/// The finds in a text, a line each: the line's number, and the type and value or the reason. Without records that gave nothing.
fn found_in(name: &str, text: &str) -> Vec<String> {
    let input = Input::from_bytes(name, text.as_bytes());
    read(&input)
        .unwrap()
        .filter(|found| !matches!(found, Ok(Found::Blank(_))))
        .map(|found| match found.unwrap() {
            Found::Indicator(indicator) => {
                let line = indicator.place.as_ref().unwrap().line_number().unwrap();
                format!("{line} {} {}", indicator.ioc.ioc_type(), indicator.ioc)
            }
            Found::Rejection(rejection) => {
                let line = rejection.place.line_number().unwrap();
                format!(
                    "{line} {} {}",
                    rejection.refusal.reason.code(),
                    rejection.value
                )
            }
            Found::Note(note) => format!("note {}", note.kind.code()),
            Found::Blank(blank) => format!("blank {}", blank.text),
        })
        .collect()
}

fn found(text: &str) -> Vec<String> {
    found_in("report", text)
}

/// The same without what is left out for its context: files, versions, links, addresses to write to.
fn told(text: &str) -> Vec<String> {
    const CONTEXT: [&str; 5] = [
        "file_in_prose",
        "version",
        "reference",
        "contact",
        "example",
    ];
    let mut found = found(text);
    found.retain(|found| {
        !CONTEXT
            .iter()
            .any(|code| found.split(' ').nth(1) == Some(code))
    });
    found
}

/// The same without numbers of lines, for a text of one line.
fn values(text: &str) -> Vec<String> {
    found(text)
        .iter()
        .map(|found| found.split_once(' ').unwrap().1.to_owned())
        .collect()
}

/// Prose in which nothing is an indicator: files, code, packages, versions, abbreviations, times, and addresses to write to.
const NOTHING: &str = include_str!("../nothing.txt");

#[test]
fn prose_about_files_code_and_versions_holds_nothing() {
    let lines: Vec<&str> = NOTHING.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.len() >= 60);
    for line in lines {
        assert_eq!(told(line), [""; 0], "{line}");
        assert_eq!(told(&format!("* {line}")), [""; 0], "* {line}");
    }
    assert_eq!(told(NOTHING), [""; 0]);
    assert_eq!(told(&format!("```\n{NOTHING}\n```\n")), [""; 0]);
}

#[test]
fn indicators_in_prose() {
    for (text, expected) in [
        ("It talks to evil[.]example.", &["domain evil.example"][..]),
        (
            "It talks to koliast.com, then to socket.io.",
            &["domain koliast.com", "domain socket.io"],
        ),
        (
            "(koliast.com) and \"6e24a5fb.ngrok.io\"!",
            &["domain koliast.com", "domain 6e24a5fb.ngrok.io"],
        ),
        (
            "ports on 198.51.100.7:8080 and 198.51.100.0/24.",
            &["ipv4 198.51.100.7", "ipv4 198.51.100.0/24"],
        ),
        (
            "from 198.51.100.7-198.51.100.9",
            &["range_read", "ipv4 198.51.100.7", "ipv4 198.51.100.8/31"],
        ),
        (
            "C2:evil[.]example:443,IP=198.51.100.7",
            &["domain evil.example", "ipv4 198.51.100.7"],
        ),
        (
            "on 2001:db8::1 or [2001:db8::2]:443.",
            &["ipv6 2001:db8::1", "ipv6 2001:db8::2"],
        ),
        (
            "get hxxps://evil[.]example/a(1).php, then wait",
            &["url https://evil.example/a(1).php"],
        ),
        (
            "(see hxxp://evil.example/a).",
            &["url http://evil.example/a"],
        ),
        (
            "**http://evil.example/a_b**",
            &["url http://evil.example/a_b"],
        ),
        (
            "hxxp://evil.example/a,hxxp://bad.example/b",
            &["url http://evil.example/a", "url http://bad.example/b"],
        ),
        (
            "hxxp[:]//evil [.] example/x",
            &["url http://evil.example/x"],
        ),
        ("evil (dot) example", &["domain evil.example"]),
        (
            "evil[.]example/gate.php?id=1&b=(c)",
            &["url http://evil.example/gate.php?id=1&b=(c)"],
        ),
        (
            "exploits CVE-2021-44228/CVE-2021-45046 and cve-2017-11882's",
            &[
                "cve CVE-2021-44228",
                "cve CVE-2021-45046",
                "cve CVE-2017-11882",
            ],
        ),
        (
            "mail from eve[@]evil[.]example or eve (at) evil (dot) example",
            &["email eve@evil.example", "email eve@evil.example"],
        ),
        (
            "MD5:D41D8CD98F00B204E9800998ECF8427F;",
            &["md5 d41d8cd98f00b204e9800998ecf8427f"],
        ),
        ("访问 evil[.]example，然后", &["domain evil.example"]),
        ("EVIL.COM", &["domain evil.com"]),
        ("MyEvilShop.com is theirs", &["domain myevilshop.com"]),
        ("over www.evil.pl too", &["domain www.evil.pl"]),
        (
            "archive[.]zip and payload.evil.com.py",
            &["domain archive.zip", "domain payload.evil.com.py"],
        ),
    ] {
        assert_eq!(values(text), expected, "{text}");
    }
}

#[test]
fn a_hash_is_a_word_of_its_own() {
    let hex = "0123456789abcdef".repeat(8);
    assert_eq!(values(&hex[..32]).len(), 1);
    assert_eq!(values(&hex[..40])[0], format!("sha1 {}", &hex[..40]));
    assert_eq!(values(&hex[..64])[0], format!("sha256 {}", &hex[..64]));
    assert_eq!(values(&hex), [format!("unsupported_type {hex}")]);
    for other in [&hex[..31], &hex[..65], &hex[..100]] {
        assert_eq!(values(other), [""; 0], "{other}");
    }
    for around in ["x", "_", "-", ".exe", "g"] {
        assert_eq!(
            told(&format!("{}{around}", &hex[..32])),
            [""; 0],
            "{around}"
        );
        assert_eq!(
            values(&format!("{around}{}", &hex[..32])).len(),
            usize::from(around == "-"),
            "{around}"
        );
    }
    assert_eq!(
        values(&format!("fixed in commit {}", &hex[..40])),
        [format!("version {}", &hex[..40])]
    );
}

#[test]
fn what_is_defanged_and_no_indicator_is_refused() {
    for (text, expected) in [
        ("999[.]1.1.1", "invalid_address 999.1.1.1"),
        ("evil..[.]example", "invalid_domain evil...example"),
        ("payload[.]dll", "file_name payload.dll"),
        (
            "hxxp://evil..example/a",
            "invalid_url http://evil..example/a",
        ),
        (
            "ldap://evil[.]example/a",
            "unsupported_scheme ldap://evil.example/a",
        ),
        ("CVE-2017-118", "invalid_cve CVE-2017-118"),
        (
            "evil[.]example\u{200b}x",
            "control_character evil.example\u{200b}x",
        ),
    ] {
        assert_eq!(values(text), [expected], "{text}");
    }
    assert_eq!(
        values(&format!("http://evil.example/{}", "a".repeat(9000))).len(),
        1
    );
}

#[test]
fn a_list_of_names_is_one_of_names() {
    let text = "# Report\n\n## Domain names\n\n* `archive.zip`\n* printer.corp-lan\n- evil.sh (C2)\n* kernel32.dll\n* README.md\n* setup.py\n\n\
                ## Files\n\n* archive.zip\n* evil.com\n\n## IOCs\n\n- archive.zip\n- evil.com\n- eve@evil.com\n- mail eve@vendor.com about it\n";
    assert_eq!(
        found(text),
        [
            "5 domain archive.zip",
            "6 domain printer.corp-lan",
            "7 domain evil.sh",
            "8 file_in_prose kernel32.dll",
            "9 file_in_prose README.md",
            "10 file_in_prose setup.py",
            "14 file_in_prose archive.zip",
            "15 domain evil.com",
            "19 file_name archive.zip",
            "20 domain evil.com",
            "21 email eve@evil.com",
            "22 contact eve@vendor.com"
        ]
    );
}

#[test]
fn tables_in_three_markups() {
    let rows = "archive.zip | dropper.zip | Trojan.Win32.app";
    let markdown = format!("| Domain | Filename | Detection |\n|---|---|---|\n| {rows} |\n");
    assert_eq!(told(&markdown), ["3 domain archive.zip"]);
    let asciidoc = format!("= Report\n\n|===\n|Domain|Filename|Detection\n\n|{rows}\n|===\n");
    assert_eq!(
        told(&asciidoc),
        [""; 0],
        "a line between ends what the first line names"
    );
    let asciidoc = format!("= Report\n\n|===\n|Domain|Filename|Detection\n|{rows}\n|===\n");
    assert_eq!(told(&asciidoc), ["5 domain archive.zip"]);
    let pasted = format!(
        "Domain\tFilename\tDetection\n{}\n",
        rows.replace(" | ", "\t")
    );
    assert_eq!(told(&pasted), ["2 domain archive.zip"]);
    assert_eq!(
        found("| Version | IP |\n|---|---|\n| 1.2.3.4 | 198.51.100.7 |\n| 9.9.9.9 | 999.9.9.9 |\n"),
        [
            "3 version 1.2.3.4",
            "3 ipv4 198.51.100.7",
            "4 version 9.9.9.9",
            "4 invalid_address 999.9.9.9"
        ]
    );
}

#[test]
fn links_and_references_are_references() {
    let text = "# Report\n\nBy [us](https://vendor.example/report). It gets http://evil.example/a.\n\n\
                ## References\n\n- https://other.example/1\n- blog.vendor.com, CVE-2021-44228, 198.51.100.9\n- hxxp://bad[.]example/b\n\n## After\n198.51.100.7";
    assert_eq!(
        found(text),
        [
            "3 reference https://vendor.example/report",
            "3 url http://evil.example/a",
            "7 reference https://other.example/1",
            "8 reference blog.vendor.com",
            "8 cve CVE-2021-44228",
            "8 ipv4 198.51.100.9",
            "9 url http://bad.example/b",
            "12 ipv4 198.51.100.7"
        ]
    );
    let input = Input::from_bytes("report", text.as_bytes());
    let references: Vec<_> = read(&input)
        .unwrap()
        .filter_map(|found| match found.unwrap() {
            Found::Indicator(indicator) => Some(indicator.references),
            _ => None,
        })
        .collect();
    assert_eq!(
        references,
        vec![
            vec![
                "https://vendor.example/report".to_owned(),
                "https://other.example/1".to_owned()
            ];
            5
        ]
    );
    let digest: String = (0..40)
        .map(|n| format!("[{n}](https://vendor.example/{n})\n"))
        .collect();
    let input = Input::from_bytes("digest", format!("{digest}198.51.100.7\n").into_bytes());
    let all: Vec<_> = read(&input).unwrap().map(Result::unwrap).collect();
    assert!(
        matches!(&all[..], [.., Found::Indicator(indicator)] if indicator.references.is_empty())
    );
    assert_eq!(all.len(), 41, "each link is left out by itself");
}

#[test]
fn the_document_is_kept_with_each_of_its_indicators() {
    let text = "---\nauthor: ESET\ntitle: Crutch\n---\n# Crutch\n\nTLP:GREEN, later TLP: AMBER+STRICT\n\n## Network\n### C&C servers\n`198.51.100.7:443`\n";
    let input = Input::from_bytes("report.md", text.as_bytes());
    let all: Vec<_> = read(&input).unwrap().map(Result::unwrap).collect();
    let [Found::Blank(_), Found::Indicator(indicator)] = &all[..] else {
        panic!("{all:?}")
    };
    assert_eq!(indicator.producers, ["ESET"]);
    assert_eq!(indicator.tlp, Some(crate::Tlp::AmberStrict));
    assert_eq!(indicator.context, ["Network > C&C servers"]);
    assert_eq!(
        indicator.sources[0].article_title.as_deref(),
        Some("Crutch")
    );
    assert_eq!(indicator.ports, [443]);
}

#[test]
fn lines_that_cannot_be_read_are_said() {
    let mut bytes = b"198.51.100.7\n\xff\xfe\n".to_vec();
    bytes.extend(vec![b'a'; crate::source::lines::MAX_LINE_BYTES + 1]);
    bytes.extend(b"\n198.51.100.8");
    let input = Input::from_bytes("report", bytes);
    let kinds: Vec<String> = read(&input)
        .unwrap()
        .map(|found| match found.unwrap() {
            Found::Indicator(indicator) => indicator.ioc.to_string(),
            Found::Rejection(rejection) => rejection.refusal.reason.code().to_owned(),
            Found::Note(_) => "note".to_owned(),
            Found::Blank(blank) => format!("blank {}", blank.text),
        })
        .collect();
    assert_eq!(
        kinds,
        ["198.51.100.7", "not_utf8", "line_too_long", "198.51.100.8"]
    );
}
