//! A deployment from text to findings.

use std::sync::Arc;

use super::Analysis;
use crate::deploy;
use crate::dockerfile::Dockerfile;
use crate::finding::{Finding, Location};
use crate::rules::{self, TaskContext};
use crate::select;
use crate::settings::Settings;
use crate::source::Source;
use crate::structured::{Unread, json};

/// Reads the task definitions of a text, and checks each.
pub(super) fn analyse(source: &Arc<Source>, settings: &Settings) -> Analysis {
    let root = match json::read(&source.text) {
        Ok(root) => root,
        Err(unread) if deploy::may_deploy(source.text.as_bytes()) => {
            return Analysis::of_finding(settings, unread_finding(source, &unread));
        }
        Err(_) => return Analysis { path: source.path.clone(), ..Analysis::default() },
    };
    let tasks = deploy::tasks(&root);
    // What findings show of the file is without its keys.
    let source = &Arc::new(Source::new(source.path(), deploy::masked(&source.text, &tasks)));
    let findings =
        tasks.iter().flat_map(|task| rules::check_task(&TaskContext { source, task, settings }));
    // JSON has no comments that could silence one.
    let selected = select::select(&Dockerfile::default(), source, settings, findings.collect());
    Analysis {
        path: source.path.clone(),
        findings: selected.reported,
        is_deployment: !tasks.is_empty(),
        ..Analysis::default()
    }
}

fn unread_finding(source: &Arc<Source>, unread: &Unread) -> Finding {
    let source = &Arc::new(Source::new(source.path(), deploy::masked(&source.text, &[])));
    let message = format!("this is no JSON, and nothing in it is checked: {}", unread.message);
    rules::finding("deployment-unread", Location::new(source, unread.offset..unread.offset), message)
        .help("check the file that the template makes, or write it as JSON with `${…}` for what is put in")
}
