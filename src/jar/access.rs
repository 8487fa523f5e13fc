//! Whether the user that starts the JVM can read the agent's jar.
//!
//! ADD of a URL makes a file that only root can read
//! (<https://docs.docker.com/reference/dockerfile/#add>), and a mode that is given counts for the
//! folders that are created on the way, too (<https://github.com/moby/buildkit/issues/5943>). A jar
//! that cannot be read stops the JVM as one that is missing does.

use std::cell::Cell;
use std::collections::BTreeSet;

use super::{Wanted, is_old_frontend};
use crate::dockerfile::{Dockerfile, Kind, Transfer};
use crate::facts::{self, Place, StageFacts};
use crate::surroundings::Surroundings;

/// What keeps a user from reading a jar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The ADD or COPY that puts the jar there.
    pub instruction: usize,
    /// Why, for people.
    pub reason: String,
    /// Whether another mode for that instruction mends it.
    pub mended_by_mode: bool,
}

/// Folders that every image has, open to all.
const OPEN_FOLDERS: &[&str] = &[
    "",
    "/bin",
    "/etc",
    "/home",
    "/lib",
    "/media",
    "/mnt",
    "/opt",
    "/run",
    "/sbin",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/share",
    "/usr/sbin",
    "/usr/share",
    "/usr/src",
    "/var",
    "/var/lib",
    "/var/log",
    "/var/run",
];

/// How many copies from other stages a jar is followed through.
const MOST_COPIES: usize = 32;

/// Looks for what keeps `user` from reading the jar at `path`; `None` where nothing is known to.
pub fn closed(
    file: &Dockerfile,
    stage: &StageFacts,
    surroundings: &Surroundings<'_>,
    user: &str,
    path: &str,
) -> Option<Closed> {
    let (user, _) = user.split_once(':').unwrap_or((user, ""));
    if matches!(user, "root" | "0" | "") {
        return None;
    }
    if path.starts_with("/root/") {
        // It has mode 0700 in every image.
        let instruction = file.stages.get(*stage.stages.last()?)?.instructions.start;
        let reason = "/root is open to root alone".to_owned();
        return Some(Closed { instruction, reason, mended_by_mode: false });
    }
    Reader { file, surroundings, user, copies_left: Cell::new(MOST_COPIES) }.closed(stage, path)
}

struct Reader<'a> {
    file: &'a Dockerfile,
    surroundings: &'a Surroundings<'a>,
    user: &'a str,
    copies_left: Cell<usize>,
}

