//! Which feed states what.

use super::*;

fn sources(rule: &SigmaRule) -> Json {
    plain(socdef(rule))["sources"].clone()
}

fn csv(name: &str, text: &str) -> Input {
    Input::from_bytes(name, text.as_bytes())
}

fn read(inputs: &[Input]) -> Intake {
    let mut intake = Intake::new(usize::MAX);
    for input in inputs {
        intake
            .read(input, &ReadOptions::default(), &mut |_| Ok(()))
            .unwrap();
    }
    intake
}

#[test]
fn each_feed_says_what_it_states() {
    let feeds = [
        csv(
            "in/a.csv",
            "ip,provider,confidence,tlp,first_seen,last_seen\n198.51.100.7,ESET,high,green,2026-01-02,2026-01-05\n",
        ),
        csv("b.csv", "ip,confidence,tlp\n198.51.100.7,low,amber\n"),
        csv("c.txt", "198.51.100.7\n"),
        csv(
            "d.csv",
            "ip,provider,confidence,first_seen\n198.51.100.7,ESET,low,2026-01-01\n",
        ),
    ];
    let run = Run::of(&read(&feeds), &settings());
    assert_eq!(
        sources(run.only()),
        json!([
            {"producer": "ESET", "confidence": "high", "tlp": "green",
             "first_seen": "2026-01-01T00:00:00Z", "last_seen": "2026-01-05T00:00:00Z"},
            {"producer": "b.csv", "confidence": "low", "tlp": "amber"},
            {"producer": "c.txt"},
        ])
    );
    // The indicator as a whole: the highest, the strictest, the earliest.
    let whole = plain(socdef(run.only()));
    assert_eq!(
        (&whole["confidence"], &whole["tlp"], &whole["first_seen"]),
        (
            &json!("high"),
            &json!("amber"),
            &json!("2026-01-01T00:00:00Z")
        )
    );
    assert_eq!(run.only().author.as_deref(), Some("ESET"));
    assert!(run.only().title.starts_with("ESET - "));
    // What a filter leaves out is not among them.
    let filtered = Settings {
        max_tlp: Some(Tlp::Green),
        ..settings()
    };
    let run = Run::of(&read(&feeds), &filtered);
    let named = sources(run.only());
    let named: Vec<&str> = named
        .as_array()
        .unwrap()
        .iter()
        .map(|source| source["producer"].as_str().unwrap())
        .collect();
    assert_eq!(named, ["ESET", "c.txt"]);
}

#[test]
fn who_the_user_names_is_the_producer_of_each() {
    let feeds = [
        csv("a.csv", "ip,provider,tlp\n198.51.100.7,ESET,green\n"),
        csv("b.csv", "ip,tlp\n198.51.100.7,amber\n"),
    ];
    let named = Settings {
        producer: Some("Mine".to_owned()),
        ..settings()
    };
    let run = Run::of(&read(&feeds), &named);
    assert_eq!(
        sources(run.only()),
        json!([{"producer": "Mine", "tlp": "amber"}])
    );
    assert_eq!(run.only().author.as_deref(), Some("Mine"));
}

#[test]
fn what_has_no_file_has_no_name() {
    for name in ["-", "<bytes>", "https://feed.example/api/v1/iocs"] {
        let run = Run::of(&read(&[csv(name, "198.51.100.7\n")]), &settings());
        assert_eq!(sources(run.only()), Json::Null, "{name}");
    }
    let run = Run::of(
        &read(&[csv("-", "ip,confidence\n198.51.100.7,high\n")]),
        &settings(),
    );
    assert_eq!(sources(run.only()), json!([{"confidence": "high"}]));
}

/// More than are kept: the sources stay, and what they state is not shown by halves.
#[test]
fn sources_end_at_their_bound() {
    let feeds: Vec<Input> = (0..70)
        .map(|at| csv(&format!("{at}.csv"), "ip,confidence\n198.51.100.7,high\n"))
        .collect();
    let run = Run::of(&read(&feeds), &settings());
    let all = sources(run.only());
    let all = all.as_array().unwrap();
    assert_eq!(all.len(), 64);
    assert!(all.iter().all(|source| source.get("confidence").is_none()));
    assert!(run.notes().iter().any(|(code, _, _)| *code == "left_out"));
}
