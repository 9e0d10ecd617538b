//! The tests, in the order of the story. First the harness: a house with a proxy in it, upstreams that remember
//! every byte, agents made of raw sockets, a person who decides, the real binary. Then the cases, each a sentence.

// A harness says what it waited for and stops; every call here is part of a test.
#![allow(clippy::unwrap_used)]

// The harness.
mod binary;
mod door;
mod h2agent;
mod h2raw;
mod h2tape;
mod house;
mod message;
mod names;
mod oracle;
mod person;
mod pki;
mod plan;
mod raw;
mod reply;
mod tape;
mod tickets;
mod wait;

// The harness can fail.
mod floors;
mod proof;

// The cases, in the order of the way: what comes in, where it goes, what it is, who waits, who decides, what is
// on record, what the agent is told.
mod audit;
mod audit_verify;
mod classify;
mod conditions;
mod console;
mod crash;
mod destination;
mod framing;
mod holding;
mod http2;
mod judging;
mod mcp;
mod page;
mod people;
mod prompt;
mod refusals;
mod service;
mod stopping;
mod tongues;
mod upstream_h2;
mod waiting;

// The whole of it: the two incidents, real clients, size and number.
mod clients;
mod incidents;
mod inspection;
mod listing;
mod load;
mod peers;
