//! What programs do with their arguments: one row each, by the manual of GNU or of BusyBox.

use super::commands::Command;
use super::modes::Others;
use super::{Effect, Target};
use crate::image_path::SYSTEM_FOLDERS;
use crate::wrappers::base_name;

/// A program whose effect on files is known.
struct Program {
    names: &'static [&'static str],
    /// Options that take a value.
    with_value: &'static [&'static str],
    effects: fn(&Call<'_>, &mut Vec<Effect>),
}

/// The programs that make, move, remove, open or close files.
///
/// To add one: a row, and a line in the test below.
const PROGRAMS: &[Program] = &[
    row(&["rm", "unlink", "shred"], &[], removes),
    row(&["mv"], &["-t", "--target-directory", "-S", "--suffix"], moves),
    row(&["cp", "ln"], &["-t", "--target-directory", "-S", "--suffix"], copies),
    row(
        &["install"],
        &["-m", "--mode", "-o", "--owner", "-g", "--group", "-t", "--target-directory"],
        installs,
    ),
    row(&["mkdir"], &["-m", "--mode"], makes_folders),
    row(&["touch", "truncate"], &["-d", "-r", "-t", "-s"], writes),
    row(&["tee"], &[], writes),
    row(&["dd"], &[], writes_output),
    row(&["chmod"], &["--reference"], sets_mode),
    row(&["chown", "chgrp"], &["--reference", "--from"], sets_owner),
    row(&["curl"], CURL, curl),
    row(
        &["wget"],
        &["-O", "--output-document", "-P", "--directory-prefix", "-o", "-a", "-t", "-T", "-U"],
        wget,
    ),
    row(&["aria2c", "axel"], &["-d", "--dir", "-o", "--out", "-x", "-s", "-n"], aria),
    row(&["tar", "bsdtar", "gtar"], TAR, tar),
    row(&["unzip", "7z", "7za", "cpio"], &["-d", "-x"], unpacks),
    row(&["jar"], &["-C"], jar),
    row(&["git"], &["-C", "-b", "--branch", "--depth", "-c"], git),
    row(&["rsync", "scp", "aws", "gsutil", "gcloud", "az", "s3cmd", "mc"], &["-e"], transfers),
    row(&["sed", "gsed", "perl"], &["-e", "-f"], edits),
    row(&["find"], &[], find),
];

const CURL: &[&str] = &[
    "-o",
    "--output",
    "--output-dir",
    "-H",
    "--header",
    "-u",
    "--user",
    "-d",
    "--data",
    "-X",
    "--request",
    "-A",
    "--user-agent",
    "-x",
    "--proxy",
    "-e",
    "--referer",
    "-b",
    "--cookie",
    "-m",
    "--max-time",
    "--connect-timeout",
    "--retry",
    "--retry-delay",
    "--retry-max-time",
    "--cacert",
    "--cert",
    "--key",
    "-w",
    "--write-out",
    "-T",
];

const TAR: &[&str] =
    &["-C", "--directory", "-f", "--file", "-I", "--strip-components", "--exclude"];

/// Programs that change no file, whatever their arguments name.
const SILENT: &[&str] = &[
    ".",
    "[",
    "[[",
    "cat",
    "cd",
    "command",
    "diff",
    "echo",
    "exit",
    "export",
    "false",
    "file",
    "grep",
    "head",
    "java",
    "less",
    "ls",
    "md5sum",
    "popd",
    "printf",
    "pushd",
    "pwd",
    "read",
    "set",
    "sha256sum",
    "sha512sum",
    "source",
    "stat",
    "tail",
    "test",
    "true",
    "type",
    "umask",
    "unset",
    "wc",
    "which",
];

const fn row(
    names: &'static [&'static str],
    with_value: &'static [&'static str],
    effects: fn(&Call<'_>, &mut Vec<Effect>),
) -> Program {
    Program { names, with_value, effects }
}

