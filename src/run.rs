//! From the command line to the exit code: finds files, works on them in parallel, prints the
//! outcomes in order.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::Parser as _;
use rayon::prelude::*;

use crate::analyse::{Analysis, JudgedLaunch, analyse, remove};
use crate::cli::{Cli, Color, Command, RunArguments};
use crate::discover::{Found, Input, Search, discover, shown};
use crate::folders::{Folder, FolderResult, Folders};
use crate::report::{self, Failure, Outcome, Streams, Style, Summary, printable};
use crate::source::Source;
use crate::surroundings::{Locked, Surroundings};
use crate::tree::Disk;
use crate::{explain, patch, rules, write};

/// Files larger than this, in bytes, are not parsed.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;
/// How many files are worked on before their outcomes are printed: memory stays flat.
const BATCH: usize = 256;

/// What a run does with its findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Check,
    Diff,
    Fix,
    Remove,
}

impl Mode {
    fn writes(self) -> bool {
        matches!(self, Self::Fix | Self::Remove)
    }
}

/// How a run ended, as an exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Clean = 0,
    Findings = 1,
    Failed = 2,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match &cli.command {
        Command::Check(arguments) => run(Mode::Check, arguments),
        Command::Diff(arguments) => run(Mode::Diff, arguments),
        Command::Fix(arguments) => run(Mode::Fix, arguments),
        Command::Remove(arguments) => run(Mode::Remove, arguments),
        Command::Rules { format } => explain::list(*format, &mut io::stdout().lock())
            .map(|()| End::Clean)
            .map_err(Error::Output),
        Command::Explain { rule } => explain_rule(rule),
    };
    let end = result.unwrap_or_else(|error| match error {
        // Whoever reads us has seen enough.
        Error::Output(error) if error.kind() == io::ErrorKind::BrokenPipe => End::Clean,
        Error::Output(error) => complain(&format!("cannot write the result: {error}")),
        Error::Usage(message) => complain(&message),
    });
    ExitCode::from(end as u8)
}

/// A stream whose reader may have seen enough: what is written then is dropped, and the work goes on.
struct UntilClosed<W>(W);

impl<W: io::Write> io::Write for UntilClosed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            result => result,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.0.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            result => result,
        }
    }
}

/// What ends a run before its time.
enum Error {
    Usage(String),
    Output(io::Error),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn complain(message: &str) -> End {
    // Nothing is left to be done when even this cannot be written.
    let lines: Vec<String> = message.lines().map(printable).collect();
    let _ = writeln!(io::stderr(), "error: {}", lines.join("\n"));
    End::Failed
}

fn explain_rule(rule: &str) -> Result<End, Error> {
    if explain::explain(rule, &mut io::stdout().lock())? {
        return Ok(End::Clean);
    }
    Err(Error::Usage(format!("there is no rule {rule:?}; `entrypatch rules` lists them")))
}

fn run(mode: Mode, arguments: &RunArguments) -> Result<End, Error> {
    if let Some(jobs) = arguments.jobs {
        rayon::ThreadPoolBuilder::new()
            .num_threads(jobs.into())
            .build_global()
            .map_err(|error| Error::Usage(format!("--jobs {jobs}: {error}")))?;
    }
    for rule in arguments.settings.select.iter().chain(&arguments.settings.ignore) {
        if rules::named(rule).is_none() {
            let message = format!("there is no rule {rule:?}; `entrypatch rules` lists them");
            return Err(Error::Usage(message));
        }
    }
    let current = std::env::current_dir()
        .and_then(|current| current.canonicalize())
        .map_err(|error| Error::Usage(format!("cannot find the current directory: {error}")))?;
    let folders = Folders::new(current.clone(), &arguments.settings);
    let run = Run { mode, arguments, current, folders };
    // A mistake in a flag is told once, before any file is read.
    let here = run.folder_of(&run.current.join("Dockerfile"));
    if let Err(message) = here.as_ref() {
        return Err(Error::Usage(message.clone()));
    }
    if arguments.paths.iter().any(|path| path.as_os_str() == "-") {
        run.standard_input()
    } else {
        run.files()
    }
}

struct Run<'a> {
    mode: Mode,
    arguments: &'a RunArguments,
    /// The current directory, absolute, symlinks resolved.
    current: PathBuf,
    folders: Folders<'a>,
}

