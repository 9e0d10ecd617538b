//! An approval that covers like requests for a while: asked for with the release, never without it, and only as wide as
//! the rules let it be. How long and how often is bounded where the grant is made.

use std::time::Duration;

use maud::{Markup, html};

use crate::admin::{Kind, Problem};
use crate::hold::{GrantAsk, HoldView, Scope};
use crate::limits;
use crate::page::form::Form;

/// Whether a grant may be given with a hold.
pub fn is_offered(view: &HoldView) -> bool {
    view.grantable.is_some()
}

/// The fields, where one may be given. Nothing is chosen until somebody chooses it.
pub fn ask(view: &HoldView) -> Markup {
    let Some(widest) = view.grantable else { return html! {} };
    html! {
        fieldset {
            legend { "Release like requests too?" }
            label for="scope" { "Which ones" }
            select #scope name="scope" autocomplete="off" {
                option value="" selected { "None: only this one" }
                @for scope in Scope::ALL.into_iter().filter(|scope| *scope <= widest) {
                    option value=(scope.as_str()) { (words(scope)) }
                }
            }
            label for="minutes" { "For how many minutes" }
            input #minutes name="minutes" type="number" min="1" max=(limits::GRANT_TIME_MAX.as_secs() / 60) value="15" autocomplete="off";
            label for="uses" { "How many of them, at most" }
            input #uses name="uses" type="number" min="1" max=(limits::GRANT_USES_MAX) value="1" autocomplete="off";
        }
    }
}

fn words(scope: Scope) -> &'static str {
    match scope {
        Scope::Exact => "exact: the very same request again",
        Scope::Route => "route: the same method, path and operation, whatever else it says",
        Scope::Operation => "operation: the same operation at this host",
    }
}

/// What the form asks for.
pub fn read(form: &Form) -> Result<Option<GrantAsk>, Problem> {
    let scope = match form.text("scope") {
        "" => return Ok(None),
        name => Scope::ALL.into_iter().find(|scope| scope.as_str() == name),
    };
    let number = |name: &str| form.text(name).trim().parse::<u32>().ok().filter(|number| *number > 0);
    match (scope, number("minutes"), number("uses")) {
        (Some(scope), Some(minutes), Some(uses)) => {
            Ok(Some(GrantAsk { ttl: Duration::from_secs(u64::from(minutes) * 60), uses, scope }))
        }
        _ => Err(Problem::new(
            Kind::BadRequest,
            "a grant has a scope, and whole numbers of minutes and uses; nothing was decided",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::hold;

    #[test]
    fn no_wider_grant_is_offered_than_may_be_given_and_none_is_chosen() {
        let with = |grantable| ask(&HoldView { grantable, ..hold("x") }).into_string();
        assert_eq!(with(None), "");
        let route = with(Some(Scope::Route));
        assert!(route.contains("value=\"exact\"") && route.contains("value=\"route\""), "{route}");
        assert!(!route.contains("value=\"operation\"") && route.contains("value=\"\" selected"), "{route}");
        assert!(with(Some(Scope::Operation)).contains("value=\"operation\""));
    }

    #[test]
    fn a_form_asks_for_a_grant_wholly_or_not_at_all() {
        let form = |scope: &str, minutes: &str, uses: &str| {
            read(&Form::of(&[("scope", scope), ("minutes", minutes), ("uses", uses)]))
        };
        assert_eq!(form("", "15", "1").unwrap(), None);
        let asked = GrantAsk { ttl: Duration::from_secs(900), uses: 3, scope: Scope::Route };
        assert_eq!(form("route", "15", " 3 ").unwrap(), Some(asked));
        for (scope, minutes, uses) in [
            ("all", "15", "1"),
            ("route", "", "1"),
            ("route", "0", "1"),
            ("route", "1.5", "1"),
            ("route", "1", "-1"),
        ] {
            assert!(form(scope, minutes, uses).is_err(), "{scope} {minutes} {uses}");
        }
    }
}
