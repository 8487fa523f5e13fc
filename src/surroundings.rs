//! The place of a Dockerfile among other files: its folder, the folders above it up to the root of
//! the repository, and what is asked of them.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};
use std::rc::Rc;

use crate::deployed::Deployed;
use crate::dockerignore::Patterns;
use crate::service;
use crate::tree::{Empty, Overlay, Tree};

/// Where a Dockerfile stands.
pub struct Surroundings<'t> {
    tree: &'t dyn Tree,
    folder: PathBuf,
    root: PathBuf,
    /// The `.dockerignore` of this Dockerfile alone, should there be one.
    own_ignore: Option<PathBuf>,
    service: OnceCell<Option<String>>,
    locked: Option<&'t Locked>,
    deployed: Option<&'t Deployed>,
    /// What each `.dockerignore` says, by its path.
    left_out: Rc<RefCell<BTreeMap<PathBuf, Option<Rc<Ignore>>>>>,
}

/// A `.dockerignore`.
struct Ignore {
    name: String,
    patterns: Patterns,
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
    /// A Dockerfile of the repository `root`.
    pub fn new(tree: &'t dyn Tree, file: &Path, root: &Path) -> Self {
        let folder = file.parent().unwrap_or(file).to_owned();
        let own_ignore = file.file_name().map(|name| {
            let mut name = name.to_owned();
            name.push(".dockerignore");
            folder.join(name)
        });
        Self {
            tree,
            folder,
            root: root.to_owned(),
            own_ignore,
            service: OnceCell::new(),
            locked: None,
            deployed: None,
            left_out: Rc::default(),
        }
    }

    /// With scripts that must not be edited.
    pub fn with_locked(self, locked: &'t Locked) -> Self {
        Self { locked: Some(locked), ..self }
    }

    /// With the one container that is started from the image, whatever the settings link with it.
    pub fn with_deployed(self, deployed: Option<&'t Deployed>) -> Self {
        Self { deployed, ..self }
    }

    /// The one container that is started from the image.
    pub fn deployed(&self) -> Option<&'t Deployed> {
        self.deployed
    }

    /// Why a script must not be edited.
    pub fn locked(&self, script: &Path) -> Option<&str> {
        self.locked?.get(script).map(String::as_str)
    }

    /// A Dockerfile that stands nowhere.
    pub fn none() -> Surroundings<'static> {
        Surroundings::new(&Empty, Path::new("Dockerfile"), Path::new(""))
    }

    /// The same place, after some files have changed.
    pub fn after<'o>(&self, overlay: &'o Overlay<'o>) -> Surroundings<'o>
    where
        't: 'o,
    {
        Surroundings {
            tree: overlay,
            folder: self.folder.clone(),
            root: self.root.clone(),
            own_ignore: self.own_ignore.clone(),
            service: self.service.clone(),
            locked: self.locked,
            deployed: self.deployed,
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
        if let Some(ignore) = self.ignore(folder).filter(|one| one.patterns.leave_out(&relative)) {
            return Err(format!("{source} is left out by {}", ignore.name));
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

    /// The `.dockerignore` that keeps a file out of the build context: the Dockerfile's own, else the one
    /// in the folder that has the file, else the nearest.
    pub fn left_out_by(&self, source: &str) -> Option<String> {
        let relative = relative(source)?;
        let ignore = match self.folders().find(|one| self.tree.exists(&one.join(&relative))) {
            Some(folder) => self.ignore(folder),
            None => self.folders().find_map(|folder| self.ignore(folder)),
        };
        ignore.filter(|one| one.patterns.leave_out(&relative)).map(|one| one.name.clone())
    }

    /// What keeps files out of a build context: `Dockerfile.dockerignore` beside the Dockerfile comes
    /// before `.dockerignore` in the context's root
    /// (<https://docs.docker.com/build/concepts/context/#filename-and-location>).
    fn ignore(&self, context: &Path) -> Option<Rc<Ignore>> {
        let own = self.own_ignore.as_ref().and_then(|path| self.ignore_file(path));
        own.or_else(|| self.ignore_file(&context.join(".dockerignore")))
    }

    /// What one file says; read once.
    fn ignore_file(&self, path: &Path) -> Option<Rc<Ignore>> {
        if let Some(known) = self.left_out.borrow().get(path) {
            return known.clone();
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = self.tree.read(path);
        let ignore = text.map(|text| Rc::new(Ignore { name, patterns: Patterns::read(&text) }));
        self.left_out.borrow_mut().insert(path.to_owned(), ignore.clone());
        ignore
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
