//! A person changes what waits: the agent's request stays on record, the person's is judged, shown, approved and sent,
//! and the agent gets the answer (SPEC sections 4, 7; P2).

use holdpoint::hold::said::{Choice, DecisionError};
use holdpoint::hold::{HoldId, HoldView, Who};
use holdpoint::snapshot::Digest;

use crate::house::House;
use crate::person::decision;
use crate::plan::Plan;
use crate::tape::Tape;

impl House {
    /// The text of a hold as an editor gets it.
    fn text(&self, hold: &HoldView) -> String {
        let (digest, text) = self.wait(self.running().editor().text(id(hold))).expect("it can be edited");
        assert_eq!(digest.to_string(), hold.digest);
        text
    }

    /// Changes the text as an editor would.
    fn edit(&self, hold: &HoldView, from: &str, to: &str) -> Result<HoldView, DecisionError> {
        let text = self.text(hold);
        assert!(text.contains(from), "{text}");
        let of = Digest::parse(&hold.digest).expect("a digest");
        let changed = text.replace(from, to);
        self.wait(self.running().editor().edit(id(hold), of, &changed, Who::named("ana")))
    }
}

fn id(hold: &HoldView) -> HoldId {
    HoldId(hold.id.parse().expect("an id is a UUID"))
}

const JSON: &str = "Content-Type: application/json\r\n";

#[test]
fn what_a_person_wrote_arrives_once_approved_and_the_agent_gets_the_answer() {
    let mut house = House::new();
    let secret = house.canary();
    let tape = Tape::plain();
    let fields = format!("{JSON}Authorization: Bearer {secret}\r\n");
    let mut wire = house.post_with(&tape, "/members", &fields, "{\"role\":\"admin\"}");
    let hold = house.held();
    assert!(!house.text(&hold).contains(&secret), "an editor gets no secret");
    let edited = house.edit(&hold, "\"admin\"", "\"viewer\"").expect("it is edited");
    assert_eq!((edited.id.as_str(), edited.state.as_str()), (hold.id.as_str(), "held"));
    assert_ne!(edited.digest, hold.digest);
    let stale = house.decide(vec![decision(&hold, Choice::Approve, "ana")]);
    assert!(matches!(stale, Err(DecisionError::OtherDigest(_))), "{stale:?}");
    tape.assert_empty("edited, and not approved");
    let raw = house.raw(&edited);
    house.approve(&edited);
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    assert_eq!(tape.mutations()[0].body, b"{\"role\":\"viewer\"}");
    assert_eq!(String::from_utf8_lossy(&tape.mutations()[0].raw()), String::from_utf8_lossy(&raw));
    assert_eq!(tape.mutations()[0].head.text("authorization"), Some(format!("Bearer {secret}")));
    let record = house.events("edited").remove(0);
    assert_eq!(
        (record["original"].as_str(), record["digest"].as_str()),
        (Some(&*hold.digest), Some(&*edited.digest))
    );
    house.close(&[&tape]);
}

#[test]
fn an_agent_that_comes_back_with_its_own_request_gets_the_answer_to_the_edited_one() {
    let house = House::new();
    let tape = Tape::plain();
    let wire = house.post(&tape, "/a", "mine");
    let hold = house.held();
    drop(wire);
    house.wait_waiting(&hold, 0);
    let edited = house.edit(&hold, "mine", "ours").expect("it is edited");
    house.approve(&edited);
    house.wait_state(&hold, "armed");
    let mut back = house.post(&tape, "/a", "mine");
    assert_eq!(back.reply().status, 200);
    assert_eq!(tape.mutations()[0].body, b"ours");
    house.close(&[&tape]);
}

/// The edited request is judged as one that has just come.
#[test]
fn an_edit_is_judged_anew_and_one_that_a_rule_denies_changes_nothing() {
    let no = "name = \"nobody touches billing\"\npath = [\"/billing/**\"]\nverdict = \"deny\"";
    let keep = "name = \"keep an eye\"\nmethod = [\"DELETE\"]\nverdict = \"hold\"";
    let house = House::with(Plan::new().rule(no).rule(keep));
    let tape = Tape::plain();
    let mut wire = house.post(&tape, "/a", "x");
    let hold = house.held();
    assert_eq!((hold.effect.as_str(), hold.rule.as_str()), ("write", "defaults.mutating"));
    let refused = house.edit(&hold, "/a HTTP", "/billing/1 HTTP");
    assert!(
        matches!(&refused, Err(DecisionError::NoEdit(_, why)) if why.contains("nobody touches billing")),
        "{refused:?}"
    );
    assert_eq!(house.find(&hold.id).map(|now| now.digest), Some(hold.digest.clone()));
    let edited = house.edit(&hold, "POST /a", "DELETE /a").expect("it is edited");
    assert_eq!((edited.effect.as_str(), edited.rule.as_str()), ("delete", "keep an eye"));
    let faulty = house.edit(&edited, "DELETE /a", "DELETE http://evil.example/a");
    assert!(
        matches!(&faulty, Err(DecisionError::NoEdit(_, why)) if why.starts_with("line 3: ")),
        "{faulty:?}"
    );
    let stale = house.edit(&HoldView { digest: edited.digest.clone(), ..hold.clone() }, "DELETE", "PUT");
    let again = stale.expect("by the digest that it has now");
    house.deny(&again, "no");
    wire.reply().assert_problem("denied", 403, "denied");
    tape.assert_empty("denied");
    house.close(&[&tape]);
}

/// A signature is made of what the agent sent: the person is told before approving.
#[test]
fn an_edit_that_breaks_a_signature_says_so() {
    let house = House::new();
    let tape = Tape::plain();
    let fields = "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-central-1/s3/aws4_request, \
                  SignedHeaders=host;x-amz-date, Signature=abc\r\nContent-MD5: 1B2M2Y8AsgTpgAmY7PhCfg==\r\n";
    let mut wire = house.post_with(&tape, "/a", fields, "one");
    let hold = house.held();
    let edited = house.edit(&hold, "one", "two").expect("it is edited");
    let says = |what: &str| edited.why.iter().any(|why| why.starts_with("edited: ") && why.contains(what));
    assert!(says("signature") && says("`content-md5`"), "{:?}", edited.why);
    house.deny(&edited, "no");
    assert_eq!(wire.reply().status, 403, "in S3's own words");
    house.close(&[&tape]);
}

/// A body in the spool is no text to edit: it is kept, and its head can be changed.
#[test]
fn a_large_body_is_kept_when_its_head_is_edited() {
    let house = House::new();
    let tape = Tape::plain();
    let body = "x".repeat(1_500_000);
    let mut wire = house.post_with(&tape, "/a", "X-Tag: one\r\n", &body);
    let hold = house.held();
    assert!(house.text(&hold).contains("[kept, 1500000 bytes, sha256:"));
    let edited = house.edit(&hold, "x-tag: one", "x-tag: two").expect("it is edited");
    house.approve(&edited);
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations()[0].body.len(), body.len());
    assert_eq!(tape.mutations()[0].head.text("x-tag").as_deref(), Some("two"));
    house.close(&[&tape]);
}
