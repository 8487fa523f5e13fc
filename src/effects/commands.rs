//! The commands of a RUN, as they run: behind their wrappers, in the folder that `cd` leads to, with the
//! variables that are known filled in.

use std::sync::Arc;

use super::{Scope, rough};
use crate::cooked::Cooked;
use crate::image_path::join;
use crate::shell::{self, Expansion, Loop, ShellText, ShellWord, SimpleCommand, Variables};
use crate::source::Span;
use crate::wrappers::{self, ShellCommand, base_name, shell_command};

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// The folder that it works in; `None` where nobody knows it.
    pub folder: Option<String>,
    /// The files that its output goes to.
    pub writes: Vec<String>,
    /// Its index among the commands of the RUN's own text ([`script_of_run`]), where it is one of them.
    pub position: Option<usize>,
}

impl Command {
    /// The program's name, without a folder; empty where there is only output to a file.
    pub fn program(&self) -> &str {
        self.words.first().map_or("", |program| base_name(program))
    }

    /// What stands behind the program.
    pub fn arguments(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }
}

/// How deep shells may start each other.
const DEEPEST: usize = 4;
/// A command is looked at for so many values of the variables of loops.
const MOST_VALUES: usize = 16;
/// Of more bytes of variables the values of loops are not followed: each takes a copy of all.
const LARGEST_VARIABLES: usize = 64 << 10;
/// More commands than this are not looked at, of one RUN.
const MOST_COMMANDS: usize = 2000;

/// The commands of a RUN.
pub(super) fn of_run(text: &str, scope: Scope<'_>) -> Vec<Command> {
    let mut reader = Reader { commands: Vec::new(), depth: 0 };
    match exec_form(without_flags(text)) {
        Some(words) => {
            let folder = Some(scope.folder.to_owned());
            let command = Command { words, folder, writes: Vec::new(), position: None };
            reader.command(command, scope.variables);
        }
        None => {
            let script = text.get(script_span(text)).unwrap_or_default();
            reader.text(script, Some(scope.folder), scope.variables);
        }
    }
    reader.commands
}

/// The words of a RUN in exec form; `text` has no flags.
fn exec_form(text: &str) -> Option<Vec<String>> {
    let first = text.lines().next().filter(|first| first.starts_with('['))?;
    serde_json::from_str(first).ok()
}

/// The shell text of a RUN, with its places; `None` of one in exec form.
pub fn script_of_run(text: &Cooked) -> Option<Cooked> {
    if exec_form(without_flags(&text.text)).is_some() {
        return None;
    }
    Some(text.slice(script_span(&text.text)))
}

/// Without `--mount=…` and the like.
fn without_flags(text: &str) -> &str {
    let mut text = text.trim_start();
    while text.starts_with("--") {
        text = text.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
    }
    text
}

/// The shell text of a RUN: of `RUN <<END` the here-document itself, else all behind the flags
/// (<https://docs.docker.com/reference/dockerfile/#here-documents>).
fn script_span(text: &str) -> Span {
    let command = without_flags(text);
    let body = || {
        let (first, body) = command.split_once('\n')?;
        let name =
            first.trim().strip_prefix("<<")?.trim_start_matches('-').trim_matches(['"', '\'']);
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let start = text.len() - body.len();
        let (body, end) = body.trim_end().rsplit_once('\n').unwrap_or(("", body));
        (is_name && end.trim() == name).then_some(start..start + body.len())
    };
    body().unwrap_or(text.len() - command.len()..text.len())
}

/// What a shell, or a subshell, is in the middle of.
#[derive(Clone)]
struct Shell {
    folder: Option<String>,
    variables: Arc<Variables>,
}

struct Reader {
    commands: Vec<Command>,
    depth: usize,
}

impl Reader {
    fn text(&mut self, text: &str, folder: Option<&str>, variables: &Arc<Variables>) {
        match shell::read(&Cooked::plain(text, 0)) {
            Ok(read) => self.read(&read, folder, variables),
            Err(_) => self.rough(text, folder, variables),
        }
    }

    /// What a text does that is not read as shell text, as far as its words tell.
    fn rough(&mut self, text: &str, folder: Option<&str>, variables: &Arc<Variables>) {
        let mut folder = folder.map(str::to_owned);
        let mut values = vec![Arc::clone(variables)];
        for words in rough::commands(text) {
            let (words, writes) = rough::redirected(words);
            match words.as_slice() {
                [word, name, word_in, list @ ..] if word == "for" && word_in == "in" => {
                    values = with_each(&values, name, list);
                    continue;
                }
                _ => {}
            }
            let assigned = words.iter().map_while(|word| word.split_once('='));
            for (name, value) in assigned {
                for one in &mut values {
                    let value = shell::expanded(value, one);
                    Arc::make_mut(one).insert(name.to_owned(), value);
                }
            }
            let uses = words.iter().chain(&writes).any(|word| word.contains('$'));
            for values in values.iter().take(if uses { MOST_VALUES } else { 1 }) {
                let known = |word: &String| shell::expanded(word, values);
                let words: Vec<String> = words.iter().map(known).collect();
                let writes = writes.iter().map(known).collect();
                change_folder(&words, &mut folder);
                let folder = folder.clone();
                self.command(Command { words, folder, writes, position: None }, values);
            }
        }
    }

