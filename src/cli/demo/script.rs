//! `--script`: who decides where nobody sits at a terminal. A word for all holds, or a list with a word for each in turn;
//! where the list ends the answer is no.

use std::collections::VecDeque;

use crate::hold::said::{Choice, Decision};
use crate::hold::{Desk, HoldId, HoldView, Who};
use crate::snapshot::Digest;

/// Answers, in the order of the holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Script {
    /// The same to every hold.
    All(Choice),
    /// One for each.
    Each(VecDeque<Choice>),
}

/// What the agent is told with a no.
const REASON: &str = "nobody asked for this";

impl Script {
    /// `approve`, `deny`, `mixed`, or a list like `approve,deny`.
    pub fn parse(text: &str) -> Result<Self, String> {
        let word = |word: &str| match word {
            "approve" => Ok(Choice::Approve),
            "deny" => Ok(Choice::Deny),
            other => {
                Err(format!("--script: `{other}` is none of approve, deny, mixed; a list is approve,deny"))
            }
        };
        match text {
            "mixed" => Ok(Self::Each([Choice::Approve, Choice::Deny].into())),
            list if list.contains(',') => list.split(',').map(word).collect::<Result<_, _>>().map(Self::Each),
            one => word(one).map(Self::All),
        }
    }

    /// Answers a hold, by its digest, and says what was said.
    pub async fn answer(&mut self, desk: &Desk, view: &HoldView) -> Result<String, String> {
        let choice = match self {
            Self::All(choice) => *choice,
            Self::Each(list) => list.pop_front().unwrap_or(Choice::Deny),
        };
        let denied = choice == Choice::Deny;
        let decision = Decision {
            hold: HoldId(view.id.parse().map_err(|_| "a hold has no id".to_owned())?),
            choice,
            digest: Digest::parse(&view.digest),
            reason: denied.then(|| REASON.to_owned()),
            by: Who::named("the script"),
            grant: None,
        };
        desk.decide(vec![decision])
            .await
            .map_err(|error| format!("the script could not decide: {error:?}"))?;
        Ok(if denied { format!("no {REASON}") } else { "yes".to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_is_a_word_for_all_or_a_list_of_them() {
        assert_eq!(Script::parse("approve"), Ok(Script::All(Choice::Approve)));
        assert_eq!(Script::parse("mixed"), Script::parse("approve,deny"));
        for wrong in ["", "yes", "approve,", "mixed,deny", "approve deny"] {
            assert!(Script::parse(wrong).is_err(), "{wrong:?}");
        }
    }
}
