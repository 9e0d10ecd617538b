//! The text of a held request that a person edits: it is the one that `holdpoint edit` opens.
//!
//! Browsers change line ends in a text field, and cannot show what hides in a text: a request that has either is not
//! edited here (CASES AP-06, 08, 11).

use axum::body::Body as Content;
use axum::extract::Path;
use axum::extract::rejection::PathRejection;

use crate::admin::answer::refusal;
use crate::admin::holds::{find, name};
use crate::admin::{Kind, Office, Person, Problem};
use crate::approve::{Charset, Untrusted};
use crate::hold::{HoldId, HoldView};
use crate::page::form::Form;
use crate::snapshot::Digest;

/// One hold's request as a text, and of which digest it is.
pub struct Draft {
    /// The hold.
    pub view: HoldView,
    /// Its id.
    pub hold: HoldId,
    /// Of the request that the text is.
    pub digest: Digest,
    /// The text.
    pub text: String,
}

/// The draft of the hold that a path names.
pub async fn draft(
    office: &Office,
    person: &Person,
    id: Result<Path<String>, PathRejection>,
) -> Result<Draft, Problem> {
    person.must_decide()?;
    let view = find(office, &name(id)?).await?;
    let gone = |_| Problem::new(Kind::NotFound, "this request is no longer kept");
    let hold = view.id.parse().map(HoldId).map_err(gone)?;
    let (digest, text) = office.editor.text(hold).await.map_err(refusal)?;
    if let Some(why) = unfit(&text) {
        return Err(Problem::new(Kind::Unfit, format!("{why}; edit it by `holdpoint edit {}`", view.code)));
    }
    Ok(Draft { view, hold, digest, text })
}

/// Why a text field would not show it, or not give it back, as it is.
pub fn unfit(text: &str) -> Option<&'static str> {
    if text.contains('\r') {
        return Some("its lines end in a way that a browser does not keep");
    }
    let hides = Untrusted::from(text.replace(['\n', '\t'], " ").as_str()).show(Charset::Utf8).counts.words();
    hides.map(|_| "it has characters that a browser does not show")
}

/// What the form brings, if it is of the request that is held now. Forms have their own line ends (WHATWG HTML,
/// "constructing the entry list"), and the text has none of those.
pub async fn changed(draft: &Draft, content: Content) -> Result<String, Problem> {
    let form = Form::read(content, &["digest", "text"]).await?;
    if form.text("digest") != draft.digest.to_string() {
        let detail = "the request was changed after your page was made; nothing was put in its place";
        return Err(Problem::new(Kind::OtherDigest, detail));
    }
    Ok(form.text("text").replace("\r\n", "\n").replace('\r', "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CASES AP-06, 08
    #[test]
    fn what_a_text_field_does_not_keep_or_show_is_not_edited_in_one() {
        assert_eq!(unfit("# a note\nPOST / HTTP/1.1\n\n{\"a\":\t\"\u{e4}\u{4e2d} \\x\"}\n"), None);
        for wrong in ["a\r\nb", "a\u{202e}b", "a\u{200b}b", "a\u{a0}b", "\u{e0041}"] {
            assert!(unfit(wrong).is_some(), "{wrong:?}");
        }
    }
}
