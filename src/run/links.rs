//! Scripts and entries that several Dockerfiles start: what is put into one must suit all of them, and
//! each of them must get its jar in the same run.
//!
//! Who else starts a file is found by a search in the bytes of the other Dockerfiles, before any of them
//! is parsed; each of those that may is read once, and what it wants of the files that it shares is kept.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use memchr::memmem;
use rayon::prelude::*;

use super::work::{Work, analysed};
use super::{Mode, Run};
use crate::analyse::{self, Analysis, JudgedLaunch, Verdict};
use crate::discover::{Search, discover};
use crate::input::{DocumentKind, Input};
use crate::launch::Launch;
use crate::node::TRACER_MODULES;
use crate::report::Failure;
use crate::source::Source;
use crate::surroundings::{Locked, Surroundings};
use crate::write;

/// What a Dockerfile wants of a file that others may start too.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Wish {
    /// This text.
    Text(Option<String>),
    /// The text that it has: the launch is refused.
    Nothing,
    /// The text that it has: the Dockerfile is not among the files of the run, and gets no jar.
    NotAsked,
}

impl Wish {
    fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }
}

/// How many files are kept that were read before their turn; of more only what they want is kept.
const MOST_AHEAD: usize = 4096;

/// The files of a run, and what is known of what they share.
pub(super) struct Links<'r> {
    run: &'r Run<'r>,
    inputs: &'r [Input],
    /// The folders whose files are all among the inputs.
    walked: &'r [PathBuf],
    /// What is wanted of each shared file, and the first Dockerfile that wants it.
    wishes: BTreeMap<PathBuf, BTreeMap<Wish, PathBuf>>,
    /// The shared files whose other Dockerfiles are known.
    linked: BTreeSet<PathBuf>,
    /// The inputs whose wishes are known.
    is_known: Vec<bool>,
    /// Inputs that were read before their turn.
    ahead: HashMap<usize, Result<Work, Failure>>,
    /// The inputs that could not be read.
    unread: Vec<usize>,
    /// The Dockerfiles of each repository that are not among the files of the run.
    others: BTreeMap<PathBuf, Vec<Input>>,
}

impl<'r> Links<'r> {
    pub(super) fn new(run: &'r Run<'r>, inputs: &'r [Input], walked: &'r [PathBuf]) -> Self {
        Self {
            run,
            inputs,
            walked,
            wishes: BTreeMap::new(),
            linked: BTreeSet::new(),
            is_known: vec![false; inputs.len()],
            ahead: HashMap::new(),
            unread: Vec::new(),
            others: BTreeMap::new(),
        }
    }

    /// The works of some inputs, in their order: what all who start a file cannot agree on is refused.
    pub(super) fn works(&mut self, range: Range<usize>) -> Vec<Result<Work, Failure>> {
        let known = range.clone().map(|at| (at, self.ahead.remove(&at))).collect::<Vec<_>>();
        let read = |(at, known): (usize, Option<Result<Work, Failure>>)| {
            known.unwrap_or_else(|| match self.inputs.get(at) {
                Some(input) => self.run.guarded(input),
                None => Err(Failure { path: String::new(), message: "no such input".to_owned() }),
            })
        };
        let mut works: Vec<_> = known.into_par_iter().map(read).collect();
        for (at, work) in range.clone().zip(&works) {
            self.note(at, work.as_ref().ok());
        }
        self.take_out_flags(&mut works);
        let shared = self.not_yet_linked(&works);
        if !shared.is_empty() {
            self.link(&shared, range.end);
        }
        let locked = self.locked(&works);
        if !locked.is_empty() {
            works.par_iter_mut().flatten().for_each(|work| self.run.respect(work, &locked));
        }
        works
    }

    /// Keeps what an input wants of the files that it shares.
    fn note(&mut self, at: usize, work: Option<&Work>) {
        let Some(known) = self.is_known.get_mut(at).filter(|known| !**known) else { return };
        *known = true;
        let Some(input) = self.inputs.get(at) else { return };
        match work {
            Some(work) => {
                for (path, wish) in self.run.wishes(work) {
                    self.want(path, wish, &input.shown);
                }
            }
            None => self.unread.push(at),
        }
    }

    fn want(&mut self, path: PathBuf, wish: Wish, shown: &Path) {
        let wishes = self.wishes.entry(path).or_default();
        wishes.entry(wish).or_insert_with(|| shown.to_owned());
    }

