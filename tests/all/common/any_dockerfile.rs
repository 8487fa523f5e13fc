//! The laws that hold for any text that is taken for a Dockerfile. Each function panics where one
//! does not: property tests feed them with generated files, fuzzers with whatever they find.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use entrypatch::analyse::{self, Analysis, JudgedLaunch, Verdict};
use entrypatch::cooked::Cooked;
use entrypatch::dockerfile::{self, Dockerfile, Kind};
use entrypatch::finding::{Effect, Op};
use entrypatch::input::DocumentKind;
use entrypatch::jar::{Provision, closed, provision};
use entrypatch::launch::Form;
use entrypatch::settings::{DEFAULT_AGENT_PATH, Settings};
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;
use entrypatch::{facts, launch, patch, shell};

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let settings = Settings { service: Some("orders".to_owned()), ..Settings::default() };
    settings.checked().expect("the settings are good")
});

fn fixed(text: &str) -> Analysis {
    analyse::analyse(
        DocumentKind::Dockerfile,
        &Arc::new(Source::new("Dockerfile", text)),
        &SETTINGS,
        &Surroundings::none(),
    )
}

fn removed(text: &str) -> Analysis {
    analyse::remove(
        DocumentKind::Dockerfile,
        &Arc::new(Source::new("Dockerfile", text)),
        &SETTINGS,
        &Surroundings::none(),
    )
}

/// Law 7: reading ends, and every place that it speaks of is one of the file, in order.
pub(crate) fn read(text: &str) {
    let _ = shell::read(&Cooked::plain(text, 0));
    let file = match dockerfile::read(text) {
        Ok(file) => file,
        Err(error) => return assert!(error.offset <= text.len(), "an error behind the end"),
    };
    check_places(text, &file);
    for stage in 0..file.stages.len() {
        let _ = facts::of(&file, stage);
    }
}

fn check_places(text: &str, file: &Dockerfile) {
    let mut end = 0;
    for instruction in &file.instructions {
        let (span, content) = (&instruction.span, &instruction.content);
        assert!(end <= span.start && span.start <= content.start, "instructions overlap");
        assert!(content.end <= span.end, "an instruction ends behind its lines");
        let keyword = text.get(instruction.keyword.clone()).expect("a keyword in the file");
        assert!(keyword.starts_with(|c: char| c.is_ascii_alphabetic()), "{keyword:?}");
        assert!(text.get(content.clone()).is_some() && text.get(span.clone()).is_some());
        for argument in instruction.exec_array().iter().flat_map(|array| &array.arguments) {
            let raw = text.get(argument.span.clone()).expect("an argument in the file");
            assert!(raw.starts_with('"') && raw.ends_with('"'), "{raw:?}");
        }
        end = span.end;
    }
}

/// Laws 1 to 6 and 8 of what `fix` makes of the text, which is given back.
pub(crate) fn fix(text: &str) -> Analysis {
    let analysis = fixed(text);
    check_findings(text, &analysis);
    check_that_no_start_is_missed(text, &analysis);
    if let Some(after) = analysis.after() {
        let again = fixed(after);
        check_that_only_the_edit_changes(text, after, &analysis);
        check_arguments(text, &analysis, &again);
        check_that_it_is_finished(&analysis, &again);
        check_jars(after, &analysis, &again);
        check_patch(text, after);
    }
    analysis
}

/// Law 8: the same text gives the same findings, in the order of the file, each at a place in it.
fn check_findings(text: &str, analysis: &Analysis) {
    let again = fixed(text);
    assert_eq!(format!("{:?}", again.findings), format!("{:?}", analysis.findings));
    assert_eq!(again.after(), analysis.after(), "the second look gives another text");
    assert!(analysis.findings.is_sorted_by_key(|finding| finding.primary.span.start));
    for finding in &analysis.findings {
        assert!(text.get(finding.primary.span.clone()).is_some(), "a finding outside of the file");
    }
}

/// Law 5: a `java -jar` in plain words gets a verdict.
fn check_that_no_start_is_missed(text: &str, analysis: &Analysis) {
    let Ok(file) = dockerfile::read(text) else { return };
    let Some(last) = file.stages.len().checked_sub(1) else { return };
    let argv = launch::argv(&file, &facts::of(&file, last));
    if let [program, option, jar, ..] = argv.as_slice()
        && program == "java"
        && option == "-jar"
        && !jar.is_empty()
    {
        assert!(!analysis.launches.is_empty(), "a start that is missed: {argv:?}");
    }
}

/// Law 1: where nothing was to be rewritten every byte stands where it stood, and what starts
/// nothing reads as before anyway.
fn check_that_only_the_edit_changes(before: &str, after: &str, analysis: &Analysis) {
    if !is_rewritten(before, analysis) {
        assert!(only_inserts(before, after), "a byte of the file is lost");
    }
    let new = dockerfile::read(after).expect("the result can be read");
    if let Ok(old) = dockerfile::read(before) {
        let mut after = bystanders(after, &new);
        for words in words_in_scripts(analysis) {
            if let Some(holder) = after.iter_mut().find(|text| text.contains(&words)) {
                *holder = holder.replacen(&words, "", 1);
            }
        }
        assert_eq!(bystanders(before, &old), after);
    }
}

/// What goes into scripts whose text stands in the Dockerfile: words behind `java`.
fn words_in_scripts(analysis: &Analysis) -> Vec<String> {
    let written = analysis.launches.iter().filter(|one| one.launch.written_in.is_some());
    let words = written.filter_map(|one| {
        let (old, new) = (one.launch.shown_argv(), one.patched_argv.as_ref()?);
        let first = old.iter().zip(new).take_while(|(old, new)| old == new).count();
        let count = new.len().saturating_sub(old.len());
        Some(new.iter().skip(first).take(count).map(|word| format!(" {word}")).collect())
    });
    words.collect()
}

