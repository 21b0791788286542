//! One answer from the feed: which IOCs, whether they are news to the client, and its body.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::{DateTime, Days, SecondsFormat, SubsecRound, Utc};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use super::access::{self, Admitted};
use super::answer::Refusal;
use super::body::{Encoder, Pages};
use super::config::{Plan, PlanFormat};
use super::state::{Context, State};
use super::store::{Filter, Listing, OpenStore, Reader};
use super::turns::{KeyTurns, Turn};
use crate::wire::{
    DEFAULT_LIMIT, InvalidParameter, LAST_REMOVAL_HEADER, Links, ListFormat, MAX_LIMIT, Meta,
    Query, TOTAL_HEADER,
};

/// Answers a request for the feed, as the list in some format or as Sigma rules.
pub(crate) async fn answer(
    state: &State,
    context: &Arc<Context>,
    request: &Parts,
    sigma: bool,
) -> Result<Response, Refusal> {
    let (headers, uri) = (&request.headers, &request.uri);
    let Admitted { key, plan, store } = access::admit(state, context, headers, uri).await?;
    if sigma {
        access::covers(state, &plan, context, PlanFormat::Sigma)?;
    }
    let query = query(uri.query().unwrap_or_default(), !sigma)?;
    context.learn(|known| known.query = Some(encoded(&query.pairs())));
    let format = match (sigma, query.format) {
        (true, _) => PlanFormat::Sigma,
        (false, ListFormat::Json) => PlanFormat::Json,
        (false, ListFormat::Csv) => PlanFormat::Csv,
        (false, ListFormat::Txt) => PlanFormat::Txt,
    };
    access::covers(state, &plan, context, format)?;
    let ask = Ask {
        limit: limit(&query, &plan, &context.known().plan.unwrap_or_default())?,
        path: uri.path().to_owned(),
        now: Utc::now(),
        format,
        query,
        plan,
    };
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let known: Vec<String> = known
        .filter_map(|value| value.to_str().ok().map(str::to_owned))
        .collect();
    let (turns, turn) = turn(state, context, &key).await?;
    let (shared, seen, from) = (state.clone(), context.clone(), store.clone());
    let found = state
        .read(store, turn, move |reader| {
            ask.find(reader, &from, &shared, seen, &known, turns)
        })
        .await?;
    Ok(found.response())
}

/// How long a request for the feed waits for its turn.
const QUEUE: Duration = Duration::from_secs(1);

/// Waits for a place among the answers of the key, which the connection keeps until the client has the answer, and for the
/// turn to make the first piece.
async fn turn(state: &State, context: &Context, key: &str) -> Result<(KeyTurns, Turn), Refusal> {
    let limits = &state.config.limits;
    let (slot, turns) = tokio::time::timeout(QUEUE, state.turns.enter(key))
        .await
        .map_err(|_| {
            Refusal::busy(&format!(
                "{} answers to this API key are under way already, which is as many as there may be; try again when \
                 one has been read",
                limits.answers_per_key
            ))
        })?
        .map_err(Refusal::internal)?;
    context.place.answers(slot);
    let turn = tokio::time::timeout(QUEUE, turns.turn())
        .await
        .map_err(|_| Refusal::busy("too many requests are being answered; try again"))?
        .map_err(Refusal::internal)?;
    Ok((turns, turn))
}

/// Reads a query. A `+` in a time is meant as one: few people encode it.
fn query(text: &str, list: bool) -> Result<Query, InvalidParameter> {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(text.as_bytes())
        .map(|(name, value)| match &*name {
            "since" if value.contains('T') => (name.into_owned(), value.replace(' ', "+")),
            _ => (name.into_owned(), value.into_owned()),
        })
        .collect();
    let pairs = pairs
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    Query::read(pairs, list)
}

/// The limit in force: the requested one, which the plan must allow.
fn limit(query: &Query, plan: &Plan, name: &str) -> Result<u64, Refusal> {
    let Some(limit) = query.limit else {
        return Ok(DEFAULT_LIMIT.min(plan.results));
    };
    if limit <= plan.results {
        return Ok(limit);
    }
    let allowed = format!("a number from 1 to {} with the plan `{name}`", plan.results);
    let invalid = InvalidParameter {
        name: "limit".to_owned(),
        allowed: allowed.clone(),
    };
    Err(Refusal::from(invalid).details(
        json!({"parameter": "limit", "allowed": allowed, "maximum": plan.results, "plan": name}),
    ))
}

