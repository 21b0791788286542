//! The files of a MISP feed's folder that are not events: its manifest, and the hashes of its values.
//!
//! Source of their form: MISP's documentation "Feeds", and `feed-generator` of PyMISP. `manifest.json` has for each event's UUID what
//! the event is about. `hashes.csv` has lines of the MD5 of a *value*, and the UUID of an event with it: no file has such a hash.

/// How much of a file is needed.
pub(super) const HEAD_BYTES: u64 = 1 << 12;

/// What a file is, by its name and its first bytes together, where it is one of these two.
pub(super) fn index_of_a_feed(name: &str, head: &[u8]) -> Option<&'static str> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    match name {
        "manifest.json" if is_manifest(head) => Some("the manifest of a MISP feed"),
        "hashes.csv" if is_hashes(head) => Some("the MD5s of the values of a MISP feed"),
        _ => None,
    }
}

/// `{"<UUID>": {"Orgc": …, "info": …`
fn is_manifest(head: &[u8]) -> bool {
    let text = head.trim_ascii_start();
    let key = text.strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let Some(key) = key.and_then(|key| key.strip_prefix(b"\"")) else {
        return false;
    };
    let behind = key.get(36..).and_then(|rest| rest.strip_prefix(b"\""));
    let object = behind
        .and_then(|rest| rest.trim_ascii_start().strip_prefix(b":"))
        .is_some_and(|rest| rest.trim_ascii_start().starts_with(b"{"));
    object
        && is_uuid(&key[..36])
        && ["\"Orgc\"", "\"info\"", "\"analysis\"", "\"timestamp\""]
            .iter()
            .any(|name| memchr::memmem::find(text, name.as_bytes()).is_some())
}

/// Lines of 32 hexadecimal digits, a comma and a UUID.
fn is_hashes(head: &[u8]) -> bool {
    let mut lines = head.split(|byte| *byte == b'\n');
    let first = lines.next().unwrap_or_default().trim_ascii_end();
    match first.split(|byte| *byte == b',').collect::<Vec<_>>()[..] {
        [hash, uuid] => hash.len() == 32 && hash.iter().all(u8::is_ascii_hexdigit) && is_uuid(uuid),
        _ => false,
    }
}

fn is_uuid(text: &[u8]) -> bool {
    text.len() == 36
        && text.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &[u8] = b"{\n \"5a3c2fcd-8328-42bb-a95e-4f4402de0b81\": {\"Orgc\": {\"name\": \"x\"}, \"info\": \"y\"}}";
    const HASHES: &[u8] =
        b"0123456789abcdef0123456789abcdef,5a3c2fcd-8328-42bb-a95e-4f4402de0b81\n";

    #[test]
    fn name_and_content_decide_together() {
        assert!(index_of_a_feed("manifest.json", MANIFEST).is_some());
        assert!(index_of_a_feed("hashes.csv", HASHES).is_some());
        for (name, head) in [
            ("event.json", MANIFEST),
            ("list.csv", HASHES),
            ("manifest.json", b"{\"Event\": {\"info\": \"x\"}}"),
            (
                "manifest.json",
                b"{\"5a3c2fcd-8328-42bb-a95e-4f4402de0b81\": 1}",
            ),
            ("manifest.json", b"{\"5a3c"),
            ("manifest.json", b""),
            (
                "hashes.csv",
                b"md5,name\n0123456789abcdef0123456789abcdef,a.exe\n",
            ),
            ("hashes.csv", b""),
        ] {
            assert_eq!(index_of_a_feed(name, head), None, "{name}");
        }
    }
}
