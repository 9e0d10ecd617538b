//! What the rules let pass: reads, and mutations that a rule allows.

use http::{HeaderMap, Response, StatusCode};
use hyper::body::Incoming;

use super::Passage;
use super::content::{Content, Ending, Outcome, Source};
use super::exchange::Exchange;
use crate::agent::Agent;
use crate::classify::Effect;
use crate::code::Code;
use crate::decide::Pass;
use crate::forward::{self, Failure, Sent, Spoken};
use crate::hold::Refused;
use crate::kind::Mutation;
use crate::parse::{self, Received};
use crate::release::{Flow, Release};
use crate::reply::End;
use crate::snapshot::Snapshot;

impl Passage {
    /// Lets a request pass by its head; its body decides nothing and streams.
    pub(super) async fn stream(
        &self,
        exchange: &mut Exchange,
        agent: Agent,
        pass: Pass,
        effect: Effect,
        received: Received,
        body: Incoming,
    ) -> Result<Response<Content>, End> {
        let flow: Option<Flow> = received.has_body().then(|| parse::paced(body, received.stall()));
        let head = received.streaming();
        if pass.is_read() {
            let release = Release::read(&pass, head, flow).map_err(|_| End::new(Code::Internal))?;
            return self.read(exchange, &agent, release).await;
        }
        self.send(exchange, (&agent, effect), None, Release::allowed_stream(pass, head, flow)).await
    }

    /// Sends a captured request that a rule allows.
    pub(super) async fn send_whole(
        &self,
        exchange: &mut Exchange,
        asked: (&Agent, Effect),
        pass: Pass,
        snapshot: Snapshot,
    ) -> Result<Response<Content>, End> {
        let digest = snapshot.digest().to_string();
        self.send(exchange, asked, Some(digest), Release::allowed(pass, snapshot)).await.map_err(End::keep)
    }

    async fn read(
        &self,
        exchange: &mut Exchange,
        agent: &Agent,
        release: Release<crate::kind::Read>,
    ) -> Result<Response<Content>, End> {
        let receipt = exchange.receipt()?;
        let (upstream, spoken) = (&self.gate.upstream, Spoken::named(self.version));
        let response = forward::fetch(upstream, &self.pool, agent, spoken, release, receipt).await?;
        let (parts, answer) = response.into_parts();
        let ending = self.passed(exchange, parts.status, &parts.headers);
        let content = Content::of(parts.status, &parts.headers, Source::Passed(answer), ending);
        Ok(Response::from_parts(parts, content))
    }

    /// A mutation: a fresh connection, the desk's permit, a durable record, and only then the first byte.
    async fn send(
        &self,
        exchange: &mut Exchange,
        (agent, effect): (&Agent, Effect),
        digest: Option<String>,
        release: Release<Mutation>,
    ) -> Result<Response<Content>, End> {
        let desk = &self.gate.desk;
        if desk.is_frozen(&agent.name) {
            return Err(Refused::Frozen.into());
        }
        let line = self.gate.upstream.connect(release.head(), Spoken::named(self.version)).await?;
        let permit = desk.admit(agent, effect).await?;
        let receipt = exchange.sending(digest).await?;
        let sent = self.gate.hurry.or(forward::send(line, release, receipt, permit)).await;
        let sent = sent.ok_or_else(|| End::new(Code::OutcomeUnknown))?;
        let Sent { response } = sent.map_err(of_mutation)?;
        let (parts, answer) = response.into_parts();
        let ending = self.passed(exchange, parts.status, &parts.headers);
        let content = Content::of(parts.status, &parts.headers, Source::Passed(answer), ending);
        Ok(Response::from_parts(parts, content))
    }

    /// Moves the record into the end of the answer's body.
    pub(super) fn passed(&self, exchange: &mut Exchange, status: StatusCode, fields: &HeaderMap) -> Ending {
        let mut exchange = exchange.take();
        exchange.answers(status, fields);
        let outcome = Outcome::Passed(status.as_u16());
        Ending { exchange, outcome, waiting: None, line: self.line.clone() }
    }
}

/// A mutation of which a byte was sent has an unknown outcome, whatever went wrong.
fn of_mutation(failure: Failure) -> End {
    if failure.sent {
        tracing::warn!(detail = failure.detail, "a mutation's outcome is unknown");
        return End::new(Code::OutcomeUnknown);
    }
    failure.into()
}
