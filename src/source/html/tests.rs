use super::*;
use proptest::prelude::*;

/// What a page gives, a finding a line, without what gave nothing.
fn found(page: &str) -> Vec<String> {
    all(page)
        .into_iter()
        .filter(|found| !found.starts_with("blank "))
        .collect()
}

fn all(page: &str) -> Vec<String> {
    let input = Input::from_bytes("page", page.as_bytes());
    read(&input)
        .unwrap()
        .map(|found| match found.unwrap() {
            Found::Indicator(indicator) => indicator.ioc.to_string(),
            Found::Rejection(rejection) => {
                format!("{} {}", rejection.refusal.reason.code(), rejection.value)
            }
            Found::Note(note) => format!("note {}", note.kind.code()),
            Found::Blank(blank) => format!("blank {}", blank.text),
        })
        .collect()
}

/// Pages with what they give.
const PAGES: &[(&str, &[&str])] = &[
    // Markup inside of a value joins; blocks, cells and line breaks part.
    (
        "<p><b>evil</b>[.]<i>exa<u>m</u>ple</i> and 198.51<wbr>.100[.]7<br>bad[.]example</p>",
        &["evil.example", "198.51.100.7", "bad.example"],
    ),
    (
        "<ul><li>one[.]example<li>two[.]example</ul><div>three[.]example</div>four[.]example<table><tr><td>five[.]example<td>six[.]example</table>",
        &[
            "one.example",
            "two.example",
            "three.example",
            "four.example",
            "five.example",
            "six.example",
        ],
    ),
    // Entities, white space, code.
    (
        "<p>evil&#91;.&#93;example &amp; hxxp://evil[.]example/a?b=1&amp;c=2</p><pre>one[.]example\ntwo[.]example</pre><p>a\n\tbad[.]example\n</p>",
        &[
            "evil.example",
            "http://evil.example/a?b=1&c=2",
            "one.example",
            "two.example",
            "bad.example",
        ],
    ),
    // Only what is visible.
    (
        "<head><title>hid1[.]example</title><style>.hid2[.]example{}</style></head><body><script>var a='hid3[.]example<p>hid4[.]example'</script><!-- hid5[.]example --><template>hid6[.]example</template><noscript>hid7[.]example</noscript><div hidden>hid8[.]example<p>hid9[.]example</div><p style='color:red; DISPLAY : none'>hid10[.]example<p aria-hidden=true>seen[.]example<iframe>hid11[.]example</iframe><dialog>hid12[.]example</dialog><textarea>area[.]example</textarea>",
        &["seen.example", "area.example"],
    ),
    // The end of a hidden element by what stands behind it.
    (
        "<p hidden>hid[.]example<p>one[.]example<ul><li hidden>hid[.]example<li>two[.]example</ul>",
        &["one.example", "two.example"],
    ),
    // Links are references; a defanged one is a value; one to write to is a contact.
    (
        "<p><a href='https://vendor.example/report'>the report</a>, <a href='mailto:a@vendor.example'>write</a>, <a href='/x'>x</a>, <a href='#y'>y</a> <a href='hxxp://one[.]example/a'>here</a> <a href='http://two%5B.%5Dexample/'>there</a> <a href='http://three.example/b'>hxxp://three[.]example/b</a></p>",
        &[
            "reference https://vendor.example/report",
            "contact mailto:a@vendor.example",
            "http://one.example/a",
            "http://two.example/",
            "reference http://three.example/b",
            "http://three.example/b",
        ],
    ),
    // The name of a column, whatever kind of cell it is in; a row with its name before it.
    (
        "<table><tr><th>Indicator</th><th>Domain</th></tr><tr><td>C2</td><td>evil.example</td></tr><tr><td>C2</td><td>bad.example</td></tr></table>",
        &["evil.example", "bad.example"],
    ),
    (
        "<table><tr><td>Type</td><td>Domain</td></tr><tr><td>C2</td><td>evil.example</td></tr></table>",
        &["evil.example"],
    ),
    (
        "<table><tr><th>Domain</th><td>evil.example</td></tr><tr><th>Address</th><td>198.51.100.7</td></tr></table>",
        &["evil.example", "198.51.100.7"],
    ),
    (
        "<table><tr><th colspan=2>About<th>Domain<tr><td>a<td>b<td>evil.example</table>",
        &["evil.example"],
    ),
    // Tables inside of tables.
    (
        "<table><tr><td><table><tr><th>Domain</th></tr><tr><td>evil.example</td></tr></table></td></tr></table>",
        &["evil.example"],
    ),
    // Text in a table and in no cell.
    (
        "<table>one[.]example<tr><td>two[.]example</td></tr></table>",
        &["one.example", "two.example"],
    ),
    // Headings say what stands below.
    (
        "<h2>Domains</h2><ul><li>evil.example</ul><p><strong>Hosts:</strong></p><ul><li>bad.example</ul><footer>vendor.example <a href='mailto:info@vendor.example'>info@vendor.example</a></footer>",
        &[
            "evil.example",
            "bad.example",
            "contact mailto:info@vendor.example",
            "reference vendor.example",
            "contact info@vendor.example",
        ],
    ),
    // What a form shows.
    (
        "<input value='hxxp://evil[.]example/a' readonly><input type=hidden value='hid[.]example'>",
        &["http://evil.example/a"],
    ),
    // Not closed, wrongly nested, or no HTML at all.
    (
        "<b><p>evil[.]example</b> <i>bad[.]example",
        &["evil.example", "bad.example"],
    ),
    ("<p>evil[.]example<a href=", &["evil.example"]),
    ("", &[]),
];

