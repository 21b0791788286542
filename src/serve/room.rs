//! The room for connections: when it is full, the one that has said nothing for the longest time makes room for a new one.
//!
//! A connection is kept for as long as it has an answer to a valid key under way. Any other one is closed when its place
//! is needed: one without a request, with half a request, in a handshake, or with an answer that anybody may have.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::turns::Slot;

/// The places for all connections.
#[derive(Debug)]
pub(crate) struct Room {
    places: Arc<Semaphore>,
    /// The connections that may be closed, by when they last said something.
    idle: Mutex<BTreeMap<u64, Arc<Notify>>>,
    next: AtomicU64,
    /// A connection may be closed from now on.
    freed: Notify,
}

impl Room {
    pub(crate) fn new(connections: usize) -> Arc<Room> {
        Arc::new(Room {
            places: Arc::new(Semaphore::new(connections.min(Semaphore::MAX_PERMITS))),
            idle: Mutex::default(),
            next: AtomicU64::new(0),
            freed: Notify::new(),
        })
    }

    /// A place for a connection. Where there is none, another one is closed for it, or it waits for an answer to end.
    /// Tells whether one was closed.
    pub(crate) async fn enter(self: &Arc<Room>) -> (Place, bool) {
        let mut closed = false;
        let permit = loop {
            if let Ok(permit) = self.places.clone().try_acquire_owned() {
                break Some(permit);
            }
            let mut freed = std::pin::pin!(self.freed.notified());
            freed.as_mut().enable();
            if self.close_oldest() {
                closed = true;
                break self.places.clone().acquire_owned().await.ok();
            }
            tokio::select! {
                permit = self.places.clone().acquire_owned() => break permit.ok(),
                () = freed => {}
            }
        };
        let leave = Arc::new(Notify::new());
        let place = Place {
            room: self.clone(),
            seat: Mutex::new(Seat {
                idle: Some(self.line_up(&leave)),
                answer: None,
            }),
            ending: AtomicBool::new(false),
            leave,
            _permit: permit,
        };
        (place, closed)
    }

    /// Puts a connection behind all others that may be closed.
    fn line_up(&self, leave: &Arc<Notify>) -> u64 {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        self.idle().insert(number, leave.clone());
        number
    }

    fn close_oldest(&self) -> bool {
        let oldest = self.idle().pop_first();
        oldest.map(|(_, leave)| leave.notify_one()).is_some()
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, BTreeMap<u64, Arc<Notify>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one connection, free again when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    room: Arc<Room>,
    seat: Mutex<Seat>,
    /// The body of the answer has ended; what is left of it is on its way to the client.
    ending: AtomicBool,
    leave: Arc<Notify>,
    _permit: Option<OwnedSemaphorePermit>,
}

#[derive(Debug)]
struct Seat {
    /// The number in the line of those that may be closed.
    idle: Option<u64>,
    /// The place of its answer among those of the key.
    answer: Option<Slot>,
}

impl Place {
    /// Waits until another connection needs the place.
    pub(crate) async fn needed(&self) {
        self.leave.notified().await;
    }

    /// The connection said something.
    pub(crate) fn heard(&self) {
        let mut seat = self.seat();
        if let Some(number) = seat.idle {
            let mut idle = self.room.idle();
            // One that was asked to leave does not come back.
            if let Some(leave) = idle.remove(&number) {
                let number = self.room.next.fetch_add(1, Ordering::Relaxed);
                idle.insert(number, leave);
                seat.idle = Some(number);
            }
        }
    }

    /// An answer to a valid key begins: the connection is kept until the client has it.
    pub(crate) fn answers(&self, answer: Slot) {
        let mut seat = self.seat();
        self.ending.store(false, Ordering::Release);
        if let Some(number) = seat.idle.take() {
            self.room.idle().remove(&number);
        }
        seat.answer = Some(answer);
    }

    /// The body of an answer has ended.
    pub(crate) fn ended(&self) {
        self.ending.store(true, Ordering::Release);
    }

    /// All that was written is on its way to the client.
    pub(crate) fn caught_up(&self) {
        if !self.ending.load(Ordering::Acquire) {
            return;
        }
        let mut seat = self.seat();
        self.ending.store(false, Ordering::Release);
        if seat.answer.take().is_some() {
            seat.idle = Some(self.room.line_up(&self.leave));
            self.room.freed.notify_one();
        }
    }

    fn seat(&self) -> std::sync::MutexGuard<'_, Seat> {
        self.seat.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(number) = self.seat().idle {
            self.room.idle().remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::turns::Turns;
    use super::*;

    fn run(work: impl Future<Output = ()>) {
        tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build()
            .unwrap()
            .block_on(work);
    }

    async fn is_needed(place: &Place) -> bool {
        tokio::time::timeout(Duration::from_millis(20), place.needed())
            .await
            .is_ok()
    }

    #[test]
    fn the_one_that_is_silent_the_longest_makes_room() {
        run(async {
            let room = Room::new(3);
            let one = room.enter().await.0;
            let two = room.enter().await.0;
            let three = room.enter().await.0;
            one.heard();
            let entering = tokio::spawn({
                let room = room.clone();
                async move { room.enter().await }
            });
            assert!(is_needed(&two).await);
            assert!(!is_needed(&one).await && !is_needed(&three).await);
            two.heard();
            assert!(!entering.is_finished());
            drop(two);
            assert!(entering.await.unwrap().1);
        });
    }

    #[test]
    fn an_answer_is_kept_until_the_client_has_it() {
        run(async {
            let room = Room::new(1);
            let turns = Turns::new(8, 8, 8);
            let one = room.enter().await.0;
            one.answers(turns.enter("key").await.unwrap().0);
            let entering = tokio::spawn({
                let room = room.clone();
                async move { room.enter().await }
            });
            // Between two pieces everything may have been written.
            one.caught_up();
            assert!(!is_needed(&one).await);
            one.ended();
            assert!(!is_needed(&one).await);
            one.caught_up();
            assert!(is_needed(&one).await);
            drop(one);
            let (_place, closed) = entering.await.unwrap();
            assert!(closed);
        });
    }
}
