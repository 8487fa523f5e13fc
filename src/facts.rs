//! What a Dockerfile settles about each stage before anybody asks what starts in it: the image it
//! stands on, its ENTRYPOINT and CMD, environment, user and working directory, inherited through
//! `FROM earlier-stage` as BuildKit's
//! [converter](https://github.com/moby/buildkit/blob/v0.30.0/frontend/dockerfile/dockerfile2llb/convert.go)
//! inherits them.

use std::sync::{Arc, OnceLock};

use crate::dockerfile::words::Lexer;
use crate::dockerfile::{Dockerfile, Instruction, Kind};
use crate::effects::{self, Command, Effect, OfRun};
use crate::image_path::normal;
use crate::images::{self, ImageFacts};

pub use crate::image_path::join;
pub use crate::shell::Variables;

/// The facts of one stage, with all that it inherits.
#[derive(Debug, Clone, Default)]
pub struct StageFacts {
    /// The external image below the stage, variables expanded; `None` when a variable has no
    /// default in the file.
    pub image: Option<String>,
    /// The stages that make it up: the lowest first, the stage itself last.
    pub stages: Vec<usize>,
    /// The ENTRYPOINT in force.
    pub entrypoint: Slot,
    /// The CMD in force.
    pub cmd: Slot,
    /// What SHELL says where the ENTRYPOINT stands; `None` is Docker's default, `/bin/sh -c`.
    pub entrypoint_shell: Option<Vec<String>>,
    /// What SHELL says where the CMD stands.
    pub cmd_shell: Option<Vec<String>>,
    /// The environment of the container, as far as the file sets it.
    pub environment: Variables,
    /// The ARG in scope at its end, which the commands of a RUN see too.
    pub arguments: Variables,
    /// The working directory, expanded; `None` when only the base image knows.
    pub workdir: Option<String>,
    /// Each ADD, COPY, RUN and WORKDIR, in order.
    pub actions: Vec<Action>,
    /// The user, as USER says it, expanded; `None` when only the base image knows.
    pub user: Option<String>,
    /// The last RUN among the stage's own instructions.
    pub last_run: Option<usize>,
}

/// An ADD, COPY, RUN or WORKDIR: what acts on the files of the image.
#[derive(Debug, Clone, Default)]
pub struct Action {
    /// The instruction's index.
    pub instruction: usize,
    /// The destination of ADD and COPY, the working directory of RUN, that of WORKDIR: absolute, expanded.
    pub path: String,
    /// The sources of ADD and COPY, expanded.
    pub sources: Vec<String>,
    /// ENV and ARG, where a RUN begins, or an ADD or COPY with here-documents.
    pub variables: Arc<Variables>,
    /// What a RUN does, once somebody asked ([`Action::effects`]).
    pub(crate) known: OnceLock<Arc<OfRun>>,
}

impl Action {
    /// What a RUN does to files, command by command; nothing of any other instruction.
    pub fn effects(&self, file: &Dockerfile) -> &[Effect] {
        &self.of_run(file).effects
    }

    /// The commands of a RUN, behind their wrappers; none of any other instruction.
    pub fn commands(&self, file: &Dockerfile) -> &[Command] {
        &self.of_run(file).commands
    }

    /// A RUN, read when it is asked for first.
    fn of_run(&self, file: &Dockerfile) -> &OfRun {
        self.known.get_or_init(|| {
            match file.instructions.get(self.instruction).map(|one| &one.kind) {
                Some(Kind::Run(text)) => {
                    effects::kept_of_run(&text.text, &self.path, &self.variables)
                }
                _ => Arc::default(),
            }
        })
    }
}

/// Where ENTRYPOINT or CMD of a stage comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Slot {
    /// The file says nothing: the base image decides.
    #[default]
    Base,
    /// Reset to nothing: an ENTRYPOINT clears the CMD that a stage inherits.
    Cleared,
    /// Set by the instruction with this index.
    Set(usize),
}

/// What tells of a base image by its name.
type LookUp = fn(&str) -> Arc<ImageFacts>;

/// Computes the facts of a stage.
pub fn of(file: &Dockerfile, stage: usize) -> StageFacts {
    upon(file, stage, images::look_up)
}

/// The facts of a stage as its file alone says them: nothing is known of what base images bring.
pub fn of_file_alone(file: &Dockerfile, stage: usize) -> StageFacts {
    upon(file, stage, |_| Arc::default())
}

