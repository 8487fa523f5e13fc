//! Docker's own word lexer: quotes, escapes and `$variable` forms outside a shell.
//!
//! Follows BuildKit's
//! [shell/lex.go](https://github.com/moby/buildkit/blob/v0.30.0/frontend/dockerfile/shell/lex.go),
//! which expands ENV, ARG, FROM, COPY, WORKDIR and USER, and finds here-documents.

use std::iter::Peekable;
use std::str::Chars;

use regex::Regex;

/// Looks a variable up.
type Environment<'e> = dyn Fn(&str) -> Option<String> + 'e;

/// How to read words; make one with [`Lexer::new`].
pub(crate) struct Lexer<'e> {
    /// The file's escape character.
    pub(crate) escape: char,
    /// Leave quotes in the result.
    pub(crate) keep_quotes: bool,
    /// Leave escape characters in the result.
    pub(crate) keep_escapes: bool,
    /// The variables; an unknown one stays as it is written when there is no environment.
    pub(crate) environment: Option<&'e Environment<'e>>,
    /// Refuse a value that needs a variable which nothing sets, rather than take it as empty.
    pub(crate) strict: bool,
}

/// The text is not well-formed: a quote or a brace is not closed, or a modifier is unknown.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

impl<'e> Lexer<'e> {
    /// A lexer that removes quotes and escapes and leaves variables as they are written.
    pub(crate) fn new(escape: char) -> Self {
        Self { escape, keep_quotes: false, keep_escapes: false, environment: None, strict: false }
    }

    /// Expands `text` as one value.
    pub(crate) fn value(&self, text: &str) -> Result<String, Malformed> {
        self.run(text).map(|words| words.text)
    }

    /// Splits `text` into words at blanks outside quotes.
    pub(crate) fn words(&self, text: &str) -> Result<Vec<String>, Malformed> {
        self.run(text).map(Words::finish)
    }

    fn run(&self, text: &str) -> Result<Words, Malformed> {
        let mut run = Run {
            lexer: self,
            depth: 0,
            chars: text.chars().peekable(),
            keep_escapes: self.keep_escapes,
        };
        run.until(None, self.keep_escapes)
    }
}

/// The result so far, both as one text and cut into words.
#[derive(Default)]
struct Words {
    text: String,
    words: Vec<String>,
    word: String,
}

impl Words {
    fn push(&mut self, c: char) {
        self.text.push(c);
        self.push_to_word(c);
    }

    fn push_to_word(&mut self, c: char) {
        if !c.is_whitespace() {
            self.word.push(c);
        } else if !self.word.is_empty() {
            self.words.push(std::mem::take(&mut self.word));
        }
    }

    fn push_quoted(&mut self, part: &str) {
        self.text.push_str(part);
        self.word.push_str(part);
    }

    fn push_expanded(&mut self, part: &str) {
        self.text.push_str(part);
        part.chars().for_each(|c| self.push_to_word(c));
    }

    fn finish(mut self) -> Vec<String> {
        if !self.word.is_empty() {
            self.words.push(self.word);
        }
        self.words
    }
}

/// How deep `${a:-${b:-…}}` may go; deeper text is malformed here, rather than the end of our stack.
const DEEPEST: usize = 100;

struct Run<'l, 't> {
    lexer: &'l Lexer<'l>,
    depth: usize,
    chars: Peekable<Chars<'t>>,
    keep_escapes: bool,
}

