//! `Explanation`, and the functions that make it.

use chrono::{DateTime, Utc};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::inputs::{inputs, read_options};
use super::report::from_json;
use super::settings::{settings, several};
use super::ticker::Ticker;
use crate::compile::{self, Explained, Record, Statement};
use crate::report::note_json;
use crate::rule::emit;

/// The outcome for one value, and the reason.
///
/// >>> from socdef_sigma import explain
/// >>> explanation = explain("10.0.0[.]1")
/// >>> explanation.canonical, explanation.verdict, explanation.words
/// ('10.0.0.1', 'drop', 'a private address: 10.0.0.0/8')
#[pyclass(frozen, get_all, module = "socdef_sigma")]
pub struct Explanation {
    /// The value as it was given.
    value: String,
    /// The type, where it is an indicator.
    r#type: Option<&'static str>,
    /// The canonical form, where it is an indicator.
    canonical: Option<String>,
    /// `keep`, `drop` or `refuse`; `absent` where the feeds do not have it.
    verdict: &'static str,
    /// The code of the reason, where it is not kept.
    reason: Option<&'static str>,
    /// The reason in words, where it is not kept.
    words: Option<String>,
    /// The confidence that counts, where it is an indicator.
    confidence: Option<&'static str>,
    /// Whether a record states the confidence; without, it is the default one.
    confidence_stated: bool,
    /// The TLP label that counts, where one is stated.
    tlp: Option<&'static str>,
    /// The level of its rules.
    level: Option<&'static str>,
    /// The records that have it, in the order of reading; None where it was not looked for in feeds.
    records: Option<Vec<Py<FeedRecord>>>,
    /// How many records have it beside those in `records`.
    unlisted: u64,
    /// How many values were read in all.
    read: u64,
    /// Notes about its records, as in `Report.notes`.
    notes: Vec<Py<PyAny>>,
    /// The names of the templates that take it.
    templates: Vec<String>,
    /// The rules as YAML, one for each selected log source; empty if it is not an indicator.
    rules: Vec<String>,
    /// The errors of templates that failed, with file and line.
    errors: Vec<String>,
}

/// One record of a feed that has a value.
///
/// >>> from socdef_sigma import explain
/// >>> record = explain("198.51.100.7", b"ip,provider,tlp\n198.51.100.7,ESET,amber\n").records[0]
/// >>> record.place, record.producers, record.confidence, record.tlp
/// ('<bytes>:2', ['ESET'], None, 'amber')
#[pyclass(frozen, get_all, module = "socdef_sigma")]
pub struct FeedRecord {
    /// The place, such as `feed.csv:12`.
    place: Option<String>,
    /// The file.
    file: Option<String>,
    /// The line, where the place is one.
    line: Option<u64>,
    /// The producers that it names.
    producers: Vec<String>,
    /// The name of its feed.
    feed: Option<String>,
    /// The confidence that it states.
    confidence: Option<&'static str>,
    /// The TLP label that it states.
    tlp: Option<&'static str>,
    /// When it says that the value was first seen.
    first_seen: Option<DateTime<Utc>>,
    /// When it says that the value was last seen.
    last_seen: Option<DateTime<Utc>>,
    /// Until when its producer stands by it.
    valid_until: Option<DateTime<Utc>>,
    /// Whether its producer has revoked it.
    revoked: bool,
    /// The code of the reason for which this record adds nothing to a rule; None where it is judged with the others.
    reason: Option<&'static str>,
    /// That reason in words.
    words: Option<String>,
}

impl From<Record> for FeedRecord {
    fn from(record: Record) -> FeedRecord {
        let Record {
            place,
            indicator,
            refusal,
        } = record;
        let indicator = indicator.as_deref();
        let source = indicator.and_then(|one| one.sources.first());
        FeedRecord {
            file: place.as_ref().map(|place| place.input.to_string()),
            line: place.as_ref().and_then(|place| place.line_number()),
            place: place.map(|place| place.to_string()),
            producers: indicator
                .map(|one| one.producers.clone())
                .unwrap_or_default(),
            feed: source.and_then(|source| source.feed_name.clone()),
            confidence: indicator.and_then(|one| Some(one.confidence?.as_str())),
            tlp: indicator.and_then(|one| Some(one.tlp?.as_str())),
            first_seen: indicator.and_then(|one| one.first_seen),
            last_seen: indicator.and_then(|one| one.last_seen),
            valid_until: indicator.and_then(|one| one.valid_until),
            revoked: indicator.is_some_and(|one| one.revoked),
            reason: refusal.as_ref().map(|refusal| refusal.reason.code()),
            words: refusal.map(|refusal| refusal.to_string()),
        }
    }
}

