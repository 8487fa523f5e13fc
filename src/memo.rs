//! What was worked out once and is asked again: of an image, of a shell text. A proof reads most of what
//! was read before it, and many files have a base image or a start script in common.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{LazyLock, Mutex, PoisonError};

/// Answers by their questions, for all threads.
#[derive(Debug)]
pub(crate) struct Memo<K, V> {
    kept: LazyLock<Mutex<Kept<K, V>>>,
    /// How much is kept; when it is more, all is forgotten.
    most: usize,
}

#[derive(Debug)]
struct Kept<K, V> {
    answers: HashMap<K, V>,
    size: usize,
}

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self { answers: HashMap::new(), size: 0 }
    }
}

impl<K: Hash + Eq, V: Clone> Memo<K, V> {
    /// Knows nothing yet.
    pub(crate) const fn new(most: usize) -> Self {
        Self { kept: LazyLock::new(Mutex::default), most }
    }

    /// The answer that is kept, or a new one, worked out without holding the lock; `size` is what it adds
    /// to what is kept.
    pub(crate) fn get<Q>(&self, question: &Q, size: usize, answer: impl FnOnce() -> V) -> V
    where
        K: Borrow<Q>,
        Q: ?Sized + Hash + Eq + ToOwned<Owned = K>,
    {
        let lock = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().answers.get(question) {
            return known.clone();
        }
        let new = answer();
        let mut kept = lock();
        if kept.size + size > self.most {
            kept.answers.clear();
            kept.size = 0;
        }
        kept.size += size;
        kept.answers.insert(question.to_owned(), new.clone());
        new
    }
}
