//! Groups at the prompt: many of a kind on one page, and one word for exactly what it listed.

use holdpoint::hold::said::Choice;

use super::precedents::after;
use super::stage::{Held, Stage, forum, request, with};
use super::{EARLY, QUESTION};

/// What stands at the end of a group's question.
const ALL: &str = "[all | no REASON | one by one | Enter leaves them held | ? helps]:";

fn posts(from: usize, count: usize) -> Vec<Held> {
    (from..from + count).map(post).collect()
}

fn post(number: usize) -> Held {
    forum(number, format!("{{\"title\":\"answer {number}\",\"role\":\"user\"}}").as_bytes())
}

#[test]
fn many_of_a_kind_are_listed_with_what_differs_and_released_each_by_its_digest() {
    let stage = Stage::with_size(posts(1, 5), 50, 80);
    stage.wait_for(ALL);
    stage.snapshot("group_question");
    stage.type_line("note seen by Ana");
    stage.wait_for("the note goes on record with your all");
    stage.wait_until("the question again", |screen| screen.count(ALL) == 2);
    stage.type_line("all");
    stage.wait_for("5 requests released");
    stage.wait_for("Nothing waits for you.");
    let told = stage.told();
    assert_eq!(told.len(), 5);
    for (at, told) in told.iter().enumerate() {
        assert_eq!((told.choice, told.digest), (Choice::Approve, stage.digest(at + 1)));
        assert_eq!(told.reason.as_deref(), Some("seen by Ana"));
    }
    assert!(!stage.text().contains(EARLY));
}

/// CASES HI-20: a yes is not an all, and nothing but the word releases.
#[test]
fn no_other_word_releases_a_group() {
    let stage = Stage::new(posts(1, 4));
    for (times, word) in
        [(1, "yes"), (2, "y"), (3, "974ed0e1b4d6"), (4, "all of them"), (5, "grant 15m 20 route")]
    {
        stage.wait_until("a question", |screen| screen.count(ALL) == times);
        stage.type_line(word);
        stage.wait_until("the remark", |screen| screen.count("nothing done: type all, no, one") == times);
    }
    stage.wait_until("a question", |screen| screen.count(ALL) == 6);
    stage.type_line("");
    stage.wait_for("4 requests stay held");
    assert!(stage.told().is_empty());
}

/// CASES HI-19, HI-20: what comes while the page is read is not part of what it listed.
#[test]
fn what_comes_after_the_page_was_drawn_is_not_released_with_it() {
    let stage = Stage::new(posts(1, 4));
    stage.wait_for(ALL);
    for number in 5..9 {
        stage.add(post(number));
        stage.type_line("?");
        stage.wait_until("the question again", |screen| screen.count(ALL) == number - 3);
    }
    stage.type_line("all");
    stage.wait_for("4 requests released");
    let ids: Vec<String> = stage.told().iter().map(|told| told.id.clone()).collect();
    assert_eq!(ids, (1..5).map(|number| post(number).view.id).collect::<Vec<_>>());
    stage.wait_until("the others", |screen| screen.count(ALL) == 6);
    assert!(stage.text().contains("Release these 4 requests, each as it is listed, AAA5 to AAA8?"));
}

/// Two approvers at once: the other is told who decided, nothing is decided of a list that is no longer so, and the
/// list is shown anew.
#[test]
fn a_member_that_was_decided_elsewhere_brings_the_list_anew() {
    let stage = Stage::new(posts(1, 5));
    stage.wait_for(ALL);
    stage.decided_elsewhere(2, "denied", "ada");
    stage.wait_for("AAA2 was refused by ada meanwhile");
    stage.wait_for("Release these 4 requests, each as it is listed, AAA1 to AAA5?");
    assert!(stage.told().is_empty());
    stage.wait_until("the question again", |screen| screen.count(ALL) == 2);
    stage.type_line("no not these");
    stage.wait_for("4 requests refused; nothing of them was sent");
    assert!(stage.told().iter().all(|told| told.choice == Choice::Deny && told.id != post(2).view.id));
}

#[test]
fn a_batch_that_is_refused_decides_nothing_and_is_shown_anew() {
    let stage = Stage::new(posts(1, 3));
    stage.wait_for(ALL);
    stage.refuse_decisions("hold AAA2: the digest is not this hold's");
    stage.type_line("all");
    stage.wait_for("none of them was decided: hold AAA2: the digest is not this hold's");
    stage.wait_until("the list again", |screen| screen.count(ALL) == 2);
    assert!(stage.told().is_empty());
}

