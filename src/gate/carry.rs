//! Carrying a release: thaw, connect, put it on record, send, and keep the answer. It runs as a task of its own, so
//! that an agent that goes away changes nothing of what was begun. Whatever happens, the desk is told once: by the
//! `Flight`, or by the approval in it when that is lost.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::response::Parts;
use http::{HeaderMap, Response};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::sync::{mpsc, oneshot};

use super::Gate;
use super::content::Piece;
use super::hurry::CUT_OFF;
use super::refuse::rule_of;
use super::trailers;
use crate::agent::Agent;
use crate::classify::{Dialect, Effect, Finding};
use crate::code::Code;
use crate::decide::{Stricter, Terms};
use crate::forward::{self, Answer as Tail, Failure, Spoken};
use crate::hold::{Answer, Approval, Desk, Outcome, Refused};
use crate::limits::{ANSWER_PIECES, STREAM_STALL};
use crate::release::Release;
use crate::reply::End;
use crate::snapshot::{self, Snapshot};
use crate::store::spool::Draft;

/// An answer on its way: its head, and its pieces as they come, with its end behind the last. `None`: its head is
/// all of it, and over HTTP/2 ends the stream (gRPC's clients take a status for nothing else).
pub type Live = Response<Option<mpsc::Receiver<Piece>>>;

/// What the attempt that waits is given.
pub enum Carried {
    /// The upstream answers.
    Answer(Live),
    /// Nothing was sent; the approval stands, and the agent may come back.
    Failed(End),
    /// Another decision came first, or the release was lost: the desk tells what became of the hold.
    Overtaken,
    /// A byte was sent and no whole answer came.
    Unknown,
}

/// Starts the task and waits for the head of the answer.
pub async fn start(gate: &Arc<Gate>, approval: Approval) -> Carried {
    let (sender, receiver) = oneshot::channel();
    tokio::spawn(carry(gate.clone(), approval, sender));
    // A task that was lost has given its approval up, and the desk tells what that means.
    receiver.await.unwrap_or(Carried::Overtaken)
}

/// Carries a release that no agent waits for (`on_disconnect = "forward"`).
pub async fn alone(gate: Arc<Gate>, approval: Approval) {
    let (sender, _) = oneshot::channel();
    carry(gate, approval, sender).await;
}

async fn carry(gate: Arc<Gate>, approval: Approval, agent: oneshot::Sender<Carried>) {
    let mut flight = Flight { desk: gate.desk.clone(), approval: Some(approval) };
    match fly(&gate, &mut flight).await {
        Ok(response) => land(&gate, flight, response, agent).await,
        Err(Crash::Overtaken) => {
            flight.approval = None;
            let _ = agent.send(Carried::Overtaken);
        }
        Err(Crash::Unsent(end, why)) => {
            flight.unsent(why).await;
            let _ = agent.send(Carried::Failed(end));
        }
        Err(Crash::Unknown(why)) => {
            flight.ended(Outcome::Unknown { error: why }).await;
            let _ = agent.send(Carried::Unknown);
        }
    }
}

enum Crash {
    Overtaken,
    Unsent(End, String),
    Unknown(String),
}

/// Up to the head of the answer.
async fn fly(gate: &Gate, flight: &mut Flight) -> Result<Response<Tail>, Crash> {
    let Some(approval) = &flight.approval else { return Err(Crash::Overtaken) };
    let unsent = |failure: Failure| {
        Crash::Unsent(End::new(failure.code).detail(failure.detail.clone()), failure.detail)
    };
    let snapshot = gate.desk.thaw(approval).await.map_err(|refused| match refused {
        Refused::Withdrawn => Crash::Overtaken,
        _ => Crash::Unsent(refused.into(), "the stored request could not be read back".to_owned()),
    })?;
    let spoken = match look_again(gate, approval, &snapshot).await {
        Ok(spoken) => spoken,
        Err((why, terms)) => {
            flight.reconsider(why, terms).await;
            return Err(Crash::Overtaken);
        }
    };
    let release = Release::approved(approval, snapshot).ok_or_else(|| {
        Crash::Unsent(End::new(Code::Internal), "the stored request has another digest".to_owned())
    })?;
    let line = gate.hurry.or(gate.upstream.connect(release.head(), spoken)).await;
    let line = line
        .ok_or_else(|| Crash::Unsent(End::new(Code::Restarting), "Holdpoint was told to stop".to_owned()))?
        .map_err(unsent)?;
    let (receipt, permit) = gate.desk.sending(approval).await.map_err(|refused| match refused {
        Refused::StoreUnavailable | Refused::AuditUnavailable => {
            Crash::Unsent(refused.into(), "the release could not be put on record".to_owned())
        }
        _ => Crash::Overtaken,
    })?;
    match gate.hurry.or(forward::send(line, release, receipt, permit)).await {
        Some(Ok(sent)) => Ok(sent.response),
        Some(Err(failure)) if failure.sent => Err(Crash::Unknown(failure.detail)),
        Some(Err(failure)) => Err(unsent(failure)),
        // It is on record as being sent, and nobody asks any more how far that went.
        None => Err(Crash::Unknown(CUT_OFF.to_owned())),
    }
}

