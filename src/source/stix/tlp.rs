//! Markings of the Traffic Light Protocol.

use serde_json::Value;

use super::object::{MarkingObject, text};
use crate::indicator::Tlp;

/// The markings that have the same id in every bundle, and that a bundle need not define.
///
/// Sources: STIX 2.1, section 7.2.1.4 (TLP 1); OASIS' common STIX objects, extension
/// `extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d` (TLP 2.0).
const WELL_KNOWN: [(&str, Tlp); 9] = [
    ("613f2e26-407d-48c7-9eca-b8e91df99dc9", Tlp::Clear),
    ("34098fce-860f-48ae-8e50-ebd3cc5e41da", Tlp::Green),
    ("f88d31f6-486f-44da-b317-01333bde0b82", Tlp::Amber),
    ("5e57c739-391a-4eb3-b6be-7d15ca92d5ed", Tlp::Red),
    ("94868c89-83c2-464b-929b-a1a8aa3c8487", Tlp::Clear),
    ("bab4a63c-aed9-4cf5-a766-dfca5abac2bb", Tlp::Green),
    ("55d920b0-5e8b-4f79-9ee9-91f868d9b421", Tlp::Amber),
    ("939a9414-2ddd-4d32-a0cd-375ea402b003", Tlp::AmberStrict),
    ("e828b379-4e03-4974-9ac4-e53a884c97c1", Tlp::Red),
];

/// What a well-known marking says.
pub(super) fn well_known(id: &str) -> Option<Tlp> {
    let uuid = id.strip_prefix("marking-definition--")?;
    let known = WELL_KNOWN.iter().find(|(known, _)| uuid == *known);
    known.map(|(_, tlp)| *tlp)
}

/// What a marking says, where it is one of TLP: `{"definition": {"tlp": "amber"}}`, the extension's `tlp_2_0`, the
/// marking's name, or OpenCTI's `x_opencti_definition`. Where these differ, the strictest.
pub(super) fn of(marking: &MarkingObject) -> Option<Tlp> {
    let members = |value: &Value, name: &str| -> Vec<Value> {
        let members = value.as_object().into_iter().flatten();
        let named = members.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.clone()).collect()
    };
    let mut labels = members(&marking.definition, "tlp");
    for (_, extension) in marking.extensions.as_object().into_iter().flatten() {
        labels.extend(members(extension, "tlp_2_0"));
    }
    let label = |value: &Value| {
        let label = text(value)?;
        (!label.is_empty()).then(|| Tlp::stated(label).unwrap_or(Tlp::Red))
    };
    let named = [&marking.name, &marking.opencti]
        .into_iter()
        .filter(|name| text(name).is_some_and(Tlp::is_stated_by_tag));
    named.chain(&labels).filter_map(label).max()
}
