//! A unified patch that `git apply` and `patch -p1` take, byte for byte.

use std::fmt::{Display, Write as _};
use std::path::Path;

use similar::{Algorithm, TextDiff};

/// One file's patch, with git's header; `path` is relative to the root of the repository.
///
/// Lines end at `\n` only: a lone carriage return stays inside its line. Names are quoted as git
/// quotes them (<https://git-scm.com/docs/diff-generate-patch>).
pub fn unified(path: &Path, before: &str, after: &str) -> String {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Histogram)
        .newline_terminated(true)
        .diff_slices(&old, &new);
    let mut patch = String::new();
    let (a, b) = (named("a/", path), named("b/", path));
    let _ = writeln!(patch, "diff --git {} {}", quoted(&a), quoted(&b));
    let _ = writeln!(patch, "--- {}{}", quoted(&a), tab(&a));
    let _ = writeln!(patch, "+++ {}{}", quoted(&b), tab(&b));
    for hunk in diff.unified_diff().context_radius(3).iter_hunks() {
        let _ = writeln!(patch, "{}", hunk.header());
        for change in hunk.iter_changes() {
            push_line(&mut patch, change.tag(), change.value());
        }
    }
    patch
}

/// The patch that makes a new file.
pub fn created(path: &Path, text: &str) -> String {
    whole(path, text, true)
}

/// The patch that takes a file away.
pub fn deleted(path: &Path, text: &str) -> String {
    whole(path, text, false)
}

/// A patch of all lines of a file, which comes or goes.
fn whole(path: &Path, text: &str, comes: bool) -> String {
    let (own_a, own_b) = (named("a/", path), named("b/", path));
    let (a, b) = (quoted(&own_a), quoted(&own_b));
    let (sign, what) = if comes { ('+', "new") } else { ('-', "deleted") };
    let count = text.split_inclusive('\n').count();
    let (old, new) = if comes {
        ("/dev/null".to_owned(), format!("{b}{}", tab(&own_b)))
    } else {
        (format!("{a}{}", tab(&own_a)), "/dev/null".to_owned())
    };
    let place = if comes { format!("-0,0 +1,{count}") } else { format!("-1,{count} +0,0") };
    let mut patch = format!(
        "diff --git {a} {b}\n{what} file mode 100644\n--- {old}\n+++ {new}\n@@ {place} @@\n"
    );
    for line in text.split_inclusive('\n') {
        push_line(&mut patch, sign, line);
    }
    patch
}

/// A line of a patch. (A hunk of `similar` takes a carriage return for the end of a line.)
fn push_line(patch: &mut String, sign: impl Display, line: &str) {
    let _ = write!(patch, "{sign}{line}");
    if !line.ends_with('\n') {
        patch.push_str("\n\\ No newline at end of file\n");
    }
}

/// A name with quotes, backslashes, control characters or non-ASCII bytes, as git writes it.
fn quoted(name: &[u8]) -> String {
    let plain = |byte: u8| (b' '..=b'~').contains(&byte) && byte != b'"' && byte != b'\\';
    if name.iter().all(|byte| plain(*byte)) {
        return name.iter().map(|byte| char::from(*byte)).collect();
    }
    let mut quoted = String::from("\"");
    for byte in name {
        match *byte {
            b'"' => quoted.push_str("\\\""),
            b'\\' => quoted.push_str("\\\\"),
            b'\n' => quoted.push_str("\\n"),
            b'\t' => quoted.push_str("\\t"),
            b'\r' => quoted.push_str("\\r"),
            byte if plain(byte) => quoted.push(char::from(byte)),
            byte => {
                let _ = write!(quoted, "\\{byte:03o}");
            }
        }
    }
    quoted.push('"');
    quoted
}

/// `patch` ends an unquoted name at a blank, unless a tab follows the whole name.
fn tab(name: &[u8]) -> &'static str {
    if name.contains(&b' ') && !quoted(name).starts_with('"') { "\t" } else { "" }
}

/// The bytes of a name behind `a/` or `b/`: a name need not be UTF-8.
fn named(side: &str, path: &Path) -> Vec<u8> {
    [side.as_bytes(), path.as_os_str().as_encoded_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_implementation_applies_the_patch() {
        let table = [
            ("a\nb\nc\n", "a\nB\nc\n"),
            ("a\r\nb", "a\r\nb\r\nc"),
            ("a\rb\nc", "a\rb\nd"),
            ("", "a\n"),
            ("a", "a\n"),
            ("a\u{2028}b\u{b}\nc\n", "a\u{2028}b\u{b}\nd\n"),
        ];
        for (before, after) in table {
            let patch = unified(Path::new("Dockerfile"), before, after);
            let parsed = diffy::Patch::from_str(&patch).unwrap();
            assert_eq!(diffy::apply(before, &parsed).unwrap(), after, "{patch}");
        }
    }

    #[test]
    fn names_are_quoted_as_git_quotes_them() {
        assert_eq!(quoted(b"a/plain.x"), "a/plain.x");
        assert_eq!(quoted("a/é\"\\\n".as_bytes()), "\"a/\\303\\251\\\"\\\\\\n\"");
        assert_eq!(quoted(b"a/\xff"), "\"a/\\377\"");
        let patch = unified(Path::new("my dir/f"), "a\n", "b\n");
        assert!(patch.contains("--- a/my dir/f\t\n+++ b/my dir/f\t\n"));
    }
}
