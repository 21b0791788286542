//! The JSON list: all indicators of a query.

use std::collections::HashSet;
use std::io::{Read, Seek, Write};

use chrono::{DateTime, Utc};
use serde_json::Value as Json;
use tempfile::SpooledTempFile;
use uuid::Uuid;

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
            known: HashSet::new(),
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
    let nothing = HashSet::new();
    match run.get(&url, Media::Json, &mut |_, body| {
        body.asked_for(1);
        Page::read(body, &nothing, 0, false)
    }) {
        Ok(page) => Ok(page.total),
        Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
        Err(_) => Ok(None),
    }
}

/// What tells whether a record came before, in a few bytes, however long its id is.
type Identity = Uuid;

/// How much of the text of a page is held in memory; the rest is kept in a temporary file until it is read.
const HELD_BYTES: usize = 1 << 22;

/// One answer: what became of its records, and the text of those that are new.
struct Page {
    records: SpooledTempFile,
    identities: HashSet<Identity>,
    received: u64,
    kept: u64,
    duplicates: u64,
    surplus: u64,
    /// The numbers of those that are too long.
    too_long: Vec<u64>,
    total: Option<u64>,
    next: Option<String>,
    generated_at: Option<DateTime<Utc>>,
    publisher: Option<String>,
}

struct Walk<'a> {
    run: Run<'a>,
    intake: Intake,
    known: HashSet<Identity>,
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
        // A link goes on with the limit of the request before it.
        let mut asked = 0;
        loop {
            let account = &self.run.account;
            let wanted = self.want - account.distinct().min(self.want);
            let room = self.want.saturating_sub(account.kept + account.refused);
            let (known, repeats) = (&self.known, pass.repeats());
            let url = |limit| linked.clone().unwrap_or_else(|| at(offset, limit));
            let (limit, (place, page)) =
                self.run
                    .get_page(wanted, &url, Media::Json, &mut |limit, head, body| {
                        asked = limit.max(if linked.is_some() { asked } else { 0 });
                        body.asked_for(asked);
                        let page = Page::read(body, known, room, repeats)?;
                        Ok((head.place.clone(), page))
                    })?;
            let here = url(limit);
            let (received, total, next) = (page.received, page.total, page.next.clone());
            pass.page(total);
            self.add(page, place)?;
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

    fn add(&mut self, page: Page, place: String) -> Result<()> {
        let account = &mut self.run.account;
        if account.last_total.is_none() && account.received == 0 {
            account.server_time = page.generated_at.or(account.server_time);
        }
        account.total(page.total);
        account.publisher = account.publisher.take().or(page.publisher.clone());
        account.received += page.received;
        account.kept += page.kept;
        account.duplicates += page.duplicates;
        account.surplus += page.surplus;
        for number in &page.too_long {
            account.refuse(Refused {
                place: place.clone(),
                number: *number,
                reason: format!("the record is longer than {MAX_RECORD_BYTES} bytes"),
            });
        }
        self.known.extend(&page.identities);
        let source = serde_json::json!({ "source": account.publisher });
        let head = format!("{{\"meta\": {source}, \"data\": [");
        let input = page.into_input(place, &head)?;
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
fn identity(record: &[u8]) -> Option<Identity> {
    let record: Json = serde_json::from_slice(record).ok()?;
    let text = |name| record.get(name).and_then(Json::as_str);
    let name = match text("id") {
        Some(id) => id.to_owned(),
        None => format!("{} {}", text("type")?, text("value")?),
    };
    Some(Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()))
}

impl Page {
    fn new() -> Page {
        Page {
            records: SpooledTempFile::new(HELD_BYTES),
            identities: HashSet::new(),
            received: 0,
            kept: 0,
            duplicates: 0,
            surplus: 0,
            too_long: Vec::new(),
            total: None,
            next: None,
            generated_at: None,
            publisher: None,
        }
    }

    /// Reads one answer to its end, record by record. `room` is how many are still wanted, `known` what came in the pages before.
    /// In a walk that `repeats` another, a record that is too long came before.
    fn read(
        body: &mut Body<'_>,
        known: &HashSet<Identity>,
        room: u64,
        repeats: bool,
    ) -> Result<Page> {
        let mut page = Page::new();
        let mut has_meta = false;
        let mut parts = Elements::new(body, Layout::Under("data"), MAX_RECORD_BYTES);
        while let Some(part) = parts.next() {
            match part.map_err(|cause| bad("the answer cannot be read").because(cause))? {
                Part::Element { text, .. } => {
                    parts.reader().result(text.len())?;
                    page.record(&text, known, room)?;
                }
                Part::TooLong { .. } => {
                    parts.reader().result(MAX_RECORD_BYTES)?;
                    page.received += 1;
                    match repeats {
                        true => page.duplicates += 1,
                        false => page.too_long.push(page.received),
                    }
                }
                Part::Broken { what, .. } => {
                    return Err(bad("the answer is cut or is not JSON").because(what));
                }
                Part::Field { key, text } => {
                    has_meta |= key == "meta";
                    page.field(&key, &text)?;
                }
            }
        }
        match has_meta || page.received > 0 {
            true => Ok(page),
            false => Err(bad("the answer has neither `meta` nor `data`")),
        }
    }

    fn record(&mut self, text: &[u8], known: &HashSet<Identity>, room: u64) -> Result<()> {
        self.received += 1;
        let is_known = identity(text)
            .is_some_and(|identity| known.contains(&identity) || !self.identities.insert(identity));
        if is_known {
            self.duplicates += 1;
        } else if self.kept + self.too_long.len() as u64 >= room {
            self.surplus += 1;
        } else {
            let separator: &[u8] = if self.kept == 0 { b"\n" } else { b",\n" };
            self.kept += 1;
            self.records
                .write_all(separator)
                .and_then(|()| self.records.write_all(text))
                .map_err(|cause| no_room().because(cause))?;
        }
        Ok(())
    }

    fn field(&mut self, key: &str, text: &[u8]) -> Result<()> {
        let value: Json = serde_json::from_slice(text)
            .map_err(|cause| bad("the answer is not JSON").because(cause))?;
        let text = |name| value.get(name).and_then(Json::as_str);
        match key {
            "meta" => {
                self.total = value.get("total").and_then(Json::as_u64);
                self.generated_at = text("generated_at").and_then(parse_date);
                self.publisher = text("source").map(clean).filter(|name| !name.is_empty());
            }
            "links" => self.next = text("next").map(ToOwned::to_owned),
            "data" => return Err(bad("the answer has no list under `data`")),
            _ => {}
        }
        Ok(())
    }

    /// The new records as a list with this head, to be read as every feed is.
    fn into_input(mut self, place: String, head: &str) -> Result<Input> {
        let no_room = |cause| no_room().because(cause);
        self.records.rewind().map_err(no_room)?;
        let in_memory = !self.records.is_rolled();
        let mut text = head.as_bytes().chain(self.records).chain(&b"\n]}\n"[..]);
        if !in_memory {
            return Input::from_reader(place, text);
        }
        let mut whole = Vec::new();
        text.read_to_end(&mut whole).map_err(no_room)?;
        Ok(Input::from_bytes(place, whole))
    }
}

fn no_room() -> Error {
    Error::new(
        ErrorKind::UnreadableInput,
        "cannot keep the answer in a temporary file",
    )
}

fn bad(message: &str) -> Error {
    Error::new(ErrorKind::BadAnswer, message)
}
