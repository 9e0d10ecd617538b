//! From a catalog file as it is written to what is looked up.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::classify::Effect;
use crate::classify::catalog::{File, Part, raw};
use crate::classify::dialect::Dialect;
use crate::classify::names::{Pattern, Table};
use crate::classify::service::{Batch, Entry};
use crate::classify::vocabulary::Vocabulary;
use crate::pattern::{HostPattern, PathPattern};

/// A whole file. The error is for people.
pub(super) fn file(name: &str, text: &str) -> Result<File, String> {
    let raw: raw::File = toml::from_str(text).map_err(|error| format!("{name}: {error}"))?;
    let parts = raw.service.iter().map(part).collect::<Result<_, _>>();
    let parts = parts.map_err(|error| format!("{name}: {error}"))?;
    Ok(File { name: name.into(), about: raw.about, source: raw.source, parts })
}

fn part(raw: &raw::Service) -> Result<Part, String> {
    let dialect = Dialect::parse(&raw.dialect).ok_or_else(|| format!("`{}` is no dialect", raw.dialect))?;
    let hosts = raw.host.iter().map(|text| HostPattern::parse(text)).collect::<Result<_, _>>()?;
    let paths = raw.path.iter().map(|text| PathPattern::parse(text)).collect::<Result<_, _>>()?;
    let entry = Entry {
        dialect,
        paths,
        table: table(raw)?,
        vocabulary: vocabulary(raw)?,
        members: raw.members.clone(),
        batches: raw.batch.iter().map(batch).collect::<Result<_, _>>()?,
        parts: raw.parts.clone(),
        sparql: raw.sparql,
    };
    Ok(Part { hosts, entry: Arc::new(entry) })
}

fn batch(raw: &raw::Batch) -> Result<Batch, String> {
    let route = Pattern::parse(&raw.route)?;
    Ok(Batch { route, items: raw.items.clone(), base: raw.base.clone() })
}

fn table(raw: &raw::Service) -> Result<Table, String> {
    let mut table = Table::default();
    let lists = [
        (Effect::Read, &raw.read),
        (Effect::Write, &raw.write),
        (Effect::Delete, &raw.delete),
        (Effect::Permission, &raw.permission),
        (Effect::Execute, &raw.execute),
        (Effect::Unknown, &raw.unknown),
    ];
    for (effect, names) in lists {
        for name in names {
            // What reads says by which method: another one at the same place is another operation.
            if effect == Effect::Read && name.starts_with("* ") {
                return Err(format!("`{name}`: a read names its method"));
            }
            table.add(name, effect)?;
        }
    }
    Ok(table)
}

fn vocabulary(raw: &raw::Service) -> Result<Option<Vocabulary>, String> {
    if raw.words.is_none() && raw.verbs.is_empty() && raw.nouns.is_empty() {
        return Ok(None);
    }
    let mut vocabulary = read_words(&raw.verbs, &raw.nouns, &raw.skip)?;
    if let Some(name) = &raw.words {
        let known = super::words(name).ok_or_else(|| format!("words.toml has no `{name}`"))?;
        vocabulary.extend(known);
    }
    Ok(Some(vocabulary))
}

type Lists = BTreeMap<String, Vec<String>>;

fn read_words(verbs: &Lists, nouns: &Lists, skip: &[String]) -> Result<Vocabulary, String> {
    let mut vocabulary = Vocabulary::default();
    for (effect, word) in each(verbs) {
        vocabulary.add_verb(word, effect?);
    }
    for (effect, word) in each(nouns) {
        vocabulary.add_noun(word, effect?);
    }
    for word in skip {
        vocabulary.skip(word);
    }
    Ok(vocabulary)
}

fn each(lists: &Lists) -> impl Iterator<Item = (Result<Effect, String>, &String)> {
    lists.iter().flat_map(|(name, words)| {
        let effect = move || Effect::parse(name).ok_or_else(|| format!("`{name}` is no effect"));
        words.iter().map(move |word| (effect(), word))
    })
}

/// `words.toml`: one vocabulary a table.
pub(super) fn words(text: &str) -> Result<Vec<(String, Vocabulary)>, String> {
    let raw: BTreeMap<String, raw::Words> = toml::from_str(text).map_err(|error| error.to_string())?;
    let one = |(name, raw): (String, raw::Words)| {
        let mut vocabulary = read_words(&raw.verbs, &raw.nouns, &raw.skip)?;
        vocabulary.raise_deletes(raw.raise_deletes);
        Ok((name, vocabulary))
    };
    raw.into_iter().map(one).collect()
}
