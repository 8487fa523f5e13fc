//! YAML, as `docker compose`, Kubernetes and CloudFormation read it: several documents a file, anchors, merge
//! keys, tags. The only file that names the `granit-parser` crate. What a tag makes of a value (`!Ref`, `!Sub`) is
//! worked out when the file is used: [`Value::Unknown`].
//! <https://yaml.org/spec/1.2.2/>

use std::collections::{BTreeMap, HashSet};

use granit_parser::{Event, Parser, ScalarStyle, ScanError, Span as Place, StrInput, Tag};

use super::{Documents, Entry, Node, Unread, Value};
use crate::source::Span;

/// So many values may come in by aliases: a few lines can name more than a memory holds.
const MOST_BY_ALIAS: usize = 100_000;
/// The key whose maps are merged into the one that holds it.
/// <https://yaml.org/type/merge.html>
const MERGE: &str = "<<";

/// Reads the documents of a text.
///
/// # Errors
/// Where it is no YAML, a key stands twice in a map, or aliases make too much of it.
pub fn read(text: &str) -> Result<Documents, Unread> {
    let mut reader = Reader {
        text,
        events: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        shared: Vec::new(),
        by_alias: 0,
        end: 0,
        key_end: None,
    };
    let mut roots = Vec::new();
    while let Some((event, place)) = reader.next()? {
        if event.is_node() {
            roots.push(reader.node(event, &place)?);
        }
    }
    // A document without a word in it is none.
    roots.retain(|root| root.value != Value::Null);
    Ok(Documents { roots, shared: reader.shared })
}

/// What of a scalar that stands without quotes is no text, by the core schema.
/// <https://yaml.org/spec/1.2.2/#103-core-schema>
pub(super) fn resolved(text: &str) -> Value {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ if number(text).is_some() => Value::Number(text.to_owned()),
        _ => Value::text(text),
    }
}

/// The number that a text stands for; none, where it stands for none.
pub(super) fn number(text: &str) -> Option<f64> {
    let based = |mark, radix| u64::from_str_radix(text.strip_prefix(mark)?, radix).ok();
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    let starts = unsigned.trim_start_matches('.').starts_with(|one: char| one.is_ascii_digit());
    #[expect(clippy::cast_precision_loss, reason = "both readers of a proof lose the same")]
    let whole = |number: u64| number as f64;
    match unsigned {
        ".inf" | ".Inf" | ".INF" => Some(sign * f64::INFINITY),
        _ if matches!(text, ".nan" | ".NaN" | ".NAN") => Some(f64::NAN),
        _ if starts && !unsigned.starts_with("0x") => {
            based("0o", 8).map(whole).or_else(|| Some(sign * unsigned.parse::<f64>().ok()?))
        }
        _ => based("0x", 16).map(whole),
    }
}

struct Reader<'t> {
    text: &'t str,
    events: Parser<'t, StrInput<'t>>,
    anchors: BTreeMap<usize, Node>,
    /// The values that aliases lead to.
    shared: Vec<Span>,
    by_alias: usize,
    /// Where the last event ended.
    end: usize,
    /// Where the key ended whose value comes next.
    key_end: Option<usize>,
}

type Told<'t> = (Event<'t>, Place);

