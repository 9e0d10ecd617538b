//! Whether a page shows the whole of a request. A form says what its page showed, and that is believed only where the
//! server, by the rendering of the hold's plain page, finds it so too: a form that says nothing was made of a part, and
//! what the plain page cuts is never released as if it had been read, however it was shown (CASES AP-10).

use crate::admin::rendering::{Asked, make};
use crate::admin::{Kind, Office, Problem};
use crate::approve::Rendering;
use crate::hold::HoldView;
use crate::limits;
use crate::page::form::Form;

/// The field of a form that says what its page showed.
pub const FIELD: &str = "shown";
/// All of it.
const WHOLE: &str = "whole";
/// Less.
const PART: &str = "part";

/// Fewest digits by which a person names a digest (SPEC section 4).
const DIGITS_MIN: usize = 12;

/// What a form says of its page.
pub fn word(is_whole: bool) -> &'static str {
    if is_whole { WHOLE } else { PART }
}

/// Whether a rendering leaves nothing out, and is of what the hold's digest names.
pub fn is_whole(view: &HoldView, rendering: &Rendering) -> bool {
    !rendering.elided && rendering.digest.is_some_and(|digest| digest.to_string() == view.digest)
}

/// Whether the hold's plain page shows all of it.
pub async fn fits(office: &Office, view: &HoldView) -> bool {
    match make(office, view.clone(), limits::SHOWN_COLUMNS, &Asked::default()).await {
        Ok(page) => is_whole(view, &Rendering::from(page)),
        Err(_) => false,
    }
}

/// Whether a form comes from a page that showed all of it.
pub async fn was_shown(office: &Office, view: &HoldView, form: &Form) -> bool {
    form.text(FIELD) == WHOLE && fits(office, view).await
}

/// What was shown in part is released by its digest's digits, and gives no grant.
pub fn may_release(view: &HoldView, form: &Form, is_whole: bool, grants: bool) -> Result<(), Problem> {
    if is_whole {
        return Ok(());
    }
    if grants {
        let detail = "a grant goes with a request that was on the page whole; nothing was decided";
        return Err(Problem::new(Kind::Unfit, detail));
    }
    if is_named(view, form.text("typed")) {
        return Ok(());
    }
    let detail = "not all of it was on the page: type 12 digits of its digest, as it stands above; nothing was decided";
    Err(Problem::new(Kind::OtherDigest, detail))
}

fn is_named(view: &HoldView, typed: &str) -> bool {
    let typed = typed.trim().to_ascii_lowercase();
    let typed = typed.strip_prefix("sha256:").unwrap_or(&typed);
    let hex = view.digest.strip_prefix("sha256:").unwrap_or(&view.digest);
    typed.len() >= DIGITS_MIN && hex.starts_with(typed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::hold;
    use crate::snapshot::Digest;

    #[test]
    fn only_a_rendering_of_all_that_the_digest_names_is_whole() {
        let view = hold("x");
        let of = |elided, digest: Option<&str>| {
            let digest = digest.and_then(Digest::parse);
            is_whole(&view, &Rendering { elided, digest, ..Rendering::default() })
        };
        let other = format!("sha256:{}", "1".repeat(64));
        assert!(of(false, Some(&view.digest)));
        assert!(!of(true, Some(&view.digest)) && !of(false, Some(&other)) && !of(false, None));
    }

    /// CASES AP-10
    #[test]
    fn a_part_is_released_by_its_digits_and_never_with_a_grant() {
        let view = hold("x");
        let may = |typed: &str, is_whole, grants| {
            may_release(&view, &Form::of(&[("typed", typed)]), is_whole, grants).is_ok()
        };
        let digits = "0".repeat(DIGITS_MIN);
        assert!(may("", true, true) && may(&digits, false, false));
        assert!(may(&format!(" SHA256:{digits}"), false, false));
        for wrong in ["", &digits[1..], "000000000001"] {
            assert!(!may(wrong, false, false), "{wrong}");
        }
        assert!(!may(&digits, false, true));
    }
}
