//! What a person can and cannot bring about, without a terminal and without a server.

use super::*;
use crate::approve::Said;
use crate::clock::Wall;
use crate::console::errand::{Decided, Edited, News, Page, Wanted};
use crate::console::input::{Burst, Key};
use crate::console::sample::{hold, rendering};
use crate::hold::HoldView;

pub const LOOK: Look = Look { colour: true, charset: crate::approve::Charset::Utf8 };

/// A person at a console of 24 rows, with a clock that is moved by hand.
pub struct Seat {
    pub state: State,
    now: Now,
    asked: Vec<Ask>,
}

impl Seat {
    pub fn new(holds: Vec<HoldView>) -> Self {
        let now = Now { mono: Moment(60_000), wall: Wall(125_000) };
        let mut seat = Self { state: State::new(LOOK, "unix:state/admin.sock", now), now, asked: Vec::new() };
        seat.hear(News::Holds(holds));
        seat
    }

    fn settle(&mut self) {
        self.state.settle();
        for act in std::mem::take(&mut self.state.acts) {
            if let Act::Ask(ask) = act {
                self.asked.push(ask);
            }
        }
    }

    pub fn hear(&mut self, news: News) {
        self.state.hear(news, self.now);
        self.settle();
    }

    pub fn key(&mut self, key: Key) {
        self.state.press(&Burst::Keys(vec![key]), self.now);
        self.settle();
    }

    pub fn keys(&mut self, text: &str) {
        text.chars().for_each(|letter| self.key(Key::Char(letter)));
    }

    pub fn wait(&mut self) {
        self.now.mono = self.now.mono.after(limits::PROMPT_DEAD);
        self.state.tick(self.now);
        self.settle();
    }

    /// Types a word below a question that stands there, and Enter.
    pub fn answer(&mut self, word: &str) {
        self.wait();
        self.keys(word);
        self.key(Key::Enter);
    }

    /// The server gives each rendering that was asked for, with so many lines.
    pub fn serve(&mut self, lines: usize) {
        self.serve_with(|hold| rendering(hold, lines));
    }

    /// The server gives each rendering that was asked for, as it is made here.
    pub fn serve_with(&mut self, make: impl Fn(&HoldView) -> crate::approve::Rendering) {
        let wanted: Vec<Wanted> = self.asked.drain(..).filter_map(page).collect();
        for wanted in wanted {
            let found = self.state.list.get(&wanted.id).cloned();
            let hold =
                found.or_else(|| self.state.detail.as_ref().map(|detail| detail.hold.clone())).unwrap();
            let page = Page { rendering: make(&hold), not_yours: None };
            self.hear(News::Page(wanted, Ok(Box::new(page))));
        }
    }

    pub fn decisions(&mut self) -> Vec<Vec<Said>> {
        let decided = |ask| match ask {
            Ask::Decide(said) => Some(said),
            _ => None,
        };
        self.asked.drain(..).filter_map(decided).collect()
    }

    pub fn said(&self) -> &str {
        self.state.said.as_ref().map_or("", |(text, _)| text)
    }
}

fn page(ask: Ask) -> Option<Wanted> {
    match ask {
        Ask::Page(wanted) => Some(wanted),
        _ => None,
    }
}

pub fn posts(count: usize) -> Vec<HoldView> {
    (1..=count).map(|number| hold(number, "triage-bot", "write", "POST /posts")).collect()
}

/// A person who looks at the first of some holds, and has read it.
fn reader() -> Seat {
    let mut seat = Seat::new(posts(3));
    seat.key(Key::Enter);
    seat.serve(10);
    seat
}

fn ended(number: usize, state: &str) -> News {
    News::Changed(Box::new(HoldView { state: state.into(), ..posts(number).pop().unwrap() }))
}

#[test]
fn a_release_is_a_word_below_the_request_and_names_what_was_displayed() {
    let mut seat = Seat::new(posts(3));
    seat.keys("a");
    assert_eq!(seat.state.view(), View::Detail, "a in the list only looks");
    seat.keys("a");
    assert!(seat.state.dialog.is_none() && seat.said().contains("still being read"), "{}", seat.said());
    seat.serve(10);
    seat.keys("a");
    seat.answer("yes");
    let decisions = seat.decisions();
    assert_eq!((decisions.len(), decisions[0][0].id.as_str()), (1, "0001"));
    assert_eq!(decisions[0][0].digest.unwrap().to_string(), posts(1)[0].digest);
}