impl<'t> Reader<'t> {
    /// The next event that is no comment.
    fn next(&mut self) -> Result<Option<Told<'t>>, Unread> {
        match self.events.next() {
            Some(told) => told.map(Some).map_err(|error| unread(&error)),
            None => Ok(None),
        }
    }

    /// The next event, within a list or map.
    fn inner(&mut self) -> Result<Told<'t>, Unread> {
        let ends =
            || Unread { offset: self.text.len(), message: "the text ends too early".to_owned() };
        let ends = ends();
        self.next()?.ok_or(ends)
    }

    fn node(&mut self, event: Event<'t>, place: &Place) -> Result<Node, Unread> {
        let span = place.byte_range().unwrap_or_default();
        let key_end = self.key_end.take();
        let tag_start = place.tag_span().and_then(|tag| tag.byte_range()).map(|tag| tag.start);
        let (node, anchor, tag) = match event {
            Event::Alias(id) => return self.alias(id, span),
            Event::Scalar(text, style, anchor, tag) => {
                let is_text =
                    style != ScalarStyle::Plain || tag.as_ref().is_some_and(|tag| is_text_tag(tag));
                let span = self.scalar_span(span, style);
                self.end = span.end.max(self.end);
                let value = if is_text { Value::text(text) } else { plain(&text, span.is_empty()) };
                (Node { span, value }, anchor, tag)
            }
            Event::SequenceStart(_, anchor, tag) => {
                let start = key_end.map_or(span.start, |end| self.first_dash(end, span.start));
                (self.list(start..span.end)?, anchor, tag)
            }
            Event::MappingStart(_, anchor, tag) => (self.map(span)?, anchor, tag),
            _ => return Err(Unread { offset: span.start, message: "no value".to_owned() }),
        };
        let node = match (tag, tag_start) {
            (Some(tag), start) if !is_core(&tag) => {
                let span = start.unwrap_or(node.span.start)..node.span.end;
                let written = self.text.get(span.clone()).unwrap_or_default().to_owned();
                Node { span, value: Value::Unknown(written) }
            }
            _ => node,
        };
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
        Ok(node)
    }

    /// What an alias leads to stands where it is written.
    fn alias(&mut self, id: usize, span: Span) -> Result<Node, Unread> {
        self.end = span.end;
        let said = |message: &str| Unread { offset: span.start, message: message.to_owned() };
        // It holds itself.
        let node = self.anchors.get(&id).ok_or_else(|| said("an alias within its own anchor"))?;
        self.by_alias += size(node);
        if self.by_alias > MOST_BY_ALIAS {
            return Err(said("aliases make too much of this file"));
        }
        if !self.shared.contains(&node.span) {
            self.shared.push(node.span.clone());
        }
        Ok(node.clone())
    }

    fn list(&mut self, start: Span) -> Result<Node, Unread> {
        self.end = start.end;
        let mut items = Vec::new();
        loop {
            let (event, place) = self.inner()?;
            if event == Event::SequenceEnd {
                let span = self.closed(start.start, &place);
                return Ok(Node { span, value: Value::List(items) });
            }
            items.push(self.node(event, &place)?);
        }
    }

    fn map(&mut self, start: Span) -> Result<Node, Unread> {
        self.end = start.end;
        let (mut own, mut merged): (Vec<Entry>, Vec<Entry>) = (Vec::new(), Vec::new());
        let mut names = HashSet::new();
        loop {
            let (event, place) = self.inner()?;
            if event == Event::MappingEnd {
                let span = self.closed(start.start, &place);
                // What a map says itself counts more than what it takes from others.
                merged.retain(|one| !names.contains(&one.key));
                merged.append(&mut own);
                return Ok(Node { span, value: Value::Map(merged) });
            }
            let key = self.node(event, &place)?;
            if !key.value.is_scalar() {
                // Twice an opening brace, as templates have it, is read so.
                let message = "a key that is no plain value".to_owned();
                return Err(Unread { offset: key.span.start, message });
            }
            let (event, place) = self.inner()?;
            self.key_end = Some(key.span.end);
            let node = self.node(event, &place)?;
            let is_merge = self.text.get(key.span.clone()) == Some(MERGE);
            match is_merge.then(|| maps(&node)).flatten() {
                Some(entries) => {
                    for entry in entries {
                        if merged.iter().all(|one| one.key != entry.key) {
                            merged.push(entry);
                        }
                    }
                }
                None => {
                    let name = self.key(&key);
                    // No one takes such a file: compose, Kubernetes and CloudFormation refuse it.
                    if !names.insert(name.clone()) {
                        let message = format!("the key {name:?} stands twice in a map");
                        return Err(Unread { offset: key.span.start, message });
                    }
                    own.push(Entry { key: name, key_span: key.span, node });
                }
            }
        }
    }

    fn key(&self, node: &Node) -> String {
        match &node.value {
            Value::Text(text) => text.clone(),
            _ => self.text.get(node.span.clone()).unwrap_or_default().to_owned(),
        }
    }

    /// Where the list of a key begins: the parser gives its first item, where it is set in no deeper than
    /// the key.
    /// ```text
    /// key:
    /// - item
    /// ^
    /// ```
    fn first_dash(&self, key_end: usize, start: usize) -> usize {
        let between = self.text.get(key_end..start).unwrap_or_default();
        let mut at = key_end;
        for line in between.split_inclusive('\n') {
            let own = line.trim_start();
            if own.strip_prefix('-').is_some_and(|rest| rest.starts_with(char::is_whitespace)) {
                return at + line.len() - own.len();
            }
            at += line.len();
        }
        start
    }

    /// The bytes of a list or map: to its closing bracket, or to the end of the last value in it.
    fn closed(&mut self, start: usize, place: &Place) -> Span {
        let close = place.byte_range().unwrap_or_default();
        if !close.is_empty() {
            self.end = close.end;
        }
        start..self.end.max(start)
    }

    /// The bytes of a scalar; of a block scalar from its `|` or `>` to the last letter.
    fn scalar_span(&self, content: Span, style: ScalarStyle) -> Span {
        if !matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
            return content;
        }
        let before = self.text.get(self.end..content.start).unwrap_or_default();
        let mut in_comment = false;
        let header = before.char_indices().find(|(_, letter)| {
            in_comment = (in_comment || *letter == '#') && *letter != '\n';
            !in_comment && matches!(letter, '|' | '>')
        });
        let start = header.map_or(content.start, |(at, _)| self.end + at);
        let written = self.text.get(start..content.end).unwrap_or_default();
        start..start + written.trim_end().len()
    }
}

fn unread(error: &ScanError) -> Unread {
    let marker = error.marker();
    Unread { offset: marker.byte_offset().unwrap_or_default(), message: error.kind().to_string() }
}

