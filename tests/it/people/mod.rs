//! The people's side: what they are shown cannot act on them, and nobody but them decides (CASES 1.G).

mod admin;
mod agents;
pub mod api;
mod demo;
mod edit;
mod handshake;
mod many;
pub mod notify;
mod prompt;
mod rendering;
mod review;
mod review_attacks;
mod run;
mod schema;
mod screen;
pub mod seat;
pub mod terminal;
mod watch;
mod words;
