//! Where the indicators of a state come from: an endpoint, or a feed on disk.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::compile::Intake;
use crate::error::{Error, ErrorKind, Result};
use crate::source::{Input, ReadOptions};

/// Where the indicators of a state come from.
///
/// ```
/// use socdef_sigma::sync::Source;
/// assert_eq!(Source::Endpoint.to_string(), "a server");
/// assert_eq!(Source::feed(&["/feeds/today.csv"])?.to_string(), "the feed /feeds/today.csv");
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A server, which says what is new since the last run.
    Endpoint,
    /// Files, folders, and `-` for standard input: everything that there is.
    Feed(Vec<PathBuf>),
}

impl Source {
    /// The feed of these paths, made absolute. Their order does not matter.
    ///
    /// # Errors
    /// [`ErrorKind::UnreadableInput`] where there is no current folder to start from.
    ///
    /// ```
    /// use socdef_sigma::sync::Source;
    /// assert_eq!(Source::feed(&["/feeds/b", "/feeds/a"])?, Source::feed(&["/feeds/a", "/feeds/b/"])?);
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn feed<P: AsRef<Path>>(paths: &[P]) -> Result<Source> {
        let absolute = |path: &Path| match path == Path::new("-") {
            true => Ok(path.to_owned()),
            false => std::path::absolute(path)
                .map(|path| path.components().collect())
                .map_err(|cause| crate::source::unreadable(&path.to_string_lossy(), cause)),
        };
        let all: Result<Vec<PathBuf>> = paths.iter().map(|path| absolute(path.as_ref())).collect();
        let mut all = all?;
        all.sort();
        all.dedup();
        Ok(Source::Feed(all))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Source::Feed(paths) = self else {
            return f.write_str("a server");
        };
        f.write_str("the feed ")?;
        for (number, path) in paths.iter().enumerate() {
            f.write_str(if number == 0 { "" } else { ", " })?;
            match path == Path::new("-") {
                true => f.write_str("standard input")?,
                false => write!(f, "{}", path.display())?,
            }
        }
        Ok(())
    }
}

/// A feed on disk, read: what is whole of it, and what could not be read.
///
/// ```
/// use socdef_sigma::source::{Input, ReadOptions};
/// use socdef_sigma::sync::Feed;
///
/// let inputs = [
///     Input::from_bytes("a.txt", &b"198.51.100.7\n"[..]),
///     Input::from_bytes("b.json", &br#"[{"type": "ipv4", "value": "198.51.100.8"}, {"ty"#[..]),
/// ];
/// let feed = Feed::read(&inputs, &ReadOptions::default(), 8, &mut |_| Ok(()))?;
/// assert_eq!(feed.intake.indicators().len(), 2);
/// assert_eq!(feed.failures[0].place(), Some("b.json"));
/// # Ok::<(), socdef_sigma::Error>(())
/// ```
#[derive(Debug)]
pub struct Feed {
    /// The indicators of all inputs, merged.
    pub intake: Intake,
    /// Why inputs could not be read, or not to their end. One that broke off gave what stood before that.
    pub failures: Vec<Error>,
}

impl Feed {
    /// Reads all inputs. One that cannot be read is among the failures, and does not keep the others from being read. Reports keep
    /// at most `entries` entries; `tick` is called as by [`Intake::read`].
    ///
    /// # Errors
    /// What `tick` returns.
    ///
    /// ```
    /// use socdef_sigma::source::{Input, ReadOptions};
    /// use socdef_sigma::sync::Feed;
    ///
    /// let inputs = [Input::from_bytes("a.bin", &b"\x7fELF\0\0"[..]), Input::from_bytes("b.txt", &b"198.51.100.7\n"[..])];
    /// let feed = Feed::read(&inputs, &ReadOptions::default(), 8, &mut |_| Ok(()))?;
    /// assert_eq!((feed.intake.indicators().len(), feed.failures.len()), (1, 1));
    /// # Ok::<(), socdef_sigma::Error>(())
    /// ```
    pub fn read(
        inputs: &[Input],
        options: &ReadOptions,
        entries: usize,
        tick: &mut dyn FnMut(u64) -> Result<()>,
    ) -> Result<Feed> {
        let mut feed = Feed {
            intake: Intake::new(entries),
            failures: Vec::new(),
        };
        for input in inputs {
            let before = feed.intake.report().counts().read;
            let mut intake = Intake::new(entries);
            match intake.read(input, options, &mut |count| tick(before + count)) {
                Ok(()) => feed.intake.absorb(intake),
                Err(error) if is_of_the_input(&error) => feed.failures.push(error),
                Err(error) => return Err(error),
            }
            if input.breaks_off() {
                let error = Error::new(ErrorKind::BrokenInput, "the input breaks off");
                feed.failures.push(
                    error
                        .at(input.name())
                        .hint("get it again; what stands before the break was read"),
                );
            }
        }
        Ok(feed)
    }
}

/// Whether an error is about one input, and not about the run.
fn is_of_the_input(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnreadableInput | ErrorKind::UnknownFormat | ErrorKind::BrokenInput
    )
}
