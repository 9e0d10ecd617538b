//! The arrows of the drawing, through the desk.

use super::*;
use crate::hold::{Already, DecisionError};

#[tokio::test]
async fn a_request_waits_until_it_is_approved_and_is_sent_once() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    assert_eq!(house.state(hold).await, "held");
    house.decide(hold, Choice::Approve).await;
    let approval = approval(waiting.ended().await);
    assert_eq!(house.state(hold).await, "approved");
    let snapshot = house.desk.thaw(&approval).await.unwrap();
    assert_eq!(snapshot.digest(), approval.digest());
    assert_eq!(snapshot.head().target, "/posts?q=1");
    receipt(house.desk.sending(&approval).await);
    assert_eq!(house.state(hold).await, "forwarding");
    assert!(house.desk.sending(&approval).await.is_err(), "an approval opens once");
    let answer = Answer { status: 201, fields: vec![], body: Body::empty() };
    house.desk.ended(approval, Outcome::Done { status: 201, answer: Some(answer) }).await;
    let view = house.desk.find(&hold.to_string()).await.unwrap();
    assert_eq!((view.state.as_str(), view.outcome.unwrap().status), ("done", Some(201)));
    waiting.delivered();
    house.until_waiting(hold, 0).await;
    let (head, body) = house.desk.request(hold).await.unwrap();
    assert_eq!(head, post().head);
    assert_eq!(&body.unwrap().bytes().unwrap()[..], b"hello", "people can still look at it");
    assert_eq!(house.story(hold), ["held", "decided approve", "sending", "ended done"]);
    assert!(house.records().iter().all(|record| record.get("reason").is_none()), "nobody gave one");
}

#[tokio::test]
async fn a_denied_request_is_told_the_reason_and_never_released() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    house.decide_for(waiting.hold(), Choice::Deny, Some("not now")).await;
    match waiting.ended().await {
        Ended::Denied { reason } => assert_eq!(reason.as_deref(), Some("not now")),
        other => panic!("{other:?}"),
    }
    assert_eq!(house.state(waiting.hold()).await, "denied");
    assert_eq!(house.story(waiting.hold()), ["held", "decided deny", "ended denied"]);
    let records = house.records();
    let decided = records.iter().find(|record| record["event"] == "decided").unwrap();
    assert_eq!(decided["reason"], "not now", "what was said is on record");
}

#[tokio::test]
async fn nobody_decides_within_the_wait_and_the_same_request_goes_on_waiting_at_the_same_hold() {
    let house = House::new().await;
    let mut first = house.arrive(post()).await;
    house.tick(house.limits.wait);
    assert!(matches!(first.ended().await, Ended::Ticket));
    let mut second = house.arrive(post()).await;
    assert_eq!(second.hold(), first.hold());
    house.decide(second.hold(), Choice::Approve).await;
    house.send(approval(second.ended().await), 200, b"ok").await;
    assert_eq!(house.holds().await, 1);
}

#[tokio::test]
async fn an_approval_while_nobody_waits_is_used_when_the_agent_asks_again_and_not_before() {
    let house = House::new().await;
    let hold = house.leaves(house.arrive(post()).await).await;
    house.decide(hold, Choice::Approve).await;
    assert_eq!(house.state(hold).await, "armed");
    let mut back = house.arrive(post()).await;
    assert_eq!(back.hold(), hold);
    house.send(approval(back.ended().await), 200, b"ok").await;
    assert_eq!(house.state(hold).await, "done");
}

/// CASES HI-12: the agent goes between the approval and the first byte.
#[tokio::test]
async fn an_agent_that_goes_before_the_first_byte_takes_the_release_back() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    house.decide(hold, Choice::Approve).await;
    let first = approval(waiting.ended().await);
    drop(waiting);
    house.until(hold, "armed").await;
    assert!(matches!(house.desk.sending(&first).await, Err(Refused::Withdrawn)));
    let mut back = house.arrive(post()).await;
    let second = approval(back.ended().await);
    assert!(matches!(house.desk.sending(&first).await, Err(Refused::Withdrawn)), "overtaken");
    receipt(house.desk.sending(&second).await);
}

#[tokio::test]
async fn what_was_not_sent_is_armed_again_and_can_be_sent_by_the_next_attempt() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    house.decide(hold, Choice::Approve).await;
    let approval_one = approval(waiting.ended().await);
    house.desk.unsent(approval_one, "no route".to_owned()).await;
    assert_eq!(house.state(hold).await, "armed");
    drop(waiting);
    let mut back = house.arrive(post()).await;
    let two = approval(back.ended().await);
    receipt(house.desk.sending(&two).await);
    house.desk.unsent(two, "refused stream".to_owned()).await;
    assert_eq!(house.state(hold).await, "armed");
    assert_eq!(house.story(hold), ["held", "decided approve", "sending", "ended armed"]);
}

