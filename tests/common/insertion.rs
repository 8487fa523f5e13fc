//! Law 1.

/// Whether every byte of `before` stands in `after`, in its order.
pub(crate) fn only_inserts(before: &str, after: &str) -> bool {
    let mut bytes = after.bytes();
    before.bytes().all(|byte| bytes.any(|other| other == byte))
}
