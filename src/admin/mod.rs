//! admin: the people's side of the desk, as JSON over a Unix socket and a loopback port (SPEC section 10).
//!
//! Every request passes the door first: its `Host` and `Origin` must be the listener's own, and a person must
//! stand behind it, by a token or by the socket peer's user. What is unsure is refused. Nothing changes by GET;
//! a decision is a POST of JSON that names the digest. Nothing here shares a listener, a port or a credential
//! with the agents' side (CASES AP-14, 15, 17, 18, 19, 33).
//!
//! In the order of a request: `server` accepts, `door` checks the way in, `people` says who asks, `routes` leads
//! to what `table` names, and `problem` is how a refusal looks. `document` describes the same table as OpenAPI.

pub mod answer;
pub mod holds;
pub mod json;
pub mod log;
pub mod rendering;
pub mod session;
pub mod token;

mod agents;
mod asked;
pub mod body;
mod bytes;
mod clear;
mod decisions;
mod document;
mod door;
mod edit;
mod events;
mod freeze;
mod grants;
mod open;
mod people;
mod problem;
mod route;
mod routes;
mod server;
mod socket;
mod table;
pub mod tls;
mod wrong;

#[cfg(test)]
mod tests;

pub use crate::serve::name_of;
pub use agents::Agents;
pub use clear::SPEAKS_TLS;
pub use door::Door;
pub use edit::Text;
pub use freeze::Freezes;
pub use grants::Grants;
pub use holds::{Holds, is_name};
pub use people::{People, Person};
pub use problem::{Kind, Problem};
pub use rendering::Page;
pub use routes::Pages;
pub use routes::{MetricsText, Office, Ready};
pub use server::{MakePages, Server};
