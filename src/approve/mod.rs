//! approve: what people see of a hold, and the prompt that asks them. One rendering for every surface, made from
//! the bytes that are digested and safe for terminals; whatever is unsure is shown as an escape, counted, and
//! released only by more than a yes (SPEC section 7, CASES AP).

mod answer;
pub mod body;
mod content;
pub mod counter;
mod differs;
mod form;
mod git;
mod graphql;
mod grpc;
mod hex;
mod host;
mod json;
mod json_token;
pub mod known;
pub mod line;
mod lines;
mod mask;
mod multipart;
pub mod options;
mod outcome;
mod page;
mod pager;
mod patience;
pub mod print;
pub mod prompt;
mod protobuf;
mod question;
pub mod render;
mod rows;
mod runs_out;
pub mod shown;
mod strings;
mod summary;
pub mod tty;
pub mod unicode;
pub mod untrusted;
pub mod words;
mod wrap;
mod xml;

pub use body::{BodyParts, BodyView};
pub use counter::Counter;
pub use known::{Known, Schemas};
pub use line::{Gutter, Line, Rendering, Source, Span, Style};
pub use options::Options;
pub use print::{Look, Screen, plain};
pub use prompt::{End, Setup};
pub use render::{raw, render};
pub use shown::Charset;
pub use tty::Tty;
pub use untrusted::Untrusted;
