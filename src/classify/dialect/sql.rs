//! SQL text over HTTP, to an endpoint that is declared for it. A single plain SELECT, SHOW, EXPLAIN or DESCRIBE reads;
//! anything else, and anything that two databases could read differently, does not (CASES CL-13). No declaration makes
//! another statement a read.

use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::operation::{Operation, Otherwise, Reading};

mod places;
mod statement;
mod tokens;
mod words;

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    if asked.service.is_none() || !matches!(asked.head.method.as_str(), "GET" | "HEAD" | "POST") {
        return Err(Otherwise::NotMine);
    }
    let texts = places::look(asked)?;
    if texts.is_empty() {
        return Err(Otherwise::NotMine);
    }
    Ok(texts.iter().map(|text| operation(text)).collect())
}

fn operation(text: &str) -> Operation {
    let start: String = text.split_whitespace().take(12).collect::<Vec<_>>().join(" ");
    let label = super::bounded(&format!("SQL {start}"));
    match statement::judge(text) {
        Ok((word, effect)) => Operation::named(word, label)
            .says(effect, "a single plain statement of this kind")
            .at_least(effect),
        Err(why) => Operation::named("statement", label).says(Effect::Unknown, why).at_least(Effect::Unknown),
    }
}

/// For the fuzz target: what a text does; `None` where nobody can tell.
#[cfg(fuzzing)]
pub fn fuzz(text: &str) -> Option<Effect> {
    statement::judge(text).ok().map(|(_, effect)| effect)
}
