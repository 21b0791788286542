//! Whose turn it is: how much is made at once, and how much of that for one key.
//!
//! A *turn* is held while a piece of an answer is made, and not while a client reads it. A *slot* is the place of a whole
//! answer among those of its key, held until the client has all of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{AcquireError, OwnedSemaphorePermit, Semaphore};

/// The turns of all keys.
#[derive(Debug)]
pub(crate) struct Turns {
    all: Arc<Semaphore>,
    turns_per_key: usize,
    answers_per_key: usize,
    /// The shares of the keys that were used; there are no more than valid keys.
    keys: Mutex<HashMap<String, Arc<Share>>>,
}

#[derive(Debug)]
struct Share {
    turns: Arc<Semaphore>,
    answers: Arc<Semaphore>,
}

/// The place of one answer among those of its key.
#[derive(Debug)]
pub(crate) struct Slot(#[allow(dead_code)] OwnedSemaphorePermit); // held, not read

/// The turn to make one piece.
#[derive(Debug)]
pub(crate) struct Turn {
    _of_the_key: OwnedSemaphorePermit,
    _of_all: OwnedSemaphorePermit,
}

/// Gives the turns of one key.
#[derive(Debug, Clone)]
pub(crate) struct KeyTurns {
    all: Arc<Semaphore>,
    share: Arc<Share>,
}

fn semaphore(permits: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)))
}

impl Turns {
    pub(crate) fn new(all: usize, turns_per_key: usize, answers_per_key: usize) -> Turns {
        Turns {
            all: semaphore(all),
            turns_per_key,
            answers_per_key,
            keys: Mutex::default(),
        }
    }

    /// Waits until a key may have another answer.
    pub(crate) async fn enter(&self, key: &str) -> Result<(Slot, KeyTurns), AcquireError> {
        let share = {
            let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
            let share = keys.entry(key.to_owned()).or_insert_with(|| {
                Arc::new(Share {
                    turns: semaphore(self.turns_per_key),
                    answers: semaphore(self.answers_per_key),
                })
            });
            share.clone()
        };
        let slot = share.answers.clone().acquire_owned().await?;
        let turns = KeyTurns {
            all: self.all.clone(),
            share,
        };
        Ok((Slot(slot), turns))
    }
}

impl KeyTurns {
    /// Waits for the turn. The key's own share comes first, so that no more of one key wait in the line of all.
    pub(crate) async fn turn(&self) -> Result<Turn, AcquireError> {
        Ok(Turn {
            _of_the_key: self.share.turns.clone().acquire_owned().await?,
            _of_all: self.all.clone().acquire_owned().await?,
        })
    }
}
