//! The feeds, with what was counted in each.

use socdef_sigma::source::Format;

/// What a file holds: its format where that is plain, indicators by type, rejections by reason, and notes by code.
pub(crate) struct Feed {
    pub(crate) path: &'static str,
    pub(crate) format: Option<Format>,
    pub(crate) types: &'static [(&'static str, usize)],
    pub(crate) reasons: &'static [(&'static str, usize)],
    pub(crate) notes: &'static [(&'static str, usize)],
}

pub(crate) const FEEDS: &[Feed] = &[
    // 62 hashes (`grep -oE '\b[0-9a-f]{64}\b'`); 4 domains; a URL in the commands (`grep -o "http[^']*"`). The names of files are none.
    Feed {
        path: "unit42/Darkside_IOCs.txt",
        format: Some(Format::Txt),
        types: &[("domain", 4), ("filepath", 1), ("sha256", 62), ("url", 1)],
        reasons: &[],
        notes: &[],
    },
    // Lines with `[.]`; hashes below "JavaScript Samples:".
    Feed {
        path: "unit42/IOCs_MaliciousJS.txt",
        format: Some(Format::Txt),
        types: &[("domain", 48), ("sha256", 8)],
        reasons: &[],
        notes: &[],
    },
    // A byte order mark, CRLF, and one URL a line.
    Feed {
        path: "unit42/Skimmer_IOC.txt",
        format: Some(Format::Txt),
        types: &[("url", 108)],
        reasons: &[],
        notes: &[],
    },
    // 23 records; the first has `N/A` in column C2.
    Feed {
        path: "unit42/samsa_iocs.csv",
        format: Some(Format::Csv),
        types: &[("md5", 23), ("sha256", 23), ("url", 22)],
        reasons: &[],
        notes: &[],
    },
    // 23 hostnames, 6 files with three hashes each, 5 addresses of registrants.
    Feed {
        path: "volexity/2023-03-30_3CX.csv",
        format: Some(Format::Csv),
        types: &[("domain", 23), ("md5", 6), ("sha1", 6), ("sha256", 6)],
        reasons: &[("not_a_sender", 5)],
        notes: &[],
    },
    // 28 records under a header line that is no comment.
    Feed {
        path: "abusech/feodo_ipblocklist.csv",
        format: Some(Format::AbuseCh),
        types: &[("ipv4", 28)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "abusech/feodo_ipblocklist.json",
        format: Some(Format::AbuseCh),
        types: &[("ipv4", 28)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "abusech/urlhaus.csv",
        format: Some(Format::AbuseCh),
        types: &[("url", 9)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "abusech/urlhaus.json",
        format: Some(Format::AbuseCh),
        types: &[("url", 9)],
        reasons: &[],
        notes: &[],
    },
    // 10 of type `ip:port`, 5 of `domain`.
    Feed {
        path: "abusech/threatfox.json",
        format: Some(Format::AbuseCh),
        types: &[("domain", 5), ("ipv4", 10)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "abusech/threatfox.csv",
        format: Some(Format::AbuseCh),
        types: &[("domain", 5), ("ipv4", 10)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "kev/kev_subset.json",
        format: Some(Format::Kev),
        types: &[("cve", 120)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "kev/kev_small.json",
        format: Some(Format::Kev),
        types: &[("cve", 14)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "kev/kev_small.csv",
        format: Some(Format::Kev),
        types: &[("cve", 14)],
        reasons: &[],
        notes: &[],
    },
    // Five lines are paths without a host.
    Feed {
        path: "maltrail/apt_turla.txt",
        format: Some(Format::Txt),
        types: &[("domain", 336), ("ipv4", 17), ("url", 110)],
        reasons: &[("no_host", 5)],
        notes: &[],
    },
    Feed {
        path: "maltrail/mass_scanner_cidr.txt",
        format: Some(Format::Txt),
        types: &[("ipv4", 1106)],
        reasons: &[],
        notes: &[],
    },
    Feed {
        path: "threatfox/ips.txt",
        format: Some(Format::Txt),
        types: &[("ipv4", 4544)],
        reasons: &[],
        notes: &[],
    },
    // `grep -oE '\b[0-9A-F]{40}\b'` has 103 different hashes; the two lists at the end hold 13 names and 6 addresses. The
    // links at the top are references, and the names of files beside the hashes nothing.
    Feed {
        path: "eset/machete.adoc",
        format: Some(Format::Text),
        types: &[("domain", 13), ("ipv4", 6), ("sha1", 103)],
        reasons: &[],
        notes: &[],
    },
    // 11 MD5, one address and one sender that `is`; two hosts that are only contained; three groups of size and time, and one
    // of names in a path that is contained.
    Feed {
        path: "openioc/2384c8ce-6eca-4d06-8aa4-151b53d9a6bc.ioc",
        format: Some(Format::Openioc),
        types: &[("email", 1), ("ipv4", 1), ("md5", 11)],
        reasons: &[("pattern_not_supported", 3), ("unsupported_type", 3)],
        notes: &[],
    },
    // `grep -cE '^[0-9a-f]{64}  '`, whose names of files have spaces.
    Feed {
        path: "reports/gosecure_rdp_hashes.tsv",
        format: None,
        types: &[("sha256", 15)],
        reasons: &[],
        notes: &[],
    },
    // `grep -oE '\b([0-9]{1,3}\.){3}[0-9]{1,3}\b' | wc -l`; the same for `[0-9a-f]{64}`; 10 lines end in `.onion` and 8 in `.com`, and
    // 18 cells of the last table are names.
    Feed {
        path: "reports/prodaft_FIN7_README.md",
        format: Some(Format::Text),
        types: &[("domain", 36), ("ipv4", 131), ("sha256", 665)],
        reasons: &[],
        notes: &[],
    },
    // `grep -oF '[@]' | wc -l`; of the network-based indicators 24 start with `[0-9.]*\[\.\][0-9]* |`, and 16 do not; `grep -oE` with
    // 64, 40 and 32 digits. Four more addresses are strings of the sample: 1.1.1.1, 8.8.8.8 and twice 127.0.0.1.
    Feed {
        path: "reports/rapid7_BlackBasta_SocialEngineering_IOCs.txt",
        format: None,
        types: &[
            ("domain", 16),
            ("email", 47),
            ("filepath", 7),
            ("ipv4", 28),
            ("md5", 2),
            ("sha1", 35),
            ("sha256", 37),
        ],
        // A path alone (`/post.php`, `/?`), and one word with an at sign in an alphabet.
        reasons: &[("invalid_email", 1), ("no_host", 2)],
        notes: &[],
    },
    // By Python's `csv`: 22 records with `network-traffic:dst_ip`, 12 URLs, 6 with three hashes each, and a SHA-512 in two of these.
    Feed {
        path: "reports/sekoia_activemq.csv",
        format: Some(Format::Csv),
        types: &[
            ("ipv4", 22),
            ("md5", 6),
            ("sha1", 6),
            ("sha256", 6),
            ("url", 12),
        ],
        reasons: &[("unsupported_type", 2)],
        notes: &[],
    },
    // By Python's `csv`: the patterns of 102 records by their path.
    Feed {
        path: "reports/sekoia_apt31.csv",
        format: Some(Format::Csv),
        types: &[
            ("domain", 43),
            ("ipv4", 53),
            ("md5", 6),
            ("sha1", 2),
            ("sha256", 2),
        ],
        reasons: &[("unsupported_type", 4)],
        notes: &[],
    },
    // One hash in each of seven lines, behind a name.
    Feed {
        path: "reports/threatlabz_warhawk_hashes.txt",
        format: None,
        types: &[("md5", 7)],
        reasons: &[],
        notes: &[],
    },
];

/// The feeds of the formats that other tests count: they are told apart here.
pub(crate) const OTHERS: &[(&str, Result<Format, &str>)] = &[
    ("eset/misp-turla-crutch.json", Ok(Format::Misp)),
    ("eset/misp-zebrocy.json", Ok(Format::Misp)),
    (
        "stix/oasis-indicator-for-c2-ip-address.json",
        Ok(Format::Stix),
    ),
    (
        "stix/oasis-malicious-email-indicator-with-attachment.json",
        Ok(Format::Stix),
    ),
    ("stix/oasis-poisonivy.json", Ok(Format::Stix)),
    ("stix/unit42-latrodectus.json", Ok(Format::Stix)),
    ("misp-warninglists/rfc1918.json", Err("matching_attributes")),
    ("logs/otrf_sysmon.jsonl", Err("ProcessGuid")),
];
