//! Whose word a rule asks for. A rule that names nobody takes the word of everybody who may decide; one that does
//! never takes the agent's own.

use serde::{Deserialize, Serialize};

/// `approvers` of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approvers {
    /// Members of any of these count; of none: everybody who may decide.
    pub groups: Vec<String>,
    /// So many different ones must approve; at least 1.
    pub quorum: usize,
}

impl Approvers {
    /// Whether the word of a member of these groups counts.
    pub fn count(&self, groups: &[String]) -> bool {
        self.groups.is_empty() || groups.iter().any(|group| self.groups.contains(group))
    }

    /// What satisfies these and others both: those who count for both, and as many of them as the more demanding asks for.
    /// `None` where no group is named by both.
    pub fn and(&self, others: &Self) -> Option<Self> {
        let groups = match (self.groups.as_slice(), others.groups.as_slice()) {
            ([], groups) | (groups, []) => groups.to_vec(),
            (groups, known) => {
                let both: Vec<_> = groups.iter().filter(|group| known.contains(group)).cloned().collect();
                if both.is_empty() {
                    return None;
                }
                both
            }
        };
        Some(Self { groups, quorum: self.quorum.max(others.quorum) })
    }

    /// Whether approvals that were enough for `others` may not be enough for these.
    pub fn ask_more_than(&self, others: Option<&Self>) -> bool {
        let Some(others) = others else { return true };
        let narrower = !self.groups.is_empty()
            && (others.groups.is_empty() || others.groups.iter().any(|group| !self.groups.contains(group)));
        self.quorum > others.quorum || narrower
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(groups: &[&str], quorum: usize) -> Approvers {
        Approvers { groups: groups.iter().map(|group| (*group).to_owned()).collect(), quorum }
    }

    #[test]
    fn members_of_any_named_group_count_and_where_none_is_named_everybody_does() {
        let both = of(&["oncall", "security"], 1);
        assert!(both.count(&["security".to_owned()]));
        assert!(!both.count(&["interns".to_owned()]) && !both.count(&[]));
        assert!(of(&[], 2).count(&[]));
    }

    #[test]
    fn what_satisfies_both_is_never_less_than_either() {
        let (oncall, both) = (of(&["oncall"], 2), of(&["oncall", "security"], 1));
        assert_eq!(oncall.and(&both), Some(of(&["oncall"], 2)));
        assert_eq!(of(&[], 3).and(&both), Some(of(&["oncall", "security"], 3)));
        assert_eq!(oncall.and(&of(&["security"], 2)), None);
        for (one, two) in [(&oncall, &both), (&both, &oncall), (&of(&[], 3), &oncall)] {
            let joined = one.and(two).unwrap();
            assert!(!one.ask_more_than(Some(&joined)) && !two.ask_more_than(Some(&joined)), "{joined:?}");
        }
    }

    #[test]
    fn more_people_and_fewer_groups_ask_more_and_the_other_way_round_asks_less() {
        let known = of(&["oncall"], 2);
        for (now, more) in [
            (of(&["oncall"], 2), false),
            (of(&["oncall"], 1), false),
            (of(&["oncall", "security"], 2), false),
            (of(&[], 1), false),
            (of(&["oncall"], 3), true),
            (of(&["security"], 1), true),
        ] {
            assert_eq!(now.ask_more_than(Some(&known)), more, "{now:?}");
        }
        assert!(of(&[], 1).ask_more_than(None), "the agent's own counted before");
        assert!(of(&["oncall"], 2).ask_more_than(Some(&of(&[], 2))));
    }
}
