//! What YAML sets in by blanks: an item or a key is a line, or some, that begin at the column of the others.

use std::collections::{BTreeMap, BTreeSet};

use super::super::is_key;
use super::scalar::{Quotes, respliced, still_plain};
use super::{Amendment, Edit, Node, Span, Value, all, line_break, line_start};

/// Lines that come in behind others.
pub(super) struct Inserted {
    at: usize,
    /// Where the list or map begins that they go into. Behind one line those of the innermost come first: it
    /// ends there, and what holds it does too.
    holder: usize,
    text: String,
}

/// Lines that come in at one place, as one edit.
pub(super) fn together(mut lines: Vec<Inserted>) -> Vec<Edit> {
    lines.sort_by_key(|one| (one.at, std::cmp::Reverse(one.holder)));
    let mut edits: Vec<Edit> = Vec::new();
    for line in lines {
        match edits.last_mut().filter(|last| last.span.start == line.at) {
            Some(last) => last.text.push_str(&line.text),
            None => edits.push(Edit { span: line.at..line.at, text: line.text }),
        }
    }
    edits
}

/// The edits that carry out wishes about a value that stands in no brackets.
pub(super) fn edits(
    text: &str,
    root: &Node,
    node: &Node,
    wishes: &[&Amendment],
) -> Result<(Vec<Edit>, Vec<Inserted>), String> {
    let manner = Manner::of(text, root);
    if let [Amendment::Replace { value, .. }] = wishes {
        let text = manner.replaced(node, value)?;
        return Ok((vec![Edit { span: node.span.clone(), text }], Vec::new()));
    }
    let holder = Holder { elements: elements(text, node), node, manner: &manner };
    holder.edits(wishes)
}

/// How a file is written.
struct Manner<'a> {
    text: &'a str,
    /// What the keys of a map are set in by, in blanks, from the key that holds it.
    map: usize,
    /// The same of the dashes of a list.
    list: usize,
    /// How texts are quoted that need no quotes.
    usual: Quotes,
    /// How texts are quoted that do.
    needed: Quotes,
    /// Lists of plain values stand in brackets.
    lists_in_brackets: bool,
}

