//! Wishes about a Node application to changes of its files.

use crate::change::Change;
use crate::finding::Op;
use crate::launch::Launch;
use crate::node::dependency;

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
                let after = dependency::added(&package.text, range)?;
                changes.push(Change::rewritten(&package.path, package.text.clone(), after));
            }
            _ => {}
        }
    }
    Ok(changes)
}