/// The facts of a stage, with what is known of the image below it.
fn upon(file: &Dockerfile, stage: usize, look_up: LookUp) -> StageFacts {
    let global = global_arguments(file);
    let (stages, image) = lineage(file, stage, &global);
    let mut facts = StageFacts { image, ..StageFacts::default() };
    facts.add_base(look_up);
    let mut walk = Walk {
        file,
        global: &global,
        arguments: Variables::new(),
        cmd_seen: false,
        shell: None,
        variables: None,
        room: MOST_KEPT,
    };
    for stage in &stages {
        walk.cmd_seen = false;
        facts.last_run = None;
        for (at, instruction) in file.of_stage(*stage) {
            walk.step(at, instruction, &mut facts);
        }
    }
    facts.stages = stages;
    facts.arguments = walk.arguments;
    facts
}

impl StageFacts {
    /// What the image below all stages brings: where relative paths lead, and what variables of paths hold.
    fn add_base(&mut self, look_up: LookUp) {
        let image = self.image.as_deref();
        if image == Some("scratch") {
            self.workdir = Some("/".to_owned());
            self.environment.insert("PATH".to_owned(), PATH_OF_SCRATCH.to_owned());
        } else if let Some(known) = image.map(look_up) {
            self.workdir = known.workdir.map(str::to_owned);
            let own = known.environment.iter();
            self.environment
                .extend(own.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        }
    }
}

/// The stages that `stage` is built on, the lowest first, and the image below them all.
///
/// BuildKit keeps stage names in lower case and looks a base up as it is written; of two stages
/// with one name the later counts.
fn lineage(file: &Dockerfile, stage: usize, global: &Variables) -> (Vec<usize>, Option<String>) {
    let named = file.stages_by_name();
    let mut stages = vec![stage];
    let mut at = stage;
    let image = loop {
        let base = file.stages.get(at).and_then(|stage| expand(file, &stage.base, global));
        let earlier = base.as_ref().and_then(|base| named.get(base));
        match earlier.and_then(|earlier| earlier.iter().rev().find(|earlier| **earlier < at)) {
            Some(parent) => at = *parent,
            None => break base,
        }
        stages.push(at);
    };
    stages.reverse();
    (stages, image)
}

/// What a build says of itself. The processor is not known: it may be built for several.
/// <https://docs.docker.com/reference/dockerfile/#automatic-platform-args-in-the-global-scope>
const PLATFORM: &[(&str, &str)] = &[("TARGETOS", "linux"), ("BUILDOS", "linux")];

/// ARG before the first FROM: usable in FROM, and behind it where a stage repeats the ARG.
fn global_arguments(file: &Dockerfile) -> Variables {
    let mut arguments: Variables =
        PLATFORM.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    for instruction in &file.instructions {
        match &instruction.kind {
            Kind::Arg(pairs) => {
                for (name, value) in pairs {
                    let value = value.as_deref().and_then(|value| expand(file, value, &arguments));
                    arguments.extend(value.map(|value| (name.clone(), value)));
                }
            }
            _ => break,
        }
    }
    arguments
}

/// Expands a value; `None` when it needs a variable that nothing sets, or is malformed.
fn expand(file: &Dockerfile, text: &str, variables: &Variables) -> Option<String> {
    let environment = |name: &str| variables.get(name).cloned();
    let lexer = Lexer { environment: Some(&environment), strict: true, ..Lexer::new(file.escape) };
    lexer.value(text).ok().filter(|value| value.len() <= LONGEST_VALUE)
}

/// What BuildKit gives the empty image
/// ([`emptyImage`](https://github.com/moby/buildkit/blob/v0.34.2/frontend/dockerfile/dockerfile2llb/image.go)).
const PATH_OF_SCRATCH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Values longer than this, in bytes, are not expanded: `ENV A=$A$A` doubles with every line.
const LONGEST_VALUE: usize = 64 * 1024;
/// A longer working directory, in bytes, is not followed: relative ones grow with every line.
const LONGEST_PATH: usize = 1024;

/// How many bytes of variables are kept for the RUNs of a stage.
const MOST_KEPT: usize = 4 << 20;
/// What a variable takes beside its text, in bytes.
const ENTRY: usize = 64;

struct Walk<'f> {
    file: &'f Dockerfile,
    global: &'f Variables,
    /// ARG in scope; ENV wins over them.
    arguments: Variables,
    cmd_seen: bool,
    shell: Option<Vec<String>>,
    /// ENV and ARG together, until another one comes.
    variables: Option<Arc<Variables>>,
    /// How many bytes of them may still be kept.
    room: usize,
}

