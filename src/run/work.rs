//! One file of a run: read, planned, written, and what is reported of it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use super::{LARGEST_FILE, Mode, Run};
use crate::analyse::{
    Analysis, JudgedLaunch, Task, analyse, analyse_package, analyse_script, remove,
};
use crate::discover::{Input, Kind, shown};
use crate::finding::Finding;
use crate::folders::{Folder, FolderResult};
use crate::patch;
use crate::report::{Failure, Outcome};
use crate::source::Source;
use crate::surroundings::{Locked, Surroundings};
use crate::tree::{Disk, Overlay, read_regular};
use crate::write;

impl Run<'_> {
    /// Reads one file and plans its edits.
    pub(super) fn guarded(&self, input: &Input) -> Result<Work, Failure> {
        guard(&input.shown, || {
            let source = Source::new(&input.shown, read(&input.path)?);
            self.work(source, input.path.clone(), self.folder_of(&input.path))
        })
    }

    /// Writes what was planned.
    pub(super) fn finished(&self, work: Work) -> Result<Outcome, Failure> {
        let (shown, own) = (work.source.path().to_owned(), work.path.clone());
        guard(&shown, || {
            self.outcome(work, |path, before: Option<&str>, after: Option<&str>| {
                // Another Dockerfile may put the same into a script that both start, now or before.
                let is_there = || match after {
                    Some(after) => read(path).is_ok_and(|text| text == after),
                    None => !path.exists(),
                };
                if is_there() {
                    return Ok(());
                }
                let name = if path == own { "it".to_owned() } else { self.shown(path) };
                let written = match (before, after) {
                    (Some(before), Some(after)) => write::replace(path, before, after),
                    (None, Some(after)) => write::create(path, after),
                    (before, None) => write::delete(path, before.unwrap_or_default()),
                };
                match written {
                    Err(error) if !is_there() => Err(format!("cannot write {name}: {error}")),
                    _ => Ok(()),
                }
            })
        })
    }

    pub(super) fn work(
        &self,
        source: Source,
        path: PathBuf,
        folder: FolderResult,
    ) -> Result<Work, String> {
        let analysis = match folder.as_ref() {
            Ok(folder) => analysed(self.mode, &source, &path, folder, &Locked::new()),
            Err(message) => return Err(message.clone()),
        };
        Ok(Work { source, path, folder, analysis })
    }

    /// What is reported: after a fix, which `write` puts where it belongs, what remains in the fixed
    /// text.
    pub(super) fn outcome(
        &self,
        work: Work,
        write: impl Fn(&Path, Option<&str>, Option<&str>) -> Result<(), String>,
    ) -> Result<Outcome, String> {
        let Work { source, path, folder, analysis } = work;
        let folder = folder.as_ref().as_ref().map_err(Clone::clone)?;
        let (patch, script_patches) = match self.mode {
            Mode::Check => (None, Vec::new()),
            Mode::Diff | Mode::Fix | Mode::Remove => {
                self.patches(&source, &path, folder, &analysis)
            }
        };
        let changed = self.mode.writes() && (patch.is_some() || !script_patches.is_empty());
        if !changed {
            let Analysis { launches, findings, .. } = analysis;
            let launches = self.with_shown_scripts(launches);
            let findings = self.with_shown_files(findings);
            return Ok(Outcome { source, changed, launches, findings, patch, script_patches });
        }
        let own = analysis.after.as_deref().map(|after| (&*path, Some(&*source.text), Some(after)));
        let others = analysis.scripts.iter();
        let others = others.map(|one| (&*one.path, one.before.as_deref(), one.after.as_deref()));
        let files = own.into_iter().chain(others).collect();
        for (path, before, after) in in_order(self.mode, &path, files) {
            write(path, before, after)?;
        }
        let text = analysis.after.unwrap_or_else(|| source.text.clone());
        let source = Source::new(source.path(), text);
        let Analysis { launches, findings, .. } =
            analysed(self.mode, &source, &path, folder, &Locked::new());
        let launches = self.with_shown_scripts(launches);
        let findings = self.with_shown_files(findings);
        Ok(Outcome { source, changed, launches, findings, patch, script_patches })
    }

    /// The patch of the Dockerfile, and those of its scripts.
    fn patches(
        &self,
        source: &Source,
        path: &Path,
        folder: &Folder,
        analysis: &Analysis,
    ) -> (Option<String>, Vec<String>) {
        let unified = |path: &Path, before: Option<&str>, after: Option<&str>| {
            let path = patch_path(path, folder);
            match (before, after) {
                (Some(before), Some(after)) => patch::unified(path, before, after),
                (None, after) => patch::created(path, after.unwrap_or_default()),
                (Some(before), None) => patch::deleted(path, before),
            }
        };
        let own = analysis.after.as_deref();
        let dockerfile = own.map(|after| unified(path, Some(&source.text), Some(after)));
        let others = analysis.scripts.iter();
        let others =
            others.map(|one| unified(&one.path, one.before.as_deref(), one.after.as_deref()));
        (dockerfile, others.collect())
    }

    /// Findings in other files, with their paths as reports show them.
    fn with_shown_files(&self, mut findings: Vec<Finding>) -> Vec<Finding> {
        for elsewhere in findings.iter_mut().filter_map(|one| one.elsewhere.as_mut()) {
            elsewhere.source.path = shown(&self.current, &elsewhere.source.path);
        }
        findings
    }

    fn with_shown_scripts(&self, mut launches: Vec<JudgedLaunch>) -> Vec<JudgedLaunch> {
        let readings = launches.iter_mut().filter_map(|judged| judged.launch.node.as_mut());
        for entry in readings.filter_map(|reading| reading.entry.as_mut()) {
            entry.path = shown(&self.current, &entry.path);
        }
        for (path, _) in launches.iter_mut().filter_map(|launch| launch.script.as_mut()) {
            *path = shown(&self.current, path);
        }
        launches
    }

    /// A path as reports show it.
    pub(super) fn shown(&self, path: &Path) -> String {
        shown(&self.current, path).to_string_lossy().into_owned()
    }
}

