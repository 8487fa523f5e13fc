//! Runtimes that jlink makes: <https://docs.oracle.com/en/java/javase/21/docs/specs/man/jlink.html>.

use super::Agents;
use crate::effects::Command;
use crate::images::{FlightRecorder, Jvm};

/// A runtime that a RUN makes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Made {
    /// Its folder, as it is written.
    pub(super) output: Option<String>,
    /// What `--add-modules` lists; `None` where it is not there to be read.
    modules: Option<String>,
}

/// Modules that bring each other: `java.se` holds `java.instrument`, and not `jdk.jfr`.
/// <https://docs.oracle.com/en/java/javase/21/docs/api/java.se/module-summary.html>
const WITH_INSTRUMENT: &[&str] = &["java.instrument", "java.se"];
const WITH_RECORDER: &[&str] = &["jdk.jfr", "jdk.management.jfr"];

/// The runtime that a command makes.
pub(super) fn made(command: &Command) -> Option<Made> {
    if command.program() != "jlink" {
        return None;
    }
    let options = command.arguments();
    let values = |name: &str| {
        let value = |(at, word): (usize, &String)| {
            let rest = word.strip_prefix(name)?;
            let next = || options.get(at + 1).cloned();
            if rest.is_empty() { next() } else { rest.strip_prefix('=').map(str::to_owned) }
        };
        options.iter().enumerate().filter_map(value).collect::<Vec<_>>()
    };
    let output = values("--output").pop().filter(|output| !output.contains('$'));
    // The option may be given several times.
    let modules = Some(values("--add-modules").join(",")).filter(|modules| !modules.is_empty());
    Some(Made { output, modules })
}

impl Made {
    /// Whether `java.instrument` is in it. A command that lists the modules is not run: jdeps, the usual
    /// one, lists it only where the application itself uses it.
    pub(super) fn agents(&self) -> Agents {
        match &self.modules {
            Some(modules) if !self.is_whole() && !self.lists(WITH_INSTRUMENT) => {
                match modules.contains(['$', '`']) {
                    true => Agents::Unknown,
                    false => Agents::Refused,
                }
            }
            _ => Agents::Loaded,
        }
    }

    /// Whether the runtime takes FlightRecorderOptions: without `jdk.jfr` it exits with `Module
    /// jdk.jfr not found`.
    pub(super) fn recorder(&self, jdk: Jvm) -> FlightRecorder {
        let Some(modules) = &self.modules else { return FlightRecorder::Unknown };
        if self.is_whole() || self.lists(WITH_RECORDER) {
            jdk.flight_recorder
        } else if modules.contains(['$', '`']) {
            FlightRecorder::Unknown
        } else {
            FlightRecorder::Refused
        }
    }

    fn is_whole(&self) -> bool {
        self.modules.as_ref().is_some_and(|modules| {
            modules.contains("ALL-MODULE-PATH") || modules.contains("--list-modules")
        })
    }

    fn lists(&self, wanted: &[&str]) -> bool {
        let modules = self.modules.as_deref().unwrap_or_default();
        modules.split([',', ' ']).any(|module| wanted.contains(&module))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::testing::commands;
    use Agents::Loaded;
    use FlightRecorder::{Accepted, Refused, Unknown};

    #[test]
    fn modules_decide_on_agents_and_on_the_recorder() {
        let jdk = Jvm { flight_recorder: Accepted, ..Jvm::UNKNOWN };
        let table = [
            ("java.base,java.sql", Agents::Refused, Refused),
            ("java.base,java.instrument", Loaded, Refused),
            ("java.se", Loaded, Refused),
            ("java.se,jdk.jfr", Loaded, Accepted),
            ("java.base --add-modules java.instrument --add-modules=jdk.jfr", Loaded, Accepted),
            ("ALL-MODULE-PATH", Loaded, Accepted),
            ("$(java --list-modules | cut -d@ -f1 | tr '\\n' ,)", Loaded, Accepted),
            ("$(jdeps --print-module-deps a.jar)", Agents::Unknown, Unknown),
            ("$(jdeps --print-module-deps a.jar),java.instrument", Loaded, Unknown),
            ("$(cat deps),java.instrument,jdk.jfr", Loaded, Accepted),
        ];
        for (modules, agents, recorder) in table {
            for text in [
                format!("jlink --output /r --add-modules {modules} --strip-debug"),
                format!("x && $JAVA_HOME/bin/jlink --add-modules={modules} --output=/r"),
            ] {
                let made: Vec<Made> = commands(&text).iter().filter_map(made).collect();
                let [made] = made.as_slice() else { panic!("{text}") };
                assert_eq!(made.output.as_deref(), Some("/r"), "{text}");
                assert_eq!((made.agents(), made.recorder(jdk)), (agents, recorder), "{text}");
            }
        }
    }
}