/// What one command does.
pub(super) fn effects(command: &Command, effects: &mut Vec<Effect>) {
    let url = command.words.iter().find(|word| word.contains("://"));
    for file in &command.writes {
        // Where nothing fits a pattern, a file of that very name is made.
        let target = Target::of(file, command.folder.as_deref()).filter(|one| !one.is_pattern());
        effects.extend(target.map(|target| Effect::Writes { target, url: url.cloned() }));
    }
    let Some((program, arguments)) = command.words.split_first() else { return };
    let name = base_name(program);
    match PROGRAMS.iter().find(|row| row.names.contains(&name)) {
        Some(row) => {
            let call = Call::of(name, arguments, row.with_value, command.folder.as_deref());
            (row.effects)(&call, effects);
        }
        None if SILENT.contains(&name) => {}
        None => effects.push(runs(command, name)),
    }
}

/// A program that may do anything with what its arguments name, also behind a `=`.
fn runs(command: &Command, name: &str) -> Effect {
    let folder = command.folder.as_deref();
    let values =
        command.words.iter().map(|word| word.split_once('=').map_or(word.as_str(), |w| w.1));
    let names = values.filter(|word| !word.starts_with('-'));
    let names = names.filter_map(|word| Target::of(word, folder)).collect();
    Effect::Runs { program: name.to_owned(), folder: command.folder.clone(), names }
}

/// The arguments of a program, options told from operands.
struct Call<'c> {
    name: &'c str,
    options: Vec<(&'c str, Option<&'c str>)>,
    operands: Vec<&'c str>,
    folder: Option<&'c str>,
    words: &'c [String],
}

impl<'c> Call<'c> {
    fn of(
        name: &'c str,
        words: &'c [String],
        with_value: &[&str],
        folder: Option<&'c str>,
    ) -> Self {
        let mut call = Self { name, options: Vec::new(), operands: Vec::new(), folder, words };
        let mut rest = words.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            if word == "--" {
                call.operands.extend(rest);
                break;
            } else if word.starts_with("--") {
                match word.split_once('=') {
                    Some((name, value)) => call.options.push((name, Some(value))),
                    None if with_value.contains(&word) => call.options.push((word, rest.next())),
                    None => call.options.push((word, None)),
                }
            } else if word.len() > 1 && word.starts_with('-') {
                call.cluster(word, with_value, &mut rest);
            } else {
                call.operands.push(word);
            }
        }
        call
    }

    /// `-rf`, `-sSLo FILE`, `-C/opt`: letters that stand alone, until one that takes a value.
    fn cluster(
        &mut self,
        word: &'c str,
        with_value: &[&str],
        rest: &mut impl Iterator<Item = &'c str>,
    ) {
        for (at, letter) in word.char_indices().skip(1) {
            let end = at + letter.len_utf8();
            let own =
                |option: &&&str| option.strip_prefix('-').is_some_and(|o| o.chars().eq([letter]));
            let behind = word.get(end..).filter(|behind| !behind.is_empty());
            if with_value.iter().any(|option| own(&option)) {
                let value = behind.or_else(|| rest.next());
                self.options.push((word.get(at..end).unwrap_or_default(), value));
                return;
            }
            self.options.push((word.get(at..end).unwrap_or_default(), None));
        }
    }

    /// The value of the last option of these names; letters are told without their dash.
    fn value(&self, names: &[&str]) -> Option<&'c str> {
        self.options
            .iter()
            .rev()
            .find(|(name, _)| names.contains(name))
            .and_then(|(_, value)| *value)
    }

    fn has(&self, names: &[&str]) -> bool {
        self.options.iter().any(|(name, _)| names.contains(name))
    }

    fn target(&self, word: &str) -> Option<Target> {
        Target::of(word, self.folder)
    }

    fn targets(&self) -> impl Iterator<Item = Target> {
        self.operands.iter().filter_map(|word| self.target(word))
    }
}

fn removes(call: &Call<'_>, effects: &mut Vec<Effect>) {
    effects.extend(call.targets().map(|target| Effect::Removes { target }));
}

fn moves(call: &Call<'_>, effects: &mut Vec<Effect>) {
    copy(call, true, effects);
}

