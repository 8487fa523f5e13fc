//! From a command to the file that Node evaluates first: through `npm start` and other package
//! scripts, `cross-env`, `ts-node`, `nodemon`, `pm2` and the like.

use std::path::PathBuf;

use serde_json::Value;

use super::Desk;
use super::package_json::PackageJson;
use super::process_file;
use crate::cooked::Cooked;
use crate::facts::{self, Variables};
use crate::launch::wrappers;
use crate::shell;

/// How deep scripts may run each other.
const DEEPEST: usize = 8;

/// What Node is told to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// Who evaluates the entry.
    pub loader: Loader,
    /// The entry, as it is given, absolute: in the image, or in the repository.
    pub entry: String,
    /// What is loaded in front of it by flags, in order.
    pub preloads: Vec<Preload>,
    /// A flag that stands behind the entry, where Node gives it to the application.
    pub late_flag: Option<String>,
    /// The folder that it is started in.
    pub folder: String,
    /// The script of a package that holds the command, and that package.
    pub script: Option<(PathBuf, String)>,
    /// Which word of the first command is `node` itself.
    pub node_word: Option<usize>,
    /// The package script sets NODE_OPTIONS anew.
    pub resets_options: bool,
}

/// Who evaluates the entry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Loader {
    /// Node alone.
    #[default]
    Node,
    /// `ts-node`, `babel-node` and the like: TypeScript to CommonJS in memory.
    Transpiler,
    /// `tsx`, `bun`: TypeScript, modules as they are.
    Tsx,
    /// Next.js, whose own server is the entry.
    Next,
}

/// A module that a flag loads in front of the entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preload {
    /// `--require`, `--import` or `--loader`.
    pub how: How,
    /// What is loaded.
    pub specifier: String,
    /// It stands in NODE_OPTIONS.
    pub by_variable: bool,
}

/// By which flag a module is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// `-r`, `--require`
    Require,
    /// `--import`
    Import,
    /// `--loader`, `--experimental-loader`
    Loader,
}

/// What a program does with its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Runner {
    Node,
    /// `npm`, `yarn`, `pnpm`, `bun`.
    Package,
    /// Runs a binary of `node_modules/.bin`: the next word.
    Binary,
    /// Takes assignments and options, then the command.
    Environment,
    Transpiler,
    Tsx,
    /// Starts another runner, again at every change.
    Watcher,
    ProcessManager,
    Next,
    Nest,
}

/// The programs that run JavaScript, and what each makes of its words. To add one: a row.
const RUNNERS: &[(&[&str], Runner)] = &[
    (&["node", "nodejs"], Runner::Node),
    (&["npm", "yarn", "pnpm"], Runner::Package),
    (&["npx", "pnpx", "bunx"], Runner::Binary),
    (
        &["cross-env", "cross-env-shell", "dotenv", "dotenvx", "env-cmd", "doppler", "infisical"],
        Runner::Environment,
    ),
    (
        &["ts-node", "ts-node-esm", "ts-node-transpile-only", "babel-node", "swc-node", "esr"],
        Runner::Transpiler,
    ),
    (&["tsx"], Runner::Tsx),
    (&["nodemon", "ts-node-dev", "tsnd", "node-dev", "supervisor", "forever"], Runner::Watcher),
    (&["pm2", "pm2-runtime", "pm2-docker"], Runner::ProcessManager),
    (&["next"], Runner::Next),
    (&["nest"], Runner::Nest),
];

fn runner(word: &str) -> Option<Runner> {
    let name = wrappers::base_name(word);
    let name = name.strip_suffix(".js").unwrap_or(name);
    RUNNERS.iter().find(|(names, _)| names.contains(&name)).map(|(_, runner)| *runner)
}

/// Whether a program runs JavaScript.
fn is_runner(program: &str) -> bool {
    runner(program).is_some()
}

/// Whether a program runs JavaScript, or is JavaScript itself.
pub fn runs_script(program: &str) -> bool {
    is_runner(program) || is_script(program)
}

fn is_script(program: &str) -> bool {
    [".js", ".mjs", ".cjs", ".ts"].iter().any(|ending| program.ends_with(ending))
}