    fn read(&mut self, text: &ShellText, folder: Option<&str>, variables: &Arc<Variables>) {
        let outermost =
            Shell { folder: folder.map(str::to_owned), variables: Arc::clone(variables) };
        let mut shells: Vec<Option<Shell>> = vec![None; text.subshells.len()];
        for (at, command) in text.commands.iter().enumerate() {
            let outer = surrounding(command.subshell, &text.subshells, &shells);
            let outer = outer.unwrap_or_else(|| outermost.clone());
            let Some(own) = shells.get_mut(command.subshell) else { continue };
            let own = own.get_or_insert(outer);
            if command.words.is_empty() || declares(command) {
                assign(command, &mut own.variables);
            }
            let loops: Vec<&Loop> = loops_of(command, at, &text.loops).collect();
            for values in values_of(&loops, &own.variables) {
                let words = expanded(&command.words, &values);
                let writes = expanded(&command.writes, &values);
                change_folder(&words, &mut own.folder);
                let folder = own.folder.clone();
                let position = (self.depth == 0).then_some(at);
                self.command(Command { words, folder, writes, position }, &values);
            }
        }
    }

    /// A command behind its wrappers; of a shell, what it runs.
    fn command(&mut self, mut command: Command, variables: &Arc<Variables>) {
        let says_nothing = command.words.is_empty() && command.writes.is_empty();
        if says_nothing || self.commands.len() >= MOST_COMMANDS {
            return;
        }
        while let Some(wrapper) = command.words.first().and_then(|word| wrappers::named(word)) {
            let rest: Vec<&str> = command.words.iter().skip(1).map(String::as_str).collect();
            match wrapper.call(&rest) {
                Some(call) if call.text.is_none() => {
                    command.words.drain(..(1 + call.own_words).min(command.words.len()));
                }
                _ => break,
            }
        }
        let rest: Vec<&str> = command.arguments().iter().map(String::as_str).collect();
        if let Some(ShellCommand::Text { text, from, .. }) = shell_command(command.program(), &rest)
            && self.depth < DEEPEST
            && let Some(text) = rest.get(text).and_then(|text| text.get(from..))
        {
            self.depth += 1;
            self.text(text, command.folder.as_deref(), variables);
            self.depth -= 1;
            if command.writes.is_empty() {
                return;
            }
        }
        self.commands.push(command);
    }
}

/// The state of the nearest shell around a subshell that has run something already.
fn surrounding(subshell: usize, outer: &[usize], shells: &[Option<Shell>]) -> Option<Shell> {
    let next = |at: &usize| outer.get(*at).copied().filter(|outer| outer != at);
    let mut around = std::iter::successors(next(&subshell), next);
    around.find_map(|at| shells.get(at).cloned().flatten())
}

/// `export A=b` and the like.
fn declares(command: &SimpleCommand) -> bool {
    let name = command.words.first().map(|word| word.value.text.as_str());
    matches!(name, Some("export" | "declare" | "local" | "readonly" | "typeset"))
}

fn assign(command: &SimpleCommand, variables: &mut Arc<Variables>) {
    let declared = command.words.iter().skip(1).filter_map(|word| word.value.text.split_once('='));
    let alone = command.assignments.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in alone.chain(declared) {
        let value = shell::expanded(value, variables);
        Arc::make_mut(variables).insert(name.to_owned(), value);
    }
}

/// The loops whose variables a command uses.
fn loops_of<'l>(
    command: &SimpleCommand,
    at: usize,
    loops: &'l [Loop],
) -> impl Iterator<Item = &'l Loop> {
    loops.iter().filter(move |one| {
        let uses = |word: &ShellWord| {
            word.expansion != Expansion::Literal && word.value.text.contains(&one.name)
        };
        one.first_command <= at && command.words.iter().chain(&command.writes).any(uses)
    })
}

/// The variables with every value that loops give to theirs.
fn values_of(loops: &[&Loop], variables: &Arc<Variables>) -> Vec<Arc<Variables>> {
    let mut all = vec![Arc::clone(variables)];
    for one in loops {
        let values = expanded(&one.values, variables);
        let with = |before: &Arc<Variables>| {
            let mut each = Vec::new();
            for value in &values {
                let mut own = before.clone();
                Arc::make_mut(&mut own).insert(one.name.clone(), value.clone());
                each.push(own);
            }
            each
        };
        let is_small = variables.values().map(String::len).sum::<usize>() <= LARGEST_VARIABLES;
        if is_small && (1..=MOST_VALUES).contains(&(all.len() * values.len())) {
            all = all.iter().flat_map(with).collect();
        }
    }
    all
}

