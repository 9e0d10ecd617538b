//! A JSON-RPC or MCP call that comes back under another id: it joins, and goes out with the id that is waited for.

use super::*;
use crate::limits;
use crate::release::Release;

fn call(id: u32, text: &str) -> Request {
    let body = format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"save","arguments":{{"text":"{text}"}},"_meta":{{"progressToken":{id}}}}}}}"#
    );
    sized(post().body(body.as_bytes()))
}

fn sized(request: Request) -> Request {
    let length = request.body.len().to_string();
    let mut request = request;
    for (name, value) in &mut request.head.fields {
        if name == "content-length" {
            *value = length.clone().into();
        }
    }
    request
}

fn as_mcp(request: &Request) -> NewHold {
    let mut new = request.hold();
    new.finding.dialect = "mcp";
    new
}

async fn joins(first: NewHold, second: NewHold) -> bool {
    let (hold, waiting) = House::new().await.come_back(first, second).await;
    waiting.hold() == hold
}

#[tokio::test]
async fn a_call_that_comes_back_goes_out_as_approved_with_the_id_that_is_waited_for() {
    let house = House::new().await;
    let (first, second) =
        (call(9, "a").field("traceparent", "one"), call(10, "a").field("traceparent", "two"));
    let (hold, mut waiting) = house.come_back(as_mcp(&first), as_mcp(&second)).await;
    assert_eq!(waiting.hold(), hold);
    let view = house.desk.find(&hold.to_string()).await.unwrap();
    let told = view.why.last().unwrap();
    assert!(told.contains("`id` and `params._meta.progressToken`"), "{told}");
    house.decide(hold, Choice::Approve).await;
    let approval = approval(waiting.ended().await);
    let sent = house.desk.thaw(&approval).await.unwrap();
    let sent_digest = sent.digest();
    assert_eq!(sent.body().bytes(), second.body.bytes());
    assert_eq!(sent.head(), &call(10, "a").field("traceparent", "one").head);
    assert!(Release::approved(&approval, sent).is_some());
    receipt(house.desk.sending(&approval).await);
    let records = house.records();
    let sending = records.iter().find(|record| record["event"] == "sending").unwrap();
    assert_eq!(sending["digest"], view.digest.as_str());
    assert_eq!(sending["attempt_digest"], as_mcp(&second).snapshot.digest().to_string());
    assert_eq!(sending["sent_digest"], sent_digest.to_string());
    assert_eq!(sending["differs"], serde_json::json!(["id", "params._meta.progressToken"]));
}

/// P2: a request that nobody has compared is no release, whatever it says.
#[tokio::test]
async fn the_later_attempt_itself_is_no_release_until_the_desk_has_compared_it() {
    let house = House::new().await;
    let (first, second) = (call(1, "a"), call(2, "a"));
    let (hold, mut waiting) = house.come_back(as_mcp(&first), as_mcp(&second)).await;
    house.decide(hold, Choice::Approve).await;
    let approval = approval(waiting.ended().await);
    assert!(Release::approved(&approval, as_mcp(&second).snapshot).is_none());
    house.desk.thaw(&approval).await.unwrap();
    assert!(Release::approved(&approval, as_mcp(&call(3, "a")).snapshot).is_none());
}

#[tokio::test]
async fn a_call_that_comes_back_under_its_own_id_goes_out_as_it_was_approved() {
    let house = House::new().await;
    let (hold, mut waiting) = house.come_back(as_mcp(&call(1, "a")), as_mcp(&call(2, "a"))).await;
    drop(waiting);
    house.until_waiting(hold, 0).await;
    waiting = house.desk.arrive(as_mcp(&call(1, "a"))).await.unwrap();
    assert_eq!(waiting.hold(), hold);
    assert_eq!(house.desk.find(&hold.to_string()).await.unwrap().why.len(), 1);
    house.decide(hold, Choice::Approve).await;
    let approval = approval(waiting.ended().await);
    assert_eq!(house.desk.thaw(&approval).await.unwrap().digest(), approval.digest());
    receipt(house.desk.sending(&approval).await);
    let records = house.records();
    let sending = records.iter().find(|record| record["event"] == "sending").unwrap();
    assert!(sending.get("sent_digest").is_none() && sending.get("differs").is_none(), "{sending}");
}

#[tokio::test]
async fn an_approval_that_waits_for_its_agent_goes_to_the_id_that_comes() {
    let house = House::new().await;
    let hold = house.leaves(house.desk.arrive(as_mcp(&call(1, "a"))).await.unwrap()).await;
    house.decide(hold, Choice::Approve).await;
    let mut back = house.desk.arrive(as_mcp(&call(2, "a"))).await.unwrap();
    let approval = approval(back.ended().await);
    assert_eq!(house.desk.thaw(&approval).await.unwrap().body().bytes(), call(2, "a").body.bytes());
}

#[tokio::test]
async fn only_calls_join_by_this_and_only_where_nothing_else_differs() {
    assert!(joins(as_mcp(&call(1, "a")), as_mcp(&call(2, "a"))).await);
    assert!(!joins(as_mcp(&call(1, "a")), as_mcp(&call(2, "b"))).await, "another argument");
    assert!(!joins(call(1, "a").hold(), call(2, "a").hold()).await, "no finding says that it is a call");
    assert!(!joins(as_mcp(&call(1, "a")), call(1, "a").hold()).await, "another dialect");
    let field = |name: &str, value: &str, id| as_mcp(&call(id, "a").field(name, value));
    for (name, value) in [
        ("content-encoding", "identity"),
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=A/20261121/eu-west-1/x/aws4_request, SignedHeaders=host, Signature=a",
        ),
    ] {
        assert!(!joins(field(name, value, 1), field(name, value, 2)).await, "{name}");
    }
    let batch = |id: u32| {
        as_mcp(&sized(post().body(format!(r#"[{{"jsonrpc":"2.0","id":{id},"method":"a"}}]"#).as_bytes())))
    };
    assert!(!joins(batch(1), batch(2)).await, "a batch");
}

async fn filed(house: &House, id: u32, length: usize) -> NewHold {
    let request = call(id, &"x".repeat(length));
    let mut draft = house.spool.draft();
    draft.write(request.body.bytes().unwrap().clone()).await.unwrap();
    let body = draft.finish().await.unwrap();
    assert!(body.path().is_some());
    as_mcp(&Request { body, ..request })
}

/// A body in a spool file is read back for it, up to a limit.
#[tokio::test]
async fn a_call_in_a_file_comes_back_too_and_one_that_is_too_large_does_not() {
    let house = House::new().await;
    let (hold, mut waiting) = {
        let (first, second) = (filed(&house, 1, 50_000).await, filed(&house, 22, 50_000).await);
        house.come_back(first, second).await
    };
    assert_eq!(waiting.hold(), hold);
    house.decide(hold, Choice::Approve).await;
    let approval = approval(waiting.ended().await);
    let expected = call(22, &"x".repeat(50_000));
    assert_eq!(house.desk.thaw(&approval).await.unwrap().body().bytes(), expected.body.bytes());
    let large = limits::READDRESS_BYTES_MAX;
    let (hold, waiting) = {
        let (first, second) = (filed(&house, 3, large).await, filed(&house, 4, large).await);
        house.come_back(first, second).await
    };
    assert_ne!(waiting.hold(), hold);
}
