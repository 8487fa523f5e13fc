//! What stands in brackets, and new values written in the same manner: its indentation, its line breaks, its
//! blanks, its quotes.

use std::collections::{BTreeMap, BTreeSet};

use super::scalar::Quotes;
use super::{Amendment, Edit, Language, Node, Span, Value, all, elements, line_break, line_start};

/// The edits that carry out wishes about a value; the manner is that of all in `root`.
pub(super) fn edits(
    text: &str,
    language: Language,
    root: &Node,
    node: &Node,
    wishes: &[&Amendment],
) -> Result<Vec<Edit>, String> {
    let layout = Layout::of(text, language, root);
    if let [Amendment::Replace { scalar, value }] = wishes {
        let lines = Lines { newline: "\n", is_one_line: true };
        return Ok(vec![Edit { span: scalar.clone(), text: layout.written(value, "", lines) }]);
    }
    Holder { layout: &layout, node, elements: elements(node) }.edits(wishes)
}

/// The manner of a file.
struct Layout<'a> {
    text: &'a str,
    /// What a level is set in by.
    unit: String,
    /// Between a key and its value.
    colon: String,
    /// Between two values on one line.
    comma: &'static str,
    /// All of it stands on one line.
    is_one_line: bool,
    /// What stands behind the opening brace of a map of plain values on one line; none, where such maps
    /// go over several lines.
    inline_map: Option<String>,
    /// The same of lists.
    inline_list: Option<String>,
    /// How texts and keys are quoted.
    quotes: Quotes,
}

/// How a new value may go over lines.
#[derive(Clone, Copy)]
struct Lines {
    /// The line break.
    newline: &'static str,
    /// It may not.
    is_one_line: bool,
}

impl<'a> Layout<'a> {
    fn of(text: &'a str, language: Language, root: &Node) -> Self {
        let nodes = all(root);
        let between = |span: Span| text.get(span).unwrap_or_default();
        let is_one_line = !between(root.span.clone()).contains('\n');
        let is_plain = |node: &&&Node| {
            let values = node.items().iter().chain(node.entries().iter().map(|one| &one.node));
            values.map(|one| &one.value).all(Value::is_scalar)
        };
        // The first of its kind shows how they are written.
        let padding = |is_map: bool| {
            let of_kind = |node: &&&Node| matches!(node.value, Value::Map(_)) == is_map;
            let shown = nodes.iter().filter(of_kind).filter(is_plain).find_map(|node| {
                let first = elements(node).into_iter().next()?;
                Some((between(node.span.clone()), between(node.span.start + 1..first.start)))
            });
            match shown {
                Some((whole, padding)) if !whole.contains('\n') => Some(padding.to_owned()),
                Some(_) => None,
                None => (is_one_line || !is_map).then(String::new),
            }
        };
        let entries = || nodes.iter().flat_map(|node| node.entries());
        let colon = entries().next().map(|one| between(one.key_span.end..one.node.span.start));
        let colon = colon.filter(|colon| !colon.contains('\n')).unwrap_or(": ");
        let is_tight = is_one_line && !text.contains(", ") && !colon.contains(' ');
        Self {
            text,
            unit: unit(text, &nodes).unwrap_or_else(|| "  ".to_owned()),
            colon: colon.to_owned(),
            comma: if is_tight { "," } else { ", " },
            is_one_line,
            inline_map: padding(true),
            inline_list: padding(false),
            quotes: match language {
                Language::Yaml => quotes(text, &nodes),
                Language::Json | Language::Terraform => Quotes::Double,
            },
        }
    }

