//! The one way out: what may be sent. Made from a `Pass` or an `Approval` only, consumed by sending.

use std::marker::PhantomData;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;

use crate::decide::Pass;
use crate::hold::Approval;
use crate::kind::{Kind, Mutation, Read};
use crate::snapshot::{Body, Digest, Head, Snapshot};

/// A body that streams from the agent because it decides nothing.
pub type Flow = UnsyncBoxBody<Bytes, std::io::Error>;

/// What is sent after the head.
pub enum Content {
    /// A captured body, checked against the digest while it is written.
    Whole(Body, Digest),
    /// A body that streams through, or nothing.
    Stream(Option<Flow>),
}

/// A request that may be sent, once.
pub struct Release<K: Kind> {
    head: Head,
    content: Content,
    kind: PhantomData<K>,
}

/// A pass for a mutation was used as one for a read.
#[derive(Debug)]
pub struct NotARead;

impl Release<Read> {
    /// A read, streaming.
    pub fn read(pass: &Pass, head: Head, flow: Option<Flow>) -> Result<Self, NotARead> {
        if !pass.is_read() {
            return Err(NotARead);
        }
        Ok(Self { head, content: Content::Stream(flow), kind: PhantomData })
    }
}

impl Release<Mutation> {
    /// A mutation that a rule lets pass by its head alone.
    pub fn allowed_stream(_pass: Pass, head: Head, flow: Option<Flow>) -> Self {
        Self { head, content: Content::Stream(flow), kind: PhantomData }
    }

    /// A captured request that a rule lets pass.
    pub fn allowed(_pass: Pass, snapshot: Snapshot) -> Self {
        Self::whole(snapshot)
    }

    /// A held request that a person released; the snapshot must be the one with the approved digest.
    pub fn approved(approval: &Approval, snapshot: Snapshot) -> Option<Self> {
        (approval.digest() == snapshot.digest()).then(|| Self::whole(snapshot))
    }

    fn whole(snapshot: Snapshot) -> Self {
        let (head, body, digest) = snapshot.into_parts();
        Self { head, content: Content::Whole(body, digest), kind: PhantomData }
    }
}

impl<K: Kind> Release<K> {
    /// What will be sent first.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Takes it apart; only `forward/` has a use for that.
    pub fn into_parts(self) -> (Head, Content) {
        (self.head, self.content)
    }
}
