//! Joining, as SPEC section 7 says: who is an attempt at an earlier hold, and who is not.

use super::*;

/// Whether the second request, sent after the first one's agent has gone, joins its hold.
async fn joins(first: Request, second: Request) -> bool {
    let house = House::new().await;
    let hold = house.leaves(house.arrive(first).await).await;
    house.arrive(second).await.hold() == hold
}

#[tokio::test]
async fn each_ignored_field_alone_joins() {
    for name in [
        "date",
        "x-amz-date",
        "x-ms-date",
        "traceparent",
        "tracestate",
        "baggage",
        "b3",
        "x-b3-traceid",
        "uber-trace-id",
        "x-amzn-trace-id",
        "x-cloud-trace-context",
        "x-datadog-parent-id",
        "sentry-trace",
        "x-request-id",
        "x-correlation-id",
        "x-client-request-id",
        "x-ms-client-request-id",
        "x-stainless-retry-count",
        "amz-sdk-request",
        "amz-sdk-invocation-id",
        "x-goog-api-client",
        "grpc-timeout",
        "grpc-previous-rpc-attempts",
        "dpop",
        "via",
        "expect",
        "te",
        "x-mine",
    ] {
        assert!(joins(post().field(name, "a"), post().field(name, "b")).await, "{name} differs");
        assert!(joins(post(), post().field(name, "b")).await, "{name} is new");
    }
}

#[tokio::test]
async fn each_other_field_alone_does_not() {
    for name in [
        "authorization",
        "cookie",
        "idempotency-key",
        "content-type",
        "content-encoding",
        "accept",
        "user-agent",
        "x-api-key",
        "x-amz-content-sha256",
        "x-amz-security-token",
        "x-unknown",
        "x-b4",
        "dates",
        "x-request-idx",
    ] {
        assert!(!joins(post().field(name, "a"), post().field(name, "b")).await, "{name} differs");
        assert!(!joins(post(), post().field(name, "b")).await, "{name} is new");
    }
}

#[tokio::test]
async fn another_method_place_target_or_body_does_not_join_and_another_order_of_names_does() {
    let mut method = post();
    method.head.method = "PUT".to_owned();
    let mut port = post();
    port.head.origin.port = 8443;
    let mut scheme = post();
    scheme.head.origin = Origin { scheme: Scheme::Http, ..scheme.head.origin };
    for other in [method, port, scheme, post().target("/posts?q=2"), post().body(b"hellp")] {
        assert!(!joins(post(), other).await);
    }
    let two = post().field("a", "1").field("b", "2");
    assert!(joins(two, post().field("b", "2").field("a", "1")).await);
    let mut order = post();
    order.head.fields.extend(fields(&[("a", "1"), ("a", "2")]));
    let mut reverse = post();
    reverse.head.fields.extend(fields(&[("a", "2"), ("a", "1")]));
    assert!(!joins(order, reverse).await, "the values of one name have an order");
}

#[tokio::test]
async fn another_agent_does_not_join_and_an_anonymous_one_only_from_its_own_address() {
    let named = |name: &str, last: u8| {
        let mut request = post();
        request.agent.name = name.to_owned();
        request.agent.source = IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        request
    };
    assert!(!joins(named("a", 1), named("b", 1)).await);
    assert!(joins(named("a", 1), named("a", 2)).await);
    assert!(!joins(named("anonymous", 1), named("anonymous", 2)).await);
    assert!(joins(named("anonymous", 1), named("anonymous", 1)).await);
}

fn form(boundary: &str, part: &str) -> Request {
    let body = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{part}\r\n--{boundary}--\r\n"
    );
    post().field("content-type", &format!("multipart/form-data; boundary={boundary}")).body(body.as_bytes())
}

#[tokio::test]
async fn the_same_parts_behind_another_boundary_join_and_another_part_behind_the_same_does_not() {
    assert!(joins(form("one", "x"), form("two", "x")).await);
    assert!(!joins(form("one", "x"), form("one", "y")).await);
}

#[tokio::test]
async fn a_later_signature_joins_and_another_key_or_bearer_does_not() {
    let aws = |key: &str, day: &str, signature: &str| {
        post().field(
            "authorization",
            &format!(
                "AWS4-HMAC-SHA256 Credential={key}/{day}/eu-west-1/sqs/aws4_request, SignedHeaders=host, Signature={signature}"
            ),
        )
    };
    assert!(joins(aws("A", "20261121", "aa"), aws("A", "20261122", "bb")).await);
    assert!(!joins(aws("A", "20261121", "aa"), aws("B", "20261121", "aa")).await);
    assert!(
        !joins(post().field("authorization", "Bearer a"), post().field("authorization", "Bearer b")).await
    );
}

