//! XML read so strictly that no two readers can see different elements: UTF-8 without BOM, no document type, no
//! entities but the five of XML itself and character references, no processing instructions, depth and size bounded,
//! no recursion (CASES CL-39). Names are local names; who cares for namespaces compares prefixes.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::limits;

/// An element, in document order.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Element {
    /// The root has 0.
    pub(super) depth: usize,
    /// Without its prefix.
    pub(super) name: String,
    pub(super) prefix: String,
    /// The text directly in it, references resolved.
    pub(super) text: String,
    /// A comment or CDATA stands in its text.
    pub(super) cut: bool,
}

/// All elements of a document; where an element's children are is told by `depth`.
#[derive(Debug)]
pub(super) struct Document(Vec<Element>);

impl Document {
    /// Reads it. The error is in words for people.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, &'static str> {
        let text = std::str::from_utf8(bytes).map_err(|_| "the XML is not UTF-8")?;
        if text.starts_with('\u{feff}') {
            return Err("the XML begins with a byte order mark");
        }
        let mut reader = Reader::from_str(text);
        let mut builder = Builder::default();
        while builder.take(reader.read_event().map_err(|_| "the XML is not well-formed")?)? {}
        builder.finish()
    }

    /// The root element's place.
    pub(super) fn root(&self) -> usize {
        0
    }

    pub(super) fn element(&self, at: usize) -> &Element {
        &self.0[at]
    }

    /// The places of an element's children.
    pub(super) fn children(&self, of: usize) -> impl Iterator<Item = usize> {
        let depth = self.0[of].depth;
        let tail = self.0[of + 1..].iter().enumerate();
        let inside = tail.take_while(move |(_, element)| element.depth > depth);
        inside.filter(move |(_, element)| element.depth == depth + 1).map(move |(index, _)| of + 1 + index)
    }

    /// The only child of this name; `None` where there is none, or more than one.
    pub(super) fn only(&self, of: usize, name: &str) -> Option<usize> {
        let mut found = self.children(of).filter(|at| self.0[*at].name == name);
        found.next().filter(|_| found.next().is_none())
    }
}

#[derive(Default)]
struct Builder {
    elements: Vec<Element>,
    /// The places of the elements that are open.
    open: Vec<usize>,
    over: bool,
}

impl Builder {
    /// Takes one event; `false` at the end.
    fn take(&mut self, event: Event<'_>) -> Result<bool, &'static str> {
        match event {
            Event::Start(start) => self.start(&start, true)?,
            Event::Empty(start) => self.start(&start, false)?,
            Event::End(_) => {
                self.open.pop();
                self.over = self.open.is_empty();
            }
            Event::Text(text) => self.text(&text.xml10_content())?,
            Event::CData(text) => {
                self.cut();
                self.text(&text.xml10_content())?;
            }
            Event::GeneralRef(reference) => {
                let named = match reference.xml10_content().as_ref() {
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "amp" => Some('&'),
                    "apos" => Some('\''),
                    "quot" => Some('"'),
                    _ => reference
                        .resolve_char_ref()
                        .map_err(|_| "a character reference names no character")?,
                };
                self.text(named.ok_or("the XML refers to an entity of its own")?.encode_utf8(&mut [0; 4]))?;
            }
            Event::Comment(_) => self.cut(),
            Event::Decl(declaration) => match declaration.encoding() {
                None => {}
                Some(Ok(name)) if name.eq_ignore_ascii_case("utf-8") => {}
                Some(_) => return Err("the XML declares another encoding than UTF-8"),
            },
            Event::PI(_) => return Err("the XML has a processing instruction"),
            Event::DocType(_) => return Err("the XML has a document type"),
            Event::Eof => return Ok(false),
        }
        Ok(true)
    }

    fn start(&mut self, start: &BytesStart<'_>, opens: bool) -> Result<(), &'static str> {
        if self.over
            || self.elements.len() >= limits::XML_ELEMENTS_MAX
            || self.open.len() >= limits::XML_DEPTH_MAX
        {
            return Err("the XML has too many elements, too deep, or two roots");
        }
        let name = start.name();
        let name: &str = name.as_ref();
        let (prefix, local) = name.split_once(':').unwrap_or(("", name));
        if local.is_empty() || local.contains(':') || (prefix.is_empty() && name.starts_with(':')) {
            return Err("the XML has a name with more than one colon, or with nothing beside it");
        }
        self.elements.push(Element {
            depth: self.open.len(),
            name: local.to_owned(),
            prefix: prefix.to_owned(),
            text: String::new(),
            cut: false,
        });
        if opens {
            self.open.push(self.elements.len() - 1);
        } else {
            self.over = self.open.is_empty();
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), &'static str> {
        match self.open.last() {
            Some(at) => self.elements[*at].text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err("the XML has text outside its root"),
        }
        Ok(())
    }

    /// Some readers take an element's first piece of text for all of it.
    fn cut(&mut self) {
        if let Some(at) = self.open.last() {
            self.elements[*at].cut = true;
        }
    }

    fn finish(self) -> Result<Document, &'static str> {
        if self.over && !self.elements.is_empty() {
            Ok(Document(self.elements))
        } else {
            Err("the XML ends too early")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_found_by_their_local_names_and_their_text_is_resolved() {
        let text = "<?xml version='1.0' encoding='UTF-8'?><!-- x --><a:b xmlns:a='u'><c>1 &lt; <![CDATA[2 & ]]>&#51;</c><d/></a:b>\n";
        let document = Document::read(text.as_bytes()).unwrap();
        let children: Vec<_> = document.children(0).map(|at| document.element(at).name.as_str()).collect();
        assert_eq!(children, ["c", "d"]);
        assert_eq!(document.element(0).prefix, "a");
        assert_eq!(document.element(document.only(0, "c").unwrap()).text, "1 < 2 & 3");
        assert_eq!(document.only(0, "e"), None);
    }

    /// CASES CL-39
    #[test]
    fn what_two_readers_could_take_for_two_things_is_an_error() {
        for text in [
            "",
            "x",
            "<a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>x",
            "\u{feff}<a/>",
            "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>",
            "<a>&x;</a>",
            "<a>&#0;</a>",
            "<?xml version='1.0' encoding='utf-16'?><a/>",
            "<?xml-stylesheet href='x'?><a/>",
        ] {
            assert!(Document::read(text.as_bytes()).is_err(), "{text:?}");
        }
        assert!(Document::read(b"<a>\xff</a>").is_err());
        for count in [limits::XML_DEPTH_MAX + 1, 100_000] {
            assert!(
                Document::read(format!("{}{}", "<a>".repeat(count), "</a>".repeat(count)).as_bytes())
                    .is_err()
            );
        }
    }
}