impl Run<'_> {
    fn files(&self) -> Result<End, Error> {
        let mut paths = self.arguments.paths.clone();
        if let Some(list) = &self.arguments.file_list {
            let text = std::fs::read_to_string(list).map_err(|error| {
                Error::Usage(format!("--file-list {}: {error}", list.display()))
            })?;
            paths.extend(text.lines().filter(|line| !line.trim().is_empty()).map(PathBuf::from));
        } else if paths.is_empty() {
            paths.push(PathBuf::from("."));
        }
        let here = self.folder_of(&self.current.join("Dockerfile"));
        let exclude = here.as_ref().as_ref().map(|here| here.config.exclude.clone());
        let exclude = exclude.unwrap_or_default();
        let search = Search {
            current: &self.current,
            exclude: &exclude,
            force_exclude: self.arguments.force_exclude,
        };
        let Found { inputs, mut failures, notes } =
            discover(&search, &paths).map_err(Error::Usage)?;
        self.print(|report, streams| {
            for note in notes.iter().filter(|_| !self.arguments.quiet) {
                writeln!(streams.err, "note: {}", printable(note))?;
            }
            let mut summary = Summary::default();
            let mut contested = None;
            let mut printed = BTreeSet::new();
            for batch in inputs.chunks(BATCH) {
                let mut works: Vec<_> = batch.par_iter().map(|input| self.guarded(input)).collect();
                let edits_script = |work: &Work| !work.analysis.scripts.is_empty();
                if works.iter().flatten().any(edits_script) {
                    let contested = contested.get_or_insert_with(|| self.contested(&inputs));
                    works.par_iter_mut().flatten().for_each(|work| self.respect(work, contested));
                }
                let outcomes: Vec<_> =
                    works.into_par_iter().map(|work| self.finished(work?)).collect();
                for outcome in outcomes {
                    match outcome {
                        Ok(mut outcome) => {
                            outcome.script_patches.retain(|patch| printed.insert(patch.clone()));
                            summary.add(&outcome);
                            report.file(&outcome, streams)?;
                        }
                        Err(failure) => failures.push(failure),
                    }
                }
            }
            failures.sort_by(|a, b| (&a.path, &a.message).cmp(&(&b.path, &b.message)));
            failures.dedup();
            report.finish(&failures, &summary, streams)?;
            Ok(self.end(&summary, !failures.is_empty()))
        })
    }

    /// Filters standard input: `fix` prints the fixed text, `diff` the patch, `check` the report.
    fn standard_input(&self) -> Result<End, Error> {
        if self.arguments.paths.len() > 1 || self.arguments.file_list.is_some() {
            return Err(Error::Usage("`-` cannot be combined with other paths".to_owned()));
        }
        let shown = shown(&self.current, &self.arguments.stdin_filename);
        let path = self.current.join(&shown);
        let folder = self.folder_of(&path);
        if let Err(message) = folder.as_ref() {
            return Err(Error::Usage(message.clone()));
        }
        let mut bytes = Vec::new();
        io::stdin()
            .take(LARGEST_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Error::Usage(format!("cannot read standard input: {error}")))?;
        let text =
            decoded(bytes).map_err(|message| Error::Usage(format!("standard input: {message}")))?;
        let source = Source::new(shown, text);
        let filter = self.mode.writes() && self.arguments.format == report::Format::Text;
        let in_input = |message: String| Error::Usage(format!("standard input: {message}"));
        let mut work = self.work(source, path, folder).map_err(in_input)?;
        if self.mode.writes() {
            let reason = "a script would have to be edited beside standard input: name the file";
            let scripts = work.analysis.scripts.iter();
            let locked = scripts.map(|script| (script.path.clone(), reason.to_owned())).collect();
            self.respect(&mut work, &locked);
        }
        let outcome = self.outcome(work, |_, _, _| Ok(())).map_err(in_input)?;
        self.print(|report, streams| {
            let mut summary = Summary::default();
            summary.add(&outcome);
            if filter {
                streams.out.write_all(outcome.source.text.as_bytes())?;
                report.file(
                    &Outcome { patch: None, script_patches: Vec::new(), ..outcome },
                    streams,
                )?;
            } else {
                report.file(&outcome, streams)?;
            }
            report.finish(&[], &summary, streams)?;
            Ok(self.end(&summary, false))
        })
    }

    fn print(
        &self,
        print: impl FnOnce(&mut dyn report::Report, &mut Streams<'_>) -> io::Result<End>,
    ) -> Result<End, Error> {
        let patches = self.mode != Mode::Check;
        let style = Style {
            patches,
            inserts: self.mode != Mode::Remove,
            quiet: self.arguments.quiet,
            colors: self.colors(patches),
            terminal: io::stdout().is_terminal(),
        };
        let mut out = io::BufWriter::new(UntilClosed(io::stdout().lock()));
        let mut err = io::stderr().lock();
        let mut report = report::report(self.arguments.format, style);
        let end = print(report.as_mut(), &mut Streams { out: &mut out, err: &mut err })?;
        out.flush()?;
        Ok(end)
    }

    /// Whether findings are coloured on the stream that they go to.
    fn colors(&self, patches: bool) -> bool {
        match self.arguments.color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto if patches => AutoStream::choice(&io::stderr()) != ColorChoice::Never,
            Color::Auto => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        }
    }

    /// Reads one file and plans its edits.
    fn guarded(&self, input: &Input) -> Result<Work, Failure> {
        guard(&input.shown, || {
            let source = Source::new(&input.shown, read(&input.path)?);
            self.work(source, input.path.clone(), self.folder_of(&input.path))
        })
    }

    /// Writes what was planned.
    fn finished(&self, work: Work) -> Result<Outcome, Failure> {
        let (shown, own) = (work.source.path().to_owned(), work.path.clone());
        guard(&shown, || {
            self.outcome(work, |path, before, after| {
                // Another Dockerfile may have put the same into a script that both start.
                if read(path).is_ok_and(|text| text == after) {
                    return Ok(());
                }
                let name = if path == own { "it".to_owned() } else { self.shown(path) };
                write::replace(path, before, after)
                    .map_err(|error| format!("cannot write {name}: {error}"))
            })
        })
    }

    fn work(&self, source: Source, path: PathBuf, folder: FolderResult) -> Result<Work, String> {
        let analysis = match folder.as_ref() {
            Ok(folder) => analysed(self.mode, &source, &path, folder, &Locked::new()),
            Err(message) => return Err(message.clone()),
        };
        Ok(Work { source, path, folder, analysis })
    }

    /// The scripts that several of the Dockerfiles would edit, each in another way.
    fn contested(&self, inputs: &[Input]) -> Locked {
        let edits = inputs.par_iter().flat_map_iter(|input| {
            let scripts = self.guarded(input).map(|work| work.analysis.scripts).unwrap_or_default();
            scripts.into_iter().map(move |script| (script.path, (script.after, &input.shown)))
        });
        let mut wanted: BTreeMap<PathBuf, BTreeMap<String, &PathBuf>> = BTreeMap::new();
        for (script, (after, dockerfile)) in edits.collect::<Vec<_>>() {
            wanted.entry(script).or_default().entry(after).or_insert(dockerfile);
        }
        wanted.retain(|_, texts| texts.len() > 1);
        let reason = |(script, texts): (PathBuf, BTreeMap<String, &PathBuf>)| {
            let mut dockerfiles: Vec<_> =
                texts.values().map(|path| path.to_string_lossy()).collect();
            dockerfiles.sort();
            let reason = format!(
                "{} is started by {}, which want other options in it",
                self.shown(&script),
                dockerfiles.join(" and by ")
            );
            (script, reason)
        };
        wanted.into_iter().map(reason).collect()
    }

    /// Plans again, without edits of scripts that are locked.
    fn respect(&self, work: &mut Work, locked: &Locked) {
        let touched = work.analysis.scripts.iter().any(|one| locked.contains_key(&one.path));
        if let Ok(folder) = work.folder.as_ref()
            && touched
        {
            work.analysis = analysed(self.mode, &work.source, &work.path, folder, locked);
        }
    }

    /// What is reported: after a fix, which `write` puts where it belongs, what remains in the fixed
    /// text. The Dockerfile comes first: with a jar and no agent it still starts.
    fn outcome(
        &self,
        work: Work,
        write: impl Fn(&Path, &str, &str) -> Result<(), String>,
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
            return Ok(Outcome { source, changed, launches, findings, patch, script_patches });
        }
        if let Some(after) = &analysis.after {
            write(&path, &source.text, after)?;
        }
        for script in &analysis.scripts {
            write(&script.path, &script.before, &script.after)?;
        }
        let text = analysis.after.unwrap_or_else(|| source.text.clone());
        let source = Source::new(source.path(), text);
        let Analysis { launches, findings, .. } =
            analysed(self.mode, &source, &path, folder, &Locked::new());
        let launches = self.with_shown_scripts(launches);
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
        let unified = |path: &Path, before: &str, after: &str| {
            patch::unified(&patch_path(path, folder), before, after)
        };
        let dockerfile = analysis.after.as_deref().map(|after| unified(path, &source.text, after));
        let scripts = analysis.scripts.iter();
        (dockerfile, scripts.map(|one| unified(&one.path, &one.before, &one.after)).collect())
    }

    fn with_shown_scripts(&self, mut launches: Vec<JudgedLaunch>) -> Vec<JudgedLaunch> {
        for (path, _) in launches.iter_mut().filter_map(|launch| launch.script.as_mut()) {
            *path = shown(&self.current, path);
        }
        launches
    }

    /// A path as reports show it.
    fn shown(&self, path: &Path) -> String {
        shown(&self.current, path).to_string_lossy().into_owned()
    }

    fn end(&self, summary: &Summary, failed: bool) -> End {
        let found = summary.error_findings > 0 || (self.mode == Mode::Diff && summary.patched > 0);
        match (failed, found && !self.arguments.exit_zero) {
            (true, _) => End::Failed,
            (false, true) => End::Findings,
            (false, false) => End::Clean,
        }
    }

    /// What holds for a file.
    fn folder_of(&self, path: &Path) -> FolderResult {
        self.folders.of(path.parent().unwrap_or(path))
    }
}

