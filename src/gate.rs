//! gate: the whole way of a request, in one function (`Passage::walk`). Every step is a verb of its own module;
//! this one only says in which order, and what happens with each answer.

mod carry;
mod connect;
mod content;
mod edit;
mod exchange;
mod hold;
mod hurry;
mod inspect;
mod interim;
mod pass;
mod refuse;
mod serve;
mod sessions;
mod tools;
mod trailers;
mod tunnel;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arc_swap::ArcSwap;
use http::request::Parts;
use http::{Method, Request, Response, Version};
use hyper::body::{Body, Incoming};

use crate::accept::Seat;
use crate::agent::Agent;
use crate::audit::Audit;
use crate::classify::{Asks, ByHead, Classifier, Dialect, Finding, asks};
use crate::code::Code;
use crate::config::AgentEntry;
use crate::decide::{Policy, Verdict};
use crate::decrypt::Decrypter;
use crate::forward::{Pool, Upstream};
use crate::hold::Desk;
use crate::metrics::{self, Metrics};
use crate::parse::{self, Door, Line, Received};
use crate::reply::{End, Tongue};
use crate::snapshot::{self, Head, Snapshot};
use crate::store::spool::Spool;

pub use carry::alone as carry_alone;
pub use content::Content;
pub use hurry::Hurry;
pub use inspect::Desks;
pub use interim::Pulse;
pub use serve::welcome;
pub use sessions::Sessions;
pub use tools::Tools;

use exchange::Exchange;
use tools::Watch;

/// What the operator may change while Holdpoint runs.
pub struct Rules {
    /// What a request is.
    pub classifier: Classifier,
    /// What the rules say.
    pub policy: Policy,
    /// Who may come.
    pub agents: Vec<AgentEntry>,
    /// The largest body that is captured, in bytes.
    pub body_bytes_max: u64,
}

/// What all connections share.
pub struct Gate {
    /// See the type; swapped whole on a reload.
    pub rules: Arc<ArcSwap<Rules>>,
    /// The way out.
    pub upstream: Upstream,
    /// Who waits.
    pub desk: Desk,
    /// What they hear meanwhile.
    pub pulse: Pulse,
    /// What happened.
    pub audit: Audit,
    /// Where bodies are kept.
    pub spool: Spool,
    /// Where captured bodies are read back to be judged.
    pub desks: Desks,
    /// What MCP servers say of their tools.
    pub tools: Tools,
    /// To whom they gave their sessions.
    pub sessions: Sessions,
    /// What is counted.
    pub metrics: Metrics,
    /// What is behind TLS.
    pub decrypter: Decrypter,
    /// This Holdpoint's name in `Via`, by which it knows its own requests when they come back.
    pub pseudonym: String,
    /// Shutting down: nothing new is let in.
    pub draining: Arc<AtomicBool>,
    /// Shutting down: nothing is waited for any more.
    pub hurry: Hurry,
    /// Exchanges that run now.
    pub running: AtomicUsize,
}

/// One connection's way through the gate.
pub struct Passage {
    gate: Arc<Gate>,
    pool: Pool,
    door: Door,
    /// Known from the CONNECT, inside a tunnel.
    agent: Option<Agent>,
    peer: SocketAddr,
    local: SocketAddr,
    /// The strict reader's handle; HTTP/2 has none.
    line: Option<Line>,
    version: &'static str,
    /// Keeps the connection's seat for as long as anything of it lives.
    seat: Arc<(Seat, metrics::Connection)>,
}

impl Passage {
    /// Answers one request.
    pub async fn pass(&self, request: Request<Incoming>) -> Response<Content> {
        let last = request.version() == Version::HTTP_10 && request.method() != Method::CONNECT;
        let mut exchange = Exchange::begin(self.gate.clone(), self.peer.ip(), self.agent.as_ref());
        if let Err(end) = exchange.take_place() {
            return self.refuse(exchange, end);
        }
        let result = if request.method() == Method::CONNECT {
            self.connect(&mut exchange, request).await
        } else {
            let (parts, body) = request.into_parts();
            self.walk(&mut exchange, parts, body).await
        };
        let mut response = result.unwrap_or_else(|end| self.refuse(exchange, end));
        // The reader keeps no connection of HTTP/1.0; to an answer in 1.1 hyper would add that it is kept.
        if last {
            *response.version_mut() = Version::HTTP_10;
        }
        response
    }

