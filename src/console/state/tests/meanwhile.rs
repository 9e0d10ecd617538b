//! What happens while a person looks, asks or types.

use super::*;
use crate::console::errand::Decided;

/// CASES HI-19, HI-20: nobody decides about what is no longer on the screen.
#[test]
fn a_request_that_moves_on_takes_its_question_with_it() {
    let edited = HoldView { digest: posts(9)[8].digest.clone(), ..posts(1).pop().unwrap() };
    for (news, told) in [
        (ended(1, "denied"), "K1 was refused meanwhile; nothing was decided here"),
        (News::Changed(Box::new(edited)), "K1 was edited; it is shown again; nothing was decided here"),
    ] {
        let mut seat = reader();
        seat.keys("a");
        seat.wait();
        seat.keys("ye");
        seat.hear(news);
        assert_eq!(seat.said(), told);
        seat.keys("s");
        seat.key(Key::Enter);
        assert!(seat.decisions().is_empty());
    }
    let mut seat = reader();
    seat.keys("a");
    seat.hear(ended(2, "denied"));
    seat.answer("yes");
    assert_eq!(seat.decisions().len(), 1, "the near miss: another one moved on");
}

#[test]
fn an_edited_request_is_read_anew_before_a_yes_is_enough() {
    let mut seat = reader();
    let edited = HoldView { digest: posts(9)[8].digest.clone(), ..posts(1).pop().unwrap() };
    seat.hear(News::Changed(Box::new(edited.clone())));
    seat.keys("a");
    assert!(seat.state.dialog.is_none(), "what stands there is not what would be sent");
    seat.serve(50);
    seat.keys("a");
    seat.answer("yes");
    assert!(seat.decisions().is_empty());
}

#[test]
fn after_a_lost_connection_nothing_is_said_until_the_state_is_known() {
    let mut seat = reader();
    seat.keys("a");
    seat.wait();
    seat.hear(News::Lost("no server".into()));
    assert_eq!(seat.said(), "the connection was lost; nothing was decided");
    seat.keys("a");
    assert!(seat.state.dialog.is_none() && seat.said().contains("does not answer"));
    // It comes back, and somebody else was faster.
    seat.hear(News::Holds(posts(3).into_iter().skip(1).collect()));
    assert!(seat.asked.iter().any(|ask| matches!(ask, Ask::Look(id) if id == "0001")));
    seat.hear(ended(1, "denied"));
    seat.keys("a");
    assert!(seat.state.dialog.is_none() && seat.said().contains("nothing to release"), "{}", seat.said());
}

#[test]
fn a_decision_whose_answer_did_not_come_is_not_said_again() {
    let mut seat = reader();
    seat.keys("a");
    seat.answer("yes");
    let said = seat.decisions().remove(0);
    for _ in 0..3 {
        seat.keys("a");
        seat.answer("yes");
    }
    assert!(seat.decisions().is_empty(), "while it is not known what came of the first one");
    let now = vec![Some(HoldView { state: "done".into(), ..posts(1).pop().unwrap() })];
    seat.hear(News::Decided(Box::new(Decided { said, answer: Err("the server broke off".into()), now })));
    assert_eq!(seat.said(), "the server broke off; looked at since: K1 is done");
    seat.keys("a");
    assert!(seat.state.dialog.is_none());
}

#[test]
fn freezes_and_thaws_ask_first() {
    let mut seat = Seat::new(posts(1));
    seat.keys("t");
    assert_eq!(seat.said(), "nothing is frozen");
    seat.keys("f");
    seat.answer("too fast");
    let frozen = seat.asked.drain(..).any(|ask| {
        matches!(ask, Ask::Freeze { agent: Some(agent), reason: Some(reason) } if agent == "triage-bot" && reason == "too fast")
    });
    assert!(frozen);
}

#[test]
fn a_thaw_is_of_the_freeze_that_was_asked_about() {
    let frozen = |by: &str, at: &str| FreezeView { agent: None, reason: None, by: by.into(), at: at.into() };
    for (after, stands) in [
        (vec![frozen("ops", "1"), frozen("breaker", "2")], true),
        (vec![frozen("security", "2")], false),
        (vec![frozen("ops", "2")], false),
        (vec![], false),
    ] {
        let mut seat = Seat::new(posts(1));
        seat.hear(News::Freezes(vec![frozen("ops", "1")]));
        seat.keys("t");
        seat.wait();
        seat.keys("tha");
        seat.hear(News::Freezes(after));
        assert_eq!(seat.state.dialog.is_some(), stands, "{}", seat.said());
        if stands {
            seat.answer("w");
        }
        let thaws = |ask: &Ask| matches!(ask, Ask::Thaw(freeze) if *freeze == frozen("ops", "1"));
        assert_eq!(seat.asked.iter().any(thaws), stands);
    }
}

#[test]
fn a_late_answer_leaves_what_is_looked_at_by_now() {
    let mut seat = reader();
    seat.keys("a");
    seat.answer("yes");
    let said = seat.decisions().remove(0);
    seat.keys("q");
    seat.keys("jj ");
    seat.key(Key::Enter);
    let here = seat.state.detail.as_ref().unwrap().hold.id.clone();
    assert_ne!(here, said[0].id);
    let after = HoldView { state: "done".into(), ..posts(1).pop().unwrap() };
    seat.hear(News::Decided(Box::new(Decided { said, answer: Ok(vec![after]), now: vec![] })));
    assert_eq!(seat.state.detail.as_ref().unwrap().hold.id, here);
    assert_eq!(seat.state.view(), View::Detail);
    assert_eq!(seat.state.list.marked().len(), 1);
}

#[test]
fn a_command_takes_the_screen_only_from_the_hold_that_it_is_of() {
    let printed = |seat: &mut Seat, id: &str| {
        seat.state.hear(News::Curl(id.into(), Ok("curl".into())), seat.now);
        std::mem::take(&mut seat.state.acts).iter().any(|act| matches!(act, Act::Print(_)))
    };
    let mut seat = reader();
    assert!(printed(&mut seat, "0001"));
    assert!(!printed(&mut seat, "0002"));
    seat.keys("d");
    assert!(!printed(&mut seat, "0001"), "a reason is being typed");
    seat.key(Key::Esc);
    seat.keys("q");
    assert!(!printed(&mut seat, "0001"));
}
