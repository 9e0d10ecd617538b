//! The people's side: what they are shown cannot act on them, and nobody but them decides (CASES 1.G).

mod admin;
mod agents;
mod demo;
mod prompt;
mod rendering;
mod run;
mod screen;
mod terminal;
