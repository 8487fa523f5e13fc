//! Windows: our paths, the jar's mode and what stands between options are Linux'.

use super::{Obstacle, ObstacleKind, Word};
use crate::dockerfile::{Dockerfile, Kind};
use crate::facts::StageFacts;
use crate::images::matches;

/// Images of Windows, by name and tag: Microsoft's own, and the tags by which others mark theirs.
/// <https://learn.microsoft.com/en-us/virtualization/windowscontainers/manage-containers/container-base-images>,
/// <https://github.com/docker-library/official-images#multiple-architectures>
const IMAGES: &str =
    r"(^|/)windows/|windowsservercore|nanoserver|(^|[/:._-])servercore|[:._-]windows([._-]|$)";

/// What is in front of a path on Windows: a drive.
const DRIVE: &str = r"^[A-Za-z]:([\\/]|$)";

/// Shells that Windows has.
/// <https://docs.docker.com/reference/dockerfile/#shell>
const SHELLS: &[&str] = &["cmd", "cmd.exe", "powershell", "powershell.exe", "pwsh.exe"];

/// The program's name, without folders and the ending that only Windows writes.
pub(super) fn program_name(word: &str) -> &str {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    name.strip_suffix(".exe").unwrap_or(name)
}

/// What is in the way of a start on Windows.
pub(super) fn obstacle(file: &Dockerfile, facts: &StageFacts, words: &[Word]) -> Option<Obstacle> {
    let image = facts.image.as_deref().unwrap_or("the image");
    let sign = match sign(file, facts, words) {
        Some(Sign::Image) => format!("{image} is an image of Windows"),
        Some(Sign::Word(word)) => format!("{word:?} is for Windows"),
        None => return None,
    };
    let reason = format!("{sign}: the agent's path and the jar's mode are for Linux");
    Some(Obstacle { kind: ObstacleKind::Windows, reason })
}

/// What says that a container runs Windows.
enum Sign {
    Image,
    Word(String),
}

fn sign(file: &Dockerfile, facts: &StageFacts, words: &[Word]) -> Option<Sign> {
    let is_windows = |image: &str| matches(IMAGES, &image.to_ascii_lowercase());
    if facts.image.as_deref().is_some_and(is_windows) {
        return Some(Sign::Image);
    }
    let is_drive = |word: &str| matches(DRIVE, word);
    let of_command =
        words.iter().map(Word::value).find(|word| word.ends_with(".exe") || is_drive(word));
    let instructions = facts.stages.iter().flat_map(|stage| file.of_stage(*stage));
    let of_instruction = instructions.filter_map(|(_, one)| match &one.kind {
        Kind::Workdir(path) if is_drive(path) => Some(path.as_str()),
        Kind::Shell(words) => {
            let shell = words.first()?;
            SHELLS.contains(&shell.to_ascii_lowercase().as_str()).then_some(shell.as_str())
        }
        _ => None,
    });
    of_command.or_else(|| of_instruction.into_iter().next()).map(|word| Sign::Word(word.to_owned()))
}
