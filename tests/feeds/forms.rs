//! One feed in two forms, and what its publisher says of each indicator.

use std::collections::BTreeMap;

use socdef_sigma::compile::{Intake, Settings};
use socdef_sigma::indicator::parse_date;
use socdef_sigma::reason::Reason;
use socdef_sigma::source::{self, Found, ReadOptions};

use super::folder::input;

/// One feed in two forms. `tests/data/feeds/other_form.py` has written the second ones from the first.
const PAIRS: &[(&str, &str)] = &[
    ("abusech/urlhaus.csv", "abusech/urlhaus.json"),
    ("abusech/threatfox.json", "abusech/threatfox.csv"),
    (
        "abusech/feodo_ipblocklist.csv",
        "abusech/feodo_ipblocklist.json",
    ),
    ("kev/kev_small.json", "kev/kev_small.csv"),
];

/// The indicators of a feed, by value, as JSON with all that is said about them.
fn indicators(path: &str) -> BTreeMap<String, serde_json::Value> {
    let input = input(path);
    source::read(&input, &ReadOptions::default())
        .unwrap()
        .filter_map(|found| match found.unwrap() {
            Found::Indicator(indicator) => Some((
                indicator.ioc.to_string(),
                serde_json::to_value(&indicator).unwrap(),
            )),
            // What stands in the links and texts of a record is counted, and is none of its indicators.
            Found::Rejection(rejection)
                if matches!(
                    rejection.refusal.reason,
                    Reason::Reference | Reason::InContext
                ) =>
            {
                None
            }
            other => panic!("{path}: {other:?}"),
        })
        .collect()
}

pub(crate) fn a_feed_means_the_same_in_both_of_its_forms() {
    for (one, other) in PAIRS {
        let (one_read, other_read) = (indicators(one), indicators(other));
        assert!(!one_read.is_empty(), "{one}");
        assert_eq!(one_read, other_read, "{one}, {other}");
    }
}

pub(crate) fn several_files_of_one_feed_are_one_feed() {
    for (one, other) in PAIRS {
        let mut intake = Intake::new(usize::MAX);
        for path in [one, other] {
            let options = ReadOptions::default();
            intake
                .read(&input(path), &options, &mut |_| Ok(()))
                .unwrap();
        }
        let mut settings = Settings::new(parse_date("2026-05-17").unwrap());
        settings.producer = Some("A team".to_owned());
        let (kept, report) = intake.select(&settings);
        let counts = report.counts();
        // The links of a record are counted, too.
        assert_eq!(counts.read - counts.dropped, 2 * kept.len() as u64, "{one}");
        assert_eq!(counts.merged, kept.len() as u64, "{one}");
        assert!(
            kept.iter()
                .all(|indicator| indicator.producers == ["A team"])
        );
        // Two sightings that say the same say it once.
        let alone = indicators(one);
        for indicator in kept {
            let mut said = serde_json::to_value(&*indicator).unwrap();
            let known = &alone[&indicator.ioc.to_string()];
            said["producers"] = known["producers"].clone();
            // A run says in each source what is stated there.
            for source in said["sources"].as_array_mut().into_iter().flatten() {
                assert_eq!(source["producer"], "A team", "{one}");
                let stated = ["producer", "confidence", "tlp", "first_seen", "last_seen"];
                source
                    .as_object_mut()
                    .unwrap()
                    .retain(|name, _| !stated.contains(&name.as_str()));
            }
            let given = said["sources"].as_array().cloned().unwrap_or_default();
            if given
                .iter()
                .all(|source| source.as_object().unwrap().is_empty())
            {
                said.as_object_mut().unwrap().remove("sources");
            }
            assert_eq!(&said, known, "{one}");
        }
    }
}

pub(crate) fn what_the_publishers_say_is_kept() {
    let urls = indicators("abusech/urlhaus.csv");
    assert_eq!(
        urls["http://42.227.6.103:53333/bin.sh"],
        serde_json::json!({
            "type": "url", "value": "http://42.227.6.103:53333/bin.sh",
            "first_seen": "2026-01-20T07:29:22Z", "last_seen": "2026-01-20T07:52:26Z",
            "producers": ["abuse.ch URLhaus"], "sources": [{"origin": "geenensp"}],
            "references": ["https://urlhaus.abuse.ch/url/3760525/"], "context": ["url_status: online"],
            "tags": ["malware_download", "32-bit", "elf", "mips", "Mozi"],
        })
    );
    let servers = indicators("abusech/feodo_ipblocklist.csv");
    assert_eq!(
        servers["192.9.135.73"],
        serde_json::json!({
            "type": "ipv4", "value": "192.9.135.73", "ports": [1194],
            "first_seen": "2023-05-23T17:51:44Z", "last_seen": "2024-04-01T00:00:00Z",
            "producers": ["abuse.ch Feodo Tracker"], "context": ["c2_status: online"], "tags": ["Pikabot"],
        })
    );
    let mixed = indicators("abusech/threatfox.json");
    assert_eq!(
        mixed["81.78.221.15"],
        serde_json::json!({
            "type": "ipv4", "value": "81.78.221.15", "ports": [4782], "confidence": "high",
            "first_seen": "2026-02-02T08:01:13Z", "producers": ["abuse.ch ThreatFox"], "sources": [{"origin": "DonPasci"}],
            "references": ["https://search.censys.io/hosts/81.78.221.15"],
            "context": ["malware_alias: CinaRAT,QuasarRAT,Yggdrasil"],
            "tags": ["botnet_cc", "Quasar RAT", "AS5378", "C2", "censys", "Quasar", "RAT", "Vodafone"],
        })
    );
    let known = indicators("kev/kev_small.json");
    let ransomware = known
        .values()
        .filter(|cve| cve["vulnerability"]["ransomware"] == true);
    // By `grep -c '"Known"'`.
    assert_eq!(ransomware.count(), 4);
}
