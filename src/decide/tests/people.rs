//! Whose word a rule asks for, and of several rules.

use super::*;

fn asking(name: &str, groups: &[&str], quorum: usize) -> Rule {
    let groups = groups.iter().map(|group| (*group).to_owned()).collect();
    Rule { approvers: Some(Approvers { groups, quorum }), ..rule(name, Choice::Hold) }
}

/// SPEC section 7: a rule change is looked at again before release, and can only make it stricter.
#[test]
fn a_rule_that_asks_for_more_people_stops_a_release_and_one_that_asks_for_fewer_does_not() {
    let (bot, post, write) = (agent("bot"), head("POST", "/"), found(Effect::Write));
    let again = |rule: Rule, approved_by: Option<&Approvers>| {
        policy(vec![rule]).still_allows_release(&bot, &post, &write, &Body::empty(), approved_by)
    };
    let two = Approvers { groups: vec!["oncall".to_owned()], quorum: 2 };
    let asks = again(asking("two", &["oncall"], 2), None).unwrap_err();
    let Stricter::AsksMore(terms) = asks else { panic!("{asks:?}") };
    assert_eq!((terms.rule.as_str(), terms.approvers), ("two", Some(two.clone())));
    assert_eq!(again(asking("two", &["oncall"], 2), Some(&two)), Ok(()));
    assert_eq!(again(asking("one", &["oncall"], 1), Some(&two)), Ok(()));
    assert_eq!(again(rule("any", Choice::Hold), Some(&two)), Ok(()));
    assert_eq!(again(rule("open", Choice::Allow), Some(&two)), Ok(()));
}

/// Of two readings that are held the one that asks for more people decides.
#[test]
fn a_request_that_can_be_read_in_two_ways_needs_the_people_of_the_stricter() {
    let policy = policy(vec![
        Rule { path: path("/admin/**"), ..asking("two", &["oncall"], 2) },
        Rule { path: path("/**"), ..rule("any", Choice::Hold) },
    ]);
    for target in ["/admin/x", "/open/..%2fadmin/x", "/open/../admin/x"] {
        let verdict =
            policy.decide(&agent("bot"), &head("POST", target), &found(Effect::Write), &Body::empty());
        assert!(matches!(&verdict, Verdict::Hold(terms) if terms.rule == "two"), "{target}: {verdict:?}");
    }
    let verdict = policy.decide(&agent("bot"), &head("POST", "/open"), &found(Effect::Write), &Body::empty());
    assert!(matches!(&verdict, Verdict::Hold(terms) if terms.approvers.is_none()), "{verdict:?}");
}

/// Two rules that ask for equally many of different people: the word of one group must not stand for the other's.
#[test]
fn a_request_that_two_rules_hold_for_different_groups_needs_who_is_enough_for_both() {
    let write = found(Effect::Write);
    let asked = |one: &[&str], two: &[&str], target: &str| {
        let policy = policy(vec![
            Rule { path: path("/a/**"), ..asking("one", one, 1) },
            Rule { path: path("/b"), ..asking("two", two, 1) },
        ]);
        policy.decide(&agent("bot"), &head("POST", target), &write, &Body::empty())
    };
    let groups = |verdict: Verdict| match verdict {
        Verdict::Hold(terms) => terms.approvers.map(|approvers| approvers.groups),
        other => panic!("{other:?}"),
    };
    assert_eq!(groups(asked(&["x", "y"], &["y", "z"], "/a/../b")), Some(vec!["y".to_owned()]));
    assert_eq!(
        groups(asked(&["x"], &["z"], "/b")),
        Some(vec!["z".to_owned()]),
        "the plain one has one reading"
    );
    assert_eq!(groups(asked(&["x"], &[], "/a/../b")), Some(vec!["x".to_owned()]));
    assert_eq!(said(asked(&["x"], &["z"], "/a/../b")), "deny (apart) one");
    // A default that holds asks for nobody else.
    assert_eq!(groups(asked(&["x"], &["z"], "/a/../c")), Some(vec!["x".to_owned()]));
}
