//! approve: what people see of a hold, and the prompt that asks them. One rendering for every surface, made from
//! the bytes that are digested and safe for terminals; whatever is unsure is shown as an escape, counted, and
//! released only by more than a yes (SPEC section 7, CASES AP).

pub mod body;
mod form;
mod hex;
mod host;
mod json;
pub mod line;
mod multipart;
pub mod options;
pub mod print;
pub mod render;
mod rows;
mod summary;
pub mod unicode;
pub mod untrusted;
pub mod words;
mod wrap;

pub use body::{BodyParts, BodyView};
pub use line::{Gutter, Line, Rendering, Source, Span, Style};
pub use options::Options;
pub use print::{Look, Screen, plain};
pub use render::{raw, render};
pub use untrusted::{Charset, Untrusted};
