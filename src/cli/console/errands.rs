//! What the screen asks for besides decisions: renderings, texts, lists, freezes.

use form_urlencoded::Serializer;
use serde_json::{Value, json};

use crate::admin::{Agents, Grants, Page as Answer, Text};
use crate::approve::{Charset, Rendering};
use crate::cli::console::clerk::Clerk;
use crate::cli::review::in_words;
use crate::cli::{Trouble, curl};
use crate::console::{Ask, Draft, News, Page, Wanted};
use crate::hold::{FreezeView, GrantView, HoldView};
use crate::limits;

impl Clerk {
    pub(super) async fn other(&self, ask: Ask) -> Result<News, Trouble> {
        let client = &self.client;
        Ok(match ask {
            Ask::Agents => News::Agents(client.get_json::<Agents>("/v1/agents").await?.agents),
            Ask::Audit => News::Audit(self.audit().await?),
            Ask::Grants => News::Grants(client.get_json::<Grants>("/v1/grants").await?.grants),
            Ask::Draft(id) => {
                let text: Text = client.get_json(&format!("/v1/holds/{id}/request")).await?;
                News::Draft(Draft { id, digest: text.digest, text: text.text })
            }
            Ask::Replace(Draft { id, digest, text }) => {
                let body = json!({ "digest": digest, "text": text });
                let hold: HoldView = client.put(&format!("/v1/holds/{id}/request"), &body).await?;
                self.tell(News::Changed(Box::new(hold.clone()))).await;
                News::Said(format!("{}: edited; it needs approving", hold.code))
            }
            Ask::Freeze { agent, reason } => {
                let mut body = json!({});
                for (name, value) in [("agent", agent), ("reason", reason)] {
                    value.into_iter().for_each(|value| body[name] = value.into());
                }
                let freeze: FreezeView = client.put("/v1/freeze", &body).await?;
                let whose =
                    freeze.agent.map_or("everybody is".to_owned(), |agent| format!("agent {agent} is"));
                News::Said(format!("{whose} frozen"))
            }
            Ask::Thaw(seen) => {
                let agent = seen.agent.iter().map(|agent| ("agent", agent));
                let pairs = [("by", &seen.by), ("at", &seen.at)].into_iter().chain(agent);
                let query = Serializer::new(String::new()).extend_pairs(pairs).finish();
                let path = format!("/v1/freeze?{query}");
                let freeze: FreezeView = client.delete(&path).await?;
                News::Said(format!("thawed: {}", crate::approve::standing::frozen(&freeze)))
            }
            Ask::Revoke(id) => {
                let grant: GrantView = client.delete(&format!("/v1/grants/{id}")).await?;
                let found: Grants = client.get_json("/v1/grants").await?;
                self.tell(News::Grants(found.grants)).await;
                News::Said(format!("the grant has ended: used {} of {}", grant.used, grant.uses))
            }
            Ask::Curl(_) | Ask::Decide(_) | Ask::Look(_) | Ask::Page(_) => {
                return Err(Trouble::Failed("that is asked for elsewhere".into()));
            }
        })
    }

    pub(super) async fn page(&self, wanted: &Wanted) -> Result<Page, Trouble> {
        let Wanted { id, width, lens, all } = wanted;
        let (ascii, lens) = (self.charset == Charset::Ascii, lens.as_str());
        let path = format!("/v1/holds/{id}/rendering?width={width}&ascii={ascii}&view={lens}&all={all}");
        let mut page: Answer = self.client.get_json(&path).await?;
        let not_yours = page.not_yours.take();
        Ok(Page { rendering: Rendering { charset: self.charset, ..page.into() }, not_yours })
    }

    pub(super) async fn curl(&self, id: &str) -> Result<String, String> {
        let hold = self.look(id).await.map_err(in_words)?;
        let path = format!("/v1/holds/{id}/body");
        let answer = self.client.get(&path, None, std::time::Duration::ZERO).await.map_err(in_words)?;
        let (mut answer, mut body) = (answer.ok_or("the server gave no body")?, Vec::new());
        while let Some(piece) = answer.piece().await.map_err(in_words)? {
            body.extend_from_slice(&piece);
            if body.len() > limits::CONSOLE_CURL_MAX {
                break;
            }
        }
        curl::curl(&hold, &body, self.charset)
    }

    /// The newest records, a line each.
    async fn audit(&self) -> Result<Vec<String>, Trouble> {
        let path = format!("/v1/audit?limit={}", limits::CONSOLE_RECORDS);
        let log: Value = self.client.get_json(&path).await?;
        Ok(log["records"].as_array().into_iter().flatten().map(record).collect())
    }
}

/// When, what, and who did what to which, in that order; a person's reason and the breaker's limit come last.
const PARTS: [(&str, &str); 16] = [
    ("at", ""),
    ("event", ""),
    ("hold_code", ""),
    ("agent", ""),
    ("by", "by "),
    ("approver", "by "),
    ("frozen_by", "was frozen by "),
    ("decision", ""),
    ("method", ""),
    ("host", ""),
    ("path", ""),
    ("verdict", ""),
    ("state", ""),
    ("error", "error: "),
    ("limit", "limit: "),
    ("reason", "reason: "),
];

fn record(record: &Value) -> String {
    let text = |name: &str| match &record[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        // A freeze of everybody names no agent.
        Value::Null if name == "agent" && record["all"] == true => Some("all agents".into()),
        _ => None,
    };
    let part = |(name, before): &(&str, &str)| text(name).map(|text| format!("{before}{text}"));
    PARTS.iter().filter_map(part).collect::<Vec<_>>().join("  ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_says_who_did_it_and_why_in_that_person_s_words() {
        for (fields, line) in [
            (
                json!({"event": "frozen", "all": true, "cause": "approver", "by": "ana", "reason": "odd posts"}),
                "NOON  frozen  all agents  by ana  reason: odd posts",
            ),
            (
                json!({"event": "frozen", "agent": "bot", "cause": "breaker", "by": "breaker", "limit": "20 in 1m"}),
                "NOON  frozen  bot  by breaker  limit: 20 in 1m",
            ),
            (
                json!({"event": "thawed", "agent": "bot", "by": "ben", "frozen_by": "ana"}),
                "NOON  thawed  bot  by ben  was frozen by ana",
            ),
            (
                json!({"event": "decided", "hold_code": "K7QF", "agent": "bot", "approver": "ana", "decision": "deny", "reason": "no"}),
                "NOON  decided  K7QF  bot  by ana  deny  reason: no",
            ),
        ] {
            let mut fields = fields;
            fields["at"] = "NOON".into();
            assert_eq!(record(&fields), line);
        }
    }
}
