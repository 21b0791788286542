use std::io::{Cursor, Write};

use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::source::{Format, Found, ReadOptions, detect, read as open};

/// A workbook: sheets with their state, each of rows of cells, all of them text; and what stands behind a sheet's cells.
fn workbook(sheets: &[(&str, &str, &[&[&str]])]) -> Vec<u8> {
    let mut list = String::new();
    let mut relations = String::new();
    let mut parts = Vec::new();
    for (at, (name, state, rows)) in (1..).zip(sheets) {
        list += &format!(r#"<sheet name="{name}" sheetId="{at}" state="{state}" r:id="rId{at}"/>"#);
        relations += &format!(
            r#"<Relationship Id="rId{at}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet{at}.xml"/>"#
        );
        let mut data = String::new();
        for (row, cells) in (1..).zip(*rows) {
            data += &format!(r#"<row r="{row}">"#);
            for (column, text) in ('A'..).zip(*cells) {
                let text = text.replace('&', "&amp;").replace('<', "&lt;");
                data +=
                    &format!(r#"<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>"#);
            }
            data += "</row>";
        }
        parts.push((
            format!("xl/worksheets/sheet{at}.xml"),
            format!(
                r#"<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{data}</sheetData></worksheet>"#
            ),
        ));
    }
    parts.push((
        "xl/workbook.xml".into(),
        format!(
            r#"<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{list}</sheets></workbook>"#
        ),
    ));
    parts.push((
        "_rels/.rels".into(),
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#.into(),
    ));
    parts.push((
        "xl/_rels/workbook.xml.rels".into(),
        format!(
            r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>"#
        ),
    ));
    zipped(parts)
}

fn zipped(parts: Vec<(String, String)>) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer
            .start_file(name, SimpleFileOptions::default())
            .unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// A part of an archive put in the place of another one.
fn replaced(bytes: &[u8], name: &str, change: impl Fn(String) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let parts = (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            let own = part.name().unwrap().into_owned();
            let text = if own == name { change(text) } else { text };
            (own, text)
        })
        .collect();
    zipped(parts)
}

fn found(bytes: &[u8]) -> std::result::Result<Vec<String>, String> {
    let input = Input::from_bytes("feed.xlsx", bytes);
    assert_eq!(detect(&input).unwrap(), Format::Xlsx);
    let message = |error: Error| error.message().to_owned();
    let stream = open(&input, &ReadOptions::default()).map_err(message)?;
    stream
        .map(|found| {
            Ok(match found.map_err(message)? {
                Found::Indicator(indicator) => format!(
                    "{} {}",
                    indicator.place.clone().unwrap().path().unwrap(),
                    indicator.ioc
                ),
                Found::Rejection(rejection) => format!(
                    "{} {} {}",
                    rejection.place.path().unwrap(),
                    rejection.refusal.reason.code(),
                    rejection.value
                ),
                Found::Note(note) => format!("note {}", note.kind.code()),
                Found::Blank(blank) => {
                    format!("{} blank {}", blank.place.path().unwrap(), blank.text)
                }
            })
        })
        .collect()
}

const SHEETS: &[(&str, &str, &[&[&str]])] = &[
    (
        "Network",
        "visible",
        &[
            &["Indicators of the intrusion"],
            &[],
            &["Indicator", "Type", "Comment"],
            &["evil[.]example", "domain", "C2"],
            &["", "", "to be done"],
            &["198.51.100.7", "ip", "see https://vendor.example/r"],
        ],
    ),
    (
        "Files & more",
        "hidden",
        &[&["MD5"], &["9585F0C7DC287D07755E6818E1FA204C"]],
    ),
    (
        "Notes",
        "veryHidden",
        &[&["seen", "at 198.51.100.9 in May"]],
    ),
];

#[test]
fn every_sheet_is_a_table() {
    let sheets: Vec<(String, &str, &[&[&str]])> = SHEETS
        .iter()
        .map(|(name, state, rows)| (name.replace('&', "&amp;"), *state, *rows))
        .collect();
    let sheets: Vec<(&str, &str, &[&[&str]])> = sheets
        .iter()
        .map(|(name, state, rows)| (name.as_str(), *state, *rows))
        .collect();
    assert_eq!(
        found(&workbook(&sheets)).unwrap(),
        [
            "Network!1 blank Indicators of the intrusion",
            "Network!4 evil.example",
            "Network!5 blank   to be done",
            "Network!6 198.51.100.7",
            "Network!6 reference https://vendor.example/r",
            "Files & more!2 9585f0c7dc287d07755e6818e1fa204c",
            "Notes!1 198.51.100.9",
        ]
    );
}

#[test]
fn the_links_of_cells_are_references() {
    let sheet = [(
        "S",
        "visible",
        &[&["Value", "Note"][..], &["evil[.]example", "x"]][..],
    )];
    let bytes = replaced(&workbook(&sheet), "xl/worksheets/sheet1.xml", |text| {
        text.replace(
            "</sheetData>",
            r#"</sheetData><hyperlinks><hyperlink ref="A2" r:id="rId1" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"/></hyperlinks>"#,
        )
    });
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut parts: Vec<(String, String)> = (0..archive.len())
        .map(|index| {
            let mut part = archive.by_index(index).unwrap();
            let mut text = String::new();
            part.read_to_string(&mut text).unwrap();
            (part.name().unwrap().into_owned(), text)
        })
        .collect();
    parts.push((
        "xl/worksheets/_rels/sheet1.xml.rels".into(),
        r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" Target="https://vendor.example/lookup" TargetMode="External"/></Relationships>"#.into(),
    ));
    assert_eq!(
        found(&zipped(parts)).unwrap(),
        [
            "S!2 evil.example",
            "S!2 reference https://vendor.example/lookup"
        ]
    );
}

#[test]
fn what_would_fill_memory_is_refused() {
    let bomb = replaced(
        &workbook(SHEETS_OF_ONE),
        "xl/worksheets/sheet1.xml",
        |text| {
            text.replace(
                "<sheetData>",
                &format!("<sheetData>{}", " ".repeat(65 << 20)),
            )
        },
    );
    assert!(bomb.len() < 1 << 20);
    let error = found(&bomb).unwrap_err();
    assert_eq!(
        error,
        "the workbook is not read: it unpacks to more than 67108864 bytes"
    );
    let strings = |count: &str| {
        let mut archive = zip::ZipArchive::new(Cursor::new(workbook(SHEETS_OF_ONE))).unwrap();
        let mut parts: Vec<(String, String)> = (0..archive.len())
            .map(|index| {
                let mut part = archive.by_index(index).unwrap();
                let mut text = String::new();
                part.read_to_string(&mut text).unwrap();
                (part.name().unwrap().into_owned(), text)
            })
            .collect();
        parts.push((
            "xl/sharedStrings.xml".into(),
            format!(r#"<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" {count}></sst>"#),
        ));
        found(&zipped(parts))
    };
    assert!(strings(r#"count="1" uniqueCount="1""#).is_ok());
    for count in [
        r#"uniqueCount="99999999999999""#,
        r#"uniqueCount = '18446744073709551615'"#,
        r#"uuniqueCount="1" uniqueCount="999999999999""#,
    ] {
        assert_eq!(
            strings(count).unwrap_err(),
            "the workbook is not read: it says that it has more strings than bytes"
        );
    }
    let wide = replaced(
        &workbook(SHEETS_OF_ONE),
        "xl/worksheets/sheet1.xml",
        |text| {
            let rows: String = (2..9000)
                .map(|row| format!(r#"<row r="{row}"><c r="NTO{row}"><v>1</v></c></row>"#))
                .collect();
            text.replace("</sheetData>", &format!("{rows}</sheetData>"))
        },
    );
    assert_eq!(
        found(&wide).unwrap_err(),
        "the workbook is not read: a sheet has too many cells"
    );
}

const SHEETS_OF_ONE: &[(&str, &str, &[&[&str]])] = &[(
    "S",
    "visible",
    &[&["Value", "Note"], &["evil.example", "x"]],
)];

#[test]
fn other_workbooks_are_named() {
    let message = |bytes: Vec<u8>| {
        let error = detect(&Input::from_bytes("feed.xlsx", bytes)).unwrap_err();
        assert!(error.hint_text().is_some());
        error.message().to_owned()
    };
    let mut encrypted = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".to_vec();
    encrypted.extend([0; 512]);
    assert_eq!(
        message(encrypted.clone()),
        "the content is a document of an older Office version"
    );
    encrypted.extend("EncryptedPackage".bytes().flat_map(|byte| [byte, 0]));
    assert_eq!(
        message(encrypted),
        "the content is an Office document with a password"
    );
    let of = |name: &str| {
        zipped(vec![
            (name.into(), String::new()),
            ("mimetype".into(), String::new()),
        ])
    };
    assert_eq!(
        message(of("xl/workbook.bin")),
        "the content is a binary Excel workbook (.xlsb)"
    );
    assert_eq!(message(of("other.txt")), "the content is a ZIP archive");
}

#[test]
fn damage_is_an_error_and_never_a_panic() {
    let whole = workbook(SHEETS_OF_ONE);
    let mut errors = 0;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x55;
        let input = Input::from_bytes("feed.xlsx", bytes);
        if let Ok(stream) = read(&input) {
            errors += usize::from(stream.filter(|found| found.is_err()).count() > 0);
        } else {
            errors += 1;
        }
    }
    assert!(errors > whole.len() / 2, "{errors} of {}", whole.len());
    let cut = Input::from_bytes("feed.xlsx", &whole[..whole.len() / 2]);
    assert!(read(&cut).is_err());
}
