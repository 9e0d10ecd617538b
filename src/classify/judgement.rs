//! From what was said to a finding: the most cautious opinion stands. `Answer` keeps the promise that only a declared
//! service lowers: an answer without one is never below what the method itself says.

use crate::classify::dialect::Dialect;
use crate::classify::dialect::http::Word;
use crate::classify::operation::Operation;
use crate::classify::said::Said;
use crate::classify::service::Service;
use crate::classify::{Effect, Finding, acts, methods, rest};
use crate::limits;
use crate::snapshot::Head;

/// What was made of a request's operations.
#[derive(Debug)]
pub(super) struct Answer {
    effect: Effect,
    dialect: Dialect,
    label: Option<String>,
    why: Vec<String>,
    declared: Option<String>,
}

impl Answer {
    /// A declared service's word on every operation: the worst of them. The only maker of an answer that can be
    /// lower than the method's.
    pub(super) fn declared(service: &Service, operations: &[Operation]) -> Self {
        let dialect = service.dialect();
        let judged: Vec<_> = operations.iter().map(|operation| service.judge(operation)).collect();
        let effect = judged.iter().map(|judged| judged.effect).max().unwrap_or(Effect::Unknown);
        let why = judged.iter().zip(operations).take(limits::REASONS_MAX).map(|(judged, operation)| {
            let what = if operations.len() > 1 { format!(" ({})", operation.label) } else { String::new() };
            format!("{}{what}: {}: {}", dialect.as_str(), judged.effect, judged.why)
        });
        Self {
            effect,
            dialect,
            label: Some(label(operations, judged.iter().map(|judged| judged.effect))),
            why: why.collect(),
            declared: Some(declared(service)),
        }
    }

    /// This answer, raised to what another reading of the path says where that is worse. The declaration that vouches
    /// stays this one's.
    pub(super) fn or_worse(mut self, other: Option<Answer>) -> Self {
        if let Some(other) = other {
            self.raise(other, " (by another reading of its path)");
        }
        self
    }

    /// Takes in what another recogniser or another reading of the same request says, where that is more cautious.
    /// `how`: what is said of that reading.
    pub(super) fn raise(&mut self, other: Answer, how: &str) {
        if other.effect > self.effect {
            self.effect = other.effect;
            let other = other.why.into_iter().map(|why| format!("{why}{how}"));
            self.why.extend(other.take(limits::REASONS_MAX));
        }
    }

    /// Raised by words of path and query that delete, give rights or name an action: `POST /users/5/delete` is no
    /// endpoint of a service that says all in its content. Words that send or run are common in endpoints (`/messages`).
    pub(super) fn raise_by_address(&mut self, head: &Head) {
        let of_path = || rest::raise(head.path()).filter(|(effect, _)| *effect != Effect::Execute);
        if let Some((effect, why)) = acts::look(head).or_else(of_path)
            && effect > self.effect
            && !(effect == Effect::Unknown && self.effect.is_mutating())
        {
            self.effect = effect;
            self.why.push(format!("address: {effect}: {why}, and no `path` is declared"));
        }
    }

    /// A declared service's request that its dialect cannot read.
    pub(super) fn unclear(service: &Service, why: &str) -> Self {
        let dialect = service.dialect();
        let why = vec![format!("{}: {why}", dialect.as_str())];
        Self { effect: Effect::Unknown, dialect, label: None, why, declared: Some(declared(service)) }
    }

    /// Without a declaration: the dialect names the operation and may raise; the method's word is the least.
    pub(super) fn raised(dialect: Dialect, head: &Head, operations: &[Operation]) -> Self {
        let mut answer = Self::raised_to(dialect, head, None);
        let effects =
            operations.iter().map(|operation| operation.says.unwrap_or(Effect::Read).max(operation.at_least));
        answer.label = Some(label(operations, effects.clone()));
        for (effect, operation) in effects.zip(operations).take(limits::OPERATIONS_MAX) {
            if effect > answer.effect && answer.why.len() < limits::REASONS_MAX {
                answer.why.push(format!("{}: {effect}: {}", dialect.as_str(), operation.why));
            }
            answer.effect = answer.effect.max(effect);
        }
        answer
    }

