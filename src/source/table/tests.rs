//! Tables as rows of inputs and what is to be found in them: values, and the codes of what is refused.

use crate::source::{Found, Input, ReadOptions, read};

fn found(name: &str, text: &str) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    let input = Input::from_path(&path).unwrap().remove(0);
    read(&input, &ReadOptions::default())
        .unwrap()
        .map(|found| match found.unwrap() {
            Found::Indicator(indicator) => indicator.ioc.to_string(),
            Found::Rejection(rejection) => rejection.refusal.reason.code().to_owned(),
            Found::Note(note) => format!("note {}", note.kind.code()),
            Found::Blank(_) => "blank".to_owned(),
        })
        .collect()
}

const MD5: &str = "0123456789abcdef0123456789abcdef";
const SHA1: &str = "a010d5449d29a1916827fdb443e3c84c405cb2a5";

#[test]
fn what_tables_hold() {
    for (name, text, expected) in [
        // A column is not left out for its name alone where it is the only one with indicators.
        ("a.csv", "Name,Risk,RiskString\nko.evil-one.net,92,3/51\n198.51.100.225,65,1/50\n".to_owned(), &["ko.evil-one.net", "198.51.100.225"][..]),
        ("a.csv", "tlp,type,name,observable_types\nwhite,indicator,kn.evil-one.net,domain-name\n".into(), &["kn.evil-one.net"]),
        // Without a column of values each line is read by itself.
        ("a.tsv", format!("{SHA1}  a b.exe\n"), &[SHA1, "file_in_prose"]),
        ("a.csv", "evil-one.net,C2\nsome text,x\nother text,y\nmore text,z\nagain text,q\n198.51.100.7,C2\n".into(), &["evil-one.net", "blank", "blank", "blank", "blank", "198.51.100.7"]),
        // A cell of a sure form counts in a column of any other content.
        ("a.csv", "domain,remark\none.evil-one.net,clean\ntwo.evil-one.net,198.51.100.9\nthree.evil-one.net,seen\n".into(), &["one.evil-one.net", "two.evil-one.net", "198.51.100.9", "three.evil-one.net"]),
        ("a.csv", "domain,comment\none.evil-one.net,on 198.51.100.9 and https://vendor-one.com/r\n".into(), &["one.evil-one.net", "in_context", "reference"]),
        // The column beside the types has the values, however few of them are indicators.
        ("a.csv", format!("Indicator_type,Data\nmd5,{MD5}\nfile_path,C:\\a.exe\nmutex,abc\nregistry_key,HKLM\\a\n"), &[MD5, "C:\\a.exe", "unsupported_type", "HKLM\\a"]),
        ("a.csv", format!("Indicator,Data\nip address ,198.51.100.7 \nmd5,{MD5}\n"), &["198.51.100.7", MD5]),
        ("a.csv", "2021-08-13,u,ip,198.51.100.101,#x,https://twitter.com/u/status/1\n2021-08-13,v,domain,m3.evil-one.net,#x,https://twitter.com/v/status/2\n".into(), &["198.51.100.101", "reference", "m3.evil-one.net", "reference"]),
        ("a.csv", format!("md5,{MD5}\nfile-version,1.0.0.0\n"), &[MD5, "version"]),
        ("a.csv", "cveID,product\nCVE-2024-12345,One\nCVE-2024-12346,Two\n".into(), &["CVE-2024-12345", "CVE-2024-12346"]),
        // Values that are named as something else.
        ("a.csv", "Domain,Whois email,Registrar URL\nevil-one.net,a@registrar-one.org,https://registrar-one.org\n".into(), &["evil-one.net", "contact", "reference"]),
        ("a.csv", "type,host,domain\nHOST,p2.s3.amazonaws.com,amazonaws.com\n".into(), &["p2.s3.amazonaws.com", "parent_name"]),
        ("a.intel", format!("#fields\tindicator\tindicator_type\tmeta.url\n{MD5}\tIntel::JA3\t-\nz.evil-one.net\tIntel::DOMAIN\thttps://vendor-one.com/r\n"), &[MD5, "z.evil-one.net", "reference"]),
        // Values that are not meant for detection.
        ("a.csv", "type,value,to_ids,category\ndomain,q5.good-one.net,0,Network activity\nlink,https://producer-one.org/r,0,External analysis\ndomain,q6.evil-one.net,1,Network activity\n".into(), &["not_for_detection", "reference", "q6.evil-one.net"]),
        ("a.csv", "ioc,disposition\na.good-one.net,benign\nb.good-one.net,False Positive\nc.evil-one.net,malicious\n".into(), &["benign", "benign", "c.evil-one.net"]),
        ("a.csv", "IndicatorType,IndicatorValue,Action\nDomainName,q1.good-one.net,Allowed\nDomainName,q2.evil-one.net,Block\n".into(), &["not_for_detection", "q2.evil-one.net"]),
        ("a.csv", "url,status\nhttp://evil-one.net/a,online\nhttp://evil-one.net/b,new\n".into(), &["http://evil-one.net/a", "http://evil-one.net/b"]),
        // Ranges.
        ("a.txt", "Start\tEnd\tNetmask\n203.0.113.0\t203.0.113.255\t24\n".into(), &["note range_read", "203.0.113.0/24"]),
        ("a.csv", "network,netmask\n203.0.113.0,255.255.255.0\n".into(), &["note range_read", "203.0.113.0/24"]),
        ("a.csv", "from;to\n198.51.100.5;198.51.100.9\n198.51.100.9;198.51.100.5\n".into(), &["note range_read", "198.51.100.5", "198.51.100.6/31", "198.51.100.8/31", "range_too_wide"]),
        ("a.csv", "203.0.113.0,203.0.113.255\n198.51.100.0,198.51.100.127\n".into(), &["note range_read", "203.0.113.0/24", "note range_read", "198.51.100.0/25"]),
        ("a.csv", "198.51.100.7,203.0.113.9\n198.51.100.8,203.0.113.10\n".into(), &["198.51.100.7", "203.0.113.9", "198.51.100.8", "203.0.113.10"]),
        // A form beyond doubt.
        ("a.csv", format!("type,value\ndomain,198.51.100.81\nsha256,{SHA1}\ndomain,x y\n"), &["note retyped", "198.51.100.81", "note retyped", SHA1, "invalid_domain"]),
        ("a.csv", "IOC,Link\n[domain-name:value = 'evil-one.net'],https://vendor-one.com/o/1\n".into(), &["evil-one.net", "reference"]),
        ("a.csv", "title above,,\n,,\nvalue,type,note\nevil-one.net,domain,x\n".into(), &["blank", "evil-one.net"]),
    ] {
        assert_eq!(found(name, &text), expected, "{text}");
    }
}

#[test]
fn a_record_past_the_sample_is_read_as_those_in_it() {
    let mut text = "domain,remark\n".to_owned();
    for at in 0..1500 {
        text += &format!("n{at}.evil-one.net,clean\n");
    }
    text += "last.evil-one.net,198.51.100.9\n";
    let found = found("a.csv", &text);
    assert_eq!(found.len(), 1502);
    assert_eq!(found[1500..], ["last.evil-one.net", "198.51.100.9"]);
}
