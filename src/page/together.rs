//! Which holds may be released by one word: what is shown whole, by a word that is typed. What changes rights, and what
//! nobody understands, is released one by one but for the very same request again, as at the prompt (CASES AP-10, 28).

use crate::admin::rendering::{self, make};
use crate::admin::{Kind, Office, Person, Problem};
use crate::approve::Rendering;
use crate::approve::groups::may_go_together;
use crate::hold::HoldView;
use crate::limits;
use crate::page::form::Form;
use crate::page::marked::WORD;

/// More than one are released by a word that was typed.
pub fn worded(form: &Form, holds: &[HoldView]) -> Result<(), Problem> {
    if holds.len() < 2 || form.text("typed").trim().eq_ignore_ascii_case(WORD) {
        return Ok(());
    }
    let detail = format!("type `{WORD}` to release all of them; nothing was decided");
    Err(Problem::new(Kind::Unfit, detail))
}

/// Whether all of them may be released by one word.
pub async fn together(office: &Office, person: &Person, holds: &[HoldView]) -> Result<(), Problem> {
    for hold in holds {
        person.counts(hold).map_err(|why| Problem::new(Kind::NotYours, format!("{}: {why}", hold.code)))?;
        let rendering = rendered(office, hold).await?;
        if rendering.elided || rendering.digest.is_none() {
            let detail = format!(
                "{} cannot be shown whole: decide it on its own page; nothing was decided",
                hold.code
            );
            return Err(Problem::new(Kind::Unfit, detail));
        }
    }
    alike(holds).map_err(|detail| Problem::new(Kind::Unfit, detail))
}

fn alike(holds: &[HoldView]) -> Result<(), String> {
    let delicate: Vec<HoldView> = holds
        .iter()
        .filter(|hold| matches!(hold.effect.as_str(), "permission" | "unknown"))
        .cloned()
        .collect();
    if delicate.is_empty()
        || holds.len() == 1
        || (delicate.len() == holds.len() && may_go_together(&delicate))
    {
        return Ok(());
    }
    let codes: Vec<&str> = delicate.iter().map(|hold| hold.code.as_str()).collect();
    Err(format!(
        "who may do what, and what nobody understands, is released one by one ({}); nothing was decided",
        codes.join(", ")
    ))
}

/// A request as the page of several shows it.
pub async fn rendered(office: &Office, hold: &HoldView) -> Result<Rendering, Problem> {
    make(office, hold.clone(), limits::SHOWN_COLUMNS, &rendering::Asked::default()).await.map(Rendering::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::hold;

    fn of(effect: &str, digest: &str) -> HoldView {
        HoldView { effect: effect.into(), digest: digest.into(), ..hold("x") }
    }

    #[test]
    fn what_changes_rights_is_released_alone_or_with_its_very_twins() {
        assert!(alike(&[of("write", "a"), of("delete", "b")]).is_ok());
        assert!(alike(&[of("permission", "a")]).is_ok());
        assert!(alike(&[of("unknown", "a"), of("unknown", "a")]).is_ok());
        assert!(alike(&[of("unknown", "a"), of("unknown", "b")]).is_err());
        assert!(alike(&[of("permission", "a"), of("write", "b")]).is_err());
    }

    /// CASES AP-10: no single key, and no habit of one, releases more than one request.
    #[test]
    fn several_are_released_by_a_word_and_one_is_not_asked_for_it() {
        let (one, two) = (vec![of("write", "a")], vec![of("write", "a"), of("write", "b")]);
        let typed = |text| Form::of(&[("typed", text)]);
        assert!(worded(&typed(""), &one).is_ok());
        assert!(worded(&typed(" All "), &two).is_ok());
        for wrong in ["", "yes", "al"] {
            assert!(worded(&typed(wrong), &two).is_err(), "{wrong:?}");
        }
    }
}
