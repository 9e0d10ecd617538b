//! Listens to `/v1/events`: what happens, one event at a time, in bounded memory.

use std::time::Duration;

use crate::cli::Trouble;
use crate::cli::client::{Answer, Client};
use crate::hold::Happening;
use crate::limits;

/// Somebody who listens.
pub struct Listener {
    answer: Answer,
    buffer: Vec<u8>,
}

/// What comes.
#[derive(Debug)]
pub enum Told {
    /// This happened.
    Happening(Box<Happening>),
    /// It listens from here on, or some may be missing: look at everything anew.
    Anew,
}

impl Listener {
    /// Begins to listen.
    pub async fn start(client: &Client) -> Result<Self, Trouble> {
        let answer = client.get("/v1/events", None, Duration::ZERO).await?;
        let answer = answer.ok_or_else(|| Trouble::Failed("the server tells nothing".into()))?;
        Ok(Self { answer, buffer: Vec::new() })
    }

    /// The next event; `None` when the server ends. Dropped before it returns, it loses nothing.
    pub async fn next(&mut self) -> Result<Option<Told>, Trouble> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let event: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(told) = read(&String::from_utf8_lossy(&event)) {
                    return Ok(Some(told));
                }
                continue;
            }
            if self.buffer.len() > limits::EVENT_BYTES_MAX {
                return Err(Trouble::Failed("the server tells of something that is too large".into()));
            }
            match self.answer.piece().await? {
                Some(piece) => self.buffer.extend_from_slice(&piece),
                None => return Ok(None),
            }
        }
    }
}

/// One event; none for a heartbeat and for what this version does not know.
fn read(event: &str) -> Option<Told> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
    if event.starts_with(": listening") || field("event: ") == Some("lost") {
        return Some(Told::Anew);
    }
    serde_json::from_str(field("data: ")?).ok().map(|happening| Told::Happening(Box::new(happening)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heartbeats_say_nothing_and_what_is_lost_is_looked_at_anew() {
        assert!(read(":\n\n").is_none());
        assert!(matches!(read(": listening\n\n"), Some(Told::Anew)));
        assert!(matches!(read("event: lost\ndata: {}\n\n"), Some(Told::Anew)));
        let data = r#"{"seq":3,"at":"","what":"thawed","hold":null,"grant":null,"freeze":null}"#;
        let told = read(&format!("id: a-3\nevent: thawed\ndata: {data}\n\n"));
        assert!(matches!(told, Some(Told::Happening(happening)) if happening.what == "thawed"));
        assert!(read("event: held\ndata: not json\n\n").is_none());
    }
}
