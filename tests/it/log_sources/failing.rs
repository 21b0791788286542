//! A template that fails.

use super::*;

fn derived(indicator: &Indicator) -> DerivedValues {
    DerivedValues::new().text("value", indicator.ioc.to_string())
}

const BROKEN: TemplatePlugin = TemplatePlugin {
    name: "domain/broken",
    ioc_type: IocType::Domain,
    primary: false,
    tagged: &[],
    needs: &[],
    source: "title: {{ no_such_name }}\nlogsource:\n  category: dns\n",
    derive: derived,
};

#[test]
fn a_template_that_fails_costs_its_own_rules_and_is_counted() {
    let mut catalog = (*Catalog::registered()).clone();
    catalog.add(Template::from(&BROKEN));
    let catalog = Arc::new(catalog);
    let indicators = [
        indicator("evil.example", &[]),
        indicator("198.51.100.7", &[]),
    ];
    let (rules, report) = run(&indicators, &of_catalog(catalog.clone(), &["dns", "zeek"]));
    assert_eq!(
        templates(&rules),
        ["domain/dns", "domain/zeek_dns", "ipv4/zeek_conn"]
    );
    let counts = report.counts();
    assert_eq!((counts.kept, counts.refused, counts.rules), (2, 0, 3));
    let notes: Vec<_> = report.note_counts().collect();
    assert_eq!(notes, [(NoteKind::RuleLost, 1)]);
    let detail = &report.notes()[0].detail;
    assert!(
        detail.contains("evil.example") && detail.contains("no_such_name"),
        "{detail}"
    );
    // Where it is the only one, the indicator is refused.
    let (rules, report) = run(
        &indicators,
        &of_catalog(catalog, &["domain/broken", "zeek/conn"]),
    );
    assert_eq!(templates(&rules), ["ipv4/zeek_conn"]);
    assert_eq!(reasons(&report), [(Reason::BrokenTemplate, 1)].into());
}
