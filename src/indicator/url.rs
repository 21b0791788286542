//! URLs, as far as a log shows them.

use std::fmt;
use std::net::Ipv6Addr;

use super::domain::Domain;
use super::refusal::Refusal;
use super::{address, port};
use crate::reason::Reason;

/// A URL whose scheme and host are in lower case, and whose path and query are as they were given.
///
/// Fragment and userinfo are not on the wire and so not in here.
///
/// ```
/// use socdef_sigma::{Ioc, indicator::parse};
///
/// let Ioc::Url(url) = parse("hxxp://user@EVIL[.]example:80/A?b#c").unwrap().ioc else { panic!() };
/// assert_eq!(url.to_string(), "http://evil.example/A?b");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Url {
    scheme: &'static str,
    host: Host,
    port: Option<u16>,
    target: String,
}

/// The host of a URL.
///
/// ```
/// use socdef_sigma::{Ioc, indicator::{Host, parse}};
///
/// let Ioc::Url(url) = parse("http://[2001:db8::1]/a").unwrap().ioc else { panic!() };
/// assert!(matches!(url.host(), Host::Ipv6(_)));
/// assert_eq!(url.host().to_string(), "[2001:db8::1]");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Host {
    /// A name.
    Domain(Domain),
    /// An IPv4 address.
    Ipv4(std::net::Ipv4Addr),
    /// An IPv6 address, in brackets when written.
    Ipv6(Ipv6Addr),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Domain(domain) => domain.fmt(f),
            Host::Ipv4(address) => address.fmt(f),
            Host::Ipv6(address) => write!(f, "[{}]", address::rfc5952(*address)),
        }
    }
}

/// The schemes that a web proxy logs, with their default ports.
const SCHEMES: [(&str, u16); 3] = [("http", 80), ("https", 443), ("ftp", 21)];

impl Url {
    /// Reads a URL; one without a scheme is read as `http://`. The flag says that the text says more: userinfo, a
    /// fragment, or characters that a request encodes.
    pub(crate) fn parse(text: &str) -> Result<(Url, bool), Refusal> {
        let invalid = || Refusal::new(Reason::InvalidUrl);
        let (scheme, default_port, rest) = match text.split_once("://") {
            None => ("http", 80, text),
            Some((scheme, rest)) if is_scheme(scheme) => {
                let lower = scheme.to_ascii_lowercase();
                let (scheme, port) = SCHEMES
                    .into_iter()
                    .find(|(known, _)| *known == lower)
                    .ok_or_else(|| Refusal::new(Reason::UnsupportedScheme).detail(lower))?;
                (scheme, port, rest)
            }
            // `host/path?next=http://…`: the scheme is inside the query.
            Some((host, _)) if host.contains('/') || host.contains('?') => ("http", 80, text),
            Some(_) => return Err(invalid()),
        };
        let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        if authority.is_empty() {
            return Err(Refusal::new(Reason::NoHost));
        }
        if authority.starts_with("*.") {
            return Err(Refusal::new(Reason::Pattern).detail("any host below the name"));
        }
        let (userinfo, host) = match authority.rsplit_once('@') {
            Some((userinfo, host)) => (Some(userinfo), host),
            None => (None, authority),
        };
        let (host, port) = host_and_port(host).ok_or_else(invalid)?;
        let (before_fragment, fragment) = match tail.split_once('#') {
            // White space at the end is not part of the URL, there either.
            Some((before, fragment)) => (before.trim_end(), Some(fragment)),
            None => (tail, None),
        };
        let target = match before_fragment {
            "" => "/".to_owned(),
            query if query.starts_with('?') => format!("/{query}"),
            // Clients send the backslash that ends a host as a slash: https://url.spec.whatwg.org/#relative-slash-state
            target => format!("/{}", &target[1..]),
        };
        let is_iri = !target.is_ascii() || target.contains(' ');
        let target = if is_iri { on_the_wire(&target) } else { target };
        let url = Url {
            scheme,
            host,
            port: port.filter(|port| *port != default_port),
            target,
        };
        Ok((url, userinfo.is_some() || fragment.is_some() || is_iri))
    }

    /// `http`, `https` or `ftp`.
    ///
    /// ```
    /// use socdef_sigma::{Ioc, indicator::parse};
    ///
    /// let Ioc::Url(url) = parse("hxxps://evil.example/").unwrap().ioc else { panic!() };
    /// assert_eq!(url.scheme(), "https");
    /// ```
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// The host.
    ///
    /// ```
    /// use socdef_sigma::{Ioc, indicator::{Host, parse}};
    ///
    /// let Ioc::Url(url) = parse("http://198.51.100.7/a").unwrap().ioc else { panic!() };
    /// assert!(matches!(url.host(), Host::Ipv4(address) if address.octets() == [198, 51, 100, 7]));
    /// ```
    pub fn host(&self) -> &Host {
        &self.host
    }

    /// The port, where it is not the scheme's default.
    ///
    /// ```
    /// use socdef_sigma::{Ioc, indicator::parse};
    ///
    /// let port = |text| match parse(text).unwrap().ioc {
    ///     Ioc::Url(url) => url.port(),
    ///     _ => panic!(),
    /// };
    /// assert_eq!((port("https://evil.example:8443/"), port("https://evil.example:443/")), (Some(8443), None));
    /// ```
    pub fn port(&self) -> Option<u16> {
        self.port
    }

