//! API keys: made, listed, revoked, and checked.
//!
//! A key is `sk_live_`, the mark of our own keys, an id and a secret of 192 random bits. The store has the id, a salt and the SHA-256 of salt and
//! secret: with that many random bits there is nothing for a slow hash to slow down.

use chrono::{DateTime, Utc};
use rusqlite::{OptionalExtension, Row, params};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::store::{Reader, Store, broken};
use crate::error::{Error, ErrorKind, Result};
use crate::wire::{KEY_PREFIX, OWN_KEY_DIGITS, OWN_KEY_MARK};

/// The digits of the id.
const ID: usize = 12;
/// The digits of the secret: 192 bits.
const SECRET: usize = OWN_KEY_DIGITS - ID;

/// What the store knows about a key. The secret is not among it.
///
/// ```
/// use socdef_sigma::serve::{Store, keys};
///
/// # let folder = tempfile::tempdir().unwrap();
/// let store = Store::open(&folder.path().join("feed.db"))?;
/// let (_, key) = keys::create(&store, "free", Some("laptop"), None, chrono::Utc::now())?;
/// assert_eq!((key.plan.as_str(), key.name.as_deref(), key.revoked), ("free", Some("laptop"), None));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The id: the digits behind the prefix.
    pub id: String,
    /// What its owner calls it.
    pub name: Option<String>,
    /// The plan.
    pub plan: String,
    /// When it was made.
    pub created: DateTime<Utc>,
    /// When it ends.
    pub expires: Option<DateTime<Utc>>,
    /// When it was revoked.
    pub revoked: Option<DateTime<Utc>>,
}

/// Makes a key. The text that is returned is the only copy of it.
///
/// # Errors
/// [`ErrorKind::BadUsage`] where the plan's name is not valid; [`ErrorKind::BrokenStore`].
///
/// ```
/// use socdef_sigma::serve::{Store, keys};
///
/// # let folder = tempfile::tempdir().unwrap();
/// let store = Store::open(&folder.path().join("feed.db"))?;
/// let (secret, key) = keys::create(&store, "pro", None, None, chrono::Utc::now())?;
/// assert!(secret.starts_with(&format!("sk_live_local{}", key.id)));
/// assert!(keys::create(&store, "no such plan", None, None, chrono::Utc::now()).is_err());
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn create(
    store: &Store,
    plan: &str,
    name: Option<&str>,
    expires: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<(String, Key)> {
    if !super::config::is_plan_name(plan) {
        let message = format!(
            "`{plan}` is not a plan; the plans are free, pro, and those of the configuration file"
        );
        return Err(Error::new(ErrorKind::BadUsage, message));
    }
    let key = Key {
        id: hex(&random::<{ ID / 2 }>()?),
        name: name.map(str::to_owned),
        plan: plan.to_owned(),
        created: now,
        expires,
        revoked: None,
    };
    let secret = hex(&random::<{ SECRET / 2 }>()?);
    let salt = random::<16>()?;
    store
        .connection()
        .execute(
            "INSERT INTO keys (id, name, plan, salt, hash, created, expires) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                key.id,
                key.name,
                key.plan,
                salt,
                hash(&salt, &secret),
                now.timestamp_micros(),
                expires.map(|end| end.timestamp_micros())
            ],
        )
        .map_err(|cause| broken(store.path(), cause))?;
    Ok((format!("{KEY_PREFIX}{OWN_KEY_MARK}{}{secret}", key.id), key))
}

/// All keys, the oldest first.
///
/// # Errors
/// [`ErrorKind::BrokenStore`].
///
/// ```
/// use socdef_sigma::serve::{Store, keys};
///
/// # let folder = tempfile::tempdir().unwrap();
/// let store = Store::open(&folder.path().join("feed.db"))?;
/// assert!(keys::list(&store)?.is_empty());
/// let (_, key) = keys::create(&store, "pro", None, None, chrono::Utc::now())?;
/// assert_eq!(keys::list(&store)?[0].id, key.id);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn list(store: &Store) -> Result<Vec<Key>> {
    let read = || {
        let mut statement = store.connection().prepare(
            "SELECT id, name, plan, created, expires, revoked FROM keys ORDER BY created, id",
        )?;
        let keys = statement.query_map([], key)?;
        keys.collect::<rusqlite::Result<Vec<Key>>>()
    };
    read().map_err(|cause| broken(store.path(), cause))
}

/// Revokes a key by its id, by the key itself, or by its name where one key that is valid has it. One that is revoked already stays so.
/// Gives the id.
///
/// # Errors
/// [`ErrorKind::BadUsage`] where there is no such key, or several have the name; [`ErrorKind::BrokenStore`].
///
/// ```
/// use socdef_sigma::serve::{Store, keys};
///
/// # let folder = tempfile::tempdir().unwrap();
/// let store = Store::open(&folder.path().join("feed.db"))?;
/// let (_, key) = keys::create(&store, "pro", Some("laptop"), None, chrono::Utc::now())?;
/// assert_eq!(keys::revoke(&store, "laptop", chrono::Utc::now())?, key.id);
/// assert!(keys::list(&store)?[0].revoked.is_some());
/// assert!(keys::revoke(&store, "desktop", chrono::Utc::now()).is_err());
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub fn revoke(store: &Store, which: &str, now: DateTime<Utc>) -> Result<String> {
    let id = find(store, which)?;
    store
        .connection()
        .execute(
            "UPDATE keys SET revoked = coalesce(revoked, ?2) WHERE id = ?1",
            params![id, now.timestamp_micros()],
        )
        .map_err(|cause| broken(store.path(), cause))?;
    Ok(id)
}

