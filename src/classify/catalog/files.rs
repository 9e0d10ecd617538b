//! The files that are compiled in. A test sees to it that every file of `config/catalog/` is here.

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../config/catalog/", $name, ".toml")))),*]
    };
}

/// Name and text, in alphabetical order.
pub(super) const FILES: &[(&str, &str)] = files!["git",];

/// Verbs and nouns that several files share.
pub(super) const WORDS: &str = include_str!("../../../config/catalog/words.toml");
