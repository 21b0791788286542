//! The JSON list: all indicators of a query.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde_json::Value as Json;

use super::account::{Account, Refused, Truncation};
use super::answer::{Body, Media};
use super::client::Client;
use super::pass::Pass;
use super::refusal::clean;
use super::run::Run;
use super::safe_url::SafeUrl;
use super::{Observer, check_whole, label};
use crate::compile::Intake;
use crate::error::{Error, ErrorKind, Result};
use crate::indicator::parse_date;
use crate::source::{Elements, Format, Input, Layout, Part, ReadOptions};
use crate::wire::{IOCS_PATH, ListFormat, Query};

/// The longest record, in bytes.
const MAX_RECORD_BYTES: usize = 1 << 20;

/// The indicators of a query, merged, with the account of the call.
///
/// ```
/// use socdef_sigma::compile::Intake;
/// use socdef_sigma::fetch::{Account, FetchedIndicators};
///
/// let nothing = FetchedIndicators { intake: Intake::default(), account: Account::default() };
/// assert_eq!(nothing.intake.indicators().len() as u64, nothing.account.kept);
/// ```
#[derive(Debug, Clone)]
pub struct FetchedIndicators {
    /// The indicators, and what became of every record.
    pub intake: Intake,
    /// Requested, received and missing results.
    pub account: Account,
}

impl Client {
    /// All indicators of a query, however many answers that takes. `query.limit` is how many are wanted, of any number;
    /// `query.format` does not matter. `entries` is how many entries the intake's report keeps.
    ///
    /// # Errors
    /// Those of [`Client::rules`].
    ///
    /// ```
    /// use socdef_sigma::fetch::{ApiKey, Client, SafeUrl, Settings};
    /// use socdef_sigma::wire::Query;
    /// # use socdef_sigma::{compile, serve::{self, Store, ingest, keys}, source::Input};
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let db = folder.path().join("feed.db");
    /// # let mut store = Store::open(&db)?;
    /// # let feed = [Input::from_bytes("feed.txt", &b"198.51.100.7\n"[..])];
    /// # ingest(&mut store, &feed, &ingest::Options::new(compile::Settings::new(chrono::Utc::now())), &mut |_| Ok(()))?;
    /// # let (key, _) = keys::create(&store, "pro", None, None, chrono::Utc::now())?;
    /// # let server = serve::start(serve::Options::new(&db))?;
    /// # let url = server.url();
    ///
    /// // `url` and `key` are those of an endpoint that has the indicator 198.51.100.7.
    /// let client = Client::new(Settings { base_url: SafeUrl::base(&url)?, ..Settings::new(ApiKey::new(key)?) })?;
    /// let fetched = client.iocs(&Query::default(), 32, &mut |_stage, _count| Ok(()))?;
    /// assert_eq!(fetched.intake.get(0).unwrap().ioc.to_string(), "198.51.100.7");
    /// assert_eq!(fetched.account.kept, 1);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn iocs(
        &self,
        query: &Query,
        entries: usize,
        observer: Observer<'_>,
    ) -> Result<FetchedIndicators> {
        let mut walk = Walk {
            run: Run::new(self, observer),
            intake: Intake::new(entries),
            ids: HashSet::new(),
            want: query.limit.unwrap_or(u64::MAX),
        };
        if walk.want > 0 {
            walk.collect(query)?;
        }
        let mut account = walk.run.account;
        account.close(query.offset, query.limit);
        check_whole(&account, self.settings.allow_truncated)?;
        Ok(FetchedIndicators {
            intake: walk.intake,
            account,
        })
    }
}

/// How many results the list says a filter has. `None` where it does not say, or where the key does not suffice.
pub(super) fn list_total(run: &mut Run<'_>, filter: &Query) -> Result<Option<u64>> {
    let query = Query {
        limit: Some(1),
        offset: 0,
        format: ListFormat::Json,
        ..filter.clone()
    };
    let url = run
        .client
        .settings
        .base_url
        .endpoint(IOCS_PATH, &query.pairs());
    match run.get(&url, Media::Json, &mut |_, body| page(body)) {
        Ok(page) => Ok(page.total),
        Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
        Err(_) => Ok(None),
    }
}

/// One answer.
#[derive(Default)]
struct Page {
    /// The id and the text of each record; the text of one that is too long is missing.
    records: Vec<(Option<String>, Option<Vec<u8>>)>,
    total: Option<u64>,
    next: Option<String>,
    generated_at: Option<DateTime<Utc>>,
    publisher: Option<String>,
}

struct Walk<'a> {
    run: Run<'a>,
    intake: Intake,
    ids: HashSet<String>,
    want: u64,
}

