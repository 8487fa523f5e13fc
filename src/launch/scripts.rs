//! From a path in the image to the file of the build context that COPY and ADD put there.

use std::cell::{Cell, OnceCell};
use std::path::{Path, PathBuf};

use crate::cooked::Cooked;
use crate::dockerfile::{Dockerfile, Kind, Transfer};
use crate::effects::{Effect, Target};
use crate::facts::{self, Action, StageFacts};
use crate::image_path::{fits, normal};
use crate::images;
use crate::surroundings::{ContextFile, Surroundings};

use super::rough::looks_like_script;
use super::written::{self, Written};
use crate::wrappers::base_name;

/// The folders in which a program without a folder is looked for, unless ENV says otherwise.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// How many copies from other stages one file is looked for through: a stage may copy from another one
/// many times, and that one too.
const MOST_COPIES: usize = 100;

/// Why a script cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unseen {
    /// What stopped us, with the line of the instruction.
    pub(super) reason: String,
    /// The file says where the script comes from.
    pub(super) named: bool,
}

/// In which folders a file is looked for whose name has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    /// A program: in those of PATH.
    Path,
    /// The operand of a shell, `sh start.sh`: in the working directory, then in those of PATH
    /// (<https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sh.html#tag_20_110_05>; dash and bash
    /// do so, busybox looks no further than the working directory).
    FolderThenPath,
    /// The operand of `.`: in those of PATH, then, for bash, in the working directory
    /// (<https://www.gnu.org/software/bash/manual/bash.html#index-_002e>).
    PathThenFolder,
    /// What a program opens, `java @jvm.args`: in the working directory alone.
    Folder,
}

/// A script that was found.
#[derive(Debug)]
pub(super) enum Script {
    /// In the build context.
    File(ContextFile),
    /// In the Dockerfile itself.
    Written(Written),
}

impl Script {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::File(file) => &file.text,
            Self::Written(written) => &written.text.text,
        }
    }
}

/// Looks in one Dockerfile for where files come from.
pub(super) struct Finder<'a> {
    pub(super) file: &'a Dockerfile,
    pub(super) facts: &'a StageFacts,
    pub(super) surroundings: &'a Surroundings<'a>,
    /// The build context, looked for once.
    context: OnceCell<PathBuf>,
    /// How many copies may still be followed for the file that is looked for.
    copies_left: Cell<usize>,
}

impl<'a> Finder<'a> {
    pub(super) fn new(
        file: &'a Dockerfile,
        facts: &'a StageFacts,
        surroundings: &'a Surroundings<'a>,
    ) -> Self {
        let (context, copies_left) = (OnceCell::new(), Cell::new(0));
        Self { file, facts, surroundings, context, copies_left }
    }
}

