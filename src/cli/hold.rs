//! What the commands share: how a hold is named on the line, how it is fetched to be read, and how a text that is
//! not Holdpoint's own gets to a screen.

use std::time::Duration;

use crate::admin::{Page, is_name};
use crate::approve::{Charset, Look, Rendering, Untrusted};
use crate::cli::client::Client;
use crate::cli::{Done, Trouble};

/// A text of somebody else's, made safe for any terminal.
pub fn safe(text: &str) -> String {
    Untrusted::from(text).show(Look::here().charset).text
}

/// Refuses what can be neither an id nor a code, before it becomes part of a path.
pub fn check_name(text: &str) -> Done {
    if is_name(text) {
        return Ok(());
    }
    Err(Trouble::Wrong(format!("{} is neither a hold's id nor its code", safe(text))))
}

/// The rendering of a hold for a screen of some width.
pub async fn rendering(
    client: &Client,
    id: &str,
    width: usize,
    charset: Charset,
) -> Result<Rendering, Trouble> {
    let ascii = charset == Charset::Ascii;
    let page: Page =
        client.get_json(&format!("/v1/holds/{id}/rendering?width={width}&ascii={ascii}")).await?;
    Ok(Rendering { charset, ..page.into() })
}

/// Nothing is waited for but the answer itself.
pub const AT_ONCE: Duration = Duration::ZERO;
