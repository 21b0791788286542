//! The log: one line for each request, and what went wrong. Never a key.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tracing::{Dispatch, Level};

/// The form of the log.
///
/// ```
/// use socdef_sigma::serve::LogFormat;
/// assert_eq!(LogFormat::default(), LogFormat::Text);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// One line of text.
    #[default]
    Text,
    /// One JSON object a line.
    Json,
}

/// Where the log goes.
///
/// ```
/// use socdef_sigma::serve::{Log, LogFormat, Options};
///
/// let options = Options { log: Some(Log::stderr(LogFormat::Json)), ..Options::new("feed.db") };
/// assert!(options.log.is_some());
/// ```
#[derive(Clone)]
pub struct Log {
    format: LogFormat,
    writer: Arc<Mutex<dyn Write + Send>>,
}

impl Log {
    /// A log into a writer.
    ///
    /// ```
    /// use socdef_sigma::serve::{Log, LogFormat, Options};
    ///
    /// let file = tempfile::tempfile().unwrap();
    /// let options = Options { log: Some(Log::new(LogFormat::Text, file)), ..Options::new("feed.db") };
    /// assert!(options.log.is_some());
    /// ```
    pub fn new(format: LogFormat, writer: impl Write + Send + 'static) -> Log {
        Log {
            format,
            writer: Arc::new(Mutex::new(writer)),
        }
    }

    /// A log on standard error.
    ///
    /// ```
    /// use socdef_sigma::serve::{Log, LogFormat, Options};
    ///
    /// let options = Options { log: Some(Log::stderr(LogFormat::Text)), ..Options::new("feed.db") };
    /// assert!(options.log.is_some());
    /// ```
    pub fn stderr(format: LogFormat) -> Log {
        Log::new(format, io::stderr())
    }

    pub(crate) fn dispatch(log: Option<&Log>) -> Dispatch {
        let Some(log) = log.cloned() else {
            return Dispatch::none();
        };
        static COMPANION: OnceLock<Dispatch> = OnceLock::new();
        // While a process has a single listener, tracing asks the thread that reaches an event first whether anybody
        // listens, and keeps its answer for all threads: a server without a log would silence one that has one. With a
        // second listener, one that keeps nothing, each thread is asked for itself.
        COMPANION.get_or_init(|| {
            let silent = tracing_subscriber::fmt().with_max_level(Level::INFO);
            silent.with_writer(io::sink).into()
        });
        let format = log.format;
        let make = move || Shared(log.writer.clone());
        let builder = tracing_subscriber::fmt()
            .with_max_level(Level::INFO)
            .with_target(false)
            .with_writer(make);
        match format {
            LogFormat::Text => builder.with_ansi(false).into(),
            LogFormat::Json => builder
                .json()
                .flatten_event(true)
                .with_current_span(false)
                .with_span_list(false)
                .into(),
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log")
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}

struct Shared(Arc<Mutex<dyn Write + Send>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .flush()
    }
}

/// A path as it may stand in the log.
pub(crate) fn path(path: &str) -> String {
    let decoded: String = form_urlencoded::parse(path.as_bytes())
        .map(|(name, value)| format!("{name}{value}"))
        .collect();
    let shown = match decoded.contains(crate::wire::KEY_PREFIX) {
        true => super::keys::redacted(&decoded),
        false => path.to_owned(),
    };
    shown
        .chars()
        .take(200)
        .filter(|c| !c.is_control())
        .collect()
}