/// A scalar without quotes. Where nothing stands there is no value.
fn plain(text: &str, is_empty: bool) -> Value {
    if is_empty { Value::Null } else { resolved(text) }
}

/// The tags that name a kind of plain value, rather than something to work out.
fn is_core(tag: &Tag) -> bool {
    tag.suffix().is_empty() || tag.handle() == "tag:yaml.org,2002:"
}

fn is_text_tag(tag: &Tag) -> bool {
    is_core(tag) && matches!(tag.suffix(), "" | "str")
}

/// The entries that a merge key brings in: of a map, or of several, the first of which counts most.
fn maps(node: &Node) -> Option<Vec<Entry>> {
    match &node.value {
        Value::Map(entries) => Some(entries.clone()),
        Value::List(items) => {
            let entries = items.iter().map(|one| match &one.value {
                Value::Map(entries) => Some(entries.clone()),
                _ => None,
            });
            Some(entries.collect::<Option<Vec<_>>>()?.concat())
        }
        _ => None,
    }
}

/// How many values a value holds, with itself.
fn size(node: &Node) -> usize {
    let items: usize = node.items().iter().map(size).sum();
    let entries: usize = node.entries().iter().map(|one| size(&one.node)).sum();
    1 + items + entries
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Node {
        read(text).unwrap().roots.remove(0)
    }

    #[test]
    fn values_stand_where_they_are_written() {
        let text = "\u{feff}# é\na:\n- 'it''s' # |\n- >- # > c\n  x\n  y\n\n- |\r\n  z\n- [b, {c: 1}]\n-\nd: &x !Sub \"q\"\n";
        let root = one(text);
        let shown = |node: &Node| &text[node.span.clone()];
        let items: Vec<_> = root.list("a").iter().map(shown).collect();
        assert_eq!(items, ["'it''s'", ">- # > c\n  x\n  y", "|\r\n  z", "[b, {c: 1}]", ""]);
        assert_eq!(root.list("a")[1].text(), Some("x y"));
        assert_eq!(root.list("a")[3].items()[1].number("c"), Some(1));
        assert_eq!(shown(root.get("a").unwrap()), &text[11..text.find("\nd").unwrap()]);
        assert_eq!(root.get("d").unwrap().value, Value::Unknown("!Sub \"q\"".to_owned()));
    }

    #[test]
    fn plain_scalars_are_what_the_core_schema_says() {
        for (text, expected) in [
            ("1", Value::Number("1".into())),
            ("-0.5e3", Value::Number("-0.5e3".into())),
            ("0x1F", Value::Number("0x1F".into())),
            ("1.2.3", Value::text("1.2.3")),
            ("infinity", Value::text("infinity")),
            ("-", Value::text("-")),
            ("yes", Value::text("yes")),
            ("True", Value::Bool(true)),
            ("~", Value::Null),
        ] {
            assert_eq!(resolved(text), expected, "{text}");
        }
        assert_eq!(one("a: !!str 1").text_of("a"), Some("1"));
        assert_eq!(one("a: \"1\"").text_of("a"), Some("1"));
    }

    #[test]
    fn anchors_aliases_and_merge_keys() {
        let text = "x: &x {a: 1, b: 2}\ny: &y\n  c: 3\nz:\n  <<: [*x, *y]\n  b: 4\nw: *x\n---\nq: 1\n---\n";
        let documents = read(text).unwrap();
        assert_eq!(documents.roots.len(), 2);
        let root = &documents.roots[0];
        let merged = root.get("z").unwrap();
        let keys: Vec<_> = merged.entries().iter().map(|one| one.key.as_str()).collect();
        assert_eq!(keys, ["a", "c", "b"]);
        assert_eq!(merged.number("b"), Some(4));
        assert_eq!(&text[root.get("w").unwrap().span.clone()], "{a: 1, b: 2}");
        let shared: Vec<_> = documents.shared.iter().map(|span| &text[span.clone()]).collect();
        assert_eq!(shared, ["{a: 1, b: 2}", "c: 3"]);
    }

    #[test]
    fn what_is_no_yaml_is_said_with_its_place() {
        for (text, offset) in [
            ("a:\n\t- b\n", 4),
            ("a: {{ .Values.b }}-x\n", 4),
            ("a: [b\nc: d\n", 7),
            ("a: *b\n", 3),
            ("a: &a [*a]\n", 7),
            ("a: {{ b }}\n", 4),
            ("a: 1\nb:\n  c: 1\n  c: 2\n", 17),
        ] {
            let unread = read(text).unwrap_err();
            assert_eq!(unread.offset, offset, "{text}: {}", unread.message);
        }
        let bomb: String = (1..30).fold("a0: &a0 [x, x]\n".to_owned(), |text, at| {
            format!("{text}a{at}: &a{at} [*a{0}, *a{0}]\n", at - 1)
        });
        assert!(read(&bomb).unwrap_err().message.contains("too much"));
        assert!(read(&"[".repeat(100_000)).is_err());
        assert!(read(&"- ".repeat(100_000)).is_err());
    }
}
