//! Freezes at the desk: nothing starts once one is on, what was approved waits, and it all survives a restart.

use std::time::Duration;

use super::*;
use crate::hold::{DecisionError, SeenFreeze};

fn ops() -> Who {
    Who::named("ops")
}

#[tokio::test]
async fn a_release_that_was_let_through_before_a_freeze_writes_no_first_byte_after_it() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    house.decide(waiting.hold(), Choice::Approve).await;
    let approved = approval(waiting.ended().await);
    let (_, permit) = house.desk.sending(&approved).await.expect("nothing is frozen");
    assert!(permit.start().is_some());
    let freeze = house.desk.freeze(None, Some("fire".to_owned()), &ops()).await.unwrap();
    assert_eq!((freeze.agent, freeze.by.as_str(), freeze.reason.as_deref()), (None, "ops", Some("fire")));
    assert!(permit.start().is_none());
    // Its sender says that nothing was sent: the approval stands, and is used after the thaw.
    house.desk.unsent(approved, "a freeze came".to_owned()).await;
    assert_eq!(house.state(waiting.hold()).await, "armed");
    let thawed = house.desk.unfreeze(None, &ops()).await.unwrap();
    assert_eq!(thawed.reason.as_deref(), Some("fire"));
    let mut again = house.arrive(post()).await;
    house.send(approval(again.ended().await), 200, b"ok").await;
    assert_eq!(house.state(again.hold()).await, "done");
}

#[tokio::test]
async fn an_approval_on_its_way_goes_back_and_its_attempt_goes_on_waiting_until_the_thaw() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    house.decide(hold, Choice::Approve).await;
    let early = approval(waiting.ended().await);
    house.desk.freeze(Some("bot".to_owned()), None, &ops()).await.unwrap();
    let view = house.desk.find(&hold.to_string()).await.unwrap();
    assert_eq!((view.state.as_str(), view.waiting, view.frozen), ("armed", 1, true));
    assert!(matches!(house.desk.sending(&early).await, Err(Refused::Withdrawn)));
    assert_eq!(house.story(hold), ["held", "decided approve"]);
    house.desk.unfreeze(Some("bot".to_owned()), &ops()).await.unwrap();
    let late = approval(waiting.ended().await);
    assert!(matches!(house.desk.sending(&early).await, Err(Refused::Withdrawn)), "overtaken");
    drop(early);
    house.send(late, 200, b"ok").await;
    assert_eq!(house.state(hold).await, "done");
}

#[tokio::test]
async fn a_freeze_of_one_agent_leaves_the_others_alone() {
    let house = House::new().await;
    house.desk.freeze(Some("someone else".to_owned()), None, &ops()).await.unwrap();
    let mut waiting = house.arrive(post()).await;
    house.decide(waiting.hold(), Choice::Approve).await;
    house.send(approval(waiting.ended().await), 200, b"ok").await;
    assert!(house.desk.admit(&post().agent, Effect::Write).await.is_ok());
    assert!(!house.desk.is_frozen("bot") && house.desk.is_frozen("someone else"));
}

#[tokio::test]
async fn what_is_decided_while_frozen_is_kept_and_its_attempt_is_told_that_it_is_frozen() {
    let house = House::new().await;
    house.desk.freeze(None, None, &ops()).await.unwrap();
    let mut decided = house.arrive(post()).await;
    let mut undecided = house.arrive(post().body(b"other")).await;
    house.decide(decided.hold(), Choice::Approve).await;
    assert_eq!(house.state(decided.hold()).await, "armed");
    house.tick(Duration::from_secs(51));
    assert!(matches!(decided.ended().await, Ended::Refused(Refused::Frozen)));
    assert!(matches!(undecided.ended().await, Ended::Ticket));
    let hold = decided.hold();
    drop(decided);
    // It asks again, and goes on waiting; a denial is still told at once.
    let mut again = house.arrive(post()).await;
    assert_eq!(again.hold(), hold);
    house.decide(hold, Choice::Deny).await;
    assert!(matches!(again.ended().await, Ended::Denied { .. }));
}

#[tokio::test]
async fn an_approval_that_a_freeze_keeps_is_void_in_time() {
    let house = House::new().await;
    house.desk.freeze(None, None, &ops()).await.unwrap();
    let waiting = house.arrive(post()).await;
    house.decide(waiting.hold(), Choice::Approve).await;
    house.tick(Duration::from_secs(901));
    house.until(waiting.hold(), "expired").await;
    house.desk.unfreeze(None, &ops()).await.unwrap();
    assert_eq!(house.state(waiting.hold()).await, "expired");
}

#[tokio::test]
async fn freezing_what_is_frozen_says_who_did_and_thawing_what_is_not_is_refused() {
    let house = House::new().await;
    let bot = || Some("bot".to_owned());
    assert!(matches!(house.desk.unfreeze(bot(), &ops()).await, Err(DecisionError::NoSuch(_))));
    house.desk.freeze(bot(), Some("first".to_owned()), &Who::named("ada")).await.unwrap();
    let second = house.desk.freeze(bot(), Some("second".to_owned()), &ops()).await.unwrap();
    assert_eq!((second.by.as_str(), second.reason.as_deref()), ("ada", Some("first")));
    assert!(matches!(house.desk.unfreeze(None, &ops()).await, Err(DecisionError::NoSuch(_))));
    house.desk.freeze(None, None, &ops()).await.unwrap();
    assert_eq!(house.desk.freezes().await.len(), 2);
    house.desk.unfreeze(None, &ops()).await.unwrap();
    assert!(house.desk.is_frozen("bot") && !house.desk.is_frozen("other"));
    let events: Vec<_> = house.records().iter().map(|record| record["event"].clone()).collect();
    assert_eq!(events, ["frozen", "frozen", "thawed"]);
    assert_eq!(house.records()[0]["reason"], "first", "what was said is on record");
    assert!(house.records()[1].get("reason").is_none(), "and of what nobody said nothing");
}

