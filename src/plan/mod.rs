//! Wishes to edits: all accepted wishes about the launches of a file become one [`EditSet`] for each
//! text that they touch.
//!
//! How a word is written is the business of its carrier: [`array`], [`lines`] (ENV), and shell text,
//! which is short enough to stand here.

pub mod application;
mod array;
mod lines;

use std::collections::{BTreeMap, BTreeSet};

use crate::change::ChangeSet;
use crate::dockerfile::{Command, Dockerfile};
use crate::edit::{Edit, EditSet};
use crate::facts::StageFacts;
use crate::finding::Op;
use crate::jar::JarLine;
use crate::launch::malformed::Repair;
use crate::launch::{Carrier, Launch, Launches, Place, Quoting, TextId, Word};
use crate::shell::{self, Expansion};

use array::json_string;

pub use lines::environment_line;

/// What a plan does: the edits, and what is to be read after them.
#[derive(Debug, Default)]
pub struct Plan {
    /// The edits of each text.
    pub edits: BTreeMap<TextId, EditSet>,
    /// The words of each launch after them.
    pub words: Vec<Vec<String>>,
    /// What is put in front of variables: name and options.
    pub variables: Vec<(String, String)>,
    /// The variables that are set: name and value.
    pub environment: Vec<(String, String)>,
    /// The instructions whose words or values change.
    pub changed: BTreeSet<usize>,
    /// Those of them whose `--chmod` becomes [`crate::jar::JAR_MODE`].
    pub opened: BTreeSet<usize>,
    /// The lines that are added to the Dockerfile.
    pub added: Vec<String>,
    /// The files of Node applications that change or come to be.
    pub changes: ChangeSet,
    /// What is there is put in order: a launch may become one of another form.
    pub rewrites: bool,
}

/// The wishes about one launch, by its index.
pub type Wishes = BTreeMap<usize, Vec<Op>>;

/// Plans all wishes of a file.
///
/// # Errors
/// Why they cannot be carried out together; nothing must be written then.
pub fn plan(
    text: &str,
    file: &Dockerfile,
    facts: &StageFacts,
    launches: &Launches,
    wishes: &Wishes,
) -> Result<Plan, String> {
    let mut planner = Planner {
        text,
        file,
        facts,
        launches,
        plan: Plan::default(),
        edits: BTreeMap::new(),
        jars: BTreeSet::new(),
        before: BTreeSet::new(),
        variables: BTreeMap::new(),
        environment: BTreeMap::new(),
    };
    for (index, launch) in launches.launches.iter().enumerate() {
        let ops = wishes.get(&index).map(Vec::as_slice).unwrap_or_default();
        let words = planner.launch(launch, ops)?;
        planner.plan.words.push(words);
    }
    planner.finish()
}

struct Planner<'a> {
    text: &'a str,
    file: &'a Dockerfile,
    facts: &'a StageFacts,
    launches: &'a Launches,
    plan: Plan,
    edits: BTreeMap<TextId, Vec<Edit>>,
    /// Stage and line.
    jars: BTreeSet<(usize, JarLine)>,
    /// The instructions that they stand above: those that hold a script, or run one.
    before: BTreeSet<usize>,
    /// The options for each variable, and the launch's instruction.
    variables: BTreeMap<&'static str, (usize, Vec<String>)>,
    /// The settings for the environment of each stage.
    environment: BTreeMap<usize, Environment>,
}

/// The settings that go into the environment of a stage.
struct Environment {
    /// The launch's instruction.
    launch: usize,
    /// Name and value, by rank.
    variables: BTreeMap<usize, (String, String)>,
}

