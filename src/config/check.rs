//! The checker: turns what is written into what it means, goes on after an error so that all of them are shown, and
//! counts a value with an error as its default. Nothing is made of the result unless there was no error.

use std::fs::File;
use std::ops::Range;
use std::path::Path;

use crate::config::raw::{Key, List};
use crate::config::source::{Complaint, Problem, Source, nearest};

/// One text of a list, with its place.
pub(super) type Item = (String, Range<usize>);

/// Errors and warnings so far.
#[derive(Debug)]
pub(super) struct Check<'s> {
    source: &'s Source<'s>,
    problems: Vec<Problem>,
    pub(super) warnings: Vec<String>,
    files: Look,
}

/// Whether the files that a config names are looked at. What only reads rules must do without them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    At,
    Away,
}

impl<'s> Check<'s> {
    /// Starts without any.
    pub(super) fn new(source: &'s Source<'s>, files: Look) -> Self {
        Self { source, problems: Vec::new(), warnings: Vec::new(), files }
    }

    /// A file that `serve` will read must be there.
    pub(super) fn file(&mut self, span: &Range<usize>, file: &Path) {
        if self.files == Look::Away {
            return;
        }
        let wrong = match File::open(file).and_then(|file| file.metadata()) {
            Ok(found) if found.is_file() => return,
            Ok(_) => "it is no file".to_owned(),
            Err(error) => error.to_string(),
        };
        let what = format!("{} cannot be read: {wrong}", file.display());
        self.error(span, Complaint::new(what).help("a relative path is relative to the working directory"));
    }

    /// The value as `read` understands it; the default where the key is absent or wrong.
    pub(super) fn value<T, U>(
        &mut self,
        key: Key<T>,
        default: U,
        read: impl FnOnce(T) -> Result<U, Complaint>,
    ) -> U {
        self.option(key, read).unwrap_or(default)
    }

    /// The same for keys without a default.
    pub(super) fn option<T, U>(
        &mut self,
        key: Key<T>,
        read: impl FnOnce(T) -> Result<U, Complaint>,
    ) -> Option<U> {
        let key = key?;
        let span = key.span();
        read(key.into_inner()).map_err(|complaint| self.error(&span, complaint)).ok()
    }

    /// A list that is there must not be empty: none at all would mean everything, or nothing (CASES DE-23).
    pub(super) fn items(&mut self, key: Key<List>) -> Vec<Item> {
        let Some(key) = key else { return Vec::new() };
        let whole = key.span();
        let items = items(key.into_inner(), &whole);
        if items.is_empty() {
            let help = "leave the key out, or name at least one";
            self.error(&whole, Complaint::new("the list is empty").help(help));
        }
        items
    }

    /// A list that may be empty.
    pub(super) fn items_or_none(&mut self, key: Key<List>) -> Option<Vec<Item>> {
        let key = key?;
        let whole = key.span();
        Some(items(key.into_inner(), &whole))
    }

    /// Reads every text of a list.
    pub(super) fn each<U>(
        &mut self,
        items: Vec<Item>,
        read: impl Fn(&str) -> Result<U, Complaint>,
    ) -> Vec<U> {
        let read = |(text, span): Item| read(&text).map_err(|complaint| self.error(&span, complaint)).ok();
        items.into_iter().filter_map(read).collect()
    }

    /// Refuses a key whose part is not built yet, unless its value asks for nothing.
    pub(super) fn later<T>(&mut self, name: &str, key: Key<T>, asks_for_nothing: impl Fn(&T) -> bool) {
        if let Some(key) = key.filter(|key| !asks_for_nothing(key.get_ref())) {
            self.error(&key.span(), not_in_this_version(name));
        }
    }

    /// The place of a character within a text value: where the value stands in the file as it is, its own; where it
    /// was written with escapes, that of the whole value.
    pub(super) fn within(&self, span: &Range<usize>, value: &str, at: usize) -> Range<usize> {
        let written = self.source.text.get(span.clone()).and_then(|text| text.find(value));
        let Some(start) = written.map(|offset| span.start + offset) else { return span.clone() };
        let offset = value.char_indices().nth(at).map_or(value.len(), |(offset, _)| offset);
        let end = if offset < value.len() { start + offset + 1 } else { start + offset };
        start + offset..end
    }

    /// Puts an error down.
    pub(super) fn error(&mut self, span: &Range<usize>, complaint: Complaint) {
        self.problems.push(Problem { span: Some(span.clone()), complaint });
    }

    /// Puts an error down that is about a key that is not there.
    pub(super) fn error_without_place(&mut self, complaint: Complaint) {
        self.problems.push(Problem { span: None, complaint });
    }

    /// Puts a warning down.
    pub(super) fn warn(&mut self, span: &Range<usize>, text: &str) {
        self.warnings.push(format!("{}: {text}", self.source.line(span)));
    }

    /// All errors as a text, if there is one.
    pub(super) fn finish(self) -> Result<Vec<String>, String> {
        if self.problems.is_empty() { Ok(self.warnings) } else { Err(self.source.render(self.problems)) }
    }
}

/// What a key is told that has to wait.
pub(super) fn not_in_this_version(name: &str) -> Complaint {
    Complaint::new(format!("{name}: not in this version"))
        .help("take it out; nothing here is ignored silently")
}

/// One of some words, or a complaint that names the nearest.
pub(super) fn one_of<T: Copy>(text: &str, words: &[(&'static str, T)]) -> Result<T, Complaint> {
    if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
        return Ok(*value);
    }
    let names: Vec<_> = words.iter().map(|(word, _)| *word).collect();
    Err(unknown(&format!("`{text}` means nothing here"), text, &names))
}

/// A complaint about an unknown word, with the one that was most likely meant, or all.
pub(super) fn unknown(what: &str, word: &str, known: &[&str]) -> Complaint {
    let complaint = Complaint::new(what);
    match nearest(word, known.iter().copied()) {
        Some(near) => complaint.help(format!("did you mean `{near}`?")),
        None if known.is_empty() => complaint,
        None => complaint.help(format!("it can be: {}", known.join(", "))),
    }
}

fn items(list: List, whole: &Range<usize>) -> Vec<Item> {
    list.0.into_iter().map(|(text, span)| (text, span.unwrap_or_else(|| whole.clone()))).collect()
}
