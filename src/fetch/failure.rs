//! Why a request gave nothing, and whether another try may help.

use std::time::{Duration, Instant};

use rustls::CertificateError;

use super::client::Settings;
use super::trust;
use crate::error::{Error, ErrorKind};

/// Why a request gave nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// Another try may help, after the time that the server asks for.
    Again(Error, Option<Duration>),
    /// The same, but there was no head of an answer in time, and each other try may wait as long again. Provisional answers
    /// (`102 Processing`) do not count, so that a server that sends them for ever does not hold a client.
    Silent(Error),
    /// It will not.
    Final(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure::Final(error)
    }
}

/// What a failed connection means.
pub(super) fn network(
    cause: reqwest::Error,
    settings: &Settings,
    started: Instant,
    in_body: bool,
) -> Failure {
    let cause = cause.without_url();
    let origin = settings.base_url.origin();
    let error = |message: String| Error::new(ErrorKind::Network, message);
    if let Some(advice) = certificate(&cause).map(trust::advice) {
        return Failure::Final(
            error(format!("the certificate of {origin} is not trusted"))
                .because(cause)
                .hint(advice),
        );
    }
    if cause.is_timeout() && started.elapsed() >= settings.total_timeout {
        let seconds = settings.total_timeout.as_secs_f64();
        return Failure::Final(
            error(format!(
                "the answer of {origin} takes longer than {seconds} s"
            ))
            .because(cause),
        );
    }
    let message = match (cause.is_timeout(), cause.is_connect(), in_body) {
        (true, true, _) => format!("no connection to {origin} in time"),
        (true, _, true) => format!("{origin} stops in the middle of its answer"),
        (true, _, false) => format!("{origin} does not answer in time"),
        (_, true, _) => format!("cannot connect to {origin}"),
        (_, _, true) => "the answer is cut in the middle".to_owned(),
        _ => format!("the connection to {origin} failed"),
    };
    let no_head = cause.is_timeout() && !cause.is_connect() && !in_body;
    let is_unknown = is_unknown_name(&cause);
    let mut error = error(message).because(cause);
    if is_unknown {
        error = error.hint("check the name in `--base-url` or `SOCDEF_BASE_URL`, and this machine's name resolution");
    }
    match no_head {
        true => Failure::Silent(error),
        false => Failure::Again(error, None),
    }
}

/// Whether the name of the server has no address. The errors for it are private, so it is known by their words.
fn is_unknown_name(error: &(dyn std::error::Error + 'static)) -> bool {
    let is_one = ["dns error", "invalid dns name"].contains(&error.to_string().as_str());
    is_one || error.source().is_some_and(is_unknown_name)
}

/// Why a certificate was refused, which no other try changes.
fn certificate<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a CertificateError> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return match tls {
            rustls::Error::InvalidCertificate(why) => Some(why),
            _ => None,
        };
    }
    // An `io::Error` does not count what it holds among its sources.
    let held = error
        .downcast_ref::<std::io::Error>()
        .and_then(std::io::Error::get_ref);
    held.and_then(|held| certificate(held))
        .or_else(|| error.source().and_then(certificate))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use reqwest::dns::{Name, Resolve, Resolving};

    use super::*;
    use crate::fetch::ApiKey;

    struct Deaf;

    impl Resolve for Deaf {
        fn resolve(&self, _: Name) -> Resolving {
            Box::pin(async { Err("no such host".into()) })
        }
    }

    #[test]
    fn a_name_without_an_address_is_a_matter_of_the_name() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            .no_proxy()
            .dns_resolver(Arc::new(Deaf));
        let http = http.build().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let cause = runtime.block_on(http.get("http://feed.example/").send());
        let settings = Settings::new(ApiKey::new("sk_live_0123456789").unwrap());
        let failure = network(cause.unwrap_err(), &settings, Instant::now(), false);
        let Failure::Again(error, None) = failure else {
            panic!("{failure:?}");
        };
        assert!(error.report().contains("check the name in `--base-url`"));
    }
}