/// What kept one release from being sent is told of an armed hold, and of no later release and no later state.
#[tokio::test]
async fn what_kept_a_release_from_being_sent_is_forgotten_when_the_next_one_goes_or_it_is_held_again() {
    let house = House::new().await;
    let outcome = async |hold: HoldId| house.desk.find(&hold.to_string()).await.unwrap().outcome;
    let unsent = async |request: Request| {
        let mut waiting = house.arrive(request).await;
        let hold = waiting.hold();
        house.decide(hold, Choice::Approve).await;
        house.desk.unsent(approval(waiting.ended().await), "no route".to_owned()).await;
        let error = outcome(hold).await.and_then(|outcome| outcome.error);
        assert_eq!((house.state(hold).await.as_str(), error.as_deref()), ("armed", Some("no route")));
        hold
    };
    let hold = unsent(post()).await;
    let mut back = house.arrive(post()).await;
    assert_eq!(back.hold(), hold);
    let second = approval(back.ended().await);
    receipt(house.desk.sending(&second).await);
    assert_eq!((house.state(hold).await.as_str(), outcome(hold).await), ("forwarding", None));

    let denied = unsent(post().body(b"denied")).await;
    house.decide(denied, Choice::Deny).await;
    assert_eq!((house.state(denied).await.as_str(), outcome(denied).await), ("denied", None));

    let pending = unsent(post().body(b"restart")).await;
    let house = house.restart().await;
    let view = house.desk.find(&pending.to_string()).await.unwrap();
    assert_eq!((view.state.as_str(), view.outcome), ("held", None));
}

#[tokio::test]
async fn a_deny_takes_an_approval_back_until_sending_and_no_longer() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    house.decide(waiting.hold(), Choice::Approve).await;
    let taken_back = approval(waiting.ended().await);
    house.decide(waiting.hold(), Choice::Deny).await;
    assert!(matches!(house.desk.sending(&taken_back).await, Err(Refused::Withdrawn)));
    assert!(matches!(waiting.ended().await, Ended::Denied { .. }));

    let mut late = house.arrive(post().target("/late")).await;
    let hold = late.hold();
    house.decide(hold, Choice::Approve).await;
    receipt(house.desk.sending(&approval(late.ended().await)).await);
    let deny = Decision {
        hold,
        choice: Choice::Deny,
        digest: None,
        reason: None,
        by: Who::named("ops"),
        grant: None,
    };
    let refused = house.desk.decide(vec![deny]).await;
    assert!(matches!(refused, Err(DecisionError::Conflict(id, _)) if id == hold));
}

#[tokio::test]
async fn decisions_need_the_digest_and_a_batch_is_taken_whole_or_not_at_all() {
    let house = House::new().await;
    let one = house.arrive(post().target("/1")).await;
    let two = house.arrive(post().target("/2")).await;
    let (digest_one, digest_two) = (house.digest(one.hold()).await, house.digest(two.hold()).await);
    let approve = |hold, digest| Decision {
        hold,
        choice: Choice::Approve,
        digest,
        reason: None,
        by: Who::named("ops"),
        grant: None,
    };
    let batch = vec![approve(one.hold(), digest_one), approve(two.hold(), digest_one)];
    assert_eq!(house.desk.decide(batch).await, Err(DecisionError::OtherDigest(two.hold())));
    let batch = vec![approve(one.hold(), digest_one), approve(two.hold(), None)];
    assert_eq!(house.desk.decide(batch).await, Err(DecisionError::NoDigest(two.hold())));
    let batch = vec![approve(one.hold(), digest_one), approve(one.hold(), digest_two)];
    assert_eq!(house.desk.decide(batch).await, Err(DecisionError::OtherDigest(one.hold())));
    let deny = Decision { choice: Choice::Deny, ..approve(one.hold(), None) };
    let batch = vec![approve(one.hold(), digest_one), deny];
    assert!(matches!(house.desk.decide(batch).await, Err(DecisionError::Conflict(..))));
    let nobody = HoldId(uuid::Uuid::nil());
    let batch = vec![approve(one.hold(), digest_one), approve(nobody, digest_one)];
    assert_eq!(house.desk.decide(batch).await, Err(DecisionError::NotFound(nobody)));
    assert_eq!(house.state(one.hold()).await, "held", "nothing of a refused batch is taken");
    let batch = vec![approve(one.hold(), digest_one), approve(two.hold(), digest_two)];
    let views = house.desk.decide(batch.clone()).await.unwrap();
    assert_eq!(views.iter().map(|view| view.state.as_str()).collect::<Vec<_>>(), ["approved", "approved"]);
    assert_eq!(house.desk.decide(batch).await.unwrap().len(), 2, "the same decision twice is fine");
    assert_eq!(house.desk.find(&one.hold().to_string()).await.unwrap().decisions.len(), 1);
}