fn copies(call: &Call<'_>, effects: &mut Vec<Effect>) {
    copy(call, false, effects);
}

fn copy(call: &Call<'_>, moves: bool, effects: &mut Vec<Effect>) {
    let folder = call.value(&["t", "--target-directory"]);
    let (sources, last) = match (folder, call.operands.split_last()) {
        (Some(folder), _) => (call.operands.as_slice(), folder),
        // `ln -s /opt/jdk/bin/java` makes a link of that name here.
        (None, Some((only, []))) if call.name == "ln" => (std::slice::from_ref(only), "."),
        (None, Some((last, sources))) => (sources, *last),
        (None, None) => return,
    };
    let is_folder = folder.is_some()
        || sources.len() > 1
        || last.ends_with(['/', '.'])
        || call.target(last).is_some_and(|last| SYSTEM_FOLDERS.contains(&last.path()));
    let into = match call.has(&["T", "--no-target-directory"]) {
        true => Some(false),
        false => is_folder.then_some(true),
    };
    // `mv x *` moves all but the last of what fits.
    let taken = call.target(last).filter(|last| moves && folder.is_none() && last.is_pattern());
    effects.extend(taken.map(|target| Effect::Removes { target }));
    for source in sources {
        let Some(from) = call.target(source) else {
            // Whatever it is, the other place holds it afterwards.
            effects.extend(
                call.target(last)
                    .filter(|_| into != Some(true))
                    .map(|target| Effect::Writes { target, url: None }),
            );
            continue;
        };
        match call.target(last).filter(|last| !last.is_pattern()) {
            Some(to) => effects.push(Effect::Copies { from, to, into, moves }),
            None if moves => effects.push(Effect::Removes { target: from }),
            None => {}
        }
    }
}

fn installs(call: &Call<'_>, effects: &mut Vec<Effect>) {
    // https://www.gnu.org/software/coreutils/manual/html_node/install-invocation.html: 755 without -m.
    let written = call.value(&["m", "--mode"]).unwrap_or("755");
    if call.has(&["d", "--directory"]) {
        return folders(call, Some(written), effects);
    }
    let before = effects.len();
    copy(call, false, effects);
    let target = |effect: &Effect| match effect {
        Effect::Copies { from, to, into: Some(true), .. } => Some(to.join(from.name())),
        Effect::Copies { to, .. } => Some(to.clone()),
        _ => None,
    };
    let targets: Vec<Target> = effects.iter().skip(before).filter_map(target).collect();
    effects.extend(targets.into_iter().map(|target| with_mode(Some(target), written, false)));
}

fn makes_folders(call: &Call<'_>, effects: &mut Vec<Effect>) {
    folders(call, call.value(&["m", "--mode"]), effects);
}

fn folders(call: &Call<'_>, mode: Option<&str>, effects: &mut Vec<Effect>) {
    for target in call.targets() {
        let set = mode.map(|mode| with_mode(Some(target.clone()), mode, false));
        effects.push(Effect::MakesFolder { target });
        effects.extend(set);
    }
}

fn with_mode(target: Option<Target>, mode: &str, recursive: bool) -> Effect {
    Effect::SetsMode { target, mode: Others::of(mode), written: mode.to_owned(), recursive }
}

fn writes(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let files = call.targets().filter(|target| !target.is_pattern());
    effects.extend(files.map(|target| Effect::Writes { target, url: None }));
}

fn writes_output(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let output = call.operands.iter().find_map(|word| call.target(word.strip_prefix("of=")?));
    effects.extend(output.map(|target| Effect::Writes { target, url: None }));
}

fn sets_mode(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let is_mode = |word: &&String| {
        word.starts_with('-')
            && word.len() > 1
            && word.chars().skip(1).all(|c| "rwxXst".contains(c))
    };
    let taken = call.words.iter().find(is_mode);
    let recursive = call.has(&["R", "--recursive"]);
    let (written, operands) = match (taken, call.operands.split_first()) {
        (Some(taken), _) => (taken.as_str(), call.operands.as_slice()),
        (None, Some((mode, operands))) => (*mode, operands),
        (None, None) => return,
    };
    effects.extend(operands.iter().map(|word| with_mode(call.target(word), written, recursive)));
}