    /// Path and query, from the first slash on; `/` for the root.
    ///
    /// ```
    /// use socdef_sigma::{Ioc, indicator::parse};
    ///
    /// let Ioc::Url(url) = parse("http://evil.example/a.php?id=1#top").unwrap().ioc else { panic!() };
    /// assert_eq!(url.target(), "/a.php?id=1");
    /// ```
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Host, and port where there is one, as they stand in the URL.
    ///
    /// ```
    /// use socdef_sigma::{Ioc, indicator::parse};
    ///
    /// let Ioc::Url(url) = parse("http://evil.example:8080/a").unwrap().ioc else { panic!() };
    /// assert_eq!(url.authority(), "evil.example:8080");
    /// ```
    pub fn authority(&self) -> String {
        match self.port {
            Some(port) => format!("{}:{port}", self.host),
            None => self.host.to_string(),
        }
    }
}

/// Path and query as a request has them: spaces and characters outside of ASCII in percent-encoded UTF-8 (RFC 3987, section 3.1).
fn on_the_wire(target: &str) -> String {
    let mut wire = String::with_capacity(target.len() * 2);
    for c in target.chars() {
        match c.is_ascii() && c != ' ' {
            true => wire.push(c),
            false => {
                let mut bytes = [0; 4];
                for byte in c.encode_utf8(&mut bytes).bytes() {
                    wire.push('%');
                    for digit in [byte >> 4, byte & 15] {
                        wire.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
                    }
                }
            }
        }
    }
    wire
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

fn host_and_port(text: &str) -> Option<(Host, Option<u16>)> {
    if let Some(rest) = text.strip_prefix('[') {
        let (inside, tail) = rest.split_once(']')?;
        let port = match tail.strip_prefix(':') {
            Some("") => None,
            Some(port) => Some(port::parse(port)?),
            None if tail.is_empty() => None,
            None => return None,
        };
        let address: Ipv6Addr = inside.parse().ok()?;
        let host = address
            .to_ipv4_mapped()
            .map_or(Host::Ipv6(address), Host::Ipv4);
        return Some((host, port));
    }
    let (name, port) = port::split(text.strip_suffix(':').unwrap_or(text))?;
    let host = match address::quad(name) {
        Some(address) => Host::Ipv4(address),
        None => Host::Domain(Domain::parse(name).ok()?),
    };
    Some((host, port))
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}{}", self.scheme, self.authority(), self.target)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        Url::parse(text).ok().map(|(url, _)| url.to_string())
    }

    #[test]
    fn white_space_before_a_fragment_is_none_of_the_url() {
        for text in [
            "http://evil.example/a? #b",
            "http://evil.example/a?\u{a0} ##",
        ] {
            assert_eq!(
                Url::parse(text).unwrap().0.to_string(),
                "http://evil.example/a?"
            );
        }
    }

    #[test]
    fn scheme_and_host_are_folded_and_the_rest_is_not() {
        for (given, canonical) in [
            (
                "HTTP://EVIL.Example/Path?Q=%41",
                "http://evil.example/Path?Q=%41",
            ),
            ("http://evil.example", "http://evil.example/"),
            ("http://evil.example:80/x", "http://evil.example/x"),
            ("https://evil.example:80/x", "https://evil.example:80/x"),
            ("http://user:pw@evil.example/x#top", "http://evil.example/x"),
            ("http://evil.example?a=1", "http://evil.example/?a=1"),
            ("evil.example/a", "http://evil.example/a"),
            (
                "evil.example:8080/a?u=http://x.example",
                "http://evil.example:8080/a?u=http://x.example",
            ),
            ("http://[2001:DB8::1]:8080/x", "http://[2001:db8::1]:8080/x"),
            ("http://192.000.002.001/x", "http://192.0.2.1/x"),
            (
                "http://bücher.example/ä?ö=ü",
                "http://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC",
            ),
            ("ftp://evil.example/x", "ftp://evil.example/x"),
            ("http://evil.example:/x", "http://evil.example/x"),
            (r"http://evil.example\a\b", r"http://evil.example/a\b"),
        ] {
            assert_eq!(read(given).as_deref(), Some(canonical), "{given}");
        }
    }

    #[test]
    fn what_is_no_url_of_a_web_log_is_refused() {
        let reason = |text| Url::parse(text).unwrap_err().reason;
        assert_eq!(reason("gopher://evil.example/x"), Reason::UnsupportedScheme);
        assert_eq!(reason("/connect_meta.php"), Reason::NoHost);
        assert_eq!(reason("http:///x"), Reason::NoHost);
        assert_eq!(reason("http://evil..example/x"), Reason::InvalidUrl);
        assert_eq!(reason("http://evil.example:99999/x"), Reason::InvalidUrl);
        assert_eq!(reason("http://[2001:db8::zz]/"), Reason::InvalidUrl);
    }

    #[test]
    fn what_is_left_out_is_said() {
        assert!(Url::parse("http://u@evil.example/x").unwrap().1);
        assert!(Url::parse("http://evil.example/x#y").unwrap().1);
        assert!(!Url::parse("http://evil.example/x").unwrap().1);
    }
}
