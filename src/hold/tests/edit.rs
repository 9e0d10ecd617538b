//! A person changes what waits: other bytes, which nobody has approved, at the same hold.

use std::sync::Arc;

use super::*;
use crate::hold::{DecisionError, Edit, HoldView};
use crate::snapshot::Digest;

impl House {
    async fn edit(&self, hold: HoldId, to: Request) -> Result<HoldView, DecisionError> {
        let of = self.digest(hold).await.expect("the hold is there");
        self.edit_of(hold, of, to).await
    }

    async fn edit_of(&self, hold: HoldId, of: Digest, to: Request) -> Result<HoldView, DecisionError> {
        let NewHold { snapshot, finding, terms, .. } = to.hold();
        self.desk.edit(Edit { hold, of, snapshot, finding, terms, by: Who::named("ana") }).await
    }
}

fn other() -> Request {
    post().body(b"HELLO")
}

#[tokio::test]
async fn an_edited_request_is_another_digest_that_is_approved_anew_and_sent_to_the_agent_that_waits() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    let before = house.digest(hold).await.unwrap();
    let view = house.edit(hold, other()).await.unwrap();
    assert_ne!(view.digest, before.to_string());
    let edited = view.edited.expect("it says so");
    assert_eq!((edited.by.as_str(), edited.original), ("ana", before.to_string()));
    let stale = Decision {
        hold,
        choice: Choice::Approve,
        digest: Some(before),
        reason: None,
        by: Who::named("ops"),
        grant: None,
    };
    assert_eq!(house.desk.decide(vec![stale]).await, Err(DecisionError::OtherDigest(hold)));
    house.decide(hold, Choice::Approve).await;
    let released = approval(waiting.ended().await);
    let snapshot = house.desk.thaw(&released).await.unwrap();
    assert_eq!(snapshot.body().bytes().unwrap().as_ref(), b"HELLO");
    house.send(released, 200, b"ok").await;
    assert_eq!(house.story(hold), ["held", "edited", "decided approve", "sending", "ended done"]);
    let record = house.records().into_iter().find(|record| record["event"] == "edited").unwrap();
    assert_eq!(record["original"], before.to_string());
    assert_eq!(record["digest"], view.digest);
    assert_eq!(record["approver"], "ana");
}

/// The agent knows nothing of the edit, and the original stays for as long as the hold.
#[tokio::test]
async fn the_agent_that_asks_again_joins_its_edited_hold_also_after_a_restart() {
    let house = House::new().await;
    let waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    let before = house.digest(hold).await;
    house.edit(hold, other()).await.unwrap();
    house.edit(hold, post().body(b"third")).await.unwrap();
    drop(waiting);
    let house = house.restart().await;
    let view = house.desk.find(&hold.to_string()).await.unwrap();
    assert_eq!(
        Some(view.edited.expect("it still says so").original),
        before.map(|digest| digest.to_string())
    );
    let (head, body) = house.desk.original(hold).await.expect("what the agent sent is kept");
    let body = body.unwrap();
    assert_eq!(Some(Digest::of(&head, body.len(), body.sha256())), before);
    let mut again = house.arrive(post()).await;
    assert_eq!(again.hold(), hold, "the agent's own request joins");
    let same = house.arrive(post().body(b"third")).await;
    assert_ne!(same.hold(), hold, "what the person wrote is nobody's attempt");
    house.decide(hold, Choice::Approve).await;
    let released = approval(again.ended().await);
    let snapshot = house.desk.thaw(&released).await.unwrap();
    assert_eq!(snapshot.body().bytes().unwrap().as_ref(), b"third");
}

