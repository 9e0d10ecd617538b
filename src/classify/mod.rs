//! classify: what a request *is*. Pure: no I/O, no clock.
//!
//! Any recogniser may raise an answer; only a declared service may lower one: for POST to be a read, the operator or
//! the catalog must vouch for the host (`service`, `catalog`), its dialect must read the request (`dialect`), and
//! every operation in it must be known to change nothing. What cannot be parsed, decoded or placed is `unknown`, and
//! `unknown` is not `read`; so is a request on which a recogniser fails (CASES CL-41).

mod acts;
mod asked;
pub mod catalog;
mod content;
mod declaration;
pub(crate) mod decode;
mod dialect;
mod effect;
mod envelope;
mod form;
#[cfg(fuzzing)]
pub mod fuzz;
mod judgement;
mod methods;
mod multipart;
mod names;
mod operation;
pub(crate) mod overrides;
mod parameters;
mod rest;
mod said;
mod segments;
mod service;
mod services;
#[cfg(test)]
mod tests;
mod vocabulary;
mod xml;

pub use acts::query_chooses;
pub use declaration::Declaration;
pub use dialect::Dialect;
pub use dialect::git::{Command, Pushed, commands, pushed};
pub use dialect::graphql::{Named, named};
pub use dialect::grpc::Schema;
pub use dialect::mcp::{Asks, asks};
pub use effect::Effect;
pub use methods::is_registered;
pub use service::Documents;

use std::cell::OnceCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use asked::Asked;
use judgement::{Answer, Judgement};
use operation::{Operation, Otherwise, Reading};
use said::{Content, Request, Said};
use services::Services;

use crate::limits;
use crate::pattern::{path_is_odd, path_readings};
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
    /// The declared service that vouches for this answer, and where it is declared. `None`: no service does.
    pub declared: Option<String>,
}

impl Finding {
    /// Adds what is known from elsewhere; it can make the effect more cautious, and never less.
    pub fn raise(&mut self, effect: Effect, why: String) {
        self.effect = self.effect.max(effect);
        self.why.push(why);
    }
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
const ALWAYS: [Recogniser; 3] =
    [("override", overrides::recognise), ("content", content::recognise), ("form", form::recognise)];

/// All recognisers and what is declared for them.
#[derive(Clone, Debug)]
pub struct Classifier {
    services: Arc<Services>,
}

impl Default for Classifier {
    /// With the catalog and nothing of an operator's.
    fn default() -> Self {
        Self::new(Vec::new())
    }
}

impl Classifier {
    /// With the operator's services, in the order of the config, before the catalog's.
    pub fn new(declared: Vec<Declaration>) -> Self {
        let operator = declared.into_iter().flat_map(Declaration::into_services).collect();
        let catalog = catalog::all().iter().flat_map(catalog::File::services).collect();
        Self::of(Services::new(operator, catalog))
    }

    fn of(services: Services) -> Self {
        Self { services: Arc::new(services) }
    }

    /// Judges by the head. `has_body`: the request announces content (a length above 0, or chunked).
    /// Only `Settled` with `read` lets a request stream through. What it settles, `whole` says too.
    pub fn by_head(&self, head: &Head, has_body: bool) -> ByHead {
        let content = if has_body { Content::Announced } else { Content::None };
        match self.judge(&Request { head, content }) {
            Some(finding) => ByHead::Settled(finding),
            None => ByHead::NeedsBody,
        }
    }

    /// What a request is likely to do whose body nobody reads, because a rule lets it pass by its head: as if it had
    /// none. Good for counting, and never a reason to let anything pass.
    pub fn guess(&self, head: &Head) -> Effect {
        match self.by_head(head, false) {
            ByHead::Settled(finding) => finding.effect,
            ByHead::NeedsBody => Effect::Unknown,
        }
    }

    /// Judges a captured request, of whose body nothing but what is in memory is seen.
    pub fn whole(&self, snapshot: &Snapshot) -> Finding {
        self.seeing(snapshot, snapshot.body().bytes().map_or(&[], |bytes| bytes))
    }

    /// Judges a captured request. `seen`: its body's bytes, all of them or those at its beginning.
    pub fn seeing(&self, snapshot: &Snapshot, seen: &[u8]) -> Finding {
        let head = snapshot.head();
        let request = Request { head, content: Content::of(snapshot.body(), seen) };
        self.judge(&request).unwrap_or_else(|| {
            let mut said = Said::default();
            said.add(Effect::Unknown, "a recogniser asked for a body that it has".to_owned());
            Judgement::new(head, said).finding(None)
        })
    }

    /// For people who look: what the messages of a gRPC request are made of, by the operator's descriptor sets.
    pub fn schema(&self, head: &Head) -> Option<Schema> {
        let mut descriptors =
            self.services.of(head).filter_map(|service| service.documents.descriptors.as_deref());
        descriptors.find_map(|known| dialect::grpc::schema(known, head))
    }

    /// `None`: the body must be seen first.
    fn judge(&self, request: &Request<'_>) -> Option<Finding> {
        let said = ask(&ALWAYS, request);
        if said.needs_body {
            return None;
        }
        let judgement = Judgement::new(request.head, said);
        let answer = self.answer(request).ok()?;
        // What is held already needs no worse name than its own path gives it.
        let others = if answer.effect().is_mutating() { None } else { self.other_readings(request).ok()? };
        Some(judgement.finding(Some(answer.or_worse(others))))
    }

