//! What the names of columns say about them.

use super::confidence::Scale;
use super::judgement::Judgement;
use super::role::Role;
use crate::indicator::Expect;
use crate::reason::Reason;
use crate::source::type_name::words::words;
use crate::source::type_name::{Declared, declared, kind};

/// The role of a column by its name, in any case, with `-`, `_`, ` ` or nothing between its words.
///
/// Sources of the names: the exports of the SOC Defenders API, MISP, OTX, and abuse.ch (ThreatFox, MalwareBazaar, URLhaus,
/// Feodo Tracker, SSLBL), the import tables of Microsoft Defender and CrowdStrike, the lists of Recorded Future, OpenCTI,
/// PhishTank, AbuseIPDB and DShield, Zeek's intelligence framework, and the tables of Volexity, Unit 42, ESET, Elastic and
/// Microsoft on GitHub.
pub(crate) fn role(name: &str) -> Role {
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
        "type"
        | "ioctype"
        | "iocstype"
        | "indicatortype"
        | "entitytype"
        | "observabletype"
        | "attributetype"
        | "valuetype"
        | "datatype"
        | "artifacttype"
        | "observabletypes"
        | "mainobservabletype"
        | "xopenctimainobservabletype"
        | "algorithm"
        | "hashtype" => Role::Type,
        "pattern" | "stixpattern" | "indicatorpattern" => Role::Pattern,
        "start" | "startip" | "startaddress" | "startipaddress" | "ipstart" | "firstip"
        | "firstaddress" | "first" | "from" | "fromip" | "ipfrom" | "rangestart"
        | "networkstart" | "beginip" => Role::RangeStart,
        "end" | "endip" | "endaddress" | "endipaddress" | "ipend" | "lastip" | "lastaddress"
        | "last" | "to" | "toip" | "ipto" | "rangeend" | "networkend" => Role::RangeEnd,
        "netmask" | "mask" | "subnetmask" | "networkmask" | "prefix" | "prefixlength"
        | "prefixlen" | "masklength" | "masklen" => Role::Mask,
        "toids" | "idsflag" | "fordetection" | "xopenctidetection" => {
            Role::Judged(Judgement::Detection)
        }
        "action" | "actions" | "indicatoraction" | "recommendedaction" | "policyaction"
        | "listtype" => Role::Judged(Judgement::Action),
        "disposition" | "verdict" | "verdicts" | "status" | "state" | "indicatorstatus"
        | "iocstatus" | "classification" | "reputation" | "assessment" | "judgement"
        | "judgment" | "determination" | "analystverdict" | "maliciousness" | "conclusion" => {
            Role::Judged(Judgement::Opinion)
        }
        "falsepositive" | "isfalsepositive" | "fp" | "isfp" | "whitelisted" | "iswhitelisted"
        | "allowlisted" | "isallowlisted" | "benign" | "isbenign" | "isclean" | "isgood" => {
            Role::Judged(Judgement::Harmless)
        }
        "malicious" | "ismalicious" | "isharmful" => Role::Judged(Judgement::Harmful),
        "isactive" | "active" | "enabled" | "isenabled" => Role::Judged(Judgement::Active),
        "deleted" | "isdeleted" => Role::Judged(Judgement::Deleted),
        "eventid" => Role::Event,
        "confidence"
        | "confidencelevel"
        | "confidencescore"
        | "score"
        | "iocconfidence"
        | "confidencerating"
        | "certainty"
        | "fidelity"
        | "risk"
        | "riskscore"
        | "riskrating"
        | "risklevel"
        | "threatscore"
        | "threatlevel"
        | "abuseconfidencescore"
        | "abuseconfidence"
        | "admiralty"
        | "admiraltycode"
        | "sourcegrade"
        | "metacifconfidence"
        | "metaconfidence"
        | "xopenctiscore" => Role::Confidence(Scale::Hundred),
        "firstseen" | "firstseenutc" | "firstseendate" | "validfrom" | "firstseenat"
        | "datefirstseen" | "firstobserved" => Role::FirstSeen,
        "date" | "dateadded" | "datetime" | "timestamp" | "time" | "created" | "createdat"
        | "createddate" | "creationdate" | "datecreated" | "added" | "addeddate" | "published"
        | "publishedat" | "publisheddate" | "datepublished" | "eventdate" | "listingdate" => {
            Role::Date
        }
        "lastseen" | "lastseenat" | "lastreportedat" | "lastseenutc" | "lastseendate"
        | "datelastseen" | "lastobserved" | "lastonline" => Role::LastSeen,
        "validuntil"
        | "validto"
        | "expiration"
        | "expirationdate"
        | "expires"
        | "expiresat"
        | "expireson"
        | "expirationtime"
        | "expirationtimestamp"
        | "expiretime"
        | "expirytime"
        | "validuntildate"
        | "validthrough"
        | "invalidafter"
        | "expiry"
        | "expirydate"
        | "expiredate"
        | "expirationdatetime" => Role::ValidUntil,
        "tag" | "tags" | "label" | "labels" => Role::Tags,
        "description" | "desc" | "comment" | "comments" | "context" | "note" | "notes"
        | "details" | "remarks" | "metadesc" => Role::Context,
        "reference" | "references" | "ref" | "refs" | "link" | "links" | "sourceurl"
        | "reporturl" | "articleurl" | "externalreference" | "externalreferences" | "permalink"
        | "urlhauslink" | "metaurl" | "phishdetailurl" | "tweet" | "tweeturl" | "screenshot"
        | "screenshoturl" | "blog" | "blogurl" | "virustotal" | "vtlink" => Role::Reference,
        "report" | "article" | "sourcearticle" | "articletitle" => Role::Article,
        "feed" | "feedname" | "source" | "sources" | "metasource" | "sourcefeed" | "sourcename" => {
            Role::Feed
        }
        "category" | "categories" => Role::Category,
        "tlp" | "tlplevel" | "tlpcolor" | "tlpcolour" | "trafficlightprotocol" => Role::Tlp,
        "industry" | "industries" | "sector" | "sectors" | "targetedindustry"
        | "targetedindustries" | "targetedsector" | "targetedsectors" => Role::Industry,
        "port" | "ports" | "dstport" | "destport" | "destinationport" | "remoteport" | "c2port"
        | "cncport" => Role::Port,
        "mitre" | "mitreattack" | "mitreattck" | "mitretechnique" | "mitretechniques"
        | "technique" | "techniques" | "techniqueid" | "attack" | "attackid" | "ttp" | "ttps"
        | "attckid" | "mitreid" => Role::Technique,
        "producer" | "producers" | "publisher" | "provider" => Role::Producer,
        "revoked" | "isrevoked" | "withdrawn" => Role::Revoked,
        // Names, people, and machines of the reader's own: texts that look like an indicator there are not indicators.
        "id" | "uuid" | "iocid" | "name" | "names" | "title" | "family" | "malware"
        | "malwarefamily" | "malwarename" | "actor" | "threatactor" | "campaign" | "reporter"
        | "submitter" | "author" | "analyst" | "owner" | "createdby" | "updatedby"
        | "modifiedby" | "assignee" | "victim" | "victims" | "user" | "username" | "creator"
        | "severity" | "riskstring" | "target" | "targets" => Role::Ignored,
        _ if key.contains("version") => Role::Ignored,
        _ if key.contains("filename") && declared(name) == Declared::Unknown => Role::Ignored,
        // Files or hashes of them, street or network addresses: only the cells can tell.
        "file" | "sample" | "payload" | "address" | "network" => Role::Unknown,
        _ => match declared(name) {
            Declared::Value(expect, email_role) => Role::Value(expect, email_role),
            Declared::Not(Reason::UnsupportedType) => Role::Other,
            Declared::Not(Reason::NotASender) => Role::Contact,
            Declared::Not(reason) => Role::Refused(reason),
            Declared::Unknown if kind(name) == Declared::Not(Reason::UnsupportedType) => {
                Role::Other
            }
            Declared::Unknown => of_words(&words(name)),
        },
    }
}

