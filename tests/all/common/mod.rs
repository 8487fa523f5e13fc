//! What the tests of the laws share.

pub(crate) mod any_dockerfile;

pub(crate) use any_dockerfile::only_inserts;

use std::sync::Arc;

use entrypatch::analyse::{Analysis, analyse, remove};
use entrypatch::input::DocumentKind;
use entrypatch::settings::{Preset, Settings};
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;
use proptest::prelude::{ProptestConfig, Strategy, prop};

/// 1,000 cases, or `PROPTEST_CASES`.
pub(crate) fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok());
    let cases = cases.unwrap_or(1000);
    ProptestConfig {
        cases,
        max_global_rejects: cases.saturating_mul(2),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

fn settings(preset: Preset) -> Settings {
    let service = Some("orders".to_owned());
    Settings { service, preset, ..Settings::default() }.checked().unwrap()
}

/// Which arguments are inserted, and whether into the command or as variables.
pub(crate) fn preset() -> impl Strategy<Value = Preset> {
    prop::sample::select(vec![Preset::Fargate, Preset::Minimal, Preset::Env])
}

/// What `check` and `fix` make of a Dockerfile that stands alone.
pub(crate) fn run(text: &str, preset: Preset) -> Analysis {
    analyse(
        DocumentKind::Dockerfile,
        &Arc::new(Source::new("Dockerfile", text)),
        &settings(preset),
        &Surroundings::none(),
    )
}

/// What `remove` makes of it, which knows nothing of the settings that `fix` had.
pub(crate) fn undo(text: &str) -> Analysis {
    remove(
        DocumentKind::Dockerfile,
        &Arc::new(Source::new("Dockerfile", text)),
        &Settings::default(),
        &Surroundings::none(),
    )
}
