//! The client: its settings, its connections, and the waiting that Ctrl-C ends.

use std::fmt;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::Observer;
use super::key::ApiKey;
use super::retry::Rate;
use super::safe_url::SafeUrl;
use super::trust;
use crate::error::{Error, ErrorKind, Result};
use crate::wire::{MAX_LIMIT, UPSTREAM};

/// The variable of the environment that holds the base address.
///
/// ```
/// use socdef_sigma::fetch::{BASE_URL_VARIABLE, SafeUrl};
///
/// let address = std::env::var(BASE_URL_VARIABLE).unwrap_or_else(|_| "https://feed.example".to_owned());
/// assert!(SafeUrl::base(&address).is_ok());
/// ```
pub const BASE_URL_VARIABLE: &str = "SOCDEF_BASE_URL";

/// How often the observer is called.
const PERIOD: Duration = Duration::from_millis(100);

/// How to talk to the service.
///
/// ```
/// use socdef_sigma::fetch::{ApiKey, SafeUrl, Settings};
///
/// let settings = Settings {
///     base_url: SafeUrl::base("https://feed.example")?,
///     allow_truncated: true,
///     ..Settings::new(ApiKey::new("sk_live_0123456789")?)
/// };
/// assert_eq!(settings.max_wait.as_secs(), 300);
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Settings {
    /// The key.
    pub key: ApiKey,
    /// The base address.
    pub base_url: SafeUrl,
    /// Certificates, in PEM, that are trusted in place of the system's.
    pub ca_file: Option<PathBuf>,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long an answer may be silent.
    pub read_timeout: Duration,
    /// How long an answer may take in all.
    pub total_timeout: Duration,
    /// How long a call may wait in all, for a rate limit or before another try.
    pub max_wait: Duration,
    /// How many bytes a call may receive in all, decompressed.
    pub max_bytes: u64,
    /// Whether a result that is not whole is given with a note in the account, in place of an error.
    pub allow_truncated: bool,
    /// Counts waits, and does not wait: for tests.
    pub no_delays: bool,
}

impl Settings {
    /// Settings for the upstream service.
    ///
    /// ```
    /// use socdef_sigma::fetch::{ApiKey, Settings};
    /// let settings = Settings::new(ApiKey::new("sk_live_0123456789").unwrap());
    /// assert_eq!(settings.base_url.to_string(), "https://socdefenders.ai");
    /// ```
    #[expect(
        clippy::missing_panics_doc,
        clippy::expect_used,
        reason = "the address is a constant"
    )]
    pub fn new(key: ApiKey) -> Settings {
        Settings {
            key,
            base_url: SafeUrl::base(UPSTREAM).expect("the upstream address is one"),
            ca_file: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(600),
            max_wait: Duration::from_secs(300),
            max_bytes: 1 << 30,
            allow_truncated: false,
            no_delays: false,
        }
    }
}

/// A client of the service. See the [module documentation](super).
///
/// ```
/// use socdef_sigma::fetch::{ApiKey, Client, Settings};
///
/// let client = Client::new(Settings::new(ApiKey::new("sk_live_0123456789")?))?;
/// assert_eq!(client.base_url().origin(), "https://socdefenders.ai");
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
pub struct Client {
    pub(super) settings: Settings,
    pub(super) http: reqwest::Client,
    runtime: Runtime,
    rate: Mutex<Rate>,
    /// How many results the server gives at once.
    page_size: AtomicU64,
}