/// The variables with every value of a loop in a text that is read roughly.
fn with_each(before: &[Arc<Variables>], name: &str, list: &[String]) -> Vec<Arc<Variables>> {
    let size: usize = before.iter().flat_map(|one| one.values()).map(String::len).sum();
    if list.is_empty() || size > LARGEST_VARIABLES {
        return before.to_vec();
    }
    let each = before.iter().flat_map(|one| {
        list.iter().map(|value| {
            let mut own = Arc::clone(one);
            Arc::make_mut(&mut own).insert(name.to_owned(), shell::expanded(value, one));
            own
        })
    });
    each.take(MOST_VALUES).collect()
}

/// Words with the variables filled in that are known, and `{a,b}` written out.
fn expanded(words: &[ShellWord], variables: &Arc<Variables>) -> Vec<String> {
    let each = |word: &ShellWord| match word.expansion {
        Expansion::Literal if word.in_quotes => vec![word.value.text.clone()],
        Expansion::Literal => braces(&word.value.text),
        Expansion::Quoted => braces(&shell::expanded(&word.value.text, variables)),
        Expansion::Split => {
            let value = shell::expanded(&word.value.text, variables);
            match value == word.value.text {
                true => vec![value],
                false => value.split_whitespace().map(str::to_owned).collect(),
            }
        }
    };
    words.iter().flat_map(each).collect()
}

/// `/usr/{agent,lib}` is two words; to a shell that does not know it, it is none that exists.
fn braces(word: &str) -> Vec<String> {
    let parts = || {
        let (before, rest) = word.split_once('{')?;
        let (inner, behind) = rest.split_once('}')?;
        let is_list = inner.contains(',') && !before.ends_with('$') && !inner.contains(['{', ' ']);
        is_list.then(|| inner.split(',').map(|one| format!("{before}{one}{behind}")).collect())
    };
    parts().unwrap_or_else(|| vec![word.to_owned()])
}

/// `cd FOLDER`; where that leads is not known when a part of it is not.
fn change_folder(words: &[String], folder: &mut Option<String>) {
    let mut words = words.iter().map(String::as_str);
    let target = match words.next() {
        Some("cd" | "pushd") => words.find(|word| *word != "--" && *word != "-P"),
        Some("popd") => None,
        _ => return,
    };
    *folder = target
        .filter(|target| !target.contains(['$', '`', '~', '*']) && !target.starts_with('-'))
        .filter(|target| target.starts_with('/') || folder.is_some())
        .map(|target| join(folder.as_deref(), target));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<String> {
        let variables = Arc::new(Variables::from([("D".to_owned(), "/usr/agent".to_owned())]));
        let scope = Scope { folder: "/w", variables: &variables };
        let shown = |one: &Command| {
            let folder = one.folder.as_deref().unwrap_or("?");
            let writes: String = one.writes.iter().map(|file| format!(" >{file}")).collect();
            format!("{folder}: {}{writes}", one.words.join(" "))
        };
        of_run(text, scope).iter().map(shown).collect()
    }

    #[test]
    fn commands_run_where_cd_leads_with_what_is_known() {
        let table: &[(&str, &[&str])] = &[
            ("a && cd b; c $D/x \"$E\"", &["/w: a", "/w/b: cd b", "/w/b: c /usr/agent/x $E"]),
            ("(cd /x; a); b", &["/x: cd /x", "/x: a", "/w: b"]),
            ("cd $E && a", &["?: cd $E", "?: a"]),
            ("X=/x; export Y=$X/y; a $Y", &["/w: export Y=/x/y", "/w: a /x/y"]),
            ("for f in p q; do a $f; done", &["/w: a p", "/w: a q"]),
            ("sudo -E env A=b rm x", &["/w: rm x"]),
            ("bash -c 'cd /y && rm z' && b", &["/y: cd /y", "/y: rm z", "/w: b"]),
            ("su app -c \"rm z\"", &["/w: rm z"]),
            ("[\"sh\", \"-c\", \"rm $D\"]", &["/w: rm /usr/agent"]),
            ("[\"rm\", \"a b\"]", &["/w: rm a b"]),
            ("--mount=type=cache,target=/x rm y", &["/w: rm y"]),
            ("<<END\nrm a\nrm b\nEND", &["/w: rm a", "/w: rm b"]),
            ("echo a >/x/{y,z} 2>&1", &["/w: echo a >/x/y >/x/z"]),
            ("rm {a,b}/c '{d,e}'", &["/w: rm a/c b/c {d,e}"]),
            ("if rm a; then (", &["/w: rm a"]),
            (
                "cd /usr; ( ( for d in a b; do rm $d; done; cd /x); rm c)",
                &["/usr: cd /usr", "/usr: rm a", "/usr: rm b", "/x: cd /x", "/usr: rm c"],
            ),
            (
                "for f in a b; do rm $f; done; X=c; rm $X; (",
                &["/w: rm a", "/w: rm b", "/w: done", "/w: X=c", "/w: rm c", "/w: rm c"],
            ),
        ];
        for (text, expected) in table {
            assert_eq!(commands(text), *expected, "{text}");
        }
    }
}
