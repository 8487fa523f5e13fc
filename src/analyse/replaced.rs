//! Variables that carry options: what a task sets takes the place of what its image sets, and with it the
//! tracer goes.

use std::sync::Arc;

use super::document;
use super::overrides::{Desk, Image, Overrides};
use crate::deploy::Container;
use crate::deploy::container::Variable;
use crate::deploy::host::OPTION_VARIABLES;
use crate::facts::Variables;
use crate::finding::Location;
use crate::input::DocumentKind;
use crate::launch::options::JAVA_AGENT;
use crate::rules;
use crate::source::Source;
use crate::structured::{Amendment, Node};

/// The variable in which Node finds its flags.
const NODE_OPTIONS: &str = "NODE_OPTIONS";

/// The variables of a container that take a tracer away, as findings.
pub(super) fn of_container(
    desk: &Desk<'_>,
    container: Container<'_>,
    image: &Image,
) -> Option<Overrides> {
    let set = set_in(container);
    if set.is_empty() {
        return None;
    }
    let source = image.source.as_ref()?;
    let variables = variables(desk, &Arc::new(Source::new(source.path(), image.text.as_str())))?;
    let mut found = Overrides::default();
    for (variable, is_plain) in set {
        let name = variable.name;
        let Some(of_image) = of_image(&variables, name) else { continue };
        let node = variable.value.filter(|_| is_plain);
        let value = node.and_then(Node::text);
        if value.is_some_and(brings_tracer) {
            continue;
        }
        let place = node.map_or(container.node.span.clone(), |node| node.span.clone());
        let message = format!("{name} takes the place of the image's, and with it the tracer goes");
        let finding =
            rules::finding("java-options-replaced", Location::new(desk.shown, place), message);
        let Some((node, value)) = node.zip(value).filter(|_| !of_image.contains('$')) else {
            found.findings.push(finding.help(format!("the image has {of_image}")));
            continue;
        };
        let whole = [of_image, value].join(" ").trim_end().to_owned();
        let finding = finding.help(format!("{name} here: {whole}"));
        let is_alone = image.is_alone_in_its_changes();
        let value = variable.rewritten(container.platform, &whole);
        let wish = Amendment::Replace { scalar: node.span.clone(), value };
        found.findings.push(if is_alone { finding.amended_by(vec![wish]) } else { finding });
        if is_alone {
            found.dockerfiles = image.changes.clone();
        }
    }
    Some(found)
}

/// What takes the options of the image, as it is, out of the variables of a task.
pub(super) fn without(
    desk: &Desk<'_>,
    container: Container<'_>,
    image: &Image,
) -> Option<Vec<Amendment>> {
    let variables = variables(desk, image.source.as_ref()?)?;
    let wish = |(variable, is_plain): (Variable<'_>, bool)| {
        let node = variable.value.filter(|_| is_plain)?;
        let behind = node.text()?.strip_prefix(of_image(&variables, variable.name)?)?;
        let behind = behind.strip_prefix(' ').or(behind.is_empty().then_some(""))?;
        let value = variable.rewritten(container.platform, behind);
        Some(Amendment::Replace { scalar: node.span.clone(), value })
    };
    let wishes: Vec<Amendment> = set_in(container).into_iter().filter_map(wish).collect();
    (!wishes.is_empty()).then_some(wishes)
}

/// Whether a container sets such a variable.
pub(super) fn sets_options(container: Container<'_>) -> bool {
    !set_in(container).is_empty()
}

/// The variables with options that a container sets, and whether their values stand in the file.
fn set_in(container: Container<'_>) -> Vec<(Variable<'_>, bool)> {
    let is_one = |name: &str| OPTION_VARIABLES.contains(&name) || name == NODE_OPTIONS;
    let plain = container.environment().into_iter().map(|one| (one, true));
    let secret = container.secrets().into_iter().map(|one| (one, false));
    plain.chain(secret).filter(|(one, _)| is_one(one.name)).collect()
}

/// What an image has in a variable, where it brings the tracer.
fn of_image<'v>(variables: &'v Variables, name: &str) -> Option<&'v str> {
    variables.get(name).map(|value| value.trim()).filter(|value| brings_tracer(value))
}

/// Whether a value loads a tracer.
pub(super) fn brings_tracer(value: impl AsRef<str>) -> bool {
    value.as_ref().contains(JAVA_AGENT) || value.as_ref().contains("dd-trace")
}

/// The environment that a Dockerfile gives to its image.
fn variables(desk: &Desk<'_>, dockerfile: &Arc<Source>) -> Option<Variables> {
    let around = desk.around(dockerfile);
    let read = document::read(DocumentKind::Dockerfile, dockerfile, desk.settings, &around);
    read.ok().map(|document| document.facts.environment)
}
