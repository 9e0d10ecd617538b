//! What a decision must say, and what it does.

use serde_json::{Value, json};

use super::*;
use crate::hold::HoldView;
use crate::limits;

#[tokio::test]
async fn an_approval_must_name_the_whole_digest() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    let other = format!("sha256:{}", "0".repeat(64));
    for (said, status, code) in [
        (json!({ "decision": "approve" }), 412, "no_digest"),
        (json!({ "decision": "approve", "digest": null }), 412, "no_digest"),
        (json!({ "decision": "approve", "digest": other }), 412, "other_digest"),
        (json!({ "decision": "approve", "digest": view.digest[..19] }), 400, "bad_request"),
        (json!({ "decision": "approve", "digest": view.digest.to_uppercase() }), 400, "bad_request"),
        (json!({ "decision": "Approve", "digest": view.digest }), 400, "bad_request"),
        (json!({ "decision": "approve", "digest": view.digest, "force": true }), 400, "bad_request"),
        (json!({ "decision": "approve", "digest": view.digest, "grant": { "uses": 2 } }), 400, "bad_request"),
        (json!({ "decision": "approve", "digest": view.digest, "id": view.id }), 400, "bad_request"),
        (json!([{ "decision": "approve", "digest": view.digest }]), 400, "bad_request"),
        (json!("approve"), 400, "bad_request"),
    ] {
        let answer = desked.decide(&view.id, said.clone()).await;
        assert_eq!(answer.problem(), (status, code.into()), "{said}");
        assert_eq!(desked.state(&view.id).await, "held");
    }
    let twice = format!(r#"{{"decision":"deny","decision":"approve","digest":"{}"}}"#, view.digest);
    let path = format!("/v1/holds/{}/decision", view.id);
    assert_eq!(desked.ask("POST", &path, &twice).await.problem().0, 400);
    assert_eq!(desked.state(&view.id).await, "held");

    let answer = desked.decide(&view.code, json!({ "decision": "approve", "digest": view.digest })).await;
    assert_eq!(answer.status, 200);
    let decided: HoldView = serde_json::from_value(answer.json()).unwrap();
    assert_eq!(decided.decisions[0].approver, "admin");
    assert_eq!(decided.decisions[0].digest.as_deref(), Some(&*view.digest));
    let again = desked.decide(&view.id, json!({ "decision": "approve", "digest": view.digest })).await;
    assert_eq!(again.status, 200, "the same decision twice is fine");
}

#[tokio::test]
async fn a_denial_needs_no_digest_and_a_different_second_decision_is_a_conflict() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    let answer = desked.decide(&view.id, json!({ "decision": "deny", "reason": "not there" })).await;
    assert_eq!((answer.status.as_u16(), answer.json()["state"].as_str()), (200, Some("denied")));
    let answer = desked.decide(&view.id, json!({ "decision": "approve", "digest": view.digest })).await;
    assert_eq!(answer.problem(), (409, "conflict".into()));
    assert_eq!(answer.json()["hold_id"], view.id);
}

#[tokio::test]
async fn a_batch_is_taken_whole_or_not_at_all() {
    let desked = Desked::new().await;
    let (_one, first) = desked.hold("/posts/1").await;
    let (_two, second) = desked.hold("/posts/2").await;
    let deny = |id: &str| json!({ "id": id, "decision": "deny", "reason": "none of them" });
    let send = async |decisions: Value| {
        desked.ask("POST", "/v1/decisions", &json!({ "decisions": decisions }).to_string()).await
    };
    let approve = json!({ "id": second.id, "decision": "approve", "digest": first.digest });
    for (decisions, status) in [
        (json!([deny(&first.id), deny("ZZZZ")]), 404),
        (json!([deny(&first.id), approve]), 412),
        (json!([deny(&first.id), deny(&first.code)]), 400),
        (json!([]), 400),
    ] {
        assert_eq!(send(decisions.clone()).await.problem().0, status, "{decisions}");
        assert_eq!(desked.state(&first.id).await, "held");
    }
    let answer = send(json!([deny(&first.id), deny(&second.code)])).await;
    assert_eq!(answer.status, 200);
    let states: Vec<Value> =
        answer.json()["holds"].as_array().unwrap().iter().map(|hold| hold["state"].clone()).collect();
    assert_eq!(states, ["denied", "denied"]);
}

#[tokio::test]
async fn a_body_at_the_limit_is_read_and_one_byte_more_is_refused() {
    let desked = Desked::new().await;
    let long = |length: usize| format!("{{{}", " ".repeat(length - 1));
    let answer = desked.ask("POST", "/v1/decisions", &long(limits::ADMIN_BODY_MAX)).await;
    assert_eq!(answer.problem(), (400, "bad_request".into()));
    let answer = desked.ask("POST", "/v1/decisions", &long(limits::ADMIN_BODY_MAX + 1)).await;
    assert_eq!(answer.problem(), (413, "body_too_large".into()));
}

#[tokio::test]
async fn a_reason_has_its_bound() {
    let desked = Desked::new().await;
    let (_waiting, view) = desked.hold("/posts").await;
    let said = |length: usize| json!({ "decision": "deny", "reason": "x".repeat(length) });
    assert_eq!(desked.decide(&view.id, said(limits::REASON_BYTES_MAX + 1)).await.problem().0, 400);
    assert_eq!(desked.decide(&view.id, said(limits::REASON_BYTES_MAX)).await.status, 200);
}