impl Run<'_, '_> {
    /// Reads to `stop` (which it takes) or to the end.
    fn until(&mut self, stop: Option<char>, keep_escapes: bool) -> Result<Words, Malformed> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Malformed);
        }
        let outer = std::mem::replace(&mut self.keep_escapes, keep_escapes);
        let mut words = Words::default();
        while let Some(&c) = self.chars.peek() {
            match c {
                _ if Some(c) == stop => {
                    self.chars.next();
                    self.depth -= 1;
                    self.keep_escapes = outer;
                    return Ok(words);
                }
                '\'' => words.push_quoted(&self.single_quoted()?),
                '"' => words.push_quoted(&self.double_quoted()?),
                '$' => words.push_expanded(&self.dollar()?),
                '<' => words.push_quoted(&self.less_than()),
                _ => {
                    self.chars.next();
                    self.plain(c, &mut words);
                }
            }
        }
        self.keep_escapes = outer;
        if stop.is_some() { Err(Malformed) } else { Ok(words) }
    }

    fn plain(&mut self, c: char, words: &mut Words) {
        if c != self.lexer.escape {
            return words.push(c);
        }
        if self.keep_escapes {
            words.push_quoted(c.encode_utf8(&mut [0; 4]));
        }
        if let Some(escaped) = self.chars.next() {
            words.push_quoted(escaped.encode_utf8(&mut [0; 4]));
        }
    }

    fn single_quoted(&mut self) -> Result<String, Malformed> {
        let mut text = String::new();
        text.extend(self.chars.next().filter(|_| self.lexer.keep_quotes));
        loop {
            match self.chars.next().ok_or(Malformed)? {
                '\'' => {
                    text.extend(self.lexer.keep_quotes.then_some('\''));
                    return Ok(text);
                }
                c => text.push(c),
            }
        }
    }

    fn double_quoted(&mut self) -> Result<String, Malformed> {
        let mut text = String::new();
        text.extend(self.chars.next().filter(|_| self.lexer.keep_quotes));
        loop {
            match *self.chars.peek().ok_or(Malformed)? {
                '"' => {
                    self.chars.next();
                    text.extend(self.lexer.keep_quotes.then_some('"'));
                    return Ok(text);
                }
                '$' => text.push_str(&self.dollar()?),
                c if c == self.lexer.escape => {
                    self.chars.next();
                    let next = self.chars.peek().copied().ok_or(Malformed)?;
                    let escapes = matches!(next, '"' | '$') || next == self.lexer.escape;
                    text.extend((self.keep_escapes || !escapes).then_some(c));
                    text.extend(escapes.then(|| self.chars.next()).flatten());
                }
                c => {
                    self.chars.next();
                    text.push(c);
                }
            }
        }
    }

    /// `<<` and the blanks behind it, so that `<< EOF` is one word.
    fn less_than(&mut self) -> String {
        let mut text = String::from("<");
        self.chars.next();
        if self.chars.next_if_eq(&'<').is_some() {
            text.push('<');
            while let Some(c) = self.chars.next_if(|c| matches!(c, ' ' | '\t' | '\r')) {
                text.push(c);
            }
        }
        text
    }

    fn dollar(&mut self) -> Result<String, Malformed> {
        self.chars.next();
        if self.chars.next_if_eq(&'{').is_none() {
            let name = self.name();
            return match self.lookup(&name) {
                _ if name.is_empty() => Ok("$".to_owned()),
                Some(value) => Ok(value),
                None => self.unset(format!("${name}")),
            };
        }
        if matches!(self.chars.peek(), None | Some('{' | '}' | ':')) {
            return Err(Malformed);
        }
        let name = self.name();
        let value = self.lookup(&name);
        match self.chars.next().ok_or(Malformed)? {
            '}' => value.map_or_else(|| self.unset(format!("${{{name}}}")), Ok),
            ':' => {
                let modifier = self.chars.next().ok_or(Malformed)?;
                self.modified(&name, value, true, modifier)
            }
            '/' => self.replaced(&name, value),
            modifier => self.modified(&name, value, false, modifier),
        }
    }

    /// `${name-word}`, `${name:+word}`, `${name#pattern}` and their kin.
    fn modified(
        &mut self,
        name: &str,
        value: Option<String>,
        colon: bool,
        modifier: char,
    ) -> Result<String, Malformed> {
        let pattern = matches!(modifier, '#' | '%');
        if !(pattern || matches!(modifier, '-' | '+' | '?')) || (pattern && colon) {
            return Err(Malformed);
        }
        let word = self.until(Some('}'), pattern)?.text;
        if value.is_none() && self.lexer.environment.is_none() {
            let colon = if colon { ":" } else { "" };
            return Ok(format!("${{{name}{colon}{modifier}{word}}}"));
        }
        let set = value.filter(|value| !(colon && value.is_empty()));
        match modifier {
            '-' => Ok(set.unwrap_or(word)),
            '+' => Ok(set.map(|_| word).unwrap_or_default()),
            '?' => set.ok_or(Malformed),
            _ => trim(&set.map_or_else(|| self.unset(String::new()), Ok)?, modifier, &word),
        }
    }

    /// `${name/pattern/replacement}` and `${name//pattern/replacement}`.
    fn replaced(&mut self, name: &str, value: Option<String>) -> Result<String, Malformed> {
        let all = self.chars.next_if_eq(&'/').is_some();
        let pattern = self.until(Some('/'), true)?.text;
        let replacement = self.until(Some('}'), true)?.text;
        if value.is_none() && self.lexer.environment.is_none() {
            return Ok(format!("${{{name}/{pattern}/{replacement}}}"));
        }
        let value = value.map_or_else(|| self.unset(String::new()), Ok)?;
        let regex = shell_pattern(&pattern, true, "", "")?;
        let limit = if all { 0 } else { 1 };
        Ok(regex.replacen(&value, limit, regex::NoExpand(&replacement)).into_owned())
    }

    fn lookup(&self, name: &str) -> Option<String> {
        self.lexer.environment.and_then(|environment| environment(name))
    }

    /// An unset variable is empty (or an error), and stays as written where nothing is known.
    fn unset(&self, written: String) -> Result<String, Malformed> {
        match self.lexer.environment {
            None => Ok(written),
            Some(_) if self.lexer.strict => Err(Malformed),
            Some(_) => Ok(String::new()),
        }
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        match self.chars.peek() {
            Some(c) if c.is_numeric() => {
                while let Some(c) = self.chars.next_if(|c| c.is_numeric()) {
                    name.push(c);
                }
            }
            Some('@' | '*' | '#' | '?' | '-' | '$' | '!') => name.extend(self.chars.next()),
            _ => {
                while let Some(c) = self.chars.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    name.push(c);
                }
            }
        }
        name
    }
}