impl Reader<'_> {
    fn closed(&self, stage: &StageFacts, path: &str) -> Option<Closed> {
        let (folder, name) = path.rsplit_once('/')?;
        let wanted = Wanted { path, folder, name };
        let mut folders: BTreeSet<String> = BTreeSet::new();
        let (mut closed, mut locked) = (None, None);
        for place in &stage.places {
            match &self.file.instructions.get(place.instruction)?.kind {
                Kind::Transfer(transfer) => {
                    if wanted.is_named_by(transfer, &place.path) {
                        let is_new = !is_known(&folders, folder);
                        closed = self.by_transfer((transfer, place), path, is_new);
                    }
                    folders.insert(trimmed(&place.path));
                    folders.extend(place.path.rsplit_once('/').map(|(above, _)| trimmed(above)));
                }
                Kind::Run(text) => {
                    if acts_on(text, path, &place.path) {
                        // Whatever else it does to the jar, it is meant to be read.
                        closed = None;
                    }
                    if !folder.is_empty() && text.contains(folder) {
                        locked = closed_by(text, path).map(|reason| Closed {
                            instruction: place.instruction,
                            reason,
                            mended_by_mode: false,
                        });
                        folders.insert(folder.to_owned());
                    }
                    if wanted.by_command(text, &place.path) == super::Provision::Named {
                        closed = None;
                    }
                }
                Kind::Workdir(_) => {
                    folders.insert(trimmed(&place.path));
                }
                _ => {}
            }
        }
        closed.or(locked)
    }

    fn by_transfer(
        &self,
        (transfer, place): (&Transfer, &Place),
        path: &str,
        folder_is_new: bool,
    ) -> Option<Closed> {
        let instruction = place.instruction;
        let url = place.sources.iter().find(|source| source.contains("://"));
        let ignores_mode = url.is_some() && is_old_frontend(self.file);
        let given = transfer.chmod.as_ref().filter(|_| !ignores_mode);
        let mode = match (given, url) {
            // `--chmod=u=rw` and the like is for a human.
            (Some(mode), _) => u32::from_str_radix(&mode.value, 8).ok()?,
            (None, Some(_)) => 0o600,
            (None, None) => match &transfer.from {
                Some(from) => return self.in_stage(from, (transfer, place), path),
                None => self.mode_in_context(place)?,
            },
        };
        // Another file must not be opened with it.
        let mended_by_mode = !ignores_mode && place.sources.len() == 1;
        if !self.can(0o4, mode, transfer) {
            let reason = match (given, url) {
                (None, Some(_)) => format!("ADD of a URL without --chmod gives {path} mode 0600"),
                _ => format!("{path} has mode {mode:04o}"),
            };
            return Some(Closed { instruction, reason, mended_by_mode });
        }
        if given.is_some() && folder_is_new && !self.can(0o1, mode, transfer) {
            let (folder, _) = path.rsplit_once('/')?;
            let reason =
                format!("{folder} is created with the jar's mode {mode:04o}, which locks it");
            return Some(Closed { instruction, reason, mended_by_mode });
        }
        None
    }

    /// A jar of another stage keeps the mode that it has there.
    fn in_stage(
        &self,
        from: &str,
        (transfer, place): (&Transfer, &Place),
        path: &str,
    ) -> Option<Closed> {
        self.copies_left.set(self.copies_left.get().checked_sub(1)?);
        let stage = self.file.copied_stage(from)?;
        let (_, name) = path.rsplit_once('/')?;
        let source = place
            .sources
            .iter()
            .find(|source| place.sources.len() == 1 || source.rsplit('/').next() == Some(name))?;
        let source = match source.ends_with('/') {
            true => format!("{source}{name}"),
            false => source.clone(),
        };
        let facts = facts::of(self.file, stage);
        let found = self.closed(&facts, &facts::join(Some("/"), &source))?;
        // The owner may be another one now.
        if transfer.chown.is_some() && self.can(0o4, 0o400, transfer) {
            return None;
        }
        let mended_by_mode = place.sources.len() == 1;
        Some(Closed { instruction: place.instruction, mended_by_mode, ..found })
    }

    fn mode_in_context(&self, place: &Place) -> Option<u32> {
        let [source] = place.sources.as_slice() else { return None };
        self.surroundings.mode_in_context(source)
    }

    /// Whether the user has a right (read 4, enter 1) by a mode; where it is not known whose the
    /// file is, it has.
    fn can(&self, right: u32, mode: u32, transfer: &Transfer) -> bool {
        if mode & right != 0 {
            return true;
        }
        let Some(owner) = transfer.chown.as_deref() else { return false };
        let (owner, group) = owner.split_once(':').unwrap_or((owner, ""));
        let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        let comparable = is_number(owner) == is_number(self.user) && !owner.contains('$');
        let as_owner = (owner == self.user || !comparable) && mode & (right << 6) != 0;
        as_owner || (!group.is_empty() && mode & (right << 3) != 0)
    }
}

