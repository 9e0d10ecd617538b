//! What stops an agent: a freeze by a person or a file, the breaker, and the near edges of a grant.

mod breaker;
mod crash;
mod freeze;
mod grants;
mod grants_by_command;
mod told;
