//! Node applications: which of them a Dockerfile of the run starts, and which are looked at by
//! themselves.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Run;
use super::work::Work;
use crate::analyse::Analysis;
use crate::discover::is_dockerfile_name;
use crate::finding::Finding;
use crate::input::{DocumentKind, Input, shown};
use crate::source::Source;
use crate::tree::{Disk, Tree as _};

/// The packages that Dockerfiles start.
pub(super) type Covered = BTreeSet<PathBuf>;

/// What was said of files that several Dockerfiles start.
#[derive(Default)]
pub(super) struct Said(BTreeSet<(PathBuf, usize, String)>);

impl Said {
    /// Whether a finding was not said of another launch already.
    pub(super) fn is_new(&mut self, finding: &Finding, own: &Source) -> bool {
        let place = &finding.primary;
        place.is_in(own)
            || self.0.insert((place.file.path.clone(), place.span.start, finding.message.clone()))
    }
}

/// The packages that the launches of a file start.
pub(super) fn packages(analysis: &Analysis) -> impl Iterator<Item = &Path> {
    let readings = analysis.launches.iter().filter_map(|judged| judged.launch.node.as_ref());
    readings.filter_map(|reading| Some(reading.package.as_ref()?.path.as_path()))
}

/// Whether a package is worth a report: it starts something, and no Dockerfile does.
pub(super) fn is_reported(work: &Work, covered: &Covered) -> bool {
    match work.kind {
        DocumentKind::Dockerfile | DocumentKind::Entry => true,
        DocumentKind::Deployment => {
            work.analysis.platform.is_some() || !work.analysis.findings.is_empty()
        }
        DocumentKind::Package => {
            let is_found = !work.analysis.launches.is_empty() || !work.analysis.findings.is_empty();
            is_found && !covered.contains(&work.source.path)
        }
    }
}

impl Run<'_> {
    /// The files of the run, with those that a named source belongs to: the Dockerfile that starts its
    /// application, else its package; else the source is taken for the entry.
    pub(super) fn with_owners(&self, inputs: Vec<Input>) -> Vec<Input> {
        let mut all: Vec<Input> = inputs.into_iter().flat_map(|input| self.owners(input)).collect();
        let rank = |input: &Input| (input.kind, input.clone());
        all.sort_by_key(rank);
        all.dedup_by(|a, b| a.path == b.path);
        all
    }

    fn owners(&self, input: Input) -> Vec<Input> {
        let is_of_node = matches!(input.kind, DocumentKind::Package | DocumentKind::Entry);
        if !is_of_node || !input.is_named {
            return vec![input];
        }
        let folder = self.folder_of(&input.path);
        let root = folder.as_ref().as_ref().map(|folder| folder.root.clone()).unwrap_or_default();
        let above = || input.path.ancestors().skip(1).take_while(|one| one.starts_with(&root));
        let Some(package) = above().map(|one| one.join("package.json")).find(|path| path.is_file())
        else {
            return vec![input];
        };
        let files = above().flat_map(|one| {
            let names = Disk.list(one).into_iter().filter(|name| is_dockerfile_name(name));
            names.map(|name| one.join(name)).collect::<Vec<_>>()
        });
        let files = files.filter(|path| path.is_file()).map(|path| self.input(path));
        let starts = |one: &Input| {
            self.guarded(one)
                .is_ok_and(|work| packages(&work.analysis).any(|path| *path == package))
        };
        let dockerfiles: Vec<Input> = files.filter(starts).collect();
        if !dockerfiles.is_empty() {
            return dockerfiles;
        }
        let package = self.input(package);
        let is_read = |work: Work| {
            let mut readings =
                work.analysis.launches.iter().filter_map(|one| one.launch.node.as_ref());
            readings.any(|reading| reading.entry.is_some())
        };
        let is_package = input.kind == DocumentKind::Package;
        match is_package || self.guarded(&package).is_ok_and(is_read) {
            true => vec![package],
            false => vec![input],
        }
    }

    fn input(&self, path: PathBuf) -> Input {
        Input {
            shown: shown(&self.current, &path),
            kind: DocumentKind::of(&path),
            path,
            is_named: true,
        }
    }
}