/// Whether every byte of `before` stands in `after`, in its order.
pub(crate) fn only_inserts(before: &str, after: &str) -> bool {
    let mut bytes = after.bytes();
    before.bytes().all(|byte| bytes.any(|other| other == byte))
}

/// The instructions that no edit may touch.
fn bystanders(text: &str, file: &Dockerfile) -> Vec<String> {
    let own = |kind: &Kind| {
        matches!(kind, Kind::Entrypoint(_) | Kind::Cmd(_) | Kind::Env(_) | Kind::Transfer(_))
    };
    let bystanders = file.instructions.iter().filter(|one| !own(&one.kind));
    bystanders.map(|one| text[one.span.clone()].trim_end().to_owned()).collect()
}

/// Whether more was asked for than insertions. A text that Docker rejects is put in order first.
fn is_rewritten(text: &str, analysis: &Analysis) -> bool {
    let inserts = |op: &Op| {
        matches!(op, Op::InsertJvmOption { .. } | Op::SetVariable { .. } | Op::ProvideJar { .. })
    };
    let rewrites = |effect: &Effect| match effect {
        Effect::Mends(ops) => !ops.iter().all(inserts),
        Effect::Informs | Effect::Refuses | Effect::Amends(_) => false,
    };
    dockerfile::read(text).is_err()
        || analysis.findings.iter().any(|finding| rewrites(&finding.effect))
}

/// Law 2: the result is read as was promised, and an exec form that was only inserted into has
/// the old arguments plus options of ours.
fn check_arguments(before: &str, analysis: &Analysis, again: &Analysis) {
    assert_eq!(again.launches.len(), analysis.launches.len(), "a launch came or went");
    for (old, new) in analysis.launches.iter().zip(&again.launches) {
        let Some(patched) = &old.patched_argv else { continue };
        assert_eq!(&new.launch.shown_argv(), patched, "the result is read in another way");
        if old.launch.form == Form::Exec && !is_rewritten(before, analysis) {
            let mut added = patched.clone();
            for word in old.launch.shown_argv() {
                let at = added.iter().position(|other| *other == word);
                added.remove(at.unwrap_or_else(|| panic!("{word:?} is lost: {patched:?}")));
            }
            let ours = ["-javaagent:", "-Ddd.", "-XX:FlightRecorderOptions="];
            let is_ours = |word: &String| ours.iter().any(|prefix| word.starts_with(prefix));
            assert!(added.iter().all(is_ours), "{added:?}");
        }
    }
}

/// Law 3: a second fix changes nothing, finds nothing to mend, and everything that was patchable
/// is instrumented.
fn check_that_it_is_finished(analysis: &Analysis, again: &Analysis) {
    assert_eq!(again.after(), None, "a second fix changes something");
    for (old, new) in analysis.launches.iter().zip(&again.launches) {
        if old.verdict == Verdict::Patchable {
            assert_eq!(new.verdict, Verdict::Instrumented, "{:?}", again.findings);
        }
    }
    let refused = again.launches.iter().any(|one| one.verdict == Verdict::Refused);
    let mends = |effect: &Effect| matches!(effect, Effect::Mends(_));
    let mended = again.findings.iter().find(|finding| mends(&finding.effect));
    assert!(refused || mended.is_none(), "a fixable finding is left: {mended:?}");
}

/// Law 4: where an agent came in, whoever starts the JVM can read its jar.
fn check_jars(after: &str, analysis: &Analysis, again: &Analysis) {
    let file = dockerfile::read(after).expect("the result can be read");
    let agent = format!("-javaagent:{DEFAULT_AGENT_PATH}");
    let loads = |judged: &JudgedLaunch| {
        judged.launch.words.iter().any(|word| word.value().contains(&agent))
    };
    for (old, new) in analysis.launches.iter().zip(&again.launches) {
        if loads(old) || !loads(new) {
            continue;
        }
        let stage = facts::of(&file, new.launch.final_stage);
        let none = Surroundings::none();
        let user = new.launch.user.as_deref().or(stage.user.as_deref()).unwrap_or("root");
        assert!(provision(&file, &stage, &none, DEFAULT_AGENT_PATH) >= Provision::Possible);
        let closed = closed(&file, &stage, &none, user, DEFAULT_AGENT_PATH);
        assert!(closed.is_none(), "{closed:?}");
    }
}

/// Law 6: the patch, applied by another program's rules, gives the result.
fn check_patch(before: &str, after: &str) {
    let patch = patch::unified(Path::new("a b/Dockerfile"), before, after);
    let parsed = diffy::Patch::from_str(&patch).expect("a patch");
    let applied = diffy::apply(before, &parsed).expect("a patch that applies");
    assert_eq!(applied, after, "the patch gives another text");
}

/// Law 3: `remove` gives the text back that `fix` only inserted into, where it had nothing of ours.
pub(crate) fn remove(text: &str) {
    let analysis = fixed(text);
    let Some(after) = analysis.after() else { return };
    if is_rewritten(text, &analysis) {
        return;
    }
    let ours: BTreeSet<&str> =
        ["dd.", "DD_", "javaagent", "FlightRecorder", "dd-java-agent"].into();
    if ours.iter().any(|word| text.contains(word)) {
        return;
    }
    assert_eq!(removed(after).after(), Some(text), "remove does not give the bytes back");
}
