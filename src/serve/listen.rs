//! The connections: accepted, secured, served, and ended.

use std::net::{SocketAddr, TcpListener as Listener, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::Layer;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use super::stall::StallTimeout;
use super::state::State;
use super::{middleware, routes};
use crate::error::{Error, ErrorKind, Result};

/// A certificate and its key, as PEM files.
///
/// ```
/// use socdef_sigma::ErrorKind;
/// use socdef_sigma::serve::{Options, Tls, start};
///
/// let tls = Tls { cert: "no-such-cert.pem".into(), key: "no-such-key.pem".into() };
/// let options = Options { tls: Some(tls), ..Options::new("feed.db") };
/// assert_eq!(start(options).unwrap_err().kind(), ErrorKind::UnreadableInput);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    /// The certificate, and those between it and its root.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

impl Tls {
    pub(crate) fn acceptor(&self) -> Result<TlsAcceptor> {
        let unreadable = |path: &Path, cause: rustls_pki_types::pem::Error| {
            Error::new(ErrorKind::UnreadableInput, "cannot read the PEM file")
                .at(path.display())
                .because(cause)
        };
        let certs = CertificateDer::pem_file_iter(&self.cert)
            .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
            .map_err(|cause| unreadable(&self.cert, cause))?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|cause| unreadable(&self.key, cause))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(certs, key));
        let mut config = config.map_err(|cause| {
            Error::new(
                ErrorKind::BadUsage,
                "the certificate and the key cannot be used together",
            )
            .at(self.cert.display())
            .because(cause)
        })?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}

/// Opens the address. Without TLS it must be of this machine, unless the caller insists.
pub(crate) fn bind(listen: &str, secure: bool, insecure_http: bool) -> Result<Listener> {
    let cannot = |cause: std::io::Error| {
        Error::new(
            ErrorKind::CannotListen,
            "cannot take connections at the address",
        )
        .at(listen)
        .because(cause)
    };
    let addresses: Vec<SocketAddr> = listen.to_socket_addrs().map_err(cannot)?.collect();
    if !secure
        && !insecure_http
        && !addresses
            .iter()
            .all(|address| address.ip().to_canonical().is_loopback())
    {
        return Err(Error::new(
            ErrorKind::BadUsage,
            "plain HTTP on an address that others can reach: API keys and indicators could be read and changed on the way",
        )
        .at(listen)
        .hint("give `--tls-cert` and `--tls-key`, or `--insecure-http` where something in front of the server speaks TLS"));
    }
    let listener = Listener::bind(addresses.as_slice()).map_err(cannot)?;
    listener.set_nonblocking(true).map_err(cannot)?;
    Ok(listener)
}

/// Accepts connections until `stop` says so, and then waits for the answers that are under way.
pub(crate) async fn serve(
    listener: Listener,
    tls: Option<TlsAcceptor>,
    state: State,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let router = routes::router(state.clone());
    let room = Arc::new(Semaphore::new(state.config.limits.connections));
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let accept = async {
            let permit = room.clone().acquire_owned().await;
            (listener.accept().await, permit)
        };
        let (accepted, permit) = tokio::select! {
            accepted = accept => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(cause) => {
                // Out of files, most likely: those in use must end first.
                state.logged(|| tracing::warn!(%cause, "cannot accept"));
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let connection = Connection {
            peer,
            state: state.clone(),
            router: router.clone(),
            stop: stop.clone(),
        };
        let tls = tls.clone();
        connections.spawn(async move {
            let _permit = permit;
            connection.run(stream, tls).await;
        });
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(state.config.timeouts.shutdown(), all)
        .await
        .is_err()
    {
        let left = connections.len();
        state.logged(|| tracing::warn!(left, "answers were cut off: they took too long to end"));
        connections.shutdown().await;
    }
    Ok(())
}

struct Connection {
    peer: SocketAddr,
    state: State,
    router: Router,
    stop: watch::Receiver<bool>,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let timeouts = self.state.config.timeouts.clone();
        let state = self.state.clone();
        state.metrics.connections.inc();
        let _ = stream.set_nodelay(true);
        let stream = StallTimeout::new(stream, timeouts.stall());
        match tls {
            None => self.http(stream).await,
            Some(tls) => {
                let handshake =
                    tokio::time::timeout(timeouts.handshake(), tls.accept(stream)).await;
                if let Ok(Ok(stream)) = handshake {
                    self.http(stream).await;
                }
            }
        }
        state.metrics.connections.dec();
    }

    async fn http(mut self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let (state, router, peer) = (self.state.clone(), self.router.clone(), self.peer);
        let answer = tower::service_fn(move |request| {
            middleware::answer(state.clone(), router.clone(), peer, request)
        });
        let compress = CompressionLayer::new()
            .gzip(true)
            .quality(CompressionLevel::Fastest);
        let limits = &self.state.config.limits;
        // A little more than what is refused in words.
        let head = (limits.uri_bytes + limits.header_bytes).max(8 << 10) * 2;
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(self.state.config.timeouts.header())
            .max_buf_size(head)
            .serve_connection(
                TokioIo::new(stream),
                TowerToHyperService::new(compress.layer(answer)),
            );
        let mut connection = std::pin::pin!(connection);
        tokio::select! {
            ended = connection.as_mut() => {
                let _ = ended;
                return;
            }
            _ = self.stop.wait_for(|stop| *stop) => {}
        }
        connection.as_mut().graceful_shutdown();
        let _ = connection.await;
    }
}
