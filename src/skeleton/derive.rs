//! Finding the skeleton of a class: rendering with markers, and seeing where they come out.

use std::sync::{Arc, Mutex, PoisonError};

use uuid::Uuid;

use super::placeable::{self, Names};
use super::placeholder::Placeholder;
use super::{Part, Piece, PlaceholderRule, RuleSkeleton};
use crate::indicator::{Confidence, Indicator};
use crate::registry::{DerivedValue, DerivedValues};
use crate::render::{self, RenderSettings, Values};
use crate::rule::emit::{self, Sink, Style};
use crate::template::Template;

/// What two derivations begin their markers with. Text of the feed that has one of them by chance, or by malice, has not the other.
const NONCES: [u32; 2] = [0x5c3a_91e7, 0xa7d0_4f26];

/// The skeleton of a class, by one of its indicators; or why it has none, in a line.
pub(super) fn derive(
    template: &Template,
    indicator: &Indicator,
    confidence: Confidence,
    values: &Values,
) -> Result<RuleSkeleton, String> {
    placeable::check(template.body(), &Names::of(&values.derived))?;
    let [one, other] = NONCES.map(|nonce| sketch(template, indicator, confidence, values, nonce));
    let (one, other) = (one?, other?);
    match one.parts == other.parts {
        true => Ok(one),
        false => Err("its result depends on the value".to_owned()),
    }
}

/// Why the rules of a template for such an indicator are rendered in full, in a line; `None` where they have a skeleton.
///
/// ```
/// use socdef_sigma::render::RenderSettings;
/// use socdef_sigma::skeleton::why_no_skeleton;
/// use socdef_sigma::template::Catalog;
/// use socdef_sigma::{Confidence, Indicator, indicator::parse};
///
/// let settings = RenderSettings { now: chrono::Utc::now(), default_confidence: Confidence::Medium };
/// let catalog = Catalog::registered();
/// let template = catalog.get("url/proxy").unwrap();
/// let indicator = Indicator::new(parse("http://evil.example/a.php?id=1").unwrap());
/// assert_eq!(why_no_skeleton(template, &indicator, &settings), None);
/// ```
pub fn why_no_skeleton(
    template: &Template,
    indicator: &Indicator,
    settings: &RenderSettings,
) -> Option<String> {
    let values = Values::of(template, indicator, settings);
    let confidence = indicator.confidence.unwrap_or(settings.default_confidence);
    derive(template, indicator, confidence, &values).err()
}

fn sketch(
    template: &Template,
    indicator: &Indicator,
    confidence: Confidence,
    values: &Values,
    nonce: u32,
) -> Result<RuleSkeleton, String> {
    let mut markers = Markers::new(nonce);
    let stand_ins = markers.stand_ins(values);
    let heads = Arc::new(Mutex::new(Vec::new()));
    let context = render::context(template, indicator, confidence, &stand_ins);
    let prefix = markers.prefix();
    let text = template
        .render_marked(
            context,
            {
                let prefix = prefix.clone();
                move |text| mark(&prefix, text)
            },
            {
                let heads = heads.clone();
                move |head| {
                    let mut heads = heads.lock().unwrap_or_else(PoisonError::into_inner);
                    heads.push(head.to_owned());
                    format!("{prefix}{:03}t.zq", heads.len() - 1)
                }
            },
        )
        .map_err(|error| error.to_string())?;
    let rule = render::parsed(template, stand_ins.id, &text).map_err(|error| error.to_string())?;
    let heads = heads.lock().unwrap_or_else(PoisonError::into_inner);
    for (at, head) in heads.iter().enumerate() {
        let marker = format!("{}{at:03}t.zq", markers.prefix());
        markers.0.push((marker, Placeholder::Title(head.clone())));
    }
    let mut recorder = Recorder {
        markers: &markers,
        parts: Vec::new(),
        literal: String::new(),
    };
    emit::document(&mut recorder, &rule);
    let parts = recorder.finish();
    Ok(RuleSkeleton {
        parts,
        rule: PlaceholderRule::new(rule, markers.0),
    })
}

/// Makes an escaped marker of each marker in a text, where the filter `sigma` sees it.
fn mark(prefix: &str, text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(prefix) {
        let end = at + prefix.len() + 4;
        let Some(marker) = rest.get(at..end) else {
            break;
        };
        marked.push_str(&crate::rule::escape::sigma_escape(&rest[..at]));
        marked.push_str(&marker[..marker.len() - 1]);
        marked.push('s');
        rest = &rest[end..];
    }
    marked.push_str(&crate::rule::escape::sigma_escape(rest));
    marked
}

