//! Limits and times: what a client, or all of them, may take.

use std::time::Duration;

use serde::Deserialize;

/// What a single client or all of them may take.
///
/// ```
/// use socdef_sigma::serve::Config;
///
/// let config = Config::from_yaml("limits:\n  connections: 64\n")?;
/// assert_eq!(config.limits.connections, 64);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Open connections. For one more, one without an answer under way is closed; where all have one, it waits.
    pub connections: usize,
    /// Pieces of answers from the feed that are made at once. A request waits a second for its first piece, and is then
    /// refused. What waits for a client to read it is not counted.
    pub concurrent_requests: usize,
    /// Those of one key: an eighth of `concurrent_requests`, at least 1, unless set.
    pub requests_per_key: Option<usize>,
    /// Answers of one key that are under way, until the client has them; more of them wait for a second and are then refused.
    pub answers_per_key: usize,
    /// How fast an answer must be read. A client that keeps the server waiting for longer than this and `stall_seconds`
    /// together allow is cut off.
    pub least_bytes_per_second: u64,
    /// The longest address, in bytes.
    pub uri_bytes: usize,
    /// The longest headers, in bytes.
    pub header_bytes: usize,
    /// The longest body of a request, in bytes. Nothing reads it.
    pub body_bytes: usize,
    /// Requests without a valid key from one address in one minute.
    pub anonymous_requests_per_minute: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            connections: 1024,
            concurrent_requests: 64,
            requests_per_key: None,
            answers_per_key: 32,
            least_bytes_per_second: 16 << 10,
            uri_bytes: 8 << 10,
            header_bytes: 16 << 10,
            body_bytes: 8 << 10,
            anonymous_requests_per_minute: 120,
        }
    }
}

impl Limits {
    /// The pieces of answers to one key that are made at once: an eighth of all, unless it is set.
    ///
    /// ```
    /// use socdef_sigma::serve::Limits;
    ///
    /// assert_eq!(Limits { concurrent_requests: 64, ..Limits::default() }.requests_per_key(), 8);
    /// ```
    pub fn requests_per_key(&self) -> usize {
        let share = self.concurrent_requests / 8;
        self.requests_per_key.unwrap_or(share).max(1)
    }
}

/// How long things may take, in seconds.
///
/// ```
/// use socdef_sigma::serve::Config;
///
/// let config = Config::from_yaml("timeouts:\n  request_seconds: 5\n")?;
/// assert_eq!(config.timeouts.request_seconds, 5);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Timeouts {
    /// The headers of a request, from the first byte or from the end of the answer before.
    pub header_seconds: u64,
    /// The handshake of TLS.
    pub handshake_seconds: u64,
    /// A request, until its answer begins.
    pub request_seconds: u64,
    /// A client that does not read the answer. It earns the time back by reading at `least_bytes_per_second`.
    pub stall_seconds: u64,
    /// The time for answers that are under way when the server stops.
    pub shutdown_seconds: u64,
}

impl Default for Timeouts {
    fn default() -> Timeouts {
        Timeouts {
            header_seconds: 10,
            handshake_seconds: 10,
            request_seconds: 30,
            stall_seconds: 30,
            shutdown_seconds: 30,
        }
    }
}

impl Timeouts {
    pub(crate) fn header(&self) -> Duration {
        Duration::from_secs(self.header_seconds)
    }

    pub(crate) fn handshake(&self) -> Duration {
        Duration::from_secs(self.handshake_seconds)
    }

    pub(crate) fn request(&self) -> Duration {
        Duration::from_secs(self.request_seconds)
    }

    pub(crate) fn stall(&self) -> Duration {
        Duration::from_secs(self.stall_seconds)
    }

    pub(crate) fn shutdown(&self) -> Duration {
        Duration::from_secs(self.shutdown_seconds)
    }
}
