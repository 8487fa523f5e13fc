//! The name of a service, from the files around its Dockerfile.

use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::tree::Tree;

/// A file that may name the service.
///
/// To add one: a row in [`NAMING_FILES`].
struct NamingFile {
    name: &'static str,
    read: fn(&str) -> Option<String>,
}

/// Asked in this order in each folder.
const NAMING_FILES: &[NamingFile] = &[
    NamingFile { name: "pom.xml", read: artifact_id },
    NamingFile { name: "settings.gradle", read: root_project },
    NamingFile { name: "settings.gradle.kts", read: root_project },
    NamingFile { name: "package.json", read: package_name },
];

/// Folders whose name says what is in them, not which service it is.
const SILENT_FOLDERS: &[&str] = &[
    "app",
    "apps",
    "application",
    "backend",
    "build",
    "ci",
    "container",
    "containers",
    "deploy",
    "deployment",
    "dev",
    "devops",
    "dist",
    "docker",
    "dockerfile",
    "dockerfiles",
    "frontend",
    "image",
    "images",
    "infra",
    "infrastructure",
    "java",
    "jvm",
    "main",
    "master",
    "node",
    "ops",
    "package",
    "packages",
    "prod",
    "production",
    "project",
    "release",
    "repo",
    "resources",
    "root",
    "server",
    "service",
    "services",
    "source",
    "src",
    "stage",
    "staging",
    "target",
    "test",
    "tmp",
    "trunk",
    "web",
    "work",
    "workspace",
];

/// Derives a name: the nearest naming file from `folder` up to `root`, else the nearest folder that
/// tells something.
pub fn derive(tree: &dyn Tree, folder: &Path, root: &Path) -> Option<String> {
    let folders = || {
        let mut below_root = true;
        folder.ancestors().take_while(move |folder| {
            let take = below_root;
            below_root = *folder != root;
            take
        })
    };
    let from_files = folders().find_map(|folder| {
        NAMING_FILES.iter().find_map(|file| {
            let name = (file.read)(&tree.read(&folder.join(file.name))?)?;
            usable(&name)
        })
    });
    from_files.or_else(|| {
        folders().find_map(|folder| {
            let name = folder.file_name()?.to_str()?.trim_start_matches('.');
            let silent = SILENT_FOLDERS.contains(&name.to_ascii_lowercase().as_str());
            usable(name).filter(|_| !silent && !is_version(name))
        })
    })
}

/// A folder called `1.2` or `8-jre` names a version of something.
fn is_version(name: &str) -> bool {
    name.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
}

/// A name that Datadog takes over as it is: it begins with a letter, and holds letters, digits and
/// `_ - : . /` only.
fn usable(name: &str) -> Option<String> {
    let name = name.trim();
    let starts = name.chars().next()?.is_alphabetic();
    let holds = name.chars().all(|c| c.is_alphanumeric() || "_-:.".contains(c));
    (starts && holds && name.chars().count() <= 100).then(|| name.to_owned())
}

/// The project's own `<artifactId>`, not its parent's.
fn artifact_id(text: &str) -> Option<String> {
    let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
    let document = roxmltree::Document::parse_with_options(text, options).ok()?;
    let id =
        document.root_element().children().find(|node| node.has_tag_name_local("artifactId"))?;
    id.text().map(str::to_owned)
}

/// `rootProject.name = 'x'`
fn root_project(text: &str) -> Option<String> {
    static NAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r#"(?m)^[[:space:]]*rootProject\.name[[:space:]]*=[[:space:]]*["']([^"'$]+)["']"#,
        )
        .ok()
    });
    Some(NAME.as_ref()?.captures(text)?.get(1)?.as_str().to_owned())
}

/// `"name"`, without the scope of its owner.
fn package_name(text: &str) -> Option<String> {
    let text = text.trim_start_matches('\u{feff}');
    let package: serde_json::Value = serde_json::from_str(text).ok()?;
    let name = package.get("name")?.as_str()?;
    Some(name.rsplit('/').next().unwrap_or(name).to_owned())
}

trait LocalName {
    fn has_tag_name_local(&self, name: &str) -> bool;
}

impl LocalName for roxmltree::Node<'_, '_> {
    /// Whatever namespace the project declares.
    fn has_tag_name_local(&self, name: &str) -> bool {
        self.is_element() && self.tag_name().name() == name
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::path::PathBuf;

    use super::*;

    struct Files(BTreeMap<PathBuf, &'static str>);

    impl Tree for Files {
        fn read(&self, path: &Path) -> Option<String> {
            self.0.get(path).map(|text| (*text).to_owned())
        }
    }

    fn derived(files: &[(&str, &'static str)], folder: &str) -> Option<String> {
        let files = files.iter().map(|(path, text)| (PathBuf::from(path), *text)).collect();
        derive(&Files(files), Path::new(folder), Path::new("/shop"))
    }

    #[test]
    fn the_nearest_file_wins_then_the_nearest_folder() {
        let pom = "<project xmlns='urn:x'><parent><artifactId>no</artifactId></parent>\
                   <artifactId>orders</artifactId></project>";
        type Row<'r> = (&'r [(&'r str, &'static str)], &'r str, Option<&'r str>);
        let table: &[Row<'_>] = &[
            (&[("/shop/pom.xml", pom)], "/shop/docker", Some("orders")),
            (&[("/shop/a/settings.gradle", "rootProject.name = 'pay'")], "/shop/a", Some("pay")),
            (&[("/shop/package.json", "{\"name\": \"@org/web\"}")], "/shop/x", Some("web")),
            (
                &[
                    ("/shop/pom.xml", pom),
                    ("/shop/a/settings.gradle.kts", "rootProject.name=\"k\""),
                ],
                "/shop/a/src/main/docker",
                Some("k"),
            ),
            (
                &[("/shop/pom.xml", "<project><artifactId>${x}</artifactId></project>")],
                "/shop/cart/docker",
                Some("cart"),
            ),
            (&[("/shop/pom.xml", "not xml")], "/shop/src/main/docker", Some("shop")),
            (&[("/above/pom.xml", pom)], "/shop/billing/8-jre", Some("billing")),
        ];
        for (files, folder, expected) in table {
            assert_eq!(derived(files, folder).as_deref(), *expected, "{files:?} {folder}");
        }
        assert_eq!(derive(&crate::tree::Empty, Path::new("/app/docker"), Path::new("/app")), None);
    }
}
