//! Whose word counts, how many it takes, and who is told when two decide at once.

use super::*;
use crate::hold::{Already, DecisionError, HoldView};

fn two_of_oncall() -> Option<Approvers> {
    Some(Approvers { groups: vec!["oncall".to_owned()], quorum: 2 })
}

fn needs_two() -> Request {
    Request { approvers: two_of_oncall(), ..post() }
}

fn person(name: &str, group: &str) -> Who {
    Who { name: name.to_owned(), groups: vec![group.to_owned()], user: None }
}

impl House {
    async fn says(&self, who: Who, hold: HoldId, choice: Choice) -> Result<HoldView, DecisionError> {
        let digest = self.digest(hold).await;
        let decision = Decision { hold, choice, digest, reason: None, by: who, grant: None };
        Ok(self.desk.decide(vec![decision]).await?.remove(0))
    }

    async fn approves(&self, name: &str, hold: HoldId) -> Result<HoldView, DecisionError> {
        self.says(person(name, "oncall"), hold, Choice::Approve).await
    }
}

#[tokio::test]
async fn a_rule_that_asks_for_two_is_released_by_the_second_of_them_and_not_by_one_who_says_it_twice() {
    let house = House::new().await;
    let mut waiting = house.arrive(needs_two()).await;
    let hold = waiting.hold();
    let view = house.approves("ana", hold).await.unwrap();
    assert_eq!((view.state.as_str(), view.approvals.needed), ("held", 2));
    assert_eq!(
        (view.approvals.given, view.approvals.groups),
        (vec!["ana".to_owned()], vec!["oncall".to_owned()])
    );
    let again = house.approves("ana", hold).await.unwrap();
    assert_eq!((again.state.as_str(), again.approvals.given.len()), ("held", 1));
    let view = house.approves("ben", hold).await.unwrap();
    assert_eq!((view.state.as_str(), view.approvals.given.len()), ("approved", 2));
    house.send(approval(waiting.ended().await), 200, b"ok").await;
    let sending = house.records().into_iter().find(|record| record["event"] == "sending").unwrap();
    assert_eq!(sending["approvers"], serde_json::json!(["ana", "ben"]));
    let tallies: Vec<_> = house
        .records()
        .iter()
        .filter(|record| record["event"] == "decided")
        .map(|record| (record["approvals"].as_u64(), record["needed"].as_u64(), record["again"].as_bool()))
        .collect();
    let (one, two) = ((Some(1), Some(2)), (Some(2), Some(2)));
    assert_eq!(tallies, [(one.0, one.1, None), (one.0, one.1, Some(true)), (two.0, two.1, None)]);
}

#[tokio::test]
async fn who_is_not_in_the_groups_cannot_approve_and_is_told_whose_word_counts_but_may_deny() {
    let house = House::new().await;
    let waiting = house.arrive(needs_two()).await;
    let hold = waiting.hold();
    let refused = house.says(person("eve", "guests"), hold, Choice::Approve).await;
    let Err(DecisionError::NotYours(_, why)) = refused else { panic!("{refused:?}") };
    assert!(why.contains("`oncall`") && why.contains("`eve`"), "{why}");
    assert_eq!(house.story(hold), ["held"], "nothing was decided");
    house.approves("ana", hold).await.unwrap();
    let view = house.says(person("eve", "guests"), hold, Choice::Deny).await.unwrap();
    assert_eq!(view.state, "denied");
}

/// CASES AU: an agent that is also somebody's name or process is not its own approver.
#[tokio::test]
async fn the_agents_own_word_never_counts_where_a_rule_asks_for_approvers() {
    let house = House::new().await;
    let asked = Request { owner: Some("deploy".to_owned()), ..needs_two() };
    let waiting = house.arrive(asked).await;
    let hold = waiting.hold();
    let refused = house.approves("bot", hold).await;
    assert!(
        matches!(&refused, Err(DecisionError::NotYours(_, why)) if why.contains("agent's name")),
        "{refused:?}"
    );
    let own = Who { user: Some("deploy".to_owned()), ..person("dee", "oncall") };
    let refused = house.says(own.clone(), hold, Choice::Approve).await;
    assert!(
        matches!(&refused, Err(DecisionError::NotYours(_, why)) if why.contains("`deploy`")),
        "{refused:?}"
    );
    let other = Who { user: Some("ana".to_owned()), ..person("ana", "oncall") };
    assert!(house.says(other, hold, Choice::Approve).await.is_ok());
    // Where no rule asks for anybody, the hold says that nothing keeps the agent away (`advisory`).
    let plain = house.arrive(Request { owner: Some("deploy".to_owned()), ..post().body(b"other") }).await;
    assert!(house.says(own, plain.hold(), Choice::Approve).await.is_ok());
}

#[tokio::test]
async fn who_joins_a_hold_as_the_agent_is_no_approver_of_it_either() {
    let house = House::new().await;
    let first = house.arrive(Request { owner: Some("bot".to_owned()), ..needs_two() }).await;
    let hold = first.hold();
    drop(first);
    house.until_waiting(hold, 0).await;
    let second = house.arrive(Request { owner: Some("ana".to_owned()), ..needs_two() }).await;
    assert_eq!(second.hold(), hold);
    let own = Who { user: Some("ana".to_owned()), ..person("ana", "oncall") };
    assert!(matches!(house.says(own, hold, Choice::Approve).await, Err(DecisionError::NotYours(..))));
}

