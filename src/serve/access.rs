//! Who asks: the key, its plan, and what is left of it.

use axum::http::{HeaderMap, HeaderValue, Uri, header};
use chrono::Utc;
use serde_json::json;

use super::answer::Refusal;
use super::config::{Plan, PlanFormat};
use super::keys::{self, Checked};
use super::state::{Context, Shared, State};
use super::store::OpenStore;
use super::usage::QuotaState;
use crate::wire::{API_KEY_HEADER, ErrorCode, KEY_PREFIX};

/// The parameters in which other services take keys.
const KEY_PARAMETERS: [&str; 6] = [
    "api_key",
    "apikey",
    "api-key",
    "key",
    "token",
    "access_token",
];

/// A request that is let in.
pub(crate) struct Admitted {
    /// The id of its key.
    pub(crate) key: String,
    pub(crate) plan: Plan,
    /// The store that has the key, and from which alone it is answered.
    pub(crate) store: OpenStore,
}

/// Lets a request with a valid key pass and counts it, or refuses it.
pub(crate) async fn admit(
    state: &State,
    context: &Context,
    headers: &HeaderMap,
    uri: &Uri,
) -> Result<Admitted, Refusal> {
    if let Some(name) = key_in_query(uri) {
        return Err(stranger(state, context, in_query(&name)));
    }
    let sent = match sent(headers) {
        Ok(Some(sent)) => sent,
        Ok(None) => {
            let message = "an API key is needed: send it as `Authorization: Bearer <key>` or `X-API-Key: <key>`";
            return Err(stranger(
                state,
                context,
                unauthorized(ErrorCode::MissingApiKey, message),
            ));
        }
        Err(refusal) => return Err(stranger(state, context, refusal)),
    };
    let (store, checked) = state
        .look(move |reader| keys::check(reader, &sent, Utc::now()))
        .await?;
    let key = match checked {
        Checked::Valid(key) => key,
        Checked::Expired => {
            let refusal = unauthorized(ErrorCode::ExpiredApiKey, "the API key has expired");
            return Err(stranger(state, context, refusal));
        }
        Checked::Invalid => {
            let refusal = unauthorized(
                ErrorCode::InvalidApiKey,
                "the API key is unknown or revoked",
            );
            return Err(stranger(state, context, refusal));
        }
    };
    context.learn(|known| {
        known.key = Some(key.id.clone());
        known.plan = Some(key.plan.clone());
    });
    let Some(plan) = state.config.plans.get(&key.plan) else {
        let message = format!(
            "the plan `{}` of this API key is not known to this server",
            key.plan
        );
        return Err(Refusal::new(ErrorCode::PlanRequired, message));
    };
    let now = Utc::now();
    match state.usage.take(&key.id, plan, now) {
        Ok(standing) => context.learn(|known| known.standing = Some(standing)),
        Err(standing) => {
            context.learn(|known| known.standing = Some(standing));
            let message = format!(
                "the plan `{}` allows {}",
                key.plan,
                allowed(&standing, plan)
            );
            return Err(over_limit(message, &standing));
        }
    }
    Ok(Admitted {
        plan: plan.clone(),
        key: key.id,
        store,
    })
}

fn allowed(standing: &QuotaState, plan: &Plan) -> String {
    let window = match standing.limit == plan.requests_per_minute && standing.reset % 86_400 != 0 {
        true => "minute",
        false => "day",
    };
    format!("{} requests a {window}", standing.limit)
}

/// Refuses a format that the plan does not cover.
pub(crate) fn covers(
    state: &Shared,
    plan: &Plan,
    context: &Context,
    format: PlanFormat,
) -> Result<(), Refusal> {
    if plan.covers(format) {
        return Ok(());
    }
    let has = context.known().plan.unwrap_or_default();
    let what = match format {
        PlanFormat::Sigma => "Sigma rules".to_owned(),
        other => format!("the format `{}`", other.as_str()),
    };
    let needs = state.config.plan_with(format);
    let message = match needs {
        Some(needs) => format!("{what} need the plan `{needs}`; this API key has the plan `{has}`"),
        None => format!("no plan of this server covers {what}"),
    };
    let message = match format {
        PlanFormat::Sigma => message,
        _ => message.replacen(" need ", " needs ", 1),
    };
    Err(Refusal::new(ErrorCode::PlanRequired, message).details(json!({"plan": needs, "has": has})))
}