fn sets_owner(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let Some((owner, operands)) = call.operands.split_first() else { return };
    let owner = if call.name == "chgrp" { format!(":{owner}") } else { (*owner).to_owned() };
    let recursive = call.has(&["R", "--recursive"]);
    for word in operands {
        let (target, owner) = (call.target(word), owner.clone());
        effects.push(Effect::SetsOwner { target, owner, recursive });
    }
}

/// <https://curl.se/docs/manpage.html>
fn curl(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let url = url(call);
    let folder = call.value(&["--output-dir"]).unwrap_or(".");
    let named = call.options.iter().filter(|(name, _)| matches!(*name, "o" | "--output"));
    let named = named.filter_map(|(_, value)| *value);
    let remote = call.has(&["O", "--remote-name", "--remote-name-all", "J"]);
    let remote = url.filter(|_| remote).map(file_of);
    for name in named.chain(remote) {
        let target = call.target(&within(folder, name));
        effects.extend(target.map(|target| Effect::Writes { target, url: url.map(str::to_owned) }));
    }
}

/// <https://www.gnu.org/software/wget/manual/wget.html>
fn wget(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let url = url(call);
    let folder = call.value(&["P", "--directory-prefix"]).unwrap_or(".");
    let name = match call.value(&["O", "--output-document"]) {
        Some("-") => return,
        Some(name) => name.to_owned(),
        None => within(folder, url.map(file_of).unwrap_or_default()),
    };
    let target = call.target(&name);
    effects.extend(target.map(|target| Effect::Writes { target, url: url.map(str::to_owned) }));
}

fn aria(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let url = url(call);
    let folder = call.value(&["d", "--dir"]).unwrap_or(".");
    let name = call.value(&["o", "--out"]).or(url.map(file_of)).unwrap_or_default();
    let target = call.target(&within(folder, name));
    effects.extend(target.map(|target| Effect::Writes { target, url: url.map(str::to_owned) }));
}

fn url<'c>(call: &Call<'c>) -> Option<&'c str> {
    let full = call.operands.iter().find(|word| word.contains("://"));
    full.or(call.operands.last()).copied()
}

/// The last part of a URL's path.
fn file_of(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit('/').next().unwrap_or(path)
}

