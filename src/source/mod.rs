//! Readers: from bytes to a stream of indicators. One file for each feed format.
//!
//! A new format is a file here with a `read` function, its line in [`Format`], and one in `read.rs`. A reader gives what it finds in
//! order, and never ends because of one bad entry: that is a [`Rejection`] with its place. Text that is plainly
//! not an indicator (a header, a comment, a column of file paths) is not reported at all.

mod blocklist;
mod choice;
mod csv;
mod detect;
mod ecs;
mod ending;
mod entry;
mod feed_folder;
mod format;
mod found;
mod html;
mod input;
mod json;
mod json_objects;
mod json_shape;
mod lines;
mod misp;
mod note;
mod openioc;
mod options;
mod otx;
mod packed;
mod plain_line;
mod read;
mod record;
mod records;
mod socdef;
mod stix;
mod stix_pattern;
mod table;
mod text;
mod txt;
mod type_name;
mod typed;
mod xlsx;

pub(crate) use choice::{Choice, choice};
pub use format::Format;
pub use found::{Blank, Found, Rejection};
pub use input::Input;
#[cfg(feature = "sync")]
pub(crate) use input::unreadable;
#[cfg(feature = "fetch")]
pub(crate) use json::{Elements, Layout, Part};
pub use note::{Note, NoteKind};
pub use options::{ReadOptions, Stream};
pub use read::{detect, read};
pub(crate) use record::SOC_DEFENDERS;
