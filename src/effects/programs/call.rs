//! The arguments of a program, by the usual rules of options
//! (<https://www.gnu.org/software/libc/manual/html_node/Argument-Syntax.html>).

use crate::effects::Target;

/// The arguments of a program, options told from operands.
pub(super) struct Call<'c> {
    pub(super) name: &'c str,
    pub(super) options: Vec<(&'c str, Option<&'c str>)>,
    pub(super) operands: Vec<&'c str>,
    pub(super) folder: Option<&'c str>,
    pub(super) words: &'c [String],
}

impl<'c> Call<'c> {
    pub(super) fn of(
        name: &'c str,
        words: &'c [String],
        with_value: &[&str],
        folder: Option<&'c str>,
    ) -> Self {
        let mut call = Self { name, options: Vec::new(), operands: Vec::new(), folder, words };
        let mut rest = words.iter().map(String::as_str);
        while let Some(word) = rest.next() {
            if word == "--" {
                call.operands.extend(rest);
                break;
            } else if word.starts_with("--") {
                match word.split_once('=') {
                    Some((name, value)) => call.options.push((name, Some(value))),
                    None if with_value.contains(&word) => call.options.push((word, rest.next())),
                    None => call.options.push((word, None)),
                }
            } else if word.len() > 1 && word.starts_with('-') {
                call.cluster(word, with_value, &mut rest);
            } else {
                call.operands.push(word);
            }
        }
        call
    }

    /// `-rf`, `-sSLo FILE`, `-C/opt`: letters that stand alone, until one that takes a value.
    fn cluster(
        &mut self,
        word: &'c str,
        with_value: &[&str],
        rest: &mut impl Iterator<Item = &'c str>,
    ) {
        for (at, letter) in word.char_indices().skip(1) {
            let end = at + letter.len_utf8();
            let own =
                |option: &&&str| option.strip_prefix('-').is_some_and(|o| o.chars().eq([letter]));
            let behind = word.get(end..).filter(|behind| !behind.is_empty());
            if with_value.iter().any(|option| own(&option)) {
                let value = behind.or_else(|| rest.next());
                self.options.push((word.get(at..end).unwrap_or_default(), value));
                return;
            }
            self.options.push((word.get(at..end).unwrap_or_default(), None));
        }
    }

    /// The value of the last option of these names; letters are told without their dash.
    pub(super) fn value(&self, names: &[&str]) -> Option<&'c str> {
        self.options
            .iter()
            .rev()
            .find(|(name, _)| names.contains(name))
            .and_then(|(_, value)| *value)
    }

    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.options.iter().any(|(name, _)| names.contains(name))
    }

    pub(super) fn target(&self, word: &str) -> Option<Target> {
        Target::of(word, self.folder)
    }

    pub(super) fn targets(&self) -> impl Iterator<Item = Target> {
        self.operands.iter().filter_map(|word| self.target(word))
    }
}