impl Planner<'_> {
    /// Plans one launch, and gives its words after that.
    fn launch(&mut self, launch: &Launch, ops: &[Op]) -> Result<Vec<String>, String> {
        let mut words: Vec<String> =
            launch.words.iter().map(|word| word.value().to_owned()).collect();
        self.application(launch, ops)?;
        let mut options = BTreeSet::new();
        let mut splits = BTreeMap::new();
        let mut dropped = BTreeSet::new();
        for op in ops {
            self.plan.rewrites |= op.round().is_some();
            match op {
                Op::InsertJvmOption { rank, option } => {
                    options.insert((*rank, option.clone()));
                }
                Op::SetVariable { rank, name, value } => {
                    let new =
                        || Environment { launch: launch.instruction, variables: BTreeMap::new() };
                    let of_stage = self.environment.entry(launch.stage).or_insert_with(new);
                    of_stage.variables.insert(*rank, (name.clone(), value.clone()));
                }
                Op::ReplaceWord { word, value } => {
                    self.replace(launch, *word, value)?;
                    *words.get_mut(*word).ok_or("there is no such word")? = value.clone();
                }
                Op::ProvideJar { line } => {
                    self.jars.insert((launch.stage, line.clone()));
                    self.before.extend(launch.written_in.iter().chain(&launch.run_by));
                }
                Op::ImportTracer | Op::AddDependency { .. } => {}
                Op::InsertNodeOption { words: option } => {
                    let option: Vec<String> = option.iter().map(|&word| word.to_owned()).collect();
                    let node = launch.node.as_ref().and_then(|one| one.run.as_ref()?.node_word);
                    let at = self.insert(launch, node.ok_or("there is no node word")?, &option)?;
                    words.splice(at..at, option);
                }
                Op::SetNodeOptions { words: option } => {
                    let option = option.iter().map(|&word| word.to_owned()).collect();
                    self.variables.insert("NODE_OPTIONS", (launch.instruction, option));
                }
                Op::OpenJar { instruction } => self.open_jar(*instruction)?,
                Op::RepairArray { instruction, repair } => {
                    self.repair(*instruction, repair)?;
                    words.clone_from(&repair.words);
                    words.extend(launch.behind(*instruction).map(|word| word.value().to_owned()));
                }
                Op::SplitWord { word, values } => {
                    self.split(launch, *word, values)?;
                    splits.insert(*word, values);
                }
                Op::DropWord { word } => {
                    if dropped.insert(*word) {
                        self.take_out(launch, *word)?;
                    }
                }
                Op::MoveToFront { words: moved } => {
                    self.move_to_front(launch, moved, &mut words)?;
                }
            }
        }
        // From the last on: the indexes in front stay.
        for (word, values) in splits.into_iter().rev() {
            words.splice(word..word + 1, values.iter().cloned());
        }
        for word in dropped.into_iter().rev() {
            words.remove(word);
        }
        let options: Vec<String> = options.into_iter().map(|(_, option)| option).collect();
        if options.is_empty() {
            return Ok(words);
        }
        match (launch.launcher, launch.program) {
            (Some(launcher), _) => {
                self.variables.insert(launcher.variable, (launch.instruction, options));
            }
            (None, Some(program)) => {
                let at = self.insert(launch, program, &options)?;
                words.splice(at..at, options);
            }
            (None, None) => return Err("there is no java word".to_owned()),
        }
        Ok(words)
    }

    /// Plans the files of a Node application that change.
    fn application(&mut self, launch: &Launch, ops: &[Op]) -> Result<(), String> {
        for change in application::changes(launch, ops)? {
            // Several launches may start one application.
            self.plan.changes.insert(change)?;
        }
        Ok(())
    }

    /// Gives an ADD or COPY the mode with which every user can read what it makes.
    fn open_jar(&mut self, instruction: usize) -> Result<(), String> {
        // Two launches may wish it.
        if self.plan.opened.insert(instruction) {
            let edit = lines::set_mode(self.file, instruction)?;
            self.edits.entry(TextId::Dockerfile).or_default().push(edit);
            self.plan.changed.insert(instruction);
        }
        Ok(())
    }

    /// Writes an array anew; a comment behind it goes above the instruction.
    fn repair(&mut self, instruction: usize, repair: &Repair) -> Result<(), String> {
        let place = self.file.instructions.get(instruction).ok_or("no such instruction")?;
        let Some(Command::Shell(text)) = place.command() else {
            return Err("the instruction is no shell text".to_owned());
        };
        let words: Vec<String> = repair.words.iter().map(|word| json_string(word)).collect();
        let edits = self.edits.entry(TextId::Dockerfile).or_default();
        let span = text.file_span(0..text.text.len());
        edits.push(Edit { span, text: format!("[{}]", words.join(", ")) });
        if let Some(comment) = &repair.comment {
            edits.push(lines::above(self.text, self.file, place, comment));
        }
        self.plan.changed.insert(instruction);
        Ok(())
    }

    /// The instruction that holds a place of the Dockerfile changes.
    fn change(&mut self, place: &Place) {
        if place.text == TextId::Dockerfile {
            self.plan.changed.extend(self.file.holding(&place.span));
        }
    }

    /// Writes several words in place of one.
    fn split(&mut self, launch: &Launch, word: usize, values: &[String]) -> Result<(), String> {
        let word = launch.words.get(word).ok_or("there is no such word")?;
        let (instruction, argument) = word.array().ok_or("the word is not in an array")?;
        let edit = array::replace(self.text, self.file, (instruction, argument), values)?;
        self.edits.entry(TextId::Dockerfile).or_default().push(edit);
        self.plan.changed.insert(instruction);
        Ok(())
    }

    /// Takes words out and puts them right behind `java`.
    fn move_to_front(
        &mut self,
        launch: &Launch,
        moved: &[usize],
        words: &mut Vec<String>,
    ) -> Result<(), String> {
        let node = launch.node.as_ref().and_then(|reading| reading.run.as_ref()?.node_word);
        let program = launch.program.or(node).ok_or("there is no word to put them behind")?;
        for at in moved {
            self.take_out(launch, *at)?;
        }
        let values: Option<Vec<String>> = moved.iter().map(|at| words.get(*at).cloned()).collect();
        let values = values.ok_or("there is no such word")?;
        for at in moved.iter().rev() {
            words.remove(*at);
        }
        let is_made = |at: &usize| {
            launch.words.get(*at).is_some_and(|word| word.expansion != Expansion::Literal)
        };
        let at = match moved.iter().any(is_made) {
            true => self.insert_as_written(launch, program, moved)?,
            false => self.insert(launch, program, &values)?,
        };
        words.splice(at..at, values);
        Ok(())
    }

    /// Inserts words right behind the `java` word as they are written elsewhere in the same shell
    /// text: what the shell fills in stays for it to fill in.
    fn insert_as_written(
        &mut self,
        launch: &Launch,
        program: usize,
        words: &[usize],
    ) -> Result<usize, String> {
        let place = |at: usize| launch.words.get(at)?.place.as_ref();
        let quoting = |one: &Place| match one.carrier {
            Carrier::ShellWord { quoting, .. } => Some((one.text, quoting)),
            Carrier::Array { .. } | Carrier::ShellText { .. } => None,
        };
        let behind = place(program).ok_or("the word has no place in the file")?;
        let same_text = |one: &&Place| quoting(one).is_some() && quoting(one) == quoting(behind);
        let text = self.text_of(behind.text).ok_or("there is no such text")?;
        let mut written = String::new();
        for at in words {
            let place = place(*at).filter(same_text).ok_or("the words are in different texts")?;
            written.push(' ');
            written.push_str(text.get(place.span.clone()).unwrap_or_default());
        }
        self.change(behind);
        let edit = Edit { span: behind.span.end..behind.span.end, text: written };
        self.edits.entry(behind.text).or_default().push(edit);
        Ok(program + 1)
    }

    /// What is edited.
    fn text_of(&self, text: TextId) -> Option<&str> {
        match text {
            TextId::Dockerfile => Some(self.text),
            TextId::Script(index) => {
                self.launches.scripts.get(index).map(|script| script.text.as_str())
            }
        }
    }

    /// Takes a word out, with what stands between it and the word before.
    fn take_out(&mut self, launch: &Launch, at: usize) -> Result<(), String> {
        let word = launch.words.get(at).ok_or("there is no such word")?;
        let before = at.checked_sub(1).and_then(|at| launch.words.get(at));
        let place = word.place.as_ref().ok_or("the word has no place in the file")?;
        if word.expansion == Expansion::Split {
            return Err("the shell may make several words of it".to_owned());
        }
        let same_text = |before: &&Word| {
            before
                .place
                .as_ref()
                .is_some_and(|one| one.text == place.text && one.span.end <= place.span.start)
        };
        let span =
            match (place.carrier, before.filter(same_text).and_then(|word| word.place.as_ref())) {
                (Carrier::Array { instruction, argument }, _) => {
                    self.plan.changed.insert(instruction);
                    array::span_to_take_out(self.file, (instruction, argument))?
                }
                (Carrier::ShellWord { .. }, Some(before)) => {
                    self.change(place);
                    let span = before.span.end..place.span.end;
                    let between = self.text.get(span.start..place.span.start).unwrap_or_default();
                    if place.text == TextId::Dockerfile && between.contains('#') {
                        return Err("a comment stands in front of the word".to_owned());
                    }
                    span
                }
                _ => return Err("the word stands alone".to_owned()),
            };
        self.edits.entry(place.text).or_default().push(Edit { span, text: String::new() });
        Ok(())
    }

    /// Writes another value into a word.
    fn replace(&mut self, launch: &Launch, word: usize, value: &str) -> Result<(), String> {
        let word = launch.words.get(word).ok_or("there is no such word")?;
        let place = word.place.as_ref().ok_or("the word has no place in the file")?;
        let text = match place.carrier {
            Carrier::Array { instruction, .. } => {
                self.plan.changed.insert(instruction);
                json_string(value)
            }
            Carrier::ShellWord { quoting, .. } if word.expansion == Expansion::Literal => {
                self.change(place);
                shell_word(value, quoting)?
            }
            _ => return Err("the word is made by the shell".to_owned()),
        };
        self.edits.entry(place.text).or_default().push(Edit { span: place.span.clone(), text });
        Ok(())
    }

    /// Inserts options right behind the `java` word; gives the index of the first.
    fn insert(
        &mut self,
        launch: &Launch,
        program: usize,
        options: &[String],
    ) -> Result<usize, String> {
        let java = launch.words.get(program).ok_or("there is no such word")?;
        let Some(place) = &java.place else { return self.insert_in_front(launch, options) };
        let edit = match place.carrier {
            Carrier::Array { instruction, argument } => {
                self.plan.changed.insert(instruction);
                array::insert_behind(self.text, self.file, (instruction, argument), options)?
            }
            Carrier::ShellWord { quoting, .. } => {
                self.change(place);
                let words: Result<Vec<String>, String> =
                    options.iter().map(|option| shell_word(option, quoting)).collect();
                let text = words?.iter().map(|word| format!(" {word}")).collect();
                Edit { span: place.span.end..place.span.end, text }
            }
            Carrier::ShellText { .. } => return Err("java is the whole text".to_owned()),
        };
        self.edits.entry(place.text).or_default().push(edit);
        Ok(program + 1)
    }

    /// `java` stands in the base image: the options go in front of what the file adds to it.
    fn insert_in_front(&mut self, launch: &Launch, options: &[String]) -> Result<usize, String> {
        let placed = |word: &Word| word.array().filter(|(_, argument)| *argument == 0);
        let (at, (instruction, _)) = launch
            .words
            .iter()
            .enumerate()
            .find_map(|(at, word)| Some((at, placed(word)?)))
            .ok_or("the file has no array behind the base image's java")?;
        let edit = array::insert_in_front(self.text, self.file, instruction, options)?;
        self.plan.changed.insert(instruction);
        self.edits.entry(TextId::Dockerfile).or_default().push(edit);
        Ok(at)
    }

    fn finish(mut self) -> Result<Plan, String> {
        let dockerfile = self.edits.entry(TextId::Dockerfile).or_default();
        for (name, (launch, options)) in &self.variables {
            let variable = (*name, options.as_slice());
            let set = lines::set_variable(self.text, self.file, self.facts, *launch, variable)?;
            dockerfile.push(set.edit);
            self.plan.changed.extend(set.extended);
            self.plan.added.extend(set.line);
            self.plan.variables.push(((*name).to_owned(), options.join(" ")));
        }
        for (stage, Environment { launch, variables }) in self.environment {
            let variables: Vec<(String, String)> = variables.into_values().collect();
            let (edit, line) =
                lines::add_environment(self.text, self.file, stage, launch, &variables)?;
            lines::push(dockerfile, edit);
            self.plan.added.push(line);
            self.plan.environment.extend(variables);
        }
        if self.jars.len() > 1 {
            return Err("two jars are wanted".to_owned());
        }
        for (stage, line) in &self.jars {
            lines::push(
                dockerfile,
                lines::add_jar(self.text, self.file, (*stage, &self.before), line)?,
            );
            self.plan.added.push(line.instruction.clone());
        }
        for (text, edits) in self.edits {
            let set =
                EditSet::new(edits).map_err(|_| "two edits want the same place".to_owned())?;
            if !set.is_empty() {
                self.plan.edits.insert(text, set);
            }
        }
        Ok(self.plan)
    }
}

/// A value as a word of shell text, written for what the text is wrapped in.
fn shell_word(value: &str, quoting: Quoting) -> Result<String, String> {
    match quoting {
        Quoting::Plain => Ok(shell::quote(value)),
        Quoting::Json => {
            let quoted = json_string(&shell::quote(value));
            let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            inner.map(str::to_owned).ok_or_else(|| "not a JSON string".to_owned())
        }
        Quoting::Expanded => {
            let mut escaped = String::new();
            for c in shell::quote(value).chars() {
                escaped.extend(matches!(c, '$' | '`' | '\\').then_some('\\'));
                escaped.push(c);
            }
            Ok(escaped)
        }
        Quoting::Nested if shell::is_plain(value) => Ok(value.to_owned()),
        Quoting::Nested => Err(format!("{value} needs quotes inside the quotes of another shell")),
    }
}