impl Finder<'_> {
    /// The folder that what is copied most likely comes from.
    pub(super) fn context(&self) -> &Path {
        let look = || self.surroundings.context_folder(&self.copied()).to_owned();
        self.context.get_or_init(look)
    }

    /// The script that `program` starts in a working directory (`None`: nobody knows which).
    pub(super) fn script(
        &self,
        program: &str,
        folder: Option<&str>,
        order: Order,
    ) -> Result<Script, Unseen> {
        let relative = match order {
            Order::Path => program.contains('/') && !program.starts_with('/'),
            Order::FolderThenPath | Order::PathThenFolder | Order::Folder => {
                !program.starts_with('/')
            }
        };
        if relative && folder.is_none() {
            let reason = "the folder that it is started in is not known".to_owned();
            return Err(Unseen { reason, named: true });
        }
        let mut unseen = None;
        // A program of the system is not looked for in every copied folder.
        let in_folders =
            order == Order::Folder || program.contains('/') || looks_like_script(program);
        self.begin();
        for path in self.candidates(program, folder, order) {
            match self.at(self.facts, &path, in_folders) {
                Ok(found) => return Ok(found),
                // It is there, and nobody knows what it says: it hides what comes later.
                Err(one) if one.named && order != Order::Path => return Err(one),
                // A folder that names the script says more than one that could hold it.
                Err(one) if one.named || unseen.is_none() => unseen = Some(one),
                Err(_) => {}
            }
        }
        Err(unseen.unwrap_or_else(|| nothing_puts(program)))
    }

    /// Where it is looked for, in order: the path itself, or the folders that hold it.
    fn candidates(&self, program: &str, folder: Option<&str>, order: Order) -> Vec<String> {
        let here = || normal(&facts::join(folder, program));
        if order == Order::Folder || program.contains('/') {
            return vec![here()];
        }
        let folders = self.path_folders();
        let mut paths: Vec<String> =
            folders.map(|folder| normal(&facts::join(Some(folder), program))).collect();
        match order {
            Order::Path | Order::Folder => {}
            Order::FolderThenPath => paths.insert(0, here()),
            Order::PathThenFolder => paths.push(here()),
        }
        paths
    }

    /// The folders that programs are looked for in.
    pub(super) fn path_folders(&self) -> impl Iterator<Item = &str> {
        let own = self.facts.environment.get("PATH").map(String::as_str).unwrap_or_default();
        own.split(':').chain(PATH.split(':')).filter(|folder| folder.starts_with('/'))
    }

    /// The file of the context that stands at `path` at the end of a stage.
    fn at(&self, facts: &StageFacts, path: &str, in_folders: bool) -> Result<Script, Unseen> {
        let mut path = path.to_owned();
        let mut parts: Vec<Written> = Vec::new();
        for action in facts.actions.iter().rev() {
            let line = || self.file.line(action.instruction);
            match self.file.instructions.get(action.instruction).map(|one| &one.kind) {
                Some(Kind::Run(text)) => match before_run(action.effects(self.file), &path) {
                    Before::At(from) => {
                        path = from;
                        if !parts.is_empty() && may_bring(action.effects(self.file), &path) {
                            return Err(made_by_run(line()));
                        }
                    }
                    Before::Edited => return Err(made_by_run(line())),
                    Before::Written(from) => {
                        path = from;
                        let part = written::by_run(text, action, self.file, &path);
                        let part = part.ok_or_else(|| made_by_run(line()))?;
                        let is_whole = part.is_whole;
                        parts.push(part);
                        if is_whole {
                            return in_order(parts).ok_or_else(|| made_by_run(line()));
                        }
                        if may_bring(action.effects(self.file), &path) {
                            return Err(made_by_run(line()));
                        }
                    }
                },
                Some(Kind::Transfer(transfer)) => {
                    if let Some(document) = written::by_transfer(transfer, action, &path) {
                        parts.push(document.ok_or_else(|| filled_in(line()))?);
                        return in_order(parts).ok_or_else(|| made_by_run(line()));
                    }
                    let sources = sources(action, &path).into_iter();
                    for (source, rest) in sources.filter(|(_, rest)| in_folders || !rest) {
                        match self.through(transfer, &source) {
                            Err(one) if !rest || one.named => {
                                let reason = format!("{} (line {})", one.reason, line());
                                return Err(Unseen { reason, named: true });
                            }
                            // Another folder, or an earlier instruction, may bring it.
                            Err(_) => {}
                            found if parts.is_empty() => return found,
                            _ => return Err(made_by_run(line())),
                        }
                    }
                }
                _ => {}
            }
        }
        if let Some(whole) = in_order(parts) {
            return Ok(whole);
        }
        let base = facts.image.as_deref().map(images::look_up);
        let of_base = base.and_then(|base| base.entrypoint.clone()).unwrap_or_default();
        Err(match of_base.contains(&path) {
            true => Unseen { reason: "it is a script of the base image".to_owned(), named: true },
            false => nothing_puts(&path),
        })
    }

    /// The file that one COPY or ADD takes.
    fn through(&self, transfer: &Transfer, source: &str) -> Result<Script, Unseen> {
        let unseen = |reason: String| Unseen { reason, named: false };
        let Some(from) = &transfer.from else {
            if source.contains("://") {
                return Err(unseen(format!("it is downloaded from {source}")));
            }
            let file = self.surroundings.context_file(source, &self.copied());
            return file.map(Script::File).map_err(unseen);
        };
        match self.file.copied_stage(from) {
            Some(stage) if self.follow() => {
                let facts = facts::of(self.file, stage);
                let path = normal(&facts::join(Some("/"), source));
                self.at(&facts, &path, true)
            }
            Some(_) => Err(unseen("it comes through too many stages".to_owned())),
            None => Err(unseen(format!("it comes from the image {from}"))),
        }
    }

    /// Another file is looked for.
    pub(super) fn begin(&self) {
        self.copies_left.set(MOST_COPIES);
    }

    /// Whether one more copy from another stage is followed.
    pub(super) fn follow(&self) -> bool {
        let left = self.copies_left.get();
        self.copies_left.set(left.saturating_sub(1));
        left > 0
    }

    /// Everything that the Dockerfile copies from the context.
    pub(super) fn copied(&self) -> Vec<String> {
        let transfers = self.file.instructions.iter().filter_map(|one| match &one.kind {
            Kind::Transfer(transfer) if transfer.from.is_none() => Some(&transfer.sources),
            _ => None,
        });
        transfers.flatten().cloned().collect()
    }
}

