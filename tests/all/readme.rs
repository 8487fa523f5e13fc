//! The tables of settings in the README say what the code declares.

use std::collections::BTreeSet;

use clap::{Arg, Args as _, Command};
use entrypatch::settings::{
    DEFAULT_AGENT_FILE, DEFAULT_AGENT_PATH, DEFAULT_AGENT_URL, FLIGHT_RECORDER, JAVA_SETTINGS,
    Settings,
};

const README: &str = include_str!("../../README.md");

/// The cells of the rows of the table whose head has this cell.
fn table(head: &str) -> Vec<Vec<&'static str>> {
    let table = README.lines().skip_while(|line| !(line.starts_with('|') && line.contains(head)));
    let rows = table.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// The keys of `entrypatch.toml`, as the message on an unknown one lists them.
fn keys() -> Vec<String> {
    let error = toml::from_str::<Settings>("no-such-key = 1").unwrap_err();
    let (_, list) = error.message().split_once("expected one of ").unwrap();
    list.split(", ").map(|key| key.trim_matches('`').to_owned()).collect()
}

fn flags() -> Vec<Arg> {
    let mut command = Settings::augment_args(Command::new("").disable_help_flag(true));
    command.build();
    command.get_arguments().cloned().collect()
}

/// What the help says of a flag.
fn said(flag: &Arg) -> String {
    let help = flag.get_help().unwrap().to_string();
    let values = flag.get_possible_values();
    let values: Vec<_> = values.iter().map(|value| format!("`{}`", value.get_name())).collect();
    if values.is_empty() { help } else { format!("{help}: {}", values.join(", ")) }
}

#[test]
fn the_table_has_the_settings_that_there_are() {
    let table = table("| what it says |");
    let column = |at: usize| {
        let cells = table.iter().map(|row| row[at].trim_matches(['`', '-']).to_owned());
        cells.filter(|cell| !cell.is_empty()).collect::<BTreeSet<_>>()
    };
    assert_eq!(column(0), keys().into_iter().collect::<BTreeSet<_>>(), "keys");
    let names = flags().into_iter().filter_map(|flag| flag.get_long().map(str::to_owned));
    assert_eq!(column(1), names.collect::<BTreeSet<_>>(), "flags");
    for flag in flags() {
        let name = flag.get_long().unwrap();
        let row = table.iter().find(|row| row[1] == format!("`--{name}`")).unwrap();
        assert_eq!(row[2], said(&flag), "{name}");
        assert!(row[0].is_empty() || row[0] == format!("`{name}`"), "{row:?}");
    }
}

#[test]
fn the_help_says_the_defaults_that_there_are() {
    let help: String = flags().iter().map(said).collect();
    for default in [DEFAULT_AGENT_PATH, DEFAULT_AGENT_URL] {
        assert!(help.contains(&format!("[default: {default}]")), "{default}");
    }
    assert!(README.contains(&format!("(default `{DEFAULT_AGENT_FILE}`)")));
    let host = JAVA_SETTINGS.iter().find(|setting| setting.name == "agent-host").unwrap();
    assert!(help.contains(&format!("dd.agent.host [default: {}]", host.default.unwrap())));
}

#[test]
fn every_java_setting_has_its_row() {
    let table = table("| key under `[java]` |");
    for setting in JAVA_SETTINGS {
        let key = format!("`{}`", setting.name);
        let row = table.iter().find(|row| row[4].split(", ").any(|cell| cell == key));
        let row = row.unwrap_or_else(|| panic!("no row for {key}"));
        let option = setting.option(setting.default.unwrap_or("…"));
        assert!(row[0].contains(&format!("`{option}`")), "{row:?}: {option}");
        assert_eq!(!row[2].is_empty(), setting.minimal, "{row:?}");
        if setting.name != FLIGHT_RECORDER {
            let variable = format!("`{}`", setting.variables().next().unwrap());
            assert!(row[3].contains(&variable), "{row:?}: {variable}");
        }
    }
}
