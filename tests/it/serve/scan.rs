//! The server's filters give what a plain scan of the same indicators gives.

use std::collections::BTreeMap;

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use proptest::prelude::*;
use socdef_sigma::indicator::Confidence;
use socdef_sigma::{Indicator, IocType, Sector};

use super::client::{Shelf, indicator, now};

const VALUES: [&str; 14] = [
    "198.51.100.1",
    "198.51.100.2",
    "198.51.100.0/24",
    "2001:db8::1",
    "evil.example",
    "bad.example",
    "http://evil.example/a",
    "http://evil.example/b?c=*",
    "0123456789abcdef0123456789abcdef",
    "a010d5449d29a1916827fdb443e3c84c405cb2a5",
    "68872cc22fbdf0c2f69c32ac878ba9a7b7cf61fe5dd0e3da200131b8b23438e7",
    "CVE-2017-1188",
    "CVE-2020-0601",
    "a@evil.example",
];
const PRODUCERS: [&str; 3] = ["ESET", "Unit 42", "SOC Defenders"];

/// What one producer says about one value in one batch.
#[derive(Debug, Clone)]
struct Said {
    value: usize,
    producer: usize,
    confidence: Option<Confidence>,
    industries: Vec<&'static str>,
    /// Hours from now.
    valid_for: Option<i64>,
    revoked: bool,
}

#[derive(Debug, Clone)]
struct Asked {
    ioc_type: Option<IocType>,
    confidence: Option<Confidence>,
    industry: Option<&'static str>,
    /// Hours before now, and a half: never on the border.
    since: Option<i64>,
    page: Option<(usize, usize)>,
    short: bool,
}

fn confidence() -> impl Strategy<Value = Confidence> {
    prop::sample::select(Confidence::ALL.to_vec())
}

fn industry() -> impl Strategy<Value = &'static str> {
    prop::sample::select(Sector::SLUGS[..4].to_vec())
}

fn said() -> impl Strategy<Value = Said> {
    (
        0..VALUES.len(),
        0..PRODUCERS.len(),
        prop::option::of(confidence()),
        prop::collection::vec(industry(), 0..3),
        prop::option::weighted(0.3, prop_oneof![-5_i64..-1, 2_i64..5]),
        prop::bool::weighted(0.2),
    )
        .prop_map(
            |(value, producer, confidence, industries, valid_for, revoked)| Said {
                value,
                producer,
                confidence,
                industries,
                valid_for,
                revoked,
            },
        )
}

fn asked() -> impl Strategy<Value = Asked> {
    (
        prop::option::weighted(0.3, prop::sample::select(IocType::DEFAULT.to_vec())),
        prop::option::weighted(0.4, confidence()),
        prop::option::weighted(0.4, industry()),
        prop::option::weighted(0.5, 0_i64..60),
        prop::option::weighted(0.5, (0_usize..8, 1_usize..8)),
        any::<bool>(),
    )
        .prop_map(
            |(ioc_type, confidence, industry, since, page, short)| Asked {
                ioc_type,
                confidence,
                industry,
                since,
                page,
                short,
            },
        )
}

/// What is known of one value, kept in the plainest way.
#[derive(Default, Clone)]
struct Known {
    order: usize,
    changed: i64,
    /// The last confidence that each producer stated in each source.
    confidences: BTreeMap<(usize, usize), Confidence>,
    industries: Vec<&'static str>,
    /// The last word of each producer.
    words: BTreeMap<usize, (bool, Option<i64>)>,
}

impl Known {
    fn confidence(&self) -> Confidence {
        self.confidences
            .values()
            .max()
            .copied()
            .unwrap_or(Confidence::Medium)
    }

    fn is_live(&self) -> bool {
        self.words
            .values()
            .any(|(revoked, valid)| !revoked && valid.is_none_or(|hours| hours > 0))
    }
}

fn model(batches: &[(i64, Vec<Said>)]) -> Vec<(usize, Known)> {
    let mut known: BTreeMap<usize, Known> = BTreeMap::new();
    let mut order = 0;
    for (index, (hours_ago, batch)) in batches.iter().enumerate() {
        for said in batch {
            let one = known.entry(said.value).or_insert_with(|| {
                order += 1;
                Known {
                    order,
                    ..Known::default()
                }
            });
            one.changed = *hours_ago;
            if let Some(level) = said.confidence {
                one.confidences.insert((said.producer, index % 2), level);
            }
            one.industries.extend(&said.industries);
            one.words
                .insert(said.producer, (said.revoked, said.valid_for));
        }
    }
    let mut known: Vec<_> = known.into_iter().collect();
    known.sort_by_key(|(_, one)| one.order);
    known
}