/// CASES AP-28: hundreds of near-equal requests, then one that is different.
#[test]
fn the_one_that_differs_is_asked_about_alone_and_first() {
    let mut holds = posts(1, 6);
    holds[3] = forum(4, b"{\"title\":\"answer 4\",\"role\":\"admin\"}");
    let stage = Stage::new(holds);
    stage.wait_for("Release AAA4: write to forum.corp.example");
    stage.wait_for(QUESTION);
    assert!(!stage.text().contains(ALL));
    stage.type_line("no");
    stage.wait_for("Release these 5 requests, each as it is listed, AAA1 to AAA6?");
}

#[test]
fn what_alone_is_worse_or_larger_comes_before_the_many() {
    let mut holds = posts(1, 3);
    holds.push(with(post(4), |view| view.effect = "permission".into()));
    holds.push(with(post(5), |view| view.effect = "delete".into()));
    let stage = Stage::new(holds);
    for (times, question) in [(1, "Release AAA4: permission"), (2, "Release AAA5: delete")] {
        stage.wait_for(question);
        stage.wait_until("the question", |screen| screen.count(QUESTION) == times);
        stage.type_line("");
    }
    stage.wait_for("Release these 3 requests");
}

#[test]
fn a_page_that_is_longer_than_the_screen_is_asked_about_only_after_its_end() {
    let stage = Stage::with_size(posts(1, 40), 24, 80);
    stage.wait_for("Enter goes on, q stops --");
    assert!(!stage.text().contains(ALL));
    stage.type_line("all");
    stage.wait_for("not a decision: this only turns pages");
    stage.type_line("yess");
    stage.wait_until("the page again", |screen| screen.count("Enter goes on, q stops --") == 3);
    // It leaves the page, and neither skips what is on it nor lets it be released unseen.
    stage.type_line("q");
    stage.wait_for("The list was not displayed to its end: these cannot be released as one");
    stage.wait_for("[more | no REASON | one by one | Enter leaves them held | ? helps]:");
    stage.type_line("all");
    stage.wait_for("nothing done: they cannot be released as one");
    assert!(stage.told().is_empty());
    stage.wait_until("the question again", |screen| screen.count("[more | no REASON | one by one") == 2);
    stage.type_line("no too many");
    stage.wait_for("40 requests refused; nothing of them was sent");
}

/// A comparison of many may take its time: the person is told at once.
#[test]
fn that_many_are_being_compared_is_said_before_they_are() {
    let stage = Stage::with_size(posts(1, 25), 60, 80);
    stage.wait_for("25 requests of one kind wait; they are being compared");
    let few = Stage::new(posts(1, 3));
    few.wait_for(ALL);
    assert!(!few.text().contains("being compared"));
}

/// Who is of no group that a rule asks for is told so, and not asked for a yes that would be worth nothing.
#[test]
fn whose_yes_does_not_count_is_not_asked_for_it_and_may_still_refuse() {
    let stage = Stage::new(vec![]);
    stage.bar("rule `two` asks for members of `oncall`, and `ops` is none");
    stage.add(post(1));
    stage
        .wait_for("AAA1 is not yours to release: rule `two` asks for members of `oncall`, and `ops` is none");
    stage.wait_for("[no REASON | Enter leaves it held | ? helps]:");
    stage.type_line("yes");
    stage.wait_for("nothing done: it is not yours to release");
    assert!(stage.told().is_empty() && !stage.text().contains("[yes |"));
    stage.wait_until("the question again", |screen| {
        screen.count("[no REASON | Enter leaves it held | ? helps]:") == 2
    });
    stage.type_line("no not mine");
    stage.wait_for("AAA1 was refused");
    for number in 2..6 {
        stage.add(post(number));
    }
    stage.wait_for("these are not yours to release: rule `two` asks");
}

#[test]
fn a_group_can_be_gone_through_one_by_one() {
    let stage = Stage::new(posts(1, 3));
    stage.wait_for(ALL);
    stage.type_line("one");
    for number in 1..4 {
        stage.wait_for(&format!("Release AAA{number}: write"));
        // The group's own question ends like any other.
        stage.wait_until("the question", |screen| screen.count(QUESTION) == number + 1);
        stage.type_line("yes");
    }
    stage.wait_for("Nothing waits for you.");
    assert_eq!(stage.told().len(), 3);
}

/// CASES AP-12: no line of the list that is not Holdpoint's own begins like one.
#[test]
fn an_agent_s_words_on_a_page_stay_behind_the_bar() {
    let attack = |number: usize| {
        forum(
            number,
            format!("answer {number}\\nAAA9 0123456789ab the very same request\\n\u{1b}[2J").as_bytes(),
        )
    };
    let stage = Stage::new((1..5).map(attack).collect());
    // What hides or commands is never part of a page.
    stage.wait_for("Release AAA1: write");
    stage.wait_for(QUESTION);
    let calm = |number: usize| {
        forum(number, format!("n={number}\nAAA9 0123456789ab the very same request\n").as_bytes())
    };
    let stage = Stage::new((1..5).map(calm).collect());
    stage.wait_for(ALL);
    let text = stage.text();
    assert!(text.lines().filter(|line| line.contains("AAA9")).all(|line| line.starts_with('│')), "{text}");
    stage.assert_only_own_sequences();
}

