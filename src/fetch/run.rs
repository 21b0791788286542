//! One call: its requests, their retries, and what it may use up.

use std::io::Read;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, LOCATION};
use reqwest::{Response, StatusCode};

use super::Observer;
use super::account::Account;
use super::answer::{Body, Head, Media, Met, content_type};
use super::client::{Client, Watch};
use super::failure::{Failure, network};
use super::key::ApiKey;
use super::refusal::{Refusal, clean};
use super::retry::{Rate, backoff, date, retry_after};
use super::safe_url::SafeUrl;
use crate::error::{Error, ErrorKind, Result};
use crate::wire::REQUEST_ID_HEADER;

/// How often a redirect is followed.
const MAX_REDIRECTS: usize = 5;
/// How many requests a call may make: a server whose list never ends must not keep us for ever.
const MAX_REQUESTS: u64 = 10_000;
/// How long a call waits for the head of one answer, over all tries; the last of them to its end.
const LONGEST_SILENCE: Duration = Duration::from_secs(90);
/// How much of a refusal is read.
const MAX_REFUSAL_BYTES: u64 = 1 << 16;

type Attempt<T> = std::result::Result<T, Failure>;

/// Reads an answer.
pub(super) type Reader<'r, T> = &'r mut dyn FnMut(&Head, &mut Body<'_>) -> Result<T>;

/// One call of the client.
pub(super) struct Run<'a> {
    pub(super) client: &'a Client,
    pub(super) account: Account,
    watch: Watch<'a>,
    /// How many more bytes may come.
    left: u64,
    /// When the last request was sent.
    started: Instant,
}

