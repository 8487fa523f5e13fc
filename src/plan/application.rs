//! Wishes about a Node application to changes of its files.

use crate::finding::Op;
use crate::launch::Launch;
use crate::node::dependency;
use crate::node::edit::Change;

/// The files that change for a launch.
///
/// # Errors
/// Why they cannot change as wished.
pub fn changes(launch: &Launch, ops: &[Op]) -> Result<Vec<Change>, String> {
    let Some(reading) = &launch.node else { return Ok(Vec::new()) };
    let mut changes = Vec::new();
    for op in ops {
        match op {
            Op::ImportTracer => {
                let edit = reading.edit.as_ref().ok_or("there is no entry")?;
                changes.extend(edit.as_ref().map_err(Clone::clone)?.changes()?);
            }
            Op::AddDependency { range } => {
                let package = reading.package.as_ref().ok_or("there is no package.json")?;
                let after = Some(dependency::added(&package.text, range)?);
                let (path, before) = (package.path.clone(), Some(package.text.clone()));
                changes.push(Change { path, before, after });
            }
            _ => {}
        }
    }
    Ok(changes)
}
