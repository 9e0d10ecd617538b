//! An upstream's answer to a held request, as it is kept for attempts that come back (SPEC section 7).

use crate::snapshot::{Body, Field};

/// A whole answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The upstream's status.
    pub status: u16,
    /// Its fields, without hop-by-hop ones and `alt-svc`.
    pub fields: Vec<Field>,
    /// Its body, whole.
    pub body: Body,
}
