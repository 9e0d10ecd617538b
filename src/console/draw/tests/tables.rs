//! Grants, agents and the audit log as they look.

use super::*;
use crate::hold::{AgentView, GrantView};

pub fn grant(state: &str, used: u32) -> GrantView {
    GrantView {
        id: used.to_string(),
        state: state.into(),
        agent: "triage-bot".into(),
        source: None,
        scope: crate::hold::Scope::Route,
        covers: "POST https://forum.example/posts".into(),
        effect: "write".into(),
        rule: "defaults.mutating".into(),
        hold: "0001".into(),
        approvers: vec!["ana".into()],
        used,
        uses: 20,
        created_at: "1970-01-01T00:00:00.000Z".into(),
        expires_at: "1970-01-01T00:15:00.000Z".into(),
        ended_at: None,
        revoked_by: None,
    }
}

#[test]
fn grants_agents_and_the_newest_records() {
    let mut seat = morning();
    seat.key(Key::Tab);
    seat.hear(News::Grants(vec![grant("live", 3), grant("used_up", 20)]));
    assert_snapshot("console_grants_80x24", &screen(&mut seat, (80, 24)));
    seat.key(Key::Tab);
    let agent = |name: &str, held, frozen| AgentView {
        name: name.into(),
        held,
        waiting: held,
        passed: 120,
        frozen,
        last_seen: Some("1970-01-01T00:02:00.000Z".into()),
    };
    seat.hear(News::Agents(vec![agent("triage-bot", 4, false), agent("deployer", 1, true)]));
    seat.keys("j");
    assert_snapshot("console_agents_80x24", &screen(&mut seat, (80, 24)));
    seat.keys("f");
    assert!(format!("{:?}", seat.state.dialog).contains("Freeze agent deployer"));
    seat.key(Key::Esc);
    seat.wait();
    seat.key(Key::Esc);
    seat.key(Key::Tab);
    let records = [
        "1970-01-01T00:02:01.000Z  ended  K7QF  triage-bot  POST  forum.example  /posts  hold",
        "1970-01-01T00:02:00.000Z  decided  K7QF  triage-bot  ana  approve  POST  forum.example  /posts  hold",
        "1970-01-01T00:01:00.000Z  exchange  triage-bot  GET  forum.example  /\u{1b}[2J  allow",
    ];
    seat.hear(News::Audit(records.map(str::to_owned).to_vec()));
    assert_snapshot("console_audit_80x24", &screen(&mut seat, (80, 24)));
}
