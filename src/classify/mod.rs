//! classify: what a request *is*. Pure: no I/O, no clock.
//!
//! Any recogniser may raise an answer; only a declared service may lower one. What cannot be parsed, decoded or
//! placed is `unknown`, and `unknown` is not `read`; so is a request on which a recogniser fails (CASES CL-41).
//! Until services can be declared there is one dialect, `http`: it judges by the method, and raises for what can
//! make a service see another method than the one that was sent.

mod content;
pub mod decode;
mod effect;
mod form;
mod methods;
mod multipart;
pub(crate) mod overrides;
mod parameters;
mod said;
#[cfg(test)]
mod tests;

pub use effect::Effect;
pub use methods::is_registered;

use std::panic::{AssertUnwindSafe, catch_unwind};

use said::{Content, Request, Said};

use crate::limits;
use crate::snapshot::{Head, Snapshot};

/// What the classifier says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The most cautious of the recognisers' opinions.
    pub effect: Effect,
    /// The dialect that named the operation (SPEC section 2), `http` where none did.
    pub dialect: &'static str,
    /// A label that a person understands: `POST /posts`.
    pub operation: String,
    /// What each recogniser said.
    pub why: Vec<String>,
}

/// What the head alone could tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByHead {
    /// The body cannot change this.
    Settled(Finding),
    /// The body must be captured first.
    NeedsBody,
}

/// A recogniser's name, for when it fails, and what it does: it looks at a request and says what it knows.
type Recogniser = (&'static str, fn(&Request<'_>) -> Said);

/// Those that look at every request, whatever is declared.
const RECOGNISERS: [Recogniser; 4] = [
    ("method", methods::recognise),
    ("override", overrides::recognise),
    ("content", content::recognise),
    ("form", form::recognise),
];

/// All recognisers and what the operator declared for them.
#[derive(Clone, Debug, Default)]
pub struct Classifier {}

impl Classifier {
    /// Judges by the head. `has_body`: the request announces content (a length above 0, or chunked).
    /// Only `Settled` with `read` lets a request stream through. What it settles, `whole` says too.
    pub fn by_head(&self, head: &Head, has_body: bool) -> ByHead {
        let content = if has_body { Content::Announced } else { Content::None };
        let said = ask(&RECOGNISERS, &Request { head, content });
        if said.needs_body { ByHead::NeedsBody } else { ByHead::Settled(finding(head, said)) }
    }

    /// Judges the whole request.
    pub fn whole(&self, snapshot: &Snapshot) -> Finding {
        let head = snapshot.head();
        let mut said = ask(&RECOGNISERS, &Request { head, content: Content::of(snapshot.body()) });
        if said.needs_body {
            said.add(Effect::Unknown, "a recogniser asked for a body that it has".to_owned());
        }
        finding(head, said)
    }
}

/// Asks them all. One that panics has said `unknown`; the others are heard all the same.
fn ask(recognisers: &[Recogniser], request: &Request<'_>) -> Said {
    let mut all = Said::default();
    for (name, recognise) in recognisers {
        match catch_unwind(AssertUnwindSafe(|| recognise(request))) {
            Ok(said) => all.join(said),
            Err(_) => all.add(Effect::Unknown, format!("{name}: the recogniser failed, so nobody can tell")),
        }
    }
    all
}

/// The most cautious opinion stands. Where nobody has said a thing, nobody can tell.
fn finding(head: &Head, said: Said) -> Finding {
    Finding {
        effect: said.opinions.iter().map(|opinion| opinion.effect).max().unwrap_or(Effect::Unknown),
        dialect: "http",
        operation: label(head, &said.effective),
        why: said.opinions.into_iter().map(|opinion| opinion.why).collect(),
    }
}

/// `POST /posts`, or `POST as DELETE /posts` where something asks the service to see another method.
fn label(head: &Head, effective: &[&'static str]) -> String {
    let mut text = head.method.clone();
    for method in effective.iter().filter(|method| **method != head.method) {
        text.push_str(" as ");
        text.push_str(method);
    }
    text.push(' ');
    text.push_str(head.path());
    if text.chars().count() > limits::LABEL_CHARS_MAX {
        text = text.chars().take(limits::LABEL_CHARS_MAX - 1).chain(['…']).collect();
    }
    text
}
