//! Every bound of the program, floor by floor, each with its reason.
//!
//! A limit refuses or holds; it never skips inspection. What an operator may move lives in the config
//! (`[hold]`), and starts from the defaults given here.

mod judging;
mod memory;
mod people;
mod screens;
mod wire;

pub use judging::*;
pub use memory::*;
pub use people::*;
pub use screens::*;
pub use wire::*;
