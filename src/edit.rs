//! Edits of a text: sorted, disjoint, and applied together.

use crate::source::Span;

/// Replaces the bytes of a span; an empty span inserts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
}

/// The edits of one file.
///
/// Invariant: sorted by place, no two overlap, and no two insert at the same place (their order
/// would be a guess). Built only by [`EditSet::new`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditSet {
    edits: Vec<Edit>,
}

/// Two edits want the same bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Overlap;

impl EditSet {
    /// Sorts edits and checks that they keep out of each other's way.
    ///
    /// # Errors
    /// [`Overlap`] when two of them touch the same bytes or insert at the same place.
    pub fn new(mut edits: Vec<Edit>) -> Result<Self, Overlap> {
        edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
        let clash = edits.windows(2).any(|pair| match pair {
            [first, second] => second.span.start < first.span.end || first.span == second.span,
            _ => false,
        });
        if clash { Err(Overlap) } else { Ok(Self { edits }) }
    }

    /// Whether nothing is to be done.
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The edits, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Edit> {
        self.edits.iter()
    }

    /// The text after the edits; a span that is not in the text (or cuts a character) gives `None`.
    pub fn apply(&self, text: &str) -> Option<String> {
        let mut result = String::with_capacity(text.len() + 512);
        let mut at = 0;
        for edit in &self.edits {
            result.push_str(text.get(at..edit.span.start)?);
            result.push_str(&edit.text);
            at = edit.span.end;
        }
        result.push_str(text.get(at..)?);
        Some(result)
    }
}

/// How many values two sequences share at their beginnings, and how many of the rest at their ends: what stands
/// between differs.
pub fn shared_ends<T: PartialEq>(
    one: impl DoubleEndedIterator<Item = T> + Clone,
    other: impl DoubleEndedIterator<Item = T> + Clone,
) -> (usize, usize) {
    let is_same = |(one, other): &(T, T)| one == other;
    let start = one.clone().zip(other.clone()).take_while(is_same).count();
    let rest = one.clone().count().min(other.clone().count()) - start;
    let end = one.rev().zip(other.rev()).take(rest).take_while(is_same).count();
    (start, end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(span: Span, text: &str) -> Edit {
        Edit { span, text: text.to_owned() }
    }

    #[test]
    fn what_is_shared_at_both_ends_is_counted_once() {
        for (one, other, expected) in [
            ("abc", "axc", (1, 1)),
            ("aa", "aaa", (2, 0)),
            ("java -jar", "java -x -jar", (6, 3)),
            ("", "a", (0, 0)),
            ("é", "é", (1, 0)),
        ] {
            assert_eq!(shared_ends(one.chars(), other.chars()), expected, "{one} {other}");
        }
    }

    #[test]
    fn edits_apply_in_order_and_leave_the_rest() {
        let set = EditSet::new(vec![edit(4..5, "E"), edit(0..0, "<"), edit(2..2, "-")]).unwrap();
        assert_eq!(set.apply("abcdef").as_deref(), Some("<ab-cdEf"));
        assert_eq!(set.apply("ab"), None);
        assert_eq!(EditSet::default().apply("é").as_deref(), Some("é"));
    }

    #[test]
    fn edits_in_each_others_way_are_refused() {
        assert_eq!(EditSet::new(vec![edit(0..3, ""), edit(2..4, "")]), Err(Overlap));
        assert_eq!(EditSet::new(vec![edit(2..2, "a"), edit(2..2, "b")]), Err(Overlap));
        assert!(EditSet::new(vec![edit(0..2, ""), edit(2..2, "b")]).is_ok());
    }
}
