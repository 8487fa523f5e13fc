//! What becomes of files: all changes of one set land together, or none of them.

use std::path::{Path, PathBuf};

use crate::edit::{Edit, EditSet, shared_ends};

/// A file that changes, comes to be, or goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its absolute path.
    pub path: PathBuf,
    /// Its text; `None` for a file that comes to be.
    pub before: Option<String>,
    /// Its text afterwards; `None` for a file that goes.
    pub after: Option<String>,
    /// The edits that make the one of the other, in order.
    pub edits: Vec<Edit>,
}

impl Change {
    /// A file with edits in it.
    ///
    /// # Errors
    /// An edit does not fit into the text.
    pub fn edited(path: &Path, before: &str, edits: &EditSet) -> Result<Self, String> {
        let after = edits.apply(before).ok_or("an edit does not fit into the file")?;
        let (before, edits) = (Some(before.to_owned()), edits.iter().cloned().collect());
        Ok(Self { path: path.to_owned(), before, after: Some(after), edits })
    }

    /// A file whose new text is known: one edit, of what differs.
    pub fn rewritten(path: &Path, before: String, after: String) -> Self {
        let edits = vec![difference(&before, &after)];
        Self { path: path.to_owned(), before: Some(before), after: Some(after), edits }
    }

    /// A file that comes to be.
    pub fn created(path: &Path, text: String) -> Self {
        let edits = vec![Edit { span: 0..0, text: text.clone() }];
        Self { path: path.to_owned(), before: None, after: Some(text), edits }
    }

    /// A file that goes.
    pub fn deleted(path: &Path, text: String) -> Self {
        let edits = vec![Edit { span: 0..text.len(), text: String::new() }];
        Self { path: path.to_owned(), before: Some(text), after: None, edits }
    }

    /// This change, and then one of what it makes.
    fn then(&self, next: &Self) -> Self {
        let edits = match (&self.before, &next.after) {
            (Some(before), Some(after)) => vec![difference(before, after)],
            (None, Some(after)) => vec![Edit { span: 0..0, text: after.clone() }],
            (Some(before), None) => vec![Edit { span: 0..before.len(), text: String::new() }],
            (None, None) => Vec::new(),
        };
        let (before, after) = (self.before.clone(), next.after.clone());
        Self { path: self.path.clone(), before, after, edits }
    }

    /// The way back.
    pub fn is_undone_by(&self, other: &Self) -> bool {
        self.path == other.path && self.before == other.after && self.after == other.before
    }
}

/// The one edit that makes a text of another.
fn difference(before: &str, after: &str) -> Edit {
    let (start, end) = shared_ends(before.chars(), after.chars());
    let start: usize = before.chars().take(start).map(char::len_utf8).sum();
    let end: usize = before.chars().rev().take(end).map(char::len_utf8).sum();
    let text = after.get(start..after.len() - end).unwrap_or_default().to_owned();
    Edit { span: start..before.len() - end, text }
}

/// Changes by path, each file once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChangeSet {
    changes: Vec<Change>,
}

impl Change {
    /// Whether it puts a text in that was not there as often.
    pub fn adds(&self, text: &str) -> bool {
        let count = |one: &Option<String>| one.as_ref().map_or(0, |one| one.matches(text).count());
        count(&self.after) > count(&self.before)
    }
}

impl ChangeSet {
    /// Adds a change; the same one twice is one.
    ///
    /// # Errors
    /// The file changes otherwise already.
    pub fn insert(&mut self, change: Change) -> Result<(), String> {
        match self.changes.binary_search_by(|one| one.path.cmp(&change.path)) {
            Ok(at) if self.changes.get(at) == Some(&change) => Ok(()),
            Ok(_) => Err("two launches want different edits of one file".to_owned()),
            Err(at) => {
                self.changes.insert(at, change);
                Ok(())
            }
        }
    }

    /// Adds all changes of another set, or none of them.
    ///
    /// # Errors
    /// A file changes otherwise already.
    pub fn extend(&mut self, other: &Self) -> Result<(), String> {
        let mut both = self.clone();
        other.iter().try_for_each(|change| both.insert(change.clone()))?;
        *self = both;
        Ok(())
    }

    /// A set of changes of different files.
    ///
    /// # Errors
    /// Two of them are of one file.
    pub fn of(changes: impl IntoIterator<Item = Change>) -> Result<Self, String> {
        let mut set = Self::default();
        changes.into_iter().try_for_each(|change| set.insert(change))?;
        Ok(set)
    }

    /// What becomes of a file.
    pub fn get(&self, path: &Path) -> Option<&Change> {
        let at = self.changes.binary_search_by(|one| one.path.as_path().cmp(path)).ok()?;
        self.changes.get(at)
    }

    /// The changes, sorted by path.
    pub fn iter(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter()
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many files change.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// These changes, and then those of what they make.
    pub fn then(&self, next: &Self) -> Self {
        let first = self.iter().map(|first| match next.get(&first.path) {
            Some(second) => first.then(second),
            None => first.clone(),
        });
        let only_second = next.iter().filter(|second| self.get(&second.path).is_none()).cloned();
        let mut changes: Vec<Change> = first.chain(only_second).collect();
        changes.sort_by(|one, other| one.path.cmp(&other.path));
        Self { changes }
    }

    /// Whether another set gives every file its text back.
    pub fn is_undone_by(&self, other: &Self) -> bool {
        self.len() == other.len()
            && self.iter().zip(other.iter()).all(|(one, other)| one.is_undone_by(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_one_edit() {
        for (before, after) in
            [("abc", "abxc"), ("aéc", "aèc"), ("aaa", "aa"), ("", "x"), ("x", "")]
        {
            let change = Change::rewritten(Path::new("/x"), before.to_owned(), after.to_owned());
            let edits = EditSet::new(change.edits).unwrap();
            assert_eq!(edits.apply(before).as_deref(), Some(after));
        }
    }

    #[test]
    fn one_set_follows_another() {
        let change = |path: &str, before: &str, after: &str| {
            Change::rewritten(Path::new(path), before.to_owned(), after.to_owned())
        };
        let first = ChangeSet::of([change("/b", "1", "2"), change("/c", "5", "6")]).unwrap();
        let next = ChangeSet::of([change("/a", "x", "y"), change("/b", "2", "3")]).unwrap();
        let both = [change("/a", "x", "y"), change("/b", "1", "3"), change("/c", "5", "6")];
        assert_eq!(first.then(&next), ChangeSet::of(both).unwrap());
    }

    #[test]
    fn a_file_changes_in_one_way_only() {
        let change = |text: &str| Change::created(Path::new("/x"), text.to_owned());
        let mut set = ChangeSet::of([change("a"), change("a")]).unwrap();
        assert_eq!(set.len(), 1);
        assert!(set.insert(change("b")).is_err());
        let back = ChangeSet::of([Change::deleted(Path::new("/x"), "a".to_owned())]).unwrap();
        assert!(set.is_undone_by(&back) && !set.is_undone_by(&set));
    }
}
