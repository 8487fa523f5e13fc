//! Variables that carry options: what a task sets takes the place of what its image sets, and with it the
//! tracer goes.

use std::sync::Arc;

use super::document;
use super::overrides::{Desk, Image, Overrides};
use crate::change::ChangeSet;
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

/// A variable of a container that takes the tracer of its image away.
struct Replaced<'n> {
    variable: Variable<'n>,
    /// What it says, where that stands in the file.
    value: Option<(&'n Node, &'n str)>,
    /// What the image says.
    of_image: String,
}

impl Replaced<'_> {
    /// What it has to say; none, where that cannot be written.
    fn whole(&self) -> Option<String> {
        let (_, value) = self.value.filter(|_| !self.of_image.contains('$'))?;
        Some([self.of_image.as_str(), value].join(" ").trim_end().to_owned())
    }
}

fn replaced<'n>(desk: &Desk<'_>, container: Container<'n>, image: &Image) -> Vec<Replaced<'n>> {
    let set = set_in(container);
    let source = image.source.as_ref().filter(|_| !set.is_empty());
    let after = |source: &Arc<Source>| Arc::new(Source::new(source.path(), image.text.as_str()));
    let Some(variables) = source.and_then(|source| variables(desk, &after(source))) else {
        return Vec::new();
    };
    let own = |(variable, is_plain): (Variable<'n>, bool)| {
        let of_image = of_image(&variables, variable.name)?.to_owned();
        let value = variable.value.filter(|_| is_plain);
        let value = value.and_then(|node| Some((node, node.text()?)));
        let is_kept = value.is_some_and(|(_, value)| brings_tracer(value));
        (!is_kept).then_some(Replaced { variable, value, of_image })
    };
    set.into_iter().filter_map(own).collect()
}

/// The variables of a container that take a tracer away, as findings.
pub(super) fn of_container(
    desk: &Desk<'_>,
    container: Container<'_>,
    image: &Image,
) -> Option<Overrides> {
    let all = replaced(desk, container, image);
    let is_alone = image.is_alone_in_its_changes();
    let finding = |one: &Replaced<'_>| {
        let name = one.variable.name;
        let place = one.value.map_or(container.node.span.clone(), |(node, _)| node.span.clone());
        let message = format!("{name} takes the place of the image's, and with it the tracer goes");
        let finding =
            rules::finding("java-options-replaced", Location::new(desk.shown, place), message);
        let Some((whole, (node, _))) = one.whole().zip(one.value) else {
            return finding.help(format!("the image has {}", one.of_image));
        };
        let finding = finding.help(format!("{name} here: {whole}"));
        let value = one.variable.rewritten(container.platform, &whole);
        let wish = Amendment::Replace { scalar: node.span.clone(), value };
        if is_alone { finding.amended_by(vec![wish]) } else { finding }
    };
    let is_mended = is_alone && all.iter().any(|one| one.whole().is_some());
    let dockerfiles = if is_mended { image.changes.clone() } else { ChangeSet::default() };
    let findings = all.iter().map(finding).collect();
    (!all.is_empty()).then(|| Overrides { findings, dockerfiles, ..Overrides::default() })
}

/// What the variables of a container will say that take a tracer away today.
pub(super) fn completed(
    desk: &Desk<'_>,
    container: Container<'_>,
    image: &Image,
) -> Vec<(String, String)> {
    let all = replaced(desk, container, image).into_iter();
    let all = all.filter(|_| image.is_alone_in_its_changes());
    all.filter_map(|one| Some((one.variable.name.to_owned(), one.whole()?))).collect()
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
