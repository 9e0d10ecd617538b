//! Framing and syntax: whatever two readers could read in two ways is refused, at every door, before a byte of
//! it goes anywhere (CASES 1.A). The strict reader stands before hyper, which accepts much of this.

mod chunks;
mod fields;
mod lengths;
mod lines;
mod pipeline;
mod responses;
mod targets;
