//! What people see beside the hold itself: how many are like it, what was approved before, what happens.

use super::*;
use crate::hold::Happening;
use crate::limits as bounds;

impl House {
    async fn like(&self, hold: HoldId) -> usize {
        self.desk.find(&hold.to_string()).await.expect("the hold is there").like_pending
    }
}

#[tokio::test]
async fn a_hold_tells_how_many_like_it_are_undecided_and_neither_others_nor_itself_count() {
    let house = House::new().await;
    let first = house.arrive(post()).await;
    let second = house.arrive(post().body(b"other")).await;
    let mut elsewhere = post();
    elsewhere.head.origin = Origin::new(Scheme::Https, Host::parse("wiki.example").unwrap(), None);
    let elsewhere = house.arrive(elsewhere).await;
    let mut else_who = post();
    else_who.agent.name = "other".to_owned();
    let else_who = house.arrive(else_who).await;
    assert_eq!(house.like(first.hold()).await, 1);
    assert_eq!(house.like(second.hold()).await, 1);
    assert_eq!((house.like(elsewhere.hold()).await, house.like(else_who.hold()).await), (0, 0));
    house.decide(first.hold(), Choice::Approve).await;
    assert_eq!((house.like(first.hold()).await, house.like(second.hold()).await), (1, 0));
    house.decide(second.hold(), Choice::Deny).await;
    assert_eq!((house.like(first.hold()).await, house.like(second.hold()).await), (0, 0));
    drop((first, second, elsewhere, else_who));
    let house = house.restart().await;
    let held = house.desk.list(Filter { state: Some("held".to_owned()), ..Filter::default() }).await;
    assert!(!held.is_empty() && held.iter().all(|view| view.like_pending == 0));
}

#[tokio::test]
async fn the_last_approved_request_of_a_kind_is_there_to_compare_with_also_after_a_restart() {
    let house = House::new().await;
    let mut first = house.arrive(post().field("authorization", "Bearer hunter2").body(b"one")).await;
    assert!(house.desk.precedent(first.hold()).await.is_none(), "nothing was approved yet");
    house.decide(first.hold(), Choice::Approve).await;
    house.send(approval(first.ended().await), 200, b"ok").await;
    assert!(house.desk.precedent(first.hold()).await.is_none(), "nobody compares it with itself");
    let denied = house.arrive(post().body(b"two")).await;
    house.decide(denied.hold(), Choice::Deny).await;
    let next = house.arrive(post().body(b"three")).await;
    let digest = house.digest(first.hold()).await;
    let (next, house) = (next.hold(), house.restart().await);
    let precedent = house.desk.precedent(next).await.expect("one was approved");
    assert_eq!((Some(precedent.digest), precedent.approver.as_str()), (digest, "ops"));
    assert_eq!(precedent.body.as_deref(), Some(&b"one"[..]));
    let kept = precedent.head.text("authorization").unwrap_or_default();
    assert!(kept.starts_with("[masked, 14 bytes, "), "no secret outlives its hold: {kept}");
    let mut other = post();
    other.agent.name = "other".to_owned();
    let other = house.arrive(other).await;
    assert!(house.desk.precedent(other.hold()).await.is_none(), "of another agent");
}

#[tokio::test]
async fn a_precedents_body_is_kept_up_to_a_bound_also_from_a_file() {
    let house = House::new().await;
    for (size, kept) in [(bounds::PRECEDENT_BODY_MAX, true), (bounds::PRECEDENT_BODY_MAX + 1, false)] {
        let mut draft = house.spool.draft();
        draft.write(Bytes::from(vec![b'x'; size])).await.unwrap();
        let mut request = post();
        request.body = draft.finish().await.unwrap();
        assert!(request.body.path().is_some(), "it is in a file");
        let first = house.arrive(request).await;
        house.decide(first.hold(), Choice::Approve).await;
        let next = house.arrive(post().body(format!("{size}").as_bytes())).await;
        let precedent = house.desk.precedent(next.hold()).await.expect("one was approved");
        assert_eq!(precedent.body.map(|body| body.len()), kept.then_some(size));
    }
}

async fn next(told: &mut tokio::sync::broadcast::Receiver<Happening>) -> (String, String) {
    let happening = told.recv().await.expect("it is told");
    (happening.what, happening.hold.expect("it is a hold\'s").state)
}

#[tokio::test]
async fn what_happens_is_told_in_order_with_the_hold_as_it_was_then() {
    let house = House::new().await;
    let (_, mut told) = house.desk.happenings(None);
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    house.decide(hold, Choice::Approve).await;
    house.decide(hold, Choice::Approve).await;
    house.send(approval(waiting.ended().await), 201, b"ok").await;
    for expected in [("held", "held"), ("decided", "approved"), ("sending", "forwarding"), ("ended", "done")]
    {
        let (what, state) = next(&mut told).await;
        assert_eq!((what.as_str(), state.as_str()), expected);
    }
    assert!(told.try_recv().is_err(), "saying the same again is nothing that happened");
    let (missed, _) = house.desk.happenings(Some(2));
    assert_eq!(missed.iter().map(|one| one.what.as_str()).collect::<Vec<_>>(), ["sending", "ended"]);
}

#[tokio::test]
async fn holds_are_looked_up_in_the_order_in_which_they_are_named_and_one_that_is_gone_is_none() {
    let house = House::new().await;
    let (one, two) = (house.arrive(post()).await, house.arrive(post().body(b"two")).await);
    let named = vec![two.hold(), HoldId(uuid::Uuid::nil()), one.hold()];
    let found = house.desk.each(named.clone()).await;
    let ids: Vec<_> = found.iter().map(|view| view.as_ref().map(|view| view.id.clone())).collect();
    assert_eq!(ids, [Some(two.hold().to_string()), None, Some(one.hold().to_string())]);
}

/// Looked at only, and for as long as it may help: not for ever, and not where somebody took the approval back.
#[tokio::test]
async fn a_precedent_has_no_secret_parameter_and_goes_by_its_age() {
    let house = House::new().await;
    let keyed = |key: &str| post().target(&format!("/posts?page=1&api_key={key}&sig=abc"));
    let first = house.arrive(keyed("hunter2").body(b"one")).await;
    house.decide(first.hold(), Choice::Approve).await;
    let next = house.arrive(keyed("hunter3").body(b"two")).await;
    let precedent = house.desk.precedent(next.hold()).await.expect("one was approved");
    let target = &precedent.head.target;
    assert!(target.starts_with("/posts?page=1&api_key=[masked, 7 bytes, "), "{target}");
    assert!(target.contains("&sig=[masked, 3 bytes, ") && !target.contains("hunter2"), "{target}");
    house.tick(bounds::PRECEDENT_AGE + Duration::from_secs(1));
    let later = house.arrive(keyed("hunter4").body(b"three")).await;
    assert!(house.desk.precedent(later.hold()).await.is_none());
}

#[tokio::test]
async fn an_approval_that_was_taken_back_is_no_precedent() {
    let house = House::new().await;
    let waiting = house.arrive(post().body(b"one")).await;
    let next = house.arrive(post().body(b"two")).await;
    let known = async || house.desk.precedent(next.hold()).await.is_some();
    // Nobody waits, so that nothing is sent yet.
    let hold = waiting.hold();
    drop(waiting);
    house.until_waiting(hold, 0).await;
    house.decide(hold, Choice::Approve).await;
    assert!(known().await);
    house.decide(hold, Choice::Deny).await;
    assert!(!known().await);
}
