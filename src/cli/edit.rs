//! `edit`: the request in the person's own editor. The text comes from the server, secrets masked; what was made of it
//! is shown as a difference and asked about on the terminal before it takes the request's place. It names the digest of
//! what was edited, so that nobody else's edit is written over.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::json;

use crate::admin::Text;
use crate::approve::{Look, Screen, Tty};
use crate::cli::args::Edit;
use crate::cli::client::Client;
use crate::cli::hold::{check_name, safe};
use crate::cli::server::Place;
use crate::cli::{Done, Trouble, ask, difference, out};
use crate::hold::HoldView;
use crate::limits;
use crate::secret::{hex, random};

/// Edits.
pub async fn run(place: &Place, asked: Edit) -> Done {
    check_name(&asked.hold)?;
    let tty = Tty::open().map_err(|error| Trouble::Wrong(format!("{error}\nhint: {ELSEWHERE}")))?;
    editor()?;
    let client = Client::find(place)?;
    let path = format!("/v1/holds/{}/request", asked.hold);
    let before: Text = client.get_json(&path).await?;
    let after = by_hand(&before.text)?;
    if is_unchanged(&before.text, &after) {
        return out::say(&unchanged(&difference::not_taken(&before.text, &after)));
    }
    let mut screen = Screen::new(tty.writer().map_err(broken)?, Look::here());
    difference::show(&mut screen, &before.text, &after).map_err(broken)?;
    if !ask::word(&tty, &mut screen, "Put this in the place of the held request? Type yes:", "yes")? {
        return Err(Trouble::Failed("not put in place; the hold is as it was".into()));
    }
    let view: HoldView = client.put(&path, &json!({ "digest": before.digest, "text": after })).await?;
    out::say(&format!(
        "{}: edited; it needs approving: {}@{}\n",
        safe(&view.code),
        safe(&view.code),
        safe(&view.digest)
    ))
}

/// What there is for scripts.
const ELSEWHERE: &str = "without a terminal, `GET /v1/holds/ID/request` of the admin API gives the text, and `PUT` puts a \
                         changed one in its place; what it is then needs approving as here";

/// Has a person change a text in an editor.
pub fn by_hand(text: &str) -> Result<String, Trouble> {
    let editor = editor()?;
    let file = Draft::new(text)?;
    open(&editor, &file.0)?;
    file.read()
}

/// Whether nothing came of that.
pub fn is_unchanged(before: &str, after: &str) -> bool {
    after.trim().is_empty() || difference::is_the_same(before, after)
}

/// What is said then.
pub const UNCHANGED: &str = "nothing was changed; the hold is as it was";

fn unchanged(not_taken: &[&str]) -> String {
    let mut text = format!("{UNCHANGED}\n");
    for line in not_taken {
        text.push_str(&format!("{}: {}\n", safe(line), difference::NOT_TAKEN));
    }
    text
}

fn editor() -> Result<String, Trouble> {
    let named = |name| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
    named("VISUAL").or_else(|| named("EDITOR")).ok_or_else(|| {
        Trouble::Wrong("no editor: set VISUAL or EDITOR, as in EDITOR=nano holdpoint edit ID".into())
    })
}

/// An editor may be a command with arguments, as git takes it.
fn open(editor: &str, file: &Path) -> Done {
    let run = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(file).status();
    match run {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Trouble::Failed(format!("the editor ended with {status}; the hold is as it was"))),
        Err(error) => Err(Trouble::Failed(format!("the editor does not start: {error}"))),
    }
}

/// The text while it is edited: a file of this user's alone, which goes with this value.
struct Draft(PathBuf);

impl Draft {
    fn new(text: &str) -> Result<Self, Trouble> {
        // What only this user's memory holds is gone with the session, whatever becomes of this process.
        let private = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let place = private.filter(|place| place.is_absolute() && place.is_dir());
        let name = format!("holdpoint-{}.http", hex(&random::<8>()));
        let path = place.unwrap_or_else(std::env::temp_dir).join(name);
        let write = || -> io::Result<()> {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(text.as_bytes())
        };
        write().map_err(|error| Trouble::Failed(format!("{}: {error}", path.display())))?;
        Ok(Self(path))
    }

    fn read(&self) -> Result<String, Trouble> {
        let fail =
            |error: String| Trouble::Failed(format!("{}: {error}; nothing was changed", self.0.display()));
        let size = fs::metadata(&self.0).map_err(|error| fail(error.to_string()))?.len();
        if size > limits::ADMIN_BODY_MAX as u64 / 2 {
            return Err(fail("this is too large to be sent back".into()));
        }
        fs::read_to_string(&self.0).map_err(|error| fail(error.to_string()))
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn broken(error: io::Error) -> Trouble {
    Trouble::Failed(format!("the terminal: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_this_user_s_alone_and_does_not_stay() {
        use std::os::unix::fs::PermissionsExt;
        let draft = Draft::new("POST / HTTP/1.1\n").unwrap();
        let path = draft.0.clone();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(draft.read().unwrap(), "POST / HTTP/1.1\n");
        drop(draft);
        assert!(!path.exists());
    }
}
