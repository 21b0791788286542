//! Writing files so that nobody ever sees half of one, and the names of rule files.
//!
//! A file is written under a temporary name in its folder, synced, and renamed. A path that the user names may be a device, a
//! FIFO or a symbolic link: it is written to as it is, since replacing it would break what it is for. In a folder of
//! rules (`RuleFolder`) the names are ours: a link in the place of a rule is replaced and never followed, and anything else
//! that is not a file is refused.

// What writes is the binding, the client and `sync`: without them some of it is not used.
#![cfg_attr(not(feature = "python"), allow(dead_code, unused_imports))]

mod earlier;
mod folder;
mod names;
#[cfg(feature = "python")]
mod queries;
mod rules;
mod write;

pub(crate) use folder::{RuleFolder, is_folder, make_folder};
#[cfg(feature = "fetch")]
pub(crate) use names::document_name;
pub use names::file_name;
pub(crate) use names::{Names, whole_id_name};
#[cfg(feature = "python")]
pub(crate) use queries::write_queries;
pub(crate) use rules::{documents_of, write_rules, write_run};
#[cfg(feature = "python")]
pub(crate) use write::write_private;
#[cfg(any(feature = "sync", feature = "python"))]
pub(crate) use write::{FolderFile, is_temporary, obstacle};
pub(crate) use write::{put, unwritable};
pub(crate) use write::{write_document, write_file};
