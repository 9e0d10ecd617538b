//! Holdpoint: a forward proxy between agents and the services they act on. It tells reads from mutations, lets
//! reads through, holds every mutation, and forwards it only when a person has released exactly those bytes.
//!
//! The modules in the order of the story, floor by floor (a module uses only what is listed above it):

// 0 words: plain values.
pub mod agent;
pub mod clock;
pub mod code;
pub mod failpoint;
pub mod json;
pub mod kind;
pub mod limits;
pub mod net;
pub mod origin;
pub mod pattern;
pub mod secret;
pub mod snapshot;

// 1 judgement: pure.
pub mod classify;
pub mod decide;

// aside: the checked config.
pub mod config;

// a leaf that every floor above may count with.
pub mod metrics;

// 2 memory: the only durable state.
pub mod store;

pub mod audit;
pub mod hold;
pub mod release;

// 3 hands: sockets; none knows another.
pub mod accept;
pub mod decrypt;
pub mod forward;
pub mod identify;
pub mod parse;

// 4 the way: the only place that knows them all.
pub mod reply;

pub mod gate;
pub mod serve;

// 5 people.
pub mod admin;
pub mod approve;
pub mod cli;
pub mod console;
pub mod notify;
pub mod page;

#[cfg(fuzzing)]
pub mod fuzz;
