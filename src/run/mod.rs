//! From the command line to the exit code: finds files, works on them in parallel, prints the
//! outcomes in order.

mod applications;
mod links;
mod work;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{self, IsTerminal as _, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use clap::Parser as _;
use rayon::prelude::*;

use crate::cli::{Cli, Color, Command, RunArguments};
use crate::discover::{Found, Search, discover};
use crate::folders::{FolderResult, Folders};
use crate::input::{DocumentKind, shown};
use crate::report::{self, Streams, Style, Summary, printable};
use crate::settings::Settings;
use crate::source::Source;
use crate::tree::{Kept, LARGEST_DOCUMENT, read_regular};
use crate::{explain, inspect, rules, select};
use applications::{Covered, Said};
use links::Links;
use work::decoded;

/// A larger list of files, in bytes, is not read.
const LARGEST_LIST: u64 = 64 << 20;
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
    if std::env::var_os("RUST_BACKTRACE").is_none_or(|value| value != "full") {
        std::panic::set_hook(Box::new(|_| {})); // the report says what a panic stopped
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(misused(&error) as u8),
    };
    let result = match &cli.command {
        Command::Check(arguments) => run(Mode::Check, arguments),
        Command::Diff(arguments) => run(Mode::Diff, arguments),
        Command::Fix(arguments) => run(Mode::Fix, arguments),
        Command::Remove(arguments) => run(Mode::Remove, arguments),
        Command::Inspect { target, files } => inspect(target.as_deref(), files),
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

/// Prints help, or what is wrong with the arguments: in plain letters where one of them could steer the
/// terminal.
fn misused(error: &clap::Error) -> End {
    let is_plain = |argument: OsString| {
        let text = argument.to_string_lossy();
        report::printable(&text) == text
    };
    if std::env::args_os().all(is_plain) {
        // Nothing is left to be done when even this cannot be written.
        let _ = error.print();
    } else {
        let _ = write!(io::stderr(), "{}", report::printable_lines(&error.to_string()));
    }
    if error.use_stderr() { End::Failed } else { End::Clean }
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

fn inspect(target: Option<&str>, files: &[PathBuf]) -> Result<End, Error> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for path in files {
        let read = || Ok(inspect::inspect(path, &work::read(path)?, target));
        let reading = work::guard(path, read);
        let reading = reading.unwrap_or_else(|failure| inspect::unreadable(path, failure.message));
        report::write_json(&mut out, &reading)?;
        writeln!(out)?;
    }
    out.flush()?;
    Ok(End::Clean)
}

fn explain_rule(rule: &str) -> Result<End, Error> {
    if explain::explain(rule, &mut io::stdout().lock())? {
        return Ok(End::Clean);
    }
    Err(Error::Usage(rules::unknown(rule)))
}

/// The stack of a thread, in bytes: nested shell text is parsed by calls that nest as deep.
const STACK: usize = 16 << 20;

fn run(mode: Mode, arguments: &RunArguments) -> Result<End, Error> {
    // 0: as many as there are processors.
    let jobs = arguments.jobs.map_or(0, usize::from);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(jobs)
        .stack_size(STACK)
        .build()
        .map_err(|error| Error::Usage(format!("--jobs {jobs}: {error}")))?;
    let flags = arguments.settings.flags.over(Settings::default()).map_err(Error::Usage)?;
    select::check_names(&flags).map_err(Error::Usage)?;
    let current = std::env::current_dir()
        .and_then(|current| current.canonicalize())
        .map_err(|error| Error::Usage(format!("cannot find the current directory: {error}")))?;
    let folders = Folders::new(current.clone(), &arguments.settings);
    let run = Run { mode, arguments, current, folders, tree: Kept::default() };
    // A mistake in a flag is told once, before any file is read.
    let here = run.folder_of(&run.current.join("Dockerfile"));
    if let Err(message) = here.as_ref() {
        return Err(Error::Usage(message.clone()));
    }
    pool.install(|| match arguments.paths.iter().any(|path| path.as_os_str() == "-") {
        true => run.standard_input(),
        false => run.files(),
    })
}

/// The paths of `--file-list`, one a line.
fn listed(list: &Path) -> Result<Vec<PathBuf>, String> {
    let bytes = read_regular(list, LARGEST_LIST).map_err(|error| error.to_string())?;
    let bytes = bytes.ok_or_else(|| format!("larger than {} MiB", LARGEST_LIST >> 20))?;
    let lines = bytes.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    Ok(lines.filter(|line| !line.trim_ascii().is_empty()).map(path_of).collect())
}

/// A path as the system spells it, UTF-8 or not.
fn path_of(bytes: &[u8]) -> PathBuf {
    #[cfg(unix)]
    let path = PathBuf::from(<std::ffi::OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes));
    #[cfg(not(unix))]
    let path = PathBuf::from(String::from_utf8_lossy(bytes).into_owned());
    path
}

struct Run<'a> {
    mode: Mode,
    arguments: &'a RunArguments,
    /// The current directory, absolute, symlinks resolved.
    current: PathBuf,
    folders: Folders<'a>,
    /// The files, each read once.
    tree: Kept,
}

