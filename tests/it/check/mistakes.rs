//! Each mistake of a template, in its line, with what to write instead.

use super::*;

#[test]
fn each_mistake_is_found_in_its_line_with_what_to_write_instead() {
    let value = "host: {{ value|sigma }}";
    for (from, to, line, words, instead) in [
        // Found in the text.
        (
            value,
            "host: {{ value }}",
            21,
            "goes through `|sigma`",
            "{{ value|sigma }}",
        ),
        (
            value,
            "host: '{{ value|sigma }}'",
            21,
            "no quotes",
            "{{ value|sigma }}",
        ),
        (
            value,
            "host: {{ value|sigma|safe }}",
            21,
            "no `|safe`",
            "{{ value|sigma }}",
        ),
        (
            "date: {{ date }}\n",
            "{% include 'x' %}\n",
            15,
            "no `include`",
            "copy",
        ),
        (
            "name: acme",
            "nome: acme",
            2,
            "no key `nome`",
            "name, types",
        ),
        (
            "[domain]",
            "[domian]",
            3,
            "`domian` is not a type",
            "domain",
        ),
        // Found by rendering.
        (
            "{{ author }}",
            "{{ auther }}",
            14,
            "have no `auther`",
            "author",
        ),
        (
            value,
            "host: {{ spellings|sigma }}",
            21,
            "`domain` have no `spellings`",
            "subdomains, ",
        ),
        ("{{ author }}", "{{ author|uper }}", 14, "uper", "`sigma`"),
        ("{{ author }}", "{{ autor() }}", 14, "autor", "author"),
        ("{% endif %}\n", "", 25, "syntax error", "endif"),
        ("{{ level }}", "urgent", 26, "not one of informational", ""),
        (
            "{{ id }}",
            "{{ id|upper|replace('A', 'B') }}",
            8,
            "`id: {{ id }}`",
            "",
        ),
        (
            "{{ logsource }}",
            "{category: proxy}",
            17,
            "it reads `proxy`",
            "",
        ),
        ("title: {{ rule", "titel: {{ rule", 1, "no `title`", ""),
        (
            "status: experimental",
            "status: new",
            9,
            "`status: new`",
            "",
        ),
        (
            "command-and-control",
            "Command and Control",
            16,
            "is not a tag",
            "",
        ),
        ("  condition: selection\n", "", 18, "no `condition`", ""),
        ("  - Unknown", "  - x", 24, "too short", "Unknown"),
        (
            "level: {{ level }}\n",
            "level: {{ level }}\n---\na: b\n",
            27,
            "more than one document",
            "",
        ),
        (
            "author: {{ author }}",
            "author: x: y",
            14,
            "does not give a valid rule",
            "",
        ),
        (
            "level: {{ level }}\n",
            "level: {{ level }}\nrelated: [{id: x, type: derived}]\n",
            27,
            "`related`",
            "leave it out",
        ),
        // Found by hostile values.
        (
            value,
            "host: {{ value|sigma|sigma }}",
            21,
            "escaped twice",
            "once",
        ),
        (
            value,
            "host: {{ value|lower|sigma }}",
            21,
            "or a filter changed it",
            "`value`",
        ),
        (
            value,
            "host: {{ value|replace('.', '[.]')|sigma }}",
            21,
            "",
            "form",
        ),
        (value, "host: {{ value|sigma|truncate(5) }}", 21, "", ""),
        (
            value,
            "host: {{ author|sigma }}",
            21,
            "is not a form of the value",
            "`value`",
        ),
        (
            value,
            "host: {{ id|sigma }}",
            21,
            "is not a form of the value",
            "`value`",
        ),
        (
            value,
            "host: {{ display|sigma }}",
            21,
            "is not a form of the value",
            "`value`",
        ),
        (value, "{{ value|sigma }}: x", 18, "structure", "flags"),
        (
            "      host: {{ value|sigma }}",
            "{% if '*' in value %}\n      other: x\n{% else %}\n      host: {{ value|sigma }}\n{% endif %}",
            18,
            "structure",
            "flags",
        ),
        // Found by comparing.
        (
            "title: {{ rule_title(\"Malicious Domain Indicator in Acme Logs\") }}",
            "title: A Malicious Domain",
            7,
            "two indicators get the same title",
            "rule_title",
        ),
        (
            "title: {{ rule_title(\"Malicious Domain Indicator in Acme Logs\") }}",
            "title: {{ value[:20] }}",
            7,
            "two indicators get the same title",
            "rule_title",
        ),
        (
            " in Acme Logs",
            "",
            7,
            "that of `domain/dns_query_windows`",
            "log source",
        ),
    ] {
        let text = GOOD.replacen(from, to, 1);
        assert_ne!(text, GOOD, "{from}");
        let found = mistakes(&text);
        assert!(
            found.iter().any(|mistake| mistake.line == line
                && mistake.message.contains(words)
                && mistake.instead.contains(instead)
                && !mistake.instead.is_empty()
                && mistake.file.ends_with("acme.yml.j2")),
            "{to}: {found:#?}"
        );
        assert!(found.iter().all(|mistake| !mistake.message.contains('\n')));
    }
}

#[test]
fn a_detection_without_the_value_is_found() {
    let text = GOOD
        .replace("{{ value|sigma }}", "a.example")
        .replace("{{ subdomains|sigma }}", "b.example");
    let found = mistakes(&text);
    assert_eq!(found.len(), 1);
    assert_eq!(
        (
            found[0].line,
            found[0].message.contains("same for every indicator")
        ),
        (18, true)
    );
}

/// Each mistake once, however many types and values show it, and all of them.
#[test]
fn several_mistakes_are_shown_each_once() {
    let text = GOOD
        .replace("[domain]", "[domain, ipv4, md5]")
        .replace("{{ author }}", "'{{ author }}'")
        .replace("{{ value|sigma }}", "{{ value }}");
    let lines: Vec<usize> = mistakes(&text).iter().map(|mistake| mistake.line).collect();
    assert_eq!(lines, [14, 21]);
}
