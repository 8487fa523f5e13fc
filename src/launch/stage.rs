//! All starts of a stage, as launches: who owns them, how they are written, what carries their options,
//! and what no launch of the stage can have.

use std::cell::LazyCell;
use std::sync::Arc;

use super::argument_files;
use super::argv::Argv;
use super::java::{self, JavaCommand};
use super::reading::{Reader, Start};
use super::text::expanded_word;
use super::{
    Carrier, Form, Launch, Launches, Obstacle, ObstacleKind, Place, Reading, Runtime, TextId, Word,
    hidden, idle, launchers, rough, scripts, windows,
};
use crate::dockerfile::Dockerfile;
use crate::effects;
use crate::facts::{self, Slot, StageFacts};
use crate::images::ImageFacts;
use crate::node::{self, Desk, image};
use crate::runtimes::{self, Agents, Installed, Runtimes};
use crate::shell::{self, Expansion};
use crate::surroundings::Surroundings;
use crate::wrappers::{self, shell_command};

/// Reads the launches of a stage; none where the file starts nothing that concerns Java.
pub fn of_stage(
    file: &Dockerfile,
    facts: &StageFacts,
    surroundings: &Surroundings<'_>,
    reading: Reading<'_>,
) -> Launches {
    let image = facts.image.as_deref().map(|image| reading.images.look_up(image));
    let image = image.unwrap_or_default();
    let argv = Argv::of(file, facts, &image);
    let finder = scripts::Finder::new(file, facts, surroundings);
    let mut reader = Reader::new(finder, &image);
    let starts = reader.starts(&argv);
    let points_to_java = || image.carries_java() || rough::points_to_java(file, facts);
    let java_starts = starts.iter().any(|start| start.runtime == Runtime::Java && !start.prints);
    let points_to_java =
        LazyCell::new(|| java_starts || points_to_java() || rough::hands_java_over(file, facts));
    // In a Java image even `python3 start.py` may start Java.
    let is_other = |launch: &Launch| {
        let program = launch.words.first();
        !image.carries_java() && program.is_some_and(|word| rough::is_no_java(word.value()))
    };
    let concerns_us = |launch: &Launch| {
        launch.runtime != Runtime::Unknown || (*points_to_java && !is_other(launch))
    };
    // What a base image starts by itself: Java only where the image is known to carry it.
    let base_starts_java = image.carries_java() && !image.starts_no_application()
        || image.has_java.is_none() && rough::hands_java_over(file, facts);
    if argv.first_instruction.is_none() && !base_starts_java {
        return Launches::default();
    }
    let node = image::node_version(facts.image.as_deref().unwrap_or_default());
    let runtimes = runtimes::of_stage(file, facts, reading.images);
    let points_to_node = image::is_node(facts.image.as_deref().unwrap_or_default())
        || !*points_to_java && rough::points_to_node(file, facts);
    let builder = Builder {
        file,
        facts,
        image: &image,
        runtimes: &runtimes,
        argv: &argv,
        by_environment: reading.by_environment,
        points_to_java: &|| *points_to_java,
        desk: Desk {
            tree: surroundings.tree(),
            root: surroundings.root(),
            files: &reader.finder,
            node,
        },
    };
    let starts = starts.into_iter().map(|start| match points_to_node {
        true => of_node(start),
        false => start,
    });
    let launches = starts.flat_map(|one| builder.launches(one)).filter(concerns_us);
    let mut launches: Vec<Launch> = launches.collect();
    argument_files::read(&reader, &mut launches);
    hidden::refuse(&reader, &argv, &mut launches);
    Launches { launches, scripts: reader.scripts, written: reader.written }
}

/// In an image of Node, what cannot be seen through starts Node.
fn of_node(start: Start) -> Start {
    let program = start.words.first().map(Word::value).unwrap_or_default();
    match &start.obstacle {
        Some(_) if start.runtime == Runtime::Unknown && !rough::is_no_java(program) => {
            Start { runtime: Runtime::Node, ..start }
        }
        _ => start,
    }
}

struct Builder<'a> {
    file: &'a Dockerfile,
    facts: &'a StageFacts,
    image: &'a Arc<ImageFacts>,
    runtimes: &'a Runtimes,
    argv: &'a Argv,
    by_environment: bool,
    /// Whether the image carries Java, as far as anybody can tell.
    points_to_java: &'a dyn Fn() -> bool,
    /// What Node commands are read with.
    desk: Desk<'a>,
}