#[test]
fn what_a_browser_shows_is_read() {
    for (page, expected) in PAGES {
        assert_eq!(found(page), *expected, "{page}");
        let document = format!("\u{feff}<!DOCTYPE html>\r\n<html>{page}");
        assert_eq!(found(&document), *expected, "{document}");
        let input = Input::from_bytes("page", document.as_bytes());
        let format = crate::source::detect(&input).unwrap();
        assert_eq!(format, crate::source::Format::Html);
    }
}

#[test]
fn the_head_is_about_every_indicator() {
    let page = "<html><head>\n<title>A\n report</title><meta name=Author content='J. Doe'><link rel=canonical href='https://vendor.example/report'></head>\n<body><h1>A report</h1><p>TLP:AMBER</p><h2>Servers</h2>\n\n<p>evil[.]example, see <a href='https://vendor.example/more'>more</a></p>";
    let input = Input::from_bytes("page", page.as_bytes());
    let indicator = read(&input)
        .unwrap()
        .find_map(|found| match found.unwrap() {
            Found::Indicator(indicator) => Some(indicator),
            _ => None,
        })
        .unwrap();
    assert_eq!(indicator.place.unwrap().to_string(), "page:6");
    assert_eq!(indicator.producers, ["J. Doe"]);
    assert_eq!(indicator.tlp, Some(crate::indicator::Tlp::Amber));
    assert_eq!(indicator.references, ["https://vendor.example/more"]);
    assert_eq!(indicator.context, ["Servers"]);
    let source = &indicator.sources[0];
    assert_eq!(source.article_title.as_deref(), Some("A report"));
    assert_eq!(
        source.article_url.as_deref(),
        Some("https://vendor.example/report")
    );
}

#[test]
fn what_gives_no_value_is_a_record_without_one() {
    assert_eq!(
        all(
            "<h1>Title</h1><p>Nothing here.</p><table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>evil[.]example</td></tr></table><p>evil[.]example"
        ),
        [
            "blank Nothing here.",
            "blank a | b",
            "evil.example",
            "evil.example"
        ]
    );
}

#[test]
fn a_page_in_another_encoding_keeps_its_indicators() {
    let page = b"<p>Caf\xe9 evil[.]example \xff\xfe bad[.]example</p>";
    let input = Input::from_bytes("page", &page[..]);
    assert_eq!(read(&input).unwrap().count(), 2);
    // A character of more than one byte at the end of what is read at once.
    for length in CHUNK_BYTES - 4..CHUNK_BYTES + 4 {
        let page = format!("{}é bücher[.]example", "a".repeat(length));
        assert_eq!(found(&page), ["xn--bcher-kva.example"], "{length}");
    }
}

/// Work grows with the length of a page, and no faster, on what makes other parsers slow.
#[test]
fn a_hostile_page_costs_its_length() {
    let many = |count: usize, of: &dyn Fn(usize) -> String| (0..count).map(of).collect::<String>();
    for page in [
        format!("<p {}", many(20_000, &|at| format!(" a{at}=1"))),
        many(20_000, &|at| format!("<b id={at}>")) + &"<p>x".repeat(2_000),
        "<div>".repeat(40_000) + &"</x>".repeat(20_000),
        "<span>".repeat(40_000) + &"</p>".repeat(20_000),
        "<table><tr><td>".repeat(2_000),
        "<table>x".repeat(2_000),
        "<a href=x>".repeat(20_000),
        "<template>".repeat(20_000),
        "<td colspan=1000>".repeat(20_000),
        "<svg><g>".repeat(20_000) + &"</z>".repeat(20_000),
        "<!--".repeat(20_000),
        "<ul><li>".repeat(20_000),
        "<select><option>".repeat(2_000),
        "&".repeat(100_000),
        "<object><p></object>".repeat(20_000),
    ] {
        let started = std::time::Instant::now();
        let page = format!("<p>evil[.]example</p>{page}");
        assert_eq!(
            found(&page).first().map(String::as_str),
            Some("evil.example")
        );
        let took = started.elapsed().as_secs();
        assert!(took < 10, "{took} s for {}", &page[..60]);
    }
}

#[test]
fn a_page_that_is_too_long_is_said() {
    let page = format!("<p>evil[.]example</p>{}", " ".repeat(MAX_PAGE_BYTES));
    assert_eq!(found(&page), ["broken_entry ", "evil.example"]);
    let paragraph = format!("<p>{}</p><p>evil[.]example", "a".repeat(2 << 20));
    assert_eq!(found(&paragraph), ["line_too_long ", "evil.example"]);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_harm(bytes in any::<Vec<u8>>(), text in "(<|>|</|/>|table|tr|td|th|p|b|a href=|div hidden|script|style|title|textarea|svg|math|template|select|option|body|html|head|pre|li|form|frameset|colgroup|caption|button|!--|-->|&amp;|&#0;|\"|'|=| |\n|evil\\[\\.\\]example|hxxp://a\\[\\.\\]b){0,60}") {
        for content in [&bytes[..], text.as_bytes()] {
            let input = Input::from_bytes("page", content);
            let _ = crate::source::detect(&input);
            prop_assert!(read(&input).unwrap().all(|found| found.is_ok()));
        }
    }
}