/// Options of `node` whose value is a word of its own.
/// <https://nodejs.org/api/cli.html>
const WITH_VALUE: &[&str] = &[
    "-C",
    "--conditions",
    "--env-file",
    "--env-file-if-exists",
    "--title",
    "--inspect-port",
    "--diagnostic-dir",
    "--icu-data-dir",
    "--input-type",
    "--max-http-header-size",
    "--openssl-config",
    "--redirect-warnings",
    "--stack-trace-limit",
    "--trace-event-categories",
    "--watch-path",
    "--max-old-space-size",
    "--max-semi-space-size",
];
/// Options with which `node` runs no file.
const WITHOUT_FILE: &[&str] = &[
    "-e",
    "--eval",
    "-p",
    "--print",
    "-v",
    "--version",
    "-h",
    "--help",
    "-c",
    "--check",
    "-i",
    "--test",
];

/// A command on its way to `node`.
#[derive(Clone)]
struct Step {
    words: Vec<String>,
    folder: String,
    environment: Variables,
    script: Option<(PathBuf, String)>,
    /// How many of the first command's words were taken away; `None` in another text.
    taken: Option<usize>,
    resets_options: bool,
}

/// Follows a command to what Node runs.
///
/// # Errors
/// What stopped us.
pub fn follow(
    desk: &Desk<'_>,
    words: &[String],
    folder: &str,
    environment: &Variables,
) -> Result<Run, String> {
    let step = Step {
        words: words.to_vec(),
        folder: folder.to_owned(),
        environment: environment.clone(),
        script: None,
        taken: Some(0),
        resets_options: false,
    };
    follow_step(desk, step, DEEPEST)
}

fn follow_step(desk: &Desk<'_>, mut step: Step, left: usize) -> Result<Run, String> {
    if left == 0 {
        return Err("scripts run each other too deeply".to_owned());
    }
    let Some(program) = step.words.first().cloned() else {
        return Err("it runs its arguments, and there are none".to_owned());
    };
    if let Some(wrapper) = wrappers::named(&program) {
        let rest: Vec<&str> = step.words.iter().skip(1).map(String::as_str).collect();
        let own = wrapper
            .own_words(&rest)
            .ok_or_else(|| format!("the options of {program} cannot be read"))?;
        step.take(1 + own);
        return follow_step(desk, step, left - 1);
    }
    let rest: Vec<String> = step.words.iter().skip(1).cloned().collect();
    match runner(&program) {
        Some(Runner::Node) => node(desk, &step, &rest, left),
        Some(Runner::Package) => package_manager(desk, &step, &program, &rest, left),
        Some(Runner::Binary) => {
            let own = rest.iter().take_while(|word| word.starts_with('-')).count();
            step.take(1 + own);
            follow_step(desk, step, left - 1)
        }
        Some(Runner::Environment) => environment(desk, step, &rest, left),
        Some(Runner::Transpiler) => transpiler(&step, &rest, Loader::Transpiler),
        Some(Runner::Tsx) => {
            let own = usize::from(rest.first().is_some_and(|word| word == "watch"));
            transpiler(&step, rest.get(own..).unwrap_or_default(), Loader::Tsx)
        }
        Some(Runner::Watcher) => watcher(desk, step, &program, &rest, left),
        Some(Runner::ProcessManager) => process_manager(desk, step, &rest, left),
        Some(Runner::Next) => next(&step, &rest),
        Some(Runner::Nest) => nest(desk, &step, &rest),
        // It names its interpreter itself, or the image's script puts `node` in front of it.
        // https://github.com/nodejs/docker-node/blob/main/docker-entrypoint.sh
        None if is_script(&program) => {
            node(desk, &step, &step.words.clone(), left).map(|run| Run { node_word: None, ..run })
        }
        None => Err(format!("what {program:?} starts cannot be seen")),
    }
}

impl Step {
    /// Takes words off the front.
    fn take(&mut self, count: usize) {
        let count = count.min(self.words.len());
        self.words.drain(..count);
        self.taken = self.taken.map(|taken| taken + count);
    }

    fn run(&self, loader: Loader, entry: &str, flags: Vec<Preload>) -> Run {
        let options = self.environment.get("NODE_OPTIONS").map(String::as_str).unwrap_or_default();
        let words: Vec<String> = options.split_whitespace().map(str::to_owned).collect();
        let by_variable = split_options(&words).preloads.into_iter();
        let by_variable = by_variable.map(|one| Preload { by_variable: true, ..one });
        Run {
            loader,
            entry: facts::join(Some(&self.folder), entry),
            preloads: by_variable.chain(flags).collect(),
            late_flag: None,
            folder: self.folder.clone(),
            script: self.script.clone(),
            node_word: None,
            resets_options: self.resets_options,
        }
    }
}