    /// The files beside the Dockerfiles that would change, and whose other Dockerfiles are not known.
    fn not_yet_linked(&self, works: &[Result<Work, Failure>]) -> Vec<Shared> {
        // What a task changes of a Dockerfile is linked by the configuration.
        let starts = |work: &&Work| work.kind != DocumentKind::Deployment;
        let shared = works.iter().flatten().filter(starts).flat_map(|work| {
            work.analysis.beside().map(|change| Shared {
                path: change.path.clone(),
                names: names(work, &change.path),
                root: work.root(),
            })
        });
        let mut shared: Vec<Shared> =
            shared.filter(|one| !self.linked.contains(&one.path)).collect();
        shared.sort();
        shared.dedup();
        shared
    }

    /// Reads every Dockerfile that may start one of the files.
    fn link(&mut self, shared: &[Shared], from: usize) {
        self.linked.extend(shared.iter().map(|one| one.path.clone()));
        let unread: Vec<usize> = self.unread.clone();
        let may_start: Vec<usize> = (from..self.inputs.len())
            .into_par_iter()
            .filter(|at| self.may_start(*at, shared))
            .collect();
        // In pieces: what is read ahead is kept in moderation.
        for piece in may_start.chunks(super::BATCH) {
            let read = |at: &usize| Some((*at, self.run.guarded(self.inputs.get(*at)?)));
            let works: Vec<_> = piece.par_iter().filter_map(read).collect();
            for (at, work) in works {
                self.note(at, work.as_ref().ok());
                if self.ahead.len() < MOST_AHEAD {
                    self.ahead.insert(at, work);
                }
            }
        }
        // What is taken out harms nobody who starts the script.
        if self.run.mode == Mode::Remove {
            return;
        }
        let unread = unread.into_iter().chain(self.unread.clone());
        for at in unread.collect::<BTreeSet<usize>>() {
            let Some(input) = self.inputs.get(at) else { continue };
            let bytes = self.run.tree.bytes(&input.path);
            for one in shared.iter().filter(|one| bytes.as_ref().is_none_or(|b| one.is_named_in(b)))
            {
                self.want(one.path.clone(), Wish::Nothing, &input.shown);
            }
        }
        self.ask_others(shared);
    }

    fn may_start(&self, at: usize, shared: &[Shared]) -> bool {
        let Some(input) = self.inputs.get(at) else { return false };
        if self.is_known.get(at) != Some(&false) || input.kind != DocumentKind::Dockerfile {
            return false;
        }
        let near = shared.iter().filter(|one| input.path.starts_with(&one.root));
        let near: Vec<&Shared> = near.collect();
        // What cannot be looked into is read, and fails there.
        !near.is_empty()
            && self.run.tree.bytes(&input.path).is_none_or(|bytes| {
                near.iter().any(|one| one.is_named_in(&bytes))
                    || memmem::find(&bytes, b".sh").is_some()
            })
    }

    /// The Dockerfiles of the repositories that are not among the files of the run.
    fn ask_others(&mut self, shared: &[Shared]) {
        let roots: BTreeSet<&PathBuf> = shared.iter().map(|one| &one.root).collect();
        for root in roots {
            if !self.others.contains_key(root) {
                let others = self.run.not_asked(root, self.inputs, self.walked);
                self.others.insert(root.clone(), others);
            }
            let of_root: Vec<&Shared> = shared.iter().filter(|one| one.root == *root).collect();
            let may_start = |input: &&Input| {
                let bytes = self.run.tree.bytes(&input.path);
                bytes.is_none_or(|bytes| of_root.iter().any(|one| one.is_named_in(&bytes)))
            };
            let others = self.others.get(root).map(Vec::as_slice).unwrap_or_default();
            let starting: Vec<&Input> = others.par_iter().filter(may_start).collect();
            let wishes = |input: &&Input| match self.run.guarded(input) {
                Ok(work) => self
                    .run
                    .wishes_of_another(&work)
                    .into_iter()
                    .map(|(path, wish)| (path, wish, input.shown.clone()))
                    .collect(),
                Err(_) => Vec::new(),
            };
            let wishes: Vec<_> = starting.par_iter().flat_map_iter(wishes).collect();
            for (path, wish, shown) in wishes {
                self.want(path, wish, &shown);
            }
        }
    }

    /// The files that must not be edited, because not all who start them want the same, and why.
    fn locked(&self, works: &[Result<Work, Failure>]) -> Locked {
        let touched = works.iter().flatten().flat_map(|work| work.analysis.beside());
        let touched: BTreeSet<&PathBuf> = touched.map(|change| &change.path).collect();
        let contested = touched.into_iter().filter_map(|path| {
            let wishes = self.wishes.get(path)?;
            (wishes.len() > 1).then(|| self.run.reason(path, wishes))
        });
        contested.collect()
    }