/// The parts of a script, the last of them first.
fn in_order(parts: Vec<Written>) -> Option<Script> {
    Written::joined(parts.into_iter().rev()).map(Script::Written)
}

fn made_by_run(line: usize) -> Unseen {
    Unseen { reason: format!("the RUN in line {line} makes it"), named: true }
}

fn filled_in(line: usize) -> Unseen {
    let reason = format!("what Docker fills into the here-document in line {line} is not known");
    Unseen { reason, named: true }
}

fn nothing_puts(path: &str) -> Unseen {
    Unseen { reason: format!("no instruction puts {path} into the image"), named: false }
}

/// The sources of a COPY or ADD that could be what stands at `path`; true for one that is in a
/// copied folder.
pub(super) fn sources(action: &Action, path: &str) -> Vec<(String, bool)> {
    let name = base_name(path);
    let destination = normal(&action.path);
    let mut found = Vec::new();
    // Of two sources with one name the later stays.
    for source in action.sources.iter().rev() {
        let own = base_name(source.trim_end_matches('/'));
        if destination == path || below(path, &destination) == Some(own) {
            found.push((source.clone(), false));
        } else if fits(base_name(source), name) && below(path, &destination) == Some(name) {
            let folder = source.rsplit_once('/').map_or("", |(folder, _)| folder);
            found.push((join_source(folder, name), false));
        }
        if let Some(rest) = below(path, &destination) {
            found.push((join_source(source, rest), true));
        }
    }
    found
}

fn join_source(folder: &str, rest: &str) -> String {
    if folder.is_empty() {
        rest.to_owned()
    } else {
        format!("{}/{rest}", folder.trim_end_matches('/'))
    }
}

/// What of a path stands below a folder.
fn below<'p>(path: &'p str, folder: &str) -> Option<&'p str> {
    if folder == "/" {
        return path.strip_prefix('/');
    }
    path.strip_prefix(folder)?.strip_prefix('/')
}

/// What a RUN does to a file that stands at some place behind it.
#[derive(Debug, PartialEq, Eq)]
enum Before {
    /// It stood here.
    At(String),
    /// It is written here.
    Written(String),
    /// What it says is changed.
    Edited,
}

/// Where the file that stands at `path` behind a RUN comes from.
/// (Modes, owners and edits that do not touch `java` leave its commands as they are.)
fn before_run(effects: &[Effect], path: &str) -> Before {
    let mut path = path.to_owned();
    for effect in effects.iter().rev() {
        match effect {
            Effect::Writes { target, .. } if target.is(&path) => return Before::Written(path),
            Effect::Edits { target, java: true } if target.is(&path) => return Before::Edited,
            Effect::Copies { from, to, into, .. } => {
                if let Some(source) = copied_from(from, (to, *into), &path) {
                    path = source;
                }
            }
            _ => {}
        }
    }
    Before::At(path)
}

/// Whether a file of that path may come with others: `unzip -d FOLDER`.
fn may_bring(effects: &[Effect], path: &str) -> bool {
    effects.iter().any(|effect| match effect {
        Effect::Fills { folder } => folder.below(path).is_some(),
        _ => false,
    })
}

/// The source of a copy that puts a file at `path`: `mv /tmp/start.sh /usr/bin`, `cp /tmp/*.sh /`.
fn copied_from(from: &Target, (to, into): (&Target, Option<bool>), path: &str) -> Option<String> {
    let below = |folder: &str, rest: &str| match rest {
        "" => folder.to_owned(),
        rest => format!("{folder}/{rest}"),
    };
    if from.is_pattern() {
        let name = to.below(path).filter(|name| !name.is_empty() && !name.contains('/'))?;
        let (folder, _) = from.path().rsplit_once('/')?;
        let source = format!("{folder}/{name}");
        return from.is(&source).then_some(source);
    }
    let inner = to.join(from.name());
    let rest = match into {
        Some(false) => to.below(path),
        Some(true) => inner.below(path),
        None => inner.below(path).or_else(|| to.below(path).filter(|rest| rest.is_empty())),
    };
    rest.map(|rest| below(from.path(), rest)).filter(|source| source != path)
}

