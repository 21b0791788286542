//! What the documents are made of, but for their values.

/// Headings of all sorts: plain ones, and those whose words once silenced what stood below.
pub(crate) const HEADINGS: &[&str] = &[
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

pub(crate) const WORDS: &[&str] = &[
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

pub(crate) const LABELS: &[&str] = &[
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

pub(crate) const BULLETS: &[&str] = &["", "- ", "* ", "• ", "1. ", "2) ", "[+] ", "> ", "– ", "+ "];

pub(crate) const QUOTES: &[(&str, &str)] = &[
    ("", ""),
    ("`", "`"),
    ("\"", "\""),
    ("<", ">"),
    ("'", "'"),
    ("**", "**"),
    ("(", ")"),
];

/// Separators of two values on a line.
pub(crate) const BETWEEN: &[&str] = &[" ", ", ", "; ", " | ", " -> ", " and ", "\t", " - "];

pub(crate) const SENTENCES: &[(&str, &str)] = &[
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
pub(crate) const COLUMNS: &[&str] = &[
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