fn explanation(py: Python<'_>, explained: Explained) -> PyResult<Explanation> {
    let verdict = explained.verdict();
    let (mut rules, mut errors, mut level) = (Vec::new(), Vec::new(), None);
    for rule in &explained.rules {
        match rule {
            Ok(compiled) => {
                level = level.max(compiled.rule.level);
                rules.push(emit::yaml(&compiled.rule));
            }
            Err(error) => errors.push(error.one_line()),
        }
    }
    let confidence = explained.confidence().map(|level| level.as_str());
    let indicator = explained.indicator.as_ref();
    let looked = explained.statement.is_some();
    let Statement {
        records,
        unlisted,
        read,
        notes,
    } = explained.statement.unwrap_or_default();
    let records: Vec<Py<FeedRecord>> = records
        .into_iter()
        .map(|record| Py::new(py, FeedRecord::from(record)))
        .collect::<PyResult<_>>()?;
    let notes = notes
        .iter()
        .map(|note| Ok(from_json(py, &note_json(note))?.unbind()));
    Ok(Explanation {
        r#type: indicator.map(|one| one.ioc.ioc_type().as_str()),
        canonical: indicator.map(|one| one.ioc.to_string()),
        verdict,
        reason: explained
            .refusal
            .as_ref()
            .map(|refusal| refusal.reason.code()),
        words: explained.refusal.as_ref().map(ToString::to_string),
        confidence,
        confidence_stated: indicator.is_some_and(|one| one.confidence.is_some()),
        tlp: indicator.and_then(|one| Some(one.tlp?.as_str())),
        level: level.map(|level| level.as_str()),
        records: looked.then_some(records),
        unlisted,
        read,
        notes: notes.collect::<PyResult<_>>()?,
        templates: explained
            .templates
            .iter()
            .map(ToString::to_string)
            .collect(),
        rules,
        errors,
        value: explained.value,
    })
}

/// Explains a text, or several, as `compile` reads a line of a list: each value in it, with its type and canonical form, the verdict
/// and why, the templates for it, and the rules. At least one for each text.
///
/// With `source`, which is what `read` takes, the values are explained as these feeds have them: which records, what each says, and what
/// `compile` makes of them with the same options. The feeds are read once. Raises what `read` raises.
///
/// A value that the guard drops also has rules: they show what the guard prevents.
///
/// >>> from socdef_sigma import explain_all
/// >>> [one.verdict for one in explain_all("evil[.]example -> 10.0.0.1")]
/// ['keep', 'drop']
/// >>> feed = b"ip,confidence\n198.51.100.7,low\n198.51.100.7,high\n"
/// >>> [one.verdict for one in explain_all(["198.51.100.7", "evil.example"], feed)]
/// ['keep', 'absent']
#[doc = include_str!("options.txt")]
#[pyfunction]
#[pyo3(signature = (text, source=None, *, format=None, all_attributes=false, progress=None, **options))]
#[pyo3(
    text_signature = "(text, source=None, *, format=None, all_attributes=False, types=(), since=None, until=None, confidence=None, min_confidence=None, default_confidence=None, industry=None, limit=None, producer=None, max_tlp=None, guard=True, keep_expired=False, warninglists=(), allow=(), logsources=(), templates=(), now=None, progress=None)"
)]
pub fn explain_all(
    py: Python<'_>,
    text: &Bound<'_, PyAny>,
    source: Option<&Bound<'_, PyAny>>,
    format: Option<&str>,
    all_attributes: bool,
    progress: Option<Py<PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Vec<Explanation>> {
    let settings = settings(py, options)?;
    let texts: Vec<String> = several("text", text)?;
    let explained = match source {
        None => texts
            .iter()
            .flat_map(|text| compile::explain(text, &settings))
            .collect(),
        Some(source) => {
            let read_options = read_options(py, format, all_attributes)?;
            let inputs = inputs(py, source)?;
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let mut ticker = Ticker::new(progress);
            let result = py.detach(|| {
                let tick = &mut |stage: &str, count| ticker.tick(stage, count);
                compile::explain_in(&texts, &inputs, &read_options, &settings, tick)
            });
            ticker.finish(py, result)?
        }
    };
    explained
        .into_iter()
        .map(|explained| explanation(py, explained))
        .collect()
}

/// Explains one value: the first of `explain_all`.
///
/// >>> from socdef_sigma import explain
/// >>> explain("10.0.0.1").reason
/// 'private_address'
/// >>> explanation = explain("198.51.100.7", b"ip,provider\n198.51.100.7,ESET\n")
/// >>> explanation.confidence, explanation.confidence_stated, explanation.records[0].producers
/// ('medium', False, ['ESET'])
#[doc = include_str!("options.txt")]
#[pyfunction]
#[pyo3(signature = (value, source=None, *, format=None, all_attributes=false, progress=None, **options))]
#[pyo3(
    text_signature = "(value, source=None, *, format=None, all_attributes=False, types=(), since=None, until=None, confidence=None, min_confidence=None, default_confidence=None, industry=None, limit=None, producer=None, max_tlp=None, guard=True, keep_expired=False, warninglists=(), allow=(), logsources=(), templates=(), now=None, progress=None)"
)]
pub fn explain(
    py: Python<'_>,
    value: &Bound<'_, PyAny>,
    source: Option<&Bound<'_, PyAny>>,
    format: Option<&str>,
    all_attributes: bool,
    progress: Option<Py<PyAny>>,
    options: Option<&Bound<'_, PyDict>>,
) -> PyResult<Explanation> {
    let value = value.extract::<String>()?.into_pyobject(py)?.into_any();
    let mut all = explain_all(
        py,
        &value,
        source,
        format,
        all_attributes,
        progress,
        options,
    )?;
    Ok(all.swap_remove(0))
}
