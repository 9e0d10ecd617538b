//! Grants at the desk: what one covers and, beside each, the near miss that it does not (CASES HI-21, HI-22, HI-26).

use std::time::Duration;

use super::*;
use crate::hold::{DecisionError, GrantAsk, GrantView};
use crate::limits;

fn ops() -> Who {
    Who::named("ops")
}

fn ask(scope: Scope, uses: u32) -> GrantAsk {
    GrantAsk { ttl: Duration::from_secs(900), uses, scope }
}

/// Makes a request as often as wanted.
type Make = fn() -> NewHold;

/// A request that can be changed in ways that `Request` does not know.
type Change = fn(&mut NewHold);

fn changed(change: Change) -> NewHold {
    let mut new = post().hold();
    change(&mut new);
    new
}

fn with(request: Request, change: Change) -> NewHold {
    let mut new = request.hold();
    change(&mut new);
    new
}

impl House {
    /// Approves with a grant, and sends.
    async fn grant(&self, new: NewHold, ask: GrantAsk) -> GrantView {
        let mut waiting = self.desk.arrive(new).await.expect("it is taken");
        let (hold, digest) = (waiting.hold(), self.digest(waiting.hold()).await);
        let grant = Some(ask);
        let decision = Decision { hold, choice: Choice::Approve, digest, reason: None, by: ops(), grant };
        self.desk.decide(vec![decision]).await.expect("the grant is given");
        self.send(approval(waiting.ended().await), 200, b"ok").await;
        waiting.delivered();
        self.desk.grants().await.remove(0)
    }

    /// Whether a request is let through at once; if so it is sent.
    async fn passes(&self, new: NewHold) -> bool {
        let mut waiting = self.desk.arrive(new).await.expect("it is taken");
        let view = self.desk.find(&waiting.hold().to_string()).await.unwrap();
        match view.state.as_str() {
            "held" => {
                assert_eq!(view.grant, None);
                let by = ops();
                let hold = waiting.hold();
                let no = Decision { hold, choice: Choice::Deny, digest: None, reason: None, by, grant: None };
                self.desk.decide(vec![no]).await.unwrap();
                assert!(matches!(waiting.ended().await, Ended::Denied { .. }));
                waiting.delivered();
                false
            }
            "approved" => {
                assert!(view.grant.is_some());
                self.send(approval(waiting.ended().await), 200, b"ok").await;
                waiting.delivered();
                true
            }
            other => panic!("{other}"),
        }
    }
}

/// Each with whether `exact`, `route` and `operation` cover it.
#[tokio::test]
async fn a_grant_covers_what_is_equal_in_all_that_its_scope_names_and_nothing_else() {
    let cases: Vec<(&str, Make, [bool; 3])> = vec![
        ("the same", || post().hold(), [true, true, true]),
        ("a trace id", || post().field("traceparent", "00-1").hold(), [true, true, true]),
        ("another body", || post().body(b"other").hold(), [false, true, true]),
        ("another query", || post().target("/posts?q=2").hold(), [false, true, true]),
        ("another field", || post().field("x-team", "b").hold(), [false, true, true]),
        ("another path", || post().target("/posts/1?q=1").hold(), [false; 3]),
        ("another agent", || changed(|new| new.agent.name = "other".into()), [false; 3]),
        ("another effect", || changed(|new| new.finding.effect = Effect::Delete), [false; 3]),
        ("another rule", || changed(|new| new.terms.rule = "stricter".into()), [false; 3]),
        (
            "another operation",
            || changed(|new| new.finding.operation = "POST /else".into()),
            [true, false, false],
        ),
        ("another dialect", || changed(|new| new.finding.dialect = "graphql"), [true, false, false]),
        (
            "a batch",
            || changed(|new| new.finding.operation = "POST /posts (worst of 2)".into()),
            [true, false, false],
        ),
        ("a rule that grants no more", || changed(|new| new.terms.grantable = None), [false; 3]),
        (
            "a rule that grants less now",
            || changed(|new| new.terms.grantable = Some(Scope::Exact)),
            [true, false, false],
        ),
        (
            "another method",
            || {
                let mut request = post();
                request.head.method = "PUT".to_owned();
                request.hold()
            },
            [false; 3],
        ),
        (
            "another host",
            || {
                let mut request = post();
                request.head.origin = Origin::new(Scheme::Https, Host::parse("other.example").unwrap(), None);
                request.hold()
            },
            [false; 3],
        ),
        (
            "another port",
            || {
                let mut request = post();
                request.head.origin =
                    Origin::new(Scheme::Https, Host::parse("forum.example").unwrap(), Some(8443));
                request.hold()
            },
            [false; 3],
        ),
        (
            "another scheme",
            || {
                let mut request = post();
                request.head.origin =
                    Origin::new(Scheme::Http, Host::parse("forum.example").unwrap(), Some(443));
                request.hold()
            },
            [false; 3],
        ),
    ];
    for (index, scope) in Scope::ALL.into_iter().enumerate() {
        for (name, new, covered) in &cases {
            let house = House::new().await;
            house.grant(post().hold(), ask(scope, 5)).await;
            assert_eq!(house.passes(new()).await, covered[index], "{name} under {}", scope.as_str());
        }
    }
}

