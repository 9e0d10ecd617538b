//! The people's side: what they are shown cannot act on them, and nobody but them decides (CASES 1.G).

mod admin;
mod agents;
mod api;
mod demo;
mod edit;
mod notify;
mod prompt;
mod rendering;
mod review;
mod run;
mod schema;
mod screen;
mod terminal;
mod words;
