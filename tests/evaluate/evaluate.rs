//! Two evaluators of Sigma rules that are not ours, for the harness in `tests/python/detect/`.
//!
//! Reads one JSON object from standard input, `{"engine": "sigma-rust" | "rsigma", "rules": [YAML, …], "events": [{…}, …]}`, and writes
//! a list with an item for each rule: the positions of the events that it matches, or a text where the evaluator refuses it.

// A helper of tests may stop at the first surprise.
#![allow(clippy::unwrap_used, clippy::print_stdout, missing_docs)]

use std::io::read_to_string;

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Deserialize)]
struct Job {
    engine: String,
    rules: Vec<String>,
    events: Vec<Value>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Answer {
    Found(Vec<usize>),
    Refused(String),
}

fn main() {
    let job: Job = serde_json::from_str(&read_to_string(std::io::stdin()).unwrap()).unwrap();
    let answers = match job.engine.as_str() {
        "sigma-rust" => sigma_rust(&job),
        "rsigma" => rsigma(&job),
        other => vec![Answer::Refused(format!("no such engine: {other}"))],
    };
    println!("{}", serde_json::to_string(&answers).unwrap());
}

fn sigma_rust(job: &Job) -> Vec<Answer> {
    let read = |event: &Value| sigma_rust::event_from_json(&event.to_string()).unwrap();
    let events: Vec<_> = job.events.iter().map(read).collect();
    job.rules
        .iter()
        .map(|yaml| match sigma_rust::rule_from_yaml(yaml) {
            Ok(rule) => Answer::Found(positions(&events, |event| {
                sigma_rust::check_rule(&rule, event)
            })),
            Err(error) => Answer::Refused(error.to_string()),
        })
        .collect()
}

fn rsigma(job: &Job) -> Vec<Answer> {
    let events: Vec<_> = job
        .events
        .iter()
        .map(rsigma_eval::JsonEvent::borrow)
        .collect();
    job.rules
        .iter()
        .map(|yaml| match rsigma_rule(yaml) {
            Ok(rule) => Answer::Found(positions(&events, |event| {
                rsigma_eval::evaluate_rule(&rule, event).is_some()
            })),
            Err(error) => Answer::Refused(error),
        })
        .collect()
}

fn rsigma_rule(yaml: &str) -> Result<rsigma_eval::CompiledRule, String> {
    let read = rsigma_parser::parse_sigma_yaml(yaml).map_err(|error| error.to_string())?;
    match (&read.rules[..], &read.errors[..]) {
        ([rule], []) => rsigma_eval::compile_rule(rule).map_err(|error| error.to_string()),
        (_, errors) => Err(format!("no rule: {errors:?}")),
    }
}

fn positions<E>(events: &[E], matches: impl Fn(&E) -> bool) -> Vec<usize> {
    let numbered = events.iter().enumerate();
    numbered
        .filter(|(_, event)| matches(event))
        .map(|(at, _)| at)
        .collect()
}