/// CASES AP-10
#[test]
fn what_was_jumped_over_needs_its_digest() {
    let mut seat = Seat::new(posts(3));
    seat.key(Key::Enter);
    seat.serve(100);
    seat.keys("Ga");
    seat.answer("yes");
    assert!(seat.decisions().is_empty());
    seat.key(Key::Esc);
    seat.keys("g");
    (0..6).for_each(|_| seat.key(Key::PageDown));
    seat.keys("a");
    seat.answer("yes");
    assert_eq!(seat.decisions().len(), 1);
}

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

/// CASES AP-04, AP-24
#[test]
fn pastes_reports_and_what_comes_all_at_once_decide_nothing() {
    let mut seat = reader();
    let burst = |text: &str| {
        Burst::Keys(text.chars().map(|l| if l == '\r' { Key::Enter } else { Key::Char(l) }).collect())
    };
    seat.state.press(&burst("ayes\r"), seat.now);
    assert!(seat.state.dialog.is_none());
    seat.keys("a");
    seat.wait();
    seat.state.press(&Burst::Noise, seat.now);
    seat.state.press(&burst("yes\r"), seat.now);
    seat.settle();
    assert!(seat.decisions().is_empty());
    assert!(seat.state.dialog.is_some());
}

#[test]
fn a_refusal_from_the_list_needs_its_reason_and_leaves_the_cursor_where_it_was() {
    let mut seat = Seat::new(posts(3));
    seat.keys("jd");
    seat.answer("");
    assert!(seat.decisions().is_empty());
    seat.answer("not today");
    let said = seat.decisions().remove(0);
    assert_eq!((said[0].id.as_str(), said[0].reason.as_deref()), ("0002", Some("not today")));
    let after = HoldView { state: "denied".into(), ..posts(2).pop().unwrap() };
    seat.hear(News::Decided(Box::new(Decided { said, answer: Ok(vec![after]), now: vec![] })));
    assert_eq!(seat.state.list.selected().unwrap().state, "denied");
    assert_eq!(seat.said(), "K2 was refused; nothing of it was sent");
}

#[test]
fn marked_holds_are_released_as_one_only_once_each_was_displayed_whole() {
    let mut seat = Seat::new(posts(3));
    seat.keys("  b");
    assert_eq!(seat.state.view(), View::Batch);
    seat.keys("a");
    assert!(seat.said().contains("still being read"), "{}", seat.said());
    seat.serve(30);
    seat.keys("a");
    assert!(seat.said().contains("not displayed to its end"), "{}", seat.said());
    seat.keys("    a");
    seat.answer("yes");
    assert!(seat.decisions().is_empty(), "the word is all");
    seat.answer("all");
    let decided = seat.decisions().remove(0);
    assert_eq!(decided.iter().map(|said| said.id.as_str()).collect::<Vec<_>>(), ["0001", "0002"]);
}

/// Who may do what is not released by the dozen, here as at the prompt.
#[test]
fn a_list_with_a_permission_in_it_is_refused_as_one_and_released_by_nobody() {
    let mut holds = posts(2);
    holds.push(hold(3, "deployer", "permission", "PUT /acl"));
    let mut seat = Seat::new(holds);
    seat.keys("  b");
    seat.serve(3);
    seat.keys("a");
    assert!(seat.state.dialog.is_none());
    assert_eq!(seat.said(), "K3: permission is released on its own, not in a list");
    seat.keys("d");
    seat.answer("no");
    assert_eq!(seat.decisions().remove(0).len(), 2);
}

#[test]
fn an_edit_names_what_it_takes_the_place_of_and_is_read_first() {
    let mut seat = reader();
    let draft = Draft { id: "0001".into(), digest: posts(1)[0].digest.clone(), text: "a".into() };
    let lines = (0..40).map(|at| crate::approve::Line::own(at.to_string(), Style::Plain)).collect();
    seat.state.edited(draft, Edited::Changed("b".into(), lines));
    seat.settle();
    seat.keys("a");
    assert!(seat.said().contains("not displayed to its end"), "{}", seat.said());
    seat.keys("  a");
    let facts = format!("{:?}", seat.state.dialog.as_ref().unwrap().facts);
    assert!(
        facts.contains("in the place of K1")
            && facts.contains("POST /posts")
            && facts.contains("sha256:0000")
    );
    seat.answer("yes");
    assert!(seat.asked.iter().any(|ask| matches!(ask, Ask::Replace(draft) if draft.text == "b")));
}

