//! `entrypatch.toml`: where it is found, and how it is read; its keys are [`Settings`].

use std::path::Path;

use crate::settings::Settings;
use crate::tree::read_regular;

/// The name of the file.
pub const FILE_NAME: &str = "entrypatch.toml";

/// A larger configuration, in bytes, is not read.
const LARGEST: u64 = 256 << 10;

/// Reads a configuration file; messages call it `shown`.
///
/// # Errors
/// The file cannot be read, is no TOML, or has a key that is not known; the message names it and
/// lists the valid ones.
pub fn read(path: &Path, shown: &Path) -> Result<Settings, String> {
    let shown = shown.display();
    let failed = |reason: String| format!("{shown}: cannot read the configuration: {reason}");
    let bytes = read_regular(path, LARGEST).map_err(|error| failed(error.to_string()))?;
    let bytes = bytes.ok_or_else(|| failed(format!("it is larger than {} KiB", LARGEST >> 10)))?;
    let text = String::from_utf8(bytes).map_err(|error| failed(error.to_string()))?;
    toml::from_str(&text).map_err(|error| format!("{shown}: {}", error.to_string().trim_end()))
}
