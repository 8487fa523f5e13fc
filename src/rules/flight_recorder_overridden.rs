//! `flight-recorder-overridden`: a FlightRecorderOptions has no effect.

use super::{Check, Context, Rule};
use crate::finding::{Finding, Severity};
use crate::images::{FlightRecorder, Vendor};
use crate::launch::options::{self, PlacedOption};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "flight-recorder-overridden",
    severity: Severity::Warning,
    summary: "a FlightRecorderOptions has no effect",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# flight-recorder-overridden
A FlightRecorderOptions has no effect.

## What happens
Two `-XX:FlightRecorderOptions` do not merge: the JVM takes the last one whole, also where one stands in
JAVA_TOOL_OPTIONS and the other one in the command. With `stackdepth=256` in the first and `maxchunksize=10M` in
the second, the stack depth is 64 again, the JVM's own default. OpenJ9 (Semeru, IBM Java) ignores the option altogether.

## What to do
Write one option with all keys, `-XX:FlightRecorderOptions=stackdepth=256,maxchunksize=10M`; on OpenJ9, none.

```dockerfile bad
FROM eclipse-temurin:17-jre
CMD ["java", "-XX:FlightRecorderOptions=stackdepth=256", "-XX:FlightRecorderOptions=maxchunksize=10M", "-jar", "/app.jar"]
```
```dockerfile bad
FROM ibm-semeru-runtimes:open-17-jre
CMD ["java", "-XX:FlightRecorderOptions=stackdepth=256", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
CMD ["java", "-XX:FlightRecorderOptions=stackdepth=256,maxchunksize=10M", "-jar", "/app.jar"]
```

## Source
<https://github.com/openjdk/jdk/blob/master/src/hotspot/share/jfr/recorder/service/jfrOptionSet.cpp>,
<https://eclipse.dev/openj9/docs/xxignoreunrecognizedxxcolonoptions/>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let jvm = context.launch.jvm;
    // Where the JVM does not start with it, that is what there is to say.
    if !context.launch.is_read() || jvm.flight_recorder == FlightRecorder::Refused {
        return;
    }
    let of_the_recorder =
        |option: &&PlacedOption| options::flight_recorder_value(&option.text).is_some();
    let options: Vec<&PlacedOption> =
        context.jvm_options().iter().filter(of_the_recorder).collect();
    let Some((last, others)) = options.split_last() else { return };
    if jvm.vendor == Some(Vendor::OpenJ9) {
        let of_openj9 = |option: &&PlacedOption| {
            finding(context, option, "OpenJ9 ignores it").help("leave it out, or move to HotSpot")
        };
        findings.extend(options.iter().map(of_openj9));
        return;
    }
    let reason = format!("{} behind it replaces it whole", last.text);
    let differing = others.iter().filter(|option| option.text != last.text);
    let replaced = |option: &&PlacedOption| {
        finding(context, option, &reason)
            .help("write one FlightRecorderOptions with all keys, separated by commas")
    };
    findings.extend(differing.map(replaced));
}

fn finding(context: &Context<'_>, option: &PlacedOption, reason: &str) -> Finding {
    let place = context.at_option(&option.place);
    RULE.finding(place, format!("{} has no effect: {reason}", option.text))
}