/// One file, read and planned.
struct Work {
    source: Source,
    path: PathBuf,
    folder: FolderResult,
    analysis: Analysis,
}

/// A panic becomes a failure of that file alone.
fn guard<T>(shown: &Path, work: impl FnOnce() -> Result<T, String>) -> Result<T, Failure> {
    let failure = |message: String| Failure { path: shown.to_string_lossy().into_owned(), message };
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| {
            Err("a fault of entrypatch, nothing was written; please report it".to_owned())
        })
        .map_err(failure)
}

fn analysed(
    mode: Mode,
    source: &Source,
    path: &Path,
    folder: &Folder,
    locked: &Locked,
) -> Analysis {
    let parent = path.parent().unwrap_or(path);
    let surroundings = Surroundings::new(&Disk, parent, &folder.root).with_locked(locked);
    match mode {
        Mode::Check | Mode::Diff | Mode::Fix => analyse(source, &folder.settings, &surroundings),
        Mode::Remove => remove(source, &folder.settings, &surroundings),
    }
}

/// From the root of the repository, else of the current directory, else of the disk.
fn patch_path(path: &Path, folder: &Folder) -> String {
    let relative = path.strip_prefix(&folder.root).unwrap_or(path);
    relative.to_string_lossy().trim_start_matches('/').to_owned()
}

fn read(path: &Path) -> Result<String, String> {
    let metadata = std::fs::metadata(path).map_err(|error| format!("cannot read it: {error}"))?;
    if !metadata.is_file() {
        return Err("cannot read it: not a regular file".to_owned());
    }
    let file = std::fs::File::open(path).map_err(|error| format!("cannot read it: {error}"))?;
    let mut bytes = Vec::with_capacity(metadata.len().min(LARGEST_FILE) as usize + 1);
    file.take(LARGEST_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| format!("cannot read it: {error}"))?;
    decoded(bytes)
}

fn decoded(bytes: Vec<u8>) -> Result<String, String> {
    if bytes.len() as u64 > LARGEST_FILE {
        return Err(format!("larger than {} MiB: not parsed", LARGEST_FILE >> 20));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        format!("not UTF-8 in line {line} (byte {at}); save it as UTF-8")
    })
}
