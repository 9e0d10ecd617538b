//! A request that is signed with AWS Signature Version 4 and comes back signed anew: what was approved goes out, with
//! the signature and the date of the attempt that waits.

use super::*;
use crate::release::Release;

const DAY: &str = "20261121T173900Z";
const NIGHT: &str = "20261122T000500Z";

/// A request that this key signed at this time over these fields.
fn signed(time: &str, key: &str, names: &str) -> Request {
    let mark = if time == DAY { "a" } else { "b" };
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={key}/{}/eu-west-1/s3/aws4_request, SignedHeaders={names}, Signature={}",
        &time[..8],
        mark.repeat(64)
    );
    let request = post().field("x-amz-date", time).field("authorization", &authorization);
    request.field("x-amz-security-token", "session").field("x-amz-acl", "private")
}

fn plain(time: &str) -> Request {
    signed(time, "AKID", "host;x-amz-acl;x-amz-date")
}

/// What goes out when both have come and the hold was approved; `None` where the second is a hold of its own.
async fn sent(first: &Request, second: &Request) -> Option<(Head, bool)> {
    let house = House::new().await;
    let (hold, mut waiting) = house.come_back(first.hold(), second.hold()).await;
    if waiting.hold() != hold {
        return None;
    }
    house.decide(hold, Choice::Approve).await;
    let approval = approval(waiting.ended().await);
    let sent = house.desk.thaw(&approval).await.unwrap();
    Some((sent.head().clone(), sent.digest() != approval.digest()))
}

#[tokio::test]
async fn what_was_approved_goes_out_with_the_signature_of_the_attempt_that_waits() {
    let house = House::new().await;
    let (first, second) = (plain(DAY).field("traceparent", "one"), plain(NIGHT).field("traceparent", "two"));
    let (hold, mut waiting) = house.come_back(first.hold(), second.hold()).await;
    assert_eq!(waiting.hold(), hold);
    let view = house.desk.find(&hold.to_string()).await.unwrap();
    let told = view.why.last().unwrap();
    assert!(told.contains("`authorization` and `x-amz-date`, signed by the same key"), "{told}");
    assert!(told.contains(&second.hold().snapshot.digest().to_string()), "{told}");
    house.decide(hold, Choice::Approve).await;
    let approval = approval(waiting.ended().await);
    assert_eq!(approval.digest(), first.hold().snapshot.digest());
    assert!(Release::approved(&approval, second.hold().snapshot).is_none(), "nobody has compared it");
    let sent = house.desk.thaw(&approval).await.unwrap();
    let expected = plain(NIGHT).field("traceparent", "one");
    assert_eq!(sent.head(), &expected.head);
    let digest = sent.digest().to_string();
    assert!(Release::approved(&approval, sent).is_some());
    receipt(house.desk.sending(&approval).await);
    let records = house.records();
    let sending = records.iter().find(|record| record["event"] == "sending").unwrap();
    assert_eq!(sending["digest"], view.digest.as_str());
    assert_eq!(sending["attempt_digest"], second.hold().snapshot.digest().to_string());
    assert_eq!(sending["sent_digest"], digest);
    assert_eq!(sending["differs"], serde_json::json!(["authorization", "x-amz-date"]));
    assert!(!sending.to_string().contains("AKID"), "{sending}");
}

#[tokio::test]
async fn a_signature_by_another_key_over_other_fields_or_other_content_is_a_hold_of_its_own() {
    let names = "host;x-amz-acl;x-amz-date";
    for (why, second) in [
        ("another key", signed(NIGHT, "AKIE", names)),
        ("other signed fields", signed(NIGHT, "AKID", "host;x-amz-date")),
        ("a signed field", changed(plain(NIGHT), "x-amz-acl", "public-read")),
        ("another session", changed(plain(NIGHT), "x-amz-security-token", "other")),
        ("a byte of the body", plain(NIGHT).body(b"BODY")),
    ] {
        assert_eq!(sent(&plain(DAY), &second).await, None, "{why}");
    }
}

/// A field that may differ between attempts, and is signed: it joins, and goes out as it was approved.
#[tokio::test]
async fn a_signed_field_that_may_differ_keeps_the_signature_that_was_approved() {
    let names = "host;x-amz-date;x-request-id";
    let attempt = |time, id: &str| signed(time, "AKID", names).field("x-request-id", id);
    let (first, second) = (attempt(DAY, "1"), attempt(NIGHT, "2"));
    assert_eq!(sent(&first, &second).await, Some((first.head.clone(), false)));
    let second = attempt(NIGHT, "1");
    assert_eq!(sent(&first, &second).await, Some((second.head, true)));
}

/// Near misses of the form: a URL that is signed too, and a field that is said to be signed and is not there.
#[tokio::test]
async fn a_signature_that_is_not_plainly_one_keeps_what_was_approved() {
    let presigned = |time| {
        let mut request = plain(time);
        request.head.target = "/b/k?X-Amz-Signature=aa".into();
        request
    };
    let missing = |time| signed(time, "AKID", "host;x-amz-date;x-amz-tagging");
    for (first, second) in [(presigned(DAY), presigned(NIGHT)), (missing(DAY), missing(NIGHT))] {
        assert_eq!(sent(&first, &second).await, Some((first.head.clone(), false)));
    }
}

fn changed(mut request: Request, name: &str, value: &str) -> Request {
    for (field, old) in &mut request.head.fields {
        if field == name {
            *old = value.to_owned().into();
        }
    }
    request
}