#[tokio::test]
async fn a_denial_after_the_first_of_two_approvals_ends_it_and_the_second_is_told_by_whom() {
    let house = House::new().await;
    let mut waiting = house.arrive(needs_two()).await;
    let hold = waiting.hold();
    house.approves("ana", hold).await.unwrap();
    house.says(person("ben", "oncall"), hold, Choice::Deny).await.unwrap();
    assert!(matches!(waiting.ended().await, Ended::Denied { .. }));
    let refused = house.approves("cyd", hold).await;
    let already = Already { state: "denied", by: vec!["ben".to_owned()] };
    assert_eq!(refused, Err(DecisionError::Conflict(hold, already.clone())));
    assert_eq!(already.to_string(), "denied by ben");
}

/// CASES HI-11: two approvers at once; one wins, and the other is told.
#[tokio::test]
async fn of_two_who_decide_at_once_one_wins_and_the_other_is_told_who_and_what() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    let (yes, no) = tokio::join!(
        house.says(Who::named("ana"), hold, Choice::Approve),
        house.says(Who::named("ben"), hold, Choice::Deny),
    );
    match (yes, no) {
        // A denial takes an approval back for as long as nothing has been sent.
        (Ok(_), Ok(view)) => assert_eq!(view.state, "denied"),
        (Err(DecisionError::Conflict(_, already)), Ok(_)) => assert_eq!(already.by, ["ben"]),
        other => panic!("{other:?}"),
    }
    assert_eq!(house.state(hold).await, "denied");
    drop(waiting.ended().await);

    let mut waiting = house.arrive(post().body(b"other")).await;
    let hold = waiting.hold();
    house.says(Who::named("ana"), hold, Choice::Approve).await.unwrap();
    house.send(approval(waiting.ended().await), 200, b"ok").await;
    let refused = house.says(Who::named("ben"), hold, Choice::Deny).await;
    let Err(DecisionError::Conflict(_, already)) = refused else { panic!("{refused:?}") };
    assert_eq!(already.to_string(), "done, approved by ana");
}

#[tokio::test]
async fn the_first_of_two_approvals_is_void_after_a_restart() {
    let house = House::new().await;
    let waiting = house.arrive(needs_two()).await;
    let hold = waiting.hold();
    house.approves("ana", hold).await.unwrap();
    drop(waiting);
    let house = house.restart().await;
    let view = house.desk.find(&hold.to_string()).await.unwrap();
    assert_eq!((view.approvals.given.len(), view.decisions.len()), (0, 1), "said, and counting no more");
    assert_eq!(house.approves("ben", hold).await.unwrap().state, "held");
    assert_eq!(house.approves("ana", hold).await.unwrap().state, "armed");
}

#[tokio::test]
async fn a_rule_grown_to_ask_for_two_sends_an_approved_hold_back_and_then_takes_two() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    house.says(Who::named("ana"), hold, Choice::Approve).await.unwrap();
    let released = approval(waiting.ended().await);
    assert_eq!(released.approved_by(), None);
    let terms = Terms {
        rule: "rule 3".to_owned(),
        timeout: None,
        approvers: two_of_oncall(),
        note: None,
        grantable: None,
    };
    house.desk.reconsider(released, "rule 3 asks for two".to_owned(), Some(terms)).await;
    drop(waiting);
    let house = house.restart().await;
    let mut waiting = house.arrive(post()).await;
    assert_eq!(waiting.hold(), hold);
    let view = house.desk.find(&hold.to_string()).await.unwrap();
    assert_eq!((view.state.as_str(), view.approvals.needed, view.approvals.given.len()), ("held", 2, 0));
    // The rule that holds it now is the one on screen and on record, and says what may be granted, also after a restart.
    assert_eq!((view.rule.as_str(), view.grantable), ("rule 3", None));
    assert_eq!(view.why.last().map(String::as_str), Some("rule 3 asks for two"));
    assert_eq!(house.records().last().unwrap()["rule"], "rule 3");
    house.approves("ana", hold).await.unwrap();
    house.approves("ben", hold).await.unwrap();
    let released = approval(waiting.ended().await);
    assert_eq!(
        released.approved_by(),
        two_of_oncall().as_ref(),
        "the rule is fulfilled when it is asked again"
    );
    house.send(released, 200, b"ok").await;
    assert_eq!(house.state(hold).await, "done");
}

#[tokio::test]
async fn a_batch_with_one_hold_that_is_not_ones_own_to_approve_decides_nothing() {
    let house = House::new().await;
    let (mine, theirs) = (house.arrive(post()).await, house.arrive(needs_two().body(b"other")).await);
    let eve = person("eve", "guests");
    let mut decisions = Vec::new();
    for hold in [mine.hold(), theirs.hold()] {
        let digest = house.digest(hold).await;
        let by = eve.clone();
        decisions.push(Decision { hold, choice: Choice::Approve, digest, reason: None, by, grant: None });
    }
    assert!(matches!(house.desk.decide(decisions).await, Err(DecisionError::NotYours(..))));
    assert_eq!(house.state(mine.hold()).await, "held");
}