/// One file, read and planned.
pub(super) struct Work {
    pub(super) source: Source,
    pub(super) path: PathBuf,
    pub(super) folder: FolderResult,
    pub(super) analysis: Analysis,
}

/// A file, its text before and after.
type Written<'a> = (&'a Path, Option<&'a str>, Option<&'a str>);

/// The order of writing in which the application starts after each of them, should the next one fail:
/// what is loaded (a tracer's file, a jar, a dependency) comes before what loads it, and goes after it.
fn in_order<'w>(mode: Mode, own: &Path, mut files: Vec<Written<'w>>) -> Vec<Written<'w>> {
    files.sort_by_key(|(path, before, after)| match (before, after, Kind::of(path)) {
        (None, ..) | (_, None, _) => 0,
        (.., Kind::Package) => 1,
        _ if *path == own => 2,
        _ => 3,
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

pub(super) fn analysed(
    mode: Mode,
    source: &Source,
    path: &Path,
    folder: &Folder,
    locked: &Locked,
) -> Analysis {
    let parent = path.parent().unwrap_or(path);
    // A source may come by standard input: the disk has another text then.
    let is_source = Kind::of(path) != Kind::Dockerfile;
    let own = is_source.then(|| (path.to_owned(), Some(source.text.clone())));
    let overlay = Overlay { below: &Disk, changed: own.as_slice() };
    let surroundings = Surroundings::new(&overlay, parent, &folder.root).with_locked(locked);
    let settings = &folder.settings;
    let task = if mode == Mode::Remove { Task::Remove } else { Task::Analyse };
    match (Kind::of(path), mode) {
        (Kind::Dockerfile, Mode::Check | Mode::Diff | Mode::Fix) => {
            analyse(source, settings, &surroundings)
        }
        (Kind::Dockerfile, Mode::Remove) => remove(source, settings, &surroundings),
        (Kind::Package, _) => analyse_package(source, path, settings, &surroundings, task),
        (Kind::Script, _) => analyse_script(source, path, settings, &surroundings, task),
    }
}

/// From the root of the repository, else of the current directory, else of the disk.
fn patch_path<'p>(path: &'p Path, folder: &Folder) -> &'p Path {
    let relative = path.strip_prefix(&folder.root).unwrap_or(path);
    relative.strip_prefix("/").unwrap_or(relative)
}

pub(super) fn read(path: &Path) -> Result<String, String> {
    let bytes = read_regular(path, LARGEST_FILE);
    let bytes = bytes.map_err(|error| format!("cannot read it: {error}"))?;
    decoded(bytes.ok_or_else(too_large)?)
}

fn too_large() -> String {
    format!("larger than {} MiB: not parsed", LARGEST_FILE >> 20)
}

pub(super) fn decoded(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(too_large());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        format!("not UTF-8 in line {line} (byte {at}); save it as UTF-8")
    })
}