    /// Takes out flags that stand in several Dockerfiles because their one entry could not be edited for
    /// all of them: what `fix` would put back is known only from all of them without their flags.
    fn take_out_flags(&self, works: &mut [Result<Work, Failure>]) {
        let is_stuck = |work: &Work| {
            self.run.mode == Mode::Remove
                && entries(&work.analysis).next().is_some()
                && work.analysis.findings.iter().any(|finding| finding.rule == "not-removable")
        };
        if !works.iter().flatten().any(is_stuck) {
            return;
        }
        let wishes: Vec<_> = self
            .inputs
            .par_iter()
            .flat_map_iter(|input| {
                let work = self.run.guarded(input).ok();
                let wishes = work.map(|work| self.run.without_flags(&work));
                let wishes = wishes.unwrap_or_default().into_iter();
                wishes.map(|(path, wish)| (path, wish, input.shown.clone()))
            })
            .collect();
        let mut of_files: BTreeMap<PathBuf, BTreeMap<Wish, PathBuf>> = BTreeMap::new();
        for (path, wish, shown) in wishes {
            of_files.entry(path).or_default().entry(wish).or_insert(shown);
        }
        let contested = of_files
            .iter()
            .filter(|(_, wishes)| wishes.len() > 1 && wishes.keys().any(Wish::is_text));
        let locked: Locked =
            contested.map(|(path, wishes)| self.run.reason(path, wishes)).collect();
        for work in works.iter_mut().flatten().filter(|work| is_stuck(work)) {
            self.run.analyse_again(work, &locked);
        }
    }
}

/// A file that several Dockerfiles may start.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Shared {
    path: PathBuf,
    /// What a Dockerfile that starts it may call it: its name, and those of what leads to it.
    names: Vec<String>,
    /// The root of its repository.
    root: PathBuf,
}

impl Shared {
    fn is_named_in(&self, bytes: &[u8]) -> bool {
        self.names.iter().any(|name| memmem::find(bytes, name.as_bytes()).is_some())
    }
}

/// How a Dockerfile starts an application of Node without its name.
const NODE_COMMANDS: &[&str] = &["node", "npm", "yarn", "pnpm", "bun", "tsx", "pm2", "nest"];

fn names(work: &Work, path: &Path) -> Vec<String> {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let launches = || work.analysis.launches.iter().map(|judged| &judged.launch);
    let is_of_node = launches().any(|launch| launch.node.is_some());
    let scripts = work.analysis.launches.iter().filter_map(|one| name(&one.script.as_ref()?.0));
    let started = launches().flat_map(Launch::started_by).map(str::to_owned);
    let mut names: Vec<String> = name(path).into_iter().chain(scripts).chain(started).collect();
    if is_of_node {
        names.extend(NODE_COMMANDS.iter().map(|command| (*command).to_owned()));
    }
    names.sort();
    names.dedup();
    names
}