#[test]
fn the_view_goes_round_and_a_view_that_leaves_things_out_counts_for_nothing() {
    let mut seat = Seat::new(posts(1));
    seat.key(Key::Enter);
    let lens = |seat: &Seat| seat.asked.iter().cloned().rev().find_map(page).unwrap().lens.as_str();
    for next in ["pretty", "raw", "hex", "differences", "pretty"] {
        assert_eq!(lens(&seat), next);
        let before = seat.state.detail.as_ref().unwrap().shown;
        assert!(before.as_str() != next || next == "pretty", "what is still to come is not what is shown");
        seat.serve_with(|hold| crate::approve::Rendering { elided: true, ..rendering(hold, 3) });
        seat.keys("v");
    }
    seat.serve_with(|hold| crate::approve::Rendering { elided: true, ..rendering(hold, 3) });
    seat.keys("a");
    seat.answer("yes");
    assert!(seat.decisions().is_empty());
}

/// CASES HI-19
#[test]
fn a_list_of_which_one_moves_on_is_decided_no_more() {
    let mut seat = Seat::new(posts(3));
    seat.keys("  b");
    seat.serve(3);
    seat.keys("a");
    seat.wait();
    seat.keys("al");
    seat.hear(ended(2, "denied"));
    assert!(seat.said().contains("not the same any more"), "{}", seat.said());
    seat.keys("l");
    seat.key(Key::Enter);
    assert!(seat.decisions().is_empty());
}

#[test]
fn another_width_is_rendered_anew_and_what_was_read_stays_read() {
    let mut seat = reader();
    seat.state.size = (120, 40);
    seat.hear(News::Resized);
    let wanted = seat.asked.iter().cloned().find_map(page).unwrap();
    assert_eq!(wanted.width, 120);
    seat.serve(100);
    seat.keys("a");
    seat.answer("yes");
    assert_eq!(seat.decisions().len(), 1);
}

/// CASES AP-10: the lines of a wide window, on a narrow one, have no ends.
#[test]
fn what_a_narrower_window_cut_off_is_read_by_nobody() {
    let mut seat = Seat::new(posts(1));
    seat.state.size = (200, 30);
    seat.key(Key::Enter);
    seat.serve(40);
    seat.state.size = (80, 50);
    seat.hear(News::Resized);
    seat.key(Key::PageDown);
    seat.serve(90);
    seat.keys("a");
    seat.answer("yes");
    assert!(seat.decisions().is_empty());
    seat.key(Key::Esc);
    seat.keys("   a");
    seat.answer("yes");
    assert_eq!(seat.decisions().len(), 1, "the near miss: it was displayed to its end as the window is now");
}

#[test]
fn a_difference_is_not_put_in_place_from_a_narrower_window() {
    let mut seat = reader();
    let draft = Draft { id: "0001".into(), digest: posts(1)[0].digest.clone(), text: "a".into() };
    let lines = vec![crate::approve::Line::own("x", Style::Plain)];
    seat.state.edited(draft, Edited::Changed("b".into(), lines));
    seat.state.size = (60, 24);
    seat.hear(News::Resized);
    seat.keys("a");
    assert!(seat.state.dialog.is_none() && seat.said().contains("narrower"), "{}", seat.said());
}

/// A window in which lines are cut shows nobody a whole request.
#[test]
fn on_a_screen_that_is_too_small_nothing_counts_as_displayed() {
    let mut seat = Seat::new(posts(1));
    seat.state.size = (30, 24);
    seat.key(Key::Enter);
    seat.serve(3);
    seat.keys("a");
    seat.answer("yes");
    assert!(seat.decisions().is_empty());
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

#[test]
fn another_view_of_a_member_is_not_taken_for_its_page() {
    let mut seat = Seat::new(posts(2));
    seat.keys("  b");
    let other = seat.asked.iter().cloned().find_map(page).unwrap();
    let other = Wanted { lens: crate::approve::Lens::Hex, ..other };
    seat.serve(3);
    let before = format!("{:?}", seat.state.batch);
    let rendering = rendering(&posts(1)[0], 9);
    seat.hear(News::Page(other, Ok(Box::new(Page { rendering, not_yours: None }))));
    assert_eq!(format!("{:?}", seat.state.batch), before);
}