/// The keeper hears of a delivered answer a little later, and of a request at once: in the same turn the delivery comes first.
#[tokio::test]
async fn one_that_has_its_answer_and_asks_again_at_once_is_a_new_hold_and_not_told_the_old_answer() {
    // One may wait beside another attempt, one takes its place: neither has a time of grace in which the delivery is heard.
    for (name, value) in [("idempotency-key", "k"), ("x-stainless-retry-count", "1")] {
        let house = House::new().await;
        let request = || post().field(name, value);
        let mut first = house.arrive(request()).await;
        let hold = first.hold();
        house.decide(hold, Choice::Approve).await;
        house.send(approval(first.ended().await), 200, b"ok").await;
        first.delivered();
        let second = house.arrive(request()).await;
        assert_ne!(second.hold(), hold, "{name}");
        assert_eq!(house.state(second.hold()).await, "held");
    }
}

#[tokio::test]
async fn two_open_at_once_are_two_holds_and_the_second_waits_no_longer_than_its_grace() {
    let house = House::new().await;
    let first = house.arrive(post()).await;
    let second = tokio::spawn({
        let (desk, new) = (house.desk.clone(), post().hold());
        async move { desk.arrive(new).await.unwrap() }
    });
    house.desk.find("settled").await;
    house.tick(Duration::from_millis(249));
    house.desk.find("settled").await;
    assert!(!second.is_finished());
    let mover = advance_until(&house, &second).await;
    let second = second.await.unwrap();
    assert_ne!(first.hold(), second.hold());
    assert!(mover <= 2, "{mover} ms");
    let why = house.desk.find(&second.hold().to_string()).await.unwrap().why;
    let code = house.desk.find(&first.hold().to_string()).await.unwrap().code;
    assert!(why.iter().any(|line| line.contains(&code) && line.contains("nobody has decided")), "{why:?}");
}

/// Moves the clock by single milliseconds until the task is done; how many it took.
async fn advance_until<T>(house: &House, task: &tokio::task::JoinHandle<T>) -> u64 {
    for moved in 0..1000 {
        if task.is_finished() {
            return moved;
        }
        house.tick(Duration::from_millis(1));
        for _ in 0..20 {
            house.desk.find("settled").await;
            tokio::task::yield_now().await;
        }
    }
    panic!("the task does not end");
}

#[tokio::test]
async fn a_retry_within_milliseconds_of_the_close_joins() {
    let house = House::new().await;
    let first = house.arrive(post()).await;
    let hold = first.hold();
    let second = tokio::spawn({
        let (desk, new) = (house.desk.clone(), post().hold());
        async move { desk.arrive(new).await.unwrap() }
    });
    house.desk.find("settled").await;
    assert!(!second.is_finished());
    house.tick(Duration::from_millis(5));
    drop(first);
    assert_eq!(second.await.unwrap().hold(), hold);
    assert_eq!(house.holds().await, 1);
}

#[tokio::test]
async fn an_attempt_that_says_it_is_a_retry_takes_the_place_of_the_one_that_waits() {
    for (name, value, retry) in
        [("x-stainless-retry-count", "1", true), ("amz-sdk-request", "attempt=2; max=3", true)]
    {
        let house = House::new().await;
        let mut first = house.arrive(post()).await;
        let second = house.arrive(post().field(name, value)).await;
        assert_eq!(second.hold() == first.hold(), retry);
        assert!(matches!(first.ended().await, Ended::Ticket));
    }
    for (name, value) in [("x-stainless-retry-count", "0"), ("amz-sdk-request", "attempt=1; max=3")] {
        let house = House::new().await;
        let _first = house.arrive(post()).await;
        let second = tokio::spawn({
            let (desk, new) = (house.desk.clone(), post().field(name, value).hold());
            async move { desk.arrive(new).await.unwrap() }
        });
        advance_until(&house, &second).await;
        assert_eq!(house.holds().await, 2, "{value} is no retry");
    }
}

#[tokio::test]
async fn with_an_equal_idempotency_key_both_wait_and_both_get_the_answer() {
    let house = House::new().await;
    let request = post().field("idempotency-key", "k1");
    let mut first = house.arrive(request.clone()).await;
    let mut second = house.arrive(request).await;
    assert_eq!(first.hold(), second.hold());
    house.decide(first.hold(), Choice::Approve).await;
    house.send(approval(first.ended().await), 200, b"one answer").await;
    match second.ended().await {
        Ended::Answer(answer) => assert_eq!(&answer.body.bytes().unwrap()[..], b"one answer"),
        other => panic!("{other:?}"),
    }
}