/// As many as may be; everybody can be frozen all the same.
#[tokio::test]
async fn one_freeze_too_many_is_refused_with_what_to_do_and_a_freeze_of_all_is_not() {
    let house = House::new().await;
    let (desk, ops) = (&house.desk, ops());
    let all =
        (0..crate::limits::FREEZES_MAX).map(|number| desk.freeze(Some(format!("bot {number}")), None, &ops));
    for frozen in futures_util::future::join_all(all).await {
        frozen.unwrap();
    }
    let refused = house.desk.freeze(Some("bot".to_owned()), None, &ops).await;
    let Err(DecisionError::TooMany(why)) = refused else { panic!("{refused:?}") };
    assert_eq!(
        why,
        "there are 1000 freezes already, and agent bot is not frozen: thaw some, or freeze everybody"
    );
    assert!(!house.desk.is_frozen("bot"));
    house.desk.freeze(None, None, &ops).await.unwrap();
    assert!(house.desk.is_frozen("bot"));
}

#[tokio::test]
async fn a_freeze_survives_a_restart_and_is_on_record_again() {
    let house = House::new().await;
    house.desk.freeze(Some("bot".to_owned()), Some("fire".to_owned()), &ops()).await.unwrap();
    let house = house.restart().await;
    let freezes = house.desk.freezes().await;
    assert_eq!(
        (freezes.len(), freezes[0].by.as_str(), freezes[0].reason.as_deref()),
        (1, "ops", Some("fire"))
    );
    assert!(house.desk.is_frozen("bot"));
    assert!(matches!(house.desk.admit(&post().agent, Effect::Write).await, Err(Refused::Frozen)));
    assert_eq!(house.records().last().unwrap()["again"], true);
    house.desk.unfreeze(Some("bot".to_owned()), &ops()).await.unwrap();
    let house = house.restart().await;
    assert!(house.desk.freezes().await.is_empty() && !house.desk.is_frozen("bot"));
}

#[tokio::test]
async fn the_file_freezes_the_next_release_and_its_end_lets_it_go_on() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    house.decide(waiting.hold(), Choice::Approve).await;
    let approved = approval(waiting.ended().await);
    std::fs::write(house.dir.path().join("freeze"), "fire\n").unwrap();
    assert!(matches!(house.desk.sending(&approved).await, Err(Refused::Withdrawn)));
    assert!(matches!(house.desk.admit(&post().agent, Effect::Write).await, Err(Refused::Frozen)));
    let freezes = house.desk.freezes().await;
    assert_eq!((freezes[0].by.as_str(), freezes[0].reason.as_deref()), ("file", Some("fire")));
    // No command takes it back.
    let refused = house.desk.unfreeze(None, &ops()).await;
    assert!(matches!(refused, Err(DecisionError::NoSuch(why)) if why.contains("remove it")));
    drop(approved);
    let house = {
        let hold = waiting.hold();
        drop(waiting);
        let house = house.restart().await;
        assert_eq!(house.state(hold).await, "held");
        house
    };
    assert!(house.desk.is_frozen("bot"), "before anybody could ask");
    let mut again = house.arrive(post()).await;
    house.decide(again.hold(), Choice::Approve).await;
    std::fs::remove_file(house.dir.path().join("freeze")).unwrap();
    // Within a second, by the watch.
    house.send(approval(again.ended().await), 200, b"ok").await;
    assert!(house.desk.freezes().await.is_empty());
}

#[tokio::test]
async fn an_approval_that_nobody_waits_for_is_kept_from_being_sent_all_the_same() {
    let forward = Limits { on_disconnect: OnDisconnect::Forward, ..limits() };
    let house = House::with(forward).await;
    house.desk.freeze(None, None, &ops()).await.unwrap();
    let hold = house.leaves(house.arrive(post()).await).await;
    house.decide(hold, Choice::Approve).await;
    assert_eq!(house.state(hold).await, "armed");
    house.desk.unfreeze(None, &ops()).await.unwrap();
    house.send(house.desk.orphan().await.unwrap(), 200, b"ok").await;
    assert_eq!(house.state(hold).await, "done");
}

/// Between a look and a thaw another may have thawed, and a third have frozen again for a reason that nobody saw.
#[tokio::test]
async fn a_thaw_is_of_the_freeze_that_was_seen_and_of_no_later_one() {
    let house = House::new().await;
    for agent in [None, Some("bot".to_owned())] {
        let first = house.desk.freeze(agent.clone(), None, &ops()).await.unwrap();
        house.desk.unfreeze_seen(agent.clone(), (&first).into(), &ops()).await.unwrap();
        house.tick(Duration::from_secs(1));
        let second = house.desk.freeze(agent.clone(), None, &ops()).await.unwrap();
        let other_hand = SeenFreeze { by: Some("ada".into()), at: Some(second.at.clone()) };
        for seen in [SeenFreeze::from(&first), other_hand] {
            let refused = house.desk.unfreeze_seen(agent.clone(), seen, &ops()).await;
            assert_eq!(refused, Err(DecisionError::OtherFreeze(second.clone())));
        }
        assert_eq!(house.desk.freezes().await, std::slice::from_ref(&second));
        let half = SeenFreeze { by: None, at: Some(second.at.clone()) };
        house.desk.unfreeze_seen(agent.clone(), half, &ops()).await.unwrap();
        let gone = house.desk.unfreeze_seen(agent, (&second).into(), &ops()).await;
        assert!(matches!(gone, Err(DecisionError::NoSuch(_))), "{gone:?}");
    }
}
