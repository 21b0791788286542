//! What a drop-in from somebody else may try.

use super::{BODY, compile, drop_in, folder, load};

#[test]
fn a_hostile_drop_in_reads_nothing_and_ends() {
    let secret = folder(&[("secret", "SECRET".to_owned())]);
    let path = secret.path().join("secret").display().to_string();
    let bombs = [
        format!("{{% include '{path}' %}}\n"),
        format!("{{% import '{path}' as x %}}\n"),
        format!("{{% extends '{path}' %}}\n"),
        format!("{{% set x = 'include' %}}{{%- include '{path}' %}}\n"),
        "{% include 'template.yml.j2' %}\n".to_owned(),
        format!("author: {{{{ open('{path}').read() }}}}\n"),
        format!("author: {{{{ load_file('{path}') }}}}\n"),
        "author: {{ ''.__class__.__mro__ }}\n".to_owned(),
        "author: {{ self._TemplateReference__context }}\n".to_owned(),
        "{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}\n".to_owned(),
        "{% set x = 'a' * 99999999 %}{{ x }}\n".to_owned(),
        "author: {{ range(100000)|map('string')|join }}\n".to_owned(),
        "{% set ns = namespace(x='aaaaaaaaaaaaaaaa') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x }}\n".to_owned(),
        "{% for i in range(90000) %}\n#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n{% endfor %}".to_owned(),
        format!("author: {}{}\n", "{{ (".to_owned() + &"(".repeat(20_000), ")".repeat(20_000) + ") }}"),
        format!("author: {}x{}\n", "[".repeat(20_000), "]".repeat(20_000)),
        format!("{}{}\n", "{% if id %}".repeat(2_000), "{% endif %}".repeat(2_000)),
        "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c]\ne: &e [*d, *d, *d, *d, *d, *d, *d]\nf: &f [*e, *e, *e, *e, *e, *e, *e]\ng: [*f, *f, *f, *f, *f, *f, *f]\n".to_owned(),
    ];
    for bomb in bombs {
        let folder = folder(&[("acme.yml.j2", drop_in(&format!("{bomb}{BODY}")))]);
        let catalog = load(&[folder.path()]).unwrap();
        let (rules, report) = compile(catalog, &["acme"], "evil.example\n");
        let told: String = report
            .entries()
            .iter()
            .map(|entry| entry.refusal.to_string())
            .collect();
        assert!(!told.contains("SECRET"));
        for rule in &rules {
            assert!(!socdef_sigma::rule::emit::yaml(&rule.rule).contains("SECRET"));
        }
        let start: String = bomb.chars().take(60).collect();
        assert_eq!((rules.len(), report.counts().refused), (0, 1), "{start}");
        assert!(told.contains("acme.yml.j2"), "{start}: {told}");
    }
}
