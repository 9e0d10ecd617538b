//! What is told, in every tongue, and what never is.

use super::message::{Message, write};
use super::note::Note;
use crate::config::NotifyKind;
use crate::hold::sample::held;
use crate::hold::{FreezeView, Happening, HoldView};

fn hold() -> HoldView {
    HoldView {
        url: "https://forum.example:8443/posts?token=query-secret".into(),
        why: vec!["why-secret".into()],
        body_bytes: 12,
        headers: vec![("x-note".into(), "field-secret".into())],
        created_at: "2026-11-21T00:00:00.000Z".into(),
        deadline: "2026-11-21T00:30:00.000Z".into(),
        like_pending: 2,
        ..held()
    }
}

fn told(hold: HoldView, kind: NotifyKind) -> Message {
    let happening = Happening {
        seq: 7,
        at: "2026-11-21T00:00:00.000Z".into(),
        what: "held".into(),
        hold: Some(Box::new(hold)),
        grant: None,
        freeze: None,
    };
    write(&Note::of(happening, Some("https://approve.example")), kind)
}

const KINDS: [NotifyKind; 3] = [NotifyKind::Json, NotifyKind::Slack, NotifyKind::Ntfy];

#[test]
fn a_hold_is_told_with_who_what_and_where_and_a_link() {
    assert_eq!(
        told(hold(), NotifyKind::Ntfy),
        Message {
            content_type: "text/plain; charset=utf-8",
            fields: vec![
                ("title", "Hold K7QF waits for you: write by triage-bot to forum.example:8443".into()),
                ("priority", "3".into()),
                ("click", "https://approve.example".into()),
            ],
            body: "the agent's words: POST /posts\n2 others like it wait\nuntil 2026-11-21T00:30:00.000Z; digest \
                   0f0f0f0f0f0f"
                .into(),
        }
    );
    let slack: serde_json::Value = serde_json::from_str(&told(hold(), NotifyKind::Slack).body).unwrap();
    assert_eq!(
        slack["text"],
        "Hold K7QF waits for you: write by triage-bot to forum.example:8443\nthe agent's words: `POST /posts`\n\
         2 others like it wait\nuntil 2026-11-21T00:30:00.000Z; digest 0f0f0f0f0f0f\n\
         <https://approve.example|Look at it>"
    );
    assert_eq!(slack["parse"], "none");
    let json: serde_json::Value = serde_json::from_str(&told(hold(), NotifyKind::Json).body).unwrap();
    assert_eq!(json["id"], format!("held:{}:{}", hold().id, hold().digest));
    assert_eq!((&json["hold"]["path"], &json["hold"]["code"]), (&"/posts".into(), &"K7QF".into()));
}

/// No body was ever here; of fields, queries and reasons nothing goes out.
#[test]
fn no_secret_of_a_request_is_told() {
    let hold = HoldView { operation: "POST /posts?draft=query-secret".into(), ..hold() };
    for kind in KINDS {
        let message = told(hold.clone(), kind);
        for secret in ["query-secret", "field-secret", "why-secret"] {
            assert!(!message.body.contains(secret), "{kind:?}: {}", message.body);
            assert!(message.fields.iter().all(|(_, value)| !value.contains(secret)));
        }
    }
}

/// CASES AP-12: an agent's words call nobody together, link nowhere, and end no line.
#[test]
fn an_agent_s_words_stay_words() {
    let attack = "POST /<!channel>&`*_~\n<https://evil.example|Approve here> @here \u{202e}\r\nclick: x";
    let hold =
        HoldView { operation: attack.into(), method: attack.into(), agent: "a\nb<!here>".into(), ..hold() };
    for kind in KINDS {
        let message = told(hold.clone(), kind);
        assert!(message.body.bytes().all(|byte| matches!(byte, b' '..=b'~' | b'\n')), "{:?}", message.body);
        let fields = message.fields.iter().flat_map(|(_, value)| value.bytes());
        assert!(fields.into_iter().all(|byte| matches!(byte, b' '..=b'~')));
    }
    let slack: serde_json::Value = serde_json::from_str(&told(hold, NotifyKind::Slack).body).unwrap();
    let text = slack["text"].as_str().unwrap();
    assert_eq!(text.matches('<').count(), 1, "only our own link: {text}");
    assert_eq!(text.matches('`').count(), 2, "{text}");
    assert_eq!(text.lines().count(), 5, "{text}");
}

#[test]
fn a_freeze_is_told_to_everybody_with_its_reason() {
    let freeze = FreezeView {
        agent: Some("triage-bot".into()),
        reason: Some("20 mutations in 1m".into()),
        by: "breaker".into(),
        at: "2026-11-21T00:00:00.000Z".into(),
    };
    let happening = Happening {
        seq: 1,
        at: freeze.at.clone(),
        what: "frozen".into(),
        hold: None,
        grant: None,
        freeze: Some(freeze),
    };
    let note = Note::of(happening, None);
    assert_eq!(note.id, "frozen:triage-bot:2026-11-21T00:00:00.000Z");
    let message = write(&note, NotifyKind::Ntfy);
    assert_eq!(message.fields[0].1, "agent triage-bot: frozen, by breaker");
    assert_eq!(message.fields[1].1, "5");
    assert_eq!(message.body, "reason: 20 mutations in 1m");
}

/// What takes a short message takes it, however long the agent's path is; and what was sent with an unknown outcome is
/// urgent.
#[test]
fn a_long_path_is_cut_and_an_unknown_outcome_is_urgent() {
    let long = format!("/{}", "\u{e9}".repeat(8000));
    let hold = HoldView {
        url: format!("https://forum.example{long}"),
        operation: format!("POST {long}"),
        state: "outcome_unknown".into(),
        ..hold()
    };
    for kind in KINDS {
        assert!(told(hold.clone(), kind).body.len() < 8192, "{kind:?}");
    }
    let plain = HoldView { operation: format!("POST /{}", "a".repeat(9000)), ..hold };
    let message = told(plain, NotifyKind::Ntfy);
    assert_eq!(message.fields[1], ("priority", "5".to_owned()));
}
