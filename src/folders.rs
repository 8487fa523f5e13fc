//! What holds for the files of a folder: the root of its repository, its configuration.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::cli::SettingsArguments;
use crate::config::{self, Config};
use crate::input::shown;
use crate::settings::Settings;

/// What holds for the files of one folder.
#[derive(Debug)]
pub struct Folder {
    /// The root of the repository, else the current directory, else the folder itself.
    pub root: PathBuf,
    /// The configuration with the flags laid over it.
    pub config: Config,
    /// What follows from it.
    pub settings: Settings,
}

/// A folder, or why its configuration cannot be used.
pub type FolderResult = Arc<Result<Folder, String>>;

/// Reads each folder once; a folder without a configuration of its own has its parent's.
#[derive(Debug)]
pub struct Folders<'a> {
    /// The current directory, absolute, symlinks resolved.
    current: PathBuf,
    flags: &'a SettingsArguments,
    known: Mutex<Cache<FolderResult>>,
    git_roots: Mutex<Cache<Option<PathBuf>>>,
}

impl<'a> Folders<'a> {
    /// Knows no folder yet.
    pub fn new(current: PathBuf, flags: &'a SettingsArguments) -> Self {
        Self { current, flags, known: Mutex::default(), git_roots: Mutex::default() }
    }

    /// What holds for the files of `folder` (absolute, symlinks resolved).
    pub fn of(&self, folder: &Path) -> FolderResult {
        cached(&self.known, folder, || self.read(folder))
    }

    fn read(&self, folder: &Path) -> FolderResult {
        let root = self.root(folder);
        let own = folder.join(config::FILE_NAME);
        let file = match &self.flags.config {
            Some(file) => Some(file.clone()).filter(|_| folder == root),
            None => Some(own).filter(|own| !self.flags.isolated && own.symlink_metadata().is_ok()),
        };
        match (file, folder.parent()) {
            (None, Some(parent)) if folder != root => self.of(parent),
            (file, _) => Arc::new(self.build(root, file.as_deref())),
        }
    }

    fn build(&self, root: PathBuf, file: Option<&Path>) -> Result<Folder, String> {
        let mut config = match file {
            Some(file) => config::read(file, &shown(&self.current, file))?,
            None => Config::default(),
        };
        lay_over(&mut config, self.flags);
        let settings = Settings::new(&config).map_err(|message| match file {
            Some(file) => {
                format!("{message} (from the flags or {})", shown(&self.current, file).display())
            }
            None => message,
        })?;
        Ok(Folder { root, config, settings })
    }

    fn root(&self, folder: &Path) -> PathBuf {
        self.git_root(folder).unwrap_or_else(|| {
            let top = if folder.starts_with(&self.current) { &self.current } else { folder };
            top.to_path_buf()
        })
    }

    /// The nearest folder upwards that holds `.git`.
    fn git_root(&self, folder: &Path) -> Option<PathBuf> {
        cached(&self.git_roots, folder, || {
            if folder.join(".git").exists() {
                return Some(folder.to_path_buf());
            }
            self.git_root(folder.parent()?)
        })
    }
}

/// Something of each folder, by its path as it is written: taking paths apart costs more than the rest.
type Cache<V> = HashMap<OsString, V>;

/// Looks `key` up, or computes it without holding the lock.
fn cached<V: Clone>(cache: &Mutex<Cache<V>>, key: &Path, compute: impl FnOnce() -> V) -> V {
    let lock = || cache.lock().unwrap_or_else(PoisonError::into_inner);
    let known = lock().get(key.as_os_str()).cloned();
    known.unwrap_or_else(|| {
        let value = compute();
        lock().entry(key.into()).or_insert(value).clone()
    })
}

/// Lays the flags over the configuration.
fn lay_over(config: &mut Config, flags: &SettingsArguments) {
    let texts = [
        (&mut config.service, &flags.service),
        (&mut config.env, &flags.env),
        (&mut config.app_version, &flags.app_version),
        (&mut config.agent_host, &flags.agent_host),
        (&mut config.agent_path, &flags.agent_path),
        (&mut config.agent_url, &flags.agent_url),
        (&mut config.target, &flags.target),
    ];
    for (key, flag) in texts {
        if flag.is_some() {
            key.clone_from(flag);
        }
    }
    // A flag also wins over the `[java]` key of the same setting.
    let switches = [
        (&mut config.java.service, &flags.service),
        (&mut config.java.env, &flags.env),
        (&mut config.java.version, &flags.app_version),
        (&mut config.java.agent_host, &flags.agent_host),
    ];
    for (switch, flag) in switches {
        if flag.is_some() {
            *switch = None;
        }
    }
    config.preset = flags.preset.or(config.preset);
    config.provide = flags.provide.or(config.provide);
    config.carrier = flags.carrier.or(config.carrier);
    config.node_mode = flags.node_mode.or(config.node_mode);
    config.force |= flags.force;
    config.add_dependency = flags.add_dependency;
    if !flags.select.is_empty() {
        config.select.clone_from(&flags.select);
    }
    config.ignore.extend(flags.ignore.iter().cloned());
}
