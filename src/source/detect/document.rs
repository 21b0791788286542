//! Documents and archives that no reader reads, by their first bytes, each with the way round.

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Document {
    /// What the content is.
    pub(super) what: &'static str,
    /// What to do with it.
    pub(super) way: &'static str,
}

const fn document(what: &'static str, way: &'static str) -> Option<Document> {
    Some(Document { what, way })
}

const UNPACK: &str =
    "unpack it first, and give the files that are in it; gzip and zstd are read as they are";

/// The kind of a document that cannot be read; `None` for text.
///
/// Sources of the signatures: the registry of "magic" numbers of file(1); ISO 32000 (PDF), APPNOTE.TXT (ZIP), MS-CFB and
/// MS-OFFCRYPTO (older and encrypted files of Office), RFC 5322 (mail).
pub(super) fn of(head: &[u8]) -> Option<Document> {
    let starts = |magic: &[u8]| head.starts_with(magic);
    // A PDF may have up to 1,024 bytes of something else before it.
    if find(&head[..head.len().min(1024)], b"%PDF-").is_some_and(|at| at == 0 || head.contains(&0))
    {
        return document(
            "the content is a PDF document",
            "extract its text first: `pdftotext -layout FILE.pdf FILE.txt`, and read that",
        );
    }
    if starts(b"PK\x03\x04") || starts(b"PK\x05\x06") {
        return zip(head);
    }
    if starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") {
        return compound(head);
    }
    if starts(b"{\\rtf") {
        return document(
            "the content is an RTF document",
            "convert it first: `pandoc -f rtf -t markdown FILE.rtf -o FILE.md`, or save it as plain text",
        );
    }
    if starts(b"7z\xbc\xaf\x27\x1c") {
        return document("the content is a 7-Zip archive", UNPACK);
    }
    if starts(b"Rar!\x1a") {
        return document("the content is a RAR archive", UNPACK);
    }
    if starts(b"BZh") {
        return document("the content is packed with bzip2", UNPACK);
    }
    if starts(b"\xfd7zXZ\0") {
        return document("the content is packed with xz", UNPACK);
    }
    if head.get(257..262) == Some(b"ustar") {
        return document("the content is a tar archive", UNPACK);
    }
    if starts(b"\x89PNG") || starts(b"\xff\xd8\xff") || starts(b"GIF8") {
        return document(
            "the content is an image",
            "type its indicators into a text file, or extract the text with a program such as `tesseract`",
        );
    }
    if is_mail(head) {
        return document(
            "the content is an e-mail",
            "save its body as a .txt or .html file; its headers name your own servers and people, which are not indicators",
        );
    }
    if head.contains(&0) {
        return document(
            "the content is binary",
            "unpack it first if it is an archive (gzip and zstd are read as they are); feeds are text in UTF-8 (`iconv` converts others)",
        );
    }
    None
}

/// A ZIP archive by the names of its files, the first of which stand in its head.
fn zip(head: &[u8]) -> Option<Document> {
    let has = |name: &[u8]| find(head, name).is_some();
    if has(b"word/") {
        return document(
            "the content is a Word document (.docx)",
            "convert it first: `pandoc -t markdown FILE.docx -o FILE.md`, or save it as plain text",
        );
    }
    if has(b"ppt/") {
        return document(
            "the content is a PowerPoint document (.pptx)",
            "save it as PDF and extract its text: `pdftotext -layout FILE.pdf FILE.txt`",
        );
    }
    if has(b"xl/") {
        return document(
            "the content is an Excel workbook (.xlsx)",
            "save each of its sheets as a CSV file",
        );
    }
    if has(b"opendocument.text") {
        return document(
            "the content is an OpenDocument text (.odt)",
            "convert it first: `pandoc -t markdown FILE.odt -o FILE.md`, or save it as plain text",
        );
    }
    if has(b"opendocument.spreadsheet") {
        return document(
            "the content is an OpenDocument spreadsheet (.ods)",
            "save each of its sheets as a CSV file",
        );
    }
    document("the content is a ZIP archive", UNPACK)
}

