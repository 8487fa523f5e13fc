//! Programs that GraalVM's native-image made of Java: they hold no JVM that loads an agent.

use std::collections::BTreeMap;

use crate::dockerfile::{Dockerfile, Kind};
use crate::effects::Command;
use crate::facts::{self, Action, StageFacts};

/// What asks a build tool for a native image.
/// <https://www.graalvm.org/latest/reference-manual/native-image/>,
/// <https://quarkus.io/guides/building-native-image>,
/// <https://docs.spring.io/spring-boot/how-to/native-image/developing-your-first-application.html>
const BUILDS: &[&str] = &[
    "-Pnative",
    "-Dnative",
    "nativeCompile",
    "nativeBuild",
    "native:compile",
    "quarkus.native.enabled=true",
    "quarkus.package.type=native",
];

/// Parts of the names of images that hold the builder.
const BUILDERS: &[&str] = &["native-image", "mandrel"];

/// Whether a program is a native image: COPY takes it from a stage that builds one, or by the name that
/// Quarkus gives it.
pub fn is_native_image(file: &Dockerfile, facts: &StageFacts, program: &str) -> bool {
    let path = facts::join(facts.workdir.as_deref(), program);
    let path = path.replace("/./", "/");
    let brings = |action: &&Action| {
        let folder = action.path.trim_end_matches(['/', '.']);
        path == action.path || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    };
    let mut stages: BTreeMap<usize, bool> = BTreeMap::new();
    facts.actions.iter().filter(brings).any(|action| {
        let Some(Kind::Transfer(transfer)) =
            file.instructions.get(action.instruction).map(|one| &one.kind)
        else {
            return false;
        };
        match &transfer.from {
            Some(from) => file.copied_stage(from).is_some_and(|stage| {
                *stages.entry(stage).or_insert_with(|| builds_natively(file, stage))
            }),
            None => action.sources.iter().any(|source| is_quarkus_runner(source)),
        }
    })
}

/// `target/*-runner`, `build/orders-1.0-runner`
fn is_quarkus_runner(source: &str) -> bool {
    let folder = source.trim_start_matches("./").split('/').next();
    source.ends_with("-runner") && matches!(folder, Some("target" | "build"))
}

fn builds_natively(file: &Dockerfile, stage: usize) -> bool {
    let facts = facts::of(file, stage);
    let image = facts.image.as_deref().unwrap_or_default();
    let mut commands = facts.actions.iter().flat_map(|action| action.commands(file));
    BUILDERS.iter().any(|name| image.contains(name)) || commands.any(is_native_build)
}

fn is_native_build(command: &Command) -> bool {
    let says = |word: &String| BUILDS.iter().any(|part| word.contains(part));
    match command.program() {
        "native-image" => true,
        "echo" | "printf" => false,
        _ => command.arguments().iter().any(says),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_native_image_is_known_by_what_builds_it() {
        let table = [
            (
                "FROM x AS b\nRUN mvn -Pnative package\nFROM y\nCOPY --from=b /a/app /app/",
                "/app/app",
                true,
            ),
            (
                "FROM ghcr.io/graalvm/native-image AS b\nFROM y\nCOPY --from=b /app /app",
                "/app",
                true,
            ),
            (
                "FROM y\nWORKDIR /work/\nCOPY target/*-runner /work/application",
                "./application",
                true,
            ),
            ("FROM y\nCOPY task-runner /usr/bin/", "/usr/bin/task-runner", false),
            ("FROM x AS b\nRUN mvn package\nFROM y\nCOPY --from=b /a/app /app/", "/app/app", false),
            (
                "FROM x AS b\nRUN mvn -Pnative package\nFROM y\nCOPY --from=b /a/app /opt/",
                "/app/app",
                false,
            ),
        ];
        for (text, program, expected) in table {
            let file = crate::dockerfile::read(text).unwrap();
            let facts = facts::of(&file, file.stages.len() - 1);
            assert_eq!(is_native_image(&file, &facts, program), expected, "{text}");
        }
    }
}
