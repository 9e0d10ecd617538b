//! A person changes a held request: it is given out as a text, and what comes back is judged anew, by the same
//! classifier and rules as a request that has just come. What a rule denies does not take the place of what is held.

use super::refuse::rule_of;
use super::{Gate, Rules};
use crate::agent::Agent;
use crate::classify::Finding;
use crate::decide::{Terms, Verdict};
use crate::hold::{DecisionError, Edit, HoldId, HoldView, Who, is_signature};
use crate::limits;
use crate::parse::edit::{self, Original};
use crate::snapshot::{Body, Digest, Head, Snapshot};
use crate::store::pieces::pieces;

/// Fields that are made of the body, and of which a service may say that they are wrong now.
const OF_THE_BODY: [&str; 5] =
    ["content-digest", "content-md5", "digest", "repr-digest", "x-amz-content-sha256"];

impl Gate {
    /// The request of a hold as a text to edit, and its digest.
    pub async fn edit_text(&self, hold: HoldId) -> Result<(Digest, String), DecisionError> {
        let held = self.held(hold).await?;
        Ok((held.digest, edit::write(held.original())))
    }

    /// Puts the request that the text says in the place of the held one with the digest `of`.
    pub async fn edit(
        &self,
        hold: HoldId,
        of: Digest,
        text: &str,
        by: Who,
    ) -> Result<HoldView, DecisionError> {
        let no_edit = |why: String| DecisionError::NoEdit(hold, why);
        if text.len() > limits::EDIT_TEXT_MAX {
            return Err(no_edit(format!("a request is edited as up to {} bytes", limits::EDIT_TEXT_MAX)));
        }
        let held = self.held(hold).await?;
        if held.digest != of {
            return Err(DecisionError::OtherDigest(hold));
        }
        let snapshot = edit::read(text, held.original()).map_err(|fault| no_edit(fault.to_string()))?;
        let rules = self.rules.load_full();
        if snapshot.body().len() > rules.body_bytes_max {
            return Err(no_edit("the body is larger than hold.max_body".to_owned()));
        }
        let (mut finding, verdict) = self.judge_edited(&rules, &held.agent, &snapshot).await?;
        let terms = match verdict {
            Verdict::Hold(terms) => terms,
            // A person changed it, so a person says that it goes.
            Verdict::Pass(pass) => {
                let note = Some("the rules would let it pass as it is now".to_owned());
                Terms { rule: pass.rule().to_owned(), timeout: None, approvers: None, note, grantable: None }
            }
            Verdict::Deny(denial) => {
                return Err(no_edit(format!("a rule forbids it as it is now: {}", rule_of(&denial))));
            }
        };
        finding.why.extend(terms.note.clone());
        finding.why.extend(broken(&held.head, &held.body, &snapshot));
        self.desk.edit(Edit { hold, of, snapshot, finding, terms, by }).await
    }

    /// Judged as at its arrival, with everything at hand.
    async fn judge_edited(
        &self,
        rules: &Rules,
        agent: &Agent,
        snapshot: &Snapshot,
    ) -> Result<(Finding, Verdict), DecisionError> {
        let judge = |body: &Body, seen: &[u8]| {
            let mut finding = rules.classifier.seeing(snapshot, seen);
            let _ = self.knows_more(agent, snapshot.head(), seen, &mut finding);
            let verdict = rules.policy.decide(agent, snapshot.head(), &finding, body);
            (finding, verdict)
        };
        self.desks.inspect(snapshot.body(), judge).await.map_err(|_| DecisionError::Unavailable)
    }

    async fn held(&self, hold: HoldId) -> Result<Held, DecisionError> {
        let view = self.desk.find(&hold.to_string()).await.ok_or(DecisionError::NotFound(hold))?;
        let (head, body) = self.desk.request(hold).await.ok_or(DecisionError::Unavailable)?;
        let body =
            body.ok_or_else(|| DecisionError::NoEdit(hold, "its body is not kept any more".to_owned()))?;
        let digest = Digest::of(&head, body.len(), body.sha256());
        let agent = Agent {
            name: view.agent,
            source: view.source.parse().map_err(|_| DecisionError::Unavailable)?,
            advisory: view.advisory,
        };
        let text = text_of(&body).await.map_err(|_| DecisionError::Unavailable)?;
        Ok(Held { head, body, digest, agent, text })
    }
}

/// A held request, and its body as text where that can be edited.
struct Held {
    head: Head,
    body: Body,
    digest: Digest,
    agent: Agent,
    text: Option<String>,
}

impl Held {
    fn original(&self) -> Original<'_> {
        Original { head: &self.head, body: &self.body, text: self.text.as_deref() }
    }
}

async fn text_of(body: &Body) -> std::io::Result<Option<String>> {
    if body.len() > limits::EDIT_BODY_MAX as u64 {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let mut pieces = pieces(body.clone());
    while let Some(piece) = pieces.recv().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(edit::editable(&bytes).map(str::to_owned))
}

/// What the change may have broken, for the person to see before approving it.
fn broken(head: &Head, body: &Body, edited: &Snapshot) -> Vec<String> {
    let signed = |head: &Head| head.values("authorization").any(|value| is_signature(value));
    let in_query = head.query().is_some_and(|query| query.contains("X-Amz-Signature="));
    let mut why = Vec::new();
    if (signed(head) && signed(edited.head())) || in_query {
        why.push(
            "edited: the agent's signature was made for the request before the edit; the service may refuse it"
                .to_owned(),
        );
    }
    if body.sha256() != edited.body().sha256() {
        for name in OF_THE_BODY {
            let (before, after) = (head.values(name).next(), edited.head().values(name).next());
            if before.is_some() && before == after {
                why.push(format!("edited: `{name}` is still that of the body before the edit"));
            }
        }
    }
    why
}
