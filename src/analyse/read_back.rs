//! The settings that `fix` was run with, read back from what stands in the files.

use super::Reader;
use crate::dockerfile::{Kind, Transfer};
use crate::launch::options::{self, agent_path};
use crate::settings::{
    Carrier, JAVA_SETTINGS, JavaSetting, NodeMode, Preset, Provide, Settings, Switch,
};

/// The settings to try: those that stand in the files first, for with others only a part of what `fix` put in
/// might be found. Of alternatives those count with which the most goes.
pub(super) fn candidates(reader: &Reader<'_>) -> Vec<Vec<Settings>> {
    let given = reader.settings.clone();
    let mut all = Vec::new();
    let carriers = match given.carrier {
        Carrier::Env => vec![Carrier::Env],
        Carrier::Auto => vec![Carrier::Auto, Carrier::Env],
    };
    let has_java = reader.source.text.contains("-javaagent:") || reader.scripts_hold("-javaagent:");
    for carrier in carriers.into_iter().filter(|_| has_java) {
        let carried = Settings { carrier, ..given.clone() };
        let options = reader.options();
        let mut paths: Vec<&str> = options
            .iter()
            .filter_map(|option| agent_path(option))
            .filter(|path| options::is_datadog_agent(path) || *path == given.agent_path())
            .collect();
        paths.dedup();
        for path in paths.iter().rev() {
            let read =
                |by_options_alone| reader.read_back(&carried, path, &options, by_options_alone);
            let by_all = read(false);
            // A person, or a deployment, may have written the variables.
            let has_variables = by_all.as_ref().is_some_and(Settings::as_variables);
            let by_options = has_variables.then(|| read(true)).flatten();
            all.push(by_all.into_iter().chain(by_options).collect());
        }
    }
    all.push(vec![given.clone()]);
    for node_mode in [NodeMode::Flag, NodeMode::Env, NodeMode::Import] {
        if reader.starts_node() && given.node_mode != node_mode {
            all.push(vec![Settings { node_mode, ..given.clone() }]);
        }
    }
    all
}

impl Reader<'_> {
    fn scripts_hold(&self, text: &str) -> bool {
        self.document.launches.scripts.iter().any(|script| script.text.contains(text))
    }

    fn starts_node(&self) -> bool {
        self.launches().iter().any(|launch| launch.node.is_some())
    }

    /// All options of the launches, and those that a variable carries to what nobody sees through.
    fn options(&self) -> Vec<String> {
        let mut options: Vec<String> = Vec::new();
        for launch in self.launches() {
            options.extend(launch.jvm_options().into_iter().map(|option| option.text));
        }
        let environment = &self.document.facts.environment;
        let carried = environment.get("JAVA_TOOL_OPTIONS").map(String::as_str).unwrap_or_default();
        options.extend(options::split_variable(carried));
        options
    }

    /// The settings that the options and the variables of the launches tell, with an agent at `path`.
    fn read_back(
        &self,
        given: &Settings,
        path: &str,
        options: &[String],
        by_options_alone: bool,
    ) -> Option<Settings> {
        let environment = &self.document.facts.environment;
        let by_option = |setting: &JavaSetting| {
            options.iter().rev().find_map(|option| options::value_of(option, setting))
        };
        let by_variable = |setting: &JavaSetting| {
            let name = setting.variables().next().filter(|_| !by_options_alone)?;
            environment.get(&name).map(String::as_str)
        };
        let switches = JAVA_SETTINGS.iter().map(|setting| {
            let value = by_option(setting).or_else(|| by_variable(setting));
            let switch = match value {
                Some(value) => Switch::Value(value.to_owned()),
                None => Switch::Flag(false),
            };
            (setting.name.to_owned(), switch)
        });
        let java = switches.collect();
        let as_variables = JAVA_SETTINGS
            .iter()
            .any(|setting| by_option(setting).is_none() && by_variable(setting).is_some());
        let settings = Settings {
            service: None,
            env: None,
            app_version: None,
            agent_host: None,
            preset: if as_variables { Preset::Env } else { Preset::Fargate },
            agent_path: Some(path.to_owned()),
            java,
            ..given.clone()
        };
        self.provided(path, settings).checked().ok()
    }

    /// With the way in which the jar gets into the image.
    fn provided(&self, path: &str, given: Settings) -> Settings {
        let transfers =
            self.document.file.instructions.iter().rev().filter_map(|one| match &one.kind {
                Kind::Transfer(transfer) => Some(transfer),
                _ => None,
            });
        let own = transfers.into_iter().find(|transfer| transfer.destination == path);
        let Some((transfer, source)) =
            own.and_then(|one| Some((one, one.sources.first()?.clone())))
        else {
            return Settings { provide: Provide::None, ..given };
        };
        let Transfer { add, from, .. } = &**transfer;
        match (add, from) {
            (true, _) => Settings { provide: Provide::Add, agent_url: Some(source), ..given },
            (false, Some(image)) => {
                Settings { provide: Provide::CopyFrom, agent_image: Some(image.clone()), ..given }
            }
            (false, None) => Settings { provide: Provide::Copy, agent_file: Some(source), ..given },
        }
    }
}
