//! Where a file of the build context comes to lie in an image: only what arrives in the final stage is there
//! at the start.

use std::collections::BTreeSet;
use std::path::Path;

use super::scripts::Finder;
use crate::dockerfile::{Kind, Transfer};
use crate::effects::{Effect, Target};
use crate::facts::{self, Action, StageFacts};
use crate::image_path::{fits, join, normal};

/// How many places of one file are kept.
const MOST_PLACES: usize = 20;

impl Finder<'_> {
    /// Whether a file lies beside another one in the running image, as they do in the repository: `beside` is
    /// the way from the one to the other.
    pub(super) fn arrives_beside(
        &self,
        started: &str,
        entry: &Path,
        beside: &str,
        file: &Path,
    ) -> bool {
        self.begin();
        let (entries, files) = (self.landings(self.facts, entry), self.landings(self.facts, file));
        let started = normal(started);
        let starts = |place: &&String| {
            let rest = place.strip_prefix(started.trim_end_matches('/'));
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '.']))
        };
        let mut places = entries.iter().filter(starts).peekable();
        places.peek().is_some()
            && places.all(|place| {
                let folder = place.rsplit_once('/').map(|(folder, _)| folder);
                files.contains(&normal(&join(folder, beside)))
            })
    }

    /// Whether what a build makes at a path comes from a stage that has a source of it.
    pub(super) fn is_built_from(&self, output: &str, source: &Path) -> bool {
        self.begin();
        self.is_made_with(self.facts, output, source)
    }

    fn is_made_with(&self, stage: &StageFacts, output: &str, source: &Path) -> bool {
        for action in stage.actions.iter().rev() {
            let Some(transfer) = self.transfer(action) else { continue };
            let Some(from) = action
                .sources
                .iter()
                .rev()
                .find_map(|from| came_from(from, action, transfer, output))
            else {
                continue;
            };
            return match &transfer.from {
                // It is built outside, and copied as it lies there.
                None => true,
                Some(name) => match self.file.copied_stage(name).filter(|_| self.follow()) {
                    Some(stage) => {
                        let stage = facts::of(self.file, stage);
                        self.is_made_with(&stage, &normal(&join(Some("/"), &from)), source)
                    }
                    None => false,
                },
            };
        }
        !self.landings(stage, source).is_empty()
    }

    /// The paths at which a file of the context lies at the end of a stage.
    fn landings(&self, stage: &StageFacts, file: &Path) -> BTreeSet<String> {
        let mut places = BTreeSet::new();
        let Ok(relative) = file.strip_prefix(self.context()) else { return places };
        let relative = relative.to_string_lossy();
        for action in &stage.actions {
            match self.transfer(action) {
                Some(transfer) => self.transferred(action, transfer, file, &relative, &mut places),
                None => {
                    for effect in action.effects(self.file) {
                        moved(effect, &mut places);
                    }
                }
            }
            while places.len() > MOST_PLACES {
                places.pop_last();
            }
        }
        places
    }

    fn transferred(
        &self,
        action: &Action,
        transfer: &Transfer,
        file: &Path,
        relative: &str,
        places: &mut BTreeSet<String>,
    ) {
        let Some(from) = &transfer.from else {
            if self.surroundings.left_out_by(relative).is_none() {
                let landed = action.sources.iter();
                places.extend(
                    landed.filter_map(|source| landing(source, action, transfer, relative)),
                );
            }
            return;
        };
        let Some(stage) = self.file.copied_stage(from).filter(|_| self.follow()) else { return };
        let there = self.landings(&facts::of(self.file, stage), file);
        for path in there {
            let landed = action.sources.iter();
            places.extend(landed.filter_map(|source| landing(source, action, transfer, &path)));
        }
    }

    fn transfer(&self, action: &Action) -> Option<&Transfer> {
        match &self.file.instructions.get(action.instruction)?.kind {
            Kind::Transfer(transfer) => Some(transfer),
            _ => None,
        }
    }
}

