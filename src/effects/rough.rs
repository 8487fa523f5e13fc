//! Rough commands of a RUN, where its text is no valid shell text: enough to see what is installed and what
//! becomes of a file, never to make an edit.

/// The commands of a shell text, each as its words: `$(…)` and quoted text stay one word, quotes (and
/// the brackets and commas of exec form) are dropped.
pub fn commands(text: &str) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let mut word = String::new();
    let mut depth = 0_usize;
    let mut quote = None;
    let mut previous = ' ';
    for c in text.chars() {
        let substitution = c == '(' && (previous == '$' || depth > 0);
        previous = c;
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') if depth == 0 => quote = Some(c),
            (Some(_), c) => word.push(c),
            (None, '(') if substitution => {
                depth += 1;
                word.push(c);
            }
            (None, ')') if depth > 0 => {
                depth -= 1;
                word.push(c);
            }
            (None, c) if depth > 0 => word.push(c),
            (None, ';' | '&' | '|' | '\n' | '(' | ')') => {
                push_word(&mut commands, &mut word);
                commands.push(Vec::new());
            }
            (None, c) if c.is_whitespace() => push_word(&mut commands, &mut word),
            (None, c) => word.push(c),
        }
    }
    push_word(&mut commands, &mut word);
    commands.retain(|words| !words.is_empty());
    commands
}

fn push_word(commands: &mut [Vec<String>], word: &mut String) {
    let whole = std::mem::take(word);
    let bare = whole.trim_matches(['[', ']', ',', '\\']);
    if let (false, Some(last)) = (bare.is_empty(), commands.last_mut()) {
        last.push(bare.to_owned());
    }
}

/// Words that a shell has for itself in front of a command.
const KEYWORDS: &[&str] = &["if", "then", "else", "elif", "do", "while", "until", "!", "{", "}"];

/// The words of a command without those of the shell, and the files that it is redirected to.
pub(super) fn redirected(words: Vec<String>) -> (Vec<String>, Vec<String>) {
    let (mut own, mut writes) = (Vec::new(), Vec::new());
    let mut words = words.into_iter().skip_while(|word| KEYWORDS.contains(&word.as_str()));
    while let Some(word) = words.next() {
        match word.trim_start_matches(|c: char| c.is_ascii_digit()).split_once('>') {
            Some(("", rest)) => match rest.trim_start_matches('>') {
                "" => writes.extend(words.next()),
                file => writes.push(file.to_owned()),
            },
            _ => own.push(word),
        }
    }
    (own, writes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_commands_are_told_apart() {
        let table: &[(&str, &[&[&str]])] = &[
            ("a b && c; (d 'e f')", &[&["a", "b"], &["c"], &["d", "e f"]]),
            (
                "jlink --add-modules $(jdeps -s a.jar | b),x -o y",
                &[&["jlink", "--add-modules", "$(jdeps -s a.jar | b),x", "-o", "y"]],
            ),
            ("[\"apt-get\", \"install\", \"x\"]", &[&["apt-get", "install", "x"]]),
            ("a \\\n b", &[&["a"], &["b"]]),
            ("$(", &[&["$("]]),
        ];
        for (text, expected) in table {
            assert_eq!(commands(text), *expected, "{text}");
        }
    }
}