impl<'a> Manner<'a> {
    fn of(text: &'a str, root: &Node) -> Self {
        let nodes = all(root);
        let written = |node: &Node| text.get(node.span.clone()).unwrap_or_default();
        let in_brackets = |node: &Node| written(node).starts_with(['[', '{']);
        let deeper = |is_wanted: fn(&Value) -> bool| {
            let entries =
                nodes.iter().filter(|node| !in_brackets(node)).flat_map(|node| node.entries());
            let values =
                entries.filter(|one| is_wanted(&one.node.value) && !in_brackets(&one.node));
            let mut deeper = values.filter_map(|one| {
                column(text, one.node.span.start).checked_sub(column(text, one.key_span.start))
            });
            deeper.next()
        };
        let quotes = |needs: bool| {
            let texts =
                nodes.iter().filter_map(|node| Some((Quotes::of(written(node))?, node.text()?)));
            let of_kind = texts.filter(|(_, text)| (Quotes::Plain.around(text) != *text) == needs);
            let mut counts: BTreeMap<Quotes, usize> = BTreeMap::new();
            of_kind.for_each(|(quotes, _)| *counts.entry(quotes).or_default() += 1);
            // Of two that are as usual, the plainer.
            counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(quotes, _)| quotes)
        };
        let is_map = |value: &Value| matches!(value, Value::Map(entries) if !entries.is_empty());
        let is_list = |value: &Value| matches!(value, Value::List(items) if !items.is_empty());
        let map = deeper(is_map).filter(|deeper| *deeper > 0).unwrap_or(2);
        let plain_lists = nodes.iter().filter(|node| is_list(&node.value));
        let mut plain_lists =
            plain_lists.filter(|node| node.items().iter().all(|one| one.value.is_scalar()));
        Self {
            text,
            map,
            list: deeper(is_list).unwrap_or(map),
            usual: quotes(false).unwrap_or(Quotes::Plain),
            needed: quotes(true).filter(|one| *one != Quotes::Plain).unwrap_or(Quotes::Double),
            lists_in_brackets: plain_lists.any(|node| in_brackets(node)),
        }
    }

    fn scalar(&self, value: &Value) -> String {
        match value {
            Value::Null => "null".to_owned(),
            Value::Bool(is_true) => is_true.to_string(),
            Value::Number(text) | Value::Unknown(text) => text.clone(),
            Value::Text(text) => self.quoted(text, self.usual),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(|one| self.scalar(&one.value)).collect();
                format!("[{}]", items.join(", "))
            }
            // Only an empty one stands on one line.
            Value::Map(_) => "{}".to_owned(),
        }
    }

    fn quoted(&self, text: &str, quotes: Quotes) -> String {
        let needs_quotes = quotes == Quotes::Plain && Quotes::Plain.around(text) != text;
        if needs_quotes { self.needed.around(text) } else { quotes.around(text) }
    }

    /// A value as lines; `None` where it stands on the line of its key or dash.
    fn lines(&self, value: &Value) -> Option<Vec<String>> {
        match value {
            Value::Map(entries) if !entries.is_empty() => {
                Some(entries.iter().flat_map(|one| self.entry(&one.key, &one.node.value)).collect())
            }
            Value::List(items) if !items.is_empty() => {
                let is_plain = items.iter().all(|one| one.value.is_scalar());
                if is_plain && self.lists_in_brackets {
                    return None;
                }
                Some(items.iter().flat_map(|one| self.item(&one.value, self.usual)).collect())
            }
            _ => None,
        }
    }

    /// The lines of an item of a list.
    fn item(&self, value: &Value, quotes: Quotes) -> Vec<String> {
        let lines = match value {
            Value::Text(text) => vec![self.quoted(text, quotes)],
            _ => self.lines(value).unwrap_or_else(|| vec![self.scalar(value)]),
        };
        let marked = lines.iter().enumerate().map(|(at, line)| match at {
            0 => format!("- {line}"),
            _ => format!("  {line}"),
        });
        marked.collect()
    }

    /// The lines of a key and its value.
    fn entry(&self, key: &str, value: &Value) -> Vec<String> {
        let key = Quotes::Plain.around(key);
        let Some(lines) = self.lines(value) else {
            return vec![format!("{key}: {}", self.scalar(value))];
        };
        let deeper = if matches!(value, Value::List(_)) { self.list } else { self.map };
        let lines = lines.into_iter().map(|line| format!("{}{line}", " ".repeat(deeper)));
        std::iter::once(format!("{key}:")).chain(lines).collect()
    }

    /// Another value in place of a plain one, with its quotes or in its lines.
    fn replaced(&self, node: &Node, value: &Value) -> Result<String, String> {
        let Value::Text(new) = value else { return Ok(self.scalar(value)) };
        let written = self.text.get(node.span.clone()).unwrap_or_default();
        let old = node.text().ok_or("what stands there is no text")?;
        let quotes = Quotes::of(written);
        let kept = match quotes {
            Some(Quotes::Plain) => still_plain(old, new),
            None => respliced(written, old, new),
            Some(_) => None,
        };
        Ok(kept.unwrap_or_else(|| self.quoted(new, quotes.unwrap_or(self.needed))))
    }
}

/// How many bytes stand in front of a byte in its line.
fn column(text: &str, at: usize) -> usize {
    at - line_start(text, at)
}

/// Where the line ends that holds a byte, in front of its line break.
fn line_end(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    let end = rest.find('\n').map_or(text.len(), |end| at + end);
    let line = text.get(at..end).unwrap_or_default();
    if line.ends_with('\r') { end - 1 } else { end }
}

