//! The image of a container: its Dockerfile, as it will be.

use std::sync::Arc;

use crate::analyse::{Analysis, linked};
use crate::change::ChangeSet;
use crate::deploy::{Container, Deployment, Task, is_stated};
use crate::deployed::Deployed;
use crate::finding::{Effect, Finding};
use crate::input::DocumentKind;
use crate::settings::Settings;
use crate::source::Source;
use crate::surroundings::Surroundings;
use crate::tree::Overlay;

/// The file of a task, and what surrounds it.
pub(in crate::analyse) struct Desk<'a> {
    /// The file, without its secrets: places of findings are in it.
    pub(in crate::analyse) shown: &'a Arc<Source>,
    /// What it says.
    pub(in crate::analyse) deployment: &'a Deployment,
    pub(in crate::analyse) settings: &'a Settings,
    pub(in crate::analyse) surroundings: &'a Surroundings<'a>,
    /// What is to be done: put in, or taken out.
    pub(in crate::analyse) work: DocumentWork,
}

/// What is to be done with a document.
pub(in crate::analyse) type DocumentWork =
    fn(DocumentKind, &Arc<Source>, &Settings, &Surroundings<'_>) -> Analysis;

/// The image of a container: its Dockerfile as it will be, or its name alone.
pub(in crate::analyse) struct Image {
    /// The Dockerfile.
    pub(in crate::analyse) source: Option<Arc<Source>>,
    /// Its text after its own `fix`.
    pub(in crate::analyse) text: String,
    /// What that changes.
    pub(in crate::analyse) changes: ChangeSet,
    /// The container, as the one that is started from it.
    deployed: Option<Deployed>,
}

impl Image {
    pub(in crate::analyse) fn of(
        desk: &Desk<'_>,
        task: &Task<'_>,
        container: Container<'_>,
    ) -> Self {
        let path = linked::dockerfile(desk.shown.path(), task, container, desk.settings);
        let path = path.filter(|path| path.starts_with(desk.surroundings.root()));
        let read = path.and_then(|path| Some((desk.surroundings.tree().read(&path)?, path)));
        let Some((text, path)) = read else {
            let name = container.node.text_of("image").filter(|name| is_image(name));
            let text = format!("FROM {}\n", name.unwrap_or("unknown"));
            return Self { source: None, text, changes: ChangeSet::default(), deployed: None };
        };
        let source = Arc::new(Source::new(path, text));
        let surroundings = desk.around(&source);
        let own = (desk.work)(DocumentKind::Dockerfile, &source, desk.settings, &surroundings);
        let text = own.after().unwrap_or(&source.text).to_owned();
        let deployed = linked::started(desk.shown, task, container);
        Self { source: Some(source), text, changes: own.changes, deployed: Some(deployed) }
    }

    /// Whether its Dockerfile is all that changes: files beside it may be those of others too.
    pub(in crate::analyse) fn is_alone_in_its_changes(&self) -> bool {
        let own = self.source.as_ref().map(|source| source.path());
        self.changes.iter().all(|change| Some(change.path.as_path()) == own)
    }

    /// What a Dockerfile of that text, in the place of the image's, starts.
    pub(super) fn read(&self, desk: &Desk<'_>, text: &str) -> Analysis {
        let Some(source) = &self.source else {
            let source = Arc::new(Source::new("Dockerfile", text));
            let nowhere = Surroundings::none();
            return (desk.work)(DocumentKind::Dockerfile, &source, desk.settings, &nowhere);
        };
        let around = desk.around(source);
        let overlay = Overlay { below: around.tree(), changes: &self.changes };
        let source = Arc::new(Source::new(source.path(), text));
        // What other containers need of the image is none of this one's business.
        let around = around.after(&overlay).with_deployed(self.deployed.as_ref());
        (desk.work)(DocumentKind::Dockerfile, &source, desk.settings, &around)
    }
}

impl Desk<'_> {
    /// A finding, mended only where its file can be edited.
    pub(in crate::analyse) fn as_far_as_edited(&self, finding: Finding) -> Finding {
        let reason = match &finding.effect {
            Effect::Amends(wishes) => self.deployment.why_not_edited(wishes),
            Effect::Informs | Effect::Refuses | Effect::Mends(_) => None,
        };
        match reason {
            Some(reason) => Finding { effect: Effect::Informs, ..finding }.help(reason),
            None => finding,
        }
    }

    pub(in crate::analyse) fn around(&self, file: &Source) -> Surroundings<'_> {
        Surroundings::new(self.surroundings.tree(), file.path(), self.surroundings.root())
    }
}

/// Whether a text is the name of an image, rather than what a template makes one of.
fn is_image(text: &str) -> bool {
    is_stated(text) && !text.contains(|letter: char| letter.is_whitespace() || letter == '$')
}
