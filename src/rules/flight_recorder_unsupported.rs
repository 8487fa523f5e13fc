//! `flight-recorder-unsupported`: the JVM refuses an option of Flight Recorder that it is given.

use super::{Check, Context, Rule};
use crate::finding::{Finding, Op, Severity};
use crate::images::FlightRecorder;
use crate::launch::options::{self, IGNORE_UNRECOGNIZED, PlacedOption};
use crate::shell::Expansion;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "flight-recorder-unsupported",
    severity: Severity::Error,
    summary: "the JVM refuses an option of Flight Recorder that it is given",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# flight-recorder-unsupported
The JVM refuses an option of Flight Recorder that it is given.

## What happens
A JVM without Flight Recorder does not start with `-XX:FlightRecorderOptions`, `-XX:StartFlightRecording` or
`-XX:+FlightRecorder`. HotSpot of Java 8 before the update that brought the recorder, and of 9 and 10, says
`Unrecognized VM option 'FlightRecorderOptions=stackdepth=256'`, `Error: Could not create the Java Virtual
Machine`; a runtime that jlink made without `jdk.jfr` says `Module jdk.jfr not found`. The exit code is 1. The
tracer needs none of them: it sets a stack depth of 512 by itself, and records where the JVM can.

## The fix
The option is taken out of the command. One in a variable, in a script, or made by the shell is left to a human,
and the launch with it.

```dockerfile bad
FROM openjdk:8-jre-alpine
ENV DD_AGENT_HOST=localhost DD_PROFILING_ENABLED=true DD_LOGS_INJECTION=true
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /dd-java-agent.jar
CMD ["java", "-javaagent:/dd-java-agent.jar", "-XX:FlightRecorderOptions=stackdepth=256", "-jar", "/app.jar"]
```
```dockerfile good
FROM openjdk:8-jre-alpine
ENV DD_AGENT_HOST=localhost DD_PROFILING_ENABLED=true DD_LOGS_INJECTION=true
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /dd-java-agent.jar
CMD ["java", "-javaagent:/dd-java-agent.jar", "-jar", "/app.jar"]
```

## Source
<https://docs.datadoghq.com/profiler/profiler_troubleshooting/java/>,
<https://github.com/adoptium/temurin-build/issues/1314>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let refused = context.launch.jvm.flight_recorder == FlightRecorder::Refused;
    if !context.launch.is_read() || !refused {
        return;
    }
    let options = context.jvm_options();
    // A module that is missing is no option that is not known.
    let before_modules = context.launch.jvm.java.is_some_and(|java| java < 11);
    if before_modules && options.iter().any(|option| option.text == IGNORE_UNRECOGNIZED) {
        return;
    }
    let refused = options.iter().filter(|option| options::is_of_the_recorder(&option.text));
    findings.extend(refused.map(|option| finding(context, option)));
}

fn finding(context: &Context<'_>, option: &PlacedOption) -> Finding {
    let word = option.place.word();
    let place = context.at_option(&option.place);
    let jvm = super::shared::whose_jvm(context);
    let message = format!("{jvm} does not start with {}", option.text);
    let finding = RULE.finding(place, message);
    match word.filter(|word| can_be_taken_out(context, *word)) {
        Some(word) => finding
            .help("`entrypatch fix` takes it out")
            .mended_by(vec![Op::DropWord { word }]),
        None => finding.help("take it out, or move to a JVM that has Flight Recorder").refusing(),
    }
}

/// A word of the Dockerfile that is written as it stands.
fn can_be_taken_out(context: &Context<'_>, word: usize) -> bool {
    let literal = |word: &crate::launch::Word| word.expansion == Expansion::Literal;
    context.launch.words.get(word).is_some_and(literal)
        && context.launch.word_span(word).is_some()
}