impl Walk<'_> {
    fn enough(&self) -> bool {
        self.run.account.distinct() >= self.want
    }

    fn collect(&mut self, query: &Query) -> Result<()> {
        let mut pass = Pass::first();
        loop {
            self.walk(query, &mut pass)?;
            let account = &self.run.account;
            match pass.next(account, query.offset) {
                Some(next) if account.truncated.is_empty() && !self.enough() => pass = next,
                _ => return Ok(()),
            }
        }
    }

    /// Walks from the first page to the last.
    fn walk(&mut self, query: &Query, pass: &mut Pass) -> Result<()> {
        let base = &self.run.client.settings.base_url;
        let at = |offset, limit| {
            let query = Query {
                limit: Some(limit),
                offset,
                format: ListFormat::Json,
                ..query.clone()
            };
            base.endpoint(IOCS_PATH, &query.pairs())
        };
        let mut offset = query.offset;
        let mut linked: Option<SafeUrl> = None;
        let mut visited = HashSet::new();
        loop {
            let wanted = self.want - self.run.account.distinct().min(self.want);
            let url = |limit| linked.clone().unwrap_or_else(|| at(offset, limit));
            let (limit, (place, page)) =
                self.run
                    .get_page(wanted, &url, Media::Json, &mut |_, head, body| {
                        Ok((head.place.clone(), page(body)?))
                    })?;
            let here = url(limit);
            let (received, total, next) =
                (page.records.len() as u64, page.total, page.next.clone());
            pass.page(total);
            self.add(page, place, pass.repeats())?;
            offset += received;
            if self.enough() {
                break;
            }
            // A link that leads elsewhere is no better than an offset.
            let linked_on = next.is_some();
            linked = next.and_then(|link| link_target(base, &here, &link));
            let more = total.is_some_and(|total| offset < total);
            if received == 0 || !(linked_on || more) {
                if more {
                    let received = self.run.account.distinct();
                    self.run.account.truncated.push(Truncation {
                        filter: label(query),
                        received,
                        total,
                    });
                }
                break;
            }
            if let Some(next) = linked.as_ref().filter(|next| !visited.insert(next.url())) {
                return Err(bad("the server's links form a circle").at(next));
            }
        }
        Ok(())
    }

    fn add(&mut self, page: Page, place: String, again: bool) -> Result<()> {
        let account = &mut self.run.account;
        if account.last_total.is_none() && account.received == 0 {
            account.server_time = page.generated_at.or(account.server_time);
        }
        account.total(page.total);
        account.publisher = account.publisher.take().or(page.publisher);
        let source = serde_json::json!({ "source": account.publisher });
        let mut text = format!("{{\"meta\": {source}, \"data\": [").into_bytes();
        let mut first = true;
        for (number, (id, record)) in (1..).zip(page.records) {
            account.received += 1;
            let Some(record) = record else {
                if again {
                    account.duplicates += 1;
                    continue;
                }
                let reason = format!("the record is longer than {MAX_RECORD_BYTES} bytes");
                account.refuse(Refused {
                    place: place.clone(),
                    number,
                    reason,
                });
                continue;
            };
            if id.is_some_and(|id| !self.ids.insert(id)) {
                account.duplicates += 1;
            } else if account.kept + account.refused >= self.want {
                account.surplus += 1;
            } else {
                account.kept += 1;
                text.extend_from_slice(if first { b"\n" } else { b",\n" });
                text.extend_from_slice(&record);
                first = false;
            }
        }
        text.extend_from_slice(b"\n]}\n");
        let input = Input::from_bytes(place, text);
        let options = ReadOptions {
            format: Some(Format::Socdef),
            ..ReadOptions::default()
        };
        let run = &mut self.run;
        self.intake.read(&input, &options, &mut |_| run.tick())
    }
}

/// The address of a link, if it is of the same service and of the list.
fn link_target(base: &SafeUrl, from: &SafeUrl, link: &str) -> Option<SafeUrl> {
    from.join(link)
        .filter(|target| base.same_origin(target) && target.may_have_key())
}

/// What tells whether a record came before: its id, else its type and value.
fn identity(record: &[u8]) -> Option<String> {
    let record: Json = serde_json::from_slice(record).ok()?;
    let text = |name| record.get(name).and_then(Json::as_str);
    match text("id") {
        Some(id) => Some(id.to_owned()),
        None => Some(format!("{} {}", text("type")?, text("value")?)),
    }
}

/// Reads one answer to its end.
fn page(body: &mut Body<'_>) -> Result<Page> {
    let mut page = Page::default();
    let mut known = false;
    for part in Elements::new(body, Layout::Under("data"), MAX_RECORD_BYTES) {
        match part.map_err(|cause| bad("the answer cannot be read").because(cause))? {
            Part::Element { text, .. } => {
                page.records.push((identity(&text), Some(text)));
            }
            Part::TooLong { .. } => page.records.push((None, None)),
            Part::Broken { what, .. } => {
                return Err(bad("the answer is cut or is not JSON").because(what));
            }
            Part::Field { key, text } => {
                let value: Json = serde_json::from_slice(&text)
                    .map_err(|cause| bad("the answer is not JSON").because(cause))?;
                match key.as_str() {
                    "meta" => {
                        known = true;
                        page.total = value.get("total").and_then(Json::as_u64);
                        page.generated_at = value
                            .get("generated_at")
                            .and_then(Json::as_str)
                            .and_then(parse_date);
                        page.publisher = value
                            .get("source")
                            .and_then(Json::as_str)
                            .map(clean)
                            .filter(|name| !name.is_empty());
                    }
                    "links" => {
                        page.next = value
                            .get("next")
                            .and_then(Json::as_str)
                            .map(ToOwned::to_owned)
                    }
                    "data" => return Err(bad("the answer has no list under `data`")),
                    _ => {}
                }
            }
        }
    }
    match known || !page.records.is_empty() {
        true => Ok(page),
        false => Err(bad("the answer has neither `meta` nor `data`")),
    }
}

fn bad(message: &str) -> Error {
    Error::new(ErrorKind::BadAnswer, message)
}
