//! console: a full screen of what waits, over the admin API. It shows the one rendering of each hold, line for line as the
//! server made it from the digested bytes, and asks about decisions in words (CASES AP).
//!
//! `input` makes keys of bytes, `keys` says what they mean, `press` does it; `hear` takes in what the server tells; `draw`
//! makes a screen of what `state` has come to, and `paper` writes it. None of these opens a connection or a file: what is
//! to be asked of the server goes through `Hands`.

mod batch;
mod detail;
pub mod dialog;
pub mod draw;
pub mod errand;
mod hear;
mod help;
mod idle;
pub mod input;
pub mod keys;
mod leaving;
pub mod list;
mod message;
pub mod paper;
mod press;
mod questions;
mod room;
mod run;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod seat;
pub mod sheet;
pub mod state;
mod terminal;
mod text;
pub mod view;

pub use errand::{Ask, Decided, Draft, Edited, News, Page, Wanted};
pub use run::{Hands, Over, Setup, run};
