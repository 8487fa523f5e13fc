//! From a command to the file that Node evaluates first: through `npm start` and other package
//! scripts, `cross-env`, `ts-node`, `nodemon`, `pm2` and the like.

mod forks;
mod lists;
mod options;
mod package_manager;
mod tools;

use std::path::PathBuf;
use std::rc::Rc;

use super::Desk;
use super::package_json::PackageJson;
use crate::facts::{self, Variables};
use crate::wrappers;
use forks::Forks;
use lists::{list, task_runner};
pub use options::joined_option;
use options::{node, split_options};
use package_manager::package_manager;
use tools::{bun, environment, nest, next, process_manager, transpiler, watcher};

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
    /// The loader moves imports in front of everything else in a file.
    pub hoists: bool,
    /// The package script sets NODE_OPTIONS anew.
    pub resets_options: bool,
    /// DD_INJECT_FORCE: dd-trace runs on a Node that it does not support.
    pub forces_tracer: bool,
    /// The variable that turns the tracer off.
    pub turned_off: Option<String>,
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
    /// A program that starts Node in a way that nobody sees: only a flag in NODE_OPTIONS decides.
    Unseen,
    /// Another runtime than Node, by its name.
    Other(&'static str),
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
    /// Starts several commands, or scripts of the package.
    List,
    /// Runs a script of a workspace.
    Workspaces,
    Next,
    Nest,
    Bun,
    Deno,
}

/// The programs that run JavaScript, and what each makes of its words. To add one: a row.
const RUNNERS: &[(&[&str], Runner)] = &[
    (&["node", "nodejs"], Runner::Node),
    (&["npm", "yarn", "pnpm"], Runner::Package),
    (&["npx", "pnpx", "bunx"], Runner::Binary),
    (
        &[
            "env",
            "cross-env",
            "cross-env-shell",
            "dotenv",
            "dotenvx",
            "env-cmd",
            "doppler",
            "infisical",
        ],
        Runner::Environment,
    ),
    (
        &["ts-node", "ts-node-esm", "ts-node-transpile-only", "babel-node", "swc-node", "esr"],
        Runner::Transpiler,
    ),
    (&["tsx"], Runner::Tsx),
    (&["nodemon", "ts-node-dev", "tsnd", "node-dev", "supervisor", "forever"], Runner::Watcher),
    (&["pm2", "pm2-runtime", "pm2-docker"], Runner::ProcessManager),
    (
        &["concurrently", "conc", "npm-run-all", "npm-run-all2", "run-p", "run-s", "run-pz"],
        Runner::List,
    ),
    (&["turbo", "lerna"], Runner::Workspaces),
    (&["next"], Runner::Next),
    (&["nest"], Runner::Nest),
    (&["bun"], Runner::Bun),
    (&["deno"], Runner::Deno),
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
    /// Which of several starts is followed.
    forks: Rc<Forks>,
}

/// Follows a command to all that Node runs: several files, where it starts several processes. What stopped us
/// stands in the place of a start.
pub fn follow(
    desk: &Desk<'_>,
    words: &[String],
    folder: &str,
    environment: &Variables,
) -> Vec<Result<Run, String>> {
    let forks = Rc::new(Forks::default());
    let step = Step {
        words: words.to_vec(),
        folder: folder.to_owned(),
        environment: environment.clone(),
        script: None,
        taken: Some(0),
        resets_options: false,
        forks: Rc::clone(&forks),
    };
    forks::all(|| follow_step(desk, step.clone(), DEEPEST), &forks)
}

fn follow_step(desk: &Desk<'_>, mut step: Step, left: usize) -> Result<Run, String> {
    if left == 0 {
        return Err("scripts run each other too deeply".to_owned());
    }
    let Some(program) = step.words.first().cloned() else {
        return Err("it runs its arguments, and there are none".to_owned());
    };
    if let Some(wrapper) =
        wrappers::named(&program).filter(|_| wrappers::base_name(&program) != "env")
    {
        let rest: Vec<&str> = step.words.iter().skip(1).map(String::as_str).collect();
        let call = wrapper
            .call(&rest)
            .ok_or_else(|| format!("the options of {program} cannot be read"))?;
        step.take(1 + call.own_words);
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
        Some(Runner::List) => list(desk, &step, &program, &rest, left),
        Some(Runner::Workspaces) => task_runner(desk, &step, &program, &rest, left),
        Some(Runner::Next) => next(&step, &rest),
        Some(Runner::Nest) => nest(desk, &step, &rest),
        Some(Runner::Bun) => bun(desk, &step, &rest, left),
        Some(Runner::Deno) => Ok(step.run(Loader::Other("Deno"), ".", Vec::new())),
        // It names its interpreter itself, or the image's script puts `node` in front of it.
        // https://github.com/nodejs/docker-node/blob/main/docker-entrypoint.sh
        None if is_script(&program) => {
            node(desk, &step, &step.words.clone(), left).map(|run| Run { node_word: None, ..run })
        }
        // Whatever it starts, a flag in NODE_OPTIONS comes first there.
        None => Ok(step.run(Loader::Unseen, &program, Vec::new())),
    }
}