/// Whether a RUN changes the mode or the owner of the jar: it names the jar, also from the folder that it
/// works in, or a folder above it with `-R`.
fn acts_on(text: &str, path: &str, workdir: &str) -> bool {
    text.split(['\n', ';', '&', '|']).any(|command| {
        let words: Vec<&str> = command.split_whitespace().collect();
        let acts =
            words.iter().any(|word| matches!(*word, "chmod" | "chown" | "chgrp" | "install"));
        let all = words.iter().any(|word| word.starts_with('-') && word.contains('R'));
        let names = |word: &&str| {
            let target = facts::join(Some(workdir), word.trim_matches(['"', '\'']));
            let target = target.trim_end_matches(['/', '*']);
            let above = path.strip_prefix(target).is_some_and(|rest| rest.starts_with('/'));
            let by_pattern = target.contains('*')
                && target.rsplit_once('/').map(|(folder, _)| folder)
                    == path.rsplit_once('/').map(|(folder, _)| folder);
            target == path || by_pattern || (above && (all || word.ends_with('*')))
        };
        acts && (words.iter().any(names) || command.contains('$'))
    })
}

/// `chmod 700 /usr/agent`, `mkdir -m 700 /usr/agent`, `chmod 600 …/dd-java-agent.jar`: a mode, in digits,
/// that keeps everybody but the owner out, where no owner is named.
fn closed_by(text: &str, path: &str) -> Option<String> {
    if text.contains("chown") {
        return None;
    }
    text.split(['\n', ';', '&', '|']).find_map(|command| {
        let words: Vec<&str> = command.split_whitespace().collect();
        let is_mode = |word: &&&str| {
            (3..=4).contains(&word.len()) && word.bytes().all(|byte| (b'0'..=b'7').contains(&byte))
        };
        let (program, rest) = words.split_first()?;
        let mode = rest.iter().find(is_mode).and_then(|mode| u32::from_str_radix(mode, 8).ok())?;
        let targets = rest.iter().map(|word| word.trim_end_matches('/'));
        let above = |target: &&str| path.strip_prefix(*target).is_some_and(|r| r.starts_with('/'));
        let closed = match *program {
            "chmod" => targets.clone().find(|target| *target == path && mode & 0o4 == 0),
            _ => None,
        };
        let locked = match *program {
            "chmod" | "mkdir" => {
                targets.clone().find(|t| above(t) && !t.is_empty() && mode & 0o1 == 0)
            }
            _ => None,
        };
        let target = closed.or(locked)?;
        Some(format!("a RUN gives {target} mode {mode:04o}"))
    })
}

fn is_known(folders: &BTreeSet<String>, folder: &str) -> bool {
    OPEN_FOLDERS.contains(&folder)
        || folders.iter().any(|known| {
            known == folder || known.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        })
}

