//! Inside a tunnel: TLS is terminated, cleartext HTTP goes on, anything else is closed and on record
//! (CASES DE-25).

use bytes::Bytes;
use hyper::upgrade::{OnUpgrade, Parts};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{Passage, serve};
use crate::audit::{Event, Record};
use crate::decrypt::{Alpn, Prefixed, Speaks, TlsRefusal, sniff};
use crate::limits::HANDSHAKE_WAIT;
use crate::origin::{Host, Scheme};
use crate::parse::{Door, Strict};

/// Waits for the connection to become a tunnel, and serves what is in it.
pub fn open(passage: Passage, upgrade: OnUpgrade) {
    tokio::spawn(async move {
        let Ok(upgraded) = upgrade.await else { return };
        let Ok(Parts { io, .. }) = upgraded.downcast::<TokioIo<Strict<TcpStream>>>() else { return };
        let (stream, read_ahead) = io.into_inner().into_inner();
        inside(passage, stream, read_ahead).await;
    });
}

async fn inside(mut passage: Passage, mut stream: TcpStream, read_ahead: Bytes) {
    let Door::Tunnel { host, .. } = &passage.door else { return };
    let host = host.clone();
    let (speaks, seen) = match tokio::time::timeout(HANDSHAKE_WAIT, sniff(&mut stream, read_ahead)).await {
        Ok(Ok(found)) => found,
        Ok(Err(_)) => return passage.close("the tunnel broke off before its first byte"),
        Err(_) => return passage.close("nothing came through the tunnel in time"),
    };
    match speaks {
        Speaks::Tls => tls(passage, Prefixed::new(seen, stream), &host).await,
        Speaks::Http1 => {
            passage.set_scheme(Scheme::Http);
            serve::http1(passage, stream, seen).await;
        }
        Speaks::Http2 => {
            passage.set_scheme(Scheme::Http);
            serve::http2(passage, Prefixed::new(seen, stream)).await;
        }
        Speaks::Opaque if seen.is_empty() => {}
        Speaks::Opaque => passage.close("opaque bytes in a tunnel: neither TLS nor HTTP"),
    }
}

async fn tls(passage: Passage, stream: Prefixed<TcpStream>, host: &Host) {
    match passage.gate.decrypter.accept(stream, host).await {
        Ok((stream, Alpn::Http1)) => serve::http1(passage, stream, Bytes::new()).await,
        Ok((stream, Alpn::Http2)) => serve::http2(passage, stream).await,
        Err(refusal) => passage.refused_tls(&refusal),
    }
}

impl Passage {
    fn set_scheme(&mut self, spoken: Scheme) {
        if let Door::Tunnel { scheme, .. } = &mut self.door {
            *scheme = spoken;
        }
    }

    /// Puts a tunnel that held no request on record.
    fn close(&self, why: &str) {
        self.gate.closed(self.tunnel_record(Event::Connection), why);
    }

    fn refused_tls(&self, refusal: &TlsRefusal) {
        match refusal {
            TlsRefusal::OtherName => {
                let record = self.tunnel_record(Event::Refused).code(crate::code::Code::TargetMismatch);
                self.gate.closed(record, &refusal.to_string());
            }
            _ => self.close(&refusal.to_string()),
        }
    }

    fn tunnel_record(&self, event: Event) -> Record {
        let record = self.gate.record(event, self.peer.ip(), self.agent.as_ref());
        match &self.door {
            Door::Tunnel { host, port, .. } => record.with("host", host.to_string()).with("port", *port),
            Door::Explicit => record,
        }
    }
}