/// Counts a request without a valid key, by its address. After too many there is another answer.
pub(crate) fn stranger(state: &Shared, context: &Context, refusal: Refusal) -> Refusal {
    match state.strangers.take(context.peer, Utc::now()) {
        Ok(standing) => {
            context.learn(|known| known.standing = Some(standing));
            refusal
        }
        Err(standing) => {
            context.learn(|known| known.standing = Some(standing));
            let message = format!(
                "{} requests a minute without a valid API key are allowed from one address",
                standing.limit
            );
            over_limit(message, &standing)
        }
    }
}

fn over_limit(message: String, standing: &QuotaState) -> Refusal {
    let wait = standing.wait(Utc::now());
    Refusal::new(
        ErrorCode::RateLimitExceeded,
        format!("{message}; wait for {wait} seconds"),
    )
    .details(json!({"limit": standing.limit, "reset": standing.reset}))
    .header(header::RETRY_AFTER, wait)
}

fn unauthorized(code: ErrorCode, message: &str) -> Refusal {
    let challenge = match code {
        ErrorCode::MissingApiKey => "Bearer realm=\"socdef-sigma\"",
        _ => "Bearer realm=\"socdef-sigma\", error=\"invalid_token\"",
    };
    Refusal::new(code, message).header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static(challenge),
    )
}

/// The key in the headers. Two different keys, and another scheme, do not count.
fn sent(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let invalid = |message: &str| unauthorized(ErrorCode::InvalidApiKey, message);
    let mut found: Option<String> = None;
    let authorizations = headers.get_all(header::AUTHORIZATION).iter().map(|value| {
        let text = value.to_str().unwrap_or_default().trim();
        match text.split_once(' ') {
            Some((scheme, key)) if scheme.eq_ignore_ascii_case("bearer") => Ok(key.trim()),
            _ => Err(invalid("the header `Authorization` must be `Bearer <key>`")),
        }
    });
    let others = headers
        .get_all(API_KEY_HEADER)
        .iter()
        .map(|value| Ok(value.to_str().unwrap_or_default().trim()));
    for key in authorizations.chain(others) {
        let key = key?;
        if found.as_ref().is_some_and(|found| found != key) {
            return Err(invalid("the request has more than one API key"));
        }
        found = Some(key.to_owned());
    }
    match found {
        Some(key) if key.is_empty() => Ok(None),
        found => Ok(found),
    }
}

/// The parameter in which the query has a key, or what looks like one.
fn key_in_query(uri: &Uri) -> Option<String> {
    let query = uri.query()?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, value)| {
            KEY_PARAMETERS
                .iter()
                .any(|known| name.eq_ignore_ascii_case(known))
                || name.contains(KEY_PREFIX)
                || value.contains(KEY_PREFIX)
        })
        .map(|(name, _)| {
            match KEY_PARAMETERS
                .iter()
                .find(|known| name.eq_ignore_ascii_case(known))
            {
                Some(known) => (*known).to_owned(),
                None => keys::redacted(&name),
            }
        })
}

fn in_query(name: &str) -> Refusal {
    let mut name: String = name.chars().take(40).collect();
    name.retain(|c| !c.is_control());
    let message = format!(
        "the parameter `{name}` has an API key: a key in an address ends up in logs and histories. Send it as \
         `Authorization: Bearer <key>` or `X-API-Key: <key>`, and replace this one if it is real"
    );
    Refusal::new(ErrorCode::InvalidParameter, message)
        .details(json!({"parameter": name, "allowed": "a header, not the address"}))
}
