//! What the tests of the laws share.

mod cases;

pub(crate) use cases::cases;

use entrypatch::analyse::{Analysis, analyse, remove};
use entrypatch::config::{Config, Preset};
use entrypatch::settings::Settings;
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;
use proptest::prelude::{Strategy, prop};
use similar::{Algorithm, DiffOp, capture_diff_slices};

fn settings(preset: Preset) -> Settings {
    let service = Some("orders".to_owned());
    Settings::new(&Config { service, preset: Some(preset), ..Config::default() }).unwrap()
}

/// Which arguments are inserted, and whether into the command or as variables.
pub(crate) fn preset() -> impl Strategy<Value = Preset> {
    prop::sample::select(vec![Preset::Fargate, Preset::Minimal, Preset::Env])
}

/// What `check` and `fix` make of a Dockerfile that stands alone.
pub(crate) fn run(text: &str, preset: Preset) -> Analysis {
    analyse(&Source::new("Dockerfile", text), &settings(preset), &Surroundings::none())
}

/// What `remove` makes of it.
pub(crate) fn undo(text: &str, preset: Preset) -> Analysis {
    remove(&Source::new("Dockerfile", text), &settings(preset), &Surroundings::none())
}

/// Law 1: every byte of `before` stands in `after`, in its order.
pub(crate) fn only_inserts(before: &str, after: &str) -> bool {
    let operations = capture_diff_slices(Algorithm::Myers, before.as_bytes(), after.as_bytes());
    operations.iter().all(|op| matches!(op, DiffOp::Equal { .. } | DiffOp::Insert { .. }))
}