/// From the dash of each item, or from each key, to the end of its value.
fn elements(text: &str, node: &Node) -> Vec<Span> {
    // What a merge key brings in stands elsewhere.
    let is_own = |span: &Span| node.span.start <= span.start && span.end <= node.span.end;
    let keys = node.entries().iter().filter(|one| is_own(&one.key_span));
    let mut elements: Vec<Span> =
        keys.map(|one| one.key_span.start..one.node.span.end.max(one.key_span.end)).collect();
    let mut dash = node.span.start;
    for item in node.items() {
        elements.push(dash..item.span.end.max(dash + 1));
        dash = next_dash(text, item.span.end, column(text, node.span.start)).unwrap_or(dash);
    }
    elements
}

/// The dash of the next item of a list: the first line behind the last one that has it at that column.
fn next_dash(text: &str, from: usize, column: usize) -> Option<usize> {
    let mut start = line_end(text, from);
    loop {
        start += text.get(start..)?.find('\n')? + 1;
        let line = text.get(start..line_end(text, start))?;
        if line.trim_start_matches(' ').starts_with('-') && line.find('-') == Some(column) {
            return Some(start + column);
        }
    }
}

/// A list or map that changes.
struct Holder<'a> {
    manner: &'a Manner<'a>,
    node: &'a Node,
    elements: Vec<Span>,
}

