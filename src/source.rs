//! A text file as it was read: its bytes, and where its lines begin.
//!
//! Everything downstream speaks of places in a file as byte spans of [`Source::text`]; only the
//! reports turn them into lines and columns, here.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// Byte offsets into [`Source::text`]; never characters, never columns.
pub type Span = Range<usize>;

/// The UTF-8 byte order mark, which Docker skips and which a patch must keep.
pub(crate) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// One file, decoded, with an index of its lines.
#[derive(Debug, Clone)]
pub struct Source {
    /// The path as reports show it: relative to the current directory, with `/`.
    pub path: PathBuf,
    /// The whole text, byte order mark included.
    pub text: String,
    line_starts: Vec<usize>,
}

/// A place as reports give it: both numbers count from 1, columns count UTF-8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The byte column, from 1; a byte order mark does not count.
    pub column: usize,
}

impl Source {
    /// Indexes `text`, which was read from (or is meant for) `path`.
    pub fn new(path: impl Into<PathBuf>, text: impl Into<String>) -> Self {
        let text = text.into();
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let line_starts = std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect();
        Self { path: path.into(), text, line_starts }
    }

    /// The path for messages.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The line and column of a byte offset; an offset behind the end is the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let mut start = self.line_starts.get(line.wrapping_sub(1)).copied().unwrap_or(0);
        if start == 0 && self.text.starts_with(BYTE_ORDER_MARK) {
            start = BYTE_ORDER_MARK.len().min(offset);
        }
        Position { line, column: offset - start + 1 }
    }

    /// The bytes of a line (from 1), its line break included.
    pub fn line_span(&self, line: usize) -> Span {
        let at = |index: usize| self.line_starts.get(index).copied().unwrap_or(self.text.len());
        at(line.saturating_sub(1))..at(line)
    }
}

/// The line break of the line at a byte offset; of the last line that has none, that of the line before.
pub(crate) fn line_break(text: &str, at: usize) -> &'static str {
    let is_end = |byte: &u8| *byte == b'\n';
    let (before, behind) = text.as_bytes().split_at(at.min(text.len()));
    let own = behind.iter().position(is_end).map(|end| before.len() + end);
    let end = own.or_else(|| before.iter().rposition(is_end));
    let before_end = end.and_then(|end| text.as_bytes().get(end.checked_sub(1)?));
    if before_end == Some(&b'\r') { "\r\n" } else { "\n" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_bytes_from_one_and_skip_the_byte_order_mark() {
        let source = Source::new("Dockerfile", "\u{feff}FROM é\r\nCMD x\n");
        for (needle, line, column) in [("FROM", 1, 1), ("\r", 1, 8), ("CMD", 2, 1), ("x", 2, 5)] {
            let offset = source.text.find(needle).unwrap();
            assert_eq!(source.position(offset), Position { line, column }, "{needle:?}");
        }
        assert_eq!(source.position(999), Position { line: 3, column: 1 });
        assert_eq!(&source.text[source.line_span(2)], "CMD x\n");
    }
}
