//! `node` itself: its options, the file, and what stands behind it.

use super::{How, Loader, Preload, RUNNERS, Run, Runner, Step, follow_step, runner};
use crate::node::{Desk, packages};
use crate::wrappers;

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
    "--trace-event-categories",
    "--watch-path",
    "--disable-warning",
    "--dns-result-order",
    "--heapsnapshot-signal",
    "--unhandled-rejections",
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

/// The options of `node`, and where the file stands.
#[derive(Default)]
pub(super) struct Options {
    pub(super) preloads: Vec<Preload>,
    pub(super) file: Option<usize>,
    without_file: bool,
}

/// `"-r dd-trace/init"` in one word: Node takes it for an option of that name (measured on Node 20).
pub fn joined_option<'w>(words: &[&'w str]) -> Option<&'w str> {
    let options = words.iter().take_while(|word| word.starts_with('-'));
    let names = ["-r", "--require", "--import", "--loader", "--experimental-loader"];
    let is_joined =
        |word: &&&str| word.split_once(' ').is_some_and(|(name, _)| names.contains(&name));
    options.into_iter().find(is_joined).copied()
}

pub(super) fn split_options(words: &[String]) -> Options {
    let mut options = Options::default();
    // `"-r x"` as one argument is read like two: it comes here only where a script that hands its arguments on
    // may have taken it apart.
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

pub(super) fn node(
    desk: &Desk<'_>,
    step: &Step,
    rest: &[String],
    left: usize,
) -> Result<Run, String> {
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
        run.hoists |= HOISTING.contains(&packages::name(&preload.specifier));
        match packages::name(&preload.specifier) {
            "ts-node" | "@babel/register" | "@swc-node/register" | "@swc/register"
            | "esbuild-register" | "sucrase" | "esm" => run.loader = Loader::Transpiler,
            "tsx" => run.loader = Loader::Tsx,
            _ => {}
        }
    }
    run.late_flag = late;
    run.node_word = step.taken;
    Ok(run)
}

/// Loaders that move imports in front of everything else in a file, `require` of the tracer too. Measured with
/// @babel/register 7.28, @swc-node/register 1.11, esbuild-register 3.6 and tsx 4; ts-node and sucrase keep the order.
const HOISTING: &[&str] =
    &["@babel/register", "@swc-node/register", "@swc/register", "esbuild-register", "esm", "tsx"];

/// A flag for the tracer among the arguments of the application.
pub(super) fn split_late(words: &[String]) -> Option<String> {
    words.iter().enumerate().find_map(|(at, word)| {
        let flag = ["-r", "--require", "--import", "--loader", "--experimental-loader"];
        let (name, joined) =
            word.split_once('=').map_or((word.as_str(), None), |(a, b)| (a, Some(b)));
        let value = joined.or_else(|| words.get(at + 1).map(String::as_str))?;
        (flag.contains(&name) && value.contains("dd-trace")).then(|| format!("{name} {value}"))
    })
}
