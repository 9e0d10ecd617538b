//! `deny`: refuses holds, one or an exact list, all or none. It needs no digest: what is not sent harms nobody.

use serde_json::json;

use crate::admin::{Holds, is_name, json as ascii};
use crate::cli::args::Deny;
use crate::cli::client::Client;
use crate::cli::hold::{check_name, safe};
use crate::cli::server::Place;
use crate::cli::{Done, Trouble, out};
use crate::hold::HoldView;

/// A digest is of no use here, and one that was typed may be an approval's in the wrong command.
fn check(text: &str) -> Done {
    match text.split_once('@') {
        Some((id, _)) if is_name(id) => Err(Trouble::Wrong(format!(
            "{}: a denial names no digest: holdpoint deny {} --reason \"…\"",
            safe(text),
            safe(id)
        ))),
        _ => check_name(text),
    }
}

/// Denies.
pub async fn run(place: &Place, asked: Deny) -> Done {
    let Some(reason) = asked.reason.filter(|_| asked.note.is_none()) else {
        let text = "a denial has no --note, which goes with an approval: --reason is what the agent is told, and on record";
        return Err(Trouble::Wrong(text.into()));
    };
    asked.holds.iter().try_for_each(|id| check(id))?;
    let client = Client::find(place)?;
    let denied: Vec<HoldView> = match asked.holds.as_slice() {
        [id] => {
            let said = json!({ "decision": "deny", "reason": reason });
            vec![client.post(&format!("/v1/holds/{id}/decision"), &said).await?]
        }
        ids => {
            let each = |id: &String| json!({ "id": id, "decision": "deny", "reason": reason });
            let said = json!({ "decisions": ids.iter().map(each).collect::<Vec<_>>() });
            client.post::<Holds>("/v1/decisions", &said).await?.holds
        }
    };
    if asked.json {
        return out::say(&(ascii::text(&Holds { holds: denied }) + "\n"));
    }
    denied.iter().try_for_each(|hold| out::say(&format!("{}: denied\n", safe(&hold.code))))
}
