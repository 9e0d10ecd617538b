//! What a word below a question comes to. Each question has a word of its own, so that the one that is in the fingers does
//! not answer another; whatever is not that word does nothing.

use super::{Dialog, Reading, Target, What};
use crate::approve::Said;
use crate::approve::answer::{Answer, parse};
use crate::console::errand::Ask;
use crate::hold::said::Choice;

impl Dialog {
    pub(super) fn answer(&self) -> Result<Ask, &'static str> {
        let word = self.typed.trim_matches(' ');
        let text = || Some(word.to_owned()).filter(|text| !text.is_empty());
        match &self.what {
            What::Approve(target, reading) => self.release(target, *reading),
            What::ApproveAll(targets) if word == "all" => {
                Ok(Ask::Decide(targets.iter().map(approval).collect()))
            }
            What::ApproveAll(_) => Err("nothing done: the word is all"),
            What::Deny(ids) => match text() {
                Some(reason) => Ok(Ask::Decide(ids.iter().map(|id| denial(id, &reason)).collect())),
                None => Err("nothing done: without a reason the agent does not know what to do next"),
            },
            What::Freeze(agent) => Ok(Ask::Freeze { agent: agent.clone(), reason: text() }),
            What::Replace(draft) if word == "yes" => Ok(Ask::Replace(draft.clone())),
            What::Revoke(id) if word == "end" => Ok(Ask::Revoke(id.clone())),
            What::Thaw(freeze) if word == "thaw" => Ok(Ask::Thaw(freeze.clone())),
            What::End | What::Replace(_) | What::Revoke(_) | What::Thaw(_) => {
                Err("nothing done: that was not the word")
            }
        }
    }

    fn release(&self, target: &Target, reading: Reading) -> Result<Ask, &'static str> {
        let answer = parse(format!("{}\n", self.typed).as_bytes()).unwrap_or(Answer::Unclear);
        match (answer, reading) {
            (Answer::Approve, Reading::Whole) => Ok(Ask::Decide(vec![approval(target)])),
            (Answer::Grant(grant), Reading::Whole) => {
                Ok(Ask::Decide(vec![Said { grant: Some(grant), ..approval(target) }]))
            }
            (Answer::Digest(digits), _) if target.digest.hex().starts_with(&digits) => {
                Ok(Ask::Decide(vec![approval(target)]))
            }
            (Answer::Digest(_), _) => Err("nothing done: those are not the digits of its digest"),
            (_, Reading::Part) => Err("nothing done: read it to its end, or type the digits"),
            (_, Reading::Whole) => Err("nothing done: the word is yes"),
        }
    }
}

fn approval(target: &Target) -> Said {
    let (id, digest) = (target.id.clone(), Some(target.digest));
    Said { id, digest, choice: Choice::Approve, reason: None, grant: None }
}

fn denial(id: &str, reason: &str) -> Said {
    Said {
        id: id.to_owned(),
        digest: None,
        choice: Choice::Deny,
        reason: Some(reason.to_owned()),
        grant: None,
    }
}
