//! Next.js, whose own server is the entry: it loads the tracer by a flag, for an instrumentation file comes
//! after that server.
//!
//! `output: standalone` copies what the server needs, and dd-trace is not among it: NODE_OPTIONS stops such a
//! start with `Cannot find module 'dd-trace/init'` (measured with Next 15).
//! <https://nextjs.org/docs/app/api-reference/config/next-config-js/output>

use std::path::{Path, PathBuf};

use super::flags::by_flags;
use super::package_json::PackageJson;
use super::runner::{Loader, Run};
use super::verdict::{Fault, Reading};
use super::{Desk, Place};
use crate::facts;

/// The folder, below the application, that `output: standalone` makes.
const STANDALONE: &str = ".next/standalone";
const CONFIGURATIONS: &[&str] =
    &["next.config.js", "next.config.mjs", "next.config.ts", "next.config.cjs"];

/// Reads a start of Next's server.
pub(super) fn of_server(desk: &Desk<'_>, run: Run) -> Reading {
    let flags = by_flags(&run.preloads);
    if let Some(file) = flags.files.first().filter(|_| !flags.initialized) {
        let reason = format!("what {file} loads in front of Next's server is not followed");
        return Reading { run: Some(run), ..Reading::unresolved(reason) };
    }
    let package = match standalone(desk, &run) {
        Some(application) => PackageJson::in_folder(desk.tree, &application).and_then(Result::ok),
        None => desk.package_at(&run.folder).and_then(Result::ok),
    };
    let is_standalone = leaves_tracer_out(desk, &run, package.as_ref().map(|one| one.folder()));
    let mut reading = Reading { package, is_standalone, run: Some(run), ..Reading::default() };
    reading.look_up_versions(desk);
    if !flags.initialized {
        let folder = reading.package.as_ref().map(|package| package.folder().to_owned());
        let names = ["instrumentation", "src/instrumentation"];
        let files = names.iter().filter_map(|name| desk.script_at(&folder.as_ref()?.join(name)));
        let loads = |path: &PathBuf| desk.tree.read(path).is_some_and(|t| t.contains("dd-trace"));
        match files.into_iter().find(loads) {
            Some(path) => {
                reading.faults.push(Fault::NeedsLoader(Some(Place { path, span: 0..0 })));
            }
            None => reading.faults.push(Fault::Missing),
        }
    } else if reading.is_standalone && desk.files.is_image() {
        reading.faults.push(Fault::LeftOut);
    }
    reading.judge_package(flags.initialized, desk);
    reading
}

/// The application whose standalone server a command starts.
pub(super) fn standalone(desk: &Desk<'_>, run: &Run) -> Option<PathBuf> {
    if run.loader != Loader::Node || Path::new(&run.entry).file_stem()? != "server" {
        return None;
    }
    desk.origins(&run.entry).iter().find_map(|origin| above_standalone(origin))
}

/// `/app` of `/app/.next/standalone/server.js`
fn above_standalone(path: &Path) -> Option<PathBuf> {
    let folder = path.ancestors().find(|folder| folder.ends_with(STANDALONE))?;
    folder.parent()?.parent().map(Path::to_owned)
}

/// Whether what runs has no dd-trace: of an image that copies the standalone folder and no packages
/// beside it, and of a package whose configuration asks for such a folder.
fn leaves_tracer_out(desk: &Desk<'_>, run: &Run, package: Option<&Path>) -> bool {
    if desk.files.is_image() {
        let tracer = facts::join(Some(&run.folder), "node_modules/dd-trace/package.json");
        let is_other = |origin: &PathBuf| above_standalone(origin).is_none();
        return standalone(desk, run).is_some()
            && !desk.files.origins(&tracer).iter().any(is_other)
            && !desk.files.installs("dd-trace");
    }
    let text = |name: &&str| desk.tree.read(&package?.join(name));
    let asks =
        |text: String| ["\"standalone\"", "'standalone'"].iter().any(|word| text.contains(word));
    CONFIGURATIONS.iter().find_map(text).is_some_and(asks)
}