#[tokio::test]
async fn a_hold_that_nobody_decides_expires_and_its_agent_is_told() {
    let house = House::new().await;
    let mut request = post();
    request.timeout = Some(Duration::from_secs(20));
    let mut waiting = house.arrive(request).await;
    house.tick(Duration::from_millis(19_999));
    assert_eq!(house.state(waiting.hold()).await, "held");
    house.tick(Duration::from_millis(1));
    assert!(matches!(waiting.ended().await, Ended::Expired));
    let late = house.digest(waiting.hold()).await;
    let approve = Decision {
        hold: waiting.hold(),
        choice: Choice::Approve,
        digest: late,
        reason: None,
        by: Who::named("ops"),
        grant: None,
    };
    assert!(matches!(
        house.desk.decide(vec![approve]).await,
        Err(DecisionError::Conflict(_, Already { state: "expired", .. }))
    ));
}

#[tokio::test]
async fn an_approval_that_nobody_comes_back_for_is_void() {
    let house = House::new().await;
    let hold = house.leaves(house.arrive(post()).await).await;
    house.decide(hold, Choice::Approve).await;
    house.tick(house.limits.armed);
    house.until(hold, "expired").await;
    let mut back = house.arrive(post()).await;
    assert_eq!(back.hold(), hold);
    assert!(matches!(back.ended().await, Ended::Expired), "the agent is told so when it comes back");
}

#[tokio::test]
async fn with_cancel_a_hold_ends_with_its_last_attempt_and_with_forward_it_is_sent_all_the_same() {
    let cancelling = House::with(Limits { on_disconnect: OnDisconnect::Cancel, ..limits() }).await;
    let waiting = cancelling.arrive(post()).await;
    let hold = waiting.hold();
    drop(waiting);
    cancelling.until(hold, "cancelled").await;
    assert_ne!(cancelling.arrive(post()).await.hold(), hold);

    let forwarding = House::with(Limits { on_disconnect: OnDisconnect::Forward, ..limits() }).await;
    let hold = forwarding.leaves(forwarding.arrive(post()).await).await;
    forwarding.decide(hold, Choice::Approve).await;
    let orphan = forwarding.desk.orphan().await.unwrap();
    assert_eq!(orphan.hold(), hold);
    forwarding.send(orphan, 200, b"sent without you").await;
    let mut back = forwarding.arrive(post()).await;
    match back.ended().await {
        Ended::Answer(answer) => assert_eq!(&answer.body.bytes().unwrap()[..], b"sent without you"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_approval_that_is_dropped_unused_arms_the_hold_or_leaves_its_outcome_unknown() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    house.decide(waiting.hold(), Choice::Approve).await;
    drop(approval(waiting.ended().await));
    assert!(matches!(waiting.ended().await, Ended::Refused(Refused::Withdrawn)));
    assert_eq!(house.state(waiting.hold()).await, "armed");

    let mut other = house.arrive(post().target("/other")).await;
    house.decide(other.hold(), Choice::Approve).await;
    let sending = approval(other.ended().await);
    receipt(house.desk.sending(&sending).await);
    drop(sending);
    assert!(matches!(other.ended().await, Ended::OutcomeUnknown));
}

#[tokio::test]
async fn a_stricter_rule_puts_an_approved_hold_back_and_its_agent_goes_on_waiting() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    house.decide(waiting.hold(), Choice::Approve).await;
    let first = approval(waiting.ended().await);
    house.desk.reconsider(first, "rule 3 asks again".to_owned(), None).await;
    assert_eq!(house.state(waiting.hold()).await, "held");
    house.decide(waiting.hold(), Choice::Approve).await;
    house.send(approval(waiting.ended().await), 200, b"").await;
}

#[tokio::test]
async fn the_queue_takes_what_fits_and_not_one_more() {
    let house = House::with(Limits { max_pending: 3, max_pending_per_agent: 2, ..limits() }).await;
    let of = |name: &str, target: &str| {
        let mut request = post().target(target);
        request.agent.name = name.to_owned();
        request
    };
    let one = house.arrive(of("a", "/1")).await;
    let _two = house.arrive(of("a", "/2")).await;
    assert!(matches!(house.desk.arrive(of("a", "/3").hold()).await, Err(Refused::QueueFull)));
    let _three = house.arrive(of("b", "/1")).await;
    assert!(matches!(house.desk.arrive(of("b", "/2").hold()).await, Err(Refused::QueueFull)));
    house.decide(one.hold(), Choice::Deny).await;
    assert!(house.desk.arrive(of("b", "/2").hold()).await.is_ok(), "an ended hold makes room");
}

#[tokio::test]
async fn draining_takes_nothing_new_tells_those_who_wait_and_waits_for_what_is_being_sent() {
    let house = House::new().await;
    let mut waits = house.arrive(post().target("/waits")).await;
    let mut sends = house.arrive(post().target("/sends")).await;
    let mut starts = house.arrive(post().target("/starts")).await;
    house.decide(sends.hold(), Choice::Approve).await;
    house.decide(starts.hold(), Choice::Approve).await;
    let sending = approval(sends.ended().await);
    let starting = approval(starts.ended().await);
    receipt(house.desk.sending(&sending).await);
    let drained = tokio::spawn({
        let desk = house.desk.clone();
        async move { desk.drain().await }
    });
    assert!(matches!(waits.ended().await, Ended::Refused(Refused::Restarting)));
    assert!(matches!(house.desk.arrive(post().hold()).await, Err(Refused::Restarting)));
    assert!(matches!(house.desk.sending(&starting).await, Err(Refused::Restarting)));
    drop(starting);
    assert!(matches!(starts.ended().await, Ended::Refused(Refused::Restarting)));
    assert!(!drained.is_finished());
    house.desk.ended(sending, Outcome::Done { status: 200, answer: None }).await;
    drained.await.unwrap();
}

#[tokio::test]
async fn people_find_a_hold_by_code_and_list_them_in_order() {
    let house = House::new().await;
    let mut ids = Vec::new();
    let mut all = Vec::new();
    for number in 0..5 {
        let waiting = house.arrive(post().target(&format!("/{number}"))).await;
        ids.push(waiting.hold().to_string());
        all.push(waiting);
    }
    let listed = house.desk.list(Filter::default()).await;
    assert_eq!(listed.iter().map(|view| view.id.clone()).collect::<Vec<_>>(), ids);
    let found = house.desk.find(&listed[2].code.to_lowercase()).await.unwrap();
    assert_eq!(found.id, ids[2]);
    let page = Filter { after: Some(all[1].hold()), limit: 2, ..Filter::default() };
    let page = house.desk.list(page).await;
    assert_eq!(page.iter().map(|view| view.id.clone()).collect::<Vec<_>>(), ids[2..4]);
    house.decide(all[0].hold(), Choice::Deny).await;
    let denied = Filter { state: Some("denied".to_owned()), ..Filter::default() };
    assert_eq!(house.desk.list(denied).await.len(), 1);
    let stats = house.desk.stats().await;
    assert!(stats.by_state.contains(&("held", 4)) && stats.by_state.contains(&("denied", 1)));
}

/// What kept an approved request from being sent is seen by the person who approved it, until it is approved anew.
#[tokio::test]
async fn an_armed_hold_says_why_nothing_was_sent() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    house.decide(hold, Choice::Approve).await;
    let approval = approval(waiting.ended().await);
    house.desk.unsent(approval, "connection refused".to_owned()).await;
    let view = house.desk.find(&hold.to_string()).await.unwrap();
    let outcome = view.outcome.unwrap();
    assert_eq!((view.state.as_str(), outcome.status), ("armed", None));
    assert_eq!(outcome.error.as_deref(), Some("connection refused"));
}