    /// The blanks at the beginning of the line that holds a byte.
    fn indentation(&self, at: usize) -> &'a str {
        let rest = self.text.get(line_start(self.text, at)..).unwrap_or_default();
        let length = rest.find(|letter: char| letter != ' ' && letter != '\t');
        rest.get(..length.unwrap_or(rest.len())).unwrap_or_default()
    }

    fn line_break(&self, at: usize) -> &'static str {
        line_break(self.text, at)
    }

    /// A value as text; `base` is the indentation of the line that it begins in.
    fn written(&self, value: &Value, base: &str, lines: Lines) -> String {
        let (open, close, inline, values) = match value {
            Value::List(items) => {
                ("[", "]", &self.inline_list, items.iter().map(|one| (None, one)).collect())
            }
            Value::Map(entries) => {
                let entries = entries.iter().map(|one| (Some(one.key.as_str()), &one.node));
                ("{", "}", &self.inline_map, entries.collect::<Vec<_>>())
            }
            Value::Null => return "null".to_owned(),
            Value::Bool(is_true) => return is_true.to_string(),
            Value::Number(text) | Value::Unknown(text) => return text.clone(),
            Value::Text(text) => return self.quotes.around(text),
        };
        let is_plain = values.iter().all(|(_, one)| one.value.is_scalar());
        let inline = inline.as_deref().filter(|_| is_plain);
        let is_inline = lines.is_one_line || values.is_empty();
        let inline = inline.or(is_inline.then_some(""));
        let inner = format!("{base}{}", self.unit);
        let texts: Vec<String> = values
            .iter()
            .map(|(key, one)| {
                let value = self.written(&one.value, &inner, lines);
                key.map_or_else(|| value.clone(), |key| self.entry(key, &value))
            })
            .collect();
        match inline {
            Some(padding) => format!("{open}{padding}{}{padding}{close}", texts.join(self.comma)),
            None => {
                let newline = lines.newline;
                let lines = texts.join(&format!(",{newline}{inner}"));
                format!("{open}{newline}{inner}{lines}{newline}{base}{close}")
            }
        }
    }

    fn entry(&self, key: &str, value: &str) -> String {
        format!("{}{}{value}", self.quotes.around(key), self.colon)
    }
}

/// The quotes of the last text.
fn quotes(text: &str, nodes: &[&Node]) -> Quotes {
    let texts = nodes.iter().rev().filter(|node| node.text().is_some());
    let mut quotes = texts.filter_map(|node| Quotes::of(text.get(node.span.clone())?));
    quotes.next().unwrap_or(Quotes::Double)
}

/// How much deeper the first value that stands on a line of its own is than what holds it.
fn unit(text: &str, nodes: &[&Node]) -> Option<String> {
    let line = |at: usize| text.get(line_start(text, at)..at);
    nodes.iter().find_map(|node| {
        let first = elements(node).into_iter().next()?;
        let own = line(first.start).filter(|own| own.trim().is_empty())?;
        let holder = line(node.span.start)?;
        let blanks = holder.len() - holder.trim_start().len();
        let deeper = own.strip_prefix(holder.get(..blanks)?)?;
        (!deeper.is_empty()).then(|| deeper.to_owned())
    })
}

/// A list or map that changes.
struct Holder<'a> {
    layout: &'a Layout<'a>,
    node: &'a Node,
    elements: Vec<Span>,
}