/// Rules that have come since the approval can make it stricter: one that denies now, or asks for more people, sends
/// the hold back to them (SPEC section 7, CASES HI-07). Tells what the agent spoke when it asked; else why not, and on what
/// terms it is held from now on.
async fn look_again(
    gate: &Gate,
    approval: &Approval,
    snapshot: &Snapshot,
) -> Result<Spoken, (String, Option<Terms>)> {
    let facts = approval.facts();
    let agent = Agent {
        source: facts
            .source
            .parse()
            .map_err(|_| ("its agent's address is not known any more".to_owned(), None))?,
        name: facts.agent.clone(),
        advisory: facts.advisory,
    };
    let spoken = Spoken::named(&facts.http_version);
    let effect = Effect::parse(&facts.effect).unwrap_or(Effect::Unknown);
    let dialect = Dialect::parse(&facts.dialect).unwrap_or(Dialect::Http).as_str();
    let (operation, why) = (facts.operation.clone(), facts.why.clone());
    let finding = Finding { effect, dialect, operation, why, declared: None };
    let rules = gate.rules.load();
    let judge = |body: &snapshot::Body, _: &[u8]| {
        rules.policy.still_allows_release(&agent, snapshot.head(), &finding, body, approval.approved_by())
    };
    let allowed = gate.desks.inspect(snapshot.body(), judge).await;
    let allowed = allowed.map_err(|_| ("the stored body could not be read back".to_owned(), None))?;
    allowed.map(|()| spoken).map_err(|stricter| match stricter {
        Stricter::Denies(denial) => {
            let rule = rule_of(&denial).to_owned();
            let why = format!("a rule forbids it now: {rule}");
            (why, Some(Terms { rule, timeout: None, approvers: None, note: None, grantable: None }))
        }
        Stricter::AsksMore(terms) => {
            let why = format!("rule `{}` asks for the word of others, or of more, now", terms.rule);
            (why, Some(terms))
        }
    })
}

/// The answer goes to the agent as it comes, and into the spool for one that comes back.
async fn land(gate: &Gate, flight: Flight, response: Response<Tail>, agent: oneshot::Sender<Carried>) {
    let (parts, mut tail) = response.into_parts();
    if tail.is_end_stream() {
        return land_empty(gate, flight, parts, agent).await;
    }
    let (sender, receiver) = mpsc::channel(ANSWER_PIECES);
    let mut live = Some(sender);
    if agent.send(Carried::Answer(Response::from_parts(parts.clone(), Some(receiver)))).is_err() {
        live = None;
    }
    let mut draft = Some(gate.spool.draft());
    let (mut last, mut got, mut trailers) = (Bytes::new(), 0, None);
    let announced: Option<u64> =
        parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok());
    let max = gate.rules.load().body_bytes_max;
    while let Some(frame) = tail.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            // What was announced has come; only the end of the stream, or its trailers, have not.
            Err(_) if announced == Some(got) => break,
            Err(error) => {
                flight.ended(Outcome::Unknown { error: format!("the answer broke off: {error}") }).await;
                // The sender is lost without an end: the agent sees the answer cut.
                return;
            }
        };
        let piece = match frame.into_data() {
            Ok(piece) => piece,
            Err(frame) => {
                trailers = frame.into_trailers().ok();
                break;
            }
        };
        draft = keep(draft, &piece, max).await;
        got += piece.len() as u64;
        // HTTP/2 may end an answer with an empty frame of its own, or with trailers: what is known to be the last
        // piece waits for that.
        if announced == Some(got) || tail.is_end_stream() {
            last = if piece.is_empty() { last } else { piece };
            if tail.is_end_stream() {
                break;
            }
            continue;
        }
        if !piece.is_empty() {
            live = pass_on(live, Piece::Data(piece), STREAM_STALL).await;
        }
        if live.is_none() && draft.is_none() {
            break;
        }
    }
    let status = parts.status.as_u16();
    let answer = finish(draft, parts, trailers.as_ref()).await;
    flight.ended(Outcome::Done { status, answer }).await;
    // The agent has its whole answer only once that is on record: what it sends next is a new request.
    if !last.is_empty() {
        live = pass_on(live, Piece::Data(last), STREAM_STALL).await;
    }
    pass_on(live, Piece::End(trailers), STREAM_STALL).await;
}

