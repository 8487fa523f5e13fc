//! `malformed-exec-form`: an array that is no valid JSON, which Docker runs as shell text.

use super::{Check, Context, Rule, shared};
use crate::dockerfile::Command;
use crate::finding::{Finding, Op, Severity};
use crate::launch::ObstacleKind;
use crate::launch::{Word, malformed};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "malformed-exec-form",
    severity: Severity::Error,
    summary: "an array that is no valid JSON, which Docker runs as shell text",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# malformed-exec-form
An array that is no valid JSON, which Docker runs as shell text.

## What happens
Docker takes an array with a mistake for shell text, without a warning. The container dies at its start:
`/bin/sh: 1: [java,: not found`, exit code 127. Frequent mistakes are single or typographic quotes, a
missing or a trailing comma, and a `\` before a character that JSON does not escape. An array over several
lines without `\` stops the build: `unknown instruction`. Text behind the closing bracket is ignored by
Docker up to 26, and makes the array shell text from dockerfile 1.9 on.

## The fix
Where only one reading is evident, the array is written anew: double quotes around every word, a comma
between two of them, none behind the last; a comment behind it moves above the instruction. Then it is
treated as any other. A shell test (`[ -f x ] && …`) is no array. Behind an ENTRYPOINT with a mistake, CMD
must be an array: its words become arguments again, and those of shell text would be `/bin/sh -c …`.

```dockerfile bad
FROM eclipse-temurin:17-jre
COPY a.jar /a.jar
ENTRYPOINT ["java" "-javaagent:/opt/dd-java-agent.jar", "-jar", '/a.jar'] # starts it
```
```dockerfile good
FROM eclipse-temurin:17-jre
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /opt/dd-java-agent.jar
COPY a.jar /a.jar
# starts it
ENTRYPOINT ["java", "-Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-javaagent:/opt/dd-java-agent.jar", "-jar", "/a.jar"]
```

## Source
<https://docs.docker.com/reference/dockerfile/#exec-form>,
<https://github.com/DataDog/dd-trace-java/issues/6761>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let instruction = context.launch.instruction;
    let command = context.file.instructions.get(instruction).and_then(|one| one.command());
    let help = match command {
        Some(Command::Shell(text)) if has_bare_variable(&text.text) => VARIABLE_HELP,
        _ => HELP,
    };
    let Some(finding) = shared::obstacle(context, &RULE, ObstacleKind::MalformedArray, help) else { return };
    let repair = match command {
        Some(Command::Shell(text)) => malformed::repair(&text.text),
        _ => None,
    };
    // A CMD that is shell text would hand the program a shell and its text.
    let is_array = |word: &Word| word.array().is_some();
    let repair = repair.filter(|_| context.launch.behind(instruction).all(is_array));
    findings.push(match repair {
        Some(repair) => finding.mended_by(vec![Op::RepairArray { instruction, repair }]),
        None => finding,
    });
}

/// Whether a variable stands between the commas without quotes: with quotes it would stay as it is written.
fn has_bare_variable(array: &str) -> bool {
    array.split(',').any(|word| word.trim_matches(['[', ']', ' ', '\t']).starts_with('$'))
}

const VARIABLE_HELP: &str = "exec form expands no variable: write it as shell text behind `exec` (`CMD exec java -jar $X`), \
                             and what ARG sets is gone when the container starts";
const HELP: &str =
    "double quotes around every word, a comma between two, none behind the last";
