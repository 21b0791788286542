//! Addresses: where the key may go, and how they are shown.

use std::fmt;

use reqwest::Url;

use crate::error::{Error, ErrorKind, Result};
use crate::wire::UPSTREAM;

/// Parameters that may hold a key. The client sends none of them, but a link of a server may have them.
const SECRET_PARAMETERS: [&str; 6] = [
    "api_key",
    "apikey",
    "key",
    "token",
    "access_token",
    "password",
];

/// An address that can be shown: without userinfo, and with the values of secret parameters masked.
///
/// ```
/// use socdef_sigma::fetch::SafeUrl;
///
/// let base = SafeUrl::base("https://socdefenders.ai/").unwrap();
/// assert_eq!(base.endpoint("/api/v1/iocs", &[("type", "ipv4".into())]).to_string(), "https://socdefenders.ai/api/v1/iocs?type=ipv4");
/// assert!(SafeUrl::base("http://192.0.2.1").is_err());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SafeUrl(Url);

impl SafeUrl {
    /// Reads the base address of a service.
    ///
    /// # Errors
    /// [`ErrorKind::BadUsage`] where it is not an address, has more than scheme, host, port and path, or where a key must not
    /// be sent to it: only `https` is safe, and `http` to this machine.
    ///
    /// ```
    /// use socdef_sigma::fetch::SafeUrl;
    ///
    /// assert!(SafeUrl::base("https://feed.example/intel").is_ok());
    /// assert!(SafeUrl::base("http://127.0.0.1:8080").is_ok());
    /// assert!(SafeUrl::base("http://feed.example").is_err()); // the key would be readable on the way
    /// assert!(SafeUrl::base("https://user:password@feed.example").is_err());
    /// ```
    pub fn base(text: &str) -> Result<SafeUrl> {
        let bad = |message: String| {
            Error::new(ErrorKind::BadUsage, message)
                .hint("a base address looks like `https://socdefenders.ai`")
        };
        // The text is not shown: it may hold a password.
        let url = Url::parse(text.trim())
            .map_err(|cause| bad(format!("the base address is not a URL: {cause}")))?;
        if !matches!(url.scheme(), "https" | "http") {
            return Err(bad(format!(
                "the base address has the scheme `{}`, and must be https",
                url.scheme()
            )));
        }
        let url = SafeUrl(url);
        if url.has_userinfo() {
            return Err(bad(
                "the base address must not have a user name or password".to_owned(),
            ));
        }
        if url.0.query().is_some() || url.0.fragment().is_some() {
            return Err(bad(
                "the base address must not have a query or fragment".to_owned()
            ));
        }
        match url.may_have_key() {
            true => Ok(url),
            false => Err(Error::new(
                ErrorKind::BadUsage,
                format!(
                    "the API key is not sent to {}, where anybody on the way can read it",
                    url.origin()
                ),
            )
            .hint("use https; plain http is for addresses of this machine only")),
        }
    }

    /// The address of an endpoint below this base, with its query.
    ///
    /// ```
    /// use socdef_sigma::fetch::SafeUrl;
    ///
    /// let base = SafeUrl::base("https://feed.example/intel/")?;
    /// let url = base.endpoint("/api/v1/iocs", &[("industry", "a b".to_owned())]);
    /// assert_eq!(url.to_string(), "https://feed.example/intel/api/v1/iocs?industry=a+b");
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn endpoint(&self, path: &str, pairs: &[(&str, String)]) -> SafeUrl {
        let mut url = self.0.clone();
        let full = format!("{}{path}", url.path().trim_end_matches('/'));
        url.set_path(&full);
        url.set_query(None);
        if !pairs.is_empty() {
            url.query_pairs_mut().extend_pairs(pairs);
        }
        SafeUrl(url)
    }

    /// The address that a link or a redirect in an answer from this address means.
    pub(super) fn join(&self, link: &str) -> Option<SafeUrl> {
        let mut url = self.0.join(link).ok()?;
        url.set_fragment(None);
        Some(SafeUrl(url))
    }

    /// Whether another address has the same scheme, host and port, and no user of its own.
    pub(super) fn same_origin(&self, other: &SafeUrl) -> bool {
        self.0.origin() == other.0.origin() && !other.has_userinfo()
    }

    /// Scheme, host and port.
    ///
    /// ```
    /// use socdef_sigma::fetch::SafeUrl;
    /// assert_eq!(SafeUrl::base("https://feed.example:8443/intel")?.origin(), "https://feed.example:8443");
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Whether a key may be sent there: encrypted, or to this machine.
    pub(super) fn may_have_key(&self) -> bool {
        self.0.scheme() == "https" || (self.0.scheme() == "http" && self.is_loopback())
    }

