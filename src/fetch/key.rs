//! The API key, which nothing prints.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use reqwest::header::HeaderValue;
use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, ErrorKind, Result};
use crate::wire::{KEY_PREFIX, OWN_KEY_DIGITS, OWN_KEY_MARK};

/// The variable of the environment that holds the key.
///
/// ```
/// use socdef_sigma::fetch::{ApiKey, KEY_VARIABLE};
/// assert_eq!(ApiKey::from_environment()?.is_some(), std::env::var_os(KEY_VARIABLE).is_some_and(|key| !key.is_empty()));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub const KEY_VARIABLE: &str = "SOCDEF_API_KEY";

/// The longest key, in bytes.
const MAX_KEY_BYTES: usize = 512;
/// The rest of a key, behind its beginning, is masked by itself too, unless it is so short that it may be a word.
const SHORTEST_SECRET: usize = 8;
/// Replaces the key wherever text is shown.
const MASK: &str = "sk_live_****";

/// An API key. It has no `Display`, its `Debug` shows nothing of it, and its memory is cleared when it is dropped.
///
/// ```
/// use socdef_sigma::fetch::ApiKey;
///
/// let key = ApiKey::new("sk_live_0123456789").unwrap();
/// assert_eq!(format!("{key:?}"), "ApiKey(****)");
/// assert!(ApiKey::new("secret\nX-Header: value").is_err());
/// ```
#[derive(Clone)]
pub struct ApiKey(SecretString);

impl ApiKey {
    /// Takes a key; white space around it is cut off.
    ///
    /// # Errors
    /// [`ErrorKind::BadKey`] where it has not the form of a key. The error does not show it.
    ///
    /// ```
    /// use socdef_sigma::{ErrorKind, fetch::ApiKey};
    ///
    /// assert!(ApiKey::new(" sk_live_0123456789\n").is_ok());
    /// let error = ApiKey::new("0123456789").unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::BadKey);
    /// assert!(!error.report().contains("0123456789"));
    /// ```
    pub fn new(key: impl Into<String>) -> Result<ApiKey> {
        let key = Zeroizing::new(key.into());
        let key = key.trim();
        if key.is_empty() {
            return Err(bad("the API key is empty"));
        }
        let secret = key.strip_prefix(KEY_PREFIX).unwrap_or_default();
        if secret.is_empty()
            || key.len() > MAX_KEY_BYTES
            || !secret.bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(bad("the API key is malformed").hint(format!(
                "a key is `{KEY_PREFIX}` followed by letters and digits, without spaces or quotes"
            )));
        }
        Ok(ApiKey(SecretString::from(key)))
    }

    /// The key in [`KEY_VARIABLE`]; `None` where the variable is not set or empty.
    ///
    /// # Errors
    /// [`ErrorKind::BadKey`] where it has not the form of a key.
    ///
    /// ```
    /// use socdef_sigma::fetch::ApiKey;
    ///
    /// match ApiKey::from_environment()? {
    ///     Some(key) => assert_eq!(format!("{key:?}"), "ApiKey(****)"),
    ///     None => println!("`SOCDEF_API_KEY` is not set"),
    /// }
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn from_environment() -> Result<Option<ApiKey>> {
        match std::env::var_os(KEY_VARIABLE) {
            None => Ok(None),
            Some(value) if value.is_empty() => Ok(None),
            // A text that is not Unicode is not a key either.
            Some(value) => ApiKey::new(value.into_string().unwrap_or_else(|_| "?".to_owned()))
                .map(Some)
                .map_err(|error| error.at(KEY_VARIABLE)),
        }
    }

    /// The key in a file.
    ///
    /// # Errors
    /// [`ErrorKind::BadKey`] where the file cannot be read, where others than its owner may read or write it, or where
    /// it holds no key.
    ///
    /// ```
    /// use socdef_sigma::fetch::ApiKey;
    ///
    /// let folder = tempfile::tempdir().unwrap();
    /// let path = folder.path().join("key");
    /// std::fs::write(&path, "sk_live_0123456789\n").unwrap();
    /// # #[cfg(unix)]
    /// std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    /// assert!(ApiKey::from_file(&path).is_ok());
    /// ```
    pub fn from_file(path: &Path) -> Result<ApiKey> {
        let refuse = |error: Error| error.at(path.display());
        let unreadable = |cause: std::io::Error| {
            bad("cannot read the API key file")
                .at(path.display())
                .because(cause)
        };
        let file = File::open(path).map_err(unreadable)?;
        private(&file).map_err(unreadable)?.map_err(refuse)?;
        let mut text = Zeroizing::new(Vec::with_capacity(MAX_KEY_BYTES + 1025));
        file.take(MAX_KEY_BYTES as u64 + 1024)
            .read_to_end(&mut text)
            .map_err(unreadable)?;
        match std::str::from_utf8(&text) {
            Ok(text) => ApiKey::new(text).map_err(refuse),
            Err(_) => Err(refuse(bad("the API key is malformed"))),
        }
    }

    /// The value of the header `Authorization`.
    pub(super) fn authorization(&self) -> HeaderValue {
        let text = Zeroizing::new(format!("Bearer {}", self.0.expose_secret()));
        // The form is checked, so that this is always a header.
        let mut value =
            HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static(""));
        value.set_sensitive(true);
        value
    }

    /// Whether a server of this project made it, so that the service does not know it.
    pub(super) fn is_own(&self) -> bool {
        let key = self.0.expose_secret();
        let digits = key
            .strip_prefix(KEY_PREFIX)
            .and_then(|rest| rest.strip_prefix(OWN_KEY_MARK));
        digits.is_some_and(|digits| {
            digits.len() == OWN_KEY_DIGITS && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
        })
    }

    /// Text without the key in it, should somebody have put it there, whole or without its beginning.
    pub(super) fn scrub(&self, text: &str) -> String {
        let key = self.0.expose_secret();
        let text = text.replace(key, MASK);
        match key.strip_prefix(KEY_PREFIX) {
            Some(secret) if secret.len() >= SHORTEST_SECRET => text.replace(secret, "****"),
            _ => text,
        }
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(****)")
    }
}

