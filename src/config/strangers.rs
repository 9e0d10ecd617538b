//! Unknown keys, all of them: serde ends at the first, so what it names is taken out of the parsed text, and the rest
//! is read again. Without unknown keys nothing is parsed twice.

use std::ops::Range;

use serde::Deserialize;
use toml::de::{DeTable, DeValue, Deserializer, Error};

use crate::config::raw::Raw;
use crate::config::source::Problem;
use crate::config::{is_unknown_key, syntax};
use crate::limits;

/// Reads a text. What its values mean is not looked at where a key is unknown: a rule without its misspelt `host` would
/// be called one that matches everything.
pub(super) fn read(text: &str) -> Result<Raw, Vec<Problem>> {
    toml::from_str(text).map_err(|error| match is_unknown_key(&error) {
        true => all(text, &error),
        false => vec![syntax(&error)],
    })
}

fn all(text: &str, first: &Error) -> Vec<Problem> {
    let mut problems = Vec::new();
    let Ok(mut document) = DeTable::parse(text) else { return vec![syntax(first)] };
    while problems.len() < limits::CONFIG_ERRORS_MAX {
        let error = match Raw::deserialize(Deserializer::from(document.clone())) {
            Ok(_) => return problems,
            Err(error) => error,
        };
        problems.push(syntax(&error));
        let removed = error.span().is_some_and(|span| remove(document.get_mut(), &span));
        if !is_unknown_key(&error) || !removed {
            break;
        }
    }
    problems
}

/// Takes the key out that stands there.
fn remove(document: &mut DeTable<'_>, at: &Range<usize>) -> bool {
    let mut tables = vec![document];
    while let Some(table) = tables.pop() {
        if let Some(key) = table.keys().find(|key| key.span() == *at).cloned() {
            table.remove(&key);
            return true;
        }
        for (_, value) in table.iter_mut() {
            match value.get_mut() {
                DeValue::Table(inner) => tables.push(inner),
                DeValue::Array(list) => {
                    tables.extend(list.iter_mut().filter_map(|item| match item.get_mut() {
                        DeValue::Table(inner) => Some(inner),
                        _ => None,
                    }))
                }
                _ => {}
            }
        }
    }
    false
}
