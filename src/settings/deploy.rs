//! Which task definitions run the image of which Dockerfile: `[deploy]` in `entrypatch.toml`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::tree::normal;

/// What stands under `[deploy]`: a Dockerfile, and the containers that are started from its image.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Deploy(BTreeMap<String, OneOrMore>);

/// One container or several: `"deploy/task.json#app"`, and without the name where the task has but one.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a string or a list of strings: \"deploy/task.json#container\""
)]
enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// A Dockerfile and a container that is started from its image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The Dockerfile, absolute.
    pub dockerfile: PathBuf,
    /// The file with the task definition, absolute.
    pub task: PathBuf,
    /// The name of the container; none where the task has one of a service.
    pub container: Option<String>,
}

impl Deploy {
    /// The links; paths begin in the folder of the configuration.
    ///
    /// # Errors
    /// A path that begins elsewhere.
    pub fn links(&self, folder: &Path) -> Result<Vec<Link>, String> {
        let mut links = Vec::new();
        for (dockerfile, containers) in &self.0 {
            let containers = match containers {
                OneOrMore::One(one) => std::slice::from_ref(one),
                OneOrMore::More(all) => all.as_slice(),
            };
            for text in containers {
                let (task, container) = match text.split_once('#') {
                    Some((task, container)) => (task, Some(container.to_owned())),
                    None => (text.as_str(), None),
                };
                if let Some(bad) =
                    [dockerfile.as_str(), task].into_iter().find(|path| is_elsewhere(path))
                {
                    return Err(format!(
                        "deploy {bad:?}: a path begins in the folder of entrypatch.toml"
                    ));
                }
                let absolute = |path: &str| normal(&folder.join(path));
                links.push(Link {
                    dockerfile: absolute(dockerfile),
                    task: absolute(task),
                    container,
                });
            }
        }
        Ok(links)
    }
}

fn is_elsewhere(path: &str) -> bool {
    path.is_empty() || Path::new(path).is_absolute()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dockerfile_has_one_or_more_containers() {
        let text = "a = \"x.json#app\"\n\"b/Dockerfile\" = [\"../y.json\", \"z.json#b\"]";
        let links = toml::from_str::<Deploy>(text).unwrap().links(Path::new("/r/c")).unwrap();
        let link = |dockerfile: &str, task: &str, container: Option<&str>| Link {
            dockerfile: dockerfile.into(),
            task: task.into(),
            container: container.map(str::to_owned),
        };
        assert_eq!(
            links,
            [
                link("/r/c/a", "/r/c/x.json", Some("app")),
                link("/r/c/b/Dockerfile", "/r/y.json", None),
                link("/r/c/b/Dockerfile", "/r/c/z.json", Some("b")),
            ]
        );
        for text in ["a = 1", "a = [1]"] {
            let error = toml::from_str::<Deploy>(text).unwrap_err().to_string();
            assert!(error.contains("deploy/task.json#container"), "{error}");
        }
        for text in ["a = '/x.json'", "'/a' = 'x.json'", "a = ''"] {
            assert!(toml::from_str::<Deploy>(text).unwrap().links(Path::new("/r")).is_err());
        }
    }
}
