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
use crate::effects::{Effect, Target};
use crate::facts::{self, Action, StageFacts};
use crate::image_path::SYSTEM_FOLDERS;
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

/// What is known of the jar after some instructions.
#[derive(Default)]
struct State {
    /// The folders that are there.
    folders: BTreeSet<String>,
    /// What keeps the user from reading the jar.
    closed: Option<Closed>,
    /// What keeps the user from entering a folder above it.
    locked: Option<Closed>,
    /// What may belong to the user, or to a group of the user.
    owned: Vec<Target>,
}

struct Reader<'a> {
    file: &'a Dockerfile,
    surroundings: &'a Surroundings<'a>,
    user: &'a str,
    copies_left: Cell<usize>,
}

impl Reader<'_> {
    fn closed(&self, stage: &StageFacts, path: &str) -> Option<Closed> {
        let wanted = Wanted::of(path);
        let mut state = State::default();
        for action in &stage.actions {
            match &self.file.instructions.get(action.instruction)?.kind {
                Kind::Transfer(transfer) => {
                    if wanted.is_named_by(transfer, &action.path) {
                        let is_new = !is_known(&state.folders, wanted.folder);
                        state.closed = self.by_transfer((transfer, action), path, is_new);
                    }
                    state.folders.insert(trimmed(&action.path));
                    let above = action.path.rsplit_once('/').map(|(above, _)| trimmed(above));
                    state.folders.extend(above);
                }
                Kind::Run(_) => {
                    for effect in action.effects(self.file) {
                        self.by_effect(effect, (action, &wanted), &mut state);
                    }
                }
                Kind::Workdir(_) => {
                    state.folders.insert(trimmed(&action.path));
                }
                _ => {}
            }
        }
        state.closed.or(state.locked)
    }

    /// What one command of a RUN does to the jar and to the folders above it.
    fn by_effect(
        &self,
        effect: &Effect,
        (action, wanted): (&Action, &Wanted<'_>),
        state: &mut State,
    ) {
        let path = wanted.path;
        let closed_by = |target: &Target, mode: &str| {
            let reason = format!("a RUN gives {} mode {mode:0>4}", target.path());
            Some(Closed { instruction: action.instruction, reason, mended_by_mode: false })
        };
        match effect {
            Effect::MakesFolder { target } | Effect::Fills { folder: target }
                if target.holds(path) =>
            {
                state.folders.insert(target.path().to_owned());
            }
            // What nobody knows is meant to be read.
            Effect::SetsMode { target: None, .. } | Effect::SetsOwner { target: None, .. } => {
                state.closed = None;
            }
            Effect::SetsMode { target: Some(target), mode, written, recursive } => {
                let is_jar = target.is(path);
                if is_jar || (*recursive && target.holds(path)) {
                    match mode.read {
                        Some(false) if !state.owned.contains(target) => {
                            state.closed = closed_by(target, written);
                        }
                        _ => state.closed = None,
                    }
                }
                if !is_jar && target.holds(path) {
                    match mode.enter {
                        Some(false) if !state.owned.contains(target) => {
                            state.locked = closed_by(target, written);
                        }
                        Some(false) => {}
                        Some(true) => state.locked = None,
                        None => {}
                    }
                }
            }
            Effect::SetsOwner { target: Some(target), owner, recursive }
                if target.holds(path) && self.may_belong_to(owner) =>
            {
                state.locked = None;
                state.owned.push(target.clone());
                if target.is(path) || *recursive {
                    state.closed = None;
                }
            }
            effect if wanted.by_effect(effect) == super::Provision::Named => state.closed = None,
            _ => {}
        }
    }

    fn by_transfer(
        &self,
        (transfer, action): (&Transfer, &Action),
        path: &str,
        folder_is_new: bool,
    ) -> Option<Closed> {
        let instruction = action.instruction;
        let url = action.sources.iter().find(|source| source.contains("://"));
        let ignores_mode = url.is_some() && is_old_frontend(self.file);
        let given = transfer.chmod.as_ref().filter(|_| !ignores_mode);
        let mode = match (given, url) {
            // `--chmod=u=rw` and the like is for a human.
            (Some(mode), _) => u32::from_str_radix(&mode.value, 8).ok()?,
            (None, Some(_)) => 0o600,
            (None, None) => match &transfer.from {
                Some(from) => return self.in_stage(from, (transfer, action), path),
                None => self.mode_in_context(action)?,
            },
        };
        // Another file must not be opened with it.
        let mended_by_mode = !ignores_mode && action.sources.len() == 1;
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
        (transfer, action): (&Transfer, &Action),
        path: &str,
    ) -> Option<Closed> {
        self.copies_left.set(self.copies_left.get().checked_sub(1)?);
        let stage = self.file.copied_stage(from)?;
        let (_, name) = path.rsplit_once('/')?;
        let source = action
            .sources
            .iter()
            .find(|source| action.sources.len() == 1 || source.rsplit('/').next() == Some(name))?;
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
        let mended_by_mode = action.sources.len() == 1;
        Some(Closed { instruction: action.instruction, mended_by_mode, ..found })
    }

    fn mode_in_context(&self, action: &Action) -> Option<u32> {
        let [source] = action.sources.as_slice() else { return None };
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
        let as_owner = self.may_be(owner) && mode & (right << 6) != 0;
        as_owner || (!group.is_empty() && mode & (right << 3) != 0)
    }

    /// Whether what `chown OWNER:GROUP` names is the user's, or that of a group of the user.
    fn may_belong_to(&self, owner: &str) -> bool {
        let (owner, group) = owner.split_once([':', '.']).unwrap_or((owner, ""));
        let group_counts = !matches!(group, "" | "root" | "0");
        group_counts || (!owner.is_empty() && self.may_be(owner))
    }

    /// Whether an owner is the user, as far as anybody knows: a name may be any number.
    fn may_be(&self, owner: &str) -> bool {
        let is_number = |name: &str| name.bytes().all(|byte| byte.is_ascii_digit());
        let is_root = matches!(owner, "root" | "0");
        let comparable = is_number(owner) == is_number(self.user);
        let is_variable = [owner, self.user].iter().any(|name| name.contains('$'));
        !is_root && (owner == self.user || !comparable || is_variable)
    }
}

fn is_known(folders: &BTreeSet<String>, folder: &str) -> bool {
    SYSTEM_FOLDERS.contains(&folder)
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
            (
                format!(
                    "FROM x\nCOPY a.jar {PATH}\nRUN chown root:app /usr/agent && chmod 750 /usr/agent"
                ),
                "app",
                None,
            ),
            (
                format!("FROM x\nWORKDIR /usr\nCOPY a.jar {PATH}\nRUN chmod go-rwx agent"),
                "app",
                Some("go-rwx"),
            ),
            (format!("FROM x\n{add} {PATH}\nRUN cd /usr/agent && chmod a+r *.jar"), "app", None),
            (
                format!("FROM x\n{add} {PATH}\nRUN echo 'chmod 644 {PATH}'"),
                "app",
                Some("without --chmod"),
            ),
            (format!("FROM x\n{add} {PATH}\nRUN chown root {PATH}"), "app", Some("0600")),
            (format!("FROM x\nENV D=/usr/agent\n{add} {PATH}\nRUN chmod -R 755 $D"), "app", None),
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
