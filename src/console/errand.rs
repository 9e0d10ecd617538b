//! What the screen asks of the server, and what it hears. The screen itself opens no connection: whoever runs it does
//! these errands, in whatever order the answers come, and a question that is lost is answered by what is known then.

use crate::approve::{Lens, Line, Rendering, Said};
use crate::hold::{AgentView, FreezeView, GrantView, HoldView};

/// What the screen asks for.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Who is at work.
    Agents,
    /// The newest records of the audit log.
    Audit,
    /// The request as a command for a shell.
    Curl(String),
    /// Exactly these, all or none.
    Decide(Vec<Said>),
    /// The request as a text that a person changes.
    Draft(String),
    /// Stop what mutates, of this agent or of all.
    Freeze {
        /// Whose.
        agent: Option<String>,
        /// Why.
        reason: Option<String>,
    },
    /// What was approved for a while.
    Grants,
    /// One hold, as it is now.
    Look(String),
    /// A hold as a screen of this width shows it.
    Page(Wanted),
    /// Put this text in the place of the held request.
    Replace(Draft),
    /// End a grant.
    Revoke(String),
    /// Take a freeze back: this one, and no later one.
    Thaw(FreezeView),
}

/// Which rendering.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The hold's id.
    pub id: String,
    /// Columns.
    pub width: usize,
    /// What is looked at.
    pub lens: Lens,
    /// Nothing left out of what is at hand.
    pub all: bool,
}

/// A request as a text, and what it is of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The hold's id.
    pub id: String,
    /// The digest of the request that the text was made from.
    pub digest: String,
    /// HTTP/1.1, secrets masked.
    pub text: String,
}

/// A hold's rendering as the server made it.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The lines, and the digest of exactly what they show.
    pub rendering: Rendering,
    /// Why an approval of this person would not count.
    pub not_yours: Option<String>,
}

/// What came of decisions.
#[derive(Clone, Debug)]
pub struct Decided {
    /// What was said.
    pub said: Vec<Said>,
    /// The holds afterwards, or why none was decided. An answer that did not come is an error too.
    pub answer: Result<Vec<HoldView>, String>,
    /// After an error: the holds as they were found then; `None`: no longer known.
    pub now: Vec<Option<HoldView>>,
}

/// What the screen hears.
#[derive(Debug)]
pub enum News {
    /// Who is at work.
    Agents(Vec<AgentView>),
    /// The newest records, a line each, the newest first.
    Audit(Vec<String>),
    /// A hold has changed, or was looked at.
    Changed(Box<HoldView>),
    /// A hold's request as a command for a shell, or why there is none.
    Curl(String, Result<String, String>),
    /// What came of decisions.
    Decided(Box<Decided>),
    /// A text to be edited.
    Draft(Draft),
    /// What is frozen now.
    Freezes(Vec<FreezeView>),
    /// What was approved for a while.
    Grants(Vec<GrantView>),
    /// All that waits, for a person or for an agent that asks again.
    Holds(Vec<HoldView>),
    /// The server does not answer; why.
    Lost(String),
    /// A rendering, or why there is none.
    Page(Wanted, Result<Box<Page>, String>),
    /// Something was done, or was not, in words.
    Said(String),
    /// Some of what waits, while the rest is being read.
    Some(Vec<HoldView>),
    /// The window has another size.
    Resized,
    /// This process is told to end.
    Stop,
}

/// What an editor gave back.
#[derive(Debug)]
pub enum Edited {
    /// This, and how it differs.
    Changed(String, Vec<Line>),
    /// Nothing that is to be put in place; why.
    Not(String),
}