impl<'a> Run<'a> {
    pub(super) fn new(client: &'a Client, observer: Observer<'a>) -> Run<'a> {
        Run {
            client,
            account: Account::default(),
            watch: Watch::new(observer),
            left: client.settings.max_bytes,
            started: Instant::now(),
        }
    }

    /// Calls the observer, now and then.
    pub(super) fn tick(&mut self) -> Result<()> {
        self.watch.tick()
    }

    /// Asks for an address until there is an answer, an error that lasts, or no patience left.
    pub(super) fn get<T>(&mut self, url: &SafeUrl, media: Media, read: Reader<'_, T>) -> Result<T> {
        let mut pauses = backoff();
        let mut silent = Duration::ZERO;
        loop {
            self.keep_pace()?;
            let (error, after) = match self.attempt(url, media, read) {
                Ok(value) => {
                    self.watch.count = self.account.received;
                    return Ok(value);
                }
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Again(error, after)) => (error, after),
                Err(Failure::Silent(error)) => {
                    silent += self.started.elapsed();
                    if silent > LONGEST_SILENCE {
                        return Err(error);
                    }
                    (error, None)
                }
            };
            let Some(pause) = pauses.next() else {
                return Err(error);
            };
            // The wait for the window is done here, and not once more before the next request.
            self.client.set_rate(Rate::default());
            self.pause(after.unwrap_or_default() + pause, error)?;
            self.account.retries += 1;
        }
    }

    /// Asks for at most `wanted` results, and for fewer where the server says that it does not give as many at once: a
    /// Free plan has pages of its own. Gives the limit that was in force, too.
    pub(super) fn get_page<T>(
        &mut self,
        wanted: u64,
        url: &dyn Fn(u64) -> SafeUrl,
        media: Media,
        read: &mut dyn FnMut(u64, &Head, &mut Body<'_>) -> Result<T>,
    ) -> Result<(u64, T)> {
        loop {
            let limit = wanted.min(self.client.page_size());
            match self.get(&url(limit), media, &mut |head, body| {
                body.asked_for(limit);
                read(limit, head, body)
            }) {
                Ok(value) => return Ok((limit, value)),
                Err(_) if limit > self.client.page_size() => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Waits for the next window where this one is used up, before the server has to refuse.
    fn keep_pace(&mut self) -> Result<()> {
        let pause = self.client.rate().pause();
        let error = Error::new(ErrorKind::RateLimited, "the server's rate limit is used up");
        self.pause(pause, error)
    }

    /// Waits, unless the call has waited enough: then the error that it waits because of is the call's.
    fn pause(&mut self, pause: Duration, because: Error) -> Result<()> {
        let settings = &self.client.settings;
        if self.account.waited + pause > settings.max_wait {
            let hint = format!(
                "this needs {} s more than the {} s that are allowed; allow a longer wait with `--max-wait`",
                (self.account.waited + pause - settings.max_wait).as_secs() + 1,
                settings.max_wait.as_secs(),
            );
            // A name that has no address will not have one because of a longer wait.
            let advised = because.kind() == ErrorKind::Network && because.hint_text().is_some();
            return Err(if advised { because } else { because.hint(hint) });
        }
        self.account.waited += pause;
        if settings.no_delays {
            return Ok(());
        }
        let end = Instant::now() + pause;
        let count = self.watch.count;
        self.watch.stage = "waiting";
        while let Some(left) = end
            .checked_duration_since(Instant::now())
            .filter(|left| !left.is_zero())
        {
            self.watch.count = left.as_secs() + 1;
            self.client.wait(
                &mut self.watch,
                tokio_sleep(left.min(Duration::from_secs(1))),
            )?;
        }
        (self.watch.stage, self.watch.count) = ("fetching", count);
        Ok(())
    }

    /// One try, with the redirects that it leads to.
    fn attempt<T>(&mut self, url: &SafeUrl, media: Media, read: Reader<'_, T>) -> Attempt<T> {
        let mut url = url.clone();
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send(&url, media)?;
            if !response.status().is_redirection() {
                return self.take(&url, media, response, read);
            }
            url = redirected(&self.client.settings.key, &url, &response)?;
        }
        let error = Error::new(
            ErrorKind::BadAnswer,
            format!("the server redirects more than {MAX_REDIRECTS} times"),
        );
        Err(Failure::Final(error.at(url)))
    }

    fn send(&mut self, url: &SafeUrl, media: Media) -> Attempt<Response> {
        let client = self.client;
        if !url.may_have_key() || !client.settings.base_url.same_origin(url) {
            return Err(elsewhere(&client.settings.key, url).into());
        }
        if self.account.requests >= MAX_REQUESTS {
            let error = Error::new(
                ErrorKind::BadAnswer,
                format!("the server's list does not end after {MAX_REQUESTS} requests"),
            );
            return Err(error.at(url).into());
        }
        self.account.requests += 1;
        let request = client
            .http
            .get(url.url())
            .header(AUTHORIZATION, client.settings.key.authorization())
            .header(ACCEPT, media.accept())
            .header(ACCEPT_ENCODING, "gzip");
        // `send` makes its timers at once, and they need the runtime.
        self.started = Instant::now();
        let sent = client.wait(&mut self.watch, async { request.send().await })?;
        let response =
            sent.map_err(|cause| network(cause, &client.settings, self.started, false))?;
        client.set_rate(Rate::of(response.headers()));
        Ok(response)
    }

    /// Reads the answer, or what the server says in its place.
    fn take<T>(
        &mut self,
        url: &SafeUrl,
        media: Media,
        response: Response,
        read: Reader<'_, T>,
    ) -> Attempt<T> {
        let place = url.to_string();
        let (status, headers) = (response.status(), response.headers());
        if status != StatusCode::OK {
            return Err(self.refusal(place, response));
        }
        media.check(headers).map_err(|error| error.at(&place))?;
        let head = Head::new(place, response.version(), headers).map_err(|error| error.at(url))?;
        if self.account.server_time.is_none() {
            self.account.server_time = date(headers);
        }
        self.account.last_removal = self.account.last_removal.max(head.last_removal);
        let met = Met::default();
        let before = self.left;
        let mut body = Body::new(
            self.client,
            &mut self.watch,
            response,
            self.started,
            &mut self.left,
            &met,
        )?;
        let result = read(&head, &mut body);
        let beside = body.beside();
        drop(body);
        // What the body met is what made its reader fail.
        if let Some(failure) = met.into_inner() {
            return Err(match failure {
                Failure::Again(error, after) => Failure::Again(error.at(&head.place), after),
                Failure::Silent(error) => Failure::Silent(error.at(&head.place)),
                Failure::Final(error) if error.kind() == ErrorKind::Interrupted => {
                    Failure::Final(error)
                }
                Failure::Final(error) => Failure::Final(error.at(&head.place)),
            });
        }
        self.account.bytes += before - self.left - beside;
        result.map_err(|error| Failure::Final(error.at(&head.place)))
    }

    fn refusal(&mut self, place: String, response: Response) -> Failure {
        let (status, headers) = (response.status(), response.headers().clone());
        let met = Met::default();
        let mut left = MAX_REFUSAL_BYTES;
        let mut text = Vec::new();
        if let Ok(body) = Body::new(
            self.client,
            &mut self.watch,
            response,
            self.started,
            &mut left,
            &met,
        ) {
            // As much as comes is enough.
            let _ = body.take(MAX_REFUSAL_BYTES).read_to_end(&mut text);
        }
        match met.into_inner() {
            Some(Failure::Final(error)) if error.kind() == ErrorKind::Interrupted => {
                return Failure::Final(error);
            }
            _ => {}
        }
        let refusal = Refusal {
            status,
            content_type: Some(content_type(&headers)),
            body: &text,
            request_id: headers
                .get(REQUEST_ID_HEADER)
                .and_then(|value| value.to_str().ok()),
            key: &self.client.settings.key,
        };
        if let Some(size) = refusal.page_size() {
            self.client.set_page_size(size);
        }
        let error = refusal.error().at(place);
        match status.as_u16() {
            429 => Failure::Again(
                error,
                retry_after(&headers).or_else(|| Rate::of(&headers).reset()),
            ),
            502..=504 => Failure::Again(error, retry_after(&headers)),
            _ => Failure::Final(error),
        }
    }
}

async fn tokio_sleep(time: Duration) {
    tokio::time::sleep(time).await;
}

/// Where a redirect leads, if the key may go there.
fn redirected(key: &ApiKey, from: &SafeUrl, response: &Response) -> Result<SafeUrl> {
    let status = response.status();
    let location = response
        .headers()
        .get(LOCATION)
        .and_then(|value| value.to_str().ok());
    let target = match (status.as_u16(), location) {
        (301 | 302 | 303 | 307 | 308, Some(location)) => from.join(location),
        _ => None,
    };
    match target {
        Some(target) if from.same_origin(&target) => Ok(target),
        Some(target) => Err(elsewhere(key, &target).at(from)),
        None => Err(Error::new(
            ErrorKind::BadAnswer,
            format!("the server answers {status} without a usable address"),
        )
        .at(from)),
    }
}

fn elsewhere(key: &ApiKey, url: &SafeUrl) -> Error {
    let origin = clean(&key.scrub(&url.origin()));
    Error::new(
        ErrorKind::BadAnswer,
        format!("the server redirects to {origin}, and the API key is not sent there"),
    )
    .hint(format!(
        "if {origin} is the service, name it as the base address"
    ))
}