/// P2: never sent bytes that nobody approved after an edit.
#[tokio::test]
async fn an_edit_voids_an_approval_that_is_not_used_yet_and_its_release_opens_nothing() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    house.decide(hold, Choice::Approve).await;
    let released = approval(waiting.ended().await);
    let view = house.edit(hold, other()).await.unwrap();
    assert_eq!((view.state.as_str(), view.approvals.given.len()), ("held", 0));
    assert!(house.desk.sending(&released).await.is_err(), "the old approval is overtaken");
    drop(released);
    house.decide(hold, Choice::Approve).await;
    house.send(approval(waiting.ended().await), 200, b"ok").await;

    let gone = house.arrive(post().target("/armed")).await;
    let hold = gone.hold();
    drop(gone);
    house.until_waiting(hold, 0).await;
    house.decide(hold, Choice::Approve).await;
    assert_eq!(house.state(hold).await, "armed");
    house.edit(hold, other()).await.unwrap();
    assert_eq!(house.state(hold).await, "held");
}

#[tokio::test]
async fn the_first_of_two_approvals_is_void_after_an_edit_and_the_new_rules_people_are_asked() {
    let house = House::new().await;
    let waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    let two = Approvers { groups: Vec::new(), quorum: 2 };
    let view = house.edit(hold, Request { approvers: Some(two), ..other() }).await.unwrap();
    assert_eq!((view.approvals.needed, view.rule.as_str()), (2, "defaults.mutating"));
    house.decide(hold, Choice::Approve).await;
    assert_eq!(house.state(hold).await, "held");
    let view = house.edit(hold, post().body(b"third")).await.unwrap();
    assert_eq!((view.approvals.needed, view.approvals.given.len()), (1, 0));
}

#[tokio::test]
async fn what_has_another_digest_or_is_sent_or_over_is_not_edited_and_neither_is_nothing() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    let first = house.digest(hold).await.unwrap();
    assert!(matches!(house.edit(hold, post()).await, Err(DecisionError::NoEdit(..))), "nothing was changed");
    house.edit(hold, other()).await.unwrap();
    let stale = house.edit_of(hold, first, post().body(b"third")).await;
    assert_eq!(stale.unwrap_err(), DecisionError::OtherDigest(hold));
    house.decide(hold, Choice::Approve).await;
    let released = approval(waiting.ended().await);
    receipt(house.desk.sending(&released).await);
    for state in ["forwarding", "done"] {
        let refused = house.edit(hold, post().body(b"third")).await;
        assert!(
            matches!(&refused, Err(DecisionError::Conflict(_, already)) if already.state == state),
            "{refused:?}"
        );
        if state == "forwarding" {
            let answer = Answer { status: 200, fields: vec![], body: Body::empty() };
            let approval = Approval::new(hold, released.digest(), 1, Arc::new(released.facts().clone()));
            house.desk.ended(approval, Outcome::Done { status: 200, answer: Some(answer) }).await;
        }
    }
}

/// An agent that finds its answer by an id finds it still, and the edit is what is sent to it.
#[tokio::test]
async fn an_edited_call_goes_out_with_the_id_that_is_waited_for_and_keeps_the_shape_of_its_address() {
    let call = |id: &str, text: &str| {
        let body = format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"say","params":{{"text":"{text}"}}}}"#);
        let length = body.len().to_string();
        Request { dialect: "jsonrpc", ..post() }.field("content-length", &length).body(body.as_bytes())
    };
    let house = House::new().await;
    let first = house.arrive(call("7", "one")).await;
    let hold = first.hold();
    for (id, what) in [("\"7\"", "another kind of id"), ("null", "none at all")] {
        let refused = house.edit(hold, call(id, "two")).await;
        assert!(matches!(refused, Err(DecisionError::NoEdit(..))), "{what}: {refused:?}");
    }
    house.edit(hold, call("7", "two")).await.unwrap();
    drop(first);
    house.until_waiting(hold, 0).await;
    let mut again = house.arrive(call("8", "one")).await;
    assert_eq!(again.hold(), hold);
    house.decide(hold, Choice::Approve).await;
    let released = approval(again.ended().await);
    let sent = house.desk.thaw(&released).await.unwrap();
    let text = String::from_utf8(sent.body().bytes().unwrap().to_vec()).unwrap();
    assert!(text.contains("\"id\":8") && text.contains("two"), "{text}");
}