    /// Whether the host is this machine.
    pub(super) fn is_loopback(&self) -> bool {
        // The parser has brought every spelling of an address (0x7f.1, 127.1) into its one form.
        let host = self.0.host_str().unwrap_or_default();
        let address = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<std::net::IpAddr>();
        match address {
            Ok(address) => address.is_loopback(),
            Err(_) => host == "localhost",
        }
    }

    /// Whether this is the upstream service, under any of its names.
    pub(super) fn is_upstream(&self) -> bool {
        let host = self.0.host_str().unwrap_or_default().trim_end_matches('.');
        let service = UPSTREAM.trim_start_matches("https://");
        host.strip_suffix(service)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    }

    /// The address itself, for the request.
    pub(super) fn url(&self) -> Url {
        self.0.clone()
    }

    fn has_userinfo(&self) -> bool {
        !self.0.username().is_empty() || self.0.password().is_some()
    }
}

impl fmt::Display for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.origin())?;
        f.write_str(self.0.path().trim_end_matches('/'))?;
        let secret = |name: &str| {
            SECRET_PARAMETERS
                .iter()
                .any(|secret| name.eq_ignore_ascii_case(secret))
        };
        for (at, pair) in self
            .0
            .query()
            .into_iter()
            .flat_map(|query| query.split('&'))
            .enumerate()
        {
            f.write_str(if at == 0 { "?" } else { "&" })?;
            match pair.split_once('=') {
                Some((name, _)) if secret(name) => write!(f, "{name}=****")?,
                _ => f.write_str(pair)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for SafeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SafeUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_service_is_known_under_any_of_its_names() {
        for (address, expected) in [
            (UPSTREAM, true),
            ("https://SOCDEFENDERS.ai./", true),
            ("https://www.socdefenders.ai:8443/mirror", true),
            ("https://notsocdefenders.ai", false),
            ("https://socdefenders.ai.example", false),
            ("https://feed.example/socdefenders.ai", false),
        ] {
            let base = SafeUrl::base(address).unwrap();
            assert_eq!(base.is_upstream(), expected, "{address}");
        }
    }

    #[test]
    fn the_key_goes_over_https_or_stays_on_this_machine() {
        for good in [
            "https://socdefenders.ai",
            "https://192.0.2.1:8443/prefix/",
            "http://127.0.0.1:8080",
            "http://127.9.9.9",
            "http://[::1]:8080",
            "http://localhost:8080",
            "http://LOCALHOST",
        ] {
            assert!(SafeUrl::base(good).is_ok(), "{good}");
        }
        for bad in [
            "http://192.0.2.1",
            "http://socdefenders.ai",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://[::ffff:127.0.0.1]",
            "http://0.0.0.0",
            "ftp://socdefenders.ai",
            "file:///etc/passwd",
            "socdefenders.ai",
            "",
            "https://",
            "https://user:thing@socdefenders.ai",
            "https://socdefenders.ai?api_key=thing",
            "https://socdefenders.ai/#thing",
        ] {
            let error = SafeUrl::base(bad).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::BadUsage, "{bad}");
            assert!(
                !error.report().contains("thing"),
                "{bad}: {}",
                error.report()
            );
        }
    }

    #[test]
    fn addresses_are_shown_without_secrets() {
        let base = SafeUrl::base("https://socdefenders.ai/v2/").unwrap();
        assert_eq!(base.to_string(), "https://socdefenders.ai/v2");
        let link = base
            .join("https://u:thing@socdefenders.ai/x?offset=5&API_KEY=thing#thing")
            .unwrap();
        assert_eq!(
            format!("{link:?}"),
            "SafeUrl(https://socdefenders.ai/x?offset=5&API_KEY=****)"
        );
        assert!(!base.same_origin(&link));
        assert_eq!(
            base.endpoint(
                "/api/v1/iocs",
                &[("since", "2026-01-01T00:00:00+02:00".into())]
            )
            .to_string(),
            "https://socdefenders.ai/v2/api/v1/iocs?since=2026-01-01T00%3A00%3A00%2B02%3A00"
        );
    }

    #[test]
    fn an_origin_is_scheme_host_and_port() {
        let base = SafeUrl::base("https://socdefenders.ai").unwrap();
        for (link, same) in [
            ("/x", true),
            ("https://socdefenders.ai:443/x", true),
            ("http://socdefenders.ai/x", false),
            ("https://socdefenders.ai:8443/x", false),
            ("//evil.example/x", false),
            ("\\\\evil.example/x", false),
            ("https://socdefenders.ai.evil.example", false),
            ("javascript:0", false),
        ] {
            assert_eq!(base.same_origin(&base.join(link).unwrap()), same, "{link}");
        }
    }
}
