//! The map in `src/lib.rs` is true: every room is on it, and uses only rooms that stand below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The rooms in the order of the map.
fn rooms() -> Vec<String> {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let table = text.split("| room | what happens there |").nth(1).unwrap();
    let table = table.split("//!\n").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("//! | ")?.split(" | ").next());
    let names = rows.flat_map(|row| row.split(", "));
    let names = names.map(|name| name.trim_matches(['[', ']', '`', ' ']).to_owned());
    names.filter(|name| !name.starts_with('-')).collect()
}

/// Every file with the room that it belongs to.
fn files() -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    let mut folders = vec![source()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = source();
            let relative = path.strip_prefix(&source).unwrap();
            let room = relative.iter().next().unwrap().to_string_lossy();
            found.push((room.trim_end_matches(".rs").to_owned(), path.clone()));
        }
    }
    found.retain(|(room, _)| room != "lib" && room != "main");
    found
}

/// The rooms that a text names behind `crate::`, its tests and comments left out.
fn used(text: &str) -> BTreeSet<String> {
    let own = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let code = own.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.collect::<Vec<_>>().join("\n");
    let word = |text: &str| {
        text.chars().take_while(|c| c.is_ascii_lowercase() || *c == '_').collect::<String>()
    };
    let behind = code.split("crate::").skip(1);
    let names = behind.flat_map(|rest| match rest.strip_prefix('{') {
        Some(list) => {
            list.split('}').next().unwrap().split(',').map(|one| word(one.trim())).collect()
        }
        None => vec![word(rest)],
    });
    names.filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_room_uses_only_rooms_below_it() {
    let rooms = rooms();
    let floor: BTreeMap<&str, usize> =
        rooms.iter().enumerate().map(|(at, room)| (room.as_str(), at)).collect();
    assert_eq!(floor.len(), rooms.len(), "a room stands twice on the map");
    let there: BTreeSet<String> = files().into_iter().map(|(room, _)| room).collect();
    assert_eq!(there, rooms.iter().cloned().collect(), "the map and the rooms");
    for (room, path) in files() {
        let text = fs::read_to_string(&path).unwrap();
        for other in used(&text).iter().filter(|other| **other != room) {
            let Some(below) = floor.get(other.as_str()) else { continue };
            let own = floor[room.as_str()];
            assert!(own < *below, "{} uses {other}, which stands above {room}", path.display());
        }
    }
}

#[test]
fn every_file_of_the_rules_is_in_their_table() {
    let table = fs::read_to_string(source().join("rules/mod.rs")).unwrap();
    let table = table.split("rules! {").nth(1).unwrap().split('}').next().unwrap();
    let listed: BTreeSet<&str> = table.split_whitespace().collect();
    let is_rule = |path: &PathBuf| fs::read_to_string(path).unwrap().contains("const RULE: Rule");
    let rules = files().into_iter().filter(|(room, path)| room == "rules" && is_rule(path));
    for (_, path) in rules {
        let name = path.file_stem().unwrap().to_string_lossy();
        assert!(listed.contains(name.as_ref()) || name == "mod", "{name} is in no table");
    }
}

#[test]
fn the_files_that_the_map_names_are_there() {
    let text = fs::read_to_string(source().join("lib.rs")).unwrap();
    let table = text.split("| to add or change | go to |").nth(1).unwrap();
    let names = table.split("//!\n").next().unwrap().split('`').skip(1).step_by(2);
    let files: Vec<&str> =
        names.filter(|name| name.ends_with(".rs") || name.ends_with('/')).collect();
    assert!(files.len() >= 10, "{files:?}");
    for name in files {
        let path = if name.starts_with("tests/") {
            source().join("..").join(name)
        } else {
            source().join(name)
        };
        assert!(path.exists(), "{name}");
    }
}