impl Run<'_> {
    /// What a Dockerfile of the run wants of the files that it shares.
    fn wishes(&self, work: &Work) -> BTreeMap<PathBuf, Wish> {
        let mut wishes = BTreeMap::new();
        let analysis = &work.analysis;
        if self.mode != Mode::Remove {
            let refused = analysis.launches.iter().filter(|one| one.reason.is_some());
            let scripts = refused.filter_map(|one| Some(one.script.as_ref()?.0.clone()));
            wishes.extend(scripts.map(|script| (script, Wish::Nothing)));
            // A package is no container: what it does not edit is started by nobody.
            if work.kind == DocumentKind::Dockerfile {
                wishes.extend(entries(analysis).map(|entry| (entry, Wish::Nothing)));
            }
        }
        wishes.extend(texts(analysis));
        if self.mode != Mode::Remove {
            wishes.extend(self.beside_flags(work));
        }
        // A Dockerfile that must bring the jar, and cannot be written.
        if self.mode == Mode::Fix
            && analysis.after().is_some()
            && write::check_that_it_can_be_replaced(&work.source.path).is_err()
        {
            wishes.values_mut().for_each(|wish| *wish = Wish::Nothing);
        }
        wishes
    }

    /// What a Dockerfile without its flag would want of the entry that it starts: another module, which does
    /// nothing, is loaded in place of the tracer.
    fn without_flags(&self, work: &Work) -> BTreeMap<PathBuf, Wish> {
        let Ok(folder) = work.folder.as_ref() else { return BTreeMap::new() };
        if work.kind != DocumentKind::Dockerfile {
            return BTreeMap::new();
        }
        let path = &work.source.path;
        let surroundings = Surroundings::new(&self.tree, path, &folder.root);
        let loads = |text: String, name: &&str| text.replace(*name, "node:path");
        let text = TRACER_MODULES.iter().fold(work.source.text.clone(), loads);
        let source = Arc::new(Source::new(path, text));
        texts_of_entries(&analyse::analyse(work.kind, &source, &folder.settings, &surroundings))
    }

    /// What a Dockerfile that has the tracer by a flag would want of its entry without it: it takes no harm
    /// from what the others get (a second `init()` does nothing), where that comes into its image too.
    fn beside_flags(&self, work: &Work) -> BTreeMap<PathBuf, Wish> {
        let has_flag =
            |one: &JudgedLaunch| one.verdict == Verdict::Instrumented && one.launch.node.is_some();
        if !work.analysis.launches.iter().any(has_flag) {
            return BTreeMap::new();
        }
        let wishes = self.without_flags(work).into_iter();
        wishes.filter(|(_, wish)| wish.is_text()).collect()
    }

    /// What a Dockerfile wants that is not among the files of the run. An entry of Node needs no jar: a
    /// container that is not asked stays whole where it wants the same.
    fn wishes_of_another(&self, work: &Work) -> BTreeMap<PathBuf, Wish> {
        let scripts = work.analysis.launches.iter().filter_map(|launch| launch.script.as_ref());
        let scripts = scripts.map(|(script, _)| (script.clone(), Wish::NotAsked));
        let mut wishes: BTreeMap<PathBuf, Wish> = scripts.collect();
        wishes.extend(texts_of_entries(&work.analysis));
        wishes.extend(self.beside_flags(work));
        wishes
    }

    /// The Dockerfiles of a repository that are not among the files of the run.
    fn not_asked(&self, root: &Path, inputs: &[Input], walked: &[PathBuf]) -> Vec<Input> {
        let current = &self.current;
        let search = Search { current, exclude: &[], force_exclude: false, known: walked };
        let all = discover(&search, &[root.to_owned()]).map(|found| found.inputs);
        let known: BTreeSet<&Path> = inputs.iter().map(|input| input.path.as_path()).collect();
        let is_other = |input: &Input| {
            input.kind == DocumentKind::Dockerfile && !known.contains(input.path.as_path())
        };
        all.unwrap_or_default().into_iter().filter(is_other).collect()
    }

    fn reason(&self, path: &Path, wishes: &BTreeMap<Wish, PathBuf>) -> (PathBuf, String) {
        let mut dockerfiles: Vec<_> = wishes.values().map(|path| path.to_string_lossy()).collect();
        dockerfiles.sort();
        let want = if wishes.contains_key(&Wish::NotAsked) {
            ": name all of them in one run, so that each gets its jar"
        } else if wishes.contains_key(&Wish::Nothing) {
            ", not all of which can get the same edit"
        } else {
            ", which want other options in it"
        };
        let name = self.shown(path);
        let reason = format!("{name} is started by {}{want}", dockerfiles.join(" and by "));
        (path.to_owned(), reason)
    }

    /// Plans again, without edits of files that are locked.
    pub(super) fn respect(&self, work: &mut Work, locked: &Locked) {
        if work.analysis.beside().any(|one| locked.contains_key(&one.path)) {
            self.analyse_again(work, locked);
        }
    }

    fn analyse_again(&self, work: &mut Work, locked: &Locked) {
        if let Ok(folder) = work.folder.as_ref() {
            let (kind, source) = (work.kind, &work.source);
            work.analysis = analysed(self.mode, (kind, source), folder, &self.tree, locked);
        }
    }
}

/// What is wanted of the entries of Node.
fn texts_of_entries(analysis: &Analysis) -> BTreeMap<PathBuf, Wish> {
    let mut wishes = BTreeMap::new();
    let entries: BTreeSet<PathBuf> = entries(analysis).collect();
    wishes.extend(entries.iter().map(|entry| (entry.clone(), Wish::Nothing)));
    wishes.extend(texts(analysis).filter(|(path, _)| entries.contains(path)));
    wishes
}

/// The sources that Node evaluates first.
fn entries(analysis: &Analysis) -> impl Iterator<Item = PathBuf> {
    let readings = analysis.launches.iter().filter_map(|judged| judged.launch.node.as_ref());
    readings.filter_map(|reading| Some(reading.entry.as_ref()?.path.clone()))
}

/// The files beside a document that an analysis would write.
fn texts(analysis: &Analysis) -> impl Iterator<Item = (PathBuf, Wish)> {
    analysis.beside().map(|change| (change.path.clone(), Wish::Text(change.after.clone())))
}
