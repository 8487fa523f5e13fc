//! What the tests of the laws share.

mod cases;
mod insertion;

pub(crate) use cases::cases;
pub(crate) use insertion::only_inserts;

use entrypatch::analyse::{Analysis, analyse, remove};
use entrypatch::config::{Config, Preset};
use entrypatch::settings::Settings;
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;
use proptest::prelude::{Strategy, prop};

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