/// Who carries a release makes ready before the decision is on disk; an agent that goes by then has gone.
#[tokio::test]
async fn an_agent_that_goes_while_its_release_is_made_ready_is_sent_nothing() {
    for (on_disconnect, state) in [(OnDisconnect::Cancel, "cancelled"), (OnDisconnect::Arm, "armed")] {
        let house = House::with(Limits { on_disconnect, ..limits() }).await;
        let mut waiting = house.arrive(post()).await;
        let hold = waiting.hold();
        let carrier = async {
            let approval = approval(waiting.ended().await);
            drop(waiting);
            let refused = house.desk.sending(&approval).await;
            assert!(matches!(refused, Err(Refused::Withdrawn)), "{state}");
        };
        tokio::join!(house.decide(hold, Choice::Approve), carrier);
        assert_eq!(house.state(hold).await, state);
        assert!(!house.story(hold).contains(&"sending".to_owned()));
    }
}

/// The near miss: who stays is sent for, and decision and start are stored in one turn.
#[tokio::test]
async fn a_release_that_is_ready_in_time_starts_in_the_turn_of_its_decision() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    let carrier = async {
        let approval = approval(waiting.ended().await);
        receipt(house.desk.sending(&approval).await);
        approval
    };
    let ((), approval) = tokio::join!(house.decide(hold, Choice::Approve), carrier);
    assert_eq!(house.story(hold), ["held", "decided approve", "sending"]);
    house.desk.ended(approval, Outcome::Unknown { error: "lost".to_owned() }).await;
    assert_eq!(house.state(hold).await, "outcome_unknown");
}