/// The role of a column by a word of its name, where the name as a whole is not known.
fn of_words(words: &[String]) -> Role {
    let has = |wanted: &[&str]| words.iter().any(|word| wanted.contains(&word.as_str()));
    // `abuse score` is not a contact, `download link` and `source ip` are not references.
    if has(&[
        "date",
        "time",
        "id",
        "count",
        "score",
        "confidence",
        "type",
        "malicious",
        "phishing",
        "payload",
        "download",
        "landing",
        "c2",
        "ip",
        "ips",
        "host",
        "domain",
        "port",
        "hash",
        "file",
    ]) {
        return Role::Unknown;
    }
    if has(&[
        "whois",
        "registrar",
        "registrant",
        "abuse",
        "contact",
        "contacts",
    ]) {
        return Role::Contact;
    }
    if has(&[
        "screenshot",
        "screenshots",
        "tweet",
        "tweets",
        "link",
        "links",
        "report",
        "reports",
        "reference",
        "references",
        "source",
        "sources",
        "blog",
        "blogpost",
        "article",
        "advisory",
        "writeup",
    ]) {
        return Role::Reference;
    }
    Role::Unknown
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
            ("confidence_level", Role::Confidence(Scale::Hundred)),
            ("abuseConfidenceScore", Role::Confidence(Scale::Hundred)),
            ("to_ids", Role::Judged(Judgement::Detection)),
            ("Whois email", Role::Contact),
            ("abuse_contact", Role::Contact),
            ("Registrar URL", Role::Contact),
            ("Screenshot URL", Role::Reference),
            ("meta.url", Role::Reference),
            ("vendor_report", Role::Reference),
            ("download link", Role::Unknown),
            ("report date", Role::Unknown),
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
            ("ssdeep", Role::Other),
            ("BTC", Role::Other),
            ("imphash", declared_role("imphash")),
            ("registrant email", Role::Contact),
            ("Compile Timestamp", Role::Unknown),
            ("BTC Paid", Role::Other),
            ("file", Role::Unknown),
            ("", Role::Unknown),
        ] {
            assert_eq!(role(name), expected, "{name}");
        }
    }
}
