//! The Sigma endpoint: all rules of a query, byte for byte.

mod page;
mod regex;
mod sigma;

use std::collections::HashSet;
use std::path::Path;

use indexmap::IndexMap;
use uuid::Uuid;

use super::account::{Account, Truncation};
use super::answer::Media;
use super::client::Client;
use super::iocs::list_total;
use super::pass::Pass;
use super::run::Run;
use super::{Observer, check_whole, label};
use crate::error::Result;
use crate::indicator::{Confidence, IocType};
use crate::output::{self, RuleFolder};
use crate::wire::{DEFAULT_LIMIT, Query, SIGMA_PATH};
pub use page::Document;
use page::Page;

/// The rules of a query, each id once, in the order in which they came, with the account of the call.
///
/// ```
/// use socdef_sigma::fetch::FetchedRules;
///
/// let rules = FetchedRules::default();
/// assert_eq!(rules.documents().len() as u64, rules.account().kept);
/// ```
#[derive(Debug, Clone, Default)]
pub struct FetchedRules {
    documents: IndexMap<Uuid, Document>,
    account: Account,
}

impl FetchedRules {
    /// The rules.
    ///
    /// ```
    /// use socdef_sigma::fetch::FetchedRules;
    ///
    /// let names = |rules: &FetchedRules| -> Vec<String> {
    ///     rules.documents().map(|document| document.file_name.clone()).collect()
    /// };
    /// assert!(names(&FetchedRules::default()).is_empty());
    /// ```
    pub fn documents(&self) -> impl ExactSizeIterator<Item = &Document> {
        self.documents.values()
    }

    /// The rule at a position, from 0.
    ///
    /// ```
    /// use socdef_sigma::fetch::FetchedRules;
    /// assert!(FetchedRules::default().get(0).is_none());
    /// ```
    pub fn get(&self, index: usize) -> Option<&Document> {
        self.documents
            .get_index(index)
            .map(|(_, document)| document)
    }

    /// Requested, received and missing results.
    ///
    /// ```
    /// use socdef_sigma::fetch::FetchedRules;
    /// assert_eq!(FetchedRules::default().account().missing, 0);
    /// ```
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// All rules as one stream of documents; a comment where there are none.
    ///
    /// ```
    /// use socdef_sigma::fetch::FetchedRules;
    /// assert_eq!(FetchedRules::default().yaml(), "# no rules\n");
    /// ```
    pub fn yaml(&self) -> String {
        if self.documents.is_empty() {
            return crate::wire::NO_RULES.to_owned();
        }
        let mut yaml = String::with_capacity(
            self.documents
                .values()
                .map(|document| document.text.len() + 5)
                .sum(),
        );
        for (at, document) in self.documents().enumerate() {
            if at > 0 {
                yaml.push_str("---\n");
            }
            yaml.push_str(&document.text);
            // The last document of an answer may lack its line end.
            if !yaml.ends_with('\n') {
                yaml.push('\n');
            }
        }
        yaml
    }
}

impl FetchedRules {
    /// Writes one file of all rules, or, where the path is a folder or ends in a separator, one file for each.
    ///
    /// # Errors
    /// [`ErrorKind::UnwritableOutput`](crate::error::ErrorKind::UnwritableOutput) where that fails; a file is there whole or not at all.
    ///
    /// ```
    /// use socdef_sigma::fetch::FetchedRules;
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("rules.yml");
    /// FetchedRules::default().write(&path)?;
    /// assert_eq!(std::fs::read_to_string(&path).unwrap(), "# no rules\n");
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn write(&self, path: &Path) -> Result<()> {
        if output::is_folder(path) {
            let mut folder = RuleFolder::new(path)?;
            for document in self.documents() {
                folder.write_named(&document.file_name, &document.text)?;
            }
            return folder.finish();
        }
        output::write_file(path, |writer| {
            output::write_document(writer, path, &self.yaml(), true)
        })
    }
}

impl Client {
    /// All rules of a query, however many answers that takes. `query.limit` is how many are wanted, of any number.
    ///
    /// # Errors
    /// Where the key or the plan does not suffice, the server or the network fails for longer than the settings have patience,
    /// an answer is cut or not what it should be, or, unless that is allowed, the server does not give everything
    /// ([`ErrorKind::Truncated`](crate::error::ErrorKind::Truncated)). What `observer` returns.
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
    /// let rules = client.rules(&Query::default(), &mut |_stage, _count| Ok(()))?;
    /// assert!(rules.yaml().contains("198.51.100.7"));
    /// assert_eq!(rules.get(0).unwrap().text, rules.yaml());
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn rules(&self, query: &Query, observer: Observer<'_>) -> Result<FetchedRules> {
        let mut walk = Walk {
            run: Run::new(self, observer),
            documents: IndexMap::new(),
            seen: HashSet::new(),
            want: query.limit.unwrap_or(u64::MAX),
        };
        if walk.want > 0 {
            walk.collect(&Query {
                limit: None,
                ..query.clone()
            })?;
        }
        let mut account = walk.run.account;
        account.kept = walk.documents.len() as u64;
        account.close(query.offset, query.limit);
        check_whole(&account, self.settings.allow_truncated)?;
        Ok(FetchedRules {
            documents: walk.documents,
            account,
        })
    }
}

