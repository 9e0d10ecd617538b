//! Starts the command line; only this file exits.

fn main() {}