impl Client {
    /// Makes a client. Nothing is sent yet.
    ///
    /// # Errors
    /// [`ErrorKind::BadKey`] where a server of this project made the key, and the address is the service's;
    /// [`ErrorKind::BadUsage`] where the certificates cannot be used; [`ErrorKind::Network`] where the system gives
    /// neither certificates nor an event queue.
    ///
    /// ```
    /// use socdef_sigma::ErrorKind;
    /// use socdef_sigma::fetch::{ApiKey, Client, Settings};
    ///
    /// let mut settings = Settings::new(ApiKey::new("sk_live_0123456789")?);
    /// settings.ca_file = Some("no-such-file.pem".into());
    /// assert_eq!(Client::new(settings).unwrap_err().kind(), ErrorKind::BadUsage);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn new(settings: Settings) -> Result<Client> {
        if settings.key.is_own() && settings.base_url.is_upstream() {
            let message = format!(
                "a server of your own made this key, so it is not sent to {}",
                settings.base_url
            );
            return Err(Error::new(ErrorKind::BadKey, message)
                .hint("name your server with `--base-url` or `SOCDEF_BASE_URL`"));
        }
        // The process may have one already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let loopback = settings.base_url.is_loopback();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("socdef-sigma/", env!("CARGO_PKG_VERSION")))
            // Redirects are followed by hand: the key must not reach another origin.
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .https_only(!loopback)
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.read_timeout)
            .timeout(settings.total_timeout)
            .pool_idle_timeout(Duration::from_secs(10));
        if loopback {
            // Plain http to this machine uses no proxy and no other resolver.
            let here = [
                ([127, 0, 0, 1], 0).into(),
                ([0, 0, 0, 0, 0, 0, 0, 1], 0).into(),
            ];
            builder = builder.no_proxy().resolve_to_addrs("localhost", &here);
        }
        if let Some(path) = &settings.ca_file {
            builder = builder.tls_backend_preconfigured(trust::only(path)?);
        }
        let http = builder.build().map_err(|cause| {
            Error::new(ErrorKind::Network, "cannot set up TLS")
                .because(cause.without_url())
                .hint("name the certificates to trust with `--ca-file`")
        })?;
        Ok(Client {
            settings,
            http,
            runtime: Runtime::new()?,
            rate: Mutex::default(),
            page_size: AtomicU64::new(MAX_LIMIT),
        })
    }

    /// The base address.
    ///
    /// ```
    /// use socdef_sigma::fetch::{ApiKey, Client, SafeUrl, Settings};
    ///
    /// let mut settings = Settings::new(ApiKey::new("sk_live_0123456789")?);
    /// settings.base_url = SafeUrl::base("https://feed.example/intel/")?;
    /// assert_eq!(Client::new(settings)?.base_url().to_string(), "https://feed.example/intel");
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn base_url(&self) -> &SafeUrl {
        &self.settings.base_url
    }

    /// Waits for a future, and calls the observer meanwhile.
    pub(super) fn wait<T>(
        &self,
        watch: &mut Watch<'_>,
        future: impl Future<Output = T>,
    ) -> Result<T> {
        watch.tick()?;
        self.runtime.get()?.block_on(async {
            let mut future = pin!(future);
            loop {
                match tokio::time::timeout(PERIOD, future.as_mut()).await {
                    Ok(value) => return Ok(value),
                    Err(_) => watch.tick()?,
                }
            }
        })
    }

    pub(super) fn page_size(&self) -> u64 {
        self.page_size.load(Ordering::Relaxed)
    }

    /// Takes the server's word for how many results it gives at once. Only a lower number than before is one.
    pub(super) fn set_page_size(&self, size: u64) {
        if size > 0 {
            self.page_size.fetch_min(size, Ordering::Relaxed);
        }
    }

    pub(super) fn rate(&self) -> Rate {
        *self.rate.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn set_rate(&self, rate: Rate) {
        *self.rate.lock().unwrap_or_else(PoisonError::into_inner) = rate;
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("base_url", &self.settings.base_url)
            .finish_non_exhaustive()
    }
}

/// The event loop of one client, driven by whoever waits. Dropping it waits for nobody: a name that is being looked up
/// must not hold up Ctrl-C.
struct Runtime(Option<tokio::runtime::Runtime>);

impl Runtime {
    fn new() -> Result<Runtime> {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map(|runtime| Runtime(Some(runtime)))
            .map_err(|cause| {
                Error::new(ErrorKind::Network, "cannot create an event queue").because(cause)
            })
    }

    fn get(&self) -> Result<&tokio::runtime::Runtime> {
        match &self.0 {
            Some(runtime) if tokio::runtime::Handle::try_current().is_err() => Ok(runtime),
            _ => Err(Error::new(
                ErrorKind::BadUsage,
                "the client blocks, but was called from asynchronous code",
            )
            .hint("call it from a thread of its own")),
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// The observer of a call, and what it receives.
pub(super) struct Watch<'a> {
    observer: Observer<'a>,
    last: Instant,
    pub(super) stage: &'static str,
    pub(super) count: u64,
}

impl<'a> Watch<'a> {
    pub(super) fn new(observer: Observer<'a>) -> Watch<'a> {
        Watch {
            observer,
            last: Instant::now(),
            stage: "fetching",
            count: 0,
        }
    }

    pub(super) fn tick(&mut self) -> Result<()> {
        if self.last.elapsed() < PERIOD {
            return Ok(());
        }
        self.last = Instant::now();
        (self.observer)(self.stage, self.count)
    }
}