#[tokio::test]
async fn an_operation_named_above_paths_is_covered_at_another_path_and_no_other_is() {
    let openapi: Change = |new| {
        new.finding.dialect = "openapi";
        new.finding.operation = format!("deletePost (POST {})", new.snapshot.head().path());
    };
    let house = House::new().await;
    let grant = house.grant(with(post(), openapi), ask(Scope::Operation, 5)).await;
    assert_eq!(grant.covers, "deletePost at https://forum.example");
    assert!(house.passes(with(post().target("/posts/7"), openapi)).await);
    let other: Change = |new| {
        new.finding.dialect = "openapi";
        new.finding.operation = "deleteForum (POST /posts)".to_owned();
    };
    assert!(!house.passes(with(post(), other)).await);
    let house = House::new().await;
    house.grant(with(post(), openapi), ask(Scope::Route, 5)).await;
    assert!(!house.passes(with(post().target("/posts/7"), openapi)).await, "a route is a path");
}

/// CASES HI-22: everyone may be `anonymous`.
#[tokio::test]
async fn the_grant_of_an_agent_without_a_name_is_its_addresses_alone() {
    let anonymous: Change = |new| new.agent.name = "anonymous".to_owned();
    let elsewhere: Change = |new| {
        new.agent.name = "anonymous".to_owned();
        new.agent.source = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 8));
    };
    let house = House::new().await;
    house.grant(with(post(), anonymous), ask(Scope::Operation, 5)).await;
    assert!(house.passes(with(post(), anonymous)).await);
    assert!(!house.passes(with(post(), elsewhere)).await);
}

#[tokio::test]
async fn uses_are_counted_and_the_last_one_is_the_last() {
    let house = House::new().await;
    let grant = house.grant(post().hold(), ask(Scope::Route, 2)).await;
    assert_eq!((grant.state.as_str(), grant.used, grant.uses), ("live", 0, 2));
    assert_eq!(
        (grant.covers.as_str(), grant.approvers),
        ("POST https://forum.example/posts", vec!["ops".to_owned()])
    );
    let rest = house.desk.agents().await;
    assert_eq!((rest[0].name.as_str(), rest[0].passed), ("bot", 1), "what opened it");
    assert!(house.passes(post().hold()).await && house.passes(post().body(b"two").hold()).await);
    let ended = house.desk.grants().await.remove(0);
    assert_eq!((ended.state.as_str(), ended.used), ("used_up", 2));
    assert!(ended.ended_at.is_some());
    assert!(!house.passes(post().hold()).await);
    assert_eq!(house.desk.agents().await[0].passed, 3);
    // Each use is a hold with a record of its own, on the word of whoever gave the grant.
    let records = house.records();
    let by_grant: Vec<_> =
        records.iter().filter(|record| record["event"] == "decided" && record["grant"].is_string()).collect();
    assert_eq!(by_grant.len(), 2);
    assert!(
        by_grant.iter().all(|record| record["grant"] == grant.id.as_str() && record["approver"] == "ops")
    );
    let granted = records.iter().find(|record| record["event"] == "granted").unwrap();
    assert_eq!((&granted["grant"], &granted["uses"]), (&grant.id.as_str().into(), &2.into()));
}

