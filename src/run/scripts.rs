//! Scripts that several Dockerfiles start: what is put into one must suit all of them, and each of them
//! must get its jar in the same run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::work::{Work, analysed};
use super::{Mode, Run};
use crate::analyse::Analysis;
use crate::discover::{Input, Kind, Search, discover};
use crate::surroundings::Locked;

/// What a Dockerfile wants of a script that it starts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Wish {
    /// This text.
    Text(String),
    /// The text that it has: the launch is refused.
    Nothing,
    /// The text that it has: the Dockerfile is not among the files of the run, and gets no jar.
    NotAsked,
}

/// What is wanted of each script, and a Dockerfile that wants it.
type Wishes = BTreeMap<PathBuf, BTreeMap<Wish, PathBuf>>;

impl Run<'_> {
    /// The scripts that must not be edited, because not all Dockerfiles that start them want the same.
    pub(super) fn contested(&self, inputs: &[Input]) -> Locked {
        let mut found = self.wishes(inputs, |analysis| self.of_input(analysis));
        // What is taken out harms nobody who starts the script.
        if self.mode != Mode::Remove {
            let others = self.not_asked(inputs, &found);
            found.extend(self.wishes(&others, not_asked));
        }
        let mut wishes = Wishes::new();
        for (script, wish, input) in found {
            wishes.entry(script).or_default().entry(wish).or_insert(input.shown);
        }
        wishes.retain(|_, wishes| wishes.len() > 1 && wishes.keys().any(|one| one.is_text()));
        wishes.into_iter().map(|(script, wishes)| self.reason(script, &wishes)).collect()
    }

    fn wishes(
        &self,
        inputs: &[Input],
        of: impl Fn(Analysis) -> BTreeMap<PathBuf, Wish> + Sync,
    ) -> Vec<(PathBuf, Wish, Input)> {
        let of_input = |input: &Input| {
            let analysis = self.guarded(input).map(|work| work.analysis).unwrap_or_default();
            let input = input.clone();
            of(analysis).into_iter().map(move |(script, wish)| (script, wish, input.clone()))
        };
        inputs.par_iter().flat_map_iter(of_input).collect()
    }

    fn of_input(&self, analysis: Analysis) -> BTreeMap<PathBuf, Wish> {
        let refused = analysis.launches.into_iter().filter(|one| one.reason.is_some());
        let refused = refused.filter(|_| self.mode != Mode::Remove);
        let mut wishes: BTreeMap<PathBuf, Wish> =
            refused.filter_map(|launch| Some((launch.script?.0, Wish::Nothing))).collect();
        wishes.extend(
            analysis
                .scripts
                .into_iter()
                .map(|one| (one.path, Wish::Text(one.after.unwrap_or_default()))),
        );
        wishes
    }

    /// The other Dockerfiles of the repositories whose scripts are edited.
    fn not_asked(&self, inputs: &[Input], found: &[(PathBuf, Wish, Input)]) -> Vec<Input> {
        let root = |input: &Input| {
            self.folder_of(&input.path).as_ref().as_ref().ok().map(|folder| folder.root.clone())
        };
        let editing = found.iter().filter(|(_, wish, _)| wish.is_text());
        let roots: BTreeSet<PathBuf> = editing.filter_map(|(_, _, input)| root(input)).collect();
        let search = Search { current: &self.current, exclude: &[], force_exclude: false };
        let roots: Vec<PathBuf> = roots.into_iter().collect();
        let all = discover(&search, &roots).map(|found| found.inputs).unwrap_or_default();
        let known: BTreeSet<&Path> = inputs.iter().map(|input| input.path.as_path()).collect();
        let is_other = |input: &Input| {
            Kind::of(&input.path) == Kind::Dockerfile && !known.contains(input.path.as_path())
        };
        all.into_iter().filter(is_other).collect()
    }

    fn reason(&self, script: PathBuf, wishes: &BTreeMap<Wish, PathBuf>) -> (PathBuf, String) {
        let mut dockerfiles: Vec<_> = wishes.values().map(|path| path.to_string_lossy()).collect();
        dockerfiles.sort();
        let want = if wishes.contains_key(&Wish::NotAsked) {
            ": name all of them in one run, so that each gets its jar"
        } else if wishes.contains_key(&Wish::Nothing) {
            ", not all of which can be instrumented"
        } else {
            ", which want other options in it"
        };
        let name = self.shown(&script);
        (script, format!("{name} is started by {}{want}", dockerfiles.join(" and by ")))
    }

    /// Plans again, without edits of scripts that are locked.
    pub(super) fn respect(&self, work: &mut Work, locked: &Locked) {
        let touched = work.analysis.scripts.iter().any(|one| locked.contains_key(&one.path));
        if let Ok(folder) = work.folder.as_ref()
            && touched
        {
            work.analysis = analysed(self.mode, &work.source, &work.path, folder, locked);
        }
    }
}

impl Wish {
    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

fn not_asked(analysis: Analysis) -> BTreeMap<PathBuf, Wish> {
    let scripts = analysis.launches.into_iter().filter_map(|launch| launch.script);
    scripts.map(|(script, _)| (script, Wish::NotAsked)).collect()
}
