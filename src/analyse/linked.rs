//! The containers that are started from the image of a Dockerfile, as `[deploy]` names them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::replaced::brings_tracer;
use crate::deploy::{self, Container, Task, reach};
use crate::deployed::Deployed;
use crate::finding::{Finding, Location, Severity};
use crate::rules;
use crate::settings::{Link, Settings};
use crate::source::Source;
use crate::surroundings::Surroundings;
use crate::tree::normal;

/// What the task definitions say of the image of a Dockerfile; and what is wrong with the links.
pub(super) fn deployed(
    dockerfile: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> (Vec<Deployed>, Vec<Finding>) {
    if let Some(deployed) = surroundings.deployed() {
        return (vec![deployed.clone()], Vec::new());
    }
    let (mut deployed, mut findings) = (Vec::new(), Vec::new());
    let own = settings.links.iter().filter(|link| link.dockerfile == dockerfile.path);
    for link in own {
        match read(link, surroundings) {
            Ok(one) => deployed.push(one),
            Err(reason) => {
                let task = surroundings.shown(&link.task);
                let message = format!("{task}, which [deploy] names for this Dockerfile, {reason}");
                let place = Location::new(dockerfile, 0..0);
                let finding = rules::finding("deployment-unread", place, message);
                let finding = Finding { severity: Severity::Error, ..finding };
                findings.push(finding.help(HOW));
                deployed.push(Deployed::unknown(dockerfile));
            }
        }
    }
    (deployed, findings)
}

/// The links of a file with tasks that lead to no Dockerfile.
pub(super) fn without_dockerfile(
    file: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Vec<Finding> {
    let is_broken =
        |link: &&Link| link.task == file.path && !surroundings.tree().exists(&link.dockerfile);
    let finding = |link: &Link| {
        let dockerfile = surroundings.shown(&link.dockerfile);
        let message = format!("{dockerfile}, which [deploy] names for this file, is not there");
        let finding = rules::finding("deployment-unread", Location::new(file, 0..0), message);
        Finding { severity: Severity::Error, ..finding }.help(HOW)
    };
    settings.links.iter().filter(is_broken).map(finding).collect()
}

const HOW: &str = "[deploy] says \"path/to/Dockerfile\" = \"path/to/task.json#container\"";

fn read(link: &Link, surroundings: &Surroundings<'_>) -> Result<Deployed, String> {
    if !link.task.starts_with(surroundings.root()) {
        return Err("lies outside of the repository".to_owned());
    }
    let text = surroundings.tree().read(&link.task).ok_or("cannot be read")?;
    let deployment = deploy::read(&link.task, &text)
        .map_err(|unread| format!("cannot be read: {}", unread.message))?;
    let tasks = deployment.tasks();
    let (task, container) = container(&tasks, link.container.as_deref())?;
    let file = Arc::new(Source::new(link.task.clone(), deploy::masked(&text, &tasks)));
    Ok(started(&file, task, container))
}

/// The container of a task, as one that is started from an image; the file is without its secrets.
pub(super) fn started(file: &Arc<Source>, task: &Task<'_>, container: Container<'_>) -> Deployed {
    let place = container.node.get("name").unwrap_or(container.node).span.clone();
    let options =
        container.environment().into_iter().filter_map(|one| Some(one.value?.text()?.to_owned()));
    let words = container.started().into_iter().map(|word| word.text);
    Deployed {
        loads_agent: words.chain(options).any(brings_tracer),
        is_injected: task.injection().is_some(),
        file: Arc::clone(file),
        place,
        reach: reach::reach(task, container),
        localhost: task.network_of(container).and_then(|mode| reach::localhost(task, mode)),
    }
}

/// The names under which compose looks for its file.
/// <https://docs.docker.com/compose/intro/compose-application-model/#the-compose-file>
const COMPOSE_FILES: &[&str] =
    &["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// The containers of compose files beside or above a Dockerfile that are started from the image which it builds.
pub(super) fn composed(dockerfile: &Source, surroundings: &Surroundings<'_>) -> Vec<Deployed> {
    let folders = dockerfile.path().ancestors().skip(1);
    let folders = folders.take_while(|folder| folder.starts_with(surroundings.root()));
    let paths = folders.flat_map(|folder| COMPOSE_FILES.iter().map(|name| folder.join(name)));
    let read = |path: PathBuf| {
        let text = surroundings.tree().read(&path)?;
        let deployment = deploy::read(&path, &text).ok()?;
        let (tasks, folder) = (deployment.tasks(), path.parent()?);
        let all = tasks.iter().flat_map(|task| task.applications().map(move |one| (task, one)));
        let is_built = |(_, one): &(&Task<'_>, Container<'_>)| {
            let built = one.built_from().map(|built| normal(&folder.join(built)));
            built.as_deref() == Some(dockerfile.path())
        };
        let file = Arc::new(Source::new(path.clone(), deploy::masked(&text, &tasks)));
        let built = all.filter(is_built).map(|(task, one)| started(&file, task, one));
        Some(built.collect::<Vec<_>>())
    };
    paths.filter_map(read).flatten().collect()
}

/// The container of that name; without one the only one of a service.
fn container<'t, 'n>(
    tasks: &'t [Task<'n>],
    name: Option<&str>,
) -> Result<(&'t Task<'n>, Container<'n>), String> {
    let all = tasks.iter().flat_map(|task| task.applications().map(move |one| (task, one)));
    let mut fitting = all.filter(|(_, one)| name.is_none_or(|name| one.name() == name));
    match (fitting.next(), fitting.next(), name) {
        (Some(one), None, _) => Ok(one),
        (Some(_), Some(_), _) => Err("has several such containers: name one behind `#`".to_owned()),
        (None, _, Some(name)) => Err(format!("has no container {name:?}")),
        (None, _, None) => Err("has no container of a service".to_owned()),
    }
}

/// The Dockerfile whose image a container of a file is started from: as `[deploy]` says, or as compose builds it.
pub(super) fn dockerfile(
    file: &Path,
    task: &Task<'_>,
    container: Container<'_>,
    settings: &Settings,
) -> Option<PathBuf> {
    let is_alone = task.applications().take(2).count() == 1;
    let fits = |link: &&Link| match &link.container {
        Some(name) => name == container.name(),
        None => is_alone,
    };
    let mut links = settings.links.iter().filter(|link| link.task == file);
    let linked = links.find(fits).map(|link| link.dockerfile.clone());
    linked.or_else(|| Some(normal(&file.parent()?.join(container.built_from()?))))
}