/// A file of the older kind of Office, by the names of its streams, which are UTF-16.
fn compound(head: &[u8]) -> Option<Document> {
    let has = |name: &str| {
        let wide: Vec<u8> = name.bytes().flat_map(|byte| [byte, 0]).collect();
        find(head, &wide).is_some()
    };
    if has("EncryptedPackage") || has("EncryptionInfo") {
        return document(
            "the content is an Office document with a password",
            "open it with its password, and save it without one or as a CSV or text file",
        );
    }
    if has("__substg1.0") || has("__properties_version1.0") {
        return document(
            "the content is an Outlook message (.msg)",
            "save its body as a .txt or .html file; its headers name your own servers and people, which are not indicators",
        );
    }
    if has("WordDocument") {
        return document(
            "the content is an older Word document (.doc)",
            "save it as plain text, or as .docx and convert it: `pandoc -t markdown FILE.docx -o FILE.md`",
        );
    }
    if has("Workbook") || has("Book") {
        return document(
            "the content is an older Excel workbook (.xls)",
            "save each of its sheets as a CSV file",
        );
    }
    document(
        "the content is a document of an older Office version",
        "save it as plain text, or as a CSV file",
    )
}

/// Whether a text is a mail: header fields from its first line on, among them some that only a mail has.
fn is_mail(head: &[u8]) -> bool {
    const OF_MAIL: [&[u8]; 6] = [
        b"received",
        b"return-path",
        b"message-id",
        b"mime-version",
        b"delivered-to",
        b"dkim-signature",
    ];
    let mut lines = head.split(|byte| *byte == b'\n').peekable();
    if lines.peek().is_some_and(|line| line.starts_with(b"From ")) {
        lines.next();
    }
    let mut known = 0;
    for line in lines.take(200) {
        let line = line.trim_ascii_end();
        let is_folded = line.starts_with(b" ") || line.starts_with(b"\t");
        if line.is_empty() || (is_folded && known > 0) {
            if line.is_empty() {
                break;
            }
            continue;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            return false;
        };
        let name = line[..colon].to_ascii_lowercase();
        if name.is_empty() || !name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-') {
            return false;
        }
        known += usize::from(OF_MAIL.contains(&&*name));
    }
    known >= 2
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_document_has_its_name_and_a_way_round() {
        let wide = |name: &str| -> Vec<u8> {
            let name = name.bytes().flat_map(|byte| [byte, 0]);
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"
                .iter()
                .copied()
                .chain(name)
                .collect()
        };
        let mut tar = vec![b'a'; 257];
        tar.extend(b"ustar\0");
        for (head, words) in [
            (b"%PDF-1.7\n".to_vec(), "PDF"),
            (b"\0\r\n%PDF-1.7\n".to_vec(), "PDF"),
            (b"PK\x03\x04..[Content_Types].xml..word/document.xml".to_vec(), ".docx"),
            (b"PK\x03\x04..ppt/presentation.xml".to_vec(), ".pptx"),
            (b"PK\x03\x04..xl/workbook.xml".to_vec(), ".xlsx"),
            (b"PK\x03\x04..mimetypeapplication/vnd.oasis.opendocument.text".to_vec(), ".odt"),
            (b"PK\x03\x04..list.txt".to_vec(), "ZIP"),
            (wide("EncryptedPackage"), "password"),
            (wide("__substg1.0_0037001F"), ".msg"),
            (wide("WordDocument"), ".doc"),
            (wide("Workbook"), ".xls"),
            (wide("x"), "Office"),
            (b"{\\rtf1\\ansi".to_vec(), "RTF"),
            (b"7z\xbc\xaf\x27\x1c".to_vec(), "7-Zip"),
            (b"Rar!\x1a\x07".to_vec(), "RAR"),
            (b"BZh91AY".to_vec(), "bzip2"),
            (b"\xfd7zXZ\0".to_vec(), "xz"),
            (tar, "tar"),
            (b"\x89PNG\r\n".to_vec(), "image"),
            (b"evil.example\0".to_vec(), "binary"),
            (
                b"Return-Path: <a@vendor.example>\r\nReceived: from x\r\n\tby y\r\nSubject: z\r\n\r\nevil.example\r\n".to_vec(),
                "e-mail",
            ),
            (
                b"From a Thu Jan 1\nMIME-Version: 1.0\nMessage-ID: <1>\n\nx".to_vec(),
                "e-mail",
            ),
        ] {
            let document = of(&head).unwrap();
            assert!(document.what.contains(words), "{document:?} {words}");
            assert!(!document.way.is_empty());
        }
    }

    #[test]
    fn a_list_is_none() {
        for text in [
            &b""[..],
            b"evil.example\n",
            b"From: a\nTo: b\nSubject: c\n\nevil.example\n",
            b"C2: evil.example\nReceived: 2024-01-01\n",
            b"the report begins with %PDF-1.4\n",
            b"{\"a\": 1}",
        ] {
            assert_eq!(of(text), None);
        }
    }
}
