//! The catalog: which hosts speak which dialect, and what their operations do. Data, compiled in from
//! `config/catalog/*.toml`, each file with its own examples, which are tested; an operator may add files.
//! An operation that is not in it is not a read.

mod compile;
mod files;
mod raw;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};

use crate::classify::Effect;
use crate::classify::dialect::Dialect;
use crate::classify::service::{Documents, Entry, Service};
use crate::classify::vocabulary::Vocabulary;
use crate::pattern::HostPattern;

/// One file.
#[derive(Clone, Debug)]
pub struct File {
    name: Arc<str>,
    about: String,
    source: String,
    parts: Vec<Part>,
}

/// One `[[service]]` of a file.
#[derive(Clone, Debug)]
struct Part {
    /// Empty for a product that everybody runs on a host of their own.
    hosts: Vec<HostPattern>,
    entry: Arc<Entry>,
}

impl File {
    /// Reads an operator's file. `name` is what errors and reasons call it.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        compile::file(name, text)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it is about, in a line.
    pub fn about(&self) -> &str {
        &self.about
    }

    /// Where its facts come from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The host patterns of all its parts; none for a product that has no host of its own.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().flat_map(|part| &part.hosts).map(HostPattern::as_str)
    }

    /// The dialects of its parts.
    pub fn dialects(&self) -> impl Iterator<Item = Dialect> {
        self.parts.iter().map(|part| part.entry.dialect)
    }

    /// Every name and pattern of its parts, with its effect; verbs and nouns are not among them.
    pub fn operations(&self) -> impl Iterator<Item = (&str, Effect)> {
        self.parts.iter().flat_map(|part| part.entry.table.entries())
    }

    /// Its parts as services for the hosts that it names itself.
    pub(super) fn services(&self) -> impl Iterator<Item = Service> {
        self.parts.iter().filter(|part| !part.hosts.is_empty()).map(|part| Service {
            name: self.name.clone(),
            source: format!("catalog {}", self.name).into(),
            hosts: part.hosts.clone(),
            paths: Vec::new(),
            own: Default::default(),
            entry: part.entry.clone(),
            documents: Documents::default(),
        })
    }

    /// What its parts say, for the hosts of an operator's declaration.
    pub(super) fn entries(&self) -> impl Iterator<Item = &Arc<Entry>> {
        self.parts.iter().map(|part| &part.entry)
    }
}

/// All files that are compiled in, by name.
pub fn all() -> &'static [File] {
    static ALL: OnceLock<Vec<File>> = OnceLock::new();
    ALL.get_or_init(|| {
        // A file that does not compile fails a test; here it would only be left out, which makes its services held.
        files::FILES.iter().filter_map(|(name, text)| File::parse(name, text).ok()).collect()
    })
}

/// A compiled-in file by its name.
pub fn find(name: &str) -> Option<&'static File> {
    all().iter().find(|file| file.name() == name)
}

/// The verbs and nouns that files refer to as `words`, by name.
pub(super) fn words(name: &str) -> Option<&'static Vocabulary> {
    static WORDS: OnceLock<Vec<(String, Vocabulary)>> = OnceLock::new();
    let all = WORDS.get_or_init(|| compile::words(files::WORDS).unwrap_or_default());
    all.iter().find(|(known, _)| known == name).map(|(_, vocabulary)| vocabulary)
}
