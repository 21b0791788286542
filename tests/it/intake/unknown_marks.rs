//! Defanging that is not known never gives a part of a value.

use socdef_sigma::compile::Intake;
use socdef_sigma::source::{Input, ReadOptions};

/// The values that a line gives, and the reasons of those that it does not.
fn read(line: &str) -> (Vec<String>, Vec<String>) {
    let mut intake = Intake::new(usize::MAX);
    let input = Input::from_bytes("feed.txt", line.as_bytes().to_vec());
    intake
        .read(&input, &ReadOptions::default(), &mut |_| Ok(()))
        .unwrap();
    let values = (0..).map_while(|at| intake.get(at));
    let values = values.map(|indicator| indicator.ioc.to_string()).collect();
    let entries = intake.report().entries().iter();
    let reasons = entries.map(|entry| entry.refusal.reason.code().to_owned());
    (values, reasons.collect())
}

#[test]
fn a_part_of_a_value_is_not_taken() {
    for line in [
        "evil[punkt]example.net",
        "zq[[.]]evil[punkt]example",
        "c2.evil(punto)example.net",
        "mallory{arobase}evil.example",
        "see c2.evil[point]example.net now",
        "198.51.100[punkt]7.evil.net",
    ] {
        let (values, reasons) = read(line);
        assert_eq!(values, Vec::<String>::new(), "{line}");
        assert!(!reasons.is_empty(), "{line}");
    }
    for (line, expected) in [
        ("evil-one[.]net[1]", "evil-one.net"),
        ("c2(evil-one[.]net)", "evil-one.net"),
        ("evil-one[dot]net", "evil-one.net"),
        ("evil-one[.]net (loader)", "evil-one.net"),
        ("http://evil-one.net/a[b]c", "http://evil-one.net/a[b]c"),
    ] {
        assert_eq!(read(line).0, [expected], "{line}");
    }
}
