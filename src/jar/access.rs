//! Whether the user that starts the JVM can read the agent's jar.
//!
//! ADD of a URL makes a file that only root can read
//! (<https://docs.docker.com/reference/dockerfile/#add>), and a mode that is given counts for the
//! folders that are created on the way, too (<https://github.com/moby/buildkit/issues/5943>). A jar
//! that cannot be read stops the JVM as one that is missing does.

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

/// How many stages a jar is followed through.
const MOST_STAGES: usize = 16;

/// Looks for what keeps `user` from reading the jar at `path`; `None` where nothing is known to.
pub fn closed(
    file: &Dockerfile,
    stage: &StageFacts,
    surroundings: &Surroundings<'_>,
    user: &str,
    path: &str,
) -> Option<Closed> {
    let (user, _) = user.split_once(':').unwrap_or((user, ""));
    if matches!(user, "root" | "0" | "") || user.contains('$') {
        return None;
    }
    let found = Reader { file, surroundings, user }.closed(stage, path, MOST_STAGES);
    found.or_else(|| in_roots_home(stage, path))
}

/// `/root` has mode 0700 in every image.
fn in_roots_home(stage: &StageFacts, path: &str) -> Option<Closed> {
    let instruction =
        stage.places.iter().rev().find(|place| path.starts_with(&place.path))?.instruction;
    let reason = "/root is open to root alone".to_owned();
    path.starts_with("/root/").then_some(Closed { instruction, reason, mended_by_mode: false })
}

struct Reader<'a> {
    file: &'a Dockerfile,
    surroundings: &'a Surroundings<'a>,
    user: &'a str,
}

impl Reader<'_> {
    fn closed(&self, stage: &StageFacts, path: &str, stages_left: usize) -> Option<Closed> {
        let (folder, name) = path.rsplit_once('/')?;
        let wanted = Wanted { path, folder, name };
        let mut folders: BTreeSet<String> = stage.workdir.iter().map(|one| trimmed(one)).collect();
        let (mut closed, mut locked) = (None, None);
        for place in &stage.places {
            match &self.file.instructions.get(place.instruction)?.kind {
                Kind::Transfer(transfer) => {
                    if wanted.is_named_by(transfer, &place.path) {
                        let is_new = !is_known(&folders, folder);
                        closed = self.by_transfer((transfer, place), path, is_new, stages_left);
                    }
                    folders.insert(trimmed(&place.path));
                    folders.extend(place.path.rsplit_once('/').map(|(above, _)| trimmed(above)));
                }
                Kind::Run(text) => {
                    let acts = ["chmod", "chown", "chgrp", "install", "mkdir"];
                    let names = !folder.is_empty() && text.contains(folder) || text.contains(name);
                    if names && acts.iter().any(|act| text.contains(act)) {
                        // Whatever else it does to the jar or its folder, it is meant to be read.
                        closed = None;
                        locked = closed_by(text, path).map(|reason| Closed {
                            instruction: place.instruction,
                            reason,
                            mended_by_mode: false,
                        });
                        folders.insert(folder.to_owned());
                    } else if wanted.by_command(text, &place.path) == super::Provision::Named {
                        closed = None;
                    }
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
        stages_left: usize,
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
                Some(from) => return self.in_stage(from, place, path, instruction, stages_left),
                None => self.mode_in_context(place)?,
            },
        };
        let mended_by_mode = !ignores_mode;
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
        place: &Place,
        path: &str,
        instruction: usize,
        stages_left: usize,
    ) -> Option<Closed> {
        let stages_left = stages_left.checked_sub(1)?;
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
        let found = self.closed(&facts, &facts::join(Some("/"), &source), stages_left)?;
        Some(Closed { instruction, mended_by_mode: true, ..found })
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
}
