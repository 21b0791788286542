//! Documents that nobody wrote, of the kinds that people do write: the same ones for the same number.
//!
//! Each knows the sure values that it holds, with their lines. A value stands in one document once.

use socdef_sigma::source::Format;

use super::cases::hash;

/// A document, with what was put into it.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) format: Option<Format>,
    pub(crate) text: String,
    /// `type value`, canonical; its line; the number of its section; its column where it stands in a table.
    pub(crate) values: Vec<Put>,
}

/// A value that was put into a document.
#[derive(Debug, Clone)]
pub(crate) struct Put {
    pub(crate) what: String,
    pub(crate) line: u64,
    pub(crate) section: usize,
    pub(crate) column: usize,
    /// Whether it is a plain link where links are references.
    pub(crate) reference: bool,
}

/// A small generator of numbers: splitmix64, of which all that is asked is that it does not change.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        (self.next() % most as u64) as usize
    }

    fn one<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.below(of.len())]
    }
}

/// Headings of all sorts: plain ones, and those whose words once silenced what stood below.
const HEADINGS: &[&str] = &[
    "Indicators of Compromise",
    "Command and Control Servers",
    "Command & Control",
    "C2",
    "Network",
    "Domains",
    "IPs",
    "Fake Bitcoin exchange domains",
    "Wallet drainers",
    "Hashes and filenames",
    "File names",
    "Mutexes",
    "Registry keys",
    "Scheduled tasks",
    "Commands",
    "SSH backdoor (early version)",
    "C2 of build 7",
    "Exfiltration (curl, wget, files)",
    "Tools used",
    "Software versions",
    "E-mail addresses",
    "Notes",
    "Appendix A",
    "Vulnerabilities",
    "YARA and Sigma",
    "MITRE ATT&CK",
    "User agents",
    "Ransom note",
    "Examples",
    "Legitimate services",
    "Benign files",
    "Infrastructure, 2024",
];

const WORDS: &[&str] = &[
    "loader",
    "the second stage",
    "payload",
    "seen in May",
    "C2",
    "port knocking",
    "high",
    "a.exe",
    "stealer",
    "beacon",
    "exfiltration",
    "unknown",
    "dropper",
    "phishing page",
];

const LABELS: &[&str] = &[
    "C2: ",
    "IP - ",
    "SHA256 hash: ",
    "Domain = ",
    "URL -> ",
    "Name: ",
    "Server (main): ",
    "IOC: ",
    ".dll ",
    "2024-09-18 ",
    "[2024-09-18 13:03] ",
    "a.jar | Java RAT | ",
    "Stage 2: ",
    "IP address 1: ",
];

const BULLETS: &[&str] = &["", "- ", "* ", "• ", "1. ", "2) ", "[+] ", "> ", "– ", "+ "];

const QUOTES: &[(&str, &str)] = &[
    ("", ""),
    ("`", "`"),
    ("\"", "\""),
    ("<", ">"),
    ("'", "'"),
    ("**", "**"),
    ("(", ")"),
];

/// Separators of two values on a line.
const BETWEEN: &[&str] = &[" ", ", ", "; ", " | ", " -> ", " and ", "\t", " - "];

const SENTENCES: &[(&str, &str)] = &[
    ("The implant connects to ", " every hour."),
    ("We have seen ", " since May, and nothing else."),
    ("After that ", " was used for the second stage (see below)."),
    ("Its server, ", ", answers with an empty page."),
    (
        "In build 10.2 the operators moved to ",
        "; version 2 came later.",
    ),
];

/// Column names: known ones, unknown ones, and such as once hid a column.
const COLUMNS: &[&str] = &[
    "indicator",
    "value",
    "ioc",
    "data",
    "observable",
    "artefact",
    "name",
    "host",
    "item",
    "entry",
    "IOC value",
    "thing",
];

struct Maker {
    dice: Dice,
    number: u64,
    text: String,
    line: u64,
    section: usize,
    values: Vec<Put>,
}

/// A value as it is written, and `type value`.
type Value = (String, String);

impl Maker {
    fn value(&mut self, defanged: bool) -> Value {
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

    fn put(&mut self, what: String, column: usize, reference: bool) {
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

    fn push_line(&mut self, text: &str) {
        self.text.push_str(text);
        self.newline();
    }

    fn item(&mut self, markup: bool) {
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

    fn sentence(&mut self) {
        let (before, after) = SENTENCES[self.dice.below(SENTENCES.len())];
        self.text.push_str(before);
        // A plain link in a sentence is a reference: only what is written to be unusable is not.
        let (written, what) = self.value(true);
        self.text.push_str(&format!("{written}{after}"));
        self.put(what, 0, false);
        self.newline();
    }

    fn references(&mut self) {
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

    fn table(&mut self, delimiter: &str, markdown: bool) {
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

/// The document of a number.
pub(crate) fn document(number: u64) -> Document {
    let mut maker = Maker {
        dice: Dice::new(number),
        // Values are of one document: their numbers start anywhere.
        number: number.wrapping_mul(37) % 60_000,
        text: String::new(),
        line: 1,
        section: 0,
        values: Vec::new(),
    };
    let shape = maker.dice.below(4);
    let format = match shape {
        0 => {
            let delimiter = maker.dice.one(&[",", ";", "\t", "|"]);
            maker.table(delimiter, false);
            [Some(Format::Csv), None][maker.dice.below(2)]
        }
        1 => {
            for section in 0..1 + maker.dice.below(3) {
                maker.section = section;
                let heading = maker.dice.one(HEADINGS);
                let end = maker.dice.one(&[":", "", ":"]);
                maker.push_line(&format!("{heading}{end}"));
                for _ in 0..1 + maker.dice.below(3) {
                    maker.item(false);
                }
            }
            [Some(Format::Txt), None][maker.dice.below(2)]
        }
        _ => {
            let mark = maker.dice.one(&["# ", "## ", "== "]);
            for section in 0..1 + maker.dice.below(3) {
                maker.section = section;
                let heading = maker.dice.one(HEADINGS);
                maker.push_line(&format!("{mark}{heading}"));
                maker.push_line("");
                match maker.dice.below(6) {
                    0 => maker.sentence(),
                    1 => maker.table(" | ", true),
                    2 => {
                        maker.push_line("```");
                        for _ in 0..1 + maker.dice.below(2) {
                            let defanged = maker.dice.below(2) == 0;
                            let (written, what) = maker.value(defanged);
                            maker.put(what, 0, false);
                            maker.push_line(&written);
                        }
                        maker.push_line("```");
                    }
                    _ => {
                        for _ in 0..1 + maker.dice.below(3) {
                            maker.item(true);
                        }
                    }
                }
                maker.push_line("");
            }
            if maker.dice.below(4) == 0 {
                maker.section += 1;
                maker.push_line(&format!("{mark}References"));
                maker.push_line("");
                maker.references();
            }
            Some(Format::Text)
        }
    };
    Document {
        format,
        text: maker.text,
        values: maker.values,
    }
}