/// The options of `node`, and where the file stands.
#[derive(Default)]
struct Options {
    preloads: Vec<Preload>,
    file: Option<usize>,
    without_file: bool,
}

fn split_options(words: &[String]) -> Options {
    let mut options = Options::default();
    // `"-r x"` as one argument is read like two.
    let one = |word: &String| match word.split_once(' ') {
        Some((name @ ("-r" | "--require" | "--import" | "--loader"), value)) => {
            format!("{}={}", if name == "-r" { "--require" } else { name }, value.trim())
        }
        _ => word.clone(),
    };
    let words: Vec<String> = words.iter().map(one).collect();
    let mut at = 0;
    while let Some(word) = words.get(at) {
        let (name, joined) = match word.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(value)),
            _ => (word.as_str(), None),
        };
        let value = || joined.map(str::to_owned).or_else(|| words.get(at + 1).cloned());
        let how = match name {
            "-r" | "--require" => Some(How::Require),
            "--import" => Some(How::Import),
            "--loader" | "--experimental-loader" => Some(How::Loader),
            _ => None,
        };
        if let (Some(how), Some(specifier)) = (how, value()) {
            options.preloads.push(Preload { how, specifier, by_variable: false });
            at += 1 + usize::from(joined.is_none());
            continue;
        }
        if word == "--" {
            options.file = words.get(at + 1).map(|_| at + 1);
            return options;
        }
        if !word.starts_with('-') {
            options.file = Some(at);
            return options;
        }
        options.without_file |= WITHOUT_FILE.contains(&name);
        let takes = WITH_VALUE.contains(&name) && joined.is_none();
        at += 1 + usize::from(takes);
    }
    options
}

fn node(desk: &Desk<'_>, step: &Step, rest: &[String], left: usize) -> Result<Run, String> {
    let options = split_options(rest);
    if options.without_file {
        return Err("node runs no file".to_owned());
    }
    let Some(at) = options.file else { return Err("node is given no file".to_owned()) };
    let file = rest.get(at).map(String::as_str).unwrap_or_default();
    if file.contains(['$', '`', '*']) {
        return Err(format!("{file} is only known when it runs"));
    }
    // `node node_modules/.bin/next start` and the like.
    let binary = wrappers::base_name(file);
    if file.contains("node_modules/") && !file.contains("node_modules/dd-trace") {
        let known = runner(binary).filter(|runner| *runner != Runner::Node);
        let named = || {
            RUNNERS
                .iter()
                .flat_map(|(names, _)| *names)
                .find(|name| file.contains(&format!("node_modules/{name}/")))
        };
        let name = known.map(|_| binary.to_owned()).or_else(|| named().map(|n| (*n).to_owned()));
        let name = name.ok_or_else(|| format!("what {file} runs cannot be seen"))?;
        let mut inner = Step { words: vec![name], taken: None, ..step.clone() };
        inner.words.extend(rest.iter().skip(at + 1).cloned());
        let mut run = follow_step(desk, inner, left - 1)?;
        run.preloads.extend(options.preloads);
        return Ok(run);
    }
    let behind = rest.get(at + 1..).unwrap_or_default();
    let late = split_late(behind);
    let mut run = step.run(Loader::Node, file, options.preloads);
    // Loaders that are given as flags: `node -r ts-node/register`, `node --import tsx`.
    for preload in &run.preloads {
        match super::packages::name(&preload.specifier) {
            "ts-node" | "@babel/register" | "@swc-node/register" | "@swc/register"
            | "esbuild-register" | "esm" => run.loader = Loader::Transpiler,
            "tsx" => run.loader = Loader::Tsx,
            _ => {}
        }
    }
    run.late_flag = late;
    run.node_word = step.taken;
    Ok(run)
}

/// A flag for the tracer among the arguments of the application.
fn split_late(words: &[String]) -> Option<String> {
    words.iter().enumerate().find_map(|(at, word)| {
        let flag = ["-r", "--require", "--import", "--loader", "--experimental-loader"];
        let (name, joined) =
            word.split_once('=').map_or((word.as_str(), None), |(a, b)| (a, Some(b)));
        let value = joined.or_else(|| words.get(at + 1).map(String::as_str))?;
        (flag.contains(&name) && value.contains("dd-trace")).then(|| format!("{name} {value}"))
    })
}