impl Holder<'_> {
    fn edits(&self, wishes: &[&Amendment]) -> Result<(Vec<Edit>, Vec<Inserted>), String> {
        let (mut edits, mut taken, mut filled) = (Vec::new(), BTreeSet::new(), Vec::new());
        let mut inserted: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        let count = self.elements.len();
        for wish in wishes {
            match wish {
                Amendment::Insert { at, items, .. } => {
                    let lines =
                        items.iter().flat_map(|one| self.manner.item(one, self.quotes(*at)));
                    inserted.entry((*at).min(count)).or_default().extend(lines);
                }
                Amendment::TakeItem { at, .. } => {
                    taken.insert(*at);
                }
                Amendment::Set { key, value, .. } => {
                    let lines = self.manner.entry(key, value);
                    match self.node.entries().iter().find(|one| is_key(&one.key, key)) {
                        Some(null) if null.node.span.is_empty() => {
                            filled.push(self.filled(null.key_span.end, &lines)?);
                        }
                        Some(null) => {
                            let Inserted { at, text, .. } =
                                self.filled(null.key_span.end, &lines)?;
                            edits.push(Edit { span: at..null.node.span.end, text });
                        }

                        None => inserted.entry(count).or_default().extend(lines),
                    }
                }
                Amendment::TakeKey { key, .. } => {
                    let entry = self.node.entries().iter().find(|one| one.key == *key);
                    let start = entry.ok_or("there is no such key")?.key_span.start;
                    let at = self.elements.iter().position(|one| one.start == start);
                    taken.insert(at.ok_or("the key stands elsewhere")?);
                }
                Amendment::Replace { .. } => {
                    return Err("a list or map has no one value".to_owned());
                }
            }
        }
        edits.extend(self.without(&taken, inserted.is_empty())?);
        for (at, lines) in inserted {
            filled.push(self.inserted(at, &lines, &taken)?);
        }
        Ok((edits, filled))
    }

    /// The quotes of the text in front of a place, or else of the one behind it.
    fn quotes(&self, at: usize) -> Quotes {
        let items = self.node.items();
        let before = items.get(..at.min(items.len())).unwrap_or_default().iter().rev();
        let mut texts = before.chain(items).filter(|one| one.text().is_some());
        let written = |node: &Node| self.manner.text.get(node.span.clone());
        texts.find_map(|one| Quotes::of(written(one)?)).unwrap_or(self.manner.usual)
    }

    /// A value behind the colon of its key, which has none.
    fn filled(&self, key_end: usize, lines: &[String]) -> Result<Inserted, String> {
        let text = self.manner.text;
        let behind = text.get(key_end..).unwrap_or_default();
        let colon = key_end + behind.find(':').ok_or("the key has no colon")? + 1;
        let written = self.set_in(lines);
        let value = written.split_once(':').map(|(_, value)| value).unwrap_or_default();
        Ok(Inserted { at: colon, holder: colon, text: value.to_owned() })
    }

    /// The column of its dashes or keys.
    fn column(&self) -> usize {
        column(self.manner.text, self.node.span.start)
    }

    fn newline(&self) -> &'static str {
        line_break(self.manner.text, self.node.span.start)
    }

    /// Lines at its column, but for the first.
    fn set_in(&self, lines: &[String]) -> String {
        lines.join(&format!("{}{}", self.newline(), " ".repeat(self.column())))
    }

    /// Lines behind the element in front of a place that stays, or in front of the first.
    fn inserted(
        &self,
        at: usize,
        lines: &[String],
        taken: &BTreeSet<usize>,
    ) -> Result<Inserted, String> {
        let (text, column, newline) = (self.manner.text, self.column(), self.newline());
        let holder = self.node.span.start;
        let before = (0..at).rev().find(|at| !taken.contains(at));
        let lines = self.set_in(lines);
        let blanks = " ".repeat(column);
        match before.and_then(|at| self.elements.get(at)) {
            Some(before) => {
                // Of a map the last line may be a merge key, which is no element.
                let is_last = at == self.elements.len() && taken.is_empty();
                let end = if is_last { self.node.span.end } else { before.end };
                let text = format!("{newline}{blanks}{lines}");
                Ok(Inserted { at: line_end(self.manner.text, end), holder, text })
            }
            None => {
                let start = line_start(text, self.node.span.start);
                let is_alone = text.get(start..self.node.span.start) == Some(&blanks);
                is_alone.then_some(()).ok_or("there is no line to put it in front of")?;
                let own = format!("{blanks}{lines}");
                let (at, text) = match start.checked_sub(1) {
                    Some(above) => {
                        (line_end(text, line_start(text, above)), newline.to_owned() + &own)
                    }
                    None => (0, own + newline),
                };
                Ok(Inserted { at, holder, text })
            }
        }
    }

    /// The edits that take elements out, with their lines.
    fn without(
        &self,
        taken: &BTreeSet<usize>,
        nothing_comes_in: bool,
    ) -> Result<Vec<Edit>, String> {
        let (text, mut edits) = (self.manner.text, Vec::new());
        if !taken.is_empty() && taken.len() == self.elements.len() && nothing_comes_in {
            let empty = if matches!(self.node.value, Value::List(_)) { "[]" } else { "{}" };
            // At the column of its key a bracket would begin something new.
            let empty = format!("{}{empty}", " ".repeat(self.manner.map));
            return Ok(vec![Edit { span: self.node.span.clone(), text: empty }]);
        }
        for at in taken {
            let element = self.elements.get(*at).ok_or("there is no such item")?;
            let start = line_start(text, element.start);
            let is_alone = text.get(start..element.start).is_some_and(|own| own.trim().is_empty());
            let next = self.elements.get(at + 1);
            let span = match (is_alone, next) {
                (false, Some(next)) => element.start..next.start,
                (false, None) => return Err("it begins a line with something else".to_owned()),
                (true, _) => whole_lines(text, start, element.end),
            };
            edits.push(Edit { span, text: String::new() });
        }
        Ok(edits)
    }
}

/// All of the lines from one byte to another, with the line break in front of them: so what goes next to each
/// other keeps apart, and a file without one at its end stays so.
fn whole_lines(text: &str, start: usize, end: usize) -> Span {
    let end = line_end(text, end);
    match start.checked_sub(1) {
        Some(line_break) => line_end(text, line_start(text, line_break))..end,
        None => 0..end + text.get(end..).and_then(|rest| Some(rest.find('\n')? + 1)).unwrap_or(0),
    }
}
