//! The one way out: what may be sent. Made from a `Pass` or an `Approval` only, consumed by sending.
//!
//! The compiler keeps the promises; each of these pairs differs in one line. A mutation is sent with a durable
//! record:
//!
//! ```
//! use holdpoint::{audit::Receipt, forward::{Line, send}, hold::Permit, kind::Mutation, release::Release};
//! async fn go(line: Line, release: Release<Mutation>, receipt: Receipt<Mutation>, permit: Permit) {
//!     let _ = send(line, release, receipt, permit).await;
//! }
//! ```
//!
//! and not with a read's:
//!
//! ```compile_fail
//! use holdpoint::{audit::Receipt, forward::{Line, send}, hold::Permit, kind::{Mutation, Read}, release::Release};
//! async fn go(line: Line, release: Release<Mutation>, receipt: Receipt<Read>, permit: Permit) {
//!     let _ = send(line, release, receipt, permit).await;
//! }
//! ```
//!
//! It is sent once:
//!
//! ```compile_fail
//! use holdpoint::{audit::Receipt, forward::{Line, send}, hold::Permit, kind::Mutation, release::Release};
//! async fn go(line: Line, l2: Line, release: Release<Mutation>, receipt: Receipt<Mutation>, r2: Receipt<Mutation>, permit: Permit, p2: Permit) {
//!     let _ = send(line, release, receipt, permit).await;
//!     let _ = send(l2, release, r2, p2).await;
//! }
//! ```
//!
//! And not without the desk's permit, which a freeze takes back:
//!
//! ```compile_fail
//! use holdpoint::{audit::Receipt, forward::{Line, send}, hold::Permit, kind::Mutation, release::Release};
//! async fn go(line: Line, release: Release<Mutation>, receipt: Receipt<Mutation>, agent: String) {
//!     let _ = send(line, release, receipt, Permit { agent }).await;
//! }
//! ```
//!
//! A release needs a permission that its own stage made:
//!
//! ```
//! use holdpoint::{hold::Approval, release::Release, snapshot::Snapshot};
//! fn go(approval: &Approval, snapshot: Snapshot) {
//!     let _ = Release::approved(approval, snapshot);
//! }
//! ```
//!
//! which nobody else can make up:
//!
//! ```compile_fail
//! use holdpoint::{hold::{Approval, HoldId}, release::Release, snapshot::{Digest, Snapshot}};
//! fn go(hold: HoldId, digest: Digest, snapshot: Snapshot) {
//!     let _ = Release::approved(&Approval { hold, digest }, snapshot);
//! }
//! ```
//!
//! A pass is used up by what it lets pass:
//!
//! ```
//! use holdpoint::{decide::Pass, release::Release, snapshot::Snapshot};
//! fn go(pass: Pass, one: Snapshot) {
//!     let _ = Release::allowed(pass, one);
//! }
//! ```
//!
//! ```compile_fail
//! use holdpoint::{decide::Pass, release::Release, snapshot::Snapshot};
//! fn go(pass: Pass, one: Snapshot, two: Snapshot) {
//!     let _ = Release::allowed(pass, one);
//!     let _ = Release::allowed(pass, two);
//! }
//! ```
//!
//! And there is only one of a snapshot:
//!
//! ```compile_fail
//! use holdpoint::snapshot::Snapshot;
//! fn go(one: &Snapshot) -> Snapshot {
//!     one.clone()
//! }
//! ```

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

    /// A held request that a person released; the snapshot must be the one with the approved digest, or the same call
    /// with the return address of the attempt that carries it, as the desk has compared it.
    pub fn approved(approval: &Approval, snapshot: Snapshot) -> Option<Self> {
        (approval.sends() == snapshot.digest()).then(|| Self::whole(snapshot))
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
