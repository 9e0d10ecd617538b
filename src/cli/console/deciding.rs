//! Hands in what a person decided. What does not come through is not said again by itself.

use serde_json::json;

use crate::admin::Holds;
use crate::approve::Said;
use crate::cli::console::clerk::Clerk;
use crate::cli::freeze::freezes;
use crate::cli::review::{in_words, word};
use crate::console::{Decided, News};
use crate::hold::HoldView;
use crate::limits;

impl Clerk {
    /// What does not come through is not said again: first it is looked at what came of it.
    pub(super) async fn decide(&self, said: Vec<Said>) {
        let answer = match said.as_slice() {
            [one] => {
                let (path, mut body) = (format!("/v1/holds/{}/decision", one.id), word(one));
                if let Some(members) = body.as_object_mut() {
                    members.remove("id");
                }
                self.client.post(&path, &body).await.map(|view: HoldView| vec![view])
            }
            several => {
                let body = json!({ "decisions": several.iter().map(word).collect::<Vec<_>>() });
                self.client.post("/v1/decisions", &body).await.map(|found: Holds| found.holds)
            }
        };
        let answer = answer.map_err(in_words);
        let mut now = Vec::new();
        if answer.is_err() {
            let mut rest = limits::CONSOLE_REST_MIN;
            while freezes(&self.client).await.is_err() {
                tokio::time::sleep(rest).await;
                rest = (rest * 2).min(limits::CONSOLE_REST_MAX);
            }
            for one in &said {
                now.push(self.look(&one.id).await.ok());
            }
        }
        self.tell(News::Decided(Box::new(Decided { said, answer, now }))).await;
    }
}
