//! Words of the cells of type columns, by what they change.

/// Words of fingerprints and of hashes of something other than a whole file, whatever algorithm stands beside them.
pub(super) const FINGERPRINTS: [&str; 36] = [
    "authenticode",
    "authentihash",
    "cdhash",
    "cert",
    "certificate",
    "dhash",
    "favicon",
    "fingerprint",
    "fuzzy",
    "hassh",
    "hasshserver",
    "icon",
    "impfuzzy",
    "imphash",
    "jarm",
    "mmh3",
    "murmur",
    "pehash",
    "phash",
    "pubkey",
    "richhash",
    "richpe",
    "serial",
    "spki",
    "ssdeep",
    "ssh",
    "ssl",
    "symhash",
    "telfhash",
    "thumbprint",
    "tls",
    "tlsh",
    "vhash",
    "x509",
    "authentihashes",
    "certificates",
];

/// Words that say so only beside the name of a hash: `pe` alone is a kind of file.
pub(super) const PARTS: [&str; 13] = [
    "authenti", "body", "cookie", "dom", "header", "imp", "import", "overlay", "pe", "public",
    "resource", "rich", "section",
];

/// Words for values that look like an address and are not one.
pub(super) const VERSIONS: [&str; 6] = [
    "build", "firmware", "release", "revision", "version", "versions",
];

/// Words for identifiers that are not indicators.
pub(super) const IDS: [&str; 11] = [
    "apikey", "class", "commit", "guid", "id", "key", "nonce", "package", "session", "token",
    "uuid",
];

/// Words that stand before the name of a type, or behind it, and change nothing.
pub(super) const PLAIN: [&str; 54] = [
    "actor",
    "address",
    "addresses",
    "and",
    "attacker",
    "bad",
    "botnet",
    "c",
    "c2",
    "cc",
    "cnc",
    "command",
    "control",
    "destination",
    "dest",
    "dropper",
    "dst",
    "exact",
    "external",
    "file",
    "full",
    "hash",
    "identifier",
    "indicator",
    "indicators",
    "infrastructure",
    "intel",
    "ioc",
    "iocs",
    "known",
    "loader",
    "malicious",
    "malware",
    "name",
    "network",
    "observable",
    "observed",
    "payload",
    "phishing",
    "remote",
    "sample",
    "server",
    "source",
    "src",
    "string",
    "sum",
    "suspicious",
    "the",
    "threat",
    "type",
    "value",
    "values",
    "web",
    "victim",
];

/// Words behind which a cell says what the value is of, and no longer what it is.
pub(super) const ENDS: [&str; 8] = ["of", "for", "from", "in", "on", "used", "with", "by"];

/// Names of types that mean something else where an unknown word stands before them: a street address, the path of a URL.
pub(super) const VAGUE: [&str; 17] = [
    "addr",
    "address",
    "file",
    "hash",
    "hashes",
    "host",
    "mail",
    "name",
    "network",
    "path",
    "payload",
    "process",
    "sample",
    "sender",
    "recipient",
    "user",
    "link",
];
