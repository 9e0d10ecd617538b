//! The tests, in the order of the story.
#![allow(clippy::unwrap_used)]

mod audit_verify;
mod floors;
mod prompt;