fn bad(message: &str) -> Error {
    Error::new(ErrorKind::BadKey, message)
}

/// Whether only its owner may use an open file. Asked of the open file, so that nobody can exchange it in between.
#[cfg(unix)]
fn private(file: &File) -> std::io::Result<Result<()>> {
    use std::os::unix::fs::PermissionsExt;
    let mode = file.metadata()?.permissions().mode();
    Ok(match mode & 0o077 {
        0 => Ok(()),
        _ => Err(bad(&format!(
            "other users can access the API key file (its mode is {:03o})",
            mode & 0o777
        ))
        .hint("restrict it to its owner: `chmod 600 FILE`")),
    })
}

#[cfg(not(unix))]
fn private(file: &File) -> std::io::Result<Result<()>> {
    file.metadata().map(|_| Ok(()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "sk_live_0123456789abcdef";

    #[test]
    fn a_key_without_the_form_of_one_is_refused_and_not_shown() {
        for text in [
            "",
            " \n",
            "sk_live_",
            "secret-thing",
            "sk_test_secret-thing",
            "sk_live_secret-thing\r\nHost: x",
            "sk_live_secret thing",
            "sk_live_secret-thing\u{7f}",
            "sk_live_secret-thingé",
            "\"sk_live_secret-thing\"",
            &format!("sk_live_{}", "secret-thing".repeat(50)),
        ] {
            let error = ApiKey::new(text).unwrap_err();
            assert_eq!(
                (error.kind(), error.kind().exit_status()),
                (ErrorKind::BadKey, 3)
            );
            assert!(
                !format!("{error:?} {}", error.report()).contains("thing"),
                "{text}"
            );
        }
        assert!(ApiKey::new(format!("  {KEY}\n")).is_ok());
    }

    #[test]
    fn a_key_is_shown_nowhere() {
        let key = ApiKey::new(KEY).unwrap();
        assert!(!format!("{key:?} {key:#?} {:?}", key.authorization()).contains("0123"));
        assert_eq!(
            key.authorization().as_bytes(),
            format!("Bearer {KEY}").as_bytes()
        );
        assert_eq!(
            key.scrub(&format!("no such key: {KEY}!")),
            "no such key: sk_live_****!"
        );
        let half = KEY.strip_prefix("sk_live_").unwrap();
        assert_eq!(
            key.scrub(&format!("{KEY} of {half}.")),
            "sk_live_**** of ****."
        );
        assert_eq!(ApiKey::new("sk_live_a").unwrap().scrub("a key"), "a key");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, format!("{KEY}\n")).unwrap();
        for (mode, good) in [
            (0o600, true),
            (0o400, true),
            (0o640, false),
            (0o604, false),
            (0o620, false),
        ] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let key = ApiKey::from_file(&path);
            assert_eq!(key.is_ok(), good, "{mode:o}");
            if let Err(error) = key {
                assert_eq!(error.kind(), ErrorKind::BadKey);
                assert!(error.hint_text().unwrap().contains("chmod 600"), "{error}");
            }
        }
        for missing in [folder.path().join("none"), folder.path().to_owned()] {
            assert_eq!(
                ApiKey::from_file(&missing).unwrap_err().kind(),
                ErrorKind::BadKey
            );
        }
    }
}
