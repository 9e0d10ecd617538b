//! The whole router in process, over a real desk and a real log: what gets in, what a decision does, and that
//! nothing else does anything.

mod decisions;
mod desked;
mod entry;
mod reading;
mod server;