/// The text of a script as a shell reads it, without a byte order mark and carriage returns (images
/// remove those by `dos2unix`, or the script does not start); `None` for another language.
pub(super) fn shell_text(text: &Cooked) -> Option<Cooked> {
    let first = text.text.lines().next().unwrap_or_default();
    if let Some(interpreter) = first.trim_start_matches('\u{feff}').strip_prefix("#!") {
        let mut words = interpreter.split_whitespace().map(base_name);
        let is_shell = words.any(|word| matches!(word, "sh" | "bash" | "dash" | "ash" | "ksh"));
        if !is_shell && !interpreter.contains("with-contenv") {
            return None;
        }
    }
    let mut cooked = Cooked::default();
    let mut at = 0;
    for line in text.text.split_inclusive('\n') {
        let end = at + line.len();
        match line.strip_suffix("\r\n") {
            Some(start) => {
                cooked.push_slice(text, at..at + start.len());
                cooked.push_slice(text, end - 1..end);
            }
            None => cooked.push_slice(text, at..end),
        }
        at = end;
    }
    Some(cooked)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_found_through_folders_and_patterns() {
        let action = |path: &str, source: &str| {
            let sources = vec![source.to_owned()];
            Action { path: path.to_owned(), sources, ..Action::default() }
        };
        let table = [
            ("/start.sh", "docker/run.sh", "/start.sh", vec![("docker/run.sh", false)]),
            ("/", "start.sh", "/start.sh", vec![("start.sh", false), ("start.sh/start.sh", true)]),
            ("/app/", ".", "/app/bin/x.sh", vec![("./bin/x.sh", true)]),
            ("/", "scripts/", "/x.sh", vec![("scripts/x.sh", true)]),
            ("/opt/", "bin/*.sh", "/opt/x.sh", vec![("bin/x.sh", false), ("bin/*.sh/x.sh", true)]),
            ("/opt/", "bin/", "/other/x.sh", vec![]),
        ];
        for (destination, source, path, expected) in table {
            let found = sources(&action(destination, source), path);
            let found: Vec<_> = found.iter().map(|(s, rest)| (s.as_str(), *rest)).collect();
            assert_eq!(found, expected, "{source} to {destination}");
        }
    }

    #[test]
    fn a_run_that_writes_or_moves_the_script_is_seen() {
        for (text, expected) in [
            ("echo 'java' > /usr/bin/start.sh", None),
            ("printf x >>/usr/bin/start.sh && chmod +x /usr/bin/start.sh", None),
            ("curl -L https://example.com/x -o /usr/bin/start.sh", None),
            ("mv a.sh /usr/bin/start.sh", Some("/w/a.sh")),
            ("mv $X/a.sh /usr/bin/start.sh", None),
            ("echo java | tee -a /usr/bin/start.sh >/dev/null", None),
            ("sed -i 's/java/java -Da=b/' /usr/bin/start.sh", None),
            ("sed -i 's/\\r//' /usr/bin/start.sh", Some("/usr/bin/start.sh")),
            ("dos2unix /usr/bin/start.sh", Some("/usr/bin/start.sh")),
            ("echo 'see > /usr/bin/start.sh'", Some("/usr/bin/start.sh")),
            ("cd /usr/bin && echo java >start.sh", None),
            ("chmod a+x /tmp/*.sh \\\n && mv /tmp/start.sh /usr/bin", Some("/tmp/start.sh")),
            ("mv /tmp/*.sh /usr/bin/ && rm x", Some("/tmp/start.sh")),
            ("ln -s /opt/run.sh /usr/bin/start.sh", Some("/opt/run.sh")),
            ("mv /tmp/other.sh /usr/bin", Some("/usr/bin/start.sh")),
            ("cp start.sh /usr/bin", Some("/w/start.sh")),
            ("cp -r /tmp/bin /usr", Some("/tmp/bin/start.sh")),
            ("cp a /tmp/b; mv /tmp/b /usr/bin/start.sh", Some("/w/a")),
        ] {
            let action = Action::default();
            let scope = crate::effects::Scope { folder: "/w", variables: &action.variables };
            let effects = crate::effects::of_run(text, scope).effects;
            let found = before_run(&effects, "/usr/bin/start.sh");
            let stood = match &found {
                Before::At(path) => Some(path.as_str()),
                Before::Written(_) | Before::Edited => None,
            };
            assert_eq!(stood, expected, "{text}");
        }
    }

    #[test]
    fn only_shell_scripts_are_read() {
        let read = |text: &str| shell_text(&Cooked::plain(text, 0));
        assert!(read("#!/usr/bin/env bash\r\njava\r\n").is_some_and(|t| !t.text.contains('\r')));
        assert!(read("java -jar x").is_some());
        assert!(read("#!/usr/bin/python3\n").is_none());
    }
}
