//! Regular expressions of tables, each compiled when it is first needed: a file needs few of them.
//!
//! One by one, not as a `RegexSet`: of the eleven archives of [`crate::runtimes`], the set is compiled in
//! 0.7 ms and asked in 0.4 µs, those of them that are needed in 20 µs each and asked in 0.02 µs, because
//! each looks for its own literal first.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex::bytes::{Regex, RegexBuilder};

type Compiled = HashMap<&'static str, Option<Arc<Regex>>>;

/// The compiled expression; `None` where it is malformed (a test compiles those of every table).
///
/// It speaks of bytes: names of images and packages are ASCII, and so is `\s`.
pub(crate) fn pattern(text: &'static str) -> Option<Arc<Regex>> {
    static COMPILED: LazyLock<Mutex<Compiled>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || RegexBuilder::new(text).unicode(false).build().ok().map(Arc::new);
    compiled.entry(text).or_insert_with(compile).clone()
}

/// Whether an expression finds something in a text.
pub(crate) fn matches(regex: &'static str, text: &str) -> bool {
    pattern(regex).is_some_and(|regex| regex.is_match(text.as_bytes()))
}
