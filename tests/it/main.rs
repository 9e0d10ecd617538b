//! The tests, in the order of the story. First the harness: a house with a proxy in it, upstreams that remember
//! every byte, agents made of raw sockets, a person who decides, the real binary. Then the cases, each a sentence.

// A harness says what it waited for and stops; every call here is part of a test.
#![allow(clippy::unwrap_used)]

// The harness.
mod h2raw;
mod message;
mod pki;
mod raw;
mod tape;
mod wait;