    /// Without a declaration, and a request like any other.
    pub(super) fn plain(head: &Head, said: &Word) -> Self {
        let mut answer = Self::raised_to(Dialect::Http, head, None);
        let [a, b, c, d, e, f] = said.parts();
        answer.why.push(["http: ", said.effect.as_str(), ": ", a, b, c, d, e, f].concat());
        answer.effect = answer.effect.max(said.effect);
        answer
    }

    /// Without a declaration, in a dialect's shape, and unclear.
    pub(super) fn raised_unclear(dialect: Dialect, head: &Head, why: &str) -> Self {
        let mut answer = Self::raised_to(dialect, head, None);
        answer.effect = Effect::Unknown;
        answer.why.push(format!("{}: {why}", dialect.as_str()));
        answer
    }

    pub(super) fn effect(&self) -> Effect {
        self.effect
    }

    /// The method's word, as the least that an undeclared request can be.
    fn raised_to(dialect: Dialect, head: &Head, label: Option<String>) -> Self {
        let method = methods::lookup(&head.method);
        let effect = method.map_or(Effect::Unknown, |method| method.effect);
        // The dialect `http` says the method's reason itself.
        let why = match method {
            _ if dialect == Dialect::Http => Vec::new(),
            Some(method) => vec![format!("method: {} {}", method.name, method.why)],
            None => vec!["method: it is not in the registry of methods".to_owned()],
        };
        Self { effect, dialect, label, why, declared: None }
    }
}

fn declared(service: &Service) -> String {
    format!("service `{}` ({})", service.name, service.source)
}

/// The label of the worst operation, and how many more there are.
fn label(operations: &[Operation], effects: impl Iterator<Item = Effect>) -> String {
    let mut worst: Option<(Effect, &Operation)> = None;
    for (effect, operation) in effects.zip(operations) {
        if worst.is_none_or(|(known, _)| known < effect) {
            worst = Some((effect, operation));
        }
    }
    let text = worst.map_or("", |(_, operation)| operation.label.as_str());
    match operations.len() {
        0 | 1 => text.to_owned(),
        count => format!("{text} (worst of {count})"),
    }
}

/// What the recognisers that always look have said, waiting for the answer.
#[derive(Debug)]
pub(super) struct Judgement<'a> {
    head: &'a Head,
    said: Said,
}

impl<'a> Judgement<'a> {
    pub(super) fn new(head: &'a Head, said: Said) -> Self {
        Self { head, said }
    }

    /// The most cautious opinion stands. Where nobody has said a thing, nobody can tell.
    pub(super) fn finding(self, answer: Option<Answer>) -> Finding {
        let raised = self.said.opinions.iter().map(|opinion| opinion.effect).max();
        let effect = raised.max(answer.as_ref().map(|answer| answer.effect)).unwrap_or(Effect::Unknown);
        let (dialect, named, mut why, declared) = match answer {
            Some(answer) => (answer.dialect, answer.label, answer.why, answer.declared),
            None => (Dialect::Http, None, Vec::new(), None),
        };
        why.extend(self.said.opinions.into_iter().map(|opinion| opinion.why));
        let operation = match named {
            Some(label) if dialect != Dialect::Http => bounded(label),
            _ => bounded(route(self.head, &self.said.effective)),
        };
        Finding { effect, dialect: dialect.as_str(), operation, why, declared }
    }
}

/// `POST /posts`, or `POST as DELETE /posts` where something asks the service to see another method.
fn route(head: &Head, effective: &[&'static str]) -> String {
    let more = effective.iter().map(|method| method.len() + " as ".len()).sum::<usize>();
    let mut text = String::with_capacity(head.method.len() + more + 1 + head.path().len());
    text.push_str(&head.method);
    for method in effective.iter().filter(|method| **method != head.method) {
        text.push_str(" as ");
        text.push_str(method);
    }
    text.push(' ');
    text.push_str(head.path());
    text
}

/// A label of at most so many characters.
pub(super) fn bounded(text: String) -> String {
    if text.len() <= limits::LABEL_CHARS_MAX || text.chars().count() <= limits::LABEL_CHARS_MAX {
        return text;
    }
    text.chars().take(limits::LABEL_CHARS_MAX - 1).chain(['…']).collect()
}
