//! The place of a Dockerfile among other files: its folder, the folders above it up to the root of
//! the repository, and what is asked of them.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use crate::dockerignore::Patterns;
use crate::service;
use crate::tree::{Empty, Overlay, Tree};

/// Where a Dockerfile stands.
pub struct Surroundings<'t> {
    tree: &'t dyn Tree,
    folder: PathBuf,
    root: PathBuf,
    service: OnceCell<Option<String>>,
    locked: Option<&'t Locked>,
    /// What `.dockerignore` says, by its folder.
    left_out: Rc<RefCell<BTreeMap<PathBuf, Option<Rc<Patterns>>>>>,
}

/// Scripts that must not be edited, and why.
pub type Locked = BTreeMap<PathBuf, String>;

/// A file of the build context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextFile {
    /// Its absolute path, symbolic links resolved.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

impl<'t> Surroundings<'t> {
    /// A Dockerfile in `folder` of the repository `root`.
    pub fn new(tree: &'t dyn Tree, folder: &Path, root: &Path) -> Self {
        let (folder, root) = (folder.to_owned(), root.to_owned());
        let left_out = Rc::default();
        Self { tree, folder, root, service: OnceCell::new(), locked: None, left_out }
    }

    /// With scripts that must not be edited.
    pub fn with_locked(self, locked: &'t Locked) -> Self {
        Self { locked: Some(locked), ..self }
    }

    /// Why a script must not be edited.
    pub fn locked(&self, script: &Path) -> Option<&str> {
        self.locked?.get(script).map(String::as_str)
    }

    /// A Dockerfile that stands nowhere.
    pub fn none() -> Surroundings<'static> {
        Surroundings::new(&Empty, Path::new(""), Path::new(""))
    }

    /// The same place, after some files have changed.
    pub fn after<'o>(&self, overlay: &'o Overlay<'o>) -> Surroundings<'o>
    where
        't: 'o,
    {
        let (folder, root) = (self.folder.clone(), self.root.clone());
        Surroundings {
            tree: overlay,
            folder,
            root,
            service: self.service.clone(),
            locked: self.locked,
            left_out: Rc::clone(&self.left_out),
        }
    }

    /// The files around.
    pub fn tree(&self) -> &'t dyn Tree {
        self.tree
    }

    /// The service name that the files around suggest; looked for once.
    pub fn service(&self) -> Option<&str> {
        let derive = || service::derive(self.tree, &self.folder, &self.root);
        self.service.get_or_init(derive).as_deref()
    }

    /// A path as people see it, from the root of the repository.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).to_string_lossy().into_owned()
    }

    /// Reads a file of the build context. The context is not known: it is the Dockerfile's folder,
    /// or one above it (`docker build -f docker/Dockerfile .`). The one counts that has the file
    /// and the most of `others`, which the Dockerfile copies too.
    ///
    /// # Errors
    /// Why there is no such file, or which folders it could come from.
    pub fn context_file(&self, source: &str, others: &[String]) -> Result<ContextFile, String> {
        let relative =
            relative(source).ok_or_else(|| format!("{source} is no path in the build context"))?;
        let mut found: Vec<(usize, &Path)> = self
            .folders()
            .filter(|folder| self.tree.exists(&folder.join(&relative)))
            .map(|folder| {
                let present = |other: &&String| {
                    crate::surroundings::relative(other)
                        .is_some_and(|other| self.tree.exists(&folder.join(other)))
                };
                (others.iter().filter(present).count(), folder)
            })
            .collect();
        // The nearest folder first among equals.
        found.sort_by_key(|(present, _)| std::cmp::Reverse(*present));
        let folder = match found.as_slice() {
            [] => return Err(format!("{source} is not in the build context")),
            [(one, first), (two, second), ..] if one == two => {
                let [first, second] = [first, second].map(|folder| self.shown_folder(folder));
                return Err(format!(
                    "{source} is in {first} and in {second}: either may be the build context"
                ));
            }
            [(_, folder), ..] => folder,
        };
        if self.patterns(folder).is_some_and(|patterns| patterns.leave_out(&relative)) {
            return Err(format!("{source} is left out by .dockerignore"));
        }
        let path = self
            .tree
            .resolve(&folder.join(&relative))
            .filter(|path| path.starts_with(&self.root))
            .ok_or_else(|| format!("{source} leads out of the repository"))?;
        let text =
            self.tree.read(&path).ok_or_else(|| format!("{source} cannot be read as text"))?;
        Ok(ContextFile { path, text })
    }

    /// The build context: the Dockerfile's folder or one above it, whichever has the most of what the
    /// Dockerfile copies.
    pub fn context_folder(&self, copied: &[String]) -> &Path {
        let present = |folder: &&Path| {
            let exists = |source: &&String| {
                relative(source).is_some_and(|source| self.tree.exists(&folder.join(source)))
            };
            copied.iter().filter(exists).count()
        };
        // Of equals the nearest: `max_by_key` gives the last.
        let mut folders: Vec<&Path> = self.folders().collect();
        folders.reverse();
        folders.into_iter().max_by_key(present).unwrap_or(&self.folder)
    }

    /// The root of the repository.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Whether the build context has a file, in the Dockerfile's folder or one above it.
    pub fn is_in_context(&self, source: &str) -> bool {
        let relative = relative(source);
        let exists =
            |folder: &Path| relative.as_ref().is_some_and(|r| self.tree.exists(&folder.join(r)));
        self.folders().any(exists)
    }

    /// Whether `.dockerignore` keeps a file out of the build context: the one in the folder that has
    /// the file, else the nearest.
    pub fn is_left_out(&self, source: &str) -> bool {
        let Some(relative) = relative(source) else { return false };
        let patterns = match self.folders().find(|one| self.tree.exists(&one.join(&relative))) {
            Some(folder) => self.patterns(folder),
            None => self.folders().find_map(|folder| self.patterns(folder)),
        };
        patterns.is_some_and(|patterns| patterns.leave_out(&relative))
    }

    /// What the `.dockerignore` of a folder says; read once.
    fn patterns(&self, folder: &Path) -> Option<Rc<Patterns>> {
        if let Some(known) = self.left_out.borrow().get(folder) {
            return known.clone();
        }
        let text = self.tree.read(&folder.join(".dockerignore"));
        let patterns = text.map(|text| Rc::new(Patterns::read(&text)));
        self.left_out.borrow_mut().insert(folder.to_owned(), patterns.clone());
        patterns
    }

    /// The permissions of a file of the build context, in the nearest folder that has it.
    pub fn mode_in_context(&self, source: &str) -> Option<u32> {
        let relative = relative(source)?;
        let path = self.folders().map(|folder| folder.join(&relative));
        path.into_iter().find(|path| self.tree.exists(path)).and_then(|path| self.tree.mode(&path))
    }

    fn shown_folder(&self, folder: &Path) -> String {
        match self.shown(folder) {
            root if root.is_empty() => "the root of the repository".to_owned(),
            folder => folder,
        }
    }

    /// The Dockerfile's folder and those above it, up to the root.
    fn folders(&self) -> impl Iterator<Item = &Path> {
        self.folder.ancestors().take_while(|folder| folder.starts_with(&self.root))
    }
}

/// A path below the context; `None` for a pattern, a URL, or a path that leaves it.
fn relative(source: &str) -> Option<PathBuf> {
    if source.contains(['*', '?', '[', '$']) || source.contains("://") {
        return None;
    }
    let mut path = PathBuf::new();
    for component in Path::new(source).components() {
        match component {
            Component::Normal(name) => path.push(name),
            Component::CurDir | Component::RootDir => {}
            Component::ParentDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}
