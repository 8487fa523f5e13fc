//! What programs do with their arguments: one row each, by the manual of GNU or of BusyBox.

mod call;
mod downloads;
mod files;

use super::commands::Command;
use super::{Effect, Target};
use crate::wrappers::base_name;
use call::Call;
use downloads::{aria, curl, git, jar, tar, transfers, unpacks, wget};
use files::{
    copies, edits, installs, makes_folders, moves, removes, sets_mode, sets_owner, writes,
    writes_output,
};

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
        self::effects(&Command { words, folder, writes: Vec::new(), position: None }, effects);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::Others;
    use crate::shell::Variables;

    /// The effects of a RUN, in short.
    fn shown(text: &str) -> Vec<String> {
        let variables = std::sync::Arc::new(Variables::new());
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
        let effects = crate::effects::of_run(text, scope).effects;
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
