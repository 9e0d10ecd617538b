//! stub
use crate::code::Code;
use crate::origin::{Host, Scheme};
use crate::snapshot::{Body, Head, Snapshot};
use crate::store::spool::Spool;
use bytes::Bytes;
use std::sync::Arc;
pub enum Door {
    Explicit,
    Tunnel { host: Host, port: u16, scheme: Scheme },
}
pub struct Refusal {
    pub code: Code,
    pub detail: String,
}
pub type Refuser = Arc<dyn Fn(&Refusal) -> Vec<u8> + Send + Sync>;
pub struct RawHead {}
#[derive(Clone)]
pub struct Line {}
impl Line {
    pub fn raw(&self) -> RawHead {
        todo!()
    }
    pub fn over(&self) {
        todo!()
    }
    pub fn tunnel(&self) {
        todo!()
    }
    pub fn when_flushed(&self, _f: impl FnOnce() + Send + 'static) {
        todo!()
    }
}
pub struct Strict<S>(S);
impl<S> Strict<S> {
    pub fn new(_s: S, _p: Bytes, _r: Refuser) -> (Self, Line) {
        todo!()
    }
    pub fn into_inner(self) -> (S, Bytes) {
        todo!()
    }
}
impl<S: Unpin> tokio::io::AsyncRead for Strict<S> {
    fn poll_read(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        _: &mut tokio::io::ReadBuf<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        todo!()
    }
}
impl<S: Unpin> tokio::io::AsyncWrite for Strict<S> {
    fn poll_write(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
        _: &[u8],
    ) -> std::task::Poll<std::io::Result<usize>> {
        todo!()
    }
    fn poll_flush(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        todo!()
    }
    fn poll_shutdown(
        self: std::pin::Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> std::task::Poll<std::io::Result<()>> {
        todo!()
    }
}
#[derive(Clone, Copy)]
pub enum Framing {
    None,
    Length(u64),
    Unknown,
}
pub struct Received {}
impl Received {
    pub fn head(&self) -> &Head {
        todo!()
    }
    pub fn streaming(self) -> Head {
        todo!()
    }
    pub fn freeze(self, _b: Body) -> Snapshot {
        todo!()
    }
    pub fn framing(&self) -> Framing {
        todo!()
    }
    pub fn has_body(&self) -> bool {
        todo!()
    }
}
pub enum CaptureError {
    Refused(Refusal),
    Gone,
}
pub async fn capture<B: http_body::Body<Data = Bytes>>(
    _b: B,
    _f: Framing,
    _s: &Spool,
    _m: u64,
) -> Result<Body, CaptureError> {
    todo!()
}
pub fn receive(
    _p: &http::request::Parts,
    _r: Option<&RawHead>,
    _d: &Door,
    _n: &str,
) -> Result<Received, Refusal> {
    todo!()
}
pub fn connect(_p: &http::request::Parts, _r: Option<&RawHead>, _d: &Door) -> Result<(Host, u16), Refusal> {
    todo!()
}
pub fn paced<B: http_body::Body<Data = Bytes>>(
    b: B,
) -> http_body_util::combinators::MapErr<B, fn(B::Error) -> std::io::Error> {
    let _ = b;
    todo!()
}
