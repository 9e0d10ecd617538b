//! CONNECT: who asks, where to, and then a tunnel that is looked into. It is refused with an answer, never by a
//! bare close; a 407 keeps the connection open, because git asks without credentials first.

use http::{Request, Response, StatusCode};
use hyper::body::Incoming;

use super::Passage;
use super::content::{Content, Ending, Outcome, Source};
use super::exchange::Exchange;
use super::tunnel;
use crate::code::Code;
use crate::origin::{Host, Origin, Scheme};
use crate::parse::{self, Door, Line};
use crate::reply::End;

impl Passage {
    pub(super) async fn connect(
        &self,
        exchange: &mut Exchange,
        request: Request<Incoming>,
    ) -> Result<Response<Content>, End> {
        self.gate.is_open()?;
        let (parts, body) = request.into_parts();
        let raw = self.line.as_ref().map(Line::raw);
        let (host, port) = parse::connect(&parts, raw.as_ref(), &self.door)?;
        exchange.knows_destination(&host.to_string(), port);
        let agent = self.identify(&parts.headers).map_err(End::keep)?;
        exchange.knows_agent(&agent);
        self.may_be_dialled(&host, port).await?;
        let Some(line) = self.line.clone() else { return Err(End::new(Code::Malformed)) };
        line.tunnel();
        let upgrade = hyper::upgrade::on(Request::from_parts(parts, body));
        tunnel::open(self.inside(agent, host, port), upgrade);
        let ending = Ending {
            exchange: exchange.take(),
            outcome: Outcome::Tunnelled,
            waiting: None,
            line: self.line.clone(),
        };
        let none = http::HeaderMap::new();
        Ok(Response::new(Content::of(StatusCode::OK, &none, Source::Empty, ending)))
    }

    /// Refuses a forbidden address at once. A name that does not resolve is let in, so that the agent is told inside
    /// the tunnel, where its client shows the answer.
    async fn may_be_dialled(&self, host: &Host, port: u16) -> Result<(), End> {
        let origin = Origin::new(Scheme::Https, host.clone(), Some(port));
        match self.gate.upstream.check(&origin).await {
            Err(failure) if failure.code == Code::DestinationBlocked => Err(failure.into()),
            _ => Ok(()),
        }
    }

    /// The passage of what comes inside; its scheme is known once the first bytes are.
    fn inside(&self, agent: crate::agent::Agent, host: Host, port: u16) -> Passage {
        Passage {
            gate: self.gate.clone(),
            pool: self.pool.clone(),
            door: Door::Tunnel { host, port, scheme: Scheme::Https },
            agent: Some(agent),
            peer: self.peer,
            local: self.local,
            line: None,
            version: self.version,
            seat: self.seat.clone(),
        }
    }
}