    /// An odd path matches no service; but what a declared service would do by another reading of it may be worse than
    /// what an undeclared one does (`GET /api/chat%2EpostMessage`), and then it stands (CASES DE-41).
    fn other_readings(&self, request: &Request<'_>) -> Result<Option<Answer>, NeedsBody> {
        let head = request.head;
        if !path_is_odd(head.path()) {
            return Ok(None);
        }
        let mut worst: Option<Answer> = None;
        for path in path_readings(head.path()) {
            let Ok(path) = String::from_utf8(path) else { continue };
            let mut other = head.clone();
            other.target = head.query().map_or(path.clone(), |query| format!("{path}?{query}"));
            let answer = self.answer(&Request { head: &other, content: request.content })?;
            worst = Some(answer.or_worse(worst));
        }
        Ok(worst)
    }

    /// The first declared service whose dialect knows the request; else the shape that is unmistakable; else HTTP.
    fn answer(&self, request: &Request<'_>) -> Result<Answer, NeedsBody> {
        let decoded = OnceCell::new();
        let parsed = OnceCell::new();
        for service in self.services.of(request.head) {
            let asked = Asked::new(request, &decoded, &parsed, Some(service));
            match read(service.dialect(), &asked) {
                Ok(operations) => {
                    let mut answer = Answer::declared(service, &operations);
                    if dialect::in_content(service.dialect()) && !service.names_a_path() {
                        answer.raise_by_address(request.head);
                    }
                    return Ok(answer);
                }
                Err(Otherwise::NotMine) => {}
                Err(Otherwise::NeedsBody) => return Err(NeedsBody),
                Err(Otherwise::Unclear(why)) => return Ok(Answer::unclear(service, &why)),
            }
        }
        let asked = Asked::new(request, &decoded, &parsed, None);
        undeclared(&asked)
    }
}

/// The first dialect whose shape is unmistakable names the request. The others and HTTP are asked all the same, and
/// raise: a field of one dialect must not hide a mutation of another.
fn undeclared(asked: &Asked<'_>) -> Result<Answer, NeedsBody> {
    let head = asked.head;
    let mut named: Option<(Dialect, Answer)> = None;
    for dialect in dialect::UNMISTAKABLE {
        // The calls of MCP are JSON-RPC's, and it knows some that JSON-RPC does not.
        if dialect == Dialect::Jsonrpc && matches!(named, Some((Dialect::Mcp, _))) {
            continue;
        }
        let answer = match read(dialect, asked) {
            Ok(operations) => Answer::raised(dialect, head, &operations),
            Err(Otherwise::NotMine) => continue,
            Err(Otherwise::NeedsBody) => return Err(NeedsBody),
            Err(Otherwise::Unclear(why)) => Answer::raised_unclear(dialect, head, &why),
        };
        match &mut named {
            None => named = Some((dialect, answer)),
            Some((_, known)) => known.raise(answer, ""),
        }
    }
    let plain = plain(asked)?;
    Ok(match named {
        None => plain,
        // HTTP's ignorance is none where a dialect has named a mutation.
        Some((_, known)) if known.effect().is_mutating() && plain.effect() == Effect::Unknown => known,
        Some((_, mut known)) => {
            known.raise(plain, "");
            known
        }
    })
}

/// What the request says of itself as plain HTTP. It costs no more than its answer.
fn plain(asked: &Asked<'_>) -> Result<Answer, NeedsBody> {
    let head = asked.head;
    let unclear = |why: &str| Answer::raised_unclear(Dialect::Http, head, why);
    Ok(match catch_unwind(AssertUnwindSafe(|| dialect::http::plainly(asked))) {
        Ok(Ok(said)) => Answer::plain(head, &said),
        Ok(Err(Otherwise::NeedsBody)) => return Err(NeedsBody),
        Ok(Err(Otherwise::Unclear(why))) => unclear(&why),
        Ok(Err(Otherwise::NotMine)) => unclear("it is not HTTP"),
        Err(_) => unclear("the recogniser failed, so nobody can tell"),
    })
}

/// The answer hangs on the body.
struct NeedsBody;

/// A dialect's reading. One that panics, or reads no operation at all, has read nothing that anybody can tell.
fn read(dialect: Dialect, asked: &Asked<'_>) -> Reading {
    let unclear = |why: &str| Err(Otherwise::unclear(why));
    match catch_unwind(AssertUnwindSafe(|| dialect.read(asked))) {
        Ok(Ok(operations)) if operations.is_empty() => unclear("no operation was found in it"),
        Ok(Ok(operations)) if operations.len() > limits::OPERATIONS_MAX => {
            unclear("it holds more operations than are looked at")
        }
        Ok(Ok(operations)) if names_bytes(&operations) > limits::OPERATION_NAMES_BYTES_MAX => {
            unclear("the names of its operations are longer than is looked at")
        }
        Ok(reading) => reading,
        Err(_) => unclear("the recogniser failed, so nobody can tell"),
    }
}

fn names_bytes(operations: &[Operation]) -> usize {
    operations.iter().map(|operation| operation.name.len()).sum()
}

/// Asks those that always look. One that panics has said `unknown`; the others are heard all the same.
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