/// Where a COPY puts a file, by one of its sources; the folder itself is left out, what is in it is copied
/// (<https://docs.docker.com/reference/dockerfile/#copy>).
fn landing(source: &str, action: &Action, transfer: &Transfer, path: &str) -> Option<String> {
    let (source, path) = (normal(source), normal(path));
    let rest = below(&source, &path)?;
    let name = path.rsplit('/').next().unwrap_or_default();
    let is_left_out =
        |pattern: &String| fits(pattern.trim_start_matches("./"), rest) || fits(pattern, name);
    if transfer.excludes.iter().any(is_left_out) {
        return None;
    }
    let landed = match (transfer.parents, rest) {
        (true, _) => path.trim_start_matches('/'),
        (false, "") if !is_folder(action, transfer) => return Some(normal(&action.path)),
        (false, "") => name,
        (false, rest) => rest,
    };
    Some(normal(&join(Some(&action.path), landed)))
}

/// Whether the destination is a folder in any case.
fn is_folder(action: &Action, transfer: &Transfer) -> bool {
    let has_pattern = |source: &String| source.contains(['*', '?', '[']);
    action.path.ends_with('/')
        || action.path.ends_with("/.")
        || transfer.sources.len() > 1
        || transfer.sources.iter().any(has_pattern)
}

/// What of a path stands below a source, which may be a pattern: nothing, where it is the source itself.
fn below<'p>(source: &str, path: &'p str) -> Option<&'p str> {
    let parts: Vec<&str> = source.split('/').filter(|part| !part.is_empty()).collect();
    let mut rest = path.trim_start_matches('/');
    for pattern in parts {
        let (part, behind) = rest.split_once('/').unwrap_or((rest, ""));
        if part.is_empty() || !fits(pattern, part) {
            return None;
        }
        rest = behind;
    }
    Some(rest)
}

/// Where what lies at a path stood before a COPY, by one of its sources.
fn came_from(source: &str, action: &Action, transfer: &Transfer, path: &str) -> Option<String> {
    let (clean, destination) = (normal(source), normal(&action.path));
    let name = clean.rsplit('/').next().unwrap_or_default();
    let is_file = name.trim_start_matches('.').contains('.');
    let folder = if destination == "/" { "" } else { destination.as_str() };
    let rest = path.strip_prefix(folder)?;
    let names_it = is_file && (rest.trim_start_matches('/') == name || rest.is_empty());
    let is_pattern = name.contains(['*', '?']);
    if is_pattern {
        let inside =
            rest.strip_prefix('/').filter(|rest| !rest.contains('/') && fits(name, rest))?;
        let above = clean.rsplit_once('/').map_or("", |(above, _)| above);
        return Some(format!("{above}/{inside}"));
    }
    match (names_it, is_file) {
        (true, _) if rest.is_empty() != is_folder(action, transfer) || !rest.is_empty() => {
            Some(clean)
        }
        (false, false) => rest.starts_with('/').then(|| normal(&format!("{clean}{rest}"))),
        _ => None,
    }
}

/// What a command of a RUN makes of the places of a file.
fn moved(effect: &Effect, places: &mut BTreeSet<String>) {
    match effect {
        Effect::Copies { from, to, into, moves } => {
            let new: Vec<(String, String)> = places
                .iter()
                .filter_map(|place| Some((place.clone(), copied(from, to, *into, place)?)))
                .collect();
            for (old, new) in new {
                if *moves {
                    places.remove(&old);
                }
                places.insert(new);
            }
        }
        Effect::Removes { target } => places.retain(|place| !target.holds(place)),
        _ => {}
    }
}

