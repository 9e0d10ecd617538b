//! Marks what a release and its receipt are for, so that a mutation with a read's record does not compile.

/// A request that was proven to be a read: its record needs only a place in the writer's queue.
#[derive(Debug)]
pub enum Read {}

/// Anything else that may be sent: its record is on disk first.
#[derive(Debug)]
pub enum Mutation {}

/// The two kinds, and no other.
pub trait Kind: sealed::Sealed + Send + Sync + 'static {}

impl Kind for Read {}
impl Kind for Mutation {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Read {}
    impl Sealed for super::Mutation {}
}
