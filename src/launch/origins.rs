//! From a path in the image to places in the build context, for files that need not be there: what a
//! build step makes lies where its sources lie.

use std::path::{Path, PathBuf};

use super::scripts::{Finder, sources};
use crate::dockerfile::Kind;
use crate::facts::{self, StageFacts};
use crate::image_path::{join, normal};
use crate::node::Files;

/// How many places are looked at.
const MOST_PLACES: usize = 64;

impl Files for Finder<'_> {
    fn origins(&self, path: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        self.begin();
        self.collect(self.facts, &normal(path), &mut found);
        let context = self.context();
        found.iter().map(|relative| context.join(relative.trim_start_matches('/'))).collect()
    }

    fn is_image(&self) -> bool {
        true
    }

    fn installs(&self, package: &str) -> bool {
        self.runs().any(|text| {
            text.split_whitespace().any(|word| {
                word == package || word.strip_prefix(package).is_some_and(|r| r.starts_with('@'))
            })
        })
    }

    fn build_commands(&self) -> Vec<String> {
        self.runs().map(str::to_owned).collect()
    }

    fn brings(&self, started: &str, entry: &Path, beside: &str, file: &Path) -> bool {
        self.arrives_beside(started, entry, beside, file)
    }

    fn builds(&self, output: &str, source: &Path) -> bool {
        self.is_built_from(output, source)
    }

    fn leaves_out_development(&self) -> Option<bool> {
        let installs =
            |text: &&str| ["npm ", "yarn", "pnpm "].iter().any(|manager| text.contains(manager));
        let mut texts = self.runs().filter(installs).peekable();
        texts.peek()?;
        let options =
            ["--omit=dev", "--omit dev", "--production", "--only=prod", "--prod", " prune"];
        let by_option = texts.any(|text| options.iter().any(|option| text.contains(option)));
        let production = |value: &String| value == "production";
        Some(by_option || self.facts.environment.get("NODE_ENV").is_some_and(production))
    }
}

impl Finder<'_> {
    /// `.swcrc/dist/server.js`: a copied file of such a name could be a folder, and is none.
    fn lies_in_a_file(&self, source: &str) -> bool {
        let has_ending =
            |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().contains('.'));
        let is_file = |path: &Path| {
            let relative = path.strip_prefix("/").unwrap_or(path);
            self.surroundings.tree().read(&self.context().join(relative)).is_some()
        };
        Path::new(source).ancestors().skip(1).any(|folder| has_ending(folder) && is_file(folder))
    }

    fn runs(&self) -> impl Iterator<Item = &str> {
        self.file.instructions.iter().filter_map(|one| match &one.kind {
            Kind::Run(text) => Some(text.text.as_str()),
            _ => None,
        })
    }

    /// The places in the context that a path may come from, relative to it; what is copied last
    /// comes first.
    fn collect(&self, facts: &StageFacts, path: &str, found: &mut Vec<String>) {
        let before = found.len();
        self.collect_copied(facts, path, found);
        if found.len() == before {
            found.extend(self.made_beside_package(facts, path));
        }
    }

    /// What no instruction copies, and the build makes: `/app/dist/server.js`, where package.json is copied to
    /// `/app`, lies in the folder of that package.
    fn made_beside_package(&self, facts: &StageFacts, path: &str) -> Option<String> {
        let is_run = |at: usize| {
            matches!(self.file.instructions.get(at).map(|one| &one.kind), Some(Kind::Run(_)))
        };
        if !facts.actions.iter().any(|action| is_run(action.instruction)) {
            return None;
        }
        let mut folders = Path::new(path).ancestors().skip(1);
        folders.find_map(|folder| {
            let below = Path::new(path).strip_prefix(folder).ok()?.to_str()?;
            let mut packages = Vec::new();
            let package = folder.join("package.json");
            self.collect_copied(facts, package.to_str()?, &mut packages);
            let in_context = |relative: &str| self.context().join(relative.trim_start_matches('/'));
            let exists = |relative: &str| self.surroundings.tree().exists(&in_context(relative));
            let own = packages.iter().find(|package| exists(package))?;
            let made = normal(&join(own.rsplit_once('/').map(|(above, _)| above), below));
            // What lies in the repository, and is not copied, is not there.
            (!exists(&made)).then_some(made)
        })
    }

    fn collect_copied(&self, facts: &StageFacts, path: &str, found: &mut Vec<String>) {
        for action in facts.actions.iter().rev() {
            let Some(Kind::Transfer(transfer)) =
                self.file.instructions.get(action.instruction).map(|one| &one.kind)
            else {
                continue;
            };
            for (source, _) in sources(action, path) {
                if found.len() >= MOST_PLACES || source.contains("://") {
                    continue;
                }
                let source = normal(&source);
                match &transfer.from {
                    None if self.lies_in_a_file(&source) => {}
                    None => found.push(source),
                    Some(from) => {
                        if let Some(stage) = self.file.copied_stage(from).filter(|_| self.follow())
                        {
                            self.collect(&facts::of(self.file, stage), &source, found);
                        }
                    }
                }
            }
        }
    }
}
