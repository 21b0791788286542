//! Certificates.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socdef_sigma::error::ErrorKind;
use socdef_sigma::fetch::Settings;

use super::server::{Server, yaml};
use super::{kind_and_text, rule, rules, settings};

/// A server for `name` with a certificate of an authority of its own, whose certificate is written to the folder.
fn server(folder: &Path, name: &str) -> (Server, PathBuf) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(vec![name.to_owned()])
        .unwrap()
        .signed_by(&key, &issuer)
        .unwrap();
    let file = folder.join(format!("{name}.pem"));
    std::fs::write(&file, issuer.pem()).unwrap();
    (serve(certificate.der().clone(), &key), file)
}

/// A server with a certificate that it signed itself, which is written to the folder.
fn self_signed(folder: &Path, params: CertificateParams) -> (Server, PathBuf) {
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    let file = folder.join("self-signed.pem");
    std::fs::write(&file, certificate.pem()).unwrap();
    (serve(certificate.der().clone(), &key), file)
}

fn serve(certificate: CertificateDer<'static>, key: &KeyPair) -> Server {
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate], key)
            .unwrap();
    let config = Arc::new(config);
    Server::start_with(
        Box::new(move |stream| {
            let connection =
                ServerConnection::new(config.clone()).map_err(std::io::Error::other)?;
            Ok(Box::new(StreamOwned::new(connection, stream)))
        }),
        |_, out| yaml(out, "", rule(1)),
    )
}

/// As `openssl req -x509` makes them, with an authority's mark or without.
#[test]
fn a_certificate_that_signed_itself_is_taken_where_it_is_named() {
    for is_ca in [
        IsCa::NoCa,
        IsCa::ExplicitNoCa,
        IsCa::Ca(BasicConstraints::Unconstrained),
        IsCa::Ca(BasicConstraints::Constrained(0)),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.is_ca = is_ca;
        let (own, file) = self_signed(folder.path(), params);
        let base = format!("https://localhost:{}", own.port());
        let trusting = Settings {
            ca_file: Some(file),
            ..settings(&base)
        };
        assert_eq!(rules(trusting).unwrap().yaml(), rule(1), "{is_ca:?}");
        let (_, text) = kind_and_text(rules(settings(&base)));
        assert!(text.contains("is not trusted"), "{text}");
    }
}

#[test]
fn what_is_wrong_with_a_named_certificate_is_said() {
    let named = |name: &str| CertificateParams::new(vec![name.to_owned()]).unwrap();
    let mut expired = named("localhost");
    expired.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let mut early = named("localhost");
    early.not_before = rcgen::date_time_ymd(2200, 1, 1);
    early.not_after = rcgen::date_time_ymd(2300, 1, 1);
    for (params, advice) in [
        (expired, "has expired"),
        (early, "not valid yet"),
        (named("socdefenders.ai"), "is for other names"),
    ] {
        for is_ca in [IsCa::NoCa, IsCa::Ca(BasicConstraints::Unconstrained)] {
            let folder = tempfile::tempdir().unwrap();
            let mut params = params.clone();
            params.is_ca = is_ca;
            let (own, file) = self_signed(folder.path(), params);
            let base = format!("https://localhost:{}", own.port());
            let (kind, text) = kind_and_text(rules(Settings {
                ca_file: Some(file),
                ..settings(&base)
            }));
            assert_eq!(kind, ErrorKind::Network);
            assert!(text.contains(advice), "{text}");
            assert_eq!(own.count(), 0, "a request arrived");
        }
    }
}

/// A certificate that is not the named one is not taken, though it says the same of itself.
#[test]
fn another_certificate_of_the_same_name_is_not_taken() {
    let authority = || {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params
    };
    let folder = tempfile::tempdir().unwrap();
    let (_, named) = self_signed(folder.path(), authority());
    let elsewhere = tempfile::tempdir().unwrap();
    let (other, _) = self_signed(elsewhere.path(), authority());
    let base = format!("https://localhost:{}", other.port());
    let (kind, text) = kind_and_text(rules(Settings {
        ca_file: Some(named),
        ..settings(&base)
    }));
    assert_eq!((kind, other.count()), (ErrorKind::Network, 0), "{text}");
}

#[test]
fn only_a_trusted_certificate_of_the_right_name_is_taken() {
    let folder = tempfile::tempdir().unwrap();
    let (good, good_file) = server(folder.path(), "localhost");
    let (other, other_file) = server(folder.path(), "socdefenders.ai");
    let fetch = |server: &Server, ca_file: Option<&PathBuf>| {
        let base = format!("https://localhost:{}", server.port());
        rules(Settings {
            ca_file: ca_file.cloned(),
            ..settings(&base)
        })
    };
    assert_eq!(fetch(&good, Some(&good_file)).unwrap().yaml(), rule(1));
    for (name, server, file) in [
        ("unknown authority", &good, None),
        ("another authority", &good, Some(&other_file)),
        ("wrong name", &other, Some(&other_file)),
    ] {
        let before = server.count();
        let (kind, text) = kind_and_text(fetch(server, file));
        assert_eq!(kind, ErrorKind::Network, "{name}");
        assert!(
            text.contains("is not trusted") && text.contains("--ca-file"),
            "{name}: {text}"
        );
        assert_eq!(server.count(), before, "{name}: a request arrived");
    }
}

#[test]
fn a_file_without_certificates_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    for text in [
        "",
        "nonsense",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        std::fs::write(&file, text).unwrap();
        let (kind, report) = kind_and_text(rules(Settings {
            ca_file: Some(file.clone()),
            ..settings("https://localhost:9")
        }));
        assert_eq!(kind, ErrorKind::BadUsage, "{text}: {report}");
        assert!(report.contains("ca.pem"), "{report}");
    }
    let missing = Some(folder.path().join("none"));
    assert_eq!(
        kind_and_text(rules(Settings {
            ca_file: missing,
            ..settings("https://localhost:9")
        }))
        .0,
        ErrorKind::BadUsage
    );
}