/// A text that was printed, in few bytes.
fn hash_of(text: &str) -> u128 {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        (seed, text).hash(&mut hasher);
        u128::from(hasher.finish())
    };
    half(0) << 64 | half(1)
}

impl Run<'_> {
    fn files(&self) -> Result<End, Error> {
        let mut paths = self.arguments.paths.clone();
        if let Some(list) = &self.arguments.file_list {
            paths.extend(listed(list).map_err(|reason| {
                Error::Usage(format!("--file-list {}: {reason}", list.display()))
            })?);
        } else if paths.is_empty() {
            paths.push(PathBuf::from("."));
        }
        let here = self.folder_of(&self.current.join("Dockerfile"));
        let exclude = here.as_ref().as_ref().map(|here| here.settings.exclude.clone());
        let exclude = exclude.unwrap_or_default();
        let search = Search {
            current: &self.current,
            exclude: &exclude,
            force_exclude: self.arguments.force_exclude,
            known: &[],
        };
        let Found { inputs, mut failures, notes, walked } =
            discover(&search, &paths).map_err(Error::Usage)?;
        let inputs = self.with_owners(inputs);
        self.print(|report, streams| {
            for note in notes.iter().filter(|_| !self.arguments.quiet) {
                writeln!(streams.err, "note: {}", printable(note))?;
            }
            let mut summary = Summary::default();
            let mut links = Links::new(self, &inputs, &walked);
            let mut printed = BTreeSet::new();
            let mut covered = Covered::new();
            let mut said = Said::default();
            for start in (0..inputs.len()).step_by(BATCH) {
                let mut works = links.works(start..inputs.len().min(start + BATCH));
                let starts =
                    works.iter().flatten().filter(|work| work.kind == DocumentKind::Dockerfile);
                let started = starts.flat_map(|work| applications::packages(&work.analysis));
                covered.extend(started.map(Path::to_owned));
                works.retain(|work| {
                    work.as_ref().map_or(true, |work| applications::is_reported(work, &covered))
                });
                let outcomes: Vec<_> =
                    works.into_par_iter().map(|work| self.finished(work?)).collect();
                let mut done = Vec::with_capacity(outcomes.len());
                for outcome in outcomes {
                    match outcome {
                        Ok(mut outcome) => {
                            outcome.findings.retain(|one| said.is_new(one, &outcome.source));
                            outcome.patches.retain(|patch| printed.insert(hash_of(&patch.text)));
                            summary.add(&outcome);
                            done.push(outcome);
                        }
                        Err(failure) => failures.push(failure),
                    }
                }
                let of_files: Vec<_> = done.par_iter().map(|one| report.of_file(one)).collect();
                for of_file in of_files {
                    report.file(&of_file?, streams)?;
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
            .take(LARGEST_DOCUMENT + 1)
            .read_to_end(&mut bytes)
            .map_err(|error| Error::Usage(format!("cannot read standard input: {error}")))?;
        let text =
            decoded(bytes).map_err(|message| Error::Usage(format!("standard input: {message}")))?;
        let kind = DocumentKind::of(&path);
        let source = Arc::new(Source::new(&path, text));
        let filter = self.mode.writes() && self.arguments.format == report::Format::Text;
        let in_input = |message: String| Error::Usage(format!("standard input: {message}"));
        let mut work = self.work(kind, source, folder).map_err(in_input)?;
        if kind != DocumentKind::Dockerfile
            && self.mode != Mode::Check
            && let Some(other) = work.analysis.beside().next()
        {
            let other = self.shown(&other.path);
            let message = format!("{other} would have to change too: name the file instead");
            return Err(in_input(message));
        }
        if self.mode.writes() {
            let reason = "a script would have to be edited beside standard input: name the file";
            let beside = work.analysis.beside();
            let locked = beside.map(|one| (one.path.clone(), reason.to_owned())).collect();
            self.respect(&mut work, &locked);
        }
        let mut outcome = self.outcome(work, |_| Ok(())).map_err(in_input)?;
        self.print(|report, streams| {
            let mut summary = Summary::default();
            summary.add(&outcome);
            if filter {
                let text = &outcome.source.text;
                let text = match io::stdout().is_terminal() {
                    true => Cow::Owned(report::printable_lines(text)),
                    false => Cow::Borrowed(text.as_str()),
                };
                streams.out.write_all(text.as_bytes())?;
                outcome.patches.clear();
            }
            let printed = report.of_file(&outcome)?;
            report.file(&printed, streams)?;
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
            current: self.current.clone(),
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
