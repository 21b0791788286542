use super::*;

fn verdict(source: &str) -> String {
    let derived = DerivedValues::new()
        .text("value", "")
        .texts("uris", ["", ""])
        .flag("network", true);
    match check(source, &Names::of(&derived)) {
        Ok(()) => "placed".to_owned(),
        Err(what) => what,
    }
}

#[test]
fn what_only_places_has_a_shape() {
    for source in [
        "a: {{ value }}",
        "a: {{value|sigma}}",
        "a: {{- value | sigma -}}",
        "a: {{ 'SHA256=' ~ value|sigma ~ \"x\" ~ level|at_most('medium') }}",
        "a: {{ uris|sigma }}",
        "title: {{ rule_title('Malicious Network' if network else 'Malicious Address') }}",
        "tags: {{ attack_tags('execution', value) }}",
        "socdef: {{ socdef }}",
        "{% if modified %}\nmodified: {{ modified }}\n{% endif %}",
        "{% if network and references %}{% for link in references %}{{ link|upper }}{% endfor %}{% endif %}",
        "{# {{ value|upper }} #}a: {{ '}}' }}{{ '{{' ~ value }}",
        "a: {{ socdef }}{{ references[0].value }}",
    ] {
        assert_eq!(verdict(source), "placed", "{source}");
    }
}

#[test]
fn what_does_more_is_told_with_its_line() {
    for (source, what) in [
        (
            "\na: {{ value|upper }}",
            "line 2: it does more with `value` than insert it",
        ),
        ("a: {{ value[1:] }}", "line 1: it does more with `value`"),
        (
            "a: {{ value|sigma|sigma }}",
            "line 1: it does more with `value`",
        ),
        (
            "a: {{ value ~ 'x' == 'y' }}",
            "line 1: it does more with `value`",
        ),
        (
            "a: {{ 'x' if value else 'y' }}",
            "line 1: it does more with `value`",
        ),
        (
            "a: {{ 'x' ~ (value) }}",
            "line 1: it does more with `value`",
        ),
        ("a: {{ value.x }}", "line 1: it does more with `value`"),
        ("a: {{ 'x' ~ uris }}", "line 1: it does more with `uris`"),
        ("a: {{ [value] }}", "line 1: it does more with `value`"),
        (
            "a: {{ socdef.value }}",
            "line 1: it does more with `socdef`",
        ),
        (
            "a: {{ 'x' ~ socdef }}",
            "line 1: it does more with `socdef`",
        ),
        (
            "a: {{ rule_title('x')|upper }}",
            "line 1: it does more with `rule_title`",
        ),
        ("a: {{ rule_title(value) }}", "line 1: it does more with"),
        (
            "a: {{ rule_title }}",
            "line 1: it does more with `rule_title`",
        ),
        (
            "a: {{ attack_tags(uris) }}",
            "line 1: it does more with `uris`",
        ),
        (
            "a: {{ attack_tags(value)[0] }}",
            "line 1: it does more with `value`",
        ),
        ("a: {{ attack_tags('x') ~ value }}", "placed"),
        ("a: {{ debug() }}", "line 1: it calls `debug`"),
        ("{% if value %}", "line 1: it tests or loops over `value`"),
        (
            "{% for value in references %}",
            "line 1: it tests or loops over `value`",
        ),
        ("\n{% set x = level %}", "line 2: it has a `set` block"),
        ("{% raw %}", "line 1: it has a `raw` block"),
        ("{{ 'x", "line 1: `{{` is not closed"),
        (
            "{{ rule_title('x') ~ ')' ~ (value) }}",
            "line 1: it does more with",
        ),
    ] {
        let told = verdict(source);
        assert!(told.starts_with(what), "{source}: {told}");
    }
}
