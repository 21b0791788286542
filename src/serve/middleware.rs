//! What every request goes through: its id, the limits of its size and time, the headers of its answer, its line in the log.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{self, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::Response;
use http_body_util::{BodyExt, Limited};
use hyper::body::{Body as _, Frame, Incoming, SizeHint};
use tower::ServiceExt;

use super::answer::Refusal;
use super::room::Place;
use super::state::{Context, State};
use super::{access, log, routes};
use crate::wire::{
    ErrorCode, RATE_LIMIT_HEADER, RATE_REMAINING_HEADER, RATE_RESET_HEADER, REQUEST_ID_HEADER,
};

/// Answers one request.
pub(crate) async fn answer(
    state: State,
    router: Router,
    peer: SocketAddr,
    place: Arc<Place>,
    request: hyper::Request<Incoming>,
) -> Result<Response, Infallible> {
    place.heard();
    let context = Arc::new(Context::new(peer, place));
    let mut line = Line {
        method: request.method().clone(),
        path: log::path(request.uri().path()),
        route: routes::label(request.uri().path()),
        state: state.clone(),
        context: context.clone(),
        status: 0,
        bytes: 0,
        whole: false,
    };
    state.metrics.in_flight.inc();
    let head = request.method() == Method::HEAD;
    let within = tokio::time::timeout(
        state.config.timeouts.request(),
        handle(&state, router, &context, request),
    );
    let mut response = match within.await {
        Ok(Ok(response)) => response,
        Ok(Err(refusal)) => axum::response::IntoResponse::into_response(refusal),
        Err(_) => axum::response::IntoResponse::into_response(Refusal::busy(
            "the answer took too long to begin; ask for less",
        )),
    };
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        context.learn(|known| {
            known.cause = refusal.cause().map(str::to_owned).or(known.cause.take());
        });
        response = refusal.response(&context.id);
    }
    decorate(&state, &context, line.route, response.headers_mut());
    line.status = response.status().as_u16();
    line.whole = head || response.body().is_end_stream();
    Ok(response.map(|inner| Body::new(Watched { inner, line })))
}

async fn handle(
    state: &State,
    router: Router,
    context: &Arc<Context>,
    request: hyper::Request<Incoming>,
) -> Result<Response, Refusal> {
    let limits = &state.config.limits;
    let target = request.uri();
    let length = target
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if length > limits.uri_bytes {
        let message = format!("the address is longer than {} bytes", limits.uri_bytes);
        return Err(Refusal::new(ErrorCode::UriTooLong, message));
    }
    let size = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len() + 4;
    if request.headers().iter().map(size).sum::<usize>() > limits.header_bytes {
        let message = format!("the headers are longer than {} bytes", limits.header_bytes);
        return Err(Refusal::new(ErrorCode::HeadersTooLarge, message));
    }
    let (parts, body) = request.into_parts();
    if !body.is_end_stream() {
        discard(body, limits.body_bytes).await?;
    }
    let mut request = Request::from_parts(parts, Body::empty());
    request.extensions_mut().insert(context.clone());
    // The error of a router is `Infallible`.
    Ok(router
        .oneshot(request)
        .await
        .unwrap_or_else(|never| match never {}))
}

/// Reads a body that nobody needs, as far as it is small.
async fn discard(body: Incoming, most: usize) -> Result<(), Refusal> {
    let too_large = || {
        let message = format!("the body is larger than {most} bytes; no request here needs one");
        Refusal::new(ErrorCode::PayloadTooLarge, message)
            .header(header::CONNECTION, HeaderValue::from_static("close"))
    };
    if body.size_hint().lower() > most as u64 {
        return Err(too_large());
    }
    let mut body = Limited::new(body, most);
    while let Some(frame) = body.frame().await {
        frame.map_err(|_| too_large())?;
    }
    Ok(())
}

/// The headers that every answer has.
fn decorate(state: &State, context: &Context, route: &str, headers: &mut axum::http::HeaderMap) {
    let mut set = |name: &'static str, value: HeaderValue| {
        headers.insert(HeaderName::from_static(name), value);
    };
    if let Ok(id) = HeaderValue::from_str(&context.id) {
        set(REQUEST_ID_HEADER, id);
    }
    set(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    if context.known().standing.is_none() && route.starts_with("/api/") | (route == "other") {
        // No key was looked at: what counts is the address.
        let _ = access::stranger(state, context, Refusal::new(ErrorCode::NotFound, ""));
    }
    if let Some(standing) = context.known().standing {
        set(RATE_LIMIT_HEADER, standing.limit.into());
        set(RATE_REMAINING_HEADER, standing.remaining.into());
        set(RATE_RESET_HEADER, standing.reset.into());
    }
}

/// A body that knows when it ends, one way or the other.
struct Watched {
    inner: Body,
    line: Line,
}

impl hyper::body::Body for Watched {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut task::Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let polled = Pin::new(&mut self.inner).poll_frame(cx);
        match &polled {
            Poll::Ready(None) => self.line.whole = true,
            Poll::Ready(Some(Ok(frame))) => {
                let more = frame.data_ref().map_or(0, Bytes::len);
                self.line.bytes += more as u64;
                self.line.whole = self.inner.is_end_stream();
            }
            Poll::Ready(Some(Err(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// The line of a request in the log, written when its answer has ended.
struct Line {
    method: Method,
    path: String,
    route: &'static str,
    state: State,
    context: Arc<Context>,
    /// 0 where the client was gone before there was an answer.
    status: u16,
    bytes: u64,
    whole: bool,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.context.place.ended();
        let time = self.context.started.elapsed();
        self.state.metrics.in_flight.dec();
        self.state
            .metrics
            .request(self.route, self.status, time, self.bytes, self.whole);
        let known = self.context.known();
        let method: String = self.method.as_str().chars().take(20).collect();
        macro_rules! line {
            ($level:ident) => {
                tracing::$level!(
                    id = %self.context.id,
                    peer = %self.context.peer,
                    method,
                    path = self.path,
                    query = known.query,
                    status = self.status,
                    ms = time.as_millis() as u64,
                    bytes = self.bytes,
                    results = known.results,
                    key = known.key,
                    plan = known.plan,
                    whole = self.whole,
                    cause = known.cause,
                    "request"
                )
            };
        }
        self.state.logged(|| match self.status {
            500.. => line!(error),
            _ if known.cause.is_some() || !self.whole => line!(warn),
            _ => line!(info),
        });
    }
}
