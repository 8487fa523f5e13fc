//! Programs that bring files from elsewhere, and those that unpack them.

use super::call::Call;
use crate::effects::Effect;

/// <https://curl.se/docs/manpage.html>
pub(super) fn curl(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let url = url(call);
    let folder = call.value(&["--output-dir"]).unwrap_or(".");
    let named = call.options.iter().filter(|(name, _)| matches!(*name, "o" | "--output"));
    let named = named.filter_map(|(_, value)| *value);
    let remote = call.has(&["O", "--remote-name", "--remote-name-all", "J"]);
    let remote = url.filter(|_| remote).map(file_of);
    for name in named.chain(remote) {
        let target = call.target(&within(folder, name));
        effects.extend(target.map(|target| Effect::Writes { target, url: url.map(str::to_owned) }));
    }
}

/// <https://www.gnu.org/software/wget/manual/wget.html>
pub(super) fn wget(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let url = url(call);
    let folder = call.value(&["P", "--directory-prefix"]).unwrap_or(".");
    let name = match call.value(&["O", "--output-document"]) {
        Some("-") => return,
        Some(name) => name.to_owned(),
        None => within(folder, url.map(file_of).unwrap_or_default()),
    };
    let target = call.target(&name);
    effects.extend(target.map(|target| Effect::Writes { target, url: url.map(str::to_owned) }));
}

pub(super) fn aria(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let url = url(call);
    let folder = call.value(&["d", "--dir"]).unwrap_or(".");
    let name = call.value(&["o", "--out"]).or(url.map(file_of)).unwrap_or_default();
    let target = call.target(&within(folder, name));
    effects.extend(target.map(|target| Effect::Writes { target, url: url.map(str::to_owned) }));
}

fn url<'c>(call: &Call<'c>) -> Option<&'c str> {
    let full = call.operands.iter().find(|word| word.contains("://"));
    full.or(call.operands.last()).copied()
}

/// The last part of a URL's path.
fn file_of(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or(url);
    path.rsplit('/').next().unwrap_or(path)
}

fn within(folder: &str, name: &str) -> String {
    if name.starts_with('/') || folder == "." {
        name.to_owned()
    } else {
        format!("{folder}/{name}")
    }
}

pub(super) fn tar(call: &Call<'_>, effects: &mut Vec<Effect>) {
    // `tar xzf FILE`: letters without a dash.
    let letters = call.words.first().filter(|word| !word.starts_with('-'));
    let has = |letter: char, names: &[&str]| {
        call.has(names) || letters.is_some_and(|word| word.contains(letter))
    };
    let folder = call.value(&["C", "--directory"]).unwrap_or(".");
    if has('x', &["x", "--extract", "--get"]) {
        effects.extend(call.target(folder).map(|folder| Effect::Fills { folder }));
    } else if has('c', &["c", "--create"]) {
        let file = call.value(&["f", "--file"]).or(call.operands.get(1).copied());
        let target = file.and_then(|file| call.target(file));
        effects.extend(target.map(|target| Effect::Writes { target, url: None }));
    }
}

pub(super) fn unpacks(call: &Call<'_>, effects: &mut Vec<Effect>) {
    // `7z x -o/opt file.7z`
    let joined = call.words.iter().find_map(|word| word.strip_prefix("-o"));
    let folder = call.value(&["d"]).or(joined.filter(|folder| !folder.is_empty())).unwrap_or(".");
    effects.extend(call.target(folder).map(|folder| Effect::Fills { folder }));
}

pub(super) fn jar(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let letters = call.words.first().map(|word| word.trim_start_matches('-')).unwrap_or_default();
    if letters.contains('x') {
        effects.extend(call.target(".").map(|folder| Effect::Fills { folder }));
    } else if letters.starts_with('c') {
        let target = call.operands.get(1).and_then(|file| call.target(file));
        effects.extend(target.map(|target| Effect::Writes { target, url: None }));
    }
}

pub(super) fn git(call: &Call<'_>, effects: &mut Vec<Effect>) {
    if let ["clone", url, rest @ ..] = call.operands.as_slice() {
        let own = file_of(url.trim_end_matches('/')).trim_end_matches(".git");
        let folder = call.target(rest.first().copied().unwrap_or(own));
        effects.extend(folder.map(|folder| Effect::Fills { folder }));
    }
}

/// Programs that bring a file to what they name last.
pub(super) fn transfers(call: &Call<'_>, effects: &mut Vec<Effect>) {
    let Some(last) = call.operands.last().and_then(|word| call.target(word)) else { return };
    effects.push(Effect::Fills { folder: last.clone() });
    effects.push(Effect::Writes { target: last, url: None });
}
