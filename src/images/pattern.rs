//! Regular expressions of tables, each compiled when it is first needed: a file needs few of them.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use regex_lite::Regex;

type Compiled = HashMap<&'static str, Option<Arc<Regex>>>;

/// The compiled expression; `None` where it is malformed (a test compiles those of every table).
pub(crate) fn pattern(text: &'static str) -> Option<Arc<Regex>> {
    static COMPILED: LazyLock<Mutex<Compiled>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    compiled.entry(text).or_insert_with(|| Regex::new(text).ok().map(Arc::new)).clone()
}

/// Whether an expression finds something in a text.
pub(crate) fn matches(regex: &'static str, text: &str) -> bool {
    pattern(regex).is_some_and(|regex| regex.is_match(text))
}