/// An answer without a body: on record first, then the agent has it.
async fn land_empty(gate: &Gate, flight: Flight, parts: Parts, agent: oneshot::Sender<Carried>) {
    let status = parts.status.as_u16();
    let answer = finish(Some(gate.spool.draft()), parts.clone(), None).await;
    flight.ended(Outcome::Done { status, answer }).await;
    let _ = agent.send(Carried::Answer(Response::from_parts(parts, None)));
}

/// Adds a piece to what is kept; `None` once it is too large, or the spool takes no more.
async fn keep(draft: Option<Draft>, piece: &Bytes, max: u64) -> Option<Draft> {
    let mut draft = draft?;
    if draft.len() + piece.len() as u64 > max {
        return None;
    }
    draft.write(piece.clone()).await.ok().map(|()| draft)
}

/// Gives a piece to the agent; `None` once it has gone. One that takes nothing for `stall` counts as gone: it must
/// not keep its own mutation's end from being known, nor a shutdown from ending.
async fn pass_on(
    live: Option<mpsc::Sender<Piece>>,
    piece: Piece,
    stall: Duration,
) -> Option<mpsc::Sender<Piece>> {
    let live = live?;
    tokio::time::timeout(stall, live.send(piece)).await.ok()?.ok().map(|()| live)
}

async fn finish(draft: Option<Draft>, parts: Parts, trailers: Option<&HeaderMap>) -> Option<Answer> {
    let body = draft?.finish().await.ok()?;
    let head = parts
        .headers
        .iter()
        .map(|(name, value)| (name.as_str().to_owned(), Bytes::copy_from_slice(value.as_bytes())));
    let fields = head.chain(trailers.into_iter().flat_map(trailers::mark)).collect();
    Some(Answer { status: parts.status.as_u16(), fields, body })
}

/// An approval on its way. The desk hears of its end exactly once: when the task is dropped or panics, from the
/// approval's own drop, and then it tells the attempt too, because only it knows whether a byte may have left.
struct Flight {
    desk: Desk,
    approval: Option<Approval>,
}

impl Flight {
    async fn unsent(mut self, why: String) {
        if let Some(approval) = self.approval.take() {
            self.desk.unsent(approval, why).await;
        }
    }

    async fn reconsider(&mut self, why: String, terms: Option<Terms>) {
        if let Some(approval) = self.approval.take() {
            self.desk.reconsider(approval, why, terms).await;
        }
    }

    async fn ended(mut self, outcome: Outcome) {
        if let Some(approval) = self.approval.take() {
            self.desk.ended(approval, outcome).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_agent_that_takes_nothing_counts_as_gone_after_a_while() {
        let (sender, mut receiver) = mpsc::channel(1);
        let piece = || Piece::Data(Bytes::from_static(b"a"));
        let live = pass_on(Some(sender), piece(), Duration::from_millis(20)).await;
        assert!(live.is_some());
        assert!(pass_on(live, piece(), Duration::from_millis(20)).await.is_none());
        assert!(matches!(receiver.recv().await, Some(Piece::Data(_))));
        assert!(receiver.recv().await.is_none(), "what it gets is cut, not whole");
    }
}
