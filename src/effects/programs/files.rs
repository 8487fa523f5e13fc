//! Programs that make, move, remove, open or close files.

use super::call::Call;
use crate::effects::modes::Others;
use crate::effects::{Effect, Target};
use crate::image_path::SYSTEM_FOLDERS;

pub(super) fn removes(call: &Call<'_>, effects: &mut Vec<Effect>) {
    effects.extend(call.targets().map(|target| Effect::Removes { target }));
}

pub(super) fn moves(call: &Call<'_>, effects: &mut Vec<Effect>) {
    copy(call, true, effects);
}

pub(super) fn copies(call: &Call<'_>, effects: &mut Vec<Effect>) {
    copy(call, false, effects);
}

fn copy(call: &Call<'_>, moves: bool, effects: &mut Vec<Effect>) {
    let folder = call.value(&["t", "--target-directory"]);
    let (sources, last) = match (folder, call.operands.split_last()) {
        (Some(folder), _) => (call.operands.as_slice(), folder),
        // `ln -s /opt/jdk/bin/java` makes a link of that name here.
        (None, Some((only, []))) if call.name == "ln" => (std::slice::from_ref(only), "."),
        (None, Some((last, sources))) => (sources, *last),
        (None, None) => return,
    };
    let is_folder = folder.is_some()
        || sources.len() > 1
        || last.ends_with(['/', '.'])
        || call.target(last).is_some_and(|last| SYSTEM_FOLDERS.contains(&last.path()));
    let into = match call.has(&["T", "--no-target-directory"]) {
        true => Some(false),
        false => is_folder.then_some(true),
    };
    // `mv x *` moves all but the last of what fits.
    let taken = call.target(last).filter(|last| moves && folder.is_none() && last.is_pattern());
    effects.extend(taken.map(|target| Effect::Removes { target }));
    for source in sources {
        let Some(from) = call.target(source) else {
            // Whatever it is, the other place holds it afterwards.
            effects.extend(
                call.target(last)
                    .filter(|_| into != Some(true))
                    .map(|target| Effect::Writes { target, url: None }),
            );
            continue;
        };
        match call.target(last).filter(|last| !last.is_pattern()) {
            Some(to) => effects.push(Effect::Copies { from, to, into, moves }),
            None if moves => effects.push(Effect::Removes { target: from }),
            None => {}
        }
    }
}

pub(super) fn installs(call: &Call<'_>, effects: &mut Vec<Effect>) {
    // https://www.gnu.org/software/coreutils/manual/html_node/install-invocation.html: 755 without -m.
    let written = call.value(&["m", "--mode"]).unwrap_or("755");
    if call.has(&["d", "--directory"]) {
        return folders(call, Some(written), effects);
    }
    let before = effects.len();
    copy(call, false, effects);
    let target = |effect: &Effect| match effect {
        Effect::Copies { from, to, into: Some(true), .. } => Some(to.join(from.name())),
        Effect::Copies { to, .. } => Some(to.clone()),
        _ => None,
    };
    let targets: Vec<Target> = effects.iter().skip(before).filter_map(target).collect();
    effects.extend(targets.into_iter().map(|target| with_mode(Some(target), written, false)));
}

pub(super) fn makes_folders(call: &Call<'_>, effects: &mut Vec<Effect>) {
    folders(call, call.value(&["m", "--mode"]), effects);
}

fn folders(call: &Call<'_>, mode: Option<&str>, effects: &mut Vec<Effect>) {
    for target in call.targets() {
        let set = mode.map(|mode| with_mode(Some(target.clone()), mode, false));
        effects.push(Effect::MakesFolder { target });
        effects.extend(set);
    }
}

fn with_mode(target: Option<Target>, mode: &str, recursive: bool) -> Effect {
    Effect::SetsMode { target, mode: Others::of(mode), written: mode.to_owned(), recursive }
}

pub(super) fn writes(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let files = call.targets().filter(|target| !target.is_pattern());
    effects.extend(files.map(|target| Effect::Writes { target, url: None }));
}

pub(super) fn writes_output(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let output = call.operands.iter().find_map(|word| call.target(word.strip_prefix("of=")?));
    effects.extend(output.map(|target| Effect::Writes { target, url: None }));
}

pub(super) fn sets_mode(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let is_mode = |word: &&String| {
        word.starts_with('-')
            && word.len() > 1
            && word.chars().skip(1).all(|c| "rwxXst".contains(c))
    };
    let taken = call.words.iter().find(is_mode);
    let recursive = call.has(&["R", "--recursive"]);
    let (written, operands) = match (taken, call.operands.split_first()) {
        (Some(taken), _) => (taken.as_str(), call.operands.as_slice()),
        (None, Some((mode, operands))) => (*mode, operands),
        (None, None) => return,
    };
    effects.extend(operands.iter().map(|word| with_mode(call.target(word), written, recursive)));
}

pub(super) fn sets_owner(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let Some((owner, operands)) = call.operands.split_first() else { return };
    let owner = if call.name == "chgrp" { format!(":{owner}") } else { (*owner).to_owned() };
    let recursive = call.has(&["R", "--recursive"]);
    for word in operands {
        let (target, owner) = (call.target(word), owner.clone());
        effects.push(Effect::SetsOwner { target, owner, recursive });
    }
}

pub(super) fn edits(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let in_place = |word: &String| {
        let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
        word.starts_with("--in-place") || letters.is_some_and(|letters| letters.contains('i'))
    };
    if call.words.iter().any(in_place) {
        let java = call.words.iter().any(|word| word.contains("java"));
        effects.extend(call.targets().map(|target| Effect::Edits { target, java }));
    }
}
