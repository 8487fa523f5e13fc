//! Where a command starts several others: each way is followed once.

use std::cell::{Cell, RefCell};

/// How many starts of one command are followed.
const MOST_WAYS: usize = 20;

/// The ways that were taken at each fork, and those that are left.
#[derive(Debug, Default)]
pub(super) struct Forks {
    /// Which way was taken, of how many.
    taken: RefCell<Vec<(usize, usize)>>,
    /// How many forks this walk has met.
    met: Cell<usize>,
}

impl Forks {
    /// Which of several ways this walk takes.
    pub(super) fn choose(&self, ways: usize) -> usize {
        if ways < 2 {
            return 0;
        }
        let at = self.met.replace(self.met.get() + 1);
        let mut taken = self.taken.borrow_mut();
        match taken.get(at) {
            Some((way, _)) => *way,
            None => {
                taken.push((0, ways));
                0
            }
        }
    }

    /// Whether another way is left, which the next walk takes.
    pub(super) fn go_on(&self) -> bool {
        self.met.set(0);
        let mut taken = self.taken.borrow_mut();
        while let Some((way, ways)) = taken.last_mut() {
            if *way + 1 < *ways {
                *way += 1;
                return true;
            }
            taken.pop();
        }
        false
    }
}

/// Follows a command along every way.
pub(super) fn all<T>(mut walk: impl FnMut() -> T, forks: &Forks) -> Vec<T> {
    let mut found = vec![walk()];
    while forks.go_on() && found.len() < MOST_WAYS {
        found.push(walk());
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_is_taken_once() {
        let forks = Forks::default();
        let walk = || match forks.choose(2) {
            0 => (0, forks.choose(3)),
            way => (way, 0),
        };
        assert_eq!(all(walk, &forks), [(0, 0), (0, 1), (0, 2), (1, 0)]);
    }
}
