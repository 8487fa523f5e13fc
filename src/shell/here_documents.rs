//! The here-documents of a command: the parser says where they open, their lines are found in the text.

use brush_parser::ast;

use crate::cooked::Cooked;
use crate::dockerfile::HereDocument;

/// The here-document that a redirection opens; `opened` is the offset behind the word that ends it. `None`
/// where its lines do not follow the line that opens it: those of another one do.
pub(super) fn read(
    text: &Cooked,
    document: &ast::IoHereDocument,
    opened: usize,
) -> Option<HereDocument> {
    let behind = text.text.get(opened..)?;
    let mut at = opened + behind.find('\n')? + 1;
    let mut body = Cooked::default();
    for expected in document.doc.value.split_inclusive('\n') {
        let line = text.text.get(at..)?.split_inclusive('\n').next()?;
        let content = if document.remove_tabs { line.trim_start_matches('\t') } else { line };
        if content != expected {
            return None;
        }
        let end = at + line.len();
        body.push_slice(text, end - content.len()..end);
        at = end;
    }
    let name = document.here_end.value.replace(['\'', '"', '\\'], "");
    let closing = text.text.get(at..)?.lines().next().unwrap_or_default();
    let closing = if document.remove_tabs { closing.trim_start_matches('\t') } else { closing };
    (closing == name).then_some(HereDocument { name, body, expands: document.requires_expansion })
}
