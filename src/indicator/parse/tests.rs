use super::*;
use crate::indicator::TypePlugin;

fn read(value: &str) -> String {
    match parse(value) {
        Ok(parsed) => format!("{} {}", parsed.ioc.ioc_type(), parsed.ioc),
        Err(refusal) => refusal.reason.code().to_owned(),
    }
}

#[test]
fn the_type_is_found_from_the_value() {
    for (value, expected) in [
        ("198.51.100.7", "ipv4 198.51.100.7"),
        ("198.051.100.007", "ipv4 198.51.100.7"),
        ("198.51.100.7:443", "ipv4 198.51.100.7"),
        ("198.51.100.9/24", "ipv4 198.51.100.0/24"),
        ("198.51.100.9/32", "ipv4 198.51.100.9"),
        ("198.51.100.0/255.255.255.0", "ipv4 198.51.100.0/24"),
        ("2001:DB8:0:0:0:0:0:1", "ipv6 2001:db8::1"),
        ("[2001:db8::1]:8443", "ipv6 2001:db8::1"),
        ("[2001:db8::1]", "ipv6 2001:db8::1"),
        ("2001:db8:5::/32", "ipv6 2001:db8::/32"),
        ("::ffff:198.51.100.7", "ipv4 198.51.100.7"),
        ("::ffff:198.51.100.0/120", "ipv4 198.51.100.0/24"),
        ("fe80::1%eth0", "ipv6 fe80::1"),
        ("Evil.Example.", "domain evil.example"),
        ("evil.example:8080", "domain evil.example"),
        ("evil.example/a.php", "url http://evil.example/a.php"),
        ("198.51.100.7/a.php", "url http://198.51.100.7/a.php"),
        (
            "198.51.100.7:8080/a.php",
            "url http://198.51.100.7:8080/a.php",
        ),
        ("HTTPS://Evil.example/A", "url https://evil.example/A"),
        (
            "D41D8CD98F00B204E9800998ECF8427F",
            "md5 d41d8cd98f00b204e9800998ecf8427f",
        ),
        (
            "SHA1:a010d5449d29a1916827fdb443e3c84c405cb2a5",
            "sha1 a010d5449d29a1916827fdb443e3c84c405cb2a5",
        ),
        ("cve-2017-1188", "cve CVE-2017-1188"),
        ("a@EVIL.example", "email a@evil.example"),
        ("\u{a0}evil.example\u{feff}", "domain evil.example"),
        ("198.51.100.44:8080/tcp", "ipv4 198.51.100.44"),
        ("tcp://198.51.100.31:4444", "ipv4 198.51.100.31"),
        ("UDP://evil.example:53/", "domain evil.example"),
        (r"\\198.51.100.35\s\a.exe", "ipv4 198.51.100.35"),
        ("evil.example/*", "domain evil.example"),
        ("*.evil.example/*", "domain evil.example"),
        ("https://evil.example/*", "domain evil.example"),
        ("http://198.51.100.7/$TIME", "ipv4 198.51.100.7"),
        ("CVE–2021–44228", "cve CVE-2021-44228"),
        (
            "http://evil.example/?x=${jndi:ldap://198.51.100.7/a}",
            "url http://evil.example/?x=${jndi:ldap://198.51.100.7/a}",
        ),
        (
            "http://evil.example/a[PDF].exe",
            "url http://evil.example/a[PDF].exe",
        ),
    ] {
        assert_eq!(read(value), expected, "{value}");
    }
}

#[test]
fn what_is_no_indicator_says_why() {
    let long = format!("http://evil.example/{}", "a".repeat(MAX_VALUE_BYTES));
    for (value, code) in [
        ("", "empty"),
        ("kernel32.dll", "unknown_type"),
        ("N/A", "unknown_type"),
        ("Appdata.zip", "file_name"),
        ("update[.]dll", "file_name"),
        ("setup.py", "file_name"),
        ("1Gmjyb9wd6Ju9phn5tREmLYwPsPFusqEx6", "unknown_type"),
        (r"Windows\update.exe", "unknown_type"),
        ("999.1.1.1", "invalid_address"),
        ("198.51.100.7/33", "invalid_address"),
        ("198.51.100.7:0", "invalid_address"),
        ("/connect_meta.php", "no_host"),
        ("http://evil.example/a\nb", "control_character"),
        ("evil\u{200b}.example", "control_character"),
        ("evil.example\u{202e}moc", "control_character"),
        ("T1071.001", "technique"),
        ("*@evil.example", "pattern"),
        ("http://evil.example/a/*", "pattern"),
        ("http://*.evil.example/gate.php", "pattern"),
        ("http://evil.example/abc…", "pattern"),
        ("http://evil.example/<random>/x", "pattern"),
        ("http://evil.example/{id}/x", "pattern"),
        (&"ab".repeat(64), "unsupported_type"),
        ("http://evil.example/[a-z]{8}.exe", "pattern"),
        ("0.0.0.0e7.evil.example", "invalid_domain"),
        (long.as_str(), "value_too_long"),
    ] {
        assert_eq!(read(value), code, "{value}");
    }
}

#[test]
fn a_declared_type_is_believed_and_checked() {
    let code = |kind, value| match parse_as(Expect::Type(kind), value) {
        Ok(parsed) => parsed.ioc.to_string(),
        Err(refusal) => refusal.reason.code().to_owned(),
    };
    assert_eq!(
        code(IocType::Domain, "printer.corp-lan"),
        "printer.corp-lan"
    );
    assert_eq!(code(IocType::Domain, "archive.zip"), "archive.zip");
    assert_eq!(code(IocType::Domain, "198.51.100.7"), "type_mismatch");
    assert_eq!(code(IocType::Ipv4, "2001:db8::1"), "type_mismatch");
    assert_eq!(code(IocType::Ipv6, "::ffff:198.51.100.7"), "198.51.100.7");
    assert_eq!(
        code(IocType::Sha256, "a010d5449d29a1916827fdb443e3c84c405cb2a5"),
        "type_mismatch"
    );
    assert_eq!(code(IocType::Url, "evil.example"), "http://evil.example/");
    assert_eq!(code(IocType::Email, "evil.example"), "invalid_email");
}

/// It could not be found again by its name.
#[test]
fn a_type_that_is_not_registered_takes_nothing() {
    static LOOSE: TypePlugin = TypePlugin {
        name: "loose",
        ..TypePlugin::NEW
    };
    let kind = IocType::of(&LOOSE);
    let refusal = parse_as(Expect::Type(kind), "value").unwrap_err();
    assert_eq!(refusal.reason, Reason::UnsupportedType);
}