/// `npm start`, `yarn build:run`, `pnpm --filter api run start`, `npm exec -- x`.
fn package_manager(
    desk: &Desk<'_>,
    step: &Step,
    manager: &str,
    rest: &[String],
    left: usize,
) -> Result<Run, String> {
    let manager = wrappers::base_name(manager);
    let mut folder = step.folder.clone();
    let mut words: Vec<&str> = Vec::new();
    let mut workspace = None;
    let mut all = rest.iter().map(String::as_str);
    while let Some(word) = all.next() {
        let (name, joined) = word.split_once('=').map_or((word, None), |(a, b)| (a, Some(b)));
        match name {
            "--prefix" | "-C" | "--dir" | "--cwd" => {
                let value = joined.or_else(|| all.next()).unwrap_or_default();
                folder = facts::join(Some(&folder), value);
            }
            "-w" | "--workspace" | "--filter" | "-F" if manager != "yarn" && words.is_empty() => {
                workspace = joined.or_else(|| all.next()).map(str::to_owned);
            }
            "--" if words.is_empty() => {}
            _ if word.starts_with('-') && words.is_empty() => {}
            _ => {
                words.push(word);
                // The rest belongs to the script.
                if !matches!(word, "run" | "run-script" | "exec" | "workspace") && words.len() > 1
                    || !matches!(word, "run" | "run-script" | "exec" | "workspace" | "x" | "dlx")
                {
                    words.extend(all.by_ref());
                    break;
                }
            }
        }
    }
    if let ["workspace", name, behind @ ..] = words.as_slice() {
        workspace = Some((*name).to_owned());
        words = behind.to_vec();
    }
    if let Some(name) = &workspace {
        folder = desk
            .workspace(&folder, name)
            .ok_or_else(|| format!("there is no workspace {name:?}"))?;
    }
    let name = match words.as_slice() {
        ["run" | "run-script", name, ..] => *name,
        ["exec" | "x" | "dlx", command @ ..] => {
            let command = command.iter().skip_while(|word| word.starts_with('-'));
            let words = command.map(|word| (*word).to_owned()).collect();
            return follow_step(
                desk,
                Step { words, folder, taken: None, ..step.clone() },
                left - 1,
            );
        }
        ["start" | "restart", ..] => "start",
        ["test" | "t", ..] => "test",
        // yarn and pnpm run a script by its name alone.
        [name, ..] if manager != "npm" => *name,
        _ => return Err(format!("{manager} starts nothing")),
    };
    let package = desk.package_at(&folder).ok_or_else(|| {
        format!("there is no package.json in {folder} to look up the script {name:?}")
    })??;
    let Some(text) = package.script(name) else {
        // npm starts server.js where there is no start script.
        // https://docs.npmjs.com/cli/v10/commands/npm-start
        if name == "start" && manager == "npm" {
            let words = vec!["node".to_owned(), "server.js".to_owned()];
            return follow_step(
                desk,
                Step { words, folder, taken: None, ..step.clone() },
                left - 1,
            );
        }
        if manager != "npm" {
            let words = words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
            if words.first().is_some_and(|word| is_runner(word)) {
                return follow_step(
                    desk,
                    Step { words, folder, taken: None, ..step.clone() },
                    left - 1,
                );
            }
        }
        return Err(format!("package.json has no script {name:?}"));
    };
    let script = Some((package.path.clone(), name.to_owned()));
    follow_text(desk, text, Step { folder, script, taken: None, ..step.clone() }, left)
}

/// The last command of a script's text.
fn follow_text(desk: &Desk<'_>, text: &str, step: Step, left: usize) -> Result<Run, String> {
    let commands = shell::read(&Cooked::plain(text, 0))
        .map_err(|reason| format!("the script {text:?} cannot be read: {reason}"))?
        .commands;
    let mut step = step;
    let mut last = None;
    for command in &commands {
        let words: Vec<String> = command
            .words
            .iter()
            .map(|word| shell::expanded(&word.value.text, &step.environment))
            .collect();
        let mut own = step.clone();
        for (name, value) in &command.assignments {
            let value = shell::expanded(value, &own.environment);
            own.resets_options |= name == "NODE_OPTIONS";
            own.environment.insert(name.clone(), value);
        }
        match words.as_slice() {
            [] => step = own,
            [cd, folder] if cd == "cd" => step.folder = facts::join(Some(&step.folder), folder),
            [export, ..] if export == "export" => {
                for (name, value) in words.iter().filter_map(|word| word.split_once('=')) {
                    step.environment.insert(name.to_owned(), value.to_owned());
                }
            }
            _ => last = Some(Step { words, ..own }),
        }
    }
    let last = last.ok_or_else(|| format!("the script {text:?} starts nothing"))?;
    follow_step(desk, last, left - 1)
}

