//! What came of an approval: told at once where it is known, and waited for a little where the request is on its
//! way.

use std::time::Duration;

use tokio::time::Instant;

use crate::admin::{Freezes, Holds, json};
use crate::approve::standing::{Place, standing};
use crate::cli::client::Client;
use crate::cli::hold::safe;
use crate::cli::{Done, Trouble, out};
use crate::hold::{FreezeView, HoldView};
use crate::limits;

/// Prints a line for each hold, or all of them as JSON.
pub async fn tell(client: &Client, approved: Vec<HoldView>, as_json: bool) -> Done {
    let until = Instant::now() + limits::CLIENT_OUTCOME_WAIT;
    if as_json {
        let mut holds = Vec::with_capacity(approved.len());
        for hold in approved {
            holds.push(follow(client, hold, until).await);
        }
        return out::say(&(json::text(&Holds { holds }) + "\n"));
    }
    for hold in approved {
        let hold = follow(client, hold, until).await;
        let freezes = if hold.frozen { freezes(client).await } else { Vec::new() };
        out::say(&format!("{}: {}\n", safe(&hold.code), words(&hold, &freezes)))?;
    }
    Ok(())
}

/// Looks at a hold until it is no longer on its way. That the server cannot be asked any more takes nothing back
/// from the approval, so the last that is known is told.
async fn follow(client: &Client, mut hold: HoldView, until: Instant) -> HoldView {
    let mut etag = None;
    while matches!(&*hold.state, "approved" | "forwarding") {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        match look(client, &hold.id, etag.as_deref(), left).await {
            Ok(Some((view, tag))) => (hold, etag) = (view, tag),
            Ok(None) => {}
            Err(_) => break,
        }
    }
    hold
}

async fn look(
    client: &Client,
    id: &str,
    known: Option<&str>,
    wait: Duration,
) -> Result<Option<(HoldView, Option<String>)>, Trouble> {
    let path = format!("/v1/holds/{id}?wait={}ms", wait.as_millis().max(1));
    let path = if known.is_some() { path } else { format!("/v1/holds/{id}") };
    match client.get(&path, known, wait).await? {
        None => Ok(None),
        Some(answer) => {
            let etag = answer.etag.clone();
            Ok(Some((answer.json().await?, etag)))
        }
    }
}

/// Where they cannot be asked for, the hold still says that one is on.
async fn freezes(client: &Client) -> Vec<FreezeView> {
    let found: Result<Freezes, Trouble> = client.get_json("/v1/freeze").await;
    found.map(|found| found.freezes).unwrap_or_default()
}

/// What a hold's state means to the one who has just approved it.
fn words(hold: &HoldView, freezes: &[FreezeView]) -> String {
    if let Some(waits) = standing(hold, freezes, Place::Shell) {
        return safe(&waits);
    }
    let outcome = hold.outcome.as_ref();
    let error = outcome.and_then(|outcome| outcome.error.as_deref()).map(safe).unwrap_or_default();
    match &*hold.state {
        "approved" => "approved; it is about to be sent".into(),
        "forwarding" => "approved; it is being sent".into(),
        "done" => match outcome.and_then(|outcome| outcome.status) {
            Some(status) => format!("approved and sent; the upstream answered {status}"),
            None => "approved and sent".into(),
        },
        "failed" => format!("approved, and nothing was sent: {error}"),
        "outcome_unknown" => {
            format!("approved and sent, but no whole answer came ({error}); it is not sent again by itself")
        }
        state => format!("now {}", safe(state)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hold::sample::held;
    use crate::hold::view::OutcomeView;

    #[test]
    fn every_end_is_told_in_words() {
        let told = |state: &str, status: Option<u16>, error: Option<&str>| {
            let outcome = OutcomeView { status, at: String::new(), error: error.map(str::to_owned) };
            words(&HoldView { state: state.into(), outcome: Some(outcome), ..held() }, &[])
        };
        assert_eq!(told("done", Some(201), None), "approved and sent; the upstream answered 201");
        assert!(told("armed", None, None).contains("when the agent asks again"));
        assert!(told("outcome_unknown", None, Some("closed")).contains("(closed); it is not sent again"));
        assert!(told("failed", None, Some("a\x1bb")).contains("a\\x1bb"));
        assert_eq!(told("denied", None, None), "now denied");
    }
}