impl Walk<'_> {
    fn step(&mut self, at: usize, instruction: &Instruction, facts: &mut StageFacts) {
        match &instruction.kind {
            Kind::Entrypoint(_) => {
                facts.entrypoint = Slot::Set(at);
                facts.entrypoint_shell.clone_from(&self.shell);
                if !self.cmd_seen {
                    facts.cmd = Slot::Cleared;
                }
            }
            Kind::Cmd(_) => {
                facts.cmd = Slot::Set(at);
                facts.cmd_shell.clone_from(&self.shell);
                self.cmd_seen = true;
            }
            Kind::Shell(words) => self.shell = Some(words.clone()),
            Kind::Workdir(path) => {
                let path = self.lenient(path, facts);
                let path = workdir(facts.workdir.as_deref(), &path);
                facts.workdir = Some(path).filter(|path| path.len() <= LONGEST_PATH);
                let action = |path| Action { instruction: at, path, ..Action::default() };
                facts.actions.extend(facts.workdir.clone().map(action));
            }
            Kind::User(user) => facts.user = Some(self.lenient(user, facts)),
            Kind::Transfer(transfer) => {
                let path = self.lenient(&transfer.destination, facts);
                let path = join(facts.workdir.as_deref(), &path);
                let sources =
                    transfer.sources.iter().map(|source| self.lenient(source, facts)).collect();
                // Docker fills them in in here-documents.
                let variables = match transfer.heredocs.as_slice() {
                    [] => Arc::default(),
                    _ => self.variables(facts),
                };
                let action =
                    Action { instruction: at, path, sources, variables, ..Action::default() };
                facts.actions.push(action);
            }
            Kind::Run(_) => {
                let path = join(facts.workdir.as_deref(), "");
                let variables = self.variables(facts);
                facts.actions.push(Action {
                    instruction: at,
                    path,
                    variables,
                    ..Action::default()
                });
                facts.last_run = Some(at);
            }
            Kind::Env(variables) => {
                let values: Vec<_> = variables
                    .iter()
                    .map(|one| (self.lenient(&one.name, facts), self.lenient(&one.value, facts)))
                    .collect();
                facts.environment.extend(values);
                self.variables = None;
            }
            Kind::Arg(pairs) => {
                for (name, value) in pairs {
                    let value = match value {
                        Some(value) => Some(self.lenient(value, facts)),
                        None => self.global.get(name).cloned(),
                    };
                    self.arguments.extend(value.map(|value| (name.clone(), value)));
                }
                self.variables = None;
            }
            _ => {}
        }
    }

    /// ENV and ARG at this point; ENV wins. None where they would be too much to keep.
    fn variables(&mut self, facts: &StageFacts) -> Arc<Variables> {
        if let Some(known) = &self.variables {
            return Arc::clone(known);
        }
        let all = self.arguments.iter().chain(&facts.environment);
        let size = || all.map(|(name, value)| name.len() + value.len() + ENTRY).sum();
        let room = (self.room > 0).then(|| self.room.checked_sub(size())).flatten();
        self.room = room.unwrap_or_default();
        let new = match room {
            Some(_) => {
                let mut all = self.arguments.clone();
                all.extend(facts.environment.clone());
                Arc::new(all)
            }
            None => Arc::default(),
        };
        self.variables = Some(Arc::clone(&new));
        new
    }

    /// Expands a value with all that is known; an unknown variable is empty, as at build time.
    fn lenient(&self, text: &str, facts: &StageFacts) -> String {
        let environment =
            |name: &str| facts.environment.get(name).or_else(|| self.arguments.get(name)).cloned();
        let lexer = Lexer { environment: Some(&environment), ..Lexer::new(self.file.escape) };
        let value = lexer.value(text).ok().filter(|value| value.len() <= LONGEST_VALUE);
        value.unwrap_or_else(|| text.to_owned())
    }
}

/// A relative WORKDIR is put on the one before, and cleaned; an absolute one is taken as it is, and an
/// empty one changes nothing
/// ([`NormalizeWorkdir`](https://github.com/moby/buildkit/blob/v0.34.2/util/system/path.go)).
fn workdir(before: Option<&str>, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    if path.is_empty() {
        return before.unwrap_or("/").to_owned();
    }
    normal(&join(before, path))
}

