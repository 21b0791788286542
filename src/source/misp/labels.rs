//! Tags and galaxies: TLP, confidence, techniques, sectors, and the feed's own words.
//!
//! Source: the core format's sections "Tag" and "Galaxy"; the taxonomies `tlp`, `misp`, `estimative-language` and
//! `admiralty-scale`; the galaxies `mitre-attack-pattern` and `sector`.

use super::lenient::{Many, One};
use super::model::{Cluster, Galaxy, Tag};
use crate::indicator::parse::is_technique;
use crate::indicator::{Confidence, Indicator, Sector, Tlp, is_unreadable_tag};

/// The most tags of one event or attribute that are kept: each indicator of the event carries its own copy.
const MAX_TAGS: usize = 256;

/// What the tags and galaxies of an event or of an attribute say.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Labels {
    tlp: Option<Tlp>,
    /// Labels of TLP that are not known.
    pub(super) unknown: Vec<String>,
    confidence: Option<Confidence>,
    /// Tags for the confidence that cannot be read.
    pub(super) unreadable: Vec<String>,
    /// Tags that say something else, as they are.
    tags: Vec<String>,
    techniques: Vec<String>,
    industries: Vec<String>,
}

impl Labels {
    pub(super) fn read(tags: &Many<Tag>, galaxies: &Many<One<Galaxy>>) -> Labels {
        let mut labels = Labels::default();
        for Tag(name) in &tags.items {
            if let Some(name) = name
                .as_deref()
                .map(str::trim)
                .filter(|name| !name.is_empty())
            {
                labels.tag(name);
            }
        }
        for galaxy in galaxies.objects() {
            for cluster in galaxy.clusters.objects() {
                labels.cluster(galaxy, cluster);
            }
        }
        labels
    }

    fn tag(&mut self, name: &str) {
        // The strictest label and the highest confidence count, and are not said again among the tags.
        if Tlp::is_stated_by_tag(name) {
            let read = Tlp::stated(name);
            self.tlp = self.tlp.max(Some(read.unwrap_or(Tlp::Red)));
            if read.is_none() {
                add(&mut self.unknown, Some(name.to_owned()));
                add(&mut self.tags, Some(name.to_owned()));
            }
            return;
        }
        if let Some(confidence) = Confidence::from_misp_tag(name) {
            self.confidence = self.confidence.max(Some(confidence));
            return;
        }
        if is_unreadable_tag(name) {
            add(&mut self.unreadable, Some(name.chars().take(100).collect()));
        }
        if let Some((galaxy, value)) = galaxy_tag(name) {
            if galaxy.ends_with("attack-pattern") {
                add(&mut self.techniques, technique_of(value));
            }
            if galaxy == "sector" && !value.is_empty() {
                let sector = value.parse::<Sector>();
                add(
                    &mut self.industries,
                    Some(sector.map_or_else(|_| value.to_owned(), |s| s.to_string())),
                );
            }
        }
        add(&mut self.tags, Some(name.to_owned()));
    }

    /// A cluster says the technique in its metadata and at the end of its value; old exports have one of both only.
    fn cluster(&mut self, galaxy: &Galaxy, cluster: &Cluster) {
        let is_pattern = [&galaxy.kind, &cluster.kind]
            .into_iter()
            .flatten()
            .any(|kind| kind.trim().ends_with("attack-pattern"));
        if !is_pattern {
            return;
        }
        let ids = cluster
            .meta
            .0
            .iter()
            .flat_map(|meta| meta.external_ids.items.iter().flatten());
        // Other external ids of an attack pattern, such as CAPEC's, are not techniques.
        for id in ids.map(|id| id.trim()).filter(|id| is_technique(id)) {
            add(&mut self.techniques, Some(id.to_ascii_uppercase()));
        }
        add(
            &mut self.techniques,
            cluster.value.as_deref().and_then(technique_of),
        );
    }

    /// Gives an indicator what its event and its attribute say; the attribute's confidence goes before the event's.
    pub(super) fn apply(event: &Labels, attribute: &Labels, indicator: &mut Indicator) {
        indicator.tlp = event.tlp.max(attribute.tlp);
        indicator.confidence = attribute.confidence.or(event.confidence);
        for labels in [event, attribute] {
            for (from, into) in [
                (&labels.tags, &mut indicator.tags),
                (&labels.techniques, &mut indicator.mitre_techniques),
                (&labels.industries, &mut indicator.industries),
            ] {
                for item in from {
                    add(into, Some(item.clone()));
                }
            }
        }
    }
}

fn add(into: &mut Vec<String>, item: Option<String>) {
    if let Some(item) = item.filter(|item| into.len() < MAX_TAGS && !into.contains(item)) {
        into.push(item);
    }
}

