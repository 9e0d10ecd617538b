//! Not read yet.

use crate::classify::asked::Asked;
use crate::classify::operation::{Otherwise, Reading};

pub(super) fn read(_asked: &Asked<'_>) -> Reading {
    Err(Otherwise::NotMine)
}
