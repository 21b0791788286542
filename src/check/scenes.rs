//! Indicators that between them reach every branch of a template.

use crate::indicator::{EmailRole, Expect, Indicator, IocType, Source, Tlp, parse_as, parse_date};

/// An indicator to render.
pub(super) struct Scene {
    pub(super) indicator: Indicator,
}

/// The indicators of a type: each value and role, with nothing else known and with everything.
pub(super) fn of(kind: IocType) -> Vec<Scene> {
    let mut scenes = Vec::new();
    for value in values(kind) {
        let Ok(ioc) = parse_as(Expect::Type(kind), &value) else {
            continue;
        };
        let roles: &[Option<EmailRole>] = match kind.plugin().roles.is_empty() {
            false => &[
                None,
                Some(EmailRole::Sender),
                Some(EmailRole::Recipient),
                Some(EmailRole::Both),
            ],
            true => &[None],
        };
        for role in roles {
            let mut bare = Indicator::new(ioc.clone());
            bare.email_role = *role;
            let full = full(bare.clone());
            scenes.push(Scene { indicator: bare });
            scenes.push(Scene { indicator: full });
        }
    }
    scenes
}

/// The values: usual ones, those of other branches, those with what is syntax, and those that differ only at the end of a long text.
fn values(kind: IocType) -> Vec<String> {
    let plugin = kind.plugin();
    let usual = plugin.samples.iter().map(ToString::to_string);
    usual.chain((plugin.more_samples)()).collect()
}

/// The indicator with all that a feed may say about it.
fn full(mut indicator: Indicator) -> Indicator {
    indicator.producers = vec!["Example 'CERT'".to_owned(), "another: one #2".to_owned()];
    indicator.confidence = Some(crate::Confidence::High);
    indicator.first_seen = parse_date("2026-01-02");
    indicator.last_seen = parse_date("2026-03-04");
    indicator.valid_until = parse_date("2030-01-01");
    indicator.context = vec!["Seen \"in\" {{ the }} wild: yes".to_owned()];
    indicator.tags = vec!["type:exploit".to_owned(), "a 'tag'".to_owned()];
    indicator.mitre_techniques = vec!["T1071.001".to_owned(), "T1566".to_owned()];
    indicator.industries = vec!["energy".to_owned()];
    indicator.ports = vec![443];
    indicator.tlp = Some(Tlp::Green);
    indicator.references = vec!["https://cert.example/report".to_owned()];
    indicator.sources = vec![Source {
        article_url: Some("https://news.example/a?b=c".to_owned()),
        ..Source::default()
    }];
    indicator
}