/// The markers of one derivation, and the placeholders that they stand for.
struct Markers(Vec<(String, Placeholder)>, u32);

impl Markers {
    fn new(nonce: u32) -> Markers {
        Markers(Vec::new(), nonce)
    }

    fn prefix(&self) -> String {
        format!("zq{:08x}", self.1)
    }

    /// A marker that is good as any text, as a tag too: `zq5c3a91e7000r.zq`, and `…s.zq` once it is escaped.
    fn marker(&mut self, placeholder: Placeholder) -> String {
        let at = self.0.len() / 2;
        let prefix = self.prefix();
        let raw = format!("{prefix}{at:03}r.zq");
        let escaped = format!("{prefix}{at:03}s.zq");
        self.0.push((raw.clone(), placeholder.clone()));
        self.0
            .push((escaped, Placeholder::Sigma(Box::new(placeholder))));
        raw
    }

    /// Values with a marker for each text.
    fn stand_ins(&mut self, values: &Values) -> Values {
        let mut derived = DerivedValues::new();
        for (name, form) in values.derived.iter() {
            derived = match form {
                DerivedValue::Text(_) => {
                    derived.text(name, self.marker(Placeholder::Derived(name)))
                }
                DerivedValue::Texts(texts) => {
                    let items: Vec<String> = (0..texts.len())
                        .map(|at| self.marker(Placeholder::Item(name, at)))
                        .collect();
                    derived.texts(name, items)
                }
                DerivedValue::Flag(flag) => derived.flag(name, *flag),
            };
        }
        let mut stand_ins = Values {
            id: Uuid::from_u64_pair(u64::from(self.1) << 32 | 0x5a71, u64::from(!self.1)),
            display: self.marker(Placeholder::Display),
            short_id: self.marker(Placeholder::ShortId),
            // Dates that no feed has, a year apart, and others for the other nonce.
            date: format!("{}-01-02", 1000 + self.1 % 400),
            modified: None,
            value: self.marker(Placeholder::Value),
            originals: Vec::new(),
            moments: Vec::new(),
            derived,
        };
        stand_ins.originals = (0..values.originals.len())
            .map(|at| self.marker(Placeholder::Original(at)))
            .collect();
        for (at, moment) in values.moments.iter().enumerate() {
            let marker = moment
                .as_ref()
                .map(|_| self.marker(Placeholder::Moment(at)));
            stand_ins.moments.push(marker);
        }
        stand_ins.modified = values
            .modified
            .as_ref()
            .map(|_| format!("{}-03-04", 1001 + self.1 % 400));
        self.0.push((stand_ins.id.to_string(), Placeholder::Id));
        self.0.push((stand_ins.date.clone(), Placeholder::Date));
        if let Some(modified) = &stand_ins.modified {
            self.0.push((modified.clone(), Placeholder::Modified));
        }
        stand_ins
    }

    /// A text cut where markers stand in it.
    fn pieces(&self, mut text: &str) -> Vec<Piece> {
        let mut pieces = Vec::new();
        loop {
            let found = self
                .0
                .iter()
                .filter_map(|(marker, placeholder)| {
                    Some((text.find(marker.as_str())?, marker, placeholder))
                })
                .min_by_key(|(at, _, _)| *at);
            let Some((at, marker, placeholder)) = found else {
                break;
            };
            if at > 0 {
                pieces.push(Piece::Literal(text[..at].to_owned()));
            }
            pieces.push(Piece::Placeholder(placeholder.clone()));
            text = &text[at + marker.len()..];
        }
        if !text.is_empty() {
            pieces.push(Piece::Literal(text.to_owned()));
        }
        pieces
    }
}

/// Takes a document apart into what is the same and what differs.
struct Recorder<'a> {
    markers: &'a Markers,
    parts: Vec<Part>,
    literal: String,
}

impl Sink for Recorder<'_> {
    fn raw(&mut self, text: &str) {
        self.literal.push_str(text);
    }

    fn scalar(&mut self, text: &str, style: Style) {
        let pieces = self.markers.pieces(text);
        if !pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Placeholder(_)))
        {
            emit::scalar(&mut self.literal, text, style);
            return;
        }
        self.end_literal();
        self.parts.push(Part::Scalar(pieces, style));
    }
}

impl Recorder<'_> {
    fn end_literal(&mut self) {
        if !self.literal.is_empty() {
            self.parts
                .push(Part::Literal(std::mem::take(&mut self.literal)));
        }
    }

    fn finish(mut self) -> Vec<Part> {
        self.end_literal();
        self.parts
    }
}
