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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cooked {
    /// What the next reader sees.
    pub text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    cooked: usize,
    file: usize,
}

impl Cooked {
    /// Appends a part that stands unchanged at `file` in the file.
    pub fn push(&mut self, part: &str, file: usize) {
        if !part.is_empty() {
            self.pieces.push(Piece { cooked: self.text.len(), file });
            self.text.push_str(part);
        }
    }

    /// Where the byte at `offset` of the cooked text stands in the file.
    fn file_offset(&self, offset: usize) -> usize {
        let after = self.pieces.partition_point(|piece| piece.cooked <= offset);
        match self.pieces.get(after.wrapping_sub(1)) {
            Some(piece) => piece.file + (offset - piece.cooked),
            None => offset,
        }
    }

    /// The file's bytes from the first to behind the last byte of a span of the cooked text.
    ///
    /// The end is taken from the last byte *inside* the span: what was dropped behind it (a
    /// continuation, a comment) does not belong to it. An empty span maps to an empty span.
    pub fn file_span(&self, span: Span) -> Span {
        let start = self.file_offset(span.start);
        match span.end.checked_sub(1) {
            Some(last) if last >= span.start => start..self.file_offset(last) + 1,
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
}