#[tokio::test]
async fn the_files_of_an_edited_hold_stay_while_they_are_needed_and_go_with_it() {
    let house = House::new().await;
    let large = |byte: u8| vec![byte; 40_000];
    let in_file = async |bytes: Vec<u8>| {
        let mut draft = house.spool.draft();
        draft.write(Bytes::from(bytes)).await.unwrap();
        draft.finish().await.unwrap()
    };
    let files = || std::fs::read_dir(house.dir.path().join("spool")).unwrap().count();
    let waiting = house.arrive(Request { body: in_file(large(b'a')).await, ..post() }).await;
    let hold = waiting.hold();
    house.edit(hold, Request { body: in_file(large(b'b')).await, ..post() }).await.unwrap();
    assert_eq!(files(), 2);
    let (_, body) = house.desk.original(hold).await.unwrap();
    assert_eq!(body.unwrap().len(), 40_000);
    house.decide(hold, Choice::Deny).await;
    waiting.delivered();
    house.until_waiting(hold, 0).await;
    assert_eq!(files(), 0, "the hold has ended, and its agent has its answer");
    assert!(house.desk.original(hold).await.is_some_and(|(_, body)| body.is_none()), "the head stays");
}

fn signed(time: &str) -> Request {
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential=AKID/{}/eu-west-1/s3/aws4_request, SignedHeaders=host;x-amz-date, Signature={}",
        &time[..8],
        time[14..15].repeat(64)
    );
    post().field("x-amz-date", time).field("authorization", &authorization)
}

/// A later attempt's signature is made of what the agent sends. It goes out with what a person wrote only where all that
/// it is made of is as it was.
#[tokio::test]
async fn an_edited_request_takes_a_later_signature_only_where_nothing_signed_was_changed() {
    let (first, later) = ("20261121T173901Z", "20261121T174502Z");
    for (edited, renewed) in [
        (signed(first).field("x-note", "unsigned"), true),
        (signed(first).target("/posts?q=2"), false),
        (signed(first).body(b"HELLO"), false),
    ] {
        let house = House::new().await;
        let waiting = house.arrive(signed(first)).await;
        let hold = waiting.hold();
        house.edit(hold, edited).await.unwrap();
        drop(waiting);
        house.until_waiting(hold, 0).await;
        let mut again = house.arrive(signed(later)).await;
        assert_eq!(again.hold(), hold);
        house.decide(hold, Choice::Approve).await;
        let released = approval(again.ended().await);
        let sent = house.desk.thaw(&released).await.unwrap();
        assert_eq!(sent.head().text("x-amz-date"), Some(if renewed { later } else { first }));
    }
}

/// The carrier of a release that an edit overtakes has nothing to be told yet: it waits on, and gets the edited answer.
#[tokio::test]
async fn an_edit_takes_a_release_back_that_is_read_from_disk_at_that_moment() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    house.decide(hold, Choice::Approve).await;
    let early = approval(waiting.ended().await);
    let view = house.edit(hold, other()).await.unwrap();
    assert_eq!((view.state.as_str(), view.waiting, view.grantable), ("held", 1, None));
    // Read back with the decision it may be thawed, and no more; read now it is not what was approved.
    assert_eq!(house.desk.thaw(&early).await.unwrap().digest(), early.digest());
    assert!(matches!(house.desk.sending(&early).await, Err(Refused::Withdrawn)));
    assert!(matches!(house.desk.thaw(&early).await, Err(Refused::Withdrawn)));
    drop(early);
    assert_eq!(house.state(hold).await, "held");
    house.decide(hold, Choice::Approve).await;
    house.send(approval(waiting.ended().await), 200, b"ok").await;
    assert_eq!(house.state(hold).await, "done");
}