fn trimmed(path: &str) -> String {
    path.trim_end_matches(['/', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::read;

    const PATH: &str = "/usr/agent/dd-java-agent.jar";

    fn reason(lines: &str, user: &str) -> Option<String> {
        let file = read(&format!("{lines}\n")).unwrap();
        let facts = facts::of(&file, file.stages.len() - 1);
        closed(&file, &facts, &Surroundings::none(), user, PATH).map(|closed| closed.reason)
    }

    #[test]
    fn a_jar_is_closed_by_its_mode_or_by_its_folder() {
        let add = "ADD https://example.com/x";
        let table = [
            (format!("FROM x\n{add} {PATH}"), "1000", Some("without --chmod")),
            (format!("FROM x\n{add} {PATH}"), "root", None),
            (format!("FROM x\n{add} {PATH}"), "0:0", None),
            (format!("FROM x\nADD --chmod=755 https://example.com/x {PATH}"), "app", None),
            (format!("FROM x\nADD --chmod=644 https://example.com/x {PATH}"), "app", Some("locks")),
            (
                format!(
                    "FROM x\nRUN mkdir /usr/agent\nADD --chmod=644 https://example.com/x {PATH}"
                ),
                "app",
                None,
            ),
            (
                format!("FROM x\nWORKDIR /usr/agent\nADD --chmod=644 https://example.com/x {PATH}"),
                "app",
                None,
            ),
            (format!("FROM x\nADD --chown=app --chmod=700 https://e.com/x {PATH}"), "app", None),
            (format!("FROM x\nADD --chown=app https://e.com/x {PATH}"), "app", None),
            (format!("FROM x\nADD --chown=1000 https://e.com/x {PATH}"), "app", None),
            (format!("FROM x\nADD --chown=b https://e.com/x {PATH}"), "app", Some("0600")),
            (format!("FROM x\n{add} {PATH}\nRUN chmod 644 {PATH}"), "app", None),
            (format!("FROM x\n{add} {PATH}\nRUN chmod -R a+r /usr/agent"), "app", None),
            (format!("FROM x\nWORKDIR /usr/agent\n{add} {PATH}\nRUN chmod 644 *.jar"), "app", None),
            (format!("FROM x\n{add} {PATH}\nRUN mkdir -p /usr/agent/log"), "app", Some("0600")),
            (format!("FROM x\n{add} {PATH}\nRUN chown app /usr/agent"), "app", Some("0600")),
            (format!("FROM x\n{add} {PATH}\nRUN chmod +x /app/run.sh"), "app", Some("0600")),
            (
                format!("FROM x\nCOPY --chmod=644 a.jar {PATH}\nWORKDIR /usr/agent"),
                "app",
                Some("locks"),
            ),
            (format!("FROM x\nCOPY --chmod=600 a.jar {PATH}"), "app", Some("mode 0600")),
            (format!("FROM x\nCOPY a.jar {PATH}\nRUN chmod 600 {PATH}"), "app", Some("0600")),
            (
                format!("FROM x\nCOPY a.jar {PATH}\nRUN chmod -R 700 /usr/agent/"),
                "app",
                Some("0700"),
            ),
            (
                format!("FROM x\nRUN mkdir -m 700 /usr/agent\nCOPY a.jar {PATH}"),
                "app",
                Some("0700"),
            ),
            (
                format!(
                    "FROM x\nCOPY a.jar {PATH}\nRUN chmod 700 /usr/agent && chown app /usr/agent"
                ),
                "app",
                None,
            ),
            (format!("FROM x\nCOPY a.jar {PATH}"), "app", None),
            (
                format!("FROM x AS b\n{add} /a.jar\nFROM x\nCOPY --from=b /a.jar {PATH}"),
                "app",
                Some("/a.jar mode 0600"),
            ),
            (
                format!("FROM x AS b\nCOPY a.jar /a.jar\nFROM x\nCOPY --from=b /a.jar {PATH}"),
                "app",
                None,
            ),
            (
                format!(
                    "# syntax=docker/dockerfile:1.2\nFROM x\nADD --chmod=755 https://e.com/x {PATH}"
                ),
                "app",
                Some("without --chmod"),
            ),
        ];
        for (lines, user, expected) in table {
            let found = reason(&lines, user);
            let fits = match expected {
                Some(part) => found.as_ref().is_some_and(|found| found.contains(part)),
                None => found.is_none(),
            };
            assert!(fits, "{lines}: {found:?}");
        }
    }

    #[test]
    fn a_jar_that_comes_through_many_stages_is_followed_for_a_while() {
        let copy = |from: usize| format!("COPY --from=s{from} {PATH} {PATH}\n").repeat(3);
        let stages: String =
            (1..20).map(|at| format!("FROM x AS s{at}\n{}", copy(at - 1))).collect();
        let text = format!("FROM x AS s0\nADD https://example.com/x {PATH}\n{stages}");
        assert_eq!(reason(text.trim_end(), "app"), None);
    }

    #[test]
    fn another_file_is_not_opened_with_the_jar() {
        let file =
            read("FROM x\nCOPY --chmod=600 key.pem dd-java-agent.jar /usr/agent/\n").unwrap();
        let facts = facts::of(&file, 0);
        let closed = closed(&file, &facts, &Surroundings::none(), "app", PATH).unwrap();
        assert!(!closed.mended_by_mode);
    }
}
