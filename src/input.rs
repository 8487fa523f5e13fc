//! What a file is: decided once, where it is found.

use std::path::{Path, PathBuf};

use crate::tree::normal;

/// A file to look at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Input {
    /// As reports show it: relative to the current directory, absolute only outside it.
    pub shown: PathBuf,
    /// Absolute, symlinks resolved: what is read and written.
    pub path: PathBuf,
    /// What it is read as.
    pub kind: DocumentKind,
    /// It was named, rather than found in a folder.
    pub is_named: bool,
}

/// What a file is read as.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocumentKind {
    /// A Dockerfile.
    #[default]
    Dockerfile,
    /// `package.json`: what its start script starts.
    Package,
    /// A source: the entry of a Node application.
    Entry,
    /// What deploys containers: a task definition of ECS, a compose file, a manifest of Kubernetes.
    Deployment,
}

/// Endings of sources that Node, or a compiler in front of it, evaluates.
const SOURCE_ENDINGS: &[&str] = &["js", "mjs", "cjs", "ts", "mts", "cts", "tsx", "jsx"];

impl DocumentKind {
    /// The kind of a file, by its name.
    pub fn of(path: &Path) -> Self {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        match ending {
            _ if name == "package.json" => Self::Package,
            _ if is_deployment_name(name) => Self::Deployment,
            _ if SOURCE_ENDINGS.contains(&ending) => Self::Entry,
            _ => Self::Dockerfile,
        }
    }

    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dockerfile => "dockerfile",
            Self::Package | Self::Entry => "node",
            Self::Deployment => "deployment",
        }
    }
}

/// What deployments are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// JSON.
    Json,
    /// YAML.
    Yaml,
    /// The configuration language of Terraform.
    Terraform,
}

/// Endings of files that may hold deployments. `None`: JSON or YAML, which the text tells.
const LANGUAGES: &[(&str, Option<Language>)] = &[
    (".json", Some(Language::Json)),
    (".yaml", Some(Language::Yaml)),
    (".yml", Some(Language::Yaml)),
    (".tf", Some(Language::Terraform)),
    // https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-guide.html
    (".template", None),
];
/// What is behind these endings where a template makes the file.
const TEMPLATES: &[&str] = &[".tpl", ".tftpl", ".tmpl", ".template", ".j2"];

impl Language {
    /// The language of a file, by its name and, where that does not tell, its text.
    pub fn of(path: &Path, text: &[u8]) -> Self {
        let name = path.to_string_lossy();
        match language(&name) {
            Some(Some(language)) => language,
            _ if text.trim_ascii_start().starts_with(b"{") => Self::Json,
            _ => Self::Yaml,
        }
    }

    /// The name, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Terraform => "Terraform",
        }
    }
}

fn language(name: &str) -> Option<Option<Language>> {
    let by_ending = |name: &str| {
        let row = LANGUAGES.iter().find(|(ending, _)| name.ends_with(ending));
        row.map(|(_, language)| *language)
    };
    let template = TEMPLATES.iter().find_map(|ending| name.strip_suffix(ending));
    template.and_then(by_ending).or_else(|| by_ending(name))
}

/// Whether a file of that name may hold a task definition; what it is, its text tells.
pub fn is_deployment_name(name: &str) -> bool {
    language(name).is_some() && name != "package.json"
}

/// Whether a file of that name is a configuration of Terraform.
pub fn is_terraform(path: &Path) -> bool {
    language(&path.to_string_lossy()) == Some(Some(Language::Terraform))
}

/// Whether something is put into a file of that name before it is used: by a template, or by Terraform.
pub fn is_template(path: &Path) -> bool {
    let name = path.to_string_lossy();
    is_terraform(path) || TEMPLATES.iter().any(|ending| name.ends_with(ending))
}

/// Relative to the current directory where it lies below it, else absolute.
pub fn shown(current: &Path, path: &Path) -> PathBuf {
    let path = normal(&current.join(path));
    path.strip_prefix(current).map_or_else(|_| path.clone(), Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_shown_from_the_current_directory() {
        let current = Path::new("/a/b");
        assert_eq!(shown(current, Path::new("./c/../d")), Path::new("d"));
        assert_eq!(shown(current, Path::new("/a/b/c")), Path::new("c"));
        assert_eq!(shown(current, Path::new("../x")), Path::new("/a/x"));
    }
}
