//! What a dialect is given: the head, the content as it means (content codings undone), and what the service's
//! declaration brings along. Asking for content that is not here yet, or cannot be looked into, ends the reading
//! with the right answer by itself (`?`).

use std::borrow::Cow;
use std::cell::OnceCell;

use crate::classify::content;
use crate::classify::decode;
use crate::classify::operation::Otherwise;
use crate::classify::overrides;
use crate::classify::parameters::{self, Parameters};
use crate::classify::said::{Content, Request};
use crate::classify::service::Service;
use crate::json::{self, Document};
use crate::limits;
use crate::snapshot::Head;

/// A request as a dialect sees it.
pub(super) struct Asked<'a> {
    pub(super) head: &'a Head,
    /// The service that is declared for this request. Where there is none, the dialect answers only what is
    /// unmistakable by its shape, and its word can only raise.
    pub(super) service: Option<&'a Service>,
    content: Content<'a>,
    decoded: &'a OnceCell<Result<Cow<'a, [u8]>, String>>,
    parsed: &'a OnceCell<Result<Document<'a>, String>>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(
        request: &Request<'a>,
        decoded: &'a OnceCell<Result<Cow<'a, [u8]>, String>>,
        parsed: &'a OnceCell<Result<Document<'a>, String>>,
        service: Option<&'a Service>,
    ) -> Self {
        Self { head: request.head, service, content: request.content, decoded, parsed }
    }

    /// Whether the request has content, or announces some.
    pub(super) fn has_content(&self) -> bool {
        !matches!(self.content, Content::None)
    }

    /// The content as it means, all of it; empty where there is none.
    pub(super) fn content(&self) -> Result<&'a [u8], Otherwise> {
        let bytes = match self.content {
            Content::None => return Ok(&[]),
            Content::Announced => return Err(Otherwise::NeedsBody),
            Content::Memory(bytes) if bytes.len() <= limits::INSPECT_BYTES_MAX => bytes,
            Content::Memory(bytes) => return Err(too_large(bytes.len() as u64)),
            Content::Beginning(_, len) => return Err(too_large(len)),
        };
        if !self.is_plain_text() {
            return Err(Otherwise::unclear("content: its type names a character set that is not read here"));
        }
        let decoded = self.decoded.get_or_init(|| decode::content(self.head, bytes));
        decoded.as_deref().map_err(|why| Otherwise::Unclear(format!("content: {why}")))
    }

    /// Whether every reader sees the same ASCII characters: in UTF-7 or EBCDIC the same bytes are another document
    /// (CASES CL-27).
    fn is_plain_text(&self) -> bool {
        let plain = ["utf-8", "utf8", "us-ascii", "ascii", "iso-8859-1"];
        self.content_type().is_none_or(|(_, parameters)| {
            let mut named = parameters.iter().filter(|(name, _)| name == "charset");
            named.all(|(_, value)| plain.iter().any(|known| value.eq_ignore_ascii_case(known)))
        })
    }

    /// The content as one strict JSON text, read once for all dialects.
    pub(super) fn json(&self) -> Result<&'a Document<'a>, Otherwise> {
        let bytes = self.content()?;
        let parsed = self.parsed.get_or_init(|| json::read(bytes).map_err(|trouble| trouble.to_string()));
        parsed.as_ref().map_err(|why| Otherwise::Unclear(format!("JSON: {why}")))
    }

    /// The bytes at the beginning of the content as they were sent, for what says at its beginning all that matters,
    /// and whether they are all.
    pub(super) fn beginning(&self) -> Result<(&'a [u8], bool), Otherwise> {
        match self.content {
            Content::Beginning(bytes, _) if !content::is_encoded(self.head) => Ok((bytes, false)),
            _ => Ok((self.content()?, true)),
        }
    }

    /// Type and subtype in lower case with parameters; `None` where there is no content type or it is unclear.
    pub(super) fn content_type(&self) -> Option<(String, Parameters)> {
        let mut values = self.head.values("content-type");
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        std::str::from_utf8(value).ok().and_then(parameters::parse)
    }

    /// The type and subtype alone, in lower case; empty where there is none.
    pub(super) fn media_type(&self) -> String {
        self.content_type().map(|(essence, _)| essence).unwrap_or_default()
    }

    /// Whether the content type is JSON: `application/json`, `…+json`.
    pub(super) fn is_json(&self) -> bool {
        let essence = self.media_type();
        matches!(essence.as_str(), "application/json" | "text/json") || essence.ends_with("+json")
    }

    /// A single value of a field as text. `None` where it is absent, repeated or not ASCII-compatible text.
    pub(super) fn field(&self, name: &'a str) -> Option<&'a str> {
        let mut values = self.head.values(name);
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        std::str::from_utf8(value).ok()
    }

    /// The query's pairs, decoded. Of a declared service they may make a request a read, so there what services
    /// split in two ways is unclear: some end a pair at a semicolon, some take it for a character, and Go's standard
    /// library drops the pair that has one (`dryRun=All;`).
    pub(super) fn query(&self) -> Result<Vec<(Cow<'a, str>, String)>, Otherwise> {
        self.pairs(self.head.query().unwrap_or_default().as_bytes(), "query")
    }

    /// Whether a key of the query may be taken for this one. Allocates only to undo escapes.
    pub(super) fn query_names(&self, name: &str) -> bool {
        let query = self.head.query().unwrap_or_default();
        overrides::borrowed_pairs(query.as_bytes()).any(|(key, _)| overrides::is_key(&key, name))
    }

    /// The pairs of a form, as those of the query.
    pub(super) fn form(&self) -> Result<Vec<(Cow<'a, str>, String)>, Otherwise> {
        self.pairs(self.content()?, "form")
    }

    fn pairs(&self, text: &'a [u8], place: &str) -> Result<Vec<(Cow<'a, str>, String)>, Otherwise> {
        if self.service.is_some() && text.contains(&b';') {
            return Err(Otherwise::Unclear(format!(
                "a semicolon in the {place}, where services split or do not"
            )));
        }
        Ok(overrides::pairs(text).collect())
    }
}

fn too_large(len: u64) -> Otherwise {
    Otherwise::Unclear(format!(
        "content: its {len} bytes are more than the {} that are looked into",
        limits::INSPECT_BYTES_MAX
    ))
}