fn scan(known: &[(usize, Known)], asked: &Asked) -> Vec<&'static str> {
    let type_of = |value: usize| indicator(VALUES[value]).ioc.ioc_type();
    known
        .iter()
        .filter(|(value, one)| {
            one.is_live()
                && asked.ioc_type.is_none_or(|kind| kind == type_of(*value))
                && asked
                    .confidence
                    .is_none_or(|level| level == one.confidence())
                && asked
                    .industry
                    .is_none_or(|slug| one.industries.contains(&slug))
                && asked.since.is_none_or(|hours| one.changed <= hours)
                && (!asked.short || one.changed < 24)
        })
        .map(|(value, _)| VALUES[*value])
        .collect()
}

fn indicator_of(said: &Said, batch: usize, now: DateTime<Utc>) -> Indicator {
    let mut one = indicator(VALUES[said.value]);
    one.producers.push(PRODUCERS[said.producer].to_owned());
    one.confidence = said.confidence;
    one.industries = said
        .industries
        .iter()
        .map(|slug| (*slug).to_owned())
        .collect();
    one.industries.dedup();
    one.valid_until = said.valid_for.map(|hours| now + Duration::hours(hours));
    one.revoked = said.revoked;
    // Something new every time, so that every batch is a change.
    one.tags.push(format!("batch-{batch}"));
    one
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_servers_filters_equal_a_plain_scan(
        batches in prop::collection::vec(prop::collection::vec(said(), 1..12), 1..7),
        questions in prop::collection::vec(asked(), 12),
    ) {
        let now = now();
        // The oldest first, some of them beyond a day.
        let count = batches.len() as i64;
        let batches: Vec<(i64, Vec<Said>)> = batches
            .into_iter()
            .enumerate()
            .map(|(index, mut batch)| {
                // One word a batch: the second of one producer on one value is another batch's.
                let mut seen = Vec::new();
                batch.retain(|said| !seen.contains(&(said.value, said.producer)) && { seen.push((said.value, said.producer)); true });
                ((count - index as i64) * 9, batch)
            })
            .collect();
        let shelf = Shelf::new();
        for (index, (hours_ago, batch)) in batches.iter().enumerate() {
            let indicators: Vec<_> = batch.iter().map(|said| indicator_of(said, index, now)).collect();
            shelf.put_at(&format!("s{}", index % 2), &indicators, now - Duration::hours(*hours_ago));
        }
        let known = model(&batches);
        let server = shelf.serve("plans: {short: {look_back_days: 1, requests_per_minute: 100000}, pro: {requests_per_minute: 100000}}");
        let short = shelf.key("short");
        for asked in questions {
            let expected = scan(&known, &asked);
            let mut query: Vec<String> = Vec::new();
            query.extend(asked.ioc_type.map(|kind| format!("type={kind}")));
            query.extend(asked.confidence.map(|level| format!("confidence={level}")));
            query.extend(asked.industry.map(|slug| format!("industry={slug}")));
            query.extend(asked.since.map(|hours| {
                let since = now - Duration::hours(hours) - Duration::minutes(30);
                format!("since={}", since.to_rfc3339_opts(SecondsFormat::Secs, true))
            }));
            let mut page = expected.clone();
            if let Some((offset, limit)) = asked.page {
                query.push(format!("offset={offset}&limit={limit}"));
                page = expected.iter().skip(offset).take(limit).copied().collect();
            }
            let key = if asked.short { &short } else { &server.pro };
            let query = query.join("&");
            let list = server.get_as(key, &format!("/api/v1/iocs?{query}"));
            prop_assert_eq!(list.values(), page.clone(), "{}", query);
            prop_assert_eq!(list.number("x-total-count"), expected.len() as u64);
            let rules = server.get_as(key, &format!("/api/v1/iocs/sigma?{query}"));
            let ids: Vec<_> = rules.text().lines().filter_map(|line| line.strip_prefix("id: ")).collect();
            let wanted: Vec<_> = page.iter().map(|value| indicator(value).ioc.id().to_string()).collect();
            prop_assert_eq!(ids, wanted);
        }
    }
}