fn copied(from: &Target, to: &Target, into: Option<bool>, place: &str) -> Option<String> {
    if from.is_pattern() {
        let name = place.rsplit('/').next()?;
        return from.is(place).then(|| to.join(name).path().to_owned());
    }
    let rest = from.below(place)?;
    let target = match into {
        Some(false) => to.clone(),
        Some(true) => to.join(from.name()),
        // `cp a b`: into b, should that be a folder.
        None if rest.is_empty() && to.name().contains('.') => to.clone(),
        None => to.join(from.name()),
    };
    Some(match rest {
        "" => target.path().to_owned(),
        rest => format!("{}/{rest}", target.path()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::change::{Change, ChangeSet};
    use crate::dockerfile::read;
    use crate::surroundings::Surroundings;
    use crate::tree::{Empty, Overlay};

    /// Where `src/tracer.js` lies in the last stage.
    fn places(text: &str) -> Vec<String> {
        let file = read(text).unwrap();
        let facts = facts::of(&file, file.stages.len() - 1);
        let own = Change::created(Path::new("/r/src/tracer.js"), String::new());
        let changes = ChangeSet::of([own]).unwrap();
        let tree = Overlay { below: &Empty, changes: &changes };
        let surroundings = Surroundings::new(&tree, Path::new("/r/Dockerfile"), Path::new("/r"));
        let finder = Finder::new(&file, &facts, &surroundings);
        finder.begin();
        finder.landings(&facts, Path::new("/r/src/tracer.js")).into_iter().collect()
    }

    #[test]
    fn a_file_lies_where_the_final_stage_has_it() {
        let table: &[(&str, &[&str])] = &[
            ("FROM a\nWORKDIR /app\nCOPY . .", &["/app/src/tracer.js"]),
            ("FROM a\nWORKDIR /app\nCOPY src ./", &["/app/tracer.js"]),
            ("FROM a\nWORKDIR /app\nCOPY src/*.js ./", &["/app/tracer.js"]),
            ("FROM a\nWORKDIR /app\nCOPY src/server*.js ./", &[]),
            ("FROM a\nCOPY s*c /app/", &["/app/tracer.js"]),
            ("FROM a\nCOPY --parents src/tracer.js /app/", &["/app/src/tracer.js"]),
            ("FROM a\nCOPY --exclude=*.js src /app/", &[]),
            ("FROM a\nCOPY src/tracer.js /app/t.js", &["/app/t.js"]),
            ("FROM a AS b\nWORKDIR /app\nCOPY . .\nFROM a\nCOPY server.js /app/", &[]),
            (
                "FROM a AS b\nWORKDIR /app\nCOPY . .\nFROM a\nCOPY --from=b /app /srv",
                &["/srv/src/tracer.js"],
            ),
            ("FROM a AS b\nCOPY . /app\nFROM a\nCOPY --from=b /app/src/server.js /app/src/", &[]),
            ("FROM a AS b\nCOPY . /app\nFROM b AS c\nFROM c\nCMD x", &["/app/src/tracer.js"]),
            ("FROM a\nCOPY . /tmp/x/\nRUN mv /tmp/x/src /app", &["/app/src/tracer.js"]),
            ("FROM a\nCOPY . /app/\nRUN rm -rf /app/src", &[]),
            ("FROM a\nWORKDIR /app\nCOPY package*.json app-config*.yaml ./", &[]),
        ];
        for (text, expected) in table {
            assert_eq!(places(text), *expected, "{text}");
        }
    }

    #[test]
    fn what_a_stage_builds_needs_its_sources() {
        let built = |text: &str, output: &str| {
            let file = read(text).unwrap();
            let facts = facts::of(&file, file.stages.len() - 1);
            let surroundings = Surroundings::none();
            let finder = Finder::new(&file, &facts, &surroundings);
            let source = finder.context().join("src/tracer.js");
            finder.is_built_from(output, &source)
        };
        let build = "FROM a AS b\nWORKDIR /app\nCOPY . .\nRUN tsc\nFROM a\nWORKDIR /app\n";
        assert!(built(&format!("{build}COPY --from=b /app/dist ./dist"), "/app/dist/tracer.js"));
        assert!(built(&format!("{build}COPY --from=b /app/dist/*.js ./"), "/app/tracer.js"));
        assert!(!built(&format!("{build}COPY --from=b /app/dist/server.js ./"), "/app/tracer.js"));
        assert!(!built(
            &format!("{build}COPY --from=b /app/package.json ./"),
            "/app/dist/tracer.js"
        ));
        let part = "FROM a AS b\nCOPY src/server.ts /app/src/\nRUN tsc\nFROM a\nCOPY --from=b /app/dist /app/dist";
        assert!(!built(part, "/app/dist/tracer.js"));
    }
}
