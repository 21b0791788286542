//! The port behind a host: kept beside the indicator, never in the detection.

/// Reads a port from 1 to 65535, in digits only.
pub(crate) fn parse(text: &str) -> Option<u16> {
    if text.is_empty() || text.len() > 5 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    text.parse().ok().filter(|port| *port != 0)
}

/// Splits `host:port`; a host without a port comes back alone.
pub(crate) fn split(text: &str) -> Option<(&str, Option<u16>)> {
    match text.rsplit_once(':') {
        None => Some((text, None)),
        Some((host, port)) => Some((host, Some(parse(port)?))),
    }
}
