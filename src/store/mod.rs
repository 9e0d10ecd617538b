//! store: the hold queue on disk. SQLite behind one thread (WAL, synchronous=FULL, read back at start); each step
//! of a hold is one transaction that compares the state before it sets the next. Bodies above
//! `limits::BODY_INLINE_MAX` lie in the spool.

pub mod pieces;
pub mod spool;
pub struct Store {}
impl Store {
    pub fn open(_: &std::path::Path) -> Result<Self, String> {
        todo!()
    }
    pub fn checkpoint(&self) -> Option<crate::audit::Checkpoint> {
        todo!()
    }
}