/// What runs shell form where no SHELL stands.
/// <https://docs.docker.com/reference/dockerfile/#shell>
pub fn default_shell() -> Vec<String> {
    ["/bin/sh", "-c"].map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::read;

    fn last(text: &str) -> StageFacts {
        let file = read(text).unwrap();
        of(&file, file.stages.len() - 1)
    }

    #[test]
    fn entrypoint_and_cmd_are_inherited_and_reset_as_docker_does() {
        let table = [
            ("FROM x\nCMD a\nENTRYPOINT b", Slot::Set(2), Slot::Set(1)),
            ("FROM x\nENTRYPOINT b\nCMD a", Slot::Set(1), Slot::Set(2)),
            ("FROM x\nCMD a\nCMD b", Slot::Base, Slot::Set(2)),
            ("FROM x AS B\nENTRYPOINT e\nCMD c\nFROM b", Slot::Set(1), Slot::Set(2)),
            ("FROM x AS b\nENTRYPOINT e\nCMD c\nFROM b\nENTRYPOINT f", Slot::Set(4), Slot::Cleared),
            ("FROM x AS b\nENTRYPOINT e\nFROM b\nENTRYPOINT []\nCMD c", Slot::Set(3), Slot::Set(4)),
            ("FROM x AS b\nENTRYPOINT e\nFROM y", Slot::Base, Slot::Base),
            ("FROM x\nONBUILD ENTRYPOINT e", Slot::Base, Slot::Base),
        ];
        for (text, entrypoint, cmd) in table {
            let facts = last(text);
            assert_eq!((facts.entrypoint, facts.cmd), (entrypoint, cmd), "{text}");
        }
    }

    #[test]
    fn the_image_is_found_through_arguments_and_stages() {
        let table = [
            ("ARG V=17\nFROM jdk:${V}-x", Some("jdk:17-x")),
            ("ARG V\nFROM jdk:${V:-11}", Some("jdk:11")),
            ("ARG V\nFROM jdk:${V}", None),
            ("FROM jdk:8 AS a\nFROM a AS b\nFROM b", Some("jdk:8")),
            ("ARG S=a\nFROM jdk:8 AS a\nFROM $S", Some("jdk:8")),
        ];
        for (text, image) in table {
            assert_eq!(last(text).image.as_deref(), image, "{text}");
        }
    }

    #[test]
    fn scratch_and_the_platform_are_known() {
        let facts = last("FROM scratch\nWORKDIR a/../b/\nENV \"A\"=1 ${PATH:+B}=2");
        assert_eq!(facts.workdir.as_deref(), Some("/b"));
        assert_eq!(facts.environment.get("PATH").map(String::as_str), Some(PATH_OF_SCRATCH));
        let names: Vec<_> = facts.environment.keys().map(String::as_str).collect();
        assert_eq!(names, ["A", "B", "PATH"]);
        let facts =
            last("FROM a AS x-linux\nCMD c\nFROM x-$TARGETOS\nARG TARGETOS\nUSER $TARGETOS");
        assert_eq!((facts.cmd, facts.user.as_deref()), (Slot::Set(1), Some("linux")));
        assert_eq!(last("FROM x-$TARGETARCH").image, None);
    }

    #[test]
    fn a_value_that_doubles_with_every_line_stays_small() {
        let facts = last(&format!("FROM x\nENV A=ab\n{}", "ENV A=$A$A\n".repeat(1000)));
        assert!(facts.environment.values().all(|value| value.len() <= LONGEST_VALUE));
    }

    #[test]
    fn what_is_kept_for_each_run_stays_small() {
        let lines: String = (0..3000).map(|at| format!("ENV A{at}={at}\nRUN x\n")).collect();
        let facts = last(&format!("FROM x\n{lines}"));
        let kept: usize = facts.actions.iter().map(|action| action.variables.len()).sum();
        assert!(kept * ENTRY <= MOST_KEPT && facts.actions[5].variables.len() == 6, "{kept}");
    }

    #[test]
    fn the_environment_is_expanded_step_by_step() {
        let facts = last(
            "ARG G=1\nFROM x AS b\nENV A=1\nFROM b\nARG G\nENV A=\"$A 2\" B=$A C=${G}\nENV D d $B\n\
             WORKDIR /w\nWORKDIR sub\nCOPY a $A/\nRUN b",
        );
        let values: Vec<_> = facts.environment.values().map(String::as_str).collect();
        assert_eq!(values, ["1 2", "1", "1", "d 1"]);
        assert_eq!(facts.workdir.as_deref(), Some("/w/sub"));
        let paths: Vec<_> = facts.actions.iter().map(|action| action.path.as_str()).collect();
        assert_eq!(paths, ["/w", "/w/sub", "/w/sub/1 2/", "/w/sub/"]);
    }
}
