//! Launchers that would not get what ENV says: their variable is set again on the way to them.

use std::collections::BTreeSet;

use super::hidden::without_comments;
use super::launchers::Launcher;
use super::reading::{Reader, Scope};
use super::scripts::Order;
use crate::effects::Effect;
use crate::facts::join;
use crate::image_path::normal;
use crate::wrappers::base_name;

impl Reader<'_> {
    /// Why a launcher does not get what ENV says; what it reads by itself is noted.
    pub(super) fn overridden(
        &mut self,
        launcher: &Launcher,
        program: &str,
        scope: &Scope,
    ) -> Option<String> {
        if self.is_set_again(launcher.variable, scope) {
            let name = launcher.variable;
            return Some(format!(
                "{name} is set on the way to {program}: an ENV would change that"
            ));
        }
        let mut paths = Vec::new();
        for file in launcher.reads {
            paths.extend(self.folders(program, scope).map(|folder| format!("{folder}/{file}")));
            paths.extend(self.placed(file));
        }
        let mut seen = BTreeSet::new();
        paths.retain(|path| seen.insert(path.clone()));
        paths.into_iter().find_map(|path| self.set_by(launcher, path))
    }

    /// The folders that a program may lie in, and those of Tomcat by its own variables.
    fn folders(&self, program: &str, scope: &Scope) -> impl Iterator<Item = String> {
        let mut folders: Vec<String> = match program.rsplit_once('/') {
            Some((folder, _)) => vec![join(scope.folder.as_deref(), folder)],
            None => self.finder.path_folders().map(str::to_owned).collect(),
        };
        for name in ["CATALINA_HOME", "CATALINA_BASE"] {
            let home = scope.environment.get(name).filter(|home| home.starts_with('/'));
            folders.extend(home.map(|home| format!("{}/bin", home.trim_end_matches('/'))));
        }
        folders.into_iter()
    }

    /// Where a file of that name is put, wherever that is: of an image that nobody knows neither the
    /// WORKDIR nor the folder of its server is known.
    fn placed(&self, file: &str) -> Vec<String> {
        let mut paths = Vec::new();
        for action in &self.finder.facts.actions {
            let named = action.sources.iter().any(|source| base_name(source) == file);
            if named {
                let whole = base_name(&action.path) == file;
                let path = if whole { action.path.clone() } else { join(Some(&action.path), file) };
                paths.push(normal(&path));
            }
            for effect in action.effects(self.finder.file) {
                if let Effect::Writes { target, .. } | Effect::Edits { target, .. } = effect
                    && target.name() == file
                {
                    paths.push(target.path().to_owned());
                }
            }
        }
        paths
    }

    /// Whether the variable loses what ENV gives it: by an assignment that does not hold it, or by a
    /// default that would no longer apply (`${CATALINA_OPTS:--Xmx1g}`).
    fn is_set_again(&self, name: &str, scope: &Scope) -> bool {
        let (given, reached) =
            (self.finder.facts.environment.get(name), scope.environment.get(name));
        let keeps = match (given.filter(|value| !value.is_empty()), reached) {
            (_, None) => false,
            (Some(given), Some(value)) => value.contains(given.as_str()),
            (None, Some(value)) => refers_to(value, name),
        };
        let has_default = |text: &str| {
            [":-", "-", ":=", "="].iter().any(|sign| text.contains(&format!("${{{name}{sign}")))
        };
        let mut scripts = self.script_texts().map(|(_, text)| without_comments(text));
        (given != reached && !keeps) || (scope.in_shell && scripts.any(|text| has_default(&text)))
    }

    /// Why a file that the launcher reads takes away what ENV says.
    fn set_by(&mut self, launcher: &Launcher, path: String) -> Option<String> {
        let name = launcher.variable;
        let text = match self.finder.script(&path, None, Order::Path) {
            Ok(script) => script.text().to_owned(),
            Err(unseen) if unseen.named => {
                return Some(format!("{path} may set {name} again: {}", unseen.reason));
            }
            Err(_) => return None,
        };
        let assignment = format!("{name}=");
        let loses = without_comments(&text)
            .lines()
            .filter_map(|line| line.split_once(&assignment))
            .any(|(_, value)| !refers_to(value, name));
        if loses {
            return Some(format!("{path} sets {name} again, without what it held"));
        }
        self.read_by_launchers.push((path, text));
        None
    }
}

/// Whether a value holds what a variable held before: `$NAME` or `${NAME}`.
pub(super) fn refers_to(value: &str, name: &str) -> bool {
    let plain = format!("${name}");
    let ends = |rest: &str| !rest.starts_with(|c: char| c == '_' || c.is_ascii_alphanumeric());
    value.contains(&format!("${{{name}}}"))
        || value
            .match_indices(&plain)
            .any(|(at, _)| value.get(at + plain.len()..).is_some_and(ends))
}

#[cfg(test)]
mod tests {
    use super::refers_to;

    #[test]
    fn only_the_variable_itself_counts() {
        for (value, expected) in [
            ("$OPTS -Xmx1g", true),
            ("-Xmx1g ${OPTS}", true),
            ("$OPTS", true),
            ("$OPTS_MORE", false),
            ("${OPTS:--Xmx1g}", false),
            ("-Xmx1g", false),
        ] {
            assert_eq!(refers_to(value, "OPTS"), expected, "{value}");
        }
    }
}
