//! What the names of columns say about them.

use super::columns::Role;
use crate::indicator::Expect;
use crate::reason::Reason;
use crate::source::type_name::{Declared, declared};

/// The role of a column by its name, in any case, with `-`, `_`, ` ` or nothing between its words.
///
/// Sources of the names: the exports of the SOC Defenders API, MISP, OTX, and abuse.ch (ThreatFox, MalwareBazaar, URLhaus,
/// Feodo Tracker, SSLBL), and the tables of Volexity, Unit 42, ESET and Microsoft on GitHub.
pub(super) fn role(name: &str) -> Role {
    let key: String = name
        .chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    match key.as_str() {
        "value" | "indicator" | "indicators" | "ioc" | "iocs" | "iocvalue" | "indicatorvalue"
        | "observable" | "observables" | "observablevalue" | "artifact" | "artefact" | "entity"
        | "entityvalue" | "attributevalue" => Role::Typed,
        "c2" | "c2s" | "c2server" | "c2servers" | "c2address" | "c2host" | "c2domain" | "c2url"
        | "cnc" | "cncserver" | "cc" | "ccserver" | "commandandcontrol" | "networkindicator"
        | "networkindicators" | "networkioc" | "networkiocs" | "iocnetwork" | "infrastructure"
        | "domainip" | "ipdomain" | "domainorip" | "iporfqdn" | "hostip" | "domainurl" => {
            Role::Value(Expect::Any, None)
        }
        "ips" | "ipaddresses" | "c2ip" | "c2ips" | "cncip" | "dstip" | "srcip" | "destip"
        | "sourceip" | "destinationip" | "remoteip" | "destinationaddress" | "attackerip"
        | "maliciousip" | "clientip" | "iocip" | "ipv4s" | "ipv6s" => {
            Role::Value(Expect::Address, None)
        }
        "maliciousdomain" | "maliciousdomains" | "domainnames" | "fqdns" | "iocdomain" => {
            Role::Value(Expect::Host, None)
        }
        "maliciousurl" | "maliciousurls" | "uris" | "iocurl" | "payloadurl" | "downloadurl" => {
            Role::Value(Expect::Type(crate::IocType::Url), None)
        }
        "md5s" | "sha1s" | "sha256s" | "md5sum" | "sha1sum" | "sha256sum" | "samplehash"
        | "malwarehash" | "payloadhash" | "iochash" | "filemd5" | "filesha1" | "filesha256" => {
            Role::Value(Expect::Hash, None)
        }
        "cves" | "cveids" | "cvenumber" => Role::Value(Expect::Type(crate::IocType::Cve), None),
        "emails" | "emailaddresses" => Role::Value(Expect::Type(crate::IocType::Email), None),
        "type" | "ioctype" | "iocstype" | "indicatortype" | "entitytype" | "observabletype"
        | "attributetype" | "valuetype" | "datatype" | "artifacttype" => Role::Type,
        "confidence" | "confidencelevel" | "confidencescore" | "score" | "iocconfidence" => {
            Role::Confidence
        }
        "firstseen" | "firstseenutc" | "firstseendate" | "datefirstseen" | "firstobserved" => {
            Role::FirstSeen
        }
        "date" | "dateadded" | "datetime" | "timestamp" | "time" | "created" | "createdat"
        | "createddate" | "creationdate" | "datecreated" | "added" | "addeddate" | "published"
        | "publishedat" | "publisheddate" | "datepublished" | "eventdate" | "listingdate" => {
            Role::Date
        }
        "lastseen" | "lastseenutc" | "lastseendate" | "datelastseen" | "lastobserved"
        | "lastonline" => Role::LastSeen,
        "validuntil" | "validto" | "expiration" | "expirationdate" | "expires" | "expiresat"
        | "expireson" | "expiry" | "expirydate" | "expiredate" | "expirationdatetime" => {
            Role::ValidUntil
        }
        "tag" | "tags" | "label" | "labels" => Role::Tags,
        "description" | "desc" | "comment" | "comments" | "context" | "note" | "notes"
        | "details" | "remarks" => Role::Context,
        "reference" | "references" | "ref" | "refs" | "link" | "links" | "sourceurl"
        | "reporturl" | "articleurl" | "externalreference" | "externalreferences" | "permalink"
        | "urlhauslink" | "blog" | "blogurl" | "virustotal" | "vtlink" => Role::Reference,
        "report" | "article" | "sourcearticle" | "articletitle" => Role::Article,
        "feed" | "feedname" | "source" | "sourcefeed" | "sourcename" => Role::Feed,
        "category" | "categories" => Role::Category,
        "tlp" | "tlplevel" | "tlpcolor" | "tlpcolour" | "trafficlightprotocol" => Role::Tlp,
        "industry" | "industries" | "sector" | "sectors" | "targetedindustry"
        | "targetedindustries" | "targetedsector" | "targetedsectors" => Role::Industry,
        "port" | "ports" | "dstport" | "destport" | "destinationport" | "remoteport" | "c2port"
        | "cncport" => Role::Port,
        "mitre" | "mitreattack" | "mitreattck" | "mitretechnique" | "mitretechniques"
        | "technique" | "techniques" | "techniqueid" | "attack" | "attackid" | "ttp" | "ttps"
        | "attckid" | "mitreid" => Role::Technique,
        "producer" | "publisher" | "provider" => Role::Producer,
        "revoked" => Role::Revoked,
        // Names, people, and machines of the reader's own: what looks like an indicator there is none.
        "id" | "uuid" | "iocid" | "eventid" | "name" | "names" | "title" | "family" | "malware"
        | "malwarefamily" | "malwarename" | "actor" | "threatactor" | "campaign" | "reporter"
        | "submitter" | "author" | "analyst" | "owner" | "contact" | "createdby" | "updatedby"
        | "modifiedby" | "assignee" | "victim" | "victims" | "user" | "username" | "creator" => {
            Role::Ignored
        }
        _ if key.contains("version") => Role::Ignored,
        _ if key.contains("filename") && declared(name) == Declared::Unknown => Role::Ignored,
        // Files or hashes of them, street or network addresses: only the cells can tell.
        "file" | "sample" | "payload" | "address" | "network" => Role::Unknown,
        _ => match declared(name) {
            Declared::Value(expect, email_role) => Role::Value(expect, email_role),
            Declared::Not(Reason::UnsupportedType) => Role::Ignored,
            Declared::Not(reason) => Role::Refused(reason),
            Declared::Unknown => Role::Unknown,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IocType;

    fn declared_role(name: &str) -> Role {
        Role::Value(Expect::Type(name.parse().unwrap()), None)
    }

    #[test]
    fn names_of_real_tables() {
        for (name, expected) in [
            ("ioc_value", Role::Typed),
            ("Indicator type", Role::Type),
            ("entity_type", Role::Type),
            ("C2", Role::Value(Expect::Any, None)),
            ("dst_ip", Role::Value(Expect::Address, None)),
            ("SHA256", Role::Value(Expect::Type(IocType::Sha256), None)),
            (
                "sha256_hash",
                Role::Value(Expect::Type(IocType::Sha256), None),
            ),
            ("confidence_level", Role::Confidence),
            ("First Seen (UTC)", Role::FirstSeen),
            ("dateadded", Role::Date),
            ("expiration", Role::ValidUntil),
            ("source_article", Role::Article),
            ("source_feed", Role::Feed),
            ("dst_port", Role::Port),
            ("Name", Role::Ignored),
            ("Filename", declared_role("filename")),
            ("original_file_name", Role::Ignored),
            ("File Path", declared_role("filepath")),
            ("ssdeep", Role::Ignored),
            ("BTC", Role::Ignored),
            ("imphash", declared_role("imphash")),
            ("registrant email", Role::Refused(Reason::NotASender)),
            ("Compile Timestamp", Role::Unknown),
            ("BTC Paid", Role::Unknown),
            ("file", Role::Unknown),
            ("", Role::Unknown),
        ] {
            assert_eq!(role(name), expected, "{name}");
        }
    }
}
