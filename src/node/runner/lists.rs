//! Programs that start several commands at once, or one after the other.

use super::package_manager::{follow_text, package_manager};
use super::{Loader, Run, Step};
use crate::node::Desk;
use crate::wrappers;

/// Options of these programs whose value is a word of its own.
/// <https://github.com/open-cli-tools/concurrently#usage>,
/// <https://github.com/mysticatea/npm-run-all/blob/master/docs/npm-run-all.md>
const WITH_VALUE: &[&str] = &[
    "-n",
    "--names",
    "-c",
    "--prefix-colors",
    "-p",
    "--prefix",
    "-m",
    "--max-processes",
    "--restart-tries",
    "--restart-after",
    "--kill-signal",
    "-s",
    "--success",
    "-t",
    "--timestamp-format",
    "-l",
    "--prefix-length",
    "--handle-input",
    "--default-input-target",
    "--hide",
    "--max-parallel",
    "--npm-path",
];

/// Commands that make something and serve nobody, whatever else is started with them.
const HELPERS: &[&str] = &[
    "babel",
    "cp",
    "cpx",
    "esbuild",
    "eslint",
    "mkdir",
    "postcss",
    "prettier",
    "rimraf",
    "rm",
    "rollup",
    "sass",
    "swc",
    "tailwindcss",
    "tsc",
    "tsc-alias",
    "tsup",
    "wait-on",
    "webpack",
];

/// `concurrently "npm:api" "node worker.js"`, `run-p api worker`: each of them is a start of its own.
pub(super) fn list(
    desk: &Desk<'_>,
    step: &Step,
    program: &str,
    rest: &[String],
    left: usize,
) -> Result<Run, String> {
    let name = wrappers::base_name(program);
    let by_script = !name.starts_with("conc");
    let mut commands: Vec<String> = Vec::new();
    let mut words = rest.iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            // Of npm-run-all these say how, and take no value.
            "-p" | "--parallel" | "-s" | "--serial" | "-c" | "-l" | "-n" if by_script => {}
            "--" => break,
            word if WITH_VALUE.contains(&word) => {
                words.next();
            }
            word if word.starts_with('-') => {}
            word => commands.push(word.trim_matches(['"', '\'', '\\']).to_owned()),
        }
    }
    let package = desk.package_at(&step.folder).and_then(Result::ok);
    let scripts: Vec<&str> =
        package.iter().flat_map(|package| package.scripts().map(|(name, _)| name)).collect();
    let mut starts: Vec<String> = Vec::new();
    for command in &commands {
        let script = ["npm:", "yarn:", "pnpm:", "node:"]
            .iter()
            .find_map(|manager| command.strip_prefix(manager))
            .or(by_script.then_some(command.as_str()));
        match script {
            // `npm:watch-*`, `run-p start:*`
            Some(pattern) if pattern.contains('*') => {
                let fits = |name: &&&str| crate::image_path::fits(pattern, name);
                starts.extend(scripts.iter().filter(fits).map(|name| format!("npm run {name}")));
            }
            Some(script) => starts.push(format!("npm run {script}")),
            None => starts.push(command.clone()),
        }
    }
    let serves = |start: &&String| {
        let text = match start.strip_prefix("npm run ") {
            Some(script) => package.as_ref().and_then(|one| one.script(script)).unwrap_or_default(),
            None => start.as_str(),
        };
        let first = text.split_whitespace().find(|word| !word.contains('=') && *word != "npx");
        !first.is_some_and(|first| HELPERS.contains(&wrappers::base_name(first)))
    };
    let servers: Vec<&String> = starts.iter().filter(serves).collect();
    let chosen = servers.get(step.forks.choose(servers.len()));
    let chosen = chosen.ok_or_else(|| format!("{name} is given no command that serves"))?;
    follow_text(desk, chosen, Step { taken: None, ..step.clone() }, left)
}

/// `turbo run start --filter=api`, `lerna run start --scope api`: a script of a workspace.
/// <https://turborepo.com/docs/reference/run>, <https://lerna.js.org/docs/api-reference/commands>
pub(super) fn task_runner(
    desk: &Desk<'_>,
    step: &Step,
    program: &str,
    rest: &[String],
    left: usize,
) -> Result<Run, String> {
    let name = wrappers::base_name(program);
    let mut filters: Vec<String> = Vec::new();
    let mut tasks: Vec<&str> = Vec::new();
    let mut words = rest.iter().map(String::as_str);
    while let Some(word) = words.next() {
        let (option, joined) = word.split_once('=').map_or((word, None), |(a, b)| (a, Some(b)));
        match option {
            "--filter" | "-F" | "--scope" => {
                filters.extend(joined.or_else(|| words.next()).map(str::to_owned));
            }
            "--" => break,
            _ if word.starts_with('-') || word == "run" || word == "exec" => {}
            _ => tasks.push(word),
        }
    }
    let task = tasks.first().ok_or_else(|| format!("{name} is given no task"))?;
    let Some(filter) = filters.get(step.forks.choose(filters.len())) else {
        // In every workspace: which of them serve, nobody tells.
        return Ok(step.run(Loader::Unseen, name, Vec::new()));
    };
    let words: Vec<String> =
        ["--filter", filter, "run", task].iter().map(|&word| word.to_owned()).collect();
    package_manager(desk, step, "pnpm", &words, left)
}
