//! Text that the parser must not see: it would not come to an end, or not come back.

/// The longest text that is parsed, in bytes.
const LONGEST_TEXT: usize = 256 * 1024;
/// The deepest nesting of parentheses: the parser tries `((` both as arithmetic and as two
/// subshells, twice as long with every one.
const DEEPEST_PARENTHESES: usize = 16;
/// The deepest nesting of anything else: the parser calls itself, some 5 KiB of stack with every one.
const DEEPEST: usize = 100;

/// What begins something that another word ends.
const OPENING: &[&str] = &["{", "if", "while", "until", "for", "select", "case", "[["];
/// What ends it.
const CLOSING: &[&str] = &["}", "fi", "done", "esac", "]]"];
/// Words behind which a command begins.
const BEFORE_COMMAND: &[&str] = &["then", "do", "else", "elif", "!", "in"];

/// Looks through a text before it is parsed.
///
/// # Errors
/// Why it must not be parsed.
pub(super) fn check(text: &str) -> Result<(), String> {
    if text.len() > LONGEST_TEXT {
        return Err(format!("the text is longer than {} KiB", LONGEST_TEXT >> 10));
    }
    let parentheses = deepest(text, |text| text.starts_with('('), |text| text.starts_with(')'));
    if parentheses > DEEPEST_PARENTHESES {
        return Err("its parentheses are nested too deeply".to_owned());
    }
    let expansions = deepest(text, |text| text.starts_with("${"), |text| text.starts_with('}'));
    if expansions.max(commands(text)) > DEEPEST {
        return Err("its commands are nested too deeply".to_owned());
    }
    if has_expanding_delimiter(text) {
        return Err("the end of a here-document holds a `$`".to_owned());
    }
    Ok(())
}

/// How many are open at once, quoted ones included.
fn deepest(text: &str, opens: impl Fn(&str) -> bool, closes: impl Fn(&str) -> bool) -> usize {
    let mut open = 0_usize;
    let depths = text.char_indices().map(|(at, _)| {
        let rest = text.get(at..).unwrap_or_default();
        if opens(rest) {
            open += 1;
        } else if closes(rest) {
            open = open.saturating_sub(1);
        }
        open
    });
    depths.max().unwrap_or(0)
}

/// How deep commands that hold commands are nested, by a rough look: words at the start of a command.
/// A row of `!` counts as well.
fn commands(text: &str) -> usize {
    let (mut open, mut deepest, mut negations) = (0_usize, 0, 0);
    for line in text.lines() {
        let mut begins = true;
        for word in line.split_whitespace() {
            let name = word.trim_matches(';');
            negations = if name == "!" { negations + 1 } else { 0 };
            if (begins || matches!(name, "{" | "[[")) && OPENING.contains(&name) {
                open += 1;
            } else if begins && CLOSING.contains(&name) || matches!(name, "}" | "]]") {
                open = open.saturating_sub(1);
            }
            deepest = deepest.max(open + negations);
            begins = word.ends_with([';', '&', '|', '(', ')', '{'])
                || BEFORE_COMMAND.contains(&name)
                || OPENING.contains(&name);
        }
    }
    deepest
}

/// Whether the word that ends a here-document holds an expansion: no shell expands it, and the parser
/// does not come to an end on `<<$(  `.
fn has_expanding_delimiter(text: &str) -> bool {
    text.match_indices("<<").any(|(at, _)| {
        let rest = text.get(at + 2..).unwrap_or_default();
        let here_string = rest.starts_with('<') || text.get(..at).is_some_and(|t| t.ends_with('<'));
        let delimiter = rest.trim_start_matches(['-', ' ', '\t']);
        let delimiter = delimiter.split(char::is_whitespace).next().unwrap_or_default();
        !here_string && delimiter.contains(['$', '`'])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_would_take_forever_or_too_deep_is_not_read() {
        let delimiter = "<<$(  ".to_owned();
        let nested = |open: &str, close: &str| {
            let (open, close) = (open.repeat(20_000), close.repeat(20_000));
            format!(
                "{}java{}",
                &open[..open.len().min(100_000)],
                &close[..close.len().min(100_000)]
            )
        };
        for text in [
            "(".repeat(100),
            "$(".repeat(100_000),
            "((".repeat(9),
            delimiter,
            nested("{ ", "; }"),
            nested("if true; then ", "; fi"),
            nested("while true; do ", "; done"),
            nested("for a in b; do\n", "\ndone"),
            nested("case a in a) ", ";; esac"),
            nested("f() { ", "; }"),
            nested("echo ${a:-", "}"),
            format!("[[ {} a ]]", "! ".repeat(30_000)),
        ] {
            assert!(check(&text).is_err(), "{}", &text[..20]);
        }
    }

    #[test]
    fn long_scripts_are_read() {
        let part = "if [ -n \"$A\" ]; then\n  for i in a b; do echo if $i; done\nfi\n\
                    f() {\n  case $1 in a) x ;; *) y ;; esac\n}\n\
                    # if this for that\nwhile read -r a; do :; done <x\n[[ ! -f x ]] && y ${B:-c}\n";
        assert_eq!(check(&part.repeat(500)), Ok(()));
        assert!(commands(&part.repeat(500)) < 5);
    }
}