/// The id of a key by its id, by the key itself, or by its name.
fn find(store: &Store, which: &str) -> Result<String> {
    let id = parts(which).map_or(which, |(id, _)| id);
    let keys = list(store)?;
    let wrong = |message: String, hint: &str| {
        Err(Error::new(ErrorKind::BadUsage, message)
            .at(store.path().display())
            .hint(hint))
    };
    if let Some(key) = keys.iter().find(|key| key.id == id) {
        return Ok(key.id.clone());
    }
    let named = || keys.iter().filter(|key| key.name.as_deref() == Some(which));
    let valid: Vec<&str> = named()
        .filter(|key| key.revoked.is_none())
        .map(|key| key.id.as_str())
        .collect();
    match (valid.as_slice(), named().next()) {
        ([id], _) => Ok((*id).to_owned()),
        ([], Some(key)) => Ok(key.id.clone()),
        ([], None) => wrong(
            "there is no key with this id or name".to_owned(),
            "`keys list` shows ids and names",
        ),
        (ids, _) => wrong(
            format!("{} keys have this name: {}", ids.len(), ids.join(", ")),
            "say which one by its id",
        ),
    }
}

/// What a key that was sent turned out to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Checked {
    Valid(Key),
    Expired,
    Invalid,
}

/// Checks a key that was sent. How long it takes does not tell how much of the secret was right.
pub(crate) fn check(reader: &Reader, sent: &str, now: DateTime<Utc>) -> rusqlite::Result<Checked> {
    let Some((id, secret)) = parts(sent) else {
        return Ok(Checked::Invalid);
    };
    let known = reader
        .connection()?
        .prepare_cached(
            "SELECT id, name, plan, created, expires, revoked, salt, hash FROM keys WHERE id = ?1",
        )?
        .query_row([id], |row| {
            Ok((
                key(row)?,
                row.get::<_, Vec<u8>>(6)?,
                row.get::<_, Vec<u8>>(7)?,
            ))
        })
        .optional()?;
    let Some((key, salt, expected)) = known else {
        let _ = hash(&[0; 16], secret);
        return Ok(Checked::Invalid);
    };
    let right: bool = hash(&salt, secret).ct_eq(expected.as_slice()).into();
    if !right || key.revoked.is_some() {
        return Ok(Checked::Invalid);
    }
    Ok(match key.expires {
        Some(end) if end <= now => Checked::Expired,
        _ => Checked::Valid(key),
    })
}

/// The id and the secret of what looks like a key. One that was made before there was a mark has none.
fn parts(sent: &str) -> Option<(&str, &str)> {
    let rest = sent.strip_prefix(KEY_PREFIX)?;
    let digits = rest.strip_prefix(OWN_KEY_MARK).unwrap_or(rest);
    let plain = digits.len() == ID + SECRET && digits.bytes().all(|b| b.is_ascii_hexdigit());
    plain.then(|| digits.split_at(ID))
}

fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    let moment = |micros: i64| DateTime::from_timestamp_micros(micros).unwrap_or_default();
    Ok(Key {
        id: row.get(0)?,
        name: row.get(1)?,
        plan: row.get(2)?,
        created: moment(row.get(3)?),
        expires: row.get::<_, Option<i64>>(4)?.map(moment),
        revoked: row.get::<_, Option<i64>>(5)?.map(moment),
    })
}

fn hash(salt: &[u8], secret: &str) -> Vec<u8> {
    Sha256::new()
        .chain_update(salt)
        .chain_update(secret)
        .finalize()
        .to_vec()
}

/// Random bytes from the system.
pub(crate) fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|cause| {
        Error::new(
            ErrorKind::BrokenStore,
            "the system provides no random numbers",
        )
        .because(std::io::Error::other(cause.to_string()))
    })?;
    Ok(bytes)
}

/// Bytes as lower-case digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text in which nothing of a key is left, for logs and messages.
pub(crate) fn redacted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(KEY_PREFIX) {
        out.push_str(&rest[..at]);
        out.push_str(KEY_PREFIX);
        out.push('…');
        rest = rest[at + KEY_PREFIX.len()..]
            .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-');
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_key_is_left() {
        assert_eq!(
            redacted("/a/sk_live_00ff/x sk_live_"),
            "/a/sk_live_…/x sk_live_…"
        );
        assert_eq!(redacted("nothing"), "nothing");
    }

    #[test]
    fn a_key_has_an_id_and_a_secret() {
        let (id, secret) = ("a".repeat(ID), "b".repeat(SECRET));
        for mark in ["", OWN_KEY_MARK] {
            let key = format!("sk_live_{mark}{id}{secret}");
            assert_eq!(parts(&key), Some((id.as_str(), secret.as_str())));
            assert_eq!(parts(&key[..key.len() - 1]), None);
        }
        assert_eq!(parts(&format!("sk_live_locallocal{id}{secret}")), None);
        assert_eq!(parts("sk_live_YOUR_KEY"), None);
    }
}
