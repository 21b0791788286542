//! The parts of a document: items, sentences, references and tables, each with values in it.

use super::super::cases::hash;
use super::words::{BETWEEN, BULLETS, COLUMNS, LABELS, QUOTES, SENTENCES, WORDS};
use super::{Dice, Put};

pub(crate) struct Maker {
    pub(crate) dice: Dice,
    pub(crate) number: u64,
    pub(crate) text: String,
    pub(crate) line: u64,
    pub(crate) section: usize,
    pub(crate) values: Vec<Put>,
}

/// A value as it is written, and `type value`.
pub(crate) type Value = (String, String);

impl Maker {
    pub(crate) fn value(&mut self, defanged: bool) -> Value {
        self.number += 1;
        let number = self.number;
        let kind = self.dice.below(10);
        let dot = |dice: &mut Dice| match defanged {
            true => dice.one(&["[.]", "[.]", "(.)", "[dot]", "{.}"]),
            false => ".",
        };
        let host = |dice: &mut Dice| {
            let name = dice.one(&["evil-one", "evil-two", "bad-three", "x4-evil"]);
            let dot = dot(dice);
            (
                format!("h{number}.{name}{dot}net"),
                format!("h{number}.{name}.net"),
            )
        };
        match kind {
            0 | 1 => {
                let net = self.dice.one(&["198.51.100", "203.0.113", "192.0.2"]);
                let last = 1 + number % 250;
                let dot = dot(&mut self.dice);
                (format!("{net}{dot}{last}"), format!("ipv4 {net}.{last}"))
            }
            2 => {
                let address = format!("2001:db8::{number:x}:{}", 1 + self.dice.below(9));
                (address.clone(), format!("ipv6 {address}"))
            }
            3 | 4 => {
                let (written, plain) = host(&mut self.dice);
                let path = self
                    .dice
                    .one(&["/a", "/gate.php", "/a/b.exe", "/x/y/z", "/d?id=1"]);
                let scheme = match defanged {
                    true => self.dice.one(&["hxxp", "hxxps", "hXXp"]),
                    false => self.dice.one(&["http", "https"]),
                };
                let sep = if defanged {
                    self.dice.one(&["://", "[:]//", "[://]"])
                } else {
                    "://"
                };
                let live = if scheme.ends_with('s') {
                    "https"
                } else {
                    "http"
                };
                (
                    format!("{scheme}{sep}{written}{path}"),
                    format!("url {live}://{plain}{path}"),
                )
            }
            5 | 6 => {
                // A name is sure where it is defanged.
                let name = self
                    .dice
                    .one(&["evil-one", "evil-two", "bad-three", "x4-evil"]);
                let dot = self.dice.one(&["[.]", "[.]", "(.)", "[dot]", "{.}"]);
                (
                    format!("n{number}.{name}{dot}com"),
                    format!("domain n{number}.{name}.com"),
                )
            }
            7 | 8 => {
                let digits = [32, 40, 64][self.dice.below(3)];
                let word = hash(digits, number);
                let kind = match digits {
                    32 => "md5",
                    40 => "sha1",
                    _ => "sha256",
                };
                let written = if self.dice.below(4) == 0 {
                    word.to_uppercase()
                } else {
                    word.clone()
                };
                (written, format!("{kind} {word}"))
            }
            _ => {
                let id = format!("CVE-{}-{}", 2015 + number % 11, 10_000 + number % 80_000);
                (id.clone(), format!("cve {id}"))
            }
        }
    }

    pub(crate) fn put(&mut self, what: String, column: usize, reference: bool) {
        self.values.push(Put {
            what,
            line: self.line,
            section: self.section,
            column,
            reference,
        });
    }

    fn newline(&mut self) {
        self.text.push('\n');
        self.line += 1;
    }

    pub(crate) fn push_line(&mut self, text: &str) {
        self.text.push_str(text);
        self.newline();
    }

    pub(crate) fn item(&mut self, markup: bool) {
        let bullet = self.dice.one(BULLETS);
        let label = if self.dice.below(3) == 0 {
            self.dice.one(LABELS)
        } else {
            ""
        };
        self.text.push_str(bullet);
        self.text.push_str(label);
        let count = 1 + [0, 0, 0, 1, 2][self.dice.below(5)];
        let between = self.dice.one(BETWEEN);
        for at in 0..count {
            if at > 0 {
                self.text.push_str(between);
            }
            let defanged = self.dice.below(2) == 0;
            let (written, what) = self.value(defanged);
            let (open, close) = match markup || self.dice.below(4) == 0 {
                true => QUOTES[self.dice.below(QUOTES.len())],
                false => ("", ""),
            };
            self.text.push_str(&format!("{open}{written}{close}"));
            self.put(what, at, false);
        }
        if self.dice.below(4) == 0 {
            let word = self.dice.one(WORDS);
            self.text.push_str(&format!(" ({word})"));
        }
        self.newline();
    }

    pub(crate) fn sentence(&mut self) {
        let (before, after) = SENTENCES[self.dice.below(SENTENCES.len())];
        self.text.push_str(before);
        // A plain link in a sentence is a reference: only what is written to be unusable is not.
        let (written, what) = self.value(true);
        self.text.push_str(&format!("{written}{after}"));
        self.put(what, 0, false);
        self.newline();
    }

    pub(crate) fn references(&mut self) {
        for _ in 0..=self.dice.below(2) {
            self.number += 1;
            let link = format!("https://blog.producer-{}.org/post", self.number);
            self.text.push_str(&format!(
                "{}{link}",
                if self.dice.below(2) == 0 { "- " } else { "" }
            ));
            self.put(format!("url {link}"), 0, true);
            self.newline();
        }
    }

    pub(crate) fn table(&mut self, delimiter: &str, markdown: bool) {
        let columns = 1 + self.dice.below(3);
        let remarks = columns + 1;
        let head: Vec<&str> = (0..columns)
            .map(|at| COLUMNS[(at * 4 + self.dice.below(4)) % COLUMNS.len()])
            .chain(["remark"])
            .collect();
        let row = |cells: &[String]| match markdown {
            true => format!("| {} |", cells.join(" | ")),
            false => cells.join(delimiter),
        };
        let head: Vec<String> = head.into_iter().map(str::to_owned).collect();
        self.push_line(&row(&head));
        if markdown {
            self.push_line(&row(&vec!["---".to_owned(); remarks]));
        }
        for _ in 0..1 + self.dice.below(4) {
            let mut cells = Vec::new();
            for column in 0..columns {
                let defanged = self.dice.below(3) == 0;
                let (written, what) = self.value(defanged);
                cells.push(written);
                self.put(what, column, false);
            }
            cells.push(self.dice.one(WORDS).to_owned());
            self.push_line(&row(&cells));
        }
    }
}
