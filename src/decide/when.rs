//! `when` of a rule: an expression in CEL (https://cel.dev) over the request, for what no other key can say. It is
//! the operator's own text, compiled when the config is read; nothing of an agent's is ever compiled.
//!
//! Unsure is strict: where it cannot be evaluated (a key that is not there, a body that is not plain JSON, too much
//! of it) a rule that allows does not match, and one that holds or denies does. Work and memory are bounded whatever
//! the request holds: its values are counted, and so are the steps of `all`, `exists` and `exists_one`.

mod body;
mod check;
mod facts;
#[cfg(test)]
mod tests;

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use cel::{Context, Env, ExecutionError, Value};

use crate::limits;

pub(super) use facts::{Content, Facts};

use check::{BUDGET, Checked, Uses};

/// A compiled expression.
#[derive(Clone)]
pub struct When {
    text: Arc<str>,
    checked: Arc<Checked>,
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where, in characters from its start, if that is known.
    pub at: Option<usize>,
    /// What, in lower case and without a full stop.
    pub what: String,
}

/// What an expression comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    False,
    /// It cannot be told.
    Failed(Failure),
    /// It asks for what is not known yet.
    NeedsMore,
    True,
}

/// Why an expression cannot be evaluated. Never the agent's words, nor the values that it sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The body is longer than is looked into, or lies in a file.
    BodyTooLarge,
    /// The content has a coding that is not undone (`content-encoding`).
    Encoded,
    /// The evaluation broke.
    Internal,
    /// Something was compared, called or picked that its type does not have.
    Mismatch,
    /// A key, an index or a name is not there.
    Missing,
    /// The content type is not JSON's.
    NotJson,
    /// A number that not every reader keeps as it is.
    Number,
    /// It is neither true nor false.
    NotBoolean,
    /// The body is not JSON that every reader reads in the same way.
    Unclear,
    /// More steps, or more values, than are taken.
    TooMuch,
}

/// The standard functions. No optional values: their syntax hides what is not there.
static ENV: LazyLock<Arc<Env>> =
    LazyLock::new(|| Arc::new(Env::default().with_optional_support(false).with_stdlib()));

impl When {
    /// Compiles an expression. The parser descends by recursion, so it is given a stack of its own.
    pub fn compile(text: &str) -> Result<Self, Fault> {
        if text.len() > limits::WHEN_BYTES_MAX {
            let what = format!("an expression has at most {} bytes", limits::WHEN_BYTES_MAX);
            return Err(Fault { at: None, what });
        }
        let own: Arc<str> = Arc::from(text);
        let compiled = std::thread::Builder::new()
            .name("cel".to_owned())
            .stack_size(limits::WHEN_STACK_BYTES)
            .spawn({
                let own = own.clone();
                move || check::compile(&own)
            })
            .map(std::thread::JoinHandle::join);
        match compiled {
            Ok(Ok(checked)) => Ok(Self { text: own, checked: Arc::new(checked?) }),
            Ok(Err(_)) | Err(_) => {
                Err(Fault { at: None, what: "the expression could not be compiled".to_owned() })
            }
        }
    }

    /// As it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it asks for the method, which a request may have in several readings.
    pub(super) fn asks_for_method(&self) -> bool {
        self.checked.uses.contains(Uses::METHOD)
    }

    /// Evaluates it for a request. `method` and `path` are those of one reading.
    pub(super) fn holds(&self, facts: &Facts<'_>, method: &str, path: &[u8]) -> Outcome {
        let uses = self.checked.uses;
        if facts.lacks(uses) {
            return Outcome::NeedsMore;
        }
        let evaluated = catch_unwind(AssertUnwindSafe(|| self.evaluate(facts, uses, method, path)));
        match evaluated {
            Ok(Ok(true)) => Outcome::True,
            Ok(Ok(false)) => Outcome::False,
            Ok(Err(failure)) => Outcome::Failed(failure),
            Err(_) => Outcome::Failed(Failure::Internal),
        }
    }

    fn evaluate(&self, facts: &Facts<'_>, uses: Uses, method: &str, path: &[u8]) -> Result<bool, Failure> {
        let mut context = Context::with_env(ENV.clone());
        let mut broken = None;
        context.add_variable_from_value("request", facts.request(uses, method, path));
        if uses.contains(Uses::BODY) {
            match facts.body() {
                // Left out, so that only what really asks for it fails.
                Err(failure) => broken = Some(*failure),
                Ok(body) => context.add_variable_from_value("body", body.clone()),
            }
        }
        let steps = AtomicUsize::new(0);
        let count = move || steps.fetch_add(1, Ordering::Relaxed) < limits::WHEN_STEPS_MAX;
        let budget = move || {
            if count() { Ok(true) } else { Err(ExecutionError::function_error(BUDGET, "")) }
        };
        context.add_function(BUDGET, budget).map_err(|_| Failure::Internal)?;
        match Value::resolve(&self.checked.expression, &context) {
            Ok(Value::Bool(answer)) => Ok(answer),
            Ok(_) => Err(Failure::NotBoolean),
            Err(ExecutionError::UndeclaredReference(_)) => Err(broken.unwrap_or(Failure::Missing)),
            Err(error) => Err(failure_of(&error)),
        }
    }
}

fn failure_of(error: &ExecutionError) -> Failure {
    match error {
        ExecutionError::NoSuchKey(_) | ExecutionError::IndexOutOfBounds(_) => Failure::Missing,
        ExecutionError::FunctionError { function, .. } if function == BUDGET => Failure::TooMuch,
        ExecutionError::InternalError(_) => Failure::Internal,
        _ => Failure::Mismatch,
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Failure::BodyTooLarge => "the body is larger than is looked into",
            Failure::Encoded => "the body has a content coding that is not undone",
            Failure::Internal => "the evaluation broke",
            Failure::Mismatch => "a value is not of the type that is asked for",
            Failure::Missing => "something that is asked for is not there",
            Failure::NotJson => "the content type is not JSON",
            Failure::Number => "a number in the body is not one that every reader keeps",
            Failure::NotBoolean => "it is neither true nor false",
            Failure::Unclear => "the body is not JSON that every reader reads in the same way",
            Failure::TooMuch => "it takes more steps than are allowed",
        })
    }
}

impl fmt::Debug for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("When").field(&self.text).finish()
    }
}

impl PartialEq for When {
    /// The same text means the same.
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}