/// `cross-env A=b node x`, `dotenv -e .env -- node x`, `doppler run -- node x`.
fn environment(
    desk: &Desk<'_>,
    mut step: Step,
    rest: &[String],
    left: usize,
) -> Result<Run, String> {
    let dashes = rest.iter().position(|word| word == "--").map(|at| at + 1);
    let begins = rest.iter().position(|word| is_runner(word));
    let own = dashes.or(begins).ok_or("the command behind it cannot be read")?;
    for (name, value) in rest.iter().take(own).filter_map(|word| word.split_once('=')) {
        step.resets_options |= name == "NODE_OPTIONS";
        step.environment.insert(name.to_owned(), value.to_owned());
    }
    step.take(1 + own);
    follow_step(desk, step, left - 1)
}

/// Options of `ts-node` and its like whose value is a word of its own.
const TRANSPILER_VALUES: &[&str] = &[
    "-P",
    "--project",
    "-O",
    "--compiler-options",
    "-C",
    "--compiler",
    "-I",
    "--ignore",
    "--cwd",
    "--tsconfig",
    "-x",
    "--extensions",
    "--presets",
    "--plugins",
    "--config-file",
];

fn transpiler(step: &Step, rest: &[String], loader: Loader) -> Result<Run, String> {
    let mut words = rest.to_vec();
    // Their own options are taken out; what remains is node's.
    let mut at = 0;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        if TRANSPILER_VALUES.contains(&word.as_str()) {
            words.drain(at..(at + 2).min(words.len()));
        } else {
            at += 1 + usize::from(matches!(
                word.as_str(),
                "-r" | "--require" | "--import" | "--loader"
            ));
        }
    }
    let options = split_options(&words);
    let file = options.file.and_then(|at| words.get(at)).ok_or("it is given no file")?;
    let mut run = step.run(loader, file, options.preloads);
    run.late_flag = options.file.and_then(|at| split_late(words.get(at + 1..)?));
    Ok(run)
}

/// `nodemon --watch src --exec ts-node src/main.ts`, `ts-node-dev src/main.ts`.
fn watcher(
    desk: &Desk<'_>,
    step: Step,
    program: &str,
    rest: &[String],
    left: usize,
) -> Result<Run, String> {
    let name = wrappers::base_name(program);
    if name.starts_with("ts") {
        return transpiler(&step, rest, Loader::Transpiler);
    }
    let text_of = |value: &Value| value.get("exec").and_then(Value::as_str).map(str::to_owned);
    let package = desk.package_at(&step.folder).and_then(Result::ok);
    let configured = || {
        let file = desk.read_at(&facts::join(Some(&step.folder), "nodemon.json"));
        let file = file.and_then(|text| serde_json::from_str::<Value>(&text).ok());
        file.as_ref().and_then(text_of).or_else(|| text_of(package.as_ref()?.nodemon()))
    };
    let mut file = None;
    let mut exec = None;
    let mut node_options = Vec::new();
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "-x" | "--exec" => exec = words.next().cloned(),
            "-w" | "--watch" | "-e" | "--ext" | "-i" | "--ignore" | "-d" | "--delay"
            | "--config" | "-s" | "--signal" => {
                words.next();
            }
            "-r" | "--require" | "--import" => {
                node_options.push(word.clone());
                node_options.extend(words.next().cloned());
            }
            word if word.starts_with('-') => {}
            word => {
                file = Some(word.to_owned());
                break;
            }
        }
    }
    let file = file.or_else(|| package.as_ref()?.main().map(str::to_owned));
    let exec = exec.or_else(configured);
    let text = match (exec, file) {
        (Some(exec), Some(file)) if !exec.contains(&file) => format!("{exec} {file}"),
        (Some(exec), _) => exec,
        (None, Some(file)) => {
            let program = if file.ends_with(".ts") { "ts-node" } else { "node" };
            format!("{program} {} {file}", node_options.join(" "))
        }
        (None, None) => return Err(format!("{name} is given no file")),
    };
    follow_text(desk, &text, Step { taken: None, ..step }, left)
}