impl Step {
    /// Takes words off the front.
    fn take(&mut self, count: usize) {
        let count = count.min(self.words.len());
        self.words.drain(..count);
        self.taken = self.taken.map(|taken| taken + count);
    }

    fn turned_off(&self) -> Option<String> {
        let value = self.environment.get("DD_TRACE_ENABLED")?;
        matches!(value.as_str(), "false" | "0").then(|| format!("DD_TRACE_ENABLED={value}"))
    }

    fn run(&self, loader: Loader, entry: &str, flags: Vec<Preload>) -> Run {
        let forced = self.environment.get("DD_INJECT_FORCE").map(String::as_str);
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
            forces_tracer: matches!(forced, Some("true" | "True" | "1")),
            turned_off: self.turned_off(),
            hoists: false,
        }
    }
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;

    use super::*;
    use crate::node::InPlace;
    use crate::tree::Tree;

    struct Files(BTreeMap<PathBuf, &'static str>);

    impl Tree for Files {
        fn read(&self, path: &Path) -> Option<String> {
            self.0.get(path).map(|text| (*text).to_owned())
        }
    }

    fn entry(command: &str) -> Result<String, String> {
        let package = "{ \"scripts\": {
            \"start\": \"cross-env NODE_ENV=production node --max-old-space-size=512 dist/main\",
            \"deep\": \"npm run start\", \"loop\": \"yarn loop\", \"both\": \"tsc && cd lib && node a.js\",
            \"dev\": \"nodemon --watch src --exec ts-node src/dev.ts\" } }";
        let files = [
            ("/app/package.json", package),
            ("/app/nest-cli.json", "{ \"sourceRoot\": \"apps/api\", /* a comment */ }"),
            ("/app/pm2.config.js", "module.exports = { apps: [{ script: 'x.js', cwd: 'sub' }] }"),
        ];
        let tree = Files(files.map(|(path, text)| (PathBuf::from(path), text)).into());
        let desk = Desk { tree: &tree, root: Path::new("/"), files: &InPlace, node: None };
        let words: Vec<String> = command.split(' ').map(str::to_owned).collect();
        let run = follow(&desk, &words, "/app", &Variables::new()).remove(0)?;
        let flags: Vec<&str> = run.preloads.iter().map(|one| one.specifier.as_str()).collect();
        Ok(format!("{} {}", run.entry, flags.join(" ")).trim_end().to_owned())
    }

    #[test]
    fn commands_lead_to_the_entry() {
        for (command, expected) in [
            ("node server.js", "/app/server.js"),
            ("node -r dd-trace/init --import=./x.mjs . --port 1", "/app/. dd-trace/init ./x.mjs"),
            ("exec tini -- node -C dev ./a.js", "/app/a.js"),
            ("npm start", "/app/dist/main"),
            ("npm run deep", "/app/dist/main"),
            ("yarn both", "/app/lib/a.js"),
            ("pnpm --silent run dev", "/app/src/dev.ts"),
            ("npm --prefix /other start", "no package"),
            ("npm start --prefix /other", "no package"),
            ("npm run deep --silent -- --prefix /other", "/app/dist/main"),
            ("npm exec -- ts-node --esm src/a.ts", "/app/src/a.ts"),
            ("pnpm run dev --dir /other", "/app/src/dev.ts"),
            ("yarn loop", "too deeply"),
            ("npx ts-node -P tsconfig.x.json src/a.ts", "/app/src/a.ts"),
            ("tsx watch src/a.ts", "/app/src/a.ts"),
            ("dotenv -e .env -- node a.js", "/app/a.js"),
            ("pm2-runtime start pm2.config.js --env production", "/app/sub/x.js"),
            ("pm2-runtime -i 2 app.js -- --flag", "/app/app.js"),
            ("nest start --watch", "/app/apps/api/main.ts"),
            ("next start -p 3000", "/app/."),
            ("server.mjs", "/app/server.mjs"),
            ("node -e 1", "no file"),
            ("node $MAIN", "only known"),
            ("serve -s build", "/app/serve"),
        ] {
            match entry(command) {
                Ok(found) => assert_eq!(found, expected, "{command}"),
                Err(reason) => assert!(reason.contains(expected), "{command}: {reason}"),
            }
        }
    }
}