impl Builder<'_> {
    /// The launches of a start: several, where a Node command starts several processes.
    fn launches(&self, start: Start) -> Vec<Launch> {
        let mut readings = match start.runtime {
            Runtime::Node => self.node(&start),
            Runtime::Java | Runtime::Unknown => Vec::new(),
        };
        let last = readings.pop();
        let Some(launch) = self.launch(start) else { return Vec::new() };
        let with = |reading| Launch { node: Some(Box::new(reading)), ..launch.clone() };
        let mut launches: Vec<Launch> = readings.into_iter().map(with).collect();
        launches.push(Launch { node: last.map(Box::new), ..launch });
        launches
    }

    fn launch(&self, mut start: Start) -> Option<Launch> {
        self.name_native_image(&mut start);
        self.carry_by_environment(&mut start);
        let runtime = self.runtime(&start);
        if start.runtime != Runtime::Node {
            let windows = windows::obstacle(self.file, self.facts, &start.words);
            start.obstacle = windows.or(start.obstacle);
        }
        if start.obstacle.is_none() && start.runtime != Runtime::Node {
            start.obstacle = runtime_obstacle(&runtime).or_else(|| self.shell_as_argument(&start));
        }
        let final_stage = *self.facts.stages.last()?;
        let from = self.file.stages.get(final_stage)?.instructions.start;
        let own_word = match start.runtime {
            Runtime::Node => start.words.iter().find(|word| word.place.is_some()),
            Runtime::Java | Runtime::Unknown => start.program.and_then(|at| start.words.get(at)),
        };
        let anchor = own_word.and_then(Word::array);
        let first = self.argv.first_instruction.unwrap_or(from);
        let instruction = anchor.map_or(first, |(instruction, _)| instruction);
        let owns = |stage: &crate::dockerfile::Stage| stage.instructions.contains(&instruction);
        let java =
            start.program.map(|at| classified(start.words.get(at + 1..).unwrap_or_default()));
        let script = own_word.and_then(|word| match word.place.as_ref()?.text {
            TextId::Script(script) => Some(script),
            TextId::Dockerfile => None,
        });
        let place = own_word.and_then(|word| word.place.as_ref());
        let written_in = place.and_then(|place| self.written_in(place));
        let mut launch = Launch {
            stage: self.file.stages.iter().position(owns)?,
            final_stage,
            instruction,
            anchor: self.file.instructions.get(instruction).map_or(0..0, |one| one.content.clone()),
            keyword: self.file.instructions.get(instruction).map_or("", |one| one.kind.keyword()),
            form: self.form(&start),
            runtime: start.runtime,
            argv: self.argv.words.iter().skip(self.argv.base).cloned().collect(),
            program: start.program,
            java,
            argument_files: Vec::new(),
            launcher: start.launcher,
            environment: start.environment,
            uncertain: start.uncertain,
            environment_ends_at: start.environment_ends_at,
            obstacle: start.obstacle.filter(|one| {
                start.runtime != Runtime::Node || one.kind != ObstacleKind::Unresolved
            }),
            words: start.words,
            image: Arc::clone(self.image),
            jvm: runtime.jvm,
            behind_base_entrypoint: self.facts.entrypoint == Slot::Base,
            script,
            run_by: match script.is_some() || written_in.is_some() {
                true => self.run_by(),
                false => Vec::new(),
            },
            written_in,
            passed_on_by: start.passed_on_by,
            user: start.user,
            node: None,
        };
        if launch.obstacle.is_none() {
            launch.obstacle = idle::obstacle(&launch);
        }
        Some(launch)
    }

    /// The RUNs that run what the container starts.
    fn run_by(&self) -> Vec<usize> {
        let is_program =
            |name: &&str| wrappers::named(name).is_none() && shell_command(name, &[]).is_none();
        let own = self.argv.words.iter().map(|word| wrappers::base_name(word.value()));
        let Some(own) = own.filter(|name| !name.starts_with('-')).find(is_program) else {
            return Vec::new();
        };
        let runs = |command: &effects::Command| {
            let operand = command.arguments().first().map_or("", |word| wrappers::base_name(word));
            command.program() == own
                || (shell_command(command.program(), &[]).is_some() && operand == own)
        };
        let actions = self.facts.actions.iter();
        let running = actions.filter(|action| action.commands(self.file).iter().any(runs));
        running.map(|action| action.instruction).collect()
    }

    /// The instruction that holds a word of a script, where the Dockerfile holds the script's text.
    fn written_in(&self, place: &Place) -> Option<usize> {
        let holder = self.file.holding(&place.span).filter(|_| place.text == TextId::Dockerfile)?;
        let instruction = self.file.instructions.get(holder)?;
        instruction.command().is_none().then_some(holder)
    }

    /// The JVM that a start runs.
    fn runtime(&self, start: &Start) -> Installed {
        let program = start.program.and_then(|at| start.words.get(at)).map(Word::value);
        let program = program.map(|word| shell::expanded(word, &start.environment));
        let path = program
            .filter(|path| path.contains('/') && !path.contains('$'))
            .map(|path| facts::join(self.facts.workdir.as_deref(), &path));
        self.runtimes.running(path.as_deref(), &start.environment)
    }

    /// What a Node command evaluates.
    fn node(&self, start: &Start) -> Vec<node::Reading> {
        if let Some(obstacle) = &start.obstacle {
            if obstacle.kind == ObstacleKind::JoinedArguments {
                return self.behind_joined_arguments(start);
            }
            if obstacle.kind != ObstacleKind::Unresolved {
                return vec![node::Reading::default()];
            }
            return match self.unseen_program(start) {
                Some(program) => {
                    let folder = self.facts.workdir.as_deref().unwrap_or("/");
                    node::read(&self.desk, &[program], folder, &start.environment)
                }
                None => vec![node::Reading::unresolved(obstacle.reason.clone())],
            };
        }
        let words: Vec<String> =
            start.words.iter().map(|word| expanded_word(word, &start.environment)).collect();
        match &start.folder {
            Some(folder) => node::read(&self.desk, &words, folder, &start.environment),
            None => {
                let reason = "the folder that it is started in is not known";
                vec![node::Reading::unresolved(reason)]
            }
        }
    }

    /// What would start if each word stood by itself: the application is known, and nothing is said of it
    /// until the words are mended.
    fn behind_joined_arguments(&self, start: &Start) -> Vec<node::Reading> {
        let joined: Vec<String> =
            start.words.iter().map(|word| expanded_word(word, &start.environment)).collect();
        let words: Vec<String> =
            joined.iter().flat_map(|word| word.split_whitespace()).map(str::to_owned).collect();
        let folder = start.folder.as_deref().or(self.facts.workdir.as_deref()).unwrap_or("/");
        let readings = node::read(&self.desk, &words, folder, &start.environment);
        let known = |one: node::Reading| node::Reading {
            entry: one.entry,
            package: one.package,
            ..node::Reading::default()
        };
        readings.into_iter().take(1).map(known).collect()
    }

    /// A program by its name alone, of which nobody knows how it starts Node.
    fn unseen_program(&self, start: &Start) -> Option<String> {
        let program =
            start.words.iter().map(Word::value).find(|word| wrappers::named(word).is_none())?;
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_.@".contains(c);
        let is_seen = start.unseen_script && rough::looks_like_script(program);
        (!is_seen && program.chars().all(is_name)).then(|| program.to_owned())
    }

    /// A program that was compiled from Java, and has no JVM.
    fn name_native_image(&self, start: &mut Start) {
        let unread =
            start.obstacle.as_ref().is_some_and(|one| one.kind == ObstacleKind::Unresolved);
        let program = start.words.iter().find(|word| wrappers::named(word.value()).is_none());
        if let Some(program) = program.filter(|_| unread && start.program.is_none())
            && runtimes::is_native_image(self.file, self.facts, program.value())
        {
            let reason = format!("{} is a native image: it has no JVM", program.value());
            start.runtime = Runtime::Java;
            start.obstacle = Some(Obstacle { kind: ObstacleKind::NativeImage, reason });
        }
    }

    /// Where the words lie beyond our reach, JAVA_TOOL_OPTIONS carries the options: behind a base
    /// image that is known to start `java`, and wherever the user asks for it.
    fn carry_by_environment(&self, start: &mut Start) {
        let placed = start.words.iter().any(|word| word.place.is_some());
        let base_java = start
            .program
            .and_then(|at| start.words.get(at))
            .is_some_and(|word| word.place.is_none() && !placed);
        let unresolved =
            start.obstacle.as_ref().is_some_and(|one| one.kind == ObstacleKind::Unresolved);
        let opted = self.by_environment && unresolved && start.launcher.is_none();
        let arguments_only = self.argv.base == 0
            && self.facts.entrypoint == Slot::Base
            && start.program.is_none()
            && start.words.first().is_some_and(|word| {
                names_jar(word.value())
                    || (is_jvm_argument(word.value()) && (self.points_to_java)())
            });
        if base_java || opted || arguments_only {
            start.launcher = Some(&launchers::ANY_JAVA);
            if !opted {
                start.runtime = Runtime::Java;
            }
            start.program = None;
            start.obstacle = None;
        }
    }

    /// A CMD in shell form behind a base image that starts `java`: its shell is an argument of
    /// `java` (<https://docs.docker.com/reference/dockerfile/#understand-how-cmd-and-entrypoint-interact>).
    fn shell_as_argument(&self, start: &Start) -> Option<Obstacle> {
        let java = start.words.get(start.program?)?;
        (self.argv.base > 0 && java.place.is_none() && self.argv.shell_form).then(|| Obstacle {
            kind: ObstacleKind::Unresolved,
            reason: "the base image's ENTRYPOINT starts java, and a CMD in shell form hands it \
                     `/bin/sh -c …` as arguments"
                .to_owned(),
        })
    }

    fn form(&self, start: &Start) -> Form {
        let malformed = |one: &Obstacle| one.kind == ObstacleKind::MalformedArray;
        if start.launcher.is_some() {
            return Form::Environment;
        }
        if start.obstacle.as_ref().is_some_and(malformed) {
            return Form::Malformed;
        }
        let shell = if self.argv.shell_form { Form::Shell } else { Form::ShellCommand };
        if let Some(word) = start.program.and_then(|at| start.words.get(at)) {
            return match &word.place {
                None => Form::BaseImage,
                Some(Place { carrier: Carrier::Array { .. }, .. }) => Form::Exec,
                Some(Place { text: TextId::Script(_), .. }) => Form::Script,
                Some(place) if self.written_in(place).is_some() => Form::Script,
                Some(_) => shell,
            };
        }
        let of_shell = |word: &Word| {
            matches!(word.place, Some(Place { carrier: Carrier::ShellWord { .. }, .. }))
        };
        let runs_shell = self.argv.words.iter().any(|word| {
            matches!(wrappers::base_name(word.value()), "sh" | "bash" | "ash" | "dash")
        });
        match start.words.first() {
            _ if start.unseen_script => Form::Script,
            Some(Word { place: Some(Place { text: TextId::Script(_), .. }), .. }) => Form::Script,
            Some(Word { place: Some(place), .. }) if self.written_in(place).is_some() => {
                Form::Script
            }
            _ if self.argv.first_instruction.is_none() || self.argv.base > 0 => Form::BaseImage,
            Some(word) if of_shell(word) => shell,
            _ if self.argv.shell_form => Form::Shell,
            _ if runs_shell => Form::ShellCommand,
            _ => Form::Exec,
        }
    }
}

