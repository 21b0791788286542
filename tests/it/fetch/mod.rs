//! The client against servers that misbehave. Everything is on loopback and ends by itself.

mod cut;
mod faults;
mod hostile;
mod iocs;
mod limits;
mod rules;
mod secrets;
mod server;
mod tls;
mod walk;

use std::time::Duration;

use socdef_sigma::error::{Error, ErrorKind, Result};
use socdef_sigma::fetch::{ApiKey, Client, FetchedIndicators, FetchedRules, SafeUrl, Settings};
use socdef_sigma::wire::Query;

const KEY: &str = "sk_live_0123456789abcdefghij";

/// Settings for a server: no delays, short time limits.
fn settings(base: &str) -> Settings {
    Settings {
        base_url: SafeUrl::base(base).unwrap(),
        connect_timeout: Duration::from_secs(2),
        read_timeout: Duration::from_secs(5),
        total_timeout: Duration::from_secs(10),
        no_delays: true,
        ..Settings::new(ApiKey::new(KEY).unwrap())
    }
}

fn rules(settings: Settings) -> Result<FetchedRules> {
    Client::new(settings)?.rules(&Query::default(), &mut |_, _| Ok(()))
}

/// The rules of a query of these parameters.
fn fetch_with(settings: Settings, pairs: &[(&str, &str)]) -> Result<FetchedRules> {
    let query = Query::read(pairs.iter().copied(), false).unwrap();
    Client::new(settings)?.rules(&query, &mut |_, _| Ok(()))
}

fn iocs(settings: Settings) -> Result<FetchedIndicators> {
    Client::new(settings)?.iocs(&Query::default(), usize::MAX, &mut |_, _| Ok(()))
}

/// The kind of an error, which must not show the key in any form.
fn kind<T>(result: Result<T>) -> ErrorKind {
    kind_and_text(result).0
}

fn kind_and_text<T>(result: Result<T>) -> (ErrorKind, String) {
    let error: Error = match result {
        Ok(_) => panic!("this should fail"),
        Err(error) => error,
    };
    let shown = format!("{error} {error:?} {error:#?} {}", error.report());
    assert!(!shown.contains(&KEY["sk_live_".len()..]), "{shown}");
    (error.kind(), error.report())
}

/// A rule in the form of the service, with an id made of a number.
fn rule(number: usize) -> String {
    format!(
        "title: SOC Defenders - Malicious IPv4 Indicator\nid: 00000000-0000-4000-8000-{number:012}\nstatus: experimental\n\
         logsource:\n  category: network_connection\n  product: windows\ndetection:\n  selection:\n    DestinationIp: '203.0.113.{}'\n  \
         condition: selection\nlevel: high\n",
        number % 256
    )
}

fn stream(numbers: impl IntoIterator<Item = usize>) -> String {
    numbers
        .into_iter()
        .map(rule)
        .collect::<Vec<_>>()
        .join("---\n")
}
