//! Not read yet.

use crate::classify::asked::Asked;
use crate::classify::operation::{Otherwise, Reading};

/// What the operator's files say.
#[derive(Debug)]
pub struct Document {}

pub(super) fn read(_asked: &Asked<'_>) -> Reading {
    Err(Otherwise::NotMine)
}

impl Document {
    /// Reads an OpenAPI document.
    pub fn read(_bytes: &[u8]) -> Result<Self, String> {
        Err("OpenAPI documents are not read yet".to_owned())
    }
}
