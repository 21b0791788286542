//! User agents, whole, as a proxy logs them. Those that browsers and common tools send make no rule.
//!
//! | derived value | what | example |
//! |---|---|---|
//! | `value` | the user agent | `evil-loader/1.0` |

use std::sync::LazyLock;

use regex::RegexSet;

use super::text::{behind, literal, of, plain_dots};
use crate::indicator::{Ioc, Parse, Refusal, TypePlugin};
use crate::reason::Reason;
use crate::{register_template, register_type};

pub(crate) static USER_AGENT: TypePlugin = TypePlugin {
    name: "user_agent",
    title: "User Agent",
    order: 18,
    parse: Parse::Text(canonical),
    names: &[
        "useragent",
        "useragents",
        "httpuseragent",
        "useragentstring",
        "uastring",
    ],
    misp: &["user-agent"],
    stix: &[
        "network-traffic:extensions.http-request-ext.request_header.user-agent",
        "user-agent:value",
        "x-opencti-user-agent:value",
    ],
    openioc: &["network/useragent", "network/http_user_agent"],
    ttl_days: Some(90),
    tactic: "command-and-control",
    guard,
    samples: &[
        "evil-loader/1.0",
        "Mozilla/5.0 (evil's; [1] & 50%)",
        "Evil: \"agent\" \\ #2",
    ],
    more_samples: || ["x", "y"].map(|end| "evil ".repeat(60) + end).into(),
    starter_field: "user_agent",
    ..TypePlugin::NEW
};

register_type!(USER_AGENT);
register_template!("../../templates/user_agent/proxy.yml.j2");

const LONGEST: usize = 1024;

fn canonical(text: &str) -> Result<String, Refusal> {
    let text = plain_dots(text);
    let text = behind(text.trim(), "User-Agent:").unwrap_or(&text);
    let text = literal(text, LONGEST)?;
    // A proxy writes `-` where there is none.
    match text.chars().filter(|c| c.is_alphanumeric()).count() {
        0 => Err(Refusal::new(Reason::Empty)),
        _ => Ok(text.to_owned()),
    }
}

/// The forms of the user agents that browsers and common tools send, of any version. What a browser sends with a word more is not one.
///
/// Sources: https://developer.mozilla.org/docs/Web/HTTP/Headers/User-Agent, https://www.chromium.org/updates/ua-reduction/,
/// https://learn.microsoft.com/microsoft-edge/web-platform/user-agent-guidance; of the tools, their own documentation.
const COMMON: [&str; 7] = [
    // Chrome, Edge, Opera, Safari, and WebKit within apps.
    r"^Mozilla/5\.0 \((?:Windows NT|Windows Phone|Macintosh|X11|Linux|iPhone|iPad|iPod)[^()]*\) AppleWebKit/[0-9.+]+(?: \(KHTML, like Gecko\))?(?: (?:Version|Chrome|Chromium|HeadlessChrome|CriOS|FxiOS|EdgiOS|Mobile|Safari|Edge|Edg|EdgA|OPR|OPT|OPX|SamsungBrowser|YaBrowser|Vivaldi|Brave|DuckDuckGo|Ddg|GSA|Electron|Ubuntu)(?:/[A-Za-z0-9.]+)?)*$",
    // Firefox and what is built with it.
    r"^Mozilla/5\.0 \((?:Windows|Macintosh|X11|Android|Linux|Mobile|Tablet)[^()]*rv:[0-9.]+\) Gecko/[0-9.]+(?: (?:Firefox|Thunderbird|SeaMonkey|Waterfox)/[0-9.]+)*$",
    // Internet Explorer 11 and before.
    r"^Mozilla/5\.0 \(Windows NT [0-9.]+;[^()]*Trident/[0-9.]+;[^()]*rv:[0-9.]+\) like Gecko$",
    r"^Mozilla/[45]\.0 \(compatible; MSIE [0-9.b]+; Windows (?:NT [0-9.]+|98|95|CE)(?:; (?:SV1|WOW64|Win64|x64|Trident/[0-9.]+|\.NET(?: CLR)? ?[0-9.A-Z]+|InfoPath\.[0-9]|Media Center PC [0-9.]+|SLCC[0-9]|Tablet PC [0-9.]+|Touch|MS-RTC LM [0-9]+|Win64|IA64|BRI/[0-9]|Zune [0-9.]+|MS-Office|ms-office|MSOffice [0-9]+))*\)$",
    // Opera of old.
    r"^Opera/[0-9.]+ \((?:Windows NT|X11|Macintosh)[^()]*\)(?: Presto/[0-9.]+)?(?: Version/[0-9.]+)?$",
    // Tools and libraries.
    r"(?i)^(?:curl|wget|python-requests|python-urllib|python-httpx|aiohttp|python|go-http-client|okhttp|java|apache-httpclient|libwww-perl|lwp::simple|axios|node-fetch|got|powershell|postmanruntime|ruby|php|guzzlehttp|winhttp|microsoft bits|microsoft-cryptoapi|microsoft-wns|microsoft-delivery-optimization|windows-update-agent|microsoft ncsi|microsoft office|git|rclone|dart|undici|reqwest)(?:[ /][^ ]*)?$",
    // Windows' own libraries as PowerShell sends them.
    r"^Mozilla/5\.0 \(Windows NT; Windows NT [0-9.]+; [a-zA-Z-]+\) WindowsPowerShell/[0-9.]+$",
];

static FORMS: LazyLock<Option<RegexSet>> = LazyLock::new(|| RegexSet::new(COMMON).ok());

fn guard(ioc: &Ioc) -> Option<(Reason, Option<String>)> {
    let common = FORMS.as_ref().is_some_and(|forms| forms.is_match(of(ioc)));
    common.then_some((Reason::CommonValue, None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::text::check::{code, value};

    #[test]
    fn a_user_agent_is_whole() {
        for (text, whole) in [
            ("evil-loader/1.0", "evil-loader/1.0"),
            ("User-Agent: Evil  Agent", "Evil  Agent"),
            ("\"evil (1)\"", "evil (1)"),
        ] {
            assert_eq!(
                value(&USER_AGENT, text),
                ("user_agent", whole.to_owned()),
                "{text}"
            );
        }
        for (text, reason) in [
            ("-", "empty"),
            ("Mozilla/4.0 (compatible; *)", "pattern"),
            ("evil\u{d}\u{a}Host: x", "control_character"),
            (&"a".repeat(1025), "value_too_long"),
        ] {
            assert_eq!(code(&USER_AGENT, text), reason, "{text:?}");
        }
    }

    #[test]
    fn what_browsers_send_makes_no_rule() {
        assert!(FORMS.is_some());
        for text in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/41.0.2228.0 Safari/537.36",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:109.0) Gecko/20100101 Firefox/115.0",
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Safari/605.1.15",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.1 Mobile/15E148 Safari/604.1",
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36",
            "Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko",
            "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0; SLCC2; .NET CLR 2.0.50727; .NET4.0C)",
            "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)",
            "curl/8.4.0",
            "python-requests/2.31.0",
            "Go-http-client/1.1",
            "Wget/1.21.4",
            "Microsoft BITS/7.8",
        ] {
            assert_eq!(code(&USER_AGENT, text), "common_value", "{text}");
        }
        for text in [
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36 evil",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0 Evil/1",
            "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Evil 1.0)",
            "Mozilla/5.0 (evil)",
            "Mozilla/5.0",
            "curlevil/1.0",
            "Evil curl/8.4.0",
        ] {
            assert_eq!(code(&USER_AGENT, text), "keep", "{text}");
        }
    }
}