impl Holder<'_> {
    fn edits(&self, wishes: &[&Amendment]) -> Result<Vec<Edit>, String> {
        let mut edits = Vec::new();
        let mut taken: BTreeSet<usize> = BTreeSet::new();
        let mut inserted: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        let count = self.elements.len();
        for wish in wishes {
            match wish {
                Amendment::Insert { at, items, .. } => {
                    let texts = items.iter().map(|one| self.written(one));
                    inserted.entry((*at).min(count)).or_default().extend(texts);
                }
                Amendment::TakeItem { at, .. } => {
                    taken.insert(*at);
                }
                Amendment::Set { key, value, .. } => {
                    let null =
                        self.node.entries().iter().find(|one| super::super::is_key(&one.key, key));
                    match null {
                        Some(null) => {
                            let text = self.written(value);
                            edits.push(Edit { span: null.node.span.clone(), text });
                        }
                        None => {
                            let text = self.layout.entry(key, &self.written(value));
                            inserted.entry(count).or_default().push(text);
                        }
                    }
                }
                Amendment::TakeKey { key, .. } => {
                    let at = self.node.entries().iter().position(|one| one.key == *key);
                    taken.insert(at.ok_or("there is no such key")?);
                }
                Amendment::Replace { .. } => {
                    return Err("a list or map has no one value".to_owned());
                }
            }
        }
        edits.extend(self.of_elements(&taken, &inserted));
        Ok(edits)
    }

    fn of_elements(
        &self,
        taken: &BTreeSet<usize>,
        inserted: &BTreeMap<usize, Vec<String>>,
    ) -> Vec<Edit> {
        let mut edits = Vec::new();
        let kept = (0..self.elements.len()).find(|at| !taken.contains(at));
        let Some(first_kept) = kept else {
            let texts: Vec<String> = inserted.values().flatten().cloned().collect();
            edits.extend(self.refilled(&texts));
            return edits;
        };
        let element = |at: usize| self.elements.get(at).cloned().unwrap_or_default();
        if first_kept > 0 {
            let span = element(0).start..element(first_kept).start;
            edits.push(Edit { span, text: String::new() });
        }
        for at in taken.iter().filter(|at| **at > first_kept) {
            let span = element(at - 1).end..element(*at).end;
            edits.push(Edit { span, text: String::new() });
        }
        let separator = self.separator();
        for (at, texts) in inserted {
            let (place, text) = match at.checked_sub(1) {
                Some(before) => {
                    (element(before).end, format!("{separator}{}", texts.join(&separator)))
                }
                None => (element(0).start, format!("{}{separator}", texts.join(&separator))),
            };
            edits.push(Edit { span: place..place, text });
        }
        edits
    }

    /// Nothing of what stood there stays.
    fn refilled(&self, texts: &[String]) -> Option<Edit> {
        let (start, end) = (self.node.span.start + 1, self.node.span.end - 1);
        let Some((first, last)) = self.elements.first().zip(self.elements.last()) else {
            if texts.is_empty() {
                return None;
            }
            let text = match self.is_broken() {
                true => {
                    let newline = self.layout.line_break(start);
                    let base = self.layout.indentation(start);
                    let inner = format!("{newline}{base}{}", self.layout.unit);
                    format!("{inner}{}{newline}{base}", texts.join(&format!(",{inner}")))
                }
                false => texts.join(self.layout.comma),
            };
            return Some(Edit { span: start..end, text });
        };
        // An emptied list or map is `[]` or `{}`.
        let span = if texts.is_empty() { start..end } else { first.start..last.end };
        Some(Edit { span, text: texts.join(&self.separator()) })
    }

    /// Whether each element stands on a line of its own.
    fn is_broken(&self) -> bool {
        let text = self.layout.text;
        match self.elements.first() {
            Some(first) => {
                let before = text.get(self.node.span.start..first.start).unwrap_or_default();
                before.contains('\n')
            }
            // Of what is empty nobody knows: items are mostly written so.
            None => !self.layout.is_one_line,
        }
    }

    /// What stands between two elements.
    fn separator(&self) -> String {
        let text = self.layout.text;
        if let [.., before, last] = self.elements.as_slice() {
            let between = text.get(before.end..last.start).unwrap_or_default();
            if between.trim() == "," {
                // No blank goes in front of a line break.
                let line = between.find(['\r', '\n']).and_then(|end| between.get(end..));
                return line.map_or_else(|| between.to_owned(), |line| format!(",{line}"));
            }
        }
        match self.elements.last().filter(|_| self.is_broken()) {
            Some(last) => {
                let newline = self.layout.line_break(self.node.span.start);
                format!(",{newline}{}", self.layout.indentation(last.start))
            }
            None => self.layout.comma.to_owned(),
        }
    }

    fn written(&self, value: &Value) -> String {
        let layout = self.layout;
        let separator = self.separator();
        let base = match (self.elements.last(), separator.rsplit_once('\n')) {
            (Some(_), Some((_, indentation))) => indentation.to_owned(),
            (Some(last), None) => layout.indentation(last.end).to_owned(),
            (None, _) => format!("{}{}", layout.indentation(self.node.span.start), layout.unit),
        };
        let newline = layout.line_break(self.node.span.start);
        let own = layout.text.get(self.node.span.clone()).unwrap_or_default();
        // What stands on one line stays there.
        let is_one_line = layout.is_one_line || (!self.elements.is_empty() && !own.contains('\n'));
        layout.written(value, &base, Lines { newline, is_one_line })
    }
}
