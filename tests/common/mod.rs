//! What the tests of the laws share.

use entrypatch::analyse::{Analysis, analyse, remove};
use entrypatch::config::Config;
use entrypatch::settings::Settings;
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;
use proptest::prelude::ProptestConfig;
use similar::{Algorithm, DiffOp, capture_diff_slices};

fn settings() -> Settings {
    Settings::new(&Config { service: Some("orders".to_owned()), ..Config::default() }).unwrap()
}

/// What `check` and `fix` make of a Dockerfile that stands alone.
pub(crate) fn run(text: &str) -> Analysis {
    analyse(&Source::new("Dockerfile", text), &settings(), &Surroundings::none())
}

/// What `remove` makes of it.
pub(crate) fn undo(text: &str) -> Analysis {
    remove(&Source::new("Dockerfile", text), &settings(), &Surroundings::none())
}

/// Law 1: every byte of `before` stands in `after`, in its order.
pub(crate) fn only_inserts(before: &str, after: &str) -> bool {
    let operations = capture_diff_slices(Algorithm::Myers, before.as_bytes(), after.as_bytes());
    operations.iter().all(|op| matches!(op, DiffOp::Equal { .. } | DiffOp::Insert { .. }))
}

/// 1,000 cases, or `PROPTEST_CASES`.
pub(crate) fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: cases.unwrap_or(1000),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}
