//! One file of a run: read, planned, written, and what is reported of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Mode, Run};
use crate::analyse::{Analysis, analyse, remove};
use crate::change::{Change, ChangeSet};
use crate::folders::{Folder, FolderResult};
use crate::input::{DocumentKind, Input, shown};
use crate::patch;
use crate::report::{Failure, Outcome, Patch};
use crate::source::Source;
use crate::surroundings::{Locked, Surroundings};
use crate::tree::{LARGEST_DOCUMENT, Overlay, Tree, read_regular};
use crate::write;

impl Run<'_> {
    /// Reads one file and plans its edits.
    pub(super) fn guarded(&self, input: &Input) -> Result<Work, Failure> {
        guard(&input.shown, || {
            let text = self.text(input)?;
            let source = Arc::new(Source::new(&input.path, text));
            self.work(input.kind, source, self.folder_of(&input.path))
        })
    }

    /// The text of a document, read once.
    fn text(&self, input: &Input) -> Result<String, String> {
        let path = &input.path;
        let bytes = match input.kind {
            // Nothing else asks for it.
            DocumentKind::Dockerfile | DocumentKind::Deployment => self.tree.take(path),
            DocumentKind::Package | DocumentKind::Entry => self.tree.bytes(path),
        };
        match bytes {
            Some(bytes) => decoded(bytes.to_vec()),
            // It says why, where it cannot be read.
            None => read(path),
        }
    }

    /// Writes what was planned.
    pub(super) fn finished(&self, work: Work) -> Result<Outcome, Failure> {
        let own = work.source.path.clone();
        guard(&shown(&self.current, &own), || {
            self.outcome(work, |change: &Change| {
                let path = &change.path;
                // Another Dockerfile may put the same into a script that both start, now or before.
                let is_there = || match change.after.as_deref() {
                    Some(after) => read(path).is_ok_and(|text| text == after),
                    None => !path.exists(),
                };
                self.tree.forget(path);
                if is_there() {
                    return Ok(());
                }
                let name = if *path == own { "it".to_owned() } else { self.shown(path) };
                let written = match (change.before.as_deref(), change.after.as_deref()) {
                    (Some(before), Some(after)) => write::replace(path, before, after),
                    (None, Some(after)) => write::create(path, after),
                    (before, None) => write::delete(path, before.unwrap_or_default()),
                };
                self.tree.forget(path);
                match written {
                    Err(error) if !is_there() => Err(format!("cannot write {name}: {error}")),
                    _ => Ok(()),
                }
            })
        })
    }

    pub(super) fn work(
        &self,
        kind: DocumentKind,
        source: Arc<Source>,
        folder: FolderResult,
    ) -> Result<Work, String> {
        let analysis = match folder.as_ref() {
            Ok(folder) => analysed(self.mode, (kind, &source), folder, &self.tree, &Locked::new()),
            Err(message) => return Err(message.clone()),
        };
        Ok(Work { kind, source, folder, analysis })
    }

    /// What is reported: after a fix, which `write` puts where it belongs, what remains in the fixed
    /// text.
    pub(super) fn outcome(
        &self,
        work: Work,
        write: impl Fn(&Change) -> Result<(), String>,
    ) -> Result<Outcome, String> {
        let Work { kind, source, folder, analysis } = work;
        let folder = folder.as_ref().as_ref().map_err(Clone::clone)?;
        let patches = match self.mode {
            Mode::Check => Vec::new(),
            Mode::Diff | Mode::Fix | Mode::Remove => patches(folder, &analysis),
        };
        if !self.mode.writes() || analysis.changes.is_empty() {
            let Analysis { launches, findings, changes, platform, .. } = analysis;
            let changed = false;
            return Ok(Outcome {
                kind,
                platform,
                source,
                changed,
                launches,
                findings,
                changes,
                patches,
            });
        }
        for change in in_order(self.mode, &source.path, &analysis.changes) {
            write(change)?;
        }
        let source = match analysis.after() {
            Some(text) => Arc::new(Source::new(source.path(), text)),
            None => source,
        };
        let Analysis { changes, platform, .. } = analysis;
        let Analysis { launches, findings: left, .. } =
            analysed(self.mode, (kind, &source), folder, &self.tree, &Locked::new());
        // Ours is out: what is left is a person's own.
        let findings = if self.mode == Mode::Remove { analysis.findings } else { left };
        let changed = true;
        Ok(Outcome { kind, platform, source, changed, launches, findings, changes, patches })
    }

    /// A path as reports show it.
    pub(super) fn shown(&self, path: &Path) -> String {
        shown(&self.current, path).to_string_lossy().into_owned()
    }
}