/// Options that only a JVM has.
fn names_jar(word: &str) -> bool {
    matches!(word, "-jar" | "-cp" | "-classpath") || word.starts_with("-XX:")
}

/// Options that a JVM has, and other programs too (`httpd -DFOREGROUND`).
fn is_jvm_argument(word: &str) -> bool {
    word.starts_with("-D") || word.starts_with("-X")
}

/// The words behind `java`. A word that is nothing but a variable may be any number of options; one
/// behind `-jar` is taken for the jar.
fn classified(words: &[Word]) -> JavaCommand {
    let mut values: Vec<String> = Vec::new();
    for word in words {
        let is_jar = values.last().is_some_and(|last| last == "-jar");
        let opaque = word.expansion == Expansion::Split && !is_jar;
        values.push(format!("{}{}", if opaque { "-" } else { "" }, word.value()));
    }
    java::read(&values.iter().map(String::as_str).collect::<Vec<_>>())
}

/// A JVM into which our arguments do not fit, whatever the launch says.
fn runtime_obstacle(runtime: &Installed) -> Option<Obstacle> {
    let reason = match runtime.agents {
        Agents::Loaded => return None,
        Agents::Unknown => {
            "jlink makes the Java runtime, and a command lists its modules: whether java.instrument is \
             among them is not known, and without it no agent starts"
        }
        Agents::Refused => {
            "the Java runtime is made by jlink without the module java.instrument: it starts with no agent"
        }
    };
    Some(Obstacle { kind: ObstacleKind::NoInstrument, reason: reason.to_owned() })
}
