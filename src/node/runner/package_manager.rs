//! `npm`, `yarn` and `pnpm`: from the name of a script to its last command.

use super::{Run, Step, follow_step, is_runner};
use crate::cooked::Cooked;
use crate::facts;
use crate::node::Desk;
use crate::shell;
use crate::wrappers;

/// Words in front of the name of a script.
const RUNS: &[&str] = &["run", "run-script"];

/// `npm start`, `yarn build:run`, `pnpm --filter api run start`, `npm exec -- x`.
pub(super) fn package_manager(
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
    // npm takes its own options wherever they stand, up to `--`; the others leave what stands behind the
    // script's name to the script. https://docs.npmjs.com/cli/v10/commands/npm-run
    let takes_all = |words: &[&str]| manager == "npm" && !matches!(words, ["exec" | "x", _, ..]);
    let mut all = rest.iter().map(String::as_str);
    while let Some(word) = all.next() {
        let (name, joined) = word.split_once('=').map_or((word, None), |(a, b)| (a, Some(b)));
        match name {
            "--prefix" | "-C" | "--dir" | "--cwd" => {
                let value = joined.or_else(|| all.next()).unwrap_or_default();
                folder = facts::join(Some(&folder), value);
            }
            "-w" | "--workspace" | "--filter" | "-F"
                if takes_all(&words)
                    || manager != "yarn" && words.iter().all(|word| RUNS.contains(word)) =>
            {
                workspace = joined.or_else(|| all.next()).map(str::to_owned);
            }
            "--" if takes_all(&words) => {
                words.extend(all.by_ref());
            }
            "--" if words.iter().all(|word| RUNS.contains(word)) => {}
            _ if word.starts_with('-')
                && (takes_all(&words) || words.iter().all(|word| RUNS.contains(word))) => {}
            _ if takes_all(&words) => words.push(word),
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
    let mut step = Step { folder, script, taken: None, ..step.clone() };
    if let Some(options) = configured_options(desk, &step.folder) {
        step.environment.entry("NODE_OPTIONS".to_owned()).or_insert(options);
    }
    follow_text(desk, text, step, left)
}

/// `node-options` of the package's `.npmrc`.
/// <https://docs.npmjs.com/cli/v10/using-npm/config#node-options>
fn configured_options(desk: &Desk<'_>, folder: &str) -> Option<String> {
    let text = desk.read_at(&facts::join(Some(folder), ".npmrc"))?;
    let setting = text.lines().find_map(|line| line.trim().strip_prefix("node-options"))?;
    Some(setting.trim().strip_prefix('=')?.trim().trim_matches('"').to_owned())
}

/// Programs that read what the application prints.
const PRINTERS: &[&str] =
    &["bunyan", "cat", "pino-colada", "pino-pretty", "pino-tiny", "rotatelogs", "split2", "tee"];

/// The last command of a script's text.
pub(super) fn follow_text(
    desk: &Desk<'_>,
    text: &str,
    step: Step,
    left: usize,
) -> Result<Run, String> {
    let read = shell::read(&Cooked::plain(text, 0))
        .map_err(|reason| format!("the script {text:?} cannot be read: {reason}"))?;
    let mut step = step;
    let mut last = None;
    // What goes on in the background is a start of its own.
    let mut others = Vec::new();
    for command in &read.commands {
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
            [wait, ..] if wait == "wait" => {}
            [_, ..] if command.in_background => others.push(Step { words, ..own }),
            [program, ..] if last.is_some() && PRINTERS.contains(&wrappers::base_name(program)) => {
            }
            _ => last = Some(Step { words, ..own }),
        }
    }
    others.extend(last);
    let way = step.forks.choose(others.len());
    let chosen = others.into_iter().nth(way);
    let chosen = chosen.ok_or_else(|| format!("the script {text:?} starts nothing"))?;
    follow_step(desk, chosen, left - 1)
}