/// `${v#p}`, `${v##p}`, `${v%p}`, `${v%%p}`: drops the shortest or longest match at one end.
fn trim(value: &str, end: char, word: &str) -> Result<String, Malformed> {
    let (greedy, pattern) = match word.strip_prefix(end) {
        Some(pattern) => (true, pattern),
        None => (false, word),
    };
    if end == '#' {
        let regex = shell_pattern(pattern, greedy, "^", "")?;
        return Ok(regex.replace(value, "").into_owned());
    }
    // The shortest match at the end begins as late as possible: try each start.
    let regex = shell_pattern(pattern, true, "^", "$")?;
    let mut starts: Vec<usize> = value.char_indices().map(|(at, _)| at).collect();
    starts.push(value.len());
    if !greedy {
        starts.reverse();
    }
    let start = starts.into_iter().find(|start| regex.is_match(&value[*start..]));
    Ok(value[..start.unwrap_or(value.len())].to_owned())
}

/// A shell pattern (`*`, `?`, `\c`) as a regular expression.
pub(crate) fn shell_pattern(
    pattern: &str,
    greedy: bool,
    prefix: &str,
    suffix: &str,
) -> Result<Regex, Malformed> {
    let mut regex = format!("(?s){prefix}");
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' if greedy => regex.push_str(".*"),
            '*' => regex.push_str(".*?"),
            '?' => regex.push('.'),
            '\\' => {
                let escaped = chars.next().ok_or(Malformed)?;
                regex.push_str(&regex::escape(escaped.encode_utf8(&mut [0; 4])));
            }
            _ => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push_str(suffix);
    Regex::new(&regex).map_err(|_| Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_expand_as_docker_expands_them() {
        let environment = |name: &str| match name {
            "V" => Some("17.0.2".to_owned()),
            "E" => Some(String::new()),
            _ => None,
        };
        let lexer = Lexer { environment: Some(&environment), ..Lexer::new('\\') };
        let table = [
            ("a${V}b", Ok("a17.0.2b")),
            ("$V-jre", Ok("17.0.2-jre")),
            ("${U:-8}", Ok("8")),
            ("${E:-8}", Ok("8")),
            ("${E-8}", Ok("")),
            ("${V:+set}", Ok("set")),
            ("${U+set}", Ok("")),
            ("${V%.*}", Ok("17.0")),
            ("${V%%.*}", Ok("17")),
            ("${V#*.}", Ok("0.2")),
            ("${V##*.}", Ok("2")),
            ("${V/./-}", Ok("17-0.2")),
            ("${V//./-}", Ok("17-0-2")),
            ("${U}", Ok("")),
            ("\"a $V\" 'b $V' \\$V", Ok("a 17.0.2 b $V $V")),
            ("${V", Err(Malformed)),
            ("${V!x}", Err(Malformed)),
            ("'open", Err(Malformed)),
            ("${U:-${U:-${U:-deep}}}", Ok("deep")),
        ];
        for (text, expected) in table {
            assert_eq!(lexer.value(text), expected.map(str::to_owned), "{text}");
        }
    }

    #[test]
    fn endless_nesting_is_malformed_and_does_not_overflow() {
        let text = format!("{}{}", "${U:-".repeat(500_000), "}".repeat(500_000));
        assert_eq!(Lexer::new('\\').value(&text), Err(Malformed));
    }

    #[test]
    fn words_split_at_blanks_outside_quotes() {
        let words = Lexer::new('\\').words("a  'b c' \"d\\\" e\" f\\ g $x").unwrap();
        assert_eq!(words, ["a", "b c", "d\" e", "f g", "$x"]);
    }
}