/// An issue's figure: 500 holds of 5 agents, each by exact id and digest, in under 30 key presses, with the page of each
/// group displayed to its end.
#[test]
fn five_hundred_holds_of_five_agents_take_less_than_thirty_key_presses() {
    for rows in [24, 60] {
        five_hundred(rows);
    }
}

fn five_hundred(rows: u16) {
    let mut holds = Vec::new();
    for number in 1..501 {
        let agent = format!("agent-{}", number % 5);
        holds.push(with(post(number), |view| view.agent = agent));
    }
    let stage = Stage::with_size(holds, rows, 80);
    let (mut presses, mut questions, mut pages) = (0, 0, 0);
    while questions < 5 {
        stage.wait_until("a page or a question", |screen| {
            screen.count("Enter goes on, q stops --") > pages || screen.count(ALL) > questions
        });
        let asked = stage.text().matches(ALL).count() > questions;
        if asked {
            questions += 1;
            stage.type_line("a");
            presses += 2;
            stage.wait_until("the release", |screen| screen.count("100 requests released") == questions);
        } else {
            pages += 1;
            stage.type_line("");
            presses += 1;
        }
    }
    stage.wait_for("Nothing waits for you.");
    let told = stage.told();
    assert_eq!(told.len(), 500);
    for told in told {
        let number: usize = told.id[24..].parse().expect("its number");
        assert_eq!(told.digest, stage.digest(number));
        assert!(
            stage.text().contains(&told.digest.expect("it is named").hex()[..12]),
            "AAA{number} was not listed"
        );
    }
    assert!(presses < 30, "{presses} key presses");
    println!("{presses} key presses for 500 holds on {rows} lines");
}

/// What looks like a field that follows from the body is a line of the body, and is listed.
#[test]
fn a_line_that_looks_like_the_length_field_is_listed_where_it_differs() {
    let note = |number: usize, role: &str| {
        let body = format!("note {number}\ncontent-length: {role}{number}\n");
        request(number, "forum.corp.example", "/posts", &[], body.as_bytes())
    };
    let masked =
        |held| with(held, |view| view.headers = vec![("authorization".into(), "[masked, 14 bytes]".into())]);
    let notes = [note(1, "reader"), note(2, "writer"), note(3, "admin")];
    let stage = Stage::with_size(notes.into_iter().map(masked).collect(), 60, 80);
    stage.wait_for(ALL);
    stage.wait_for("content-length: admin3");
    assert!(stage.text().contains("Masked values are not compared; they may differ too."));
}

/// CASES AP-28: the second group of a kind is a group too, though one like it was approved meanwhile.
#[test]
fn what_was_approved_before_does_not_make_each_stand_alone() {
    let before = post(9);
    let stage = Stage::with_size(posts(1, 4).into_iter().map(|held| after(held, &before)).collect(), 60, 80);
    stage.wait_for("Release these 4 requests, each as it is listed, AAA1 to AAA4?");
}

/// However many wait: what comes behind a page of the list is asked about once that page is done, set aside or decided.
#[test]
fn what_lies_behind_the_oldest_thousand_is_asked_about_after_them() {
    let stage = Stage::with_size(posts(1, 1003), 4000, 80);
    for page in 0..5 {
        stage.wait_until("a page", |screen| screen.count(ALL) == page + 1);
        if page == 2 {
            stage.type_line("all");
            stage.wait_for("200 requests released");
        } else {
            stage.type_line("");
            stage.wait_until("the remark", |screen| screen.count("200 requests stay held") > page.min(1));
        }
    }
    stage.wait_for("Release these 3 requests, each as it is listed, AAA1001 to AAA1003?");
    stage.wait_until("the question", |screen| screen.count(ALL) == 6);
    stage.type_line("all");
    stage.wait_for("3 requests released");
    stage.wait_for("800 holds are left undecided; Enter shows them again.");
    assert_eq!(stage.told().len(), 203);
    // What was set aside stays so while other pages are looked at, and comes again when it is asked for.
    stage.add(post(1004));
    stage.wait_for("Release AAA1004: write");
    stage.wait_until("the question", |screen| screen.count(QUESTION) == 7);
    stage.type_line("no");
    stage.wait_until("nothing more", |screen| screen.count("800 holds are left undecided") == 2);
    stage.type_line("");
    stage.wait_until("the first again", |screen| screen.count(ALL) == 7);
    assert_eq!(stage.text().matches("each as it is listed, AAA1 to AAA200?").count(), 2);
}
