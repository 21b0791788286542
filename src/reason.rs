//! Why a value that was read did not become a rule of its own.
//!
//! For every run `read = kept + merged + dropped + refused`: a value is
//! *refused* when it is not an indicator that a rule can be made of, *dropped* when it is one but should not alert,
//! and *merged* when it is another spelling or sighting of one that is kept.

use crate::coded::coded;

/// The three ways in which a value that was read does not become a rule of its own.
///
/// ```
/// use socdef_sigma::{Outcome, Reason};
/// assert_eq!(Reason::PrivateAddress.outcome(), Outcome::Dropped);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Outcome {
    /// Not an indicator, or not one that can be trusted to mean what it says.
    Refused,
    /// Another spelling or sighting of an indicator that was already read.
    Merged,
    /// An indicator, but one that must not become a rule.
    Dropped,
}

impl Outcome {
    /// `refused`, `merged` or `dropped`, as in the report.
    ///
    /// ```
    /// use socdef_sigma::Outcome;
    /// assert_eq!(Outcome::Merged.as_str(), "merged");
    /// ```
    pub const fn as_str(self) -> &'static str {
        match self {
            Outcome::Refused => "refused",
            Outcome::Merged => "merged",
            Outcome::Dropped => "dropped",
        }
    }
}

macro_rules! reasons {
    ($($name:ident $code:literal $outcome:ident $words:literal,)*) => {
        coded! {
            /// One reason, with a stable code and words. [`Reason::ALL`] lists them.
            ///
            /// ```
            /// use socdef_sigma::Reason;
            ///
            /// let reason = Reason::PrivateAddress;
            /// assert_eq!((reason.code(), reason.outcome().as_str()), ("private_address", "dropped"));
            /// ```
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
            #[non_exhaustive]
            pub enum Reason in "reason" as code, words { $(#[doc = $words] $name $code $words,)* }
        }

        impl Reason {
            /// Whether the value counts as refused, merged or dropped.
            ///
            /// ```
            /// use socdef_sigma::{Outcome, Reason};
            /// assert_eq!(Reason::Duplicate.outcome(), Outcome::Merged);
            /// ```
            pub const fn outcome(self) -> Outcome { match self { $(Reason::$name => Outcome::$outcome,)* } }
        }
    };
}

reasons! {
    // Not an indicator.
    Empty "empty" Refused "the value is empty",
    ValueTooLong "value_too_long" Refused "the value is longer than 8,192 bytes",
    ControlCharacter "control_character" Refused "a control, newline or invisible character inside the value",
    NotUtf8 "not_utf8" Refused "the text is not UTF-8",
    LineTooLong "line_too_long" Refused "the line or record is longer than 1 MiB",
    UnknownType "unknown_type" Refused "the value is not of a known indicator type",
    UnsupportedType "unsupported_type" Refused "the feed gives a type that no rule supports",
    TypeMismatch "type_mismatch" Refused "the value is not of the type that the feed gives",
    FileName "file_name" Refused "the value looks like a file name, not like a domain",
    InvalidAddress "invalid_address" Refused "not a valid IP address or network",
    InvalidDomain "invalid_domain" Refused "not a valid domain name",
    InvalidUrl "invalid_url" Refused "not a valid URL",
    NoHost "no_host" Refused "a path without a host",
    UnsupportedScheme "unsupported_scheme" Refused "a URL scheme that proxies do not log",
    InvalidHash "invalid_hash" Refused "not a valid hash of its type",
    InvalidCve "invalid_cve" Refused "not a valid CVE id",
    InvalidEmail "invalid_email" Refused "not a valid e-mail address",
    RangeTooWide "range_too_wide" Refused "the range cannot become networks: two families, an end before its start, or too many addresses",
    Pattern "pattern" Refused "a pattern, not a literal value",
    BrokenEntry "broken_entry" Refused "the entry does not have the form that its format asks for",
    PatternNotSupported "pattern_not_supported" Refused "the pattern asks for more than equality with indicators",
    BrokenTemplate "broken_template" Refused "the template does not give a valid rule for this indicator",

    Duplicate "duplicate" Merged "another sighting of an indicator that was already read",

    // An indicator that its own feed does not mean for detection.
    Technique "technique" Dropped "an ATT&CK technique: nothing to match in a log",
    NotForDetection "not_for_detection" Dropped "the feed marks it as not for detection",
    Deleted "deleted" Dropped "the feed has deleted it",
    Benign "benign" Dropped "the feed calls it benign",
    NotASender "not_a_sender" Dropped "an e-mail address that did not send the mail",
    Reference "reference" Dropped "a link to a report or a service, not an indicator",
    Contact "contact" Dropped "a contact address, or the address of who registered a name",
    Version "version" Dropped "a version or a revision of software",
    Example "example" Dropped "an example, not an indicator",
    FileInProse "file_in_prose" Dropped "a file name in running text",
    ParentName "parent_name" Dropped "the parent domain of a host in the same record",
    InContext "in_context" Dropped "its field describes the indicators and does not list them",
    Revoked "revoked" Dropped "its producer has revoked it",
    Expired "expired" Dropped "its producer's validity period is over",

    // An indicator that would match too much.
    PrivateAddress "private_address" Dropped "a private address",
    LoopbackAddress "loopback_address" Dropped "a loopback address",
    LinkLocalAddress "link_local_address" Dropped "a link-local address",
    MulticastAddress "multicast_address" Dropped "a multicast address",
    SharedAddress "shared_address" Dropped "an address of carrier-grade NAT",
    UnspecifiedAddress "unspecified_address" Dropped "the unspecified address or network",
    BroadcastAddress "broadcast_address" Dropped "the broadcast address",
    NetworkTooWide "network_too_wide" Dropped "a network wider than /8 (IPv4) or /16 (IPv6)",
    PublicSuffix "public_suffix" Dropped "a public suffix, under which anyone can register",
    EmptyFile "empty_file" Dropped "the hash of an empty file",
    CommonValue "common_value" Dropped "it is part of common software or of every system",

    // An indicator that must not alert, by the lists that were given.
    Allowed "allowed" Dropped "on the user's own allow list",
    Warninglisted "warninglisted" Dropped "on a warninglist",

    // Not asked for.
    TypeNotSelected "type_not_selected" Dropped "not of a selected type",
    ConfidenceNotSelected "confidence_not_selected" Dropped "not of the selected confidence",
    IndustryNotSelected "industry_not_selected" Dropped "not of a selected industry",
    OutsideDates "outside_dates" Dropped "last seen outside the selected dates",
    TlpTooStrict "tlp_too_strict" Dropped "its TLP is stricter than the limit",
    TooGeneric "too_generic" Dropped "the part that a selected log source shows is too common to look for",
    NoLogSource "no_log_source" Dropped "it has no template for a selected log source",
    OverLimit "over_limit" Dropped "beyond the limit on the number of indicators",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_code_of_its_own_in_snake_case() {
        let mut codes: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
        for code in &codes {
            assert!(
                code.bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_'),
                "{code}"
            );
        }
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), Reason::ALL.len());
    }
}
