//! `setting-differs`: the file sets another value than the flags or the configuration.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Op, Severity};
use crate::settings::Choice;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "setting-differs",
    severity: Severity::Warning,
    summary: "the file sets another value than the flags or the configuration",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# setting-differs
The file sets another value than the flags or the configuration.

## What happens
A value that the file sets already stays, because somebody wrote it on purpose. Here it differs from the
one that a flag or `entrypatch.toml` gives.

## What to do
Change one of the two, or run `entrypatch fix --force`, which overwrites the value in argv. A value in an
ENV instruction is never overwritten.

## Source
A property on the command line beats a variable:
<https://docs.datadoghq.com/tracing/trace_collection/library_config/java/>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !context.launch.is_read() {
        return;
    }
    for (setting, choice) in context.settings.choices() {
        let Choice::Explicit(wanted) = choice else { continue };
        let Some(property) = setting.properties.first() else { continue };
        let Some(present) = shared::present(context, setting) else { continue };
        if present.value == wanted {
            continue;
        }
        let place = present.place.name();
        let message = format!(
            "{property} is {:?} in {place}, not {wanted:?} as the settings say",
            present.value
        );
        let mut finding = RULE
            .finding(context.at_option(&present.place), message)
            .help("it stays as it is; --force overwrites a value in argv");
        if let Some(word) = present.place.word()
            && context.settings.force
        {
            let value = setting.option(wanted);
            finding = finding.mended_by(vec![Op::ReplaceWord { word, value }]);
        }
        findings.push(finding);
    }
}
