//! What a server is started with.

use std::path::PathBuf;

use super::config::Config;
use super::listen::Tls;
use super::log::Log;

/// What a server needs to know.
///
/// ```
/// use socdef_sigma::serve::{Config, Options};
///
/// let mut config = Config::default();
/// config.limits.connections = 64;
/// let options = Options { listen: "127.0.0.1:8080".to_owned(), config, ..Options::new("feed.db") };
/// assert!(!options.insecure_http);
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    /// The store.
    pub db: PathBuf,
    /// The address and port, such as `127.0.0.1:8080`; port 0 takes a free one.
    pub listen: String,
    /// The address and port at which `/metrics` answers, without a key; nowhere without.
    pub metrics_bind: Option<String>,
    /// The certificate and its key; plain HTTP without.
    pub tls: Option<Tls>,
    /// Whether plain HTTP may be spoken on an address that is not of this machine.
    pub insecure_http: bool,
    /// Plans, limits and times.
    pub config: Config,
    /// Where the log goes; nowhere without.
    pub log: Option<Log>,
}

impl Options {
    /// A server for a store on a free port of this machine, without a log.
    ///
    /// ```
    /// use socdef_sigma::serve::Options;
    /// assert_eq!(Options::new("feed.db").listen, "127.0.0.1:0");
    /// ```
    pub fn new(db: impl Into<PathBuf>) -> Options {
        Options {
            db: db.into(),
            listen: "127.0.0.1:0".to_owned(),
            metrics_bind: None,
            tls: None,
            insecure_http: false,
            config: Config::default(),
            log: None,
        }
    }
}
