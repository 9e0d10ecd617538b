//! A restart, through the desk and what is really on disk.

use super::*;

#[tokio::test]
async fn what_is_pending_stays_and_its_agent_goes_on_waiting() {
    let house = House::new().await;
    let waiting = house.arrive(post()).await;
    let (hold, code) = (waiting.hold(), house.desk.find(&waiting.hold().to_string()).await.unwrap().code);
    let house = house.restart().await;
    let view = house.desk.find(&code).await.unwrap();
    assert_eq!((view.id.as_str(), view.state.as_str()), (hold.to_string().as_str(), "held"));
    let mut back = house.arrive(post()).await;
    assert_eq!(back.hold(), hold);
    house.decide(hold, Choice::Approve).await;
    house.send(approval(back.ended().await), 200, b"").await;
    drop(waiting);
}

/// CASES HI-14: an approval that was not used before a crash needs to be given anew.
#[tokio::test]
async fn an_unused_approval_is_void_and_there_are_at_least_five_minutes_to_decide_anew() {
    let house = House::new().await;
    let mut approved = house.arrive(post().target("/approved")).await;
    let armed = house.arrive(post().target("/armed")).await;
    let (one, two) = (approved.hold(), armed.hold());
    drop(armed);
    house.until_waiting(two, 0).await;
    house.decide(one, Choice::Approve).await;
    let _unused = approval(approved.ended().await);
    house.tick(Duration::from_secs(1790));
    house.decide(two, Choice::Approve).await;
    assert_eq!((house.state(one).await, house.state(two).await), ("approved".into(), "armed".into()));
    let house = house.restart().await;
    for hold in [one, two] {
        let view = house.desk.find(&hold.to_string()).await.unwrap();
        assert_eq!(view.state, "held");
        let left = crate::clock::Wall::parse(&view.deadline).unwrap().0 - house.clock.now().wall.0;
        assert_eq!(left, 300_000);
        let void = view.decisions[0].void.as_deref();
        assert_eq!(void, Some("a restart took it back"), "nobody reads it as approved");
        assert_eq!(house.story(hold).last().unwrap(), "held");
    }
    drop(approved);
}

/// CASES AU-10: the record of what is sent names those on whose word it is sent, and not one whose approval is void.
#[tokio::test]
async fn an_approval_that_a_restart_has_voided_is_nobody_s_word_any_more() {
    let house = House::new().await;
    let waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    let approve = |digest, approver: &str| Decision {
        hold,
        choice: Choice::Approve,
        digest,
        reason: None,
        by: Who::named(approver),
        grant: None,
    };
    let digest = house.digest(hold).await;
    house.desk.decide(vec![approve(digest, "ann")]).await.unwrap();
    let house = house.restart().await;
    let mut back = house.arrive(post()).await;
    house.desk.decide(vec![approve(digest, "bob")]).await.unwrap();
    house.send(approval(back.ended().await), 200, b"").await;
    let sending = house.records().into_iter().find(|record| record["event"] == "sending").unwrap();
    assert_eq!(sending["approvers"], serde_json::json!(["bob"]));
    let seen = house.desk.find(&hold.to_string()).await.unwrap().decisions;
    let void: Vec<_> = seen.iter().map(|said| (said.approver.as_str(), said.void.is_some())).collect();
    assert_eq!(void, [("ann", true), ("bob", false)], "both are seen, and which one counts");
    drop(waiting);
}

/// CASES HI-15: what was being sent is never sent again.
#[tokio::test]
async fn what_was_being_sent_has_an_unknown_outcome_and_says_so_to_every_same_request() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    house.decide(hold, Choice::Approve).await;
    let sent = approval(waiting.ended().await);
    receipt(house.desk.sending(&sent).await);
    let house = house.restart().await;
    assert_eq!(house.state(hold).await, "outcome_unknown");
    assert_eq!(house.story(hold).last().unwrap(), "ended outcome_unknown");
    for _ in 0..2 {
        let mut back = house.arrive(post()).await;
        assert!(matches!(back.ended().await, Ended::OutcomeUnknown));
        back.delivered();
    }
    let house = house.restart().await;
    assert!(matches!(house.arrive(post()).await.ended().await, Ended::OutcomeUnknown));
}

#[tokio::test]
async fn a_kept_answer_in_the_spool_survives_and_goes_with_its_delivery() {
    let house = House::new().await;
    let large = vec![b'a'; 100_000];
    let mut draft = house.spool.draft();
    draft.write(large.clone().into()).await.unwrap();
    let mut request = post();
    request.body = draft.finish().await.unwrap();
    let mut waiting = house.arrive(request.clone()).await;
    let hold = waiting.hold();
    house.decide(hold, Choice::Approve).await;
    let sent = approval(waiting.ended().await);
    assert_eq!(house.desk.thaw(&sent).await.unwrap().body().len(), 100_000);
    receipt(house.desk.sending(&sent).await);
    let mut draft = house.spool.draft();
    draft.write(vec![b'b'; 200_000].into()).await.unwrap();
    let answer = Answer { status: 200, fields: vec![], body: draft.finish().await.unwrap() };
    house.desk.ended(sent, Outcome::Done { status: 200, answer: Some(answer) }).await;
    drop(waiting);
    house.until_waiting(hold, 0).await;
    // The request's own copy must outlive every `Body` of it.
    request.body = Body::memory(large.into());
    assert_eq!(house.spool.used(), 300_000);
    let house = house.restart().await;
    assert_eq!(house.spool.used(), 300_000);
    let mut back = house.arrive(request).await;
    assert_eq!(back.hold(), hold);
    match back.ended().await {
        Ended::Answer(answer) => {
            assert_eq!(std::fs::read(answer.body.path().unwrap()).unwrap(), vec![b'b'; 200_000]);
        }
        other => panic!("{other:?}"),
    }
    back.delivered();
    house.until_waiting(hold, 0).await;
    assert_eq!(house.spool.used(), 0);
    let (_, body) = house.desk.request(hold).await.unwrap();
    assert!(body.is_none(), "a spool file goes with the answer");
    assert_eq!(std::fs::read_dir(house.dir.path().join("spool")).unwrap().count(), 0);
}

#[tokio::test]
async fn a_delivered_answer_stays_delivered() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    house.decide(hold, Choice::Deny).await;
    assert!(matches!(waiting.ended().await, Ended::Denied { .. }));
    waiting.delivered();
    house.until_waiting(hold, 0).await;
    let house = house.restart().await;
    assert_ne!(house.arrive(post()).await.hold(), hold);
}

#[tokio::test]
async fn everything_of_an_ended_hold_is_gone_after_an_hour_and_its_code_rests() {
    let house = House::new().await;
    let waiting = house.arrive(post()).await;
    let code = house.desk.find(&waiting.hold().to_string()).await.unwrap().code;
    house.decide(waiting.hold(), Choice::Deny).await;
    let hold = waiting.hold();
    waiting.delivered();
    house.until_waiting(hold, 0).await;
    house.tick(Duration::from_secs(3599));
    assert!(house.desk.find(&code).await.is_some());
    house.tick(Duration::from_secs(1));
    let mut changes = house.desk.changes();
    while house.desk.find(&code).await.is_some() {
        changes.changed().await.unwrap();
    }
    let house = house.restart().await;
    assert_eq!(house.holds().await, 0);
}
