//! The documented derived values, a second time.

use socdef_sigma::indicator::{EmailRole, Indicator};
use socdef_sigma::rule::node::Node;

/// Sigma specification 2.1.0, "Escape Character".
fn escaped(literal: &str) -> String {
    literal
        .replace('\\', "\\\\")
        .replace('*', "\\*")
        .replace('?', "\\?")
}

/// The selections of an indicator's rule, from its canonical value.
pub(crate) fn expected(indicator: &Indicator) -> Vec<(String, Node)> {
    let value = indicator.ioc.to_string();
    let kind = indicator.ioc.ioc_type();
    let field = |name: &str, literals: Vec<String>| {
        let mut nodes: Vec<Node> = literals.iter().map(|text| escaped(text).into()).collect();
        let node = match nodes.len() {
            1 => nodes.remove(0),
            _ => Node::List(nodes),
        };
        (name.to_owned(), node)
    };
    let selection = |fields: Vec<(String, Node)>| vec![("selection".to_owned(), Node::Map(fields))];
    let hash = |algorithm: &str| {
        let literal = format!("{algorithm}={}", value.to_uppercase());
        selection(vec![field("Hashes|contains", vec![literal])])
    };
    match kind.as_str() {
        "ipv4" | "ipv6" if value.contains('/') => {
            selection(vec![field("DestinationIp|cidr", vec![value])])
        }
        "ipv4" => selection(vec![field("DestinationIp", vec![value])]),
        "ipv6" => {
            // Eight groups, the gap filled with zeros.
            let (head, tail) = value.split_once("::").unwrap_or((&value, ""));
            let groups = |text: &str| {
                text.split(':')
                    .filter(|group| !group.is_empty())
                    .map(str::to_owned)
                    .collect()
            };
            let (mut all, tail): (Vec<String>, Vec<String>) = (groups(head), groups(tail));
            all.resize(8 - tail.len(), "0".to_owned());
            all.extend(tail);
            let full = all.join(":");
            let mut spellings = vec![value.clone()];
            spellings.extend((full != value).then_some(full));
            selection(vec![field("DestinationIp", spellings)])
        }
        "domain" => {
            let below = format!(".{value}");
            vec![(
                "selection".to_owned(),
                Node::List(vec![
                    Node::Map(vec![field("QueryName", vec![value])]),
                    Node::Map(vec![field("QueryName|endswith", vec![below])]),
                ]),
            )]
        }
        "url" => {
            let (scheme, rest) = value.split_once("://").unwrap();
            let at = rest.find(['/', '\\']).unwrap();
            let (authority, path) = rest.split_at(at);
            let (scheme, host) = (scheme.to_owned(), authority.to_owned());
            let schemes = match scheme.as_str() {
                "ftp" => vec!["ftp://", ""],
                _ => vec!["http://", "https://", ""],
            };
            let paths = match path {
                "/" => vec!["/", ""],
                path => vec![path],
            };
            let uris = schemes
                .iter()
                .flat_map(|scheme| {
                    paths
                        .iter()
                        .map(move |path| format!("{scheme}{authority}{path}"))
                })
                .collect();
            let colon = host.rfind(':').filter(|at| !host[*at..].contains(']'));
            let hosts = match colon {
                Some(at) => vec![host.clone(), host[..at].to_owned()],
                None => vec![host],
            };
            vec![
                (
                    "selection_uri".to_owned(),
                    Node::Map(vec![field("c-uri", uris)]),
                ),
                (
                    "selection_split".to_owned(),
                    Node::Map(vec![
                        field("cs-host", hosts),
                        field("c-uri", vec![path.to_owned()]),
                    ]),
                ),
            ]
        }
        "md5" => hash("MD5"),
        "sha1" => hash("SHA1"),
        "sha256" => hash("SHA256"),
        "cve" => {
            let spellings: Vec<String> = ["-", "_", ""].map(|with| value.replace('-', with)).into();
            let longer = spellings
                .iter()
                .flat_map(|spelling| (0..10).map(move |digit| format!("{spelling}{digit}")));
            let longer = longer.collect();
            let mut all = selection(vec![field("Signature|contains", spellings)]);
            all.push((
                "filter_main_longer_id".to_owned(),
                Node::Map(vec![field("Signature|contains", longer)]),
            ));
            all
        }
        "email" => {
            let map = |name: &str| Node::Map(vec![field(name, vec![value.clone()])]);
            let node = match indicator.email_role {
                None | Some(EmailRole::Sender) => map("SenderAddress"),
                Some(EmailRole::Recipient) => map("RecipientAddress"),
                Some(EmailRole::Both) => {
                    Node::List(vec![map("SenderAddress"), map("RecipientAddress")])
                }
            };
            vec![("selection".to_owned(), node)]
        }
        other => panic!("no expectation of `{other}` here"),
    }
}