/// The galaxy and the value of a tag such as `misp-galaxy:mitre-attack-pattern="Phishing - T1566"`.
fn galaxy_tag(name: &str) -> Option<(&str, &str)> {
    let (galaxy, value) = name.strip_prefix("misp-galaxy:")?.split_once('=')?;
    Some((galaxy.trim(), value.trim().trim_matches('"').trim()))
}

/// The technique at the end of `Phishing - T1566`, or that is all of the value.
fn technique_of(value: &str) -> Option<String> {
    let last = value.rsplit(" - ").next()?.trim();
    is_technique(last).then(|| last.to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::super::lenient::Read;
    use super::*;

    fn labels(tags: &str, galaxies: &str) -> Labels {
        let tags = serde_json::from_str::<Read<Many<Tag>>>(tags).unwrap().0;
        let galaxies = serde_json::from_str::<Read<Many<One<Galaxy>>>>(galaxies)
            .unwrap()
            .0;
        Labels::read(&tags, &galaxies)
    }

    #[test]
    fn tlp_and_confidence_are_taken_out_of_the_tags() {
        let read = labels(
            r#"[{"name": "TLP:GREEN"}, {"name": "tlp:amber+strict"}, {"name": "red"}, "apt", {"name": " "}, {"name": null},
                {"name": "misp:confidence-level=\"fairly-confident\""}, {"name": "admiralty-scale:information-credibility=\"1\""},
                {"name": "admiralty-scale:information-credibility=\"6\""}, {"name": "apt"}]"#,
            "[]",
        );
        assert_eq!(read.tlp, Some(Tlp::AmberStrict));
        assert_eq!(read.confidence, Some(Confidence::High));
        assert_eq!(
            read.tags,
            [
                "red",
                "apt",
                "admiralty-scale:information-credibility=\"6\""
            ]
        );
        let unclear = labels(r#"[{"name": "tlp:green"}, {"name": "tlp:unclear"}]"#, "[]");
        assert_eq!(
            (unclear.tlp, &unclear.unknown),
            (Some(Tlp::Red), &unclear.tags)
        );
    }

    #[test]
    fn techniques_come_from_tags_and_galaxies() {
        let tag = r#"misp-galaxy:mitre-attack-pattern=\"Phishing - T1566\""#;
        let old =
            r#"misp-galaxy:mitre-enterprise-attack-attack-pattern=\"Web - Shell - T1505.003\""#;
        let other = r#"misp-galaxy:threat-actor=\"Group - T1000\""#;
        let read = labels(
            &format!(r#"[{{"name": "{tag}"}}, {{"name": "{old}"}}, {{"name": "{other}"}}]"#),
            r#"[{"type": "mitre-attack-pattern", "GalaxyCluster": [
                    {"value": "Web Protocols - T1071.001", "meta": {"external_id": ["CAPEC-1", "t1071.001"]}},
                    {"value": "Drive-by", "meta": {"external_id": "T1189"}}, {"value": "Phishing - T1566"}]},
                {"type": "threat-actor", "GalaxyCluster": [{"value": "x - T1001", "meta": {"external_id": ["T1002"]}}]},
                null, {"GalaxyCluster": [{"type": "mitre-attack-pattern", "value": "T1003"}]}]"#,
        );
        assert_eq!(
            read.techniques,
            ["T1566", "T1505.003", "T1071.001", "T1189", "T1003"]
        );
        assert_eq!(read.tags.len(), 3, "the tags stay as they are");
    }

    #[test]
    fn sectors_are_industries() {
        let read = labels(
            r#"["misp-galaxy:sector=\"Finance\"", "misp-galaxy:sector=\"Gaming\""]"#,
            "null",
        );
        assert_eq!(read.industries, ["financial-services", "Gaming"]);
    }

    #[test]
    fn an_attributes_confidence_goes_before_its_events() {
        let event = labels(
            r#"["tlp:red", "misp:confidence-level=\"completely-confident\"", "a"]"#,
            "[]",
        );
        let own = labels(
            r#"["tlp:green", "misp:confidence-level=\"unconfident\"", "b", "a"]"#,
            "[]",
        );
        let mut indicator = Indicator::new(crate::indicator::parse("evil.example").unwrap());
        Labels::apply(&event, &own, &mut indicator);
        assert_eq!(
            (indicator.confidence, indicator.tlp),
            (Some(Confidence::Low), Some(Tlp::Red))
        );
        assert_eq!(indicator.tags, ["a", "b"]);
        Labels::apply(&event, &Labels::default(), &mut indicator);
        assert_eq!(indicator.confidence, Some(Confidence::High));
    }
}