/// `pm2-runtime start ecosystem.config.js`, `pm2-runtime app.js -- args`.
fn process_manager(
    desk: &Desk<'_>,
    mut step: Step,
    rest: &[String],
    left: usize,
) -> Result<Run, String> {
    let with_value = [
        "-i",
        "--instances",
        "-n",
        "--name",
        "--env",
        "--only",
        "-o",
        "-e",
        "--output",
        "--error",
        "-l",
        "--log",
    ];
    let mut file = None;
    let mut node_args = String::new();
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "start" => {}
            "--" => break,
            "--node-args" => node_args = words.next().cloned().unwrap_or_default(),
            word if with_value.contains(&word) => {
                words.next();
            }
            word if word.starts_with("--node-args=") => {
                node_args =
                    word.trim_start_matches("--node-args=").trim_matches(['"', '\'']).to_owned();
            }
            word if word.starts_with('-') => {}
            word => {
                file = Some(word.to_owned());
                break;
            }
        }
    }
    let file = file.ok_or("pm2 is given no file")?;
    if file == "npm" || file == "yarn" {
        let words = std::iter::once(file).chain(words.filter(|word| *word != "--").cloned());
        return follow_step(desk, Step { words: words.collect(), taken: None, ..step }, left - 1);
    }
    let is_list = [".json", ".config.js", ".config.cjs", ".config.mjs", ".yml", ".yaml"];
    if !is_list.iter().any(|ending| file.ends_with(ending)) {
        step.words = vec!["node".to_owned()];
        step.words.extend(node_args.split_whitespace().map(str::to_owned));
        step.words.push(file);
        return follow_step(desk, Step { taken: None, ..step }, left - 1);
    }
    let path = facts::join(Some(&step.folder), &file);
    let text = desk.read_at(&path).ok_or_else(|| format!("{file} is not in the repository"))?;
    let process = process_file::first(&file, &text)?;
    if let Some(folder) = &process.folder {
        step.folder = facts::join(Some(&step.folder), folder);
    }
    for (name, value) in process.environment {
        step.environment.insert(name, value);
    }
    let program = match process.interpreter.as_deref() {
        None if process.script.ends_with(".ts") => "ts-node",
        None => "node",
        Some(name) => name,
    };
    if process.script == "npm" || process.script == "yarn" {
        let words = format!("{} {}", process.script, process.arguments);
        return follow_text(desk, &words, Step { taken: None, ..step }, left);
    }
    step.words = vec![program.to_owned()];
    step.words.extend(process.node_args.split_whitespace().map(str::to_owned));
    step.words.push(process.script);
    follow_step(desk, Step { taken: None, ..step }, left - 1)
}

fn next(step: &Step, rest: &[String]) -> Result<Run, String> {
    match rest.iter().map(String::as_str).find(|word| !word.starts_with('-')) {
        Some("start" | "dev") | None => Ok(step.run(Loader::Next, ".", Vec::new())),
        Some(other) => Err(format!("next {other} starts no server")),
    }
}

/// `nest start`: what nest-cli.json says, `src/main.ts` by default.
/// <https://docs.nestjs.com/cli/monorepo#cli-properties>
fn nest(desk: &Desk<'_>, step: &Step, rest: &[String]) -> Result<Run, String> {
    if rest.first().map(String::as_str) != Some("start") {
        return Err("nest starts no server here".to_owned());
    }
    let config =
        desk.read_at(&facts::join(Some(&step.folder), "nest-cli.json")).unwrap_or_default();
    let config: Value =
        jsonc_parser::parse_to_serde_value(&config, &Default::default()).unwrap_or_default();
    let project = rest.get(1).filter(|name| !name.starts_with('-'));
    let own = project.and_then(|name| config.get("projects")?.get(name)).unwrap_or(&config);
    let text = |name: &str| own.get(name).and_then(Value::as_str);
    let (root, file) = (text("sourceRoot").unwrap_or("src"), text("entryFile").unwrap_or("main"));
    Ok(step.run(Loader::Transpiler, &format!("{root}/{file}.ts"), Vec::new()))
}

/// The command that starts a package without a Dockerfile: its start script, else its main file.
/// Whether that is an application, or a library, nobody can tell from it.
pub fn of_package(package: &PackageJson) -> Option<Vec<String>> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    if package.script("start").is_some() {
        return Some(words(&["npm", "start"]));
    }
    package.main().map(|main| words(&["node", main]))
}