/// A hold whose agent went before the answer, `kept`, was delivered.
async fn kept(house: &House) -> HoldId {
    let mut waiting = house.arrive(post()).await;
    house.decide(waiting.hold(), Choice::Approve).await;
    house.send(approval(waiting.ended().await), 200, b"kept").await;
    house.leaves(waiting).await
}

#[tokio::test]
async fn an_undelivered_answer_waits_for_the_same_request_and_a_delivered_one_does_not() {
    let house = House::new().await;
    let hold = kept(&house).await;
    let mut back = house.arrive(post()).await;
    assert_eq!(back.hold(), hold);
    match back.ended().await {
        Ended::Answer(answer) => {
            assert_eq!((answer.status, &answer.body.bytes().unwrap()[..]), (200, &b"kept"[..]));
            assert_eq!(answer.fields, fields(&[("x-a", "1")]));
        }
        other => panic!("{other:?}"),
    }
    back.delivered();
    house.until_waiting(hold, 0).await;
    let new = house.arrive(post()).await;
    assert_ne!(new.hold(), hold);
    let why = house.desk.find(&new.hold().to_string()).await.unwrap().why;
    assert!(why.iter().any(|line| line.contains("was sent and answered 200")), "{why:?}");
}

#[tokio::test]
async fn an_answer_is_remembered_for_as_long_as_configured_and_not_longer() {
    let house = House::new().await;
    let hold = kept(&house).await;
    house.tick(house.limits.remember - Duration::from_millis(1));
    let back = house.arrive(post()).await;
    assert_eq!(back.hold(), hold);
    drop(back);
    house.until_waiting(hold, 0).await;
    house.tick(Duration::from_millis(1));
    assert_ne!(house.arrive(post()).await.hold(), hold);
}

#[tokio::test]
async fn an_answer_that_was_too_large_is_lost_and_said_to_be() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    house.decide(hold, Choice::Approve).await;
    let sent = approval(waiting.ended().await);
    receipt(house.desk.sending(&sent).await);
    house.desk.ended(sent, Outcome::Done { status: 207, answer: None }).await;
    drop(waiting);
    house.until_waiting(hold, 0).await;
    assert!(matches!(house.arrive(post()).await.ended().await, Ended::AnswerLost(207)));
}

#[tokio::test]
async fn an_unknown_outcome_answers_every_same_request_delivered_or_not_while_it_is_remembered() {
    let house = House::new().await;
    let mut waiting = house.arrive(post()).await;
    let hold = waiting.hold();
    house.decide(hold, Choice::Approve).await;
    let sent = approval(waiting.ended().await);
    receipt(house.desk.sending(&sent).await);
    house.desk.ended(sent, Outcome::Unknown { error: "reset".to_owned() }).await;
    waiting.delivered();
    house.until_waiting(hold, 0).await;
    for _ in 0..3 {
        let mut back = house.arrive(post()).await;
        assert_eq!(back.hold(), hold);
        assert!(matches!(back.ended().await, Ended::OutcomeUnknown));
        back.delivered();
    }
    house.tick(house.limits.remember);
    assert_ne!(house.arrive(post()).await.hold(), hold);
}

/// CASES HI-09: fifty at once without an `Idempotency-Key` are fifty holds.
#[tokio::test]
async fn fifty_at_once_are_fifty_holds() {
    let house = House::new().await;
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let (desk, new) = (house.desk.clone(), post().hold());
            tokio::spawn(async move { desk.arrive(new).await.unwrap() })
        })
        .collect();
    let mut all = Vec::new();
    for task in tasks {
        advance_until(&house, &task).await;
        all.push(task.await.unwrap());
    }
    assert_eq!(house.holds().await, 50);
}

#[tokio::test]
async fn an_attempt_that_gives_up_while_it_waits_for_its_place_leaves_nothing_behind() {
    let house = House::new().await;
    let first = house.arrive(post()).await;
    let second = tokio::spawn({
        let (desk, new) = (house.desk.clone(), post().hold());
        async move { desk.arrive(new).await }
    });
    house.desk.find("settled").await;
    second.abort();
    let _ = second.await;
    house.tick(Duration::from_secs(1));
    house.desk.find("settled").await;
    assert_eq!(house.holds().await, 1);
    assert_eq!(house.desk.find(&first.hold().to_string()).await.unwrap().attempts, 1);
}
