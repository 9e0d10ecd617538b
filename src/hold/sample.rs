//! A hold as people see it, for tests that show holds: each names only what it is about.

use crate::hold::{ApprovalsView, HoldView};

/// A POST that waits for a person, of an agent that waits for it.
pub fn held() -> HoldView {
    HoldView {
        id: "0195d6a0-0000-7000-8000-000000000000".into(),
        code: "K7QF".into(),
        state: "held".into(),
        agent: "triage-bot".into(),
        source: "10.1.2.3".into(),
        advisory: false,
        method: "POST".into(),
        url: "http://forum.example/posts".into(),
        http_version: "HTTP/1.1".into(),
        effect: "write".into(),
        dialect: "http".into(),
        operation: "POST /posts".into(),
        rule: "defaults.mutating".into(),
        why: vec![],
        digest: format!("sha256:{}", "0f".repeat(32)),
        body_bytes: 0,
        headers: vec![],
        created_at: "1970-01-01T00:00:00.000Z".into(),
        deadline: "1970-01-01T00:30:00.000Z".into(),
        waiting: 1,
        attempts: 1,
        decisions: vec![],
        outcome: None,
        approvals: ApprovalsView::default(),
        grantable: None,
        grant: None,
        like_pending: 0,
        edited: None,
        frozen: false,
    }
}
