//! What is kept of one indicator has bounds.

use std::fmt::Write as _;
use std::sync::Arc;

use socdef_sigma::indicator::Bound;

use super::*;

/// The compiled rules of inputs whose format is found out.
fn detected(inputs: &[Input], settings: &Settings) -> Run {
    let mut intake = Intake::new(usize::MAX);
    for input in inputs {
        intake
            .read(input, &ReadOptions::default(), &mut |_| Ok(()))
            .unwrap();
    }
    Run::of(&intake, settings)
}

fn length(rule: &SigmaRule, key: &str) -> usize {
    plain(socdef(rule))[key].as_array().map_or(0, Vec::len)
}

/// The details of the notes about what was left out.
fn left_out(run: &Run) -> Vec<String> {
    let notes = run.notes().into_iter();
    notes
        .filter(|(kind, ..)| *kind == "left_out")
        .map(|(_, detail, _)| detail)
        .collect()
}

pub(super) fn all_log_sources() -> Settings {
    let names = ["all".to_owned()];
    Settings {
        templates: Arc::new(Selection::of(Catalog::registered(), &names).unwrap()),
        ..settings()
    }
}

#[test]
fn spellings_of_one_feed_take_no_rule_from_another() {
    let evil: String = (0..3000)
        .map(|at| format!("http://u{at}@evil.example/x#{at}\n"))
        .collect();
    let run = run(&[
        list("good.txt", "http://evil.example/x\n"),
        list("evil.txt", &evil),
    ]);
    let counts = run.report.counts();
    assert_eq!((counts.read, counts.rules, counts.merged), (3001, 1, 3000));
    assert_eq!(length(run.only(), "original"), Bound::Originals.most());
    assert_eq!(
        left_out(&run),
        ["http://evil.example/x: spellings (32 are kept)"]
    );
    // The first are kept.
    assert_eq!(
        plain(socdef(run.only()))["original"][0],
        "http://u0@evil.example/x#0"
    );
}

/// Values of every list of the API, so many of each.
fn entry(from: usize, to: usize) -> Json {
    let texts =
        |what: &str| -> Vec<String> { (from..to).map(|at| format!("{what}{at}")).collect() };
    json!({
        "type": "url", "value": format!("http://u{from}@evil.example/x"),
        "producers": texts("producer "), "tags": texts("tag"), "industries": texts("sector "),
        "references": texts("https://report.example/"), "context": format!("text {from}"),
        "mitre_techniques": texts("T"), "ports": (from + 1..to + 1).collect::<Vec<_>>(),
        "source": {"feed_name": format!("feed {from}"), "article_url": format!("https://article.example/{from}")},
    })
}

#[test]
fn one_entry_and_many_entries_are_bounded_alike() {
    let one = run(&[api("one.json", &[entry(0, 5000)])]);
    let entries: Vec<Json> = (0..1000).map(|at| entry(at, at + 1)).collect();
    let many = run(&[api("many.json", &entries)]);
    for (run, keys) in [
        (
            &one,
            &["tags", "industries", "mitre_techniques", "ports"][..],
        ),
        (
            &many,
            &["tags", "industries", "mitre_techniques", "ports", "sources"],
        ),
    ] {
        let rule = run.only();
        for key in keys {
            assert_eq!(length(rule, key), 64, "{key}");
        }
        assert!((64..=64 + 65).contains(&rule.references.len()));
        assert_eq!(
            rule.author
                .as_deref()
                .map(|names| names.matches(", ").count()),
            Some(63)
        );
    }
    assert_eq!(left_out(&one).len(), 6, "{:?}", left_out(&one));
    assert_eq!(left_out(&many).len(), 9, "{:?}", left_out(&many));
    assert_eq!(length(many.only(), "original"), 32);
    let context = plain(socdef(many.only()))["context"].to_string();
    assert_eq!(context.matches("; ").count(), 31);
    // The account says how often, by a stable code.
    let counts: Vec<_> = many.report.note_counts().collect();
    assert!(
        counts
            .iter()
            .any(|(kind, count)| (kind.code(), *count) == ("left_out", 9))
    );
}

