//! Scripts and entries that several Dockerfiles start: what is put into one must suit all of them, and
//! each of them must get its jar in the same run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::work::{Work, analysed};
use super::{LARGEST_FILE, Mode, Run};
use crate::analyse::{Analysis, analyse, remove};
use crate::config::NodeMode;
use crate::discover::{Input, Kind, Search, discover};
use crate::report::Failure;
use crate::settings::Settings;
use crate::source::Source;
use crate::surroundings::{Locked, Surroundings};
use crate::tree::{Disk, read_regular};
use crate::write;

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
        let mut found = self.wishes(inputs, |input, analysis| self.of_input(input, analysis));
        // What is taken out harms nobody who starts the script.
        if self.mode != Mode::Remove {
            let others = self.not_asked(inputs, &found);
            found.extend(self.wishes(&others, |_, analysis| not_asked(analysis)));
            found.extend(self.unread(inputs, &found));
        }
        self.locked(found)
    }

    /// The scripts that not all want the same of.
    fn locked(&self, found: Vec<(PathBuf, Wish, Input)>) -> Locked {
        let mut wishes = Wishes::new();
        for (script, wish, input) in found {
            wishes.entry(script).or_default().entry(wish).or_insert(input.shown);
        }
        wishes.retain(|_, wishes| wishes.len() > 1 && wishes.keys().any(|one| one.is_text()));
        wishes.into_iter().map(|(script, wishes)| self.reason(script, &wishes)).collect()
    }

    /// Takes out flags that stand in several Dockerfiles because their one entry could not be edited for
    /// all of them: what `fix` would put back is known only from all of them without their flags.
    pub(super) fn take_out_flags(&self, works: &mut [Result<Work, Failure>], inputs: &[Input]) {
        let is_stuck = |work: &Work| {
            self.mode == Mode::Remove
                && entries(&work.analysis).next().is_some()
                && work.analysis.findings.iter().any(|finding| finding.rule == "not-removable")
        };
        if !works.iter().flatten().any(is_stuck) {
            return;
        }
        let wishes = inputs.par_iter().flat_map_iter(|input| self.without_flags(input));
        let locked = self.locked(wishes.collect());
        for work in works.iter_mut().flatten().filter(|work| is_stuck(work)) {
            if let Ok(folder) = work.folder.as_ref() {
                work.analysis = analysed(self.mode, &work.source, &work.path, folder, &locked);
            }
        }
    }

    /// What a Dockerfile without its flag would want of the entry that it starts.
    fn without_flags(&self, input: &Input) -> Vec<(PathBuf, Wish, Input)> {
        let Ok(work) = self.guarded(input) else { return Vec::new() };
        let Ok(folder) = work.folder.as_ref() else { return Vec::new() };
        if Kind::of(&input.path) != Kind::Dockerfile {
            return Vec::new();
        }
        let parent = input.path.parent().unwrap_or(&input.path);
        let surroundings = Surroundings::new(&Disk, parent, &folder.root);
        let by_flag = Settings { node_mode: NodeMode::Flag, ..folder.settings.clone() };
        let removed = remove(&work.source, &by_flag, &surroundings).after;
        let text = removed.unwrap_or_else(|| work.source.text.clone());
        let source = Source::new(work.source.path(), text);
        let wishes = not_asked(analyse(&source, &folder.settings, &surroundings)).into_iter();
        wishes.map(|(script, wish)| (script, wish, input.clone())).collect()
    }

    fn wishes(
        &self,
        inputs: &[Input],
        of: impl Fn(&Input, Analysis) -> BTreeMap<PathBuf, Wish> + Sync,
    ) -> Vec<(PathBuf, Wish, Input)> {
        let of_input = |input: &Input| {
            let analysis = self.guarded(input).map(|work| work.analysis).unwrap_or_default();
            let input = input.clone();
            of(&input, analysis)
                .into_iter()
                .map(move |(script, wish)| (script, wish, input.clone()))
        };
        inputs.par_iter().flat_map_iter(of_input).collect()
    }

    /// The Dockerfiles that cannot be read, and name a script: they may start it.
    fn unread(
        &self,
        inputs: &[Input],
        found: &[(PathBuf, Wish, Input)],
    ) -> Vec<(PathBuf, Wish, Input)> {
        let edited = found.iter().filter(|(_, wish, _)| wish.is_text());
        let scripts: BTreeSet<&Path> = edited.map(|(script, ..)| script.as_path()).collect();
        let dockerfiles = inputs.iter().filter(|one| Kind::of(&one.path) == Kind::Dockerfile);
        let unread = dockerfiles.filter(|input| self.guarded(input).is_err()).flat_map(|input| {
            let text = read_regular(&input.path, LARGEST_FILE).ok().flatten();
            let may_start = move |script: &Path| {
                let name = script.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let text = text.as_deref().map(String::from_utf8_lossy);
                text.is_none_or(|text| text.contains(&name))
            };
            let started: Vec<&Path> =
                scripts.iter().copied().filter(|script| may_start(script)).collect();
            started.into_iter().map(|script| (script.to_owned(), Wish::Nothing, input.clone()))
        });
        unread.collect()
    }

    fn of_input(&self, input: &Input, analysis: Analysis) -> BTreeMap<PathBuf, Wish> {
        let mut wishes = BTreeMap::new();
        if self.mode != Mode::Remove {
            let refused = analysis.launches.iter().filter(|one| one.reason.is_some());
            let scripts = refused.filter_map(|one| Some(one.script.as_ref()?.0.clone()));
            wishes.extend(scripts.map(|script| (script, Wish::Nothing)));
            // A package is no container: what it does not edit is started by nobody.
            if Kind::of(&input.path) == Kind::Dockerfile {
                wishes.extend(entries(&analysis).map(|entry| (entry, Wish::Nothing)));
            }
        }
        let changes = analysis.after.is_some();
        wishes.extend(texts(analysis));
        // A Dockerfile that must bring the jar, and cannot be written.
        if self.mode == Mode::Fix
            && changes
            && write::check_that_it_can_be_replaced(&input.path).is_err()
        {
            wishes.values_mut().for_each(|wish| *wish = Wish::Nothing);
        }
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
            ", not all of which can get the same edit"
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

/// An entry of Node needs no jar: a container that is not asked stays whole where it wants the same.
fn not_asked(analysis: Analysis) -> BTreeMap<PathBuf, Wish> {
    let scripts = analysis.launches.iter().filter_map(|launch| launch.script.as_ref());
    let scripts = scripts.map(|(script, _)| (script.clone(), Wish::NotAsked));
    let mut wishes: BTreeMap<PathBuf, Wish> = scripts.collect();
    let entries: BTreeSet<PathBuf> = entries(&analysis).collect();
    wishes.extend(entries.iter().map(|entry| (entry.clone(), Wish::Nothing)));
    wishes.extend(texts(analysis).filter(|(path, _)| entries.contains(path)));
    wishes
}

/// The sources that Node evaluates first.
fn entries(analysis: &Analysis) -> impl Iterator<Item = PathBuf> {
    let readings = analysis.launches.iter().filter_map(|judged| judged.launch.node.as_ref());
    readings.filter_map(|reading| Some(reading.entry.as_ref()?.path.clone()))
}

/// The files that an analysis would write.
fn texts(analysis: Analysis) -> impl Iterator<Item = (PathBuf, Wish)> {
    let scripts = analysis.scripts.into_iter();
    scripts.map(|one| (one.path, Wish::Text(one.after.unwrap_or_default())))
}
