//! `tracer-flag-after-script`: the tracer's flag stands behind the script's name.

use super::{Check, Context, Rule, node};
use crate::finding::{Finding, Op, Severity};
use crate::node::Fault;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "tracer-flag-after-script",
    severity: Severity::Error,
    summary: "the tracer's flag stands behind the script's name",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# tracer-flag-after-script
`node server.js --require dd-trace/init`: the flag belongs to the application, not to Node.

## What happens
Node gives everything behind the script's name to the application. No tracer is loaded, and nothing says so.
Measured.

## The fix
The flag goes in front of the script: `node --require dd-trace/init server.js`.

## Source
<https://nodejs.org/api/cli.html#synopsis>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        if let Fault::LateFlag(flag) = fault {
            let message = format!("`{flag}` stands behind the script's name: node does not read it");
            let finding = node::finding(context, &RULE, None, message)
                .help("options of node stand in front of the script");
            findings.push(match late_words(context, flag) {
                Some(words) => finding.mended_by(vec![Op::MoveToFront { words }]),
                None => finding.refusing(),
            });
        }
    }
}

/// The words of the flag, where the command holds `node` itself.
fn late_words(context: &Context<'_>, flag: &str) -> Option<Vec<usize>> {
    let node = node::reading(context)?.run.as_ref()?.node_word?;
    let words = &context.launch.words;
    let (name, value) = flag.split_once(' ')?;
    let is = |at: usize, text: &str| words.get(at).is_some_and(|word| word.value() == text);
    (node + 1..words.len()).rev().find_map(|at| {
        if is(at, &format!("{name}={value}")) {
            return Some(vec![at]);
        }
        (is(at, name) && is(at + 1, value)).then(|| vec![at, at + 1])
    })
}
