//! Images that the configuration describes: `[images]` in `entrypatch.toml`.

use std::sync::Arc;

use regex::Regex;
use serde::Deserialize;

use super::{FlightRecorder, ImageFacts, Jvm, Version, look_up};
use crate::dockerfile::words;

/// What a row under `[images]` says of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImageConfig {
    /// The major version of its Java.
    pub java: Option<u32>,
    /// Whether its JVM takes FlightRecorderOptions.
    pub flight_recorder: Option<bool>,
    /// Its USER.
    pub user: Option<String>,
    /// Whether it has a shell.
    pub shell: Option<bool>,
    /// Its ENTRYPOINT.
    pub entrypoint: Option<Vec<String>>,
    /// Its CMD.
    pub cmd: Option<Vec<String>>,
}

/// Everything that is known of images: what the configuration says, and the tables behind it.
#[derive(Debug, Clone, Default)]
pub struct Images {
    /// The longest pattern first: it says the most.
    configured: Vec<(Regex, ImageConfig)>,
}

/// The Java versions that an image may have.
const VERSIONS: std::ops::RangeInclusive<u32> = 5..=99;

impl Images {
    /// Reads the table.
    ///
    /// # Errors
    /// What is wrong with an entry, and what to write instead.
    pub fn new<'c>(
        entries: impl IntoIterator<Item = (&'c String, &'c ImageConfig)>,
    ) -> Result<Self, String> {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.len()));
        let row = |(pattern, image): (&String, &ImageConfig)| {
            validate(pattern, image)
                .and_then(|()| Ok((compile(pattern)?, image.clone())))
                .map_err(|reason| format!("[images] {pattern:?}: {reason}"))
        };
        Ok(Self { configured: entries.into_iter().map(row).collect::<Result<_, _>>()? })
    }

    /// Looks an image reference up, as FROM says it with its variables expanded.
    pub fn look_up(&self, reference: &str) -> Arc<ImageFacts> {
        let known = look_up(reference);
        let without_digest = reference.split('@').next().unwrap_or(reference);
        let fits =
            |pattern: &Regex| pattern.is_match(reference) || pattern.is_match(without_digest);
        let row = self.configured.iter().find(|(pattern, _)| fits(pattern));
        match row {
            Some((_, image)) => Arc::new(laid_over(image, &known)),
            None => known,
        }
    }
}

/// What the configuration says, over what the name tells.
fn laid_over(image: &ImageConfig, known: &ImageFacts) -> ImageFacts {
    let (image, known) = (image.clone(), known.clone());
    let jvm = match image.java {
        Some(major) if known.jvm.java != Some(major) => {
            Jvm::new(None, Some(Version { major, update: None }), false)
        }
        _ => known.jvm,
    };
    let recorder = image
        .flight_recorder
        .map(|accepted| if accepted { FlightRecorder::Accepted } else { FlightRecorder::Refused });
    let says_java = image.java.is_some() || image.flight_recorder.is_some();
    ImageFacts {
        has_java: if says_java { Some(true) } else { known.has_java },
        jvm: Jvm { flight_recorder: recorder.unwrap_or(jvm.flight_recorder), ..jvm },
        libc: known.libc,
        has_shell: image.shell.or(known.has_shell),
        user: image.user.or(known.user),
        entrypoint: image.entrypoint.or(known.entrypoint),
        cmd: image.cmd.or(known.cmd),
        workdir: known.workdir,
        environment: known.environment,
    }
}

fn validate(pattern: &str, image: &ImageConfig) -> Result<(), String> {
    if pattern.is_empty() || pattern.contains(char::is_whitespace) {
        return Err("write the image as FROM does, `*` for any characters".to_owned());
    }
    if *image == ImageConfig::default() {
        return Err("it says nothing: give java, flight-recorder, user, shell, entrypoint or cmd"
            .to_owned());
    }
    if let Some(java) = image.java.filter(|java| !VERSIONS.contains(java)) {
        return Err(format!("java = {java} is no version: write the major one, 8 or 17"));
    }
    if image.user.as_deref() == Some("") {
        return Err("user is empty: write \"root\" or the USER of the image".to_owned());
    }
    Ok(())
}

fn compile(pattern: &str) -> Result<Regex, String> {
    let regex = words::shell_pattern(pattern, true, "^", "$");
    regex.map_err(|_| "it is no pattern: `*` stands for any characters, `?` for one".to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn images(text: &str) -> Result<Images, String> {
        let entries: BTreeMap<String, BTreeMap<String, ImageConfig>> =
            toml::from_str(text).unwrap();
        Images::new(&entries["images"])
    }

    #[test]
    fn what_the_configuration_says_comes_first() {
        let images = images(
            "[images]\n\
             \"registry.corp/*\" = { java = 11, user = \"1001\" }\n\
             \"registry.corp/legacy:*\" = { java = 8, flight-recorder = true, shell = false }\n\
             \"openjdk:8-alpine\" = { entrypoint = [\"/run\"] }\n",
        )
        .unwrap();
        let jvm = |reference: &str| {
            let jvm = images.look_up(reference).jvm;
            (jvm.java, jvm.flight_recorder)
        };
        assert_eq!(jvm("registry.corp/base:1"), (Some(11), FlightRecorder::Accepted));
        assert_eq!(jvm("registry.corp/legacy:1"), (Some(8), FlightRecorder::Accepted));
        assert_eq!(jvm("openjdk:8-alpine"), (Some(8), FlightRecorder::Refused));
        assert_eq!(jvm("other.corp/base:1"), (None, FlightRecorder::Unknown));
        assert_eq!(images.look_up("registry.corp/base:1").user.as_deref(), Some("1001"));
        assert_eq!(images.look_up("registry.corp/legacy:1").has_shell, Some(false));
        let entrypoint = images.look_up("openjdk:8-alpine").entrypoint.clone();
        assert_eq!(entrypoint, Some(vec!["/run".to_owned()]));
    }

    #[test]
    fn mistakes_are_named_with_what_to_write() {
        for (text, reason) in [
            ("[images]\n\"a\" = { java = 170 }", "major"),
            ("[images]\n\"a b\" = { java = 17 }", "as FROM does"),
            ("[images]\n\"a\" = {}", "says nothing"),
            ("[images]\n\"a\" = { user = \"\" }", "USER"),
            ("[images]\n'a\\' = { java = 17 }", "no pattern"),
        ] {
            let error = images(text).unwrap_err();
            assert!(error.starts_with("[images] ") && error.contains(reason), "{text}: {error}");
        }
    }
}