#[tokio::test]
async fn a_grant_ends_by_the_monotonic_clock() {
    let house = House::new().await;
    house.grant(post().hold(), ask(Scope::Route, 5)).await;
    house.tick(Duration::from_secs(899));
    assert!(house.passes(post().hold()).await);
    house.tick(Duration::from_secs(1));
    assert!(!house.passes(post().hold()).await);
    assert_eq!(house.desk.grants().await[0].state, "expired");
    house.tick(limits::GRANT_SHOWN);
    assert!(house.desk.grants().await.is_empty(), "nobody needs to see it any more");
}

#[tokio::test]
async fn revoking_takes_back_what_was_approved_by_it_and_not_yet_sent() {
    let house = House::new().await;
    let grant = house.grant(post().hold(), ask(Scope::Route, 5)).await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    let approved = approval(waiting.ended().await);
    assert!(matches!(house.desk.revoke("nothing", &ops()).await, Err(DecisionError::NoSuch(_))));
    let revoked = house.desk.revoke(&grant.id, &Who::named("ada")).await.unwrap();
    assert_eq!(
        (revoked.state.as_str(), revoked.revoked_by.as_deref(), revoked.used),
        ("revoked", Some("ada"), 1)
    );
    assert!(matches!(house.desk.sending(&approved).await, Err(Refused::Withdrawn)));
    assert_eq!(house.state(hold).await, "held");
    assert_eq!(house.desk.find(&hold.to_string()).await.unwrap().grant, None);
    // Its agent still waits, and a person may decide.
    house.decide(hold, Choice::Approve).await;
    house.send(approval(waiting.ended().await), 200, b"ok").await;
    waiting.delivered();
    assert!(!house.passes(post().hold()).await);
    let again = house.desk.revoke(&grant.id, &ops()).await.unwrap();
    assert_eq!(again.revoked_by.as_deref(), Some("ada"), "one that has ended stays as it is");
    assert_eq!(house.records().iter().filter(|record| record["event"] == "revoked").count(), 1);
}

#[tokio::test]
async fn a_denial_that_takes_an_approval_back_takes_its_grant_too() {
    let house = House::new().await;
    let waiting = house.arrive(post()).await;
    let (hold, digest) = (waiting.hold(), house.digest(waiting.hold()).await);
    drop(waiting);
    house.until_waiting(hold, 0).await;
    let grant = Some(ask(Scope::Route, 5));
    let yes = Decision { hold, choice: Choice::Approve, digest, reason: None, by: ops(), grant };
    house.desk.decide(vec![yes.clone()]).await.unwrap();
    // The same again is fine, and gives nothing more.
    house.desk.decide(vec![yes]).await.unwrap();
    assert_eq!(house.desk.grants().await.len(), 1);
    house.decide(hold, Choice::Deny).await;
    assert_eq!(house.desk.grants().await[0].state, "revoked");
    assert!(!house.passes(post().body(b"like it").hold()).await);
}

#[tokio::test]
async fn no_grant_is_wider_than_its_rule_lets_it_be_and_a_batch_with_one_such_decides_nothing() {
    let house = House::new().await;
    let cases: Vec<(Change, GrantAsk)> = vec![
        (|new| new.terms.grantable = None, ask(Scope::Exact, 1)),
        (|new| new.terms.grantable = Some(Scope::Exact), ask(Scope::Route, 1)),
        (|new| new.terms.grantable = Some(Scope::Route), ask(Scope::Operation, 1)),
        (|new| new.finding.operation = "POST /posts (worst of 3)".into(), ask(Scope::Route, 1)),
        (|new| new.finding.operation = "POST /a…".into(), ask(Scope::Operation, 1)),
        (|new| new.finding.dialect = "sql", ask(Scope::Operation, 1)),
        (|_| {}, ask(Scope::Exact, 0)),
        (|_| {}, ask(Scope::Exact, limits::GRANT_USES_MAX + 1)),
        (|_| {}, GrantAsk { ttl: Duration::ZERO, ..ask(Scope::Exact, 1) }),
        (|_| {}, GrantAsk { ttl: Duration::from_secs(8 * 3600 + 1), ..ask(Scope::Exact, 1) }),
    ];
    let other = house.arrive(post().body(b"other")).await;
    for (number, (change, ask)) in cases.into_iter().enumerate() {
        let waiting = house.desk.arrive(with(post().body(&[number as u8]), change)).await.unwrap();
        let one = |hold, digest, grant| Decision {
            hold,
            choice: Choice::Approve,
            digest,
            reason: None,
            by: ops(),
            grant,
        };
        let batch = vec![
            one(other.hold(), house.digest(other.hold()).await, None),
            one(waiting.hold(), house.digest(waiting.hold()).await, Some(ask)),
        ];
        let refused = house.desk.decide(batch).await;
        assert!(
            matches!(refused, Err(DecisionError::NoGrant(hold, _)) if hold == waiting.hold()),
            "{number}"
        );
        assert_eq!(house.state(other.hold()).await, "held", "{number}");
    }
    let (hold, grant) = (other.hold(), Some(ask(Scope::Exact, 1)));
    let no = Decision { hold, choice: Choice::Deny, digest: None, reason: None, by: ops(), grant };
    assert!(matches!(house.desk.decide(vec![no]).await, Err(DecisionError::NoGrant(..))));
    assert!(house.desk.grants().await.is_empty());
}

