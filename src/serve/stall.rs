//! A connection that gives up on a client that reads nothing, or too slowly.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use super::room::Place;

/// How long a client may let the server wait.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// For nothing at all.
    pub(crate) stall: Duration,
    /// The bytes that a client takes in a second, at least.
    pub(crate) least_speed: u64,
}

/// A stream whose other side must keep reading.
///
/// The client has a credit of time. What the server waits for it is taken off, and what it reads earns some at the least
/// speed, up to the time of a stall. So a whole answer is read within its size by the least speed and the time of a
/// stall, not counting what the server itself takes.
#[derive(Debug)]
pub(crate) struct StallTimeout<S> {
    inner: S,
    place: Arc<Place>,
    patience: Patience,
    credit: Duration,
    /// Since when the server waits for the client, and until when at most.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S> StallTimeout<S> {
    pub(crate) fn new(inner: S, patience: Patience, place: Arc<Place>) -> StallTimeout<S> {
        StallTimeout {
            inner,
            place,
            patience,
            credit: patience.stall,
            waiting: None,
        }
    }

    fn wrote(
        &mut self,
        cx: &mut Context<'_>,
        polled: Poll<io::Result<usize>>,
    ) -> Poll<io::Result<usize>> {
        match polled {
            Poll::Pending => {
                let credit = self.credit;
                let (_, timer) = self.waiting.get_or_insert_with(|| {
                    let now = Instant::now();
                    (now, Box::pin(sleep_until(now + credit)))
                });
                timer.as_mut().poll(cx).map(|()| {
                    let cause = "the client reads nothing, or too slowly";
                    Err(io::Error::new(io::ErrorKind::TimedOut, cause))
                })
            }
            Poll::Ready(Ok(count)) => {
                if let Some((since, _)) = self.waiting.take() {
                    self.credit = self.credit.saturating_sub(since.elapsed());
                }
                let earned = count as f64 / self.patience.least_speed.max(1) as f64;
                self.credit =
                    (self.credit + Duration::from_secs_f64(earned)).min(self.patience.stall);
                Poll::Ready(Ok(count))
            }
            failed => failed,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StallTimeout<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for StallTimeout<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write(cx, bytes);
        self.wrote(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.inner).poll_write_vectored(cx, parts);
        self.wrote(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    /// Called when all is written.
    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.inner).poll_flush(cx);
        if let Poll::Ready(Ok(())) = polled {
            self.place.caught_up();
        }
        polled
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
