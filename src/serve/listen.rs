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
use socket2::{Domain, Socket, Type};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tower::Layer;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use super::middleware;
use super::room::{Place, Room};
use super::stall::{Patience, StallTimeout};
use super::state::State;
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

/// Opens the address of the API. Without TLS it must be of this machine, unless the caller insists.
pub(crate) fn bind(listen: &str, secure: bool, insecure_http: bool) -> Result<Listener> {
    bind_where(listen, secure || insecure_http, || {
        Error::new(
            ErrorKind::BadUsage,
            "plain HTTP on an address that others can reach: API keys and indicators could be read and changed on the way",
        )
        .hint("give `--tls-cert` and `--tls-key`, or `--insecure-http` where something in front of the server speaks TLS")
    })
}

/// Opens the address of the counters, which are plain HTTP and need no key.
pub(crate) fn bind_metrics(listen: &str, insecure_http: bool) -> Result<Listener> {
    bind_where(listen, insecure_http, || {
        let message = "the counters on an address that others can reach: they need no key, and are sent as plain HTTP";
        Error::new(ErrorKind::BadUsage, message).hint(
            "use an address of this machine, such as 127.0.0.1:9090, or give `--insecure-http`",
        )
    })
}

fn bind_where(listen: &str, anywhere: bool, refused: impl FnOnce() -> Error) -> Result<Listener> {
    let cannot = |cause: std::io::Error| {
        Error::new(
            ErrorKind::CannotListen,
            "cannot take connections at the address",
        )
        .at(listen)
        .because(cause)
    };
    let addresses: Vec<SocketAddr> = listen.to_socket_addrs().map_err(cannot)?.collect();
    let of_this_machine = |address: &SocketAddr| address.ip().to_canonical().is_loopback();
    if !anywhere && !addresses.iter().all(of_this_machine) {
        return Err(refused().at(listen));
    }
    let mut failed = std::io::Error::from(std::io::ErrorKind::AddrNotAvailable);
    for address in addresses {
        match open(address) {
            Ok(listener) => return Ok(listener),
            Err(cause) => failed = cause,
        }
    }
    Err(cannot(failed))
}

/// How many connections the system keeps for us while we take others.
const BACKLOG: i32 = 1024;

fn open(address: SocketAddr) -> std::io::Result<Listener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    socket.set_nonblocking(true)?;
    Ok(socket.into())
}

/// How much the system takes that is not on its way yet, in bytes: without a bound of its own it takes megabytes, and a client
/// that reads steadily seems to stand still for a long time.
const UNSENT: u32 = 128 << 10;

fn prepare(stream: &TcpStream) {
    let _ = stream.set_nodelay(true);
    #[cfg(target_os = "linux")]
    let _ = socket2::SockRef::from(stream).set_tcp_notsent_lowat(UNSENT);
    #[cfg(not(target_os = "linux"))]
    let _ = socket2::SockRef::from(stream).set_send_buffer_size(UNSENT as usize);
}

/// Accepts connections until `stop` says so, and then waits for the answers that are under way.
pub(crate) async fn serve(
    listener: Listener,
    tls: Option<TlsAcceptor>,
    router: Router,
    room: Arc<Room>,
    state: State,
    mut stop: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let accept = async {
            let (stream, peer) = listener.accept().await?;
            let (place, closed) = room.enter().await;
            if closed {
                state.metrics.displaced.inc();
            }
            Ok::<_, std::io::Error>((stream, peer, place))
        };
        let accepted = tokio::select! {
            accepted = accept => accepted,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, peer, place) = match accepted {
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
            place: Arc::new(place),
            state: state.clone(),
            router: router.clone(),
            stop: stop.clone(),
        };
        let tls = tls.clone();
        connections.spawn(async move {
            let (place, state) = (connection.place.clone(), connection.state.clone());
            state.metrics.connections.inc();
            tokio::select! {
                () = connection.run(stream, tls) => {}
                () = place.needed() => {}
            }
            state.metrics.connections.dec();
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
    place: Arc<Place>,
    state: State,
    router: Router,
    stop: watch::Receiver<bool>,
}

impl Connection {
    async fn run(self, stream: TcpStream, tls: Option<TlsAcceptor>) {
        let timeouts = self.state.config.timeouts.clone();
        prepare(&stream);
        let patience = Patience {
            stall: timeouts.stall(),
            least_speed: self.state.config.limits.least_bytes_per_second,
        };
        let stream = StallTimeout::new(stream, patience, self.place.clone());
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
    }

    async fn http(mut self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let (state, router, peer) = (self.state.clone(), self.router.clone(), self.peer);
        let place = self.place.clone();
        let answer = tower::service_fn(move |request| {
            middleware::answer(state.clone(), router.clone(), peer, place.clone(), request)
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