fn within(folder: &str, name: &str) -> String {
    if name.starts_with('/') || folder == "." {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

fn tar(call: &Call<'_>, effects: &mut Vec<Effect>) {
    // `tar xzf FILE`: letters without a dash.
    let letters = call.words.first().filter(|word| !word.starts_with('-'));
    let has = |letter: char, names: &[&str]| {
        call.has(names) || letters.is_some_and(|word| word.contains(letter))
    };
    let folder = call.value(&["C", "--directory"]).unwrap_or(".");
    if has('x', &["x", "--extract", "--get"]) {
        effects.extend(call.target(folder).map(|folder| Effect::Fills { folder }));
    } else if has('c', &["c", "--create"]) {
        let file = call.value(&["f", "--file"]).or(call.operands.get(1).copied());
        let target = file.and_then(|file| call.target(file));
        effects.extend(target.map(|target| Effect::Writes { target, url: None }));
    }
}

fn unpacks(call: &Call<'_>, effects: &mut Vec<Effect>) {
    // `7z x -o/opt file.7z`
    let joined = call.words.iter().find_map(|word| word.strip_prefix("-o"));
    let folder = call.value(&["d"]).or(joined.filter(|folder| !folder.is_empty())).unwrap_or(".");
    effects.extend(call.target(folder).map(|folder| Effect::Fills { folder }));
}

fn jar(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let letters = call.words.first().map(|word| word.trim_start_matches('-')).unwrap_or_default();
    if letters.contains('x') {
        effects.extend(call.target(".").map(|folder| Effect::Fills { folder }));
    } else if letters.starts_with('c') {
        let target = call.operands.get(1).and_then(|file| call.target(file));
        effects.extend(target.map(|target| Effect::Writes { target, url: None }));
    }
}

fn git(call: &Call<'_>, effects: &mut Vec<Effect>) {
    if let ["clone", url, rest @ ..] = call.operands.as_slice() {
        let own = file_of(url.trim_end_matches('/')).trim_end_matches(".git");
        let folder = call.target(rest.first().copied().unwrap_or(own));
        effects.extend(folder.map(|folder| Effect::Fills { folder }));
    }
}

/// Programs that bring a file to what they name last.
fn transfers(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let Some(last) = call.operands.last().and_then(|word| call.target(word)) else { return };
    effects.push(Effect::Fills { folder: last.clone() });
    effects.push(Effect::Writes { target: last, url: None });
}

fn edits(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let in_place = |word: &String| {
        let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        word.starts_with("--in-place") || letters.is_some_and(|letters| letters.contains('i'))
    };
    if call.words.iter().any(in_place) {
        let java = call.words.iter().any(|word| word.contains("java"));
        effects.extend(call.targets().map(|target| Effect::Edits { target, java }));
    }
}

/// `find FOLDER… -name PATTERN -delete`, or `-exec` with a program of this table. Under a test that is
/// not understood nothing is sure.
fn find(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let is_test = |word: &&String| word.starts_with(['-', '!', '(', '\\']);
    let start = call.words.iter().position(|word| is_test(&word)).unwrap_or(call.words.len());
    let (folders, tests) = call.words.split_at(start);
    let mut name = None;
    let mut action: Option<Vec<&str>> = None;
    let mut tests = tests.iter().map(String::as_str);
    while let Some(test) = tests.next() {
        match test {
            "-name" | "-iname" => name = tests.next(),
            "-type" | "-maxdepth" | "-mindepth" => drop(tests.next()),
            "-depth" | "-xdev" | "-mount" | "-print" | "-print0" => {}
            "-delete" => action = Some(vec!["rm", "{}"]),
            "-exec" | "-execdir" => {
                action =
                    Some(tests.by_ref().take_while(|word| !matches!(*word, ";" | "+")).collect());
            }
            _ => return,
        }
    }
    let Some(action) = action else { return };
    let here = [".".to_owned()];
    for folder in if folders.is_empty() { here.as_slice() } else { folders } {
        let found = match name {
            Some(name) => format!("{}/**/{name}", folder.trim_end_matches('/')),
            None => folder.clone(),
        };
        let words = action
            .iter()
            .map(|word| if *word == "{}" { found.clone() } else { (*word).to_owned() });
        let (words, folder) = (words.collect(), call.folder.map(str::to_owned));
        self::effects(&Command { words, folder, writes: Vec::new() }, effects);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shell::Variables;

    /// The effects of a RUN, in short.
    fn shown(text: &str) -> Vec<String> {
        let variables = Variables::new();
        let scope = crate::effects::Scope { folder: "/w", variables: &variables };
        let mode = |mode: Others| {
            let of = |right: Option<bool>, letter: &str| match right {
                Some(true) => format!("+{letter}"),
                Some(false) => format!("-{letter}"),
                None => String::new(),
            };
            format!("{}{}", of(mode.read, "r"), of(mode.enter, "x"))
        };
        let of = |target: &Option<Target>| {
            target.as_ref().map_or("?".to_owned(), |target| target.path().to_owned())
        };
        let effects = crate::effects::of_run(text, scope);
        let one = |effect: &Effect| match effect {
            Effect::Writes { target, url } => {
                format!("{} <{}", target.path(), url.as_deref().unwrap_or_default())
            }
            Effect::Copies { from, to, into, moves } => {
                let how = if *moves { "moves" } else { "copies" };
                let end = if *into == Some(true) { "/" } else { "" };
                format!("{} {how} {}{end}", from.path(), to.path())
            }
            Effect::Fills { folder } => format!("fills {}", folder.path()),
            Effect::MakesFolder { target } => format!("folder {}", target.path()),
            Effect::Removes { target } => format!("removes {}", target.path()),
            Effect::SetsMode { target, mode: own, recursive, .. } => {
                format!("{} {}{}", of(target), mode(*own), if *recursive { " all" } else { "" })
            }
            Effect::SetsOwner { target, owner, recursive } => {
                format!("{} of {owner}{}", of(target), if *recursive { " all" } else { "" })
            }
            Effect::Edits { target, .. } => format!("edits {}", target.path()),
            Effect::Runs { program, names, .. } => {
                let names: String = names.iter().map(|name| format!(" {}", name.path())).collect();
                format!("{program}:{names}")
            }
        };
        effects.iter().map(one).collect()
    }

    #[test]
    fn what_programs_do_with_files() {
        let table: &[(&str, &[&str])] = &[
            ("rm -rf /a b -- -c", &["removes /a", "removes /w/b", "removes /w/-c"]),
            ("mv a /b", &["/w/a moves /b"]),
            ("mv a /usr", &["/w/a moves /usr/"]),
            ("mv a b /c", &["/w/a moves /c/", "/w/b moves /c/"]),
            ("cp -r -t /c a", &["/w/a copies /c/"]),
            ("cp -T a /c", &["/w/a copies /c"]),
            ("cp $X /c", &["/c <"]),
            ("ln -s /opt/java", &["/opt/java copies /w/"]),
            ("install -m 600 a /b", &["/w/a copies /b", "/b -r-x"]),
            ("install -d -m700 /b", &["folder /b", "/b -r-x"]),
            ("mkdir -p /a/b -m 711", &["folder /a/b", "/a/b -r+x"]),
            ("mkdir a", &["folder /w/a"]),
            ("echo x | tee -a /a >/b", &["/b <", "/a <"]),
            ("dd if=/x of=/y", &["/y <"]),
            ("chmod -R go-rwx /a", &["/a -r-x all"]),
            ("chmod -x a", &["/w/a -x"]),
            ("chmod +r $X/a", &["? +r"]),
            ("chown -R app:app /a", &["/a of app:app all"]),
            ("chgrp app /a", &["/a of :app"]),
            ("curl -fsSLo /a https://e.com/x", &["/a <https://e.com/x"]),
            ("curl https://e.com/x.jar?a=b -LO", &["/w/x.jar <https://e.com/x.jar?a=b"]),
            ("curl https://e.com/x >/a", &["/a <https://e.com/x"]),
            ("curl --output-dir /d -o a https://e.com/x", &["/d/a <https://e.com/x"]),
            ("wget -qO /a https://e.com/x", &["/a <https://e.com/x"]),
            ("wget -P /d https://e.com/x", &["/d/x <https://e.com/x"]),
            ("wget -qO- https://e.com/x | tar xz -C /o", &["fills /o"]),
            ("tar -xzf /a.tgz --strip-components 1 -C /o", &["fills /o"]),
            ("tar czf /a.tgz b", &["/a.tgz <"]),
            ("unzip a.zip -d /o", &["fills /o"]),
            ("7z x a.7z -o/o", &["fills /o"]),
            ("jar xf a.jar", &["fills /w"]),
            ("git clone --depth 1 https://e.com/a/b.git", &["fills /w/b"]),
            ("aws s3 cp s3://b/a.jar /a.jar", &["fills /a.jar", "/a.jar <"]),
            ("sed -i -e s/a/b/ /a", &["edits /a"]),
            ("sed s/a/b/ /a", &[]),
            (
                "find /a /b -name '*.jar' -type f -delete",
                &["removes /a/**/*.jar", "removes /b/**/*.jar"],
            ),
            ("find /a -mtime +3 -delete", &[]),
            ("find /a -exec chmod 600 {} \\;", &["/a -r-x"]),
            ("echo rm /a; printf '%s' \"; rm /a\"", &[]),
            ("./get.sh --to=/a b", &["get.sh: /w/get.sh /a /w/b"]),
        ];
        for (text, expected) in table {
            assert_eq!(shown(text), *expected, "{text}");
        }
    }
}
