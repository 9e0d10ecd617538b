//! The tests, in the order of the story.

mod audit_verify;
mod floors;
mod prompt;
