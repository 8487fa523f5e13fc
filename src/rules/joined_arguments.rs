//! `joined-arguments`: several arguments stand in one string.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Op, Severity};
use crate::launch::ObstacleKind;
use crate::launch::java::Target;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "joined-arguments",
    severity: Severity::Error,
    summary: "several arguments stand in one string",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# joined-arguments
Several arguments stand in one string.

## What happens
Exec form gives each string to the program as one argument. `"-Da=1 -Db=2"` sets `a` to `1 -Db=2`, without a
message; `"-Xmx1g -Xms1g"` stops the JVM; `["java -jar /app.jar"]` is a program that does not exist (exit code
127). A blank at the edge of an option makes the JVM take it for the main class.

## The fix
The string becomes several. Only options in front of the jar or main class are touched, and only where each
part is an option by itself: `-Dname=several words` is one argument.

```dockerfile bad
FROM eclipse-temurin:17-jre
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /opt/dd-java-agent.jar
ENTRYPOINT ["java", "-javaagent:/opt/dd-java-agent.jar -Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-jar a.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /opt/dd-java-agent.jar
ENTRYPOINT ["java", "-javaagent:/opt/dd-java-agent.jar", "-Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-jar", "a.jar"]
```

## Source
<https://docs.docker.com/reference/dockerfile/#exec-form>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if let Some(finding) = shared::obstacle(context, &RULE, ObstacleKind::JoinedArguments, HELP) {
        findings.push(match whole_command(context) {
            Some(op) => finding.mended_by(vec![op]),
            None => finding,
        });
    }
    let Some((program, java)) = context.launch.command() else { return };
    // The words of the program are its own business.
    let target = match java.target {
        Target::Jar(at) | Target::Module(at) | Target::Class(at) => Some(program + 1 + at),
        Target::Nothing | Target::Missing => None,
    };
    for (at, word) in context.launch.words.iter().enumerate().skip(program + 1) {
        if target.is_some_and(|target| at > target) {
            break;
        }
        let Some(values) = word.array().and_then(|_| parts(word.value())) else { continue };
        let names_program = values.iter().any(|value| value == "-jar");
        let place = context.at_word(at);
        let message = format!("{:?} is one argument: the JVM does not take it apart", word.value());
        findings.push(
            RULE.finding(place, message).help(HELP).mended_by(vec![Op::SplitWord { word: at, values }]),
        );
        if names_program {
            break;
        }
    }
}

const HELP: &str = "one string for each argument";

/// What options of a JVM begin with.
const OPTION_STARTS: &[&str] = &[
    "-D", "-X", "-javaagent:", "-agentlib:", "-agentpath:", "-ea", "-da", "-server", "-client", "-verbose",
    "-jar", "-cp", "-classpath", "--add-", "--enable-", "--module-path",
];

/// The options that a string holds: each part is one, or `-jar` and its file.
fn parts(word: &str) -> Option<Vec<String>> {
    let all: Vec<&str> = word.split_whitespace().collect();
    let options = match all.as_slice() {
        ["-jar" | "-cp" | "-classpath", _] => all.get(..1)?,
        _ => all.as_slice(),
    };
    let is_option = |part: &&str| {
        !holds_options(part) && OPTION_STARTS.iter().any(|start| part.starts_with(start)) && !part.contains(['"', '\''])
    };
    // A blank in front makes the JVM take an option for the main class; one behind is only harmless
    // in the value of a property.
    let blank = word.starts_with(char::is_whitespace)
        || (word.ends_with(char::is_whitespace) && !word.starts_with("-D"));
    let joined = all.len() > 1 || blank;
    (joined && !all.is_empty() && options.iter().all(is_option))
        .then(|| all.into_iter().map(str::to_owned).collect())
}

/// Whether a property's value is options itself (`-Dworker.opts=-Xmx1g -Xms1g`): the blanks belong
/// to it.
fn holds_options(part: &str) -> bool {
    let Some((name, value)) = part.strip_prefix("-D").and_then(|part| part.split_once('=')) else {
        return false;
    };
    let name = name.to_ascii_lowercase();
    value.starts_with('-') || ["opt", "arg", "param", "jvm"].iter().any(|part| name.contains(part))
}

/// `["java -jar /app.jar"]`: the words of a command that no quotes or variables hold together.
fn whole_command(context: &Context<'_>) -> Option<Op> {
    let (at, word) = context.launch.words.iter().enumerate().find(|(_, word)| {
        word.array().is_some() && word.value().trim().contains(char::is_whitespace)
    })?;
    let plain = |c: char| !"\"'\\$`|&;<>(){}*?[]~#".contains(c);
    word.value().chars().all(plain).then(|| Op::SplitWord {
        word: at,
        values: word.value().split_whitespace().map(str::to_owned).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_options_are_taken_apart() {
        let table: &[(&str, Option<&[&str]>)] = &[
            ("-Da=1 -Db=2", Some(&["-Da=1", "-Db=2"])),
            ("-jar x.jar", Some(&["-jar", "x.jar"])),
            (" -Xmx1g", Some(&["-Xmx1g"])),
            ("-Xmx1g ", Some(&["-Xmx1g"])),
            ("-Da=1 ", None),
            ("-Dargs=-a -b", None),
            ("-Dworker.opts=-Xmx1g -Xms1g", None),
            ("-Dspring.args=x -Dy=z", None),
            ("-Da=1 two", None),
            ("-Da=-1 -two three", None),
            ("-Da='1 -Db=2'", None),
            ("-Xmx1g", None),
            ("", None),
        ];
        for (word, expected) in table {
            let expected = expected.map(|parts| parts.iter().map(|p| (*p).to_owned()).collect());
            assert_eq!(parts(word), expected, "{word}");
        }
    }
}
