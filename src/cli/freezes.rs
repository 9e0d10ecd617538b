//! What is frozen, in the log of `serve`: what was on when it started, and what comes and goes. Without it, whoever
//! reads the log alone would see an agent that gets nothing done, and not why.

use tokio::sync::broadcast::error::RecvError;

use crate::approve::standing::{Place, back, frozen};
use crate::approve::{Charset, Untrusted};
use crate::hold::{Desk, FreezeView};

/// Tells until the desk has closed.
pub async fn tell(desk: Desk) {
    let (_, mut happenings) = desk.happenings(None);
    let mut known = Vec::new();
    news(&desk, &mut known).await;
    loop {
        match happenings.recv().await {
            Ok(happening) if happening.freeze.is_none() => {}
            // What was lost on the way is seen by looking.
            Ok(_) | Err(RecvError::Lagged(_)) => news(&desk, &mut known).await,
            Err(RecvError::Closed) => return,
        }
    }
}

/// Says what has changed since the last look.
async fn news(desk: &Desk, known: &mut Vec<FreezeView>) {
    let now = desk.freezes().await;
    for freeze in now.iter().filter(|freeze| !known.contains(freeze)) {
        let text = safe(&format!("FROZEN: {}; {}", frozen(freeze), back(freeze, Place::Shell)));
        tracing::warn!("{text}");
    }
    for freeze in known.iter().filter(|freeze| !now.contains(freeze)) {
        let text = safe(&format!("no longer frozen: {}", frozen(freeze)));
        tracing::warn!("{text}");
    }
    *known = now;
}

/// Reasons and names are other people's words.
fn safe(text: &str) -> String {
    Untrusted::from(text).show(Charset::Ascii).text
}
