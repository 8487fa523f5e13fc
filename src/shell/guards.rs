//! Text that the parser must not see: it would not come to an end, or not come back.

/// The longest text that is parsed, in bytes.
const LONGEST_TEXT: usize = 256 * 1024;
/// The deepest nesting of parentheses: the parser tries `((` both as arithmetic and as two
/// subshells, twice as long with every one.
const DEEPEST_PARENTHESES: usize = 16;
/// The deepest nesting of anything else: the parser calls itself, some 5 KiB of stack with every one.
const DEEPEST: usize = 100;
/// The deepest nesting of subscripts, those that are never closed included: the parser tries each of them
/// in two ways.
const DEEPEST_SUBSCRIPTS: usize = 3;
/// The most parentheses in the subscript of an element (`name[$((i + 1))]=`): with each of them the parser
/// takes twice as long where it ends in no `]`.
const MOST_IN_SUBSCRIPT: usize = 4;
/// What ends a word where it is not quoted. A carriage return does not, and `(` may not stand there.
const WORD_ENDS: &[char] = &[' ', '\t', '\n', ';', '&', '|', '<', '>', ')'];
/// The longest word that ends a here-document, in bytes.
const LONGEST_DELIMITER: usize = 200;

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
    let subscripts = deepest(text, opens_subscript, |text| text.starts_with(']'));
    let is_deep = |element: &str| element.matches('(').count() > MOST_IN_SUBSCRIPT;
    if subscripts > DEEPEST_SUBSCRIPTS || !subscripts_end(text) || elements(text).any(is_deep) {
        return Err("its subscripts are nested too deeply".to_owned());
    }
    if !here_documents(text).all(has_plain_delimiter) {
        return Err("the end of a here-document is no plain word".to_owned());
    }
    if text.contains("$[") && here_documents(text).next().is_some() {
        return Err("it has a here-document and `$[`".to_owned());
    }
    Ok(())
}

/// `${name[`, `${!name[`, `${#name[`
fn opens_subscript(text: &str) -> bool {
    let name = text.strip_prefix("${").unwrap_or_default();
    let name = name.strip_prefix(['!', '#']).unwrap_or(name);
    let behind = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    behind.len() < name.len() && behind.starts_with('[')
}

/// Whether every `${name[` has a `]` in its line.
fn subscripts_end(text: &str) -> bool {
    let mut places = text.match_indices("${").filter_map(|(at, _)| text.get(at..));
    places.all(|rest| {
        !opens_subscript(rest) || rest.lines().next().is_some_and(|line| line.contains(']'))
    })
}

/// The subscripts of the words that begin like an element (`name[…`), up to the first `]`.
fn elements(text: &str) -> impl Iterator<Item = &str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices('[').filter_map(move |(at, _)| {
        let (before, rest) = text.split_at_checked(at)?;
        let ahead = before.trim_end_matches(is_name);
        let begins = ahead.is_empty() || ahead.ends_with('(') || ahead.ends_with(WORD_ENDS);
        (begins && ahead.len() < before.len()).then(|| rest.split(']').next().unwrap_or(rest))
    })
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

/// What stands behind every `<<` of a text, a quoted one too. In a row of `<`, three and three are
/// here-strings; the first of a row may be escaped.
fn here_documents(text: &str) -> impl Iterator<Item = &str> {
    text.match_indices('<').filter_map(|(at, _)| {
        let (before, rest) = text.split_at_checked(at + 1)?;
        let ahead = before.trim_end_matches('<');
        let row = before.len() - ahead.len();
        let begins = row % 3 == 2 || row % 3 == 0 && ahead.ends_with('\\');
        (begins && !rest.starts_with('<')).then_some(rest)
    })
}

/// Whether the word that ends a here-document is one that people write: `EOF`, `'EOF'`, `"EOF"` or
/// `\EOF`, before white space or an operator. On others (`<<$(  `, `<<"" `, `<<&& )`) the parser does
/// not come to an end, and no shell takes most of them.
fn has_plain_delimiter(rest: &str) -> bool {
    let rest = rest.strip_prefix('-').unwrap_or(rest);
    let rest = rest.strip_prefix([' ', '\t']).unwrap_or(rest);
    let quote = rest.chars().next().filter(|first| matches!(first, '"' | '\''));
    let (word, behind) = match quote {
        Some(quote) => rest.get(1..).and_then(|rest| rest.split_once(quote)).unwrap_or_default(),
        None => {
            let rest = rest.strip_prefix('\\').unwrap_or(rest);
            let end = rest.find(|c| c == '\r' || WORD_ENDS.contains(&c));
            rest.split_at(end.unwrap_or(rest.len()))
        }
    };
    let behind = behind.strip_prefix('\r').filter(|rest| rest.starts_with('\n')).unwrap_or(behind);
    let ends = behind.is_empty() || behind.starts_with(WORD_ENDS);
    let plain =
        |c: char| !c.is_control() && !"\"'\\$`(".contains(c) && (c == ' ' || !c.is_whitespace());
    let begins = word.chars().next().is_some_and(|first| !matches!(first, ' ' | '#'));
    ends && begins
        && word.chars().take(LONGEST_DELIMITER).all(plain)
        && word.len() <= LONGEST_DELIMITER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_that_would_take_forever_or_too_deep_is_not_read() {
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
            "<<$(  ".to_owned(),
            "<<\"E $( | x ".to_owned(),
            "<<E\\ $( | x ".to_owned(),
            "<<E\r$( | x ".to_owned(),
            "$[))<<  ".to_owned(),
            "$[))<<E  ".to_owned(),
            "\\<<<\r ".to_owned(),
            "<<@($@time )}esac~$(( | ".to_owned(),
            "\\\\<<$[\t ".to_owned(),
            "$(<<\t c ".to_owned(),
            "<<\r<#".to_owned(),
            "<<\"\" ".to_owned(),
            "<<\r ".to_owned(),
            "<<<<<$[ | x ".to_owned(),
            "<<<<<<<<$[ | x ".to_owned(),
            "}$(java<< && ^I#}esac)".to_owned(),
            "M[${A[}${A[}${A[}${A[}".to_owned(),
            "M[${!A[}$(c)".to_owned(),
            "D[,$(/$((R$((R$((+(//+(/${A[LF[\"$[TjRR))))0)))))DD[))".to_owned(),
            "M[${#A[}$(c)".to_owned(),
            "$[[a ]J:${T[\n}D${A:-J:${T[\n}".to_owned(),
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
                    # if this for that\nwhile read -r a; do :; done <x\ncat <<'a b'>$C\nd\na b\n[[ ! -f x ]] && y ${B:-c} ${A[${B[0]}]}\n\
                    B[$((i + $(x y)))]=c; echo \"\\033[31m(a) (b) (c) (d) (e)\"\n";
        assert_eq!(check(&part.repeat(500)), Ok(()));
        assert!(commands(&part.repeat(500)) < 5);
    }
}