/// CASES HI-26: it was a decision of a time that is over.
#[tokio::test]
async fn a_restart_ends_every_grant_and_says_so() {
    let house = House::new().await;
    house.grant(post().hold(), ask(Scope::Route, 5)).await;
    let house = house.restart().await;
    let grant = house.desk.grants().await.remove(0);
    assert_eq!((grant.state.as_str(), grant.revoked_by.as_deref()), ("revoked", Some("restart")));
    assert!(!house.passes(post().hold()).await);
    let revoked = house.records().into_iter().find(|record| record["event"] == "revoked").unwrap();
    assert_eq!((&revoked["by"], &revoked["grant"]), (&"restart".into(), &grant.id.as_str().into()));
    let house = house.restart().await;
    assert_eq!(house.desk.grants().await.len(), 1, "still shown");
    assert_eq!(
        house.records().iter().filter(|record| record["event"] == "revoked").count(),
        1,
        "and said once"
    );
}

/// The inbox incident stops, whatever was granted.
#[tokio::test]
async fn the_breaker_stops_a_grant_at_its_limit_until_a_person_thaws_the_agent() {
    let delete: Change = |new| new.finding.effect = Effect::Delete;
    let house = House::new().await;
    house.grant(with(post(), delete), ask(Scope::Route, 100)).await;
    for number in 1..10u8 {
        assert!(house.passes(with(post().body(&[number]), delete)).await, "{number}");
    }
    let mut eleventh = house.desk.arrive(with(post().body(b"11"), delete)).await.unwrap();
    assert_eq!(house.state(eleventh.hold()).await, "held");
    let freezes = house.desk.freezes().await;
    assert_eq!((freezes[0].agent.as_deref(), freezes[0].by.as_str()), (Some("bot"), "breaker"));
    assert!(freezes[0].reason.as_deref().unwrap().contains("10 deletes within 1 min"));
    assert_eq!(house.desk.grants().await[0].used, 9, "the one that opened it counts too");
    let frozen = house.records().into_iter().find(|record| record["event"] == "frozen").unwrap();
    assert_eq!((&frozen["cause"], &frozen["agent"]), (&"breaker".into(), &"bot".into()));
    // Time alone does not thaw it.
    house.tick(Duration::from_secs(120));
    assert!(matches!(eleventh.ended().await, Ended::Ticket), "nobody has decided");
    assert!(matches!(house.desk.admit(&post().agent, Effect::Write).await, Err(Refused::Frozen)));
    house.desk.unfreeze(Some("bot".to_owned()), &ops()).await.unwrap();
    assert!(house.passes(with(post().body(b"12"), delete)).await);
}

/// A thaw lets the agent begin anew; what goes after it counts all the same.
#[tokio::test]
async fn a_grant_that_is_given_while_its_agent_is_frozen_counts_its_first_request_after_the_thaw() {
    let delete: Change = |new| new.finding.effect = Effect::Delete;
    for agent in [None, Some("bot".to_owned())] {
        let house = House::new().await;
        house.desk.freeze(agent.clone(), None, &ops()).await.unwrap();
        let mut first = house.desk.arrive(with(post(), delete)).await.unwrap();
        let (hold, digest) = (first.hold(), house.digest(first.hold()).await);
        let grant = Some(ask(Scope::Route, 100));
        let yes = Decision { hold, choice: Choice::Approve, digest, reason: None, by: ops(), grant };
        house.desk.decide(vec![yes]).await.unwrap();
        // One that a person approved without a grant does not count, before a thaw or after it.
        let mut plain = house.arrive(post().target("/else")).await;
        house.decide(plain.hold(), Choice::Approve).await;
        house.desk.unfreeze(agent, &ops()).await.unwrap();
        assert_eq!(house.desk.agents().await[0].passed, 1);
        for waiting in [&mut first, &mut plain] {
            house.send(approval(waiting.ended().await), 200, b"ok").await;
        }
        first.delivered();
        for number in 1..10u8 {
            assert!(house.passes(with(post().body(&[number]), delete)).await, "{number}");
        }
        let eleventh = house.desk.arrive(with(post().body(b"11"), delete)).await.unwrap();
        assert_eq!(house.state(eleventh.hold()).await, "held", "ten have gone");
    }
}

