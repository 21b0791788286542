//! Indicators that must never alert: MISP warninglists, and the user's own allow lists.
//!
//! An indicator is dropped when its rule would fire on something that a list holds. The rule decides, so that the match goes further than
//! equality: a network that contains a listed address is dropped, and so is a domain above a listed name, since the rule of a domain
//! matches every name below it.
//!
//! | list | drops |
//! |---|---|
//! | `cidr` | addresses and networks inside an entry, and networks that contain one |
//! | `hostname` | the name, every name below it, and every domain above it |
//! | `string` | the value itself; an address as `cidr` does; a name, and every domain above it |
//! | `substring` | values that contain the entry |
//! | `regex` | values that the expression matches |
//! | allow | what `cidr`, `hostname` or `string` would, by what the line is |
//!
//! A URL is dropped for its host only where its path is `/`: such a rule fires on every visit to the host, while a path makes a good rule
//! on the best known host there is. An e-mail address is dropped for its domain only by a `hostname` list whose `matching_attributes` name a type
//! of e-mail address. Case never counts, as it does not for Sigma.
//!
//! Source: MISP's `app/Model/Warninglist.php` and `app/Lib/Tools/CidrTool.php`, and `schema.json` and `README.md` of misp-warninglists; `docs/lists.md`
//! says where this differs.

mod allow;
mod ascii;
mod attributes;
mod cidr;
mod entries;
mod file;
mod hostname;
mod index;
mod load;
mod regex;
mod string;
mod substring;

use std::fmt;

use crate::indicator::{Ioc, Refusal};
use crate::reason::Reason;
use crate::source::Note;

use entries::{Entries, Hit};
use index::Index;

/// The lists of one run, ready to be asked. The default holds nothing.
///
/// ```
/// use socdef_sigma::{indicator::parse, lists::Lists};
/// # let folder = tempfile::tempdir().unwrap();
/// # let path = folder.path().join("list.json");
/// std::fs::write(&path, r#"{"name": "Resolvers", "version": 3, "type": "cidr", "list": ["8.8.8.8"]}"#).unwrap();
/// let lists = Lists::load(&[path], &[] as &[&str]).unwrap();
/// let refusal = |value| lists.refusal(&parse(value).unwrap().ioc);
/// assert_eq!(refusal("8.8.8.8").unwrap().to_string(), "on a warninglist: `8.8.8.8` in `Resolvers`, version 3");
/// assert!(refusal("8.8.0.0/16").is_some());
/// assert!(refusal("198.51.100.7").is_none());
/// ```
#[derive(Default)]
pub struct Lists {
    entries: Entries,
    allowed: Index,
    listed: Index,
    notes: Vec<Note>,
}

impl Lists {
    /// Why an indicator must not alert, with the entry, the list and its version; `None` where no list holds it.
    ///
    /// The user's own lists go first.
    ///
    /// ```
    /// use socdef_sigma::{indicator::parse, lists::Lists};
    /// assert_eq!(Lists::default().refusal(&parse("198.51.100.7").unwrap().ioc), None);
    /// ```
    pub fn refusal(&self, ioc: &Ioc) -> Option<Refusal> {
        let hit = |index: &Index| index.find(ioc, &self.entries);
        let (reason, hit) = match hit(&self.allowed) {
            Some(hit) => (Reason::Allowed, hit),
            None => (Reason::Warninglisted, hit(&self.listed)?),
        };
        let entry = self.entries.shown(hit.entry());
        Some(Refusal::new(reason).detail(match hit {
            Hit::On(_) => entry,
            Hit::Within(_) => format!("{entry}, which its rule would match"),
        }))
    }

    /// Entries that were left out while loading: those that cannot be used, and files of a folder that are not lists.
    ///
    /// ```
    /// use socdef_sigma::lists::Lists;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("list.json");
    /// std::fs::write(&path, r#"{"name": "Odd", "version": 1, "type": "cidr", "list": ["198.51.100.0/99"]}"#).unwrap();
    /// let lists = Lists::load(&[path], &[] as &[&str])?;
    /// assert_eq!(lists.notes()[0].kind.code(), "unusable_entry");
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// How many entries there are.
    ///
    /// ```
    /// use socdef_sigma::lists::Lists;
    ///
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let path = folder.path().join("allow.txt");
    /// std::fs::write(&path, "good.example\n198.51.100.7\n").unwrap();
    /// assert_eq!(Lists::load(&[] as &[&str], &[path])?.len(), 2);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    ///
    /// ```
    /// use socdef_sigma::lists::Lists;
    /// assert!(Lists::default().is_empty());
    /// ```
    pub fn is_empty(&self) -> bool {
        self.entries.len() == 0
    }
}

impl PartialEq for Lists {
    /// Whether they hold the same entries of the same lists.
    fn eq(&self, other: &Lists) -> bool {
        self.entries == other.entries
    }
}

impl fmt::Debug for Lists {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Lists({} entries)", self.len())
    }
}
