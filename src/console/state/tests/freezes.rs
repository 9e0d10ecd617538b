//! A freeze that comes or goes while a person looks or asks.

use super::*;

/// What an approval does under a freeze is another thing: it is said before, while and after the question stands there.
#[test]
fn a_freeze_that_comes_while_somebody_looks_is_said_and_takes_the_question_away() {
    let frozen = |agent: Option<&str>| FreezeView {
        agent: agent.map(str::to_owned),
        reason: None,
        by: "ops".into(),
        at: "1".into(),
    };
    let kept = "FROZEN by ops: what you approve is kept back, and sent only after the thaw";
    for (agent, stops) in [(Some("triage-bot"), true), (None, true), (Some("deployer"), false)] {
        let mut seat = reader();
        seat.keys("a");
        seat.wait();
        seat.keys("ye");
        seat.hear(News::Freezes(vec![frozen(agent)]));
        assert_eq!(seat.state.dialog.is_none(), stops, "{agent:?}");
        assert_eq!(seat.said().contains(kept) && seat.said().ends_with("; nothing was decided"), stops);
        seat.keys("s");
        seat.key(Key::Enter);
        assert_eq!(seat.decisions().is_empty(), stops, "{agent:?}");
    }
    let mut seat = reader();
    seat.hear(News::Freezes(vec![frozen(Some("triage-bot"))]));
    assert!(seat.said().ends_with(kept), "{}", seat.said());
    seat.keys("a");
    let facts = format!("{:?}", seat.state.dialog.as_ref().expect("a question").facts);
    assert!(facts.contains(kept), "{facts}");
    seat.wait();
    seat.keys("yes");
    seat.hear(News::Freezes(vec![]));
    assert_eq!(
        seat.said(),
        "triage-bot: frozen no more; what you approve is sent at once; nothing was decided"
    );
    seat.key(Key::Enter);
    assert!(seat.decisions().is_empty());
    // A reason that is being typed is of a refusal, which a freeze changes nothing about.
    seat.keys("d");
    seat.wait();
    seat.keys("no");
    seat.hear(News::Freezes(vec![frozen(None)]));
    seat.key(Key::Enter);
    assert_eq!(seat.decisions().len(), 1);
}
