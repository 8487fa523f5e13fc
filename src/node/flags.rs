//! What the flags in front of the entry load: `-r dd-trace/init`, `--import ./x.mjs`.

use super::order::has_ending;
use super::packages;
use super::runner::{How, Preload};

/// What the tracer's own files do when a flag loads them: file, flag, it initializes, it hooks into
/// native modules.
const BY_FLAG: &[(&str, How, bool, bool)] = &[
    ("init", How::Require, true, false),
    ("init.js", How::Require, true, false),
    ("init.js", How::Import, true, false),
    ("initialize.mjs", How::Import, true, true),
    ("initialize.mjs", How::Loader, true, true),
    ("register.js", How::Import, false, true),
    ("loader-hook.mjs", How::Loader, false, true),
];

/// The tracer's own files that a flag loads, as the flag names them; none begins like a later one.
pub const TRACER_MODULES: &[&str] = &[
    "dd-trace/initialize.mjs",
    "dd-trace/init.js",
    "dd-trace/init",
    "dd-trace/register.js",
    "dd-trace/loader-hook.mjs",
];

/// What flags say.
#[derive(Default)]
pub(super) struct ByFlags {
    /// One of them initializes the tracer.
    pub(super) initialized: bool,
    /// One of them loads the tracer, which the application initializes by itself.
    pub(super) loaded: bool,
    /// One of them hooks into native modules.
    pub(super) hooked: bool,
    /// Files of the application that they load.
    pub(super) files: Vec<String>,
    /// Another tracer.
    pub(super) other: Option<String>,
    /// A file of dd-trace that this flag cannot load, or that is not there.
    pub(super) unknown: Option<String>,
    /// A file that is named without its ending, which `--import` and `--loader` do not find.
    pub(super) not_found: Option<String>,
}

pub(super) fn by_flags(preloads: &[Preload]) -> ByFlags {
    let mut flags = ByFlags::default();
    for preload in preloads {
        // In NODE_OPTIONS Node knows double quotes only.
        let specifier = preload.specifier.trim_matches('"');
        let specifier =
            specifier.rsplit_once("node_modules/").map_or(specifier, |(_, package)| package);
        let package = packages::name(specifier);
        let is_file =
            package == "dd-trace" && package != specifier || specifier.starts_with(['.', '/']);
        if preload.how != How::Require && is_file && !has_ending(specifier) {
            flags.not_found = Some(specifier.to_owned());
        } else if package == "dd-trace" {
            let file = specifier.strip_prefix("dd-trace/").unwrap_or_default();
            let row = BY_FLAG.iter().find(|(name, how, ..)| *name == file && *how == preload.how);
            flags.initialized |= row.is_some_and(|row| row.2);
            flags.loaded |= file.is_empty() && preload.how != How::Loader;
            flags.hooked |= row.is_some_and(|row| row.3);
            if row.is_none() && !file.is_empty() {
                flags.unknown = Some(specifier.to_owned());
            }
        } else if specifier.starts_with(['.', '/']) {
            flags.files.push(specifier.to_owned());
        } else if packages::OTHER_TRACERS.contains(&package) {
            flags.other = Some(package.to_owned());
        } else if specifier.contains("dd-trace") {
            flags.unknown = Some(specifier.to_owned());
        }
    }
    flags
}
