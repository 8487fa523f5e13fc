//! The laws of the property tests, for inputs that a fuzzer finds.

use std::sync::LazyLock;

#[path = "../../tests/all/common/any_application.rs"]
mod any_application;
#[path = "../../tests/all/common/any_deployment.rs"]
mod any_deployment;
#[path = "../../tests/all/common/any_dockerfile.rs"]
mod any_dockerfile;
#[path = "../../tests/all/common/files.rs"]
mod files;

/// The shell's parser panics on some texts, and `shell::read` makes a refusal of it: that is no find.
static HOOK: LazyLock<()> = LazyLock::new(|| {
    std::panic::set_hook(Box::new(|panic| {
        if panic.location().is_none_or(|place| !place.file().contains("brush-parser")) {
            eprintln!("{panic}");
            std::process::abort();
        }
    }));
});

/// A text to the reader of Dockerfiles and of shell text.
pub fn read(text: &str) {
    LazyLock::force(&HOOK);
    any_dockerfile::read(text);
}

/// A Dockerfile to `fix`.
pub fn fix(text: &str) {
    LazyLock::force(&HOOK);
    any_dockerfile::fix(text);
}

/// A Dockerfile to `fix` and `remove`.
pub fn remove(text: &str) {
    LazyLock::force(&HOOK);
    any_dockerfile::remove(text);
}

/// A Node application to `fix` and `remove`: package.json, entry and import between zero bytes.
pub fn node(text: &str) {
    LazyLock::force(&HOOK);
    any_application::fix_and_remove(text);
}

/// What deploys an image to `fix` and `remove`, as YAML and as JSON.
pub fn deployment(text: &str) {
    LazyLock::force(&HOOK);
    any_deployment::fix_and_remove(text);
}
