//! Holding: the request is at the desk, the agent waits here. When it goes away hyper drops this future, and with
//! it the place at the hold.

use http::{HeaderName, Response, StatusCode};

use super::Passage;
use super::carry::{self, Carried};
use super::content::{Content, Source};
use super::exchange::Exchange;
use super::trailers;
use crate::agent::Agent;
use crate::classify::Finding;
use crate::code::Code;
use crate::decide::Terms;
use crate::hold::{ANYBODY, Answer, Ended, HoldId, NewHold, Waiting};
use crate::identify::advisory::{Owner, ask_owner, find_owner};
use crate::reply::End;
use crate::snapshot::Snapshot;
use crate::store::pieces::pieces;

impl Passage {
    /// Parks the request and waits for its end, or for the time to give a ticket.
    pub(super) async fn hold(
        &self,
        exchange: &mut Exchange,
        mut agent: Agent,
        mut finding: Finding,
        terms: Terms,
        snapshot: Snapshot,
    ) -> Result<Response<Content>, End> {
        let owner = self.owner().await;
        agent.advisory = owner.advisory;
        finding.why.extend(terms.note.clone());
        let interim = self.interim_for(snapshot.head());
        let http_version = self.version;
        // On this machine and not to be told: it may be any approver's own.
        let owner = owner.user.or_else(|| owner.advisory.then(|| ANYBODY.to_owned()));
        let new = NewHold { snapshot, agent, finding, terms, http_version, owner };
        self.alive(interim, self.see_through(exchange, new)).await
    }

    /// Waits for the end, and carries the release if it falls to this attempt.
    async fn see_through(&self, exchange: &mut Exchange, new: NewHold) -> Result<Response<Content>, End> {
        let mut waiting = self.gate.desk.arrive(new).await.map_err(|refused| End::from(refused).keep())?;
        let hold = waiting.hold();
        exchange.knows_hold(hold);
        loop {
            let end = match waiting.ended().await {
                Ended::Released(approval) => match carry::start(&self.gate, approval).await {
                    Carried::Answer(response) => return Ok(self.carried(exchange, waiting, response)),
                    // A denial or an expiry came first: the desk tells.
                    Carried::Overtaken => continue,
                    Carried::Failed(end) => return Err(end.of_hold(hold)),
                    Carried::Unknown => End::new(Code::OutcomeUnknown),
                },
                Ended::Answer(answer) => return Ok(self.kept(exchange, waiting, answer)),
                Ended::Ticket => return Err(End::new(Code::Held).of_hold(hold)),
                Ended::Refused(refused) => return Err(End::from(refused).of_hold(hold)),
                ended => end_of(ended),
            };
            return Ok(self.refuse_attempt(exchange.take(), end.of_hold(hold), Some(waiting)));
        }
    }

    /// Whose process the agent is, where it runs on this machine.
    async fn owner(&self) -> Owner {
        let (peer, local) = (self.peer, self.local);
        match ask_owner(peer, local) {
            Some(owner) => owner,
            None => {
                tokio::task::spawn_blocking(move || find_owner(peer, local)).await.unwrap_or(Owner::UNKNOWN)
            }
        }
    }

    /// The upstream's answer as it comes.
    fn carried(&self, exchange: &mut Exchange, waiting: Waiting, response: carry::Live) -> Response<Content> {
        let hold = waiting.hold();
        let (mut parts, pieces) = response.into_parts();
        mark(&mut parts.headers, hold);
        let mut ending = self.passed(exchange, parts.status, &parts.headers);
        ending.waiting = Some(waiting);
        let source = pieces.map_or(Source::Empty, Source::Live);
        let content = Content::of(parts.status, &parts.headers, source, ending);
        Response::from_parts(parts, content)
    }

    /// The answer that was kept for whoever comes back.
    fn kept(&self, exchange: &mut Exchange, waiting: Waiting, answer: Answer) -> Response<Content> {
        let mut response = Response::new(());
        *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
        let (fields, trailers) = trailers::split(&answer.fields);
        *response.headers_mut() = fields;
        mark(response.headers_mut(), waiting.hold());
        let mut ending = self.passed(exchange, response.status(), response.headers());
        ending.waiting = Some(waiting);
        let length = answer.body.len();
        let source = match &trailers {
            None if length == 0 => Source::Empty,
            _ => Source::Kept(pieces(answer.body), length, trailers),
        };
        let content = Content::of(response.status(), response.headers(), source, ending);
        response.map(|()| content)
    }
}

/// Names the hold on an answer that a person released.
fn mark(fields: &mut http::HeaderMap, hold: HoldId) {
    if let Ok(value) = hold.to_string().parse() {
        fields.insert(HeaderName::from_static("holdpoint-hold"), value);
    }
}

fn end_of(ended: Ended) -> End {
    match ended {
        Ended::Denied { reason: Some(reason) } => End::new(Code::Denied).with("reason", reason),
        Ended::Denied { reason: None } => End::new(Code::Denied),
        Ended::Expired => End::new(Code::Expired),
        Ended::Cancelled => {
            End::new(Code::Expired).detail("The hold was cancelled when its agent went away.")
        }
        Ended::AnswerLost(status) => End::new(Code::AnswerLost).with("upstream_status", status),
        Ended::OutcomeUnknown => End::new(Code::OutcomeUnknown),
        Ended::Released(_) | Ended::Ticket | Ended::Answer(_) | Ended::Refused(_) => End::new(Code::Internal),
    }
}
