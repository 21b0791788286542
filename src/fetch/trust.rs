//! The certificates that a user names in place of the system's.

use std::path::Path;
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{WebPkiServerVerifier, verify_server_name};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use crate::error::{Error, ErrorKind, Result};

/// The configuration of TLS that trusts the certificates of a file and no others.
///
/// # Errors
/// [`ErrorKind::BadUsage`] where the file has none that can be used.
pub(super) fn only(path: &Path) -> Result<ClientConfig> {
    let certificates = read(path)?;
    let bad = |message: &str| unusable(message, path);
    let mut roots = RootCertStore::empty();
    for certificate in &certificates {
        roots.add(certificate.clone()).map_err(|cause| {
            bad("a certificate of the file cannot be used")
                .because(cause)
                .hint("it must be of X.509 version 3, as `openssl req -x509` makes it")
        })?;
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let chain = WebPkiServerVerifier::builder_with_provider(roots.into(), provider.clone())
        .build()
        .map_err(|cause| bad("the file has no certificates that can be used").because(cause))?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|cause| Error::new(ErrorKind::Network, "cannot set up TLS").because(cause))?;
    let verifier = Named {
        chain,
        certificates,
    };
    Ok(config
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

fn unusable(message: &str, path: &Path) -> Error {
    Error::new(ErrorKind::BadUsage, message).at(path.display())
}

fn read(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let bad = |message: &str| unusable(message, path);
    let text =
        std::fs::read(path).map_err(|cause| bad("cannot read the certificates").because(cause))?;
    let certificates =
        CertificateDer::pem_slice_iter(&text).collect::<std::result::Result<Vec<_>, _>>();
    match certificates {
        Ok(certificates) if !certificates.is_empty() => Ok(certificates),
        Ok(_) => Err(bad("the file has no certificate in PEM form")),
        Err(cause) => Err(bad("the file has no certificates in PEM form").because(cause)),
    }
}

/// Takes certificates that lead to one that was named; and one that was named itself, though it calls itself an authority, as the
/// self-signed certificates of `openssl req -x509` do.
#[derive(Debug)]
struct Named {
    chain: Arc<WebPkiServerVerifier>,
    certificates: Vec<CertificateDer<'static>>,
}

impl Named {
    /// Whether a certificate was refused for nothing but that it is an authority's: its validity is checked before that.
    fn is_named_authority(&self, certificate: &CertificateDer<'_>, error: &rustls::Error) -> bool {
        let rustls::Error::InvalidCertificate(CertificateError::Other(cause)) = error else {
            return false;
        };
        cause.to_string() == "CaUsedAsEndEntity" && self.certificates.contains(certificate)
    }
}

impl ServerCertVerifier for Named {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, rustls::Error> {
        let chain = &self.chain;
        match chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now) {
            Err(error) if self.is_named_authority(end_entity, &error) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.chain
            .verify_tls12_signature(message, certificate, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, rustls::Error> {
        self.chain
            .verify_tls13_signature(message, certificate, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.chain.supported_verify_schemes()
    }
}

/// What to do about a certificate that was refused.
pub(super) fn advice(error: &CertificateError) -> &'static str {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the certificate has expired: the server needs a new one; name that with `--ca-file` if you signed it yourself"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "the certificate is not valid yet: compare the clocks of both sides; `--ca-file` does not change that"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "the certificate is for other names: use one of them in the address, or make a certificate whose subjectAltName has \
             this one, and name it with `--ca-file`"
        }
        CertificateError::Other(cause) if cause.to_string() == "CaUsedAsEndEntity" => {
            "the server shows the certificate of an authority as its own: name exactly this one with `--ca-file`"
        }
        _ => "name the certificates to trust with `--ca-file`",
    }
}
