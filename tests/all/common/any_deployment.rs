//! The laws that hold for any text that is taken for what deploys an image.

use std::path::{Path, PathBuf};

use entrypatch::analyse::{analyse, remove};
use entrypatch::input::DocumentKind;
use entrypatch::settings::{Link, Settings};

use super::files::Files;

const DOCKERFILE: &str = "/app/Dockerfile";
const IMAGE: &str =
    "FROM eclipse-temurin:21\nENV JAVA_OPTS=-Xmx1g\nCMD [\"java\", \"-jar\", \"/app.jar\"]\n";

fn settings(path: &Path) -> Settings {
    let link = Link { dockerfile: DOCKERFILE.into(), task: path.to_owned(), container: None };
    let settings = Settings {
        service: Some("orders".to_owned()),
        api_key_secret: Some("arn:aws:ssm:eu-west-1:1:parameter/dd".to_owned()),
        links: vec![link],
        ..Settings::default()
    };
    settings.checked().expect("the settings are good")
}

/// A deployment beside the Dockerfile of its image, as YAML and as JSON: twice is once, and what `remove` takes
/// out `fix` puts in again. Panics where that does not hold.
pub(crate) fn fix_and_remove(text: &str) {
    for name in ["/app/compose.yaml", "/app/task.json"] {
        let path = Path::new(name);
        let files =
            [(PathBuf::from(DOCKERFILE), IMAGE.to_owned()), (path.to_owned(), text.to_owned())];
        let before = Files(files.into());
        let (document, settings) = ((DocumentKind::Deployment, path), settings(path));
        let fixed = before.after(analyse, document, &settings);
        let again = fixed.after(analyse, document, &settings);
        assert_eq!(again, fixed, "a second fix changes something");
        let removed = fixed.after(remove, document, &settings);
        if removed != fixed {
            let again = removed.after(analyse, document, &settings);
            assert_eq!(again, fixed, "remove is not the way back");
        }
    }
}
