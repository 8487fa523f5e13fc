//! What `remove` takes out of a task definition, and the settings with which it was put in.

use super::added::{self, API_KEY};
use super::container::Container;
use super::task::Task;
use crate::settings::Settings;
use crate::structured::{Amendment, Node, says_the_same};

/// The settings with which the Agent of a task was put in, as they stand in its container.
pub fn settings(agent: Container<'_>, given: &Settings) -> Settings {
    let secret = agent.secrets().into_iter().find(|one| one.name == API_KEY);
    let secret = secret.and_then(|one| one.value?.text()).map(str::to_owned);
    let variable = |name: &str| agent.variable(name)?.value?.text().map(str::to_owned);
    Settings {
        api_key_secret: secret,
        site: variable("DD_SITE"),
        agent_container_image: agent.node.text_of("image").map(str::to_owned),
        env: variable("DD_ENV"),
        service: variable("DD_SERVICE"),
        app_version: variable("DD_VERSION"),
        ..given.clone()
    }
}

/// The wishes that take out what `fix` puts in with these settings; none where the Agent is another than
/// the one that it would. Lists that become empty are kept, or go.
pub fn wishes(task: &Task<'_>, settings: &Settings, keeps_lists: bool) -> Vec<Amendment> {
    let Some(secret) = &settings.api_key_secret else { return Vec::new() };
    let applications: Vec<Container<'_>> = task.applications().collect();
    let tags: Vec<(&str, &str)> = added::tags(settings, applications.len()).collect();
    let own = Node::made(added::agent_container(task, settings, secret, &tags));
    let list = task.list();
    let is_own = |one: &Node| says_the_same(one, &own);
    let Some(at) = list.items().iter().position(is_own) else { return Vec::new() };
    let mut wishes = vec![Amendment::TakeItem { list: list.span.clone(), at }];
    let tags = tags.iter().map(|(name, value)| Node::made(added::variable(task, name, value)));
    let tags: Vec<Node> = tags.collect();
    let tags_of = |one: &Container<'_>| without(one.node, "environment", &tags, keeps_lists);
    wishes.extend(applications.iter().flat_map(tags_of));
    wishes
}

/// The wishes that take items out of the list at a key of a map.
fn without(map: &Node, key: &str, items: &[Node], keeps_lists: bool) -> Vec<Amendment> {
    let Some(entry) = map.entry(key) else { return Vec::new() };
    let list = &entry.node;
    let is_taken = |one: &Node| items.iter().any(|item| says_the_same(one, item));
    let taken = list.items().iter().enumerate().filter(|(_, one)| is_taken(one));
    let taken: Vec<usize> = taken.map(|(at, _)| at).collect();
    if !keeps_lists && !taken.is_empty() && taken.len() == list.items().len() {
        return vec![Amendment::TakeKey { map: map.span.clone(), key: entry.key.clone() }];
    }
    let take = |at| Amendment::TakeItem { list: list.span.clone(), at };
    taken.into_iter().map(take).collect()
}
