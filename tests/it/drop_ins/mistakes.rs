//! Mistakes in a drop-in: each is told with its line, and costs its own rules.

use socdef_sigma::Reason;
use socdef_sigma::error::ErrorKind;

use super::{ABOVE, BODY, compile, drop_in, folder, load};

/// Each mistake in a front matter: the line, what is wrong, what to write instead.
#[test]
fn a_front_matter_that_cannot_be_read_is_an_error_with_its_line() {
    let with = |from: &str, to: &str| {
        let text = drop_in(BODY).replace(from, to);
        assert_ne!(text, drop_in(BODY), "{from}");
        text
    };
    for (text, line, words, instead) in [
        (BODY.to_owned(), 1, "no front matter", "`---`"),
        (String::new(), 1, "no front matter", "templates new"),
        ("---\nname: acme\n".to_owned(), 1, "no end", "`---`"),
        (with("name: acme\n", ""), 1, "no `name`", "name: "),
        (
            with("name: acme", "name: Acme EDR"),
            2,
            "is not a valid name",
            "small letters",
        ),
        (
            with("name: acme", "name: ipv4/acme"),
            2,
            "is not a valid name",
            "`name: acme` and `types: [ipv4]`",
        ),
        (
            with("name: acme", "name: ../../etc"),
            2,
            "is not a valid name",
            "small letters",
        ),
        (
            with("name: acme", "name: [a]"),
            2,
            "`name` cannot be a list",
            "name: ",
        ),
        (
            with("[domain]", "[domain, hash]"),
            3,
            "`hash` is not a type",
            "sha256",
        ),
        (
            with("[domain]", "[]"),
            3,
            "an empty list",
            "types: [ipv4, ipv6]",
        ),
        (with("[domain]", "[domain, domain]"), 3, "twice", "once"),
        (
            with("logsource:", "log_source:"),
            4,
            "no key `log_source`",
            "logsource",
        ),
        (
            with("product: acme", "vendor: acme"),
            5,
            "no part `vendor`",
            "product",
        ),
        (
            with("product: acme", "product: 7"),
            5,
            "must be text",
            "quotes",
        ),
        (
            with("product: acme", "definition: x"),
            4,
            "names no category",
            "product: ",
        ),
        (
            with("product: acme", "product: a: b"),
            5,
            "not YAML",
            "quote",
        ),
        (
            with("types:", "extra: 1\ntypes:"),
            3,
            "no key `extra`",
            "tagged",
        ),
    ] {
        let folder = folder(&[("acme.yml.j2", text.clone())]);
        let error = load(&[folder.path()]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BrokenTemplate, "{text}");
        let place = format!("{}:{line}", folder.path().join("acme.yml.j2").display());
        assert_eq!(error.place(), Some(&*place), "{text}{error:?}");
        assert!(error.message().contains(words), "{text}{error:?}");
        assert!(
            error.hint_text().unwrap().contains(instead),
            "{text}{error:?}"
        );
    }
}

/// Each mistake in the text of a template: it costs the rules of this template, and is told with its line.
#[test]
fn a_broken_text_costs_its_own_rules_and_no_others() {
    let with = |from: &str, to: &str| {
        assert!(BODY.contains(from), "{from}");
        BODY.replace(from, to)
    };
    for (body, line, words) in [
        (with("{{ level }}", "{{ level"), 9, "a placeholder must end"),
        (
            with("author: {{ author }}", "{% if author %}"),
            9,
            "syntax error",
        ),
        (with("{{ author }}", "{{ no_such_name }}"), 3, "undefined"),
        (
            with("{{ author }}", "{{ author|no_such_filter }}"),
            3,
            "no_such_filter",
        ),
        (with("{{ author }}", "'{{ author }}'"), 3, "no quotes"),
        (with("value|sigma", "value"), 7, "|sigma"),
        (with("value|sigma", "value|sigma|safe"), 7, "|safe"),
        (
            with("{{ id }}", "8f0e9a52-0c5e-5d5c-9d55-8b6a0a0f6c10"),
            2,
            "`id: {{ id }}`",
        ),
        (
            with("{{ logsource }}", "{product: other}"),
            4,
            "it reads `other`",
        ),
        (
            with("{{ level }}", "urgent"),
            9,
            "`level: urgent` is not one of",
        ),
        (
            with("    host: {{ value|sigma }}\n", ""),
            6,
            "the selection `selection` is empty",
        ),
        (with("  condition", "condition"), 5, "no `condition`"),
        (
            with("id: {{ id }}\n", "id: {{ id }}\nid: {{ id }}\n"),
            3,
            "",
        ),
        (format!("{BODY}---\n{BODY}"), 10, "more than one document"),
        ("# nothing\n".to_owned(), 0, ""),
        (String::new(), 0, "it is empty"),
        (
            with(
                "author: {{ author }}\n",
                "{% for a in range(99999) %}{% for b in range(99999) %}\n{% endfor %}{% endfor %}\n",
            ),
            3,
            "fuel",
        ),
    ] {
        let folder = folder(&[
            ("acme.yml.j2", drop_in(&body)),
            ("good.yml.j2", drop_in(BODY).replace(": acme", ": good")),
        ]);
        let catalog = load(&[folder.path()]).unwrap();
        let values = "evil.example\nworse.example\n";
        let (rules, report) = compile(catalog.clone(), &["acme"], values);
        let counts = report.counts();
        assert_eq!(
            (rules.len(), counts.kept, counts.refused),
            (0, 0, 2),
            "{body}"
        );
        for entry in report.entries() {
            assert_eq!(entry.refusal.reason, Reason::BrokenTemplate);
            let told = entry.refusal.to_string();
            let place = folder.path().join("acme.yml.j2").display().to_string();
            let place = match line {
                0 => place,
                line => format!("{place}:{})", line + ABOVE),
            };
            assert!(told.contains(&place), "{body}\n{told}");
            assert!(told.contains(words), "{body}\n{told}");
        }
        // With another template beside it, that one's rules stand, and what is lost is noted.
        let (rules, report) = compile(catalog, &["acme", "good", "primary"], values);
        assert_eq!((rules.len(), report.counts().refused), (4, 0));
        assert_eq!(report.notes().len(), 2);
        assert!(report.notes()[0].detail.contains("acme.yml.j2"));
    }
}
