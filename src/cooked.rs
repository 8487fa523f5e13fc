//! Text that was decoded from other text, with a map back.
//!
//! Docker joins continued lines before it reads an instruction; a JSON string is unescaped before
//! a shell reads it. [`Cooked`] holds such a result and knows, for each of its bytes, where in the
//! file it came from, so that a parser can work on plain text and still point at (and edit) the
//! file.

use crate::source::Span;

/// Decoded text and the place in the file of each of its parts.
///
/// ```text
/// file:    CMD ["java", \⏎    # a comment⏎    "-jar"]
///          ^^^^^^^^^^^^^                      ^^^^^^^^  two pieces
/// cooked:  CMD ["java",     "-jar"]
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Cooked {
    /// What the next reader sees.
    pub text: String,
    pieces: Vec<Piece>,
}

/// A part of the cooked text, up to where the next one begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Piece {
    cooked: usize,
    file: usize,
    /// `None` where the part stands in the file as it is; else how many bytes of the file became
    /// it: two for `\"` in a JSON string.
    encoded: Option<usize>,
}

impl Cooked {
    /// A text that stands in the file as it is.
    pub fn plain(text: &str, file: usize) -> Self {
        let mut cooked = Self::default();
        cooked.push(text, file);
        cooked
    }

    fn add(&mut self, piece: Piece) {
        // Most texts are of one piece, and a file can have very many of them.
        if self.pieces.is_empty() {
            self.pieces.reserve_exact(1);
        }
        self.pieces.push(piece);
    }

    /// Appends a part that stands unchanged at `file` in the file.
    pub fn push(&mut self, part: &str, file: usize) {
        if !part.is_empty() {
            self.add(Piece { cooked: self.text.len(), file, encoded: None });
            self.text.push_str(part);
        }
    }

    /// Appends a part that the file writes in another way, in the bytes of `file`.
    pub fn push_decoded(&mut self, part: &str, file: &Span) {
        if !part.is_empty() {
            let encoded = Some(file.len());
            self.add(Piece { cooked: self.text.len(), file: file.start, encoded });
            self.text.push_str(part);
        }
    }

    /// Appends a span of another cooked text of the same file.
    pub fn push_slice(&mut self, other: &Self, span: Span) {
        let Some(part) = other.text.get(span.clone()) else { return };
        let first = other.pieces.partition_point(|piece| piece.cooked <= span.start);
        let pieces = other.pieces.get(first.saturating_sub(1)..).unwrap_or_default();
        let shift = self.text.len();
        for piece in pieces.iter().take_while(|piece| piece.cooked < span.end) {
            // The first piece may begin in front of the span.
            let skipped = span.start.saturating_sub(piece.cooked);
            let file = if piece.encoded.is_none() { piece.file + skipped } else { piece.file };
            let cooked = shift + piece.cooked.max(span.start) - span.start;
            self.add(Piece { cooked, file, encoded: piece.encoded });
        }
        self.text.push_str(part);
    }

    /// A span of this text as a cooked text of its own.
    pub fn slice(&self, span: Span) -> Self {
        let mut cooked = Self::default();
        cooked.push_slice(self, span);
        cooked
    }

    /// The bytes of the file that the byte at `offset` of the cooked text comes from.
    fn file_bytes(&self, offset: usize) -> Span {
        let after = self.pieces.partition_point(|piece| piece.cooked <= offset);
        match self.pieces.get(after.wrapping_sub(1)) {
            Some(Piece { file, encoded: Some(length), .. }) => *file..*file + *length,
            Some(piece) => {
                let at = piece.file + (offset - piece.cooked);
                at..at + 1
            }
            None => offset..offset + 1,
        }
    }

    /// The file's bytes from the first to behind the last byte of a span of the cooked text.
    ///
    /// The end is taken from the last byte *inside* the span: what was dropped behind it (a
    /// continuation, a comment) does not belong to it. An empty span maps to an empty span.
    pub fn file_span(&self, span: Span) -> Span {
        let start = self.file_bytes(span.start).start;
        match span.end.checked_sub(1) {
            Some(last) if last >= span.start => start..self.file_bytes(last).end,
            _ => start..start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_map_back_across_a_dropped_continuation() {
        let file = "CMD [\"java\", \\\n # c\n \"-jar\"]";
        let second = file.find(" \"-jar").unwrap();
        let mut cooked = Cooked::default();
        cooked.push(&file[..13], 0);
        cooked.push(&file[second..], second);
        assert_eq!(cooked.text, "CMD [\"java\",  \"-jar\"]");

        let of = |needle: &str| {
            let at = cooked.text.find(needle).unwrap();
            cooked.file_span(at..at + needle.len())
        };
        assert_eq!(&file[of("\"java\"")], "\"java\"");
        assert_eq!(&file[of("\"-jar\"")], "\"-jar\"");
        assert_eq!(of("\"java\", ").end, 13, "the end does not jump over what was dropped");
        assert_eq!(cooked.file_span(3..3), 3..3);
    }

    #[test]
    fn decodings_stack() {
        // A JSON string over two lines, and a shell word in it.
        let file = "\"exec \\\"a\\\" \\\n b\"";
        let mut line = Cooked::default();
        line.push(&file[..12], 0);
        line.push(&file[14..], 14);
        assert_eq!(line.text, "\"exec \\\"a\\\"  b\"");
        let mut text = Cooked::default();
        text.push_slice(&line, 1..6);
        text.push_decoded("\"", &line.file_span(6..8));
        text.push_slice(&line, 8..9);
        text.push_decoded("\"", &line.file_span(9..11));
        text.push_slice(&line, 11..14);
        assert_eq!(text.text, "exec \"a\"  b");
        assert_eq!(&file[text.file_span(5..8)], "\\\"a\\\"");
        let inner = text.slice(6..11);
        assert_eq!(inner.text, "a\"  b");
        assert_eq!(&file[inner.file_span(0..1)], "a");
        assert_eq!(&file[inner.file_span(4..5)], "b");
    }
}
