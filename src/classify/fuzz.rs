//! The classifier's parsers as the fuzz targets call them: bytes in, plain values out.

pub use crate::classify::dialect::git::fuzz as git_commands;
pub use crate::classify::dialect::graphql::fuzz as graphql;
pub use crate::classify::dialect::http::sparql;
pub use crate::classify::dialect::sql::fuzz as sql;

use std::borrow::Cow;

use crate::classify::{decode, envelope, multipart as form, parameters, xml as document};
use crate::snapshot::Head;

/// The contents of the parts under a content type; `None` where the type or the parts cannot be read.
pub fn multipart<'a>(kind: &str, bytes: &'a [u8]) -> Option<Vec<&'a [u8]>> {
    let (_, parameters) = parameters::parse(kind)?;
    let sections = form::sections(bytes, &parameters).ok()?;
    let _ = form::parts(bytes, &parameters);
    let _ = envelope::parts(bytes, &parameters, 1);
    Some(sections.into_iter().map(|section| section.content).collect())
}

/// Depth, local name and text of each element.
pub fn xml(bytes: &[u8]) -> Option<Vec<(usize, String, String)>> {
    let read = document::Document::read(bytes).ok()?;
    let mut all = Vec::new();
    let mut open = vec![read.root()];
    while let Some(at) = open.pop() {
        let element = read.element(at);
        all.push((element.depth, element.name.clone(), element.text.clone()));
        open.extend(read.children(at).collect::<Vec<_>>().into_iter().rev());
    }
    Some(all)
}

/// The content with its codings undone.
pub fn content(head: &Head, bytes: &[u8]) -> Result<Vec<u8>, String> {
    decode::content(head, bytes).map(Cow::into_owned)
}