/// How a walk by offset ends.
enum End {
    Whole,
    /// The server gave as many as it gives at once, and does not say whether there are more.
    Full(u64),
    /// The server says that there are more, and gives nothing.
    Short(Truncation),
}

struct Walk<'a> {
    run: Run<'a>,
    documents: IndexMap<Uuid, Document>,
    /// The ids of all documents, those behind the limit included.
    seen: HashSet<Uuid>,
    want: u64,
}

impl Walk<'_> {
    fn enough(&self) -> bool {
        self.run.account.distinct() >= self.want
    }

    /// Gets everything that a filter lets pass, part by part where the server does not give it at once. Gives the ids.
    fn collect(&mut self, filter: &Query) -> Result<HashSet<Uuid>> {
        let mut ids = HashSet::new();
        let received = match self.by_offset(filter, &mut ids)? {
            End::Whole => return Ok(ids),
            End::Short(truncation) => {
                self.run.account.truncated.push(truncation);
                return Ok(ids);
            }
            End::Full(received) => received,
        };
        let total = list_total(&mut self.run, filter)?;
        if total.is_some_and(|total| total <= received) {
            return Ok(ids);
        }
        let parts = split(filter);
        let known = self.run.account.truncated.len();
        let mut below = HashSet::new();
        for part in &parts {
            below.extend(self.collect(part)?);
            if self.enough() {
                return Ok(below);
            }
        }
        // What the whole has and no part has, such as rules of an unknown type, there may be more of.
        let outside = ids.difference(&below).count() > 0;
        ids.extend(below);
        let whole = total.is_some_and(|total| ids.len() as u64 >= total);
        if parts.is_empty() || (outside && !whole && known == self.run.account.truncated.len()) {
            let truncation = Truncation {
                filter: label(filter),
                received: ids.len() as u64,
                total,
            };
            self.run.account.truncated.push(truncation);
        }
        Ok(ids)
    }

    fn by_offset(&mut self, filter: &Query, ids: &mut HashSet<Uuid>) -> Result<End> {
        let mut pass = Pass::first();
        loop {
            if let Some(end) = self.walk(filter, ids, &mut pass)? {
                return Ok(end);
            }
            match pass.next(&self.run.account, filter.offset) {
                Some(next) => pass = next,
                None => return Ok(End::Whole),
            }
        }
    }

    /// Walks from the first page to the last; `None` where that is behind the last result that the server counts.
    fn walk(
        &mut self,
        filter: &Query,
        ids: &mut HashSet<Uuid>,
        pass: &mut Pass,
    ) -> Result<Option<End>> {
        let mut offset = filter.offset;
        loop {
            let (limit, page) = self.page(filter, offset)?;
            let (received, total) = (page.received, page.total);
            pass.page(total);
            self.add(page, ids, pass.repeats());
            if self.enough() {
                return Ok(Some(End::Whole));
            }
            let Some(total) = total else {
                // A server may know no limit and give its default.
                let full = received >= limit || received == DEFAULT_LIMIT;
                return Ok(Some(if full {
                    End::Full(received)
                } else {
                    End::Whole
                }));
            };
            offset += received;
            if offset >= total {
                return Ok(None);
            }
            if received == 0 {
                let received = self.run.account.distinct();
                let truncation = Truncation {
                    filter: label(filter),
                    received,
                    total: Some(total),
                };
                return Ok(Some(End::Short(truncation)));
            }
        }
    }

    fn add(&mut self, page: Page, ids: &mut HashSet<Uuid>, again: bool) {
        let account = &mut self.run.account;
        account.total(page.total);
        account.received += page.received;
        for refused in page.refused {
            match again {
                true => account.duplicates += 1,
                false => account.refuse(refused),
            }
        }
        for document in page.documents {
            ids.insert(document.id);
            if !self.seen.insert(document.id) {
                account.duplicates += 1;
                // The later answer is the newer one.
                if let Some(known) = self.documents.get_mut(&document.id) {
                    *known = document;
                }
            } else if self.documents.len() as u64 + account.refused < self.want {
                self.documents.insert(document.id, document);
            } else {
                account.surplus += 1;
            }
        }
    }

    /// One answer, and the limit that was asked for.
    fn page(&mut self, filter: &Query, offset: u64) -> Result<(u64, Page)> {
        let wanted = self.want - self.run.account.distinct().min(self.want);
        let base = &self.run.client.settings.base_url;
        let query = |limit| Query {
            limit: Some(limit),
            offset,
            ..filter.clone()
        };
        self.run.get_page(
            wanted,
            &|limit| base.endpoint(SIGMA_PATH, &query(limit).pairs()),
            Media::Yaml,
            &mut |limit, head, body| page::read(head, body, &query(limit)),
        )
    }
}

/// The parts of a filter: by type, then by confidence.
fn split(filter: &Query) -> Vec<Query> {
    if filter.ioc_type.is_none() {
        return IocType::DEFAULT
            .map(|kind| Query {
                ioc_type: Some(kind),
                ..filter.clone()
            })
            .to_vec();
    }
    if filter.confidence.is_none() {
        return Confidence::ALL
            .map(|level| Query {
                confidence: Some(level),
                ..filter.clone()
            })
            .to_vec();
    }
    Vec::new()
}