#[tokio::test]
async fn what_a_person_approves_does_not_count_for_the_breaker() {
    let house = House::new().await;
    for number in 0..30u8 {
        let mut waiting = house.arrive(post().body(&[number])).await;
        house.decide(waiting.hold(), Choice::Approve).await;
        house.send(approval(waiting.ended().await), 200, b"ok").await;
        waiting.delivered();
    }
    assert!(house.desk.freezes().await.is_empty());
    for _ in 0..20 {
        assert!(house.desk.admit(&post().agent, Effect::Write).await.is_ok());
    }
    assert!(house.desk.admit(&post().agent, Effect::Read).await.is_ok(), "a likely read does not count");
    assert!(matches!(house.desk.admit(&post().agent, Effect::Write).await, Err(Refused::Frozen)));
}

/// A rule that asks for two people lets a grant begin only when both have asked for one, as narrow as the narrower.
#[tokio::test]
async fn the_grant_of_a_quorum_begins_with_its_last_approval_if_everyone_asked_for_one() {
    for (second, expected) in [(Some(ask(Scope::Exact, 9)), Some((Scope::Exact, 3))), (None, None)] {
        let house = House::new().await;
        let both: Change = |new| new.terms.approvers = Some(Approvers { groups: Vec::new(), quorum: 2 });
        let mut waiting = house.desk.arrive(with(post(), both)).await.unwrap();
        let (hold, digest) = (waiting.hold(), house.digest(waiting.hold()).await);
        for (name, grant) in [("ada", Some(ask(Scope::Route, 3))), ("bob", second)] {
            assert!(house.desk.grants().await.is_empty(), "before {name}");
            let by = Who::named(name);
            let yes = Decision { hold, choice: Choice::Approve, digest, reason: None, by, grant };
            house.desk.decide(vec![yes]).await.unwrap();
        }
        house.send(approval(waiting.ended().await), 200, b"ok").await;
        waiting.delivered();
        let grants = house.desk.grants().await;
        assert_eq!(grants.first().map(|grant| (grant.scope, grant.uses)), expected);
        assert_eq!(house.passes(with(post(), both)).await, expected.is_some());
        if let Some(grant) = grants.first() {
            assert_eq!(grant.approvers, ["ada", "bob"]);
            // The rule has come to need three, and a grant of two is not enough.
            let three: Change = |new| new.terms.approvers = Some(Approvers { groups: Vec::new(), quorum: 3 });
            let waiting = house.desk.arrive(with(post(), three)).await.unwrap();
            assert_eq!(house.state(waiting.hold()).await, "held");
        }
    }
}

#[tokio::test]
async fn grants_and_freezes_are_told_to_those_who_listen() {
    let house = House::new().await;
    let (_, mut told) = house.desk.happenings(None);
    let grant = house.grant(post().hold(), ask(Scope::Route, 5)).await;
    house.desk.revoke(&grant.id, &ops()).await.unwrap();
    house.desk.freeze(None, None, &ops()).await.unwrap();
    house.desk.unfreeze(None, &ops()).await.unwrap();
    let mut heard = Vec::new();
    while heard.last().is_none_or(|last| last != "thawed") {
        let happening = told.recv().await.unwrap();
        match happening.what.as_str() {
            "granted" => assert!(happening.hold.is_some() && happening.grant.is_some()),
            "revoked" => assert_eq!(happening.grant.unwrap().id, grant.id),
            "frozen" | "thawed" => assert_eq!(happening.freeze.unwrap().by, "ops"),
            _ => {}
        }
        heard.push(happening.what);
    }
    assert_eq!(heard, ["held", "decided", "granted", "sending", "ended", "revoked", "frozen", "thawed"]);
}
