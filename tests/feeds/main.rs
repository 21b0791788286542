//! The real feeds, with counts that were taken from the files by other means (`grep`, Python's `csv` and `ipaddress`).
//!
//! The small ones are in `tests/data/feeds`. The others are in a folder beside the project, or where `SOCDEF_SHARED` says;
//! a test of one that is not there is ignored, by its name, and so are those over the whole folder: nothing passes unseen.

// Helpers of tests are no tests to clippy: they may stop at the first surprise too, and print.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod counted;
mod folder;
mod forms;
mod lost;
#[path = "../it/intake/read.rs"]
#[allow(dead_code)]
mod read;
#[path = "../it/intake/scanner/mod.rs"]
#[allow(dead_code)]
mod scanner;
mod table;
#[path = "../it/intake/tokens.rs"]
mod tokens;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use self::counted::{
    every_file_of_the_folder_is_accounted_for_and_compiles,
    every_indicator_of_a_report_in_asciidoc_is_found, holds_what_was_counted, is_told_apart,
    the_feeds_of_the_project_are_there,
};
use self::folder::{files, path, shared};
use self::forms::{
    a_feed_means_the_same_in_both_of_its_forms, several_files_of_one_feed_are_one_feed,
    what_the_publishers_say_is_kept,
};
use self::lost::{has_no_token_that_is_lost, the_folders_are_full};
use self::table::{FEEDS, OTHERS};

/// A test that is ignored, with its name, where what it needs is not there.
fn trial(name: String, there: bool, run: impl FnOnce() + Send + 'static) -> Trial {
    Trial::test(name, move || {
        run();
        Ok(())
    })
    .with_ignored_flag(!there)
}

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = shared().is_dir();
    if !folder {
        eprintln!(
            "there is no {}: what needs it is ignored",
            shared().display()
        );
    }
    let mut trials = Vec::new();
    for feed in FEEDS {
        let there = path(feed.path).is_some();
        let name = format!("holds_what_was_counted::{}", feed.path);
        trials.push(trial(name, there, move || holds_what_was_counted(feed)));
    }
    for (feed, expected) in OTHERS {
        let name = format!("is_told_apart::{feed}");
        let there = path(feed).is_some();
        trials.push(trial(name, there, move || is_told_apart(feed, expected)));
    }
    let named: [(&str, bool, fn()); 7] = [
        (
            "a_feed_means_the_same_in_both_of_its_forms",
            true,
            a_feed_means_the_same_in_both_of_its_forms,
        ),
        (
            "several_files_of_one_feed_are_one_feed",
            true,
            several_files_of_one_feed_are_one_feed,
        ),
        (
            "what_the_publishers_say_is_kept",
            true,
            what_the_publishers_say_is_kept,
        ),
        (
            "every_file_of_the_folder_is_accounted_for_and_compiles",
            folder,
            every_file_of_the_folder_is_accounted_for_and_compiles,
        ),
        (
            "every_indicator_of_a_report_in_asciidoc_is_found",
            path("eset/machete.adoc").is_some(),
            every_indicator_of_a_report_in_asciidoc_is_found,
        ),
        ("the_folders_are_full", folder, the_folders_are_full),
        (
            "the_feeds_of_the_project_are_there",
            true,
            the_feeds_of_the_project_are_there,
        ),
    ];
    for (name, there, run) in named {
        trials.push(trial(name.to_owned(), there, run));
    }
    for folder in ["feeds", "pairs"] {
        for (name, path) in files(folder) {
            let name = format!("has_no_token_that_is_lost::{folder}/{name}");
            trials.push(trial(name, true, move || has_no_token_that_is_lost(&path)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
