//! The tools that start Node for somebody: environment wrappers, compilers, watchers, process managers,
//! frameworks.

use serde_json::Value;

use super::options::{split_late, split_options};
use super::package_manager::follow_text;
use super::package_manager::package_manager;
use super::{Loader, Run, Step, follow_step, is_runner};
use crate::facts;
use crate::node::{Desk, build, process_file};
use crate::wrappers;

/// `cross-env A=b node x`, `dotenv -e .env -- node x`, `doppler run -- node x`.
pub(super) fn environment(
    desk: &Desk<'_>,
    mut step: Step,
    rest: &[String],
    left: usize,
) -> Result<Run, String> {
    let dashes = rest.iter().position(|word| word == "--").map(|at| at + 1);
    let begins = rest.iter().position(|word| is_runner(word));
    // `cross-env NAME=value PROGRAM`
    let behind = || {
        let own = |word: &&String| word.contains('=') || word.starts_with('-');
        Some(rest.iter().take_while(own).count()).filter(|own| *own < rest.len())
    };
    let own = dashes.or(begins).or_else(behind).ok_or("the command behind it cannot be read")?;
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

/// Programs that move imports in front of everything else in a file (measured with @babel/node 7.28).
const HOISTING: &[&str] = &["babel-node", "babel-watch", "swc-node", "esno", "tsx"];

pub(super) fn transpiler(step: &Step, rest: &[String], loader: Loader) -> Result<Run, String> {
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
    let program =
        step.words.first().map(|program| wrappers::base_name(program)).unwrap_or_default();
    let by_swc = rest.iter().take_while(|word| *word != file).any(|word| word == "--swc");
    run.hoists = by_swc || HOISTING.contains(&program);
    run.late_flag = options.file.and_then(|at| split_late(words.get(at + 1..)?));
    Ok(run)
}

/// `nodemon --watch src --exec ts-node src/main.ts`, `ts-node-dev src/main.ts`.
pub(super) fn watcher(
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
pub(super) fn process_manager(
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
    let only = rest.iter().enumerate().find_map(|(at, word)| match word.split_once('=') {
        Some(("--only", names)) => Some(names.to_owned()),
        None if word == "--only" => rest.get(at + 1).cloned(),
        _ => None,
    });
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
    let only = only.unwrap_or_default();
    let only: Vec<&str> = only.split(',').filter(|name| !name.is_empty()).collect();
    let mut processes = process_file::read(&file, &text, &only)?;
    let process = processes.swap_remove(step.forks.choose(processes.len()))?;
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

pub(super) fn next(step: &Step, rest: &[String]) -> Result<Run, String> {
    match rest.iter().map(String::as_str).find(|word| !word.starts_with('-')) {
        Some("start" | "dev") | None => Ok(step.run(Loader::Next, ".", Vec::new())),
        Some(other) => Err(format!("next {other} starts no server")),
    }
}

/// `nest start`: what nest-cli.json says, `src/main.ts` by default.
/// <https://docs.nestjs.com/cli/monorepo#cli-properties>
pub(super) fn nest(desk: &Desk<'_>, step: &Step, rest: &[String]) -> Result<Run, String> {
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
    let flags = match exec(rest).or_else(|| text("exec").map(str::to_owned)) {
        Some(exec) => {
            let words: Vec<String> = exec.split_whitespace().map(str::to_owned).collect();
            match words.split_first().map(|(program, flags)| (wrappers::base_name(program), flags))
            {
                Some(("node", flags)) => split_options(flags).preloads,
                Some(("bun", _)) => return Ok(step.run(Loader::Other("Bun"), ".", Vec::new())),
                Some(("deno", _)) => return Ok(step.run(Loader::Other("Deno"), ".", Vec::new())),
                _ => return Err(format!("what {exec:?} runs cannot be seen")),
            }
        }
        None => Vec::new(),
    };
    let run = step.run(Loader::Transpiler, &format!("{root}/{file}.ts"), flags);
    let by_option = rest.iter().any(|word| word.contains("swc"));
    Ok(Run { hoists: by_option || build::nest_by_swc(&config), ..run })
}

/// The command that `nest start` puts in front of the built file; `node` where nothing says another one.
/// <https://docs.nestjs.com/cli/usages#nest-start>
fn exec(words: &[String]) -> Option<String> {
    let mut words = words.iter().take_while(|word| *word != "--");
    while let Some(word) = words.next() {
        if matches!(word.as_str(), "-e" | "--exec") {
            return words.next().cloned();
        }
        if let Some(value) = word.strip_prefix("--exec=") {
            return Some(value.to_owned());
        }
    }
    None
}

/// `bun run NAME` and `bun NAME` run a script of the package, which may start Node; else Bun runs the file.
/// <https://bun.com/docs/cli/run>
pub(super) fn bun(
    desk: &Desk<'_>,
    step: &Step,
    rest: &[String],
    left: usize,
) -> Result<Run, String> {
    let words = rest.iter().map(String::as_str).filter(|word| !word.starts_with('-'));
    let name = match words.collect::<Vec<_>>().as_slice() {
        ["run", name, ..] | [name, ..] => (*name).to_owned(),
        [] => String::new(),
    };
    let package = desk.package_at(&step.folder).and_then(Result::ok);
    let runs_script = package.is_some_and(|package| package.script(&name).is_some());
    let by_bun = rest.iter().any(|word| word == "--bun" || word == "-b");
    match runs_script && !by_bun {
        true => package_manager(desk, step, "bun", &["run".to_owned(), name], left),
        false => Ok(step.run(Loader::Other("Bun"), ".", Vec::new())),
    }
}
