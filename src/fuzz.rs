//! The door by which the fuzz targets (`tests/fuzz`) reach the parsers that no other crate may call. It exists only
//! where `cargo fuzz` builds (`--cfg fuzzing`), adds nothing of its own, and answers in plain values.

pub use crate::classify::fuzz::{content, git_commands, graphql, multipart, sparql, sql, xml};