/// The patch of the document, and those of the files beside it.
fn patches(folder: &Folder, analysis: &Analysis) -> Vec<Patch> {
    let profiling = ["-Ddd.profiling.enabled=true", "DD_PROFILING_ENABLED=true"];
    let patch = |change: &Change| {
        let path = patch_path(&change.path, folder);
        let text = match (change.before.as_deref(), change.after.as_deref()) {
            (Some(before), Some(after)) => patch::unified(path, before, after),
            (None, after) => patch::created(path, after.unwrap_or_default()),
            (Some(before), None) => patch::deleted(path, before),
        };
        Patch {
            text,
            adds_properties: change.adds("-Ddd."),
            adds_profiling: profiling.iter().any(|one| change.adds(one)),
        }
    };
    let own = analysis.changes.get(&analysis.path).into_iter();
    own.chain(analysis.beside()).map(patch).collect()
}

/// One file, read and planned.
pub(super) struct Work {
    pub(super) kind: DocumentKind,
    pub(super) source: Arc<Source>,
    pub(super) folder: FolderResult,
    pub(super) analysis: Analysis,
}

impl Work {
    /// The root of its repository.
    pub(super) fn root(&self) -> PathBuf {
        let folder = self.folder.as_ref().as_ref();
        folder.map(|folder| folder.root.clone()).unwrap_or_default()
    }
}

/// The order of writing in which the application starts after each of them, should the next one fail:
/// what is loaded (a tracer's file, a jar, a dependency) comes before what loads it, and goes after it.
fn in_order<'c>(mode: Mode, own: &Path, changes: &'c ChangeSet) -> Vec<&'c Change> {
    let mut files: Vec<&Change> = changes.iter().collect();
    files.sort_by_key(|change| {
        match (&change.before, &change.after, DocumentKind::of(&change.path)) {
            (None, ..) | (_, None, _) => 0,
            (.., DocumentKind::Package) => 1,
            // It starts the image with what the Dockerfile puts in.
            (.., DocumentKind::Deployment) => 4,
            _ if change.path == own => 2,
            _ => 3,
        }
    });
    if mode == Mode::Remove {
        files.reverse();
    }
    files
}

/// A panic becomes a failure of that file alone.
pub(super) fn guard<T>(
    shown: &Path,
    work: impl FnOnce() -> Result<T, String>,
) -> Result<T, Failure> {
    let failure = |message: String| Failure { path: shown.to_string_lossy().into_owned(), message };
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| {
            Err("a fault of entrypatch, nothing was written; please report it".to_owned())
        })
        .map_err(failure)
}

/// Analyses a document in its place on the disk.
pub(super) fn analysed(
    mode: Mode,
    (kind, source): (DocumentKind, &Arc<Source>),
    folder: &Folder,
    tree: &dyn Tree,
    locked: &Locked,
) -> Analysis {
    // A source may come by standard input: the disk has another text then.
    let is_on_disk = kind == DocumentKind::Dockerfile;
    let own = (!is_on_disk).then(|| Change::created(&source.path, source.text.clone()));
    let own = ChangeSet::of(own).unwrap_or_default();
    let overlay = Overlay { below: tree, changes: &own };
    let surroundings = Surroundings::new(&overlay, &source.path, &folder.root).with_locked(locked);
    let task = if mode == Mode::Remove { remove } else { analyse };
    task(kind, source, &folder.settings, &surroundings)
}

/// From the root of the repository, else of the current directory, else of the disk.
fn patch_path<'p>(path: &'p Path, folder: &Folder) -> &'p Path {
    let relative = path.strip_prefix(&folder.root).unwrap_or(path);
    relative.strip_prefix("/").unwrap_or(relative)
}

pub(super) fn read(path: &Path) -> Result<String, String> {
    let bytes = read_regular(path, LARGEST_DOCUMENT);
    let bytes = bytes.map_err(|error| format!("cannot read it: {error}"))?;
    decoded(bytes.ok_or_else(too_large)?)
}

fn too_large() -> String {
    format!("larger than {} MiB: not parsed", LARGEST_DOCUMENT >> 20)
}

pub(super) fn decoded(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() as u64 > LARGEST_DOCUMENT {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        format!("not UTF-8 in line {line} (byte {at}); save it as UTF-8")
    })
}
