//! What a server says when it gives no answer, as our errors.

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value as Json;

use super::key::ApiKey;
use crate::error::{Error, ErrorKind};
use crate::hidden::is_hidden;
use crate::wire::{DEFAULT_LIMIT, ErrorCode};

/// The longest text of a server in an error, in characters.
const MAX_TEXT: usize = 300;

/// An answer that is not a success.
pub(super) struct Refusal<'a> {
    pub(super) status: StatusCode,
    pub(super) content_type: Option<&'a str>,
    /// The beginning of the body.
    pub(super) body: &'a [u8],
    /// The header with the id of the request.
    pub(super) request_id: Option<&'a str>,
    pub(super) key: &'a ApiKey,
}

/// The error envelope as far as anybody sends it.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Envelope {
    error: Detail,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    code: String,
    message: String,
    request_id: String,
    details: Json,
}

impl Refusal<'_> {
    /// The error, which holds the server's code and message and the id of the request, and never the key.
    pub(super) fn error(&self) -> Error {
        let detail = serde_json::from_slice::<Envelope>(self.body)
            .unwrap_or_default()
            .error;
        let code = self.clean(&detail.code);
        let mut said = self.clean(&detail.message);
        if said.is_empty()
            && self
                .content_type
                .is_some_and(|kind| kind.starts_with("text/plain"))
        {
            said = self.clean(&String::from_utf8_lossy(self.body));
        }
        let mut message = match self.status.as_u16() {
            401 => "the server refuses the API key".to_owned(),
            403 => "the plan of the API key does not allow this".to_owned(),
            429 => "the server's rate limit is used up".to_owned(),
            _ => format!("the server answers {}", self.status),
        };
        if !code.is_empty() {
            message.push_str(&format!(" ({code})"));
        }
        if !said.is_empty() {
            message.push_str(&format!(": {said}"));
        }
        let id = match detail.request_id.is_empty() {
            true => self.request_id.unwrap_or_default(),
            false => &detail.request_id,
        };
        let id = self.clean(id);
        if !id.is_empty() {
            message.push_str(&format!(" [request {id}]"));
        }
        let error = Error::new(self.kind(), message);
        match self.hint(&code) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }

    /// How many results the server gives at once, where it refuses to give as many as were asked for.
    pub(super) fn page_size(&self) -> Option<u64> {
        let detail = serde_json::from_slice::<Envelope>(self.body)
            .unwrap_or_default()
            .error;
        let about_limit = self.status == StatusCode::BAD_REQUEST
            && detail.code == ErrorCode::InvalidParameter.as_str()
            && detail.details.get("parameter").and_then(Json::as_str) == Some("limit");
        about_limit.then(|| {
            detail
                .details
                .get("maximum")
                .and_then(Json::as_u64)
                .unwrap_or(DEFAULT_LIMIT)
        })
    }

    fn kind(&self) -> ErrorKind {
        match self.status.as_u16() {
            400 => ErrorKind::BadUsage,
            401 => ErrorKind::BadKey,
            402 | 403 => ErrorKind::PlanRequired,
            407 => ErrorKind::Network,
            429 => ErrorKind::RateLimited,
            _ => ErrorKind::Server,
        }
    }

    fn hint(&self, code: &str) -> Option<&'static str> {
        Some(match self.status.as_u16() {
            401 if code == ErrorCode::ExpiredApiKey.as_str() => {
                "the key has expired; create a new one"
            }
            401 => "check the key, and that it belongs to this service",
            402 | 403 => {
                "rules need a Pro key; `fetch iocs` works with a Free key and compiles the rules here"
            }
            404 => "check the base address",
            407 => {
                "the proxy wants a user name and password: `https_proxy=http://user:password@proxy:port`"
            }
            429 => "wait for the end of the window, or allow a longer wait with `--max-wait`",
            _ => return None,
        })
    }

    fn clean(&self, text: &str) -> String {
        clean(&self.key.scrub(text))
    }
}

/// One line of a server's text: without what a terminal would act on, and not too long.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::new();
    for (count, word) in text
        .split(|c: char| c.is_whitespace() || is_hidden(c))
        .filter(|word| !word.is_empty())
        .enumerate()
    {
        if count > 0 {
            clean.push(' ');
        }
        clean.push_str(word);
    }
    match clean.char_indices().nth(MAX_TEXT) {
        Some((at, _)) => format!("{}…", &clean[..at]),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk_live_0123456789abcdef";

    fn error(status: u16, content_type: &str, body: &str) -> Error {
        Refusal {
            status: StatusCode::from_u16(status).unwrap(),
            content_type: Some(content_type),
            body: body.as_bytes(),
            request_id: None,
            key: &ApiKey::new(KEY).unwrap(),
        }
        .error()
    }

    #[test]
    fn the_envelope_is_in_the_error() {
        let body = r#"{"error": {"code": "plan_required", "message": "Sigma needs Pro", "request_id": "req_7", "details": {}}}"#;
        let error = error(403, "application/json", body);
        assert_eq!(
            (error.kind(), error.kind().exit_status()),
            (ErrorKind::PlanRequired, 3)
        );
        assert_eq!(
            error.message(),
            "the plan of the API key does not allow this (plan_required): Sigma needs Pro [request req_7]"
        );
    }

    #[test]
    fn a_body_cannot_do_harm() {
        let body = format!(
            r#"{{"error": {{"code": "x", "message": "bad \u001b[31m\n{KEY}\u202e{}"}}}}"#,
            "y".repeat(9999)
        );
        let text = error(401, "application/json", &body).report();
        assert!(
            text.starts_with(
                "error[bad_key]: the server refuses the API key (x): bad [31m sk_live_**** yyy"
            ),
            "{text}"
        );
        assert!(text.len() < 600 && text.lines().count() == 2, "{text}");
        for body in ["", "{", "<html><script>…", r#"{"error": "no"}"#, r#"[1]"#] {
            assert_eq!(
                error(500, "text/html", body).message(),
                "the server answers 500 Internal Server Error"
            );
        }
        assert_eq!(
            error(502, "text/plain", "upstream\r\n down").message(),
            "the server answers 502 Bad Gateway: upstream down"
        );
    }
}