    /// The way: parse, identify, classify, decide; then pass, hold or deny.
    async fn walk(
        &self,
        exchange: &mut Exchange,
        parts: Parts,
        body: Incoming,
    ) -> Result<Response<Content>, End> {
        let raw = self.line.as_ref().map(Line::raw);
        let received =
            parse::receive(&parts, raw.as_ref(), &self.door, &self.gate.pseudonym, body.is_end_stream())?;
        exchange.knows_head(received.head());
        exchange.speaks(Tongue::by_head(received.head()));
        self.gate.is_open()?;
        let agent = self.identify(&parts.headers)?;
        exchange.knows_agent(&agent);
        // Its values are pieces of the connection's buffer, which could not be used again for as long as a hold waits.
        drop(parts);

        let rules = self.gate.rules.load_full();
        let judged = self.gate.judge_by_head(&rules, &agent, &received);
        if let Some((Some(finding), _)) = &judged
            && let Some(dialect) = Dialect::parse(finding.dialect).filter(|dialect| *dialect != Dialect::Http)
        {
            exchange.speaks(Tongue::of(dialect, received.head(), &[]));
        }
        match judged {
            Some((finding, Verdict::Pass(pass))) => {
                exchange.watches(Watch::of(&agent, received.head(), finding.as_ref(), &Asks::default()));
                exchange.judged(finding.as_ref(), metrics::Verdict::Allow, pass.rule());
                let effect =
                    finding.map_or_else(|| rules.classifier.guess(received.head()), |found| found.effect);
                self.stream(exchange, agent, pass, effect, received, body).await
            }
            Some((finding, Verdict::Deny(denial))) => {
                exchange.judged(finding.as_ref(), metrics::Verdict::Deny, refuse::rule_of(&denial));
                Err(refuse::denied(denial))
            }
            Some((_, Verdict::Hold(_))) | None => {
                self.reachable(&received).await?;
                let snapshot = self.capture(&rules, received, body).await?;
                self.judge_whole(exchange, &rules, agent, snapshot).await
            }
        }
    }

    /// The second half, where the body decides something: judged whole, then passed, held or denied.
    async fn judge_whole(
        &self,
        exchange: &mut Exchange,
        rules: &Rules,
        agent: Agent,
        snapshot: Snapshot,
    ) -> Result<Response<Content>, End> {
        let judge = |body: &snapshot::Body, seen: &[u8]| {
            let mut finding = rules.classifier.seeing(&snapshot, seen);
            let watch = self.gate.knows_more(&agent, snapshot.head(), seen, &mut finding);
            let verdict = rules.policy.decide(&agent, snapshot.head(), &finding, body);
            let dialect = Dialect::parse(finding.dialect).unwrap_or(Dialect::Http);
            // Reading the ids again would make every read of a batch dearer, for the few whose upstream fails.
            let repeated = if matches!(&verdict, Verdict::Pass(pass) if pass.is_read()) { &[] } else { seen };
            let tongue = Tongue::of(dialect, snapshot.head(), repeated);
            (finding, verdict, tongue, watch)
        };
        let (finding, verdict, tongue, watch) =
            self.gate.desks.inspect(snapshot.body(), judge).await.map_err(End::keep)?;
        exchange.speaks(tongue);
        exchange.watches(watch);
        match verdict {
            Verdict::Pass(pass) => {
                exchange.judged(Some(&finding), metrics::Verdict::Allow, pass.rule());
                self.send_whole(exchange, (&agent, finding.effect), pass, snapshot).await
            }
            Verdict::Hold(terms) => {
                exchange.judged(Some(&finding), metrics::Verdict::Hold, &terms.rule);
                self.hold(exchange, agent, finding, terms, snapshot).await
            }
            Verdict::Deny(denial) => {
                exchange.judged(Some(&finding), metrics::Verdict::Deny, refuse::rule_of(&denial));
                Err(refuse::denied(denial).keep())
            }
        }
    }

    /// The whole body, in the spool, frozen with its head.
    async fn capture(&self, rules: &Rules, received: Received, body: Incoming) -> Result<Snapshot, End> {
        let captured =
            parse::capture(body, received.framing(), &self.gate.spool, rules.body_bytes_max).await?;
        Ok(received.freeze(captured))
    }

    /// Refuses what could never be sent before anybody is asked about it.
    async fn reachable(&self, received: &Received) -> Result<(), End> {
        Ok(self.gate.upstream.check(&received.head().origin).await?)
    }
}

impl Gate {
    fn is_open(&self) -> Result<(), End> {
        if self.draining.load(Ordering::Relaxed) { Err(End::new(Code::Restarting)) } else { Ok(()) }
    }

    /// Judges without the body, where it cannot change the answer.
    fn judge_by_head(
        &self,
        rules: &Rules,
        agent: &Agent,
        received: &Received,
    ) -> Option<(Option<Finding>, Verdict)> {
        let (head, has_body) = (received.head(), received.has_body());
        let finding = match rules.classifier.by_head(head, has_body) {
            ByHead::Settled(mut finding) => {
                self.sessions.consider(agent, head, &mut finding);
                Some(finding)
            }
            ByHead::NeedsBody => None,
        };
        let verdict = rules.policy.by_head(agent, head, finding.as_ref(), has_body)?;
        Some((finding, verdict))
    }

    /// What earlier answers tell of this request: it can only make the finding more cautious. And who listens to its
    /// own answer.
    fn knows_more(&self, agent: &Agent, head: &Head, seen: &[u8], finding: &mut Finding) -> Option<Watch> {
        let asks = if finding.dialect == "mcp" { asks(head, seen) } else { Asks::default() };
        self.sessions.consider(agent, head, finding);
        self.tools.consider(head, &asks, finding);
        Watch::of(agent, head, Some(finding), &asks)
    }
}
