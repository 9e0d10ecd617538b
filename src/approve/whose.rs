//! Whether a person's approval would count for a hold, as far as that is seen from outside: who is not asked for a yes
//! that is worth nothing. The desk decides; it alone knows the agents' Unix users.

use super::standing::{Place, standing};
use crate::agent::ANONYMOUS;
use crate::hold::{HoldView, Who};

/// Says why it would not, in words for the person.
pub fn counts(hold: &HoldView, who: &Who) -> Result<(), String> {
    let (approvals, name, rule) = (&hold.approvals, &who.name, &hold.rule);
    let groups = &approvals.groups;
    if !groups.is_empty() && !who.groups.iter().any(|group| groups.contains(group)) {
        let groups: Vec<String> = groups.iter().map(|group| format!("`{group}`")).collect();
        return Err(format!(
            "rule `{rule}` asks for members of {}, and `{name}` is none",
            groups.join(" or ")
        ));
    }
    let asks = approvals.needed > 1 || !groups.is_empty();
    if asks && hold.agent != ANONYMOUS && hold.agent == *name {
        return Err(format!("rule `{rule}` takes no agent's own word, and `{name}` is the agent's name"));
    }
    if hold.state == "held" && approvals.given.contains(name) {
        return Err(standing(hold, &[], Place::Prompt).unwrap_or_default());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::approve::groups::tests::hold;
    use crate::hold::ApprovalsView;

    fn asks(groups: &[&str], needed: usize, given: &[&str]) -> HoldView {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        let approvals = ApprovalsView { needed, given: words(given), groups: words(groups) };
        HoldView { approvals, ..hold(1, "bot", "write", "POST /posts") }
    }

    fn who(name: &str, group: &str) -> Who {
        Who { groups: vec![group.to_owned()], ..Who::named(name) }
    }

    #[test]
    fn who_is_of_no_group_that_is_asked_for_is_told_so() {
        let why = counts(&asks(&["oncall", "security"], 1, &[]), &who("ana", "interns")).unwrap_err();
        assert_eq!(
            why,
            "rule `defaults.mutating` asks for members of `oncall` or `security`, and `ana` is none"
        );
        assert_eq!(counts(&asks(&["oncall"], 1, &[]), &who("ana", "oncall")), Ok(()));
        assert_eq!(counts(&asks(&[], 2, &[]), &who("ana", "interns")), Ok(()));
    }

    #[test]
    fn an_agent_s_own_name_and_a_second_yes_of_one_person_do_not_count() {
        assert!(counts(&asks(&[], 2, &[]), &who("bot", "a")).unwrap_err().contains("own word"));
        assert_eq!(counts(&asks(&[], 1, &[]), &who("bot", "a")), Ok(()), "nobody asked for anybody");
        let again = counts(&asks(&[], 2, &["ana"]), &who("ana", "a")).unwrap_err();
        assert!(again.starts_with("1 of 2 approvals (by ana)"), "{again}");
        assert_eq!(counts(&asks(&[], 2, &["ana"]), &who("ben", "a")), Ok(()));
    }
}
