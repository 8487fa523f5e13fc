//! A container that is started from the image of a Dockerfile: what its deployment means for that image.

use std::sync::Arc;

use crate::source::{Source, Span};

/// Where a tracer in a container finds the Agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// At this host.
    At(String),
    /// Where the deployment says, or by a socket that lies in the container.
    Told,
    /// The file does not tell how the containers are joined.
    Unknown,
    /// Nowhere, as the task stands.
    Nowhere(Reason),
}

/// Why an address has no Agent, and what to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    /// What the address means there.
    pub why: &'static str,
    /// What to do.
    pub help: &'static str,
}

/// A container that is started from the image of a Dockerfile.
#[derive(Debug, Clone)]
pub struct Deployed {
    /// The file with its task, without its secrets.
    pub file: Arc<Source>,
    /// The name of the container in it.
    pub place: Span,
    /// Where its tracer finds the Agent.
    pub reach: Reach,
    /// It starts something with an agent in place of the image's own start.
    pub loads_agent: bool,
    /// Something beside it brings a tracer in.
    pub is_injected: bool,
    /// Why the Agent is not at `localhost`.
    pub localhost: Option<Reason>,
}

impl Deployed {
    /// One of which nothing is known but the Dockerfile of its image.
    pub fn unknown(dockerfile: &Arc<Source>) -> Self {
        Self {
            file: Arc::clone(dockerfile),
            place: 0..0,
            reach: Reach::Unknown,
            loads_agent: false,
            is_injected: false,
            localhost: None,
        }
    }
}