#[test]
fn every_format_is_bounded() {
    let rows = 300;
    let csv = (0..rows).fold(
        "value,tags,references,source\n".to_owned(),
        |mut csv, at| {
            writeln!(
                csv,
                "http://evil.example/x#{at},tag{at},https://report.example/{at},feed{at}"
            )
            .unwrap();
            csv
        },
    );
    let stix: Vec<Json> = (0..rows)
        .map(|at| {
            json!({
                "type": "indicator", "spec_version": "2.1", "id": format!("indicator--00000000-0000-4000-8000-{at:012}"),
                "created": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z", "valid_from": "2026-01-01T00:00:00Z",
                "pattern_type": "stix", "pattern": format!("[url:value = 'http://evil.example/x#{at}']"),
                "labels": [format!("tag{at}")], "description": format!("text {at}"),
                "external_references": [{"source_name": format!("s{at}"), "url": format!("https://report.example/{at}")}],
            })
        })
        .collect();
    let stix = json!({"type": "bundle", "id": "bundle--00000000-0000-4000-8000-000000000000", "objects": stix});
    let misp: Vec<Json> = (0..rows)
        .map(|at| {
            json!({"type": "url", "category": "Network activity", "to_ids": true, "uuid": format!("00000000-0000-4000-8000-{at:012}"),
                "value": format!("http://evil.example/x#{at}"), "comment": format!("text {at}"), "Tag": [{"name": format!("tag{at}")}]})
        })
        .collect();
    let misp = json!({"Event": {"info": "event", "date": "2026-01-01", "uuid": "00000000-0000-4000-8000-000000000000", "Attribute": misp}});
    for (name, text) in [
        ("feed.csv", csv),
        ("stix.json", stix.to_string()),
        ("misp.json", misp.to_string()),
    ] {
        let run = detected(&[list(name, &text)], &settings());
        let rule = run.only();
        assert_eq!(length(rule, "original"), 32, "{name}");
        assert_eq!(length(rule, "tags"), 64, "{name}");
        assert!(
            length(rule, "sources") <= 64 && rule.references.len() <= 129,
            "{name}"
        );
        assert!(left_out(&run).len() >= 2, "{name}");
        assert!(emit::yaml(rule).len() < 64 << 10, "{name}");
    }
}

#[test]
fn a_feed_with_many_articles_does_not_push_out_another_one() {
    let article = |feed: &str, at: usize| {
        json!({"type": "domain", "value": "evil.example",
            "source": {"feed_name": feed, "article_url": format!("https://{feed}.example/{at}")}})
    };
    let mut entries: Vec<Json> = (0..500).map(|at| article("noisy", at)).collect();
    entries.push(article("quiet", 0));
    entries.extend((500..600).map(|at| article("noisy", at)));
    let run = run(&[api("f.json", &entries)]);
    let sources = plain(socdef(run.only()))["sources"].clone();
    assert_eq!(sources.as_array().unwrap().len(), 64);
    assert_eq!(sources[0]["article_url"], "https://noisy.example/0");
    assert_eq!(sources[62]["article_url"], "https://noisy.example/62");
    assert_eq!(sources[63]["feed_name"], "quiet");
}

#[test]
fn a_tag_that_a_template_asks_for_is_not_pushed_out() {
    let entry = |tag: &str| json!({"type": "url", "value": "http://evil.example/cgi-bin/x.cgi?cmd=id&a=b", "tags": [tag]});
    let exploit = || api("a.json", &[entry("type:exploit")]);
    let noises: Vec<Json> = (0..300).map(|at| entry(&format!("noise{at}"))).collect();
    let noise = || api("b.json", &noises);
    let ids = |inputs: &[Input]| -> Vec<_> {
        let (kept, mut report) = intake(inputs).select(&all_log_sources());
        let compiler = Compiler::new(&all_log_sources());
        let rules = kept
            .iter()
            .flat_map(|indicator| compiler.counted(indicator, &mut report));
        rules
            .map(|compiled| (compiled.template.clone(), plain(socdef(&compiled.rule))))
            .collect()
    };
    let alone = ids(&[exploit()]);
    assert!(
        alone
            .iter()
            .any(|(template, _)| &**template == "url/webserver")
    );
    for inputs in [[noise(), exploit()], [exploit(), noise()]] {
        let both = ids(&inputs);
        assert_eq!(both.len(), alone.len());
        for (_, socdef) in both {
            let tags = socdef["tags"].as_array().unwrap();
            assert_eq!(tags.len(), 64);
            assert!(tags.contains(&json!("type:exploit")));
        }
    }
}

#[test]
fn an_address_that_sent_mail_is_looked_for_whatever_another_feed_says() {
    let entry = |role: Option<&str>| json!({"type": "email", "value": "a@evil.example", "email_role": role});
    for roles in [
        [None, Some("recipient")],
        [Some("recipient"), None],
        [Some("sender"), Some("recipient")],
    ] {
        let run = run(&[
            api("a.json", &[entry(roles[0])]),
            api("b.json", &[entry(roles[1])]),
        ]);
        let text = emit::yaml(run.only());
        assert!(
            text.contains("SenderAddress") || text.to_lowercase().contains("sender"),
            "{text}"
        );
    }
}