fn encoded(pairs: &[(&'static str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The request, with everything that decides the answer.
struct Ask {
    query: Query,
    limit: u64,
    format: PlanFormat,
    plan: Plan,
    path: String,
    now: DateTime<Utc>,
}

impl Ask {
    /// Finds it, and makes the first part of the body: an error here still becomes an error answer.
    fn find(
        self,
        reader: Reader,
        store: &OpenStore,
        state: &State,
        context: Arc<Context>,
        known: &[String],
        turns: KeyTurns,
    ) -> rusqlite::Result<Found> {
        reader.hold()?;
        let look_back = Days::new(u64::from(self.plan.look_back_days));
        let filter = Filter {
            ioc_type: self.query.ioc_type,
            confidence: self.query.confidence,
            industry: self.query.industry.clone(),
            since: self.query.since,
            not_before: self
                .now
                .checked_sub_days(look_back)
                .unwrap_or(DateTime::<Utc>::MIN_UTC),
            now: self.now,
        };
        let listing = reader.list(&filter, self.query.offset, self.limit)?;
        let next = self.next(&listing);
        let last_removal = reader.last_removal(filter.not_before)?;
        let etag = self.etag(store, state, &listing);
        let mut found = Found {
            headers: HeaderMap::new(),
            body: None,
        };
        let headers = &mut found.headers;
        set(headers, header::ETAG, &etag);
        set(
            headers,
            HeaderName::from_static(TOTAL_HEADER),
            &listing.total.to_string(),
        );
        if let Some(at) = last_removal {
            let at = at.to_rfc3339_opts(SecondsFormat::Micros, true);
            set(headers, HeaderName::from_static(LAST_REMOVAL_HEADER), &at);
        }
        set(headers, header::CACHE_CONTROL, "private, no-cache");
        set(headers, header::VARY, "authorization, x-api-key");
        if let Some(next) = &next {
            set(headers, header::LINK, &format!("<{next}>; rel=\"next\""));
        }
        if known.iter().any(|known| matches(known, &etag)) {
            return Ok(found);
        }
        set(
            headers,
            header::CONTENT_TYPE,
            Encoder::content_type(self.format),
        );
        let encoder = match self.format {
            PlanFormat::Sigma => Encoder::sigma(),
            PlanFormat::Csv => Encoder::csv(),
            PlanFormat::Txt => Encoder::txt(),
            PlanFormat::Json => {
                let links = Links {
                    this: self.link(self.query.offset),
                    next,
                };
                Encoder::json(&self.meta(&listing, &state.config.source), &links)
            }
        };
        let mut pages = Pages::new(
            reader,
            &listing.page,
            encoder,
            state.clone(),
            context,
            turns,
        );
        pages.begin()?;
        found.body = Some(pages);
        Ok(found)
    }

    fn meta(&self, listing: &Listing, source: &str) -> Meta {
        let filters = self.query.pairs().into_iter();
        let filters: Map<String, Json> = filters
            .filter(|(name, _)| !matches!(*name, "limit" | "offset" | "format"))
            .map(|(name, value)| (name.to_owned(), Json::String(value)))
            .collect();
        Meta {
            total: listing.total,
            limit: self.limit,
            offset: self.query.offset,
            generated_at: self.now.trunc_subsecs(6),
            feed_version: "1.0".to_owned(),
            source: source.to_owned(),
            filters,
        }
    }

    /// The address of the same question with another offset: a path, since behind a proxy only the client knows the host.
    fn link(&self, offset: u64) -> String {
        let query = Query {
            offset,
            limit: Some(self.limit),
            ..self.query.clone()
        };
        format!("{}?{}", self.path, encoded(&query.pairs()))
    }

    fn next(&self, listing: &Listing) -> Option<String> {
        let end = self.query.offset.saturating_add(listing.page.len() as u64);
        (!listing.page.is_empty() && end < listing.total).then(|| self.link(end))
    }

    /// Equal for equal answers. Weak: the same answer may be compressed, and the list has the time in it.
    fn etag(&self, store: &OpenStore, state: &State, listing: &Listing) -> String {
        let mut hash = Sha256::new();
        let mut part = |bytes: &[u8]| {
            hash.update((bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        };
        part(env!("CARGO_PKG_VERSION").as_bytes());
        part(store.id().as_bytes());
        part(state.config.source.as_bytes());
        part(self.format.as_str().as_bytes());
        part(self.link(self.query.offset).as_bytes());
        part(&listing.total.to_le_bytes());
        for (id, changed) in &listing.page {
            hash.update(id.to_le_bytes());
            hash.update(changed.to_le_bytes());
        }
        format!("W/\"{}\"", super::keys::hex(&hash.finalize()[..16]))
    }
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Whether a header `If-None-Match` names an answer.
fn matches(header: &str, etag: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    header.trim() == "*" || header.split(',').any(|tag| opaque(tag) == opaque(etag))
}

struct Found {
    headers: HeaderMap,
    /// None where the client has it already.
    body: Option<Pages>,
}

impl Found {
    fn response(self) -> Response {
        let (status, body) = match self.body {
            None => (StatusCode::NOT_MODIFIED, Body::empty()),
            Some(pages) => (StatusCode::OK, pages.body()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = status;
        *response.headers_mut() = self.headers;
        response
    }
}

const _: () = assert!(DEFAULT_LIMIT <= MAX_LIMIT);
