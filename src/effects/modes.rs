//! What a mode lets users do who are neither the owner nor of the group.

/// The rights of others; `None` where they stay as they are, or nobody knows.
/// <https://www.gnu.org/software/coreutils/manual/html_node/File-permissions.html>
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Others {
    /// Whether they read the file.
    pub read: Option<bool>,
    /// Whether they enter the folder.
    pub enter: Option<bool>,
}

impl Others {
    /// Reads a mode, in digits or in letters.
    pub(super) fn of(mode: &str) -> Self {
        if let Ok(bits) = u32::from_str_radix(mode, 8) {
            return Self { read: Some(bits & 0o4 != 0), enter: Some(bits & 0o1 != 0) };
        }
        let mut others = Self::default();
        for clause in mode.split(',') {
            others.apply(clause);
        }
        others
    }

    /// `go-rwx`, `a+rX`, `u=rw`
    fn apply(&mut self, clause: &str) {
        let Some(at) = clause.find(['+', '-', '=']) else { return };
        let (who, change) = clause.split_at(at);
        if !who.is_empty() && !who.contains(['o', 'a']) {
            return;
        }
        let rights = change.get(1..).unwrap_or_default();
        let of = |letters: [char; 2]| match (rights.contains(letters), change.starts_with('-')) {
            (true, takes) => Some(!takes),
            // `o=` leaves what it does not name to nobody, and copies no rights that are known.
            (false, _) if change.starts_with('=') && !rights.contains(['u', 'g']) => Some(false),
            (false, _) => None,
        };
        self.read = of(['r', 'r']).or(self.read);
        self.enter = of(['x', 'X']).or(self.enter);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_in_digits_and_letters() {
        let table = [
            ("755", Some(true), Some(true)),
            ("0644", Some(true), Some(false)),
            ("600", Some(false), Some(false)),
            ("u+x", None, None),
            ("+x", None, Some(true)),
            ("a+rX", Some(true), Some(true)),
            ("go-rwx", Some(false), Some(false)),
            ("u=rwx,go=", Some(false), Some(false)),
            ("o=u", None, None),
            ("ug+rw,o-r", Some(false), None),
            ("g=u", None, None),
        ];
        for (mode, read, enter) in table {
            assert_eq!(Others::of(mode), Others { read, enter }, "{mode}");
        }
    }
}
