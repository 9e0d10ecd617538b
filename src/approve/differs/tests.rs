use super::*;
use crate::approve::rows::tests::head;
use crate::hold::kept::kept;

fn view(head: &Head) -> HoldView {
    let shown = |(name, value): &Field| (name.clone(), String::from_utf8_lossy(value).into_owned());
    HoldView {
        headers: head.fields.iter().map(shown).collect(),
        ..crate::approve::render::tests::view(head, &BodyView::Gone)
    }
}

/// As the store keeps it: secrets by their marks alone.
fn precedent(head: &Head, body: &[u8]) -> Precedent {
    let digest = Digest::of(head, body.len() as u64, &sha256(body));
    Precedent {
        digest,
        at: "2026-11-21T00:00:00.000Z".into(),
        approver: "ana".into(),
        head: kept(head, &digest),
        body: Some(body.to_vec().into()),
    }
}

fn whole(body: &[u8]) -> BodyView {
    BodyView::Whole(body.to_vec().into())
}

fn bodies(was: &str, is: &str) -> Differs {
    let head = head("text/plain");
    Differs::of(&view(&head), &head, &whole(is.as_bytes()), &precedent(&head, was.as_bytes()))
}

fn changed(was: &str, is: &str) -> Item {
    Item::Changed { was: was.into(), is: is.into() }
}

#[test]
fn the_same_request_is_said_to_be_identical() {
    let differs = bodies("{\"a\":1}", "{\"a\":1}");
    assert!(differs.identical && differs.count == 0);
    assert!(!bodies("{\"a\":1}", "{\"a\":2}").identical);
}

/// CASES AP-28
#[test]
fn one_member_that_differs_is_named_by_its_path_and_in_its_own_spelling() {
    let differs = bodies(r#"{"a":{"b":[1,{"c":1}]},"x":"y"}"#, r#"{"x":"y", "a":{"b":[1,{"c":1.0}]}}"#);
    assert_eq!((differs.count, differs.items), (1, vec![changed(".a.b[1].c: 1", ".a.b[1].c: 1.0")]));
    let differs = bodies(r#"{"a":1,"b":2}"#, r#"{"a":1,"c":"\u0041"}"#);
    assert_eq!(differs.items, [Item::New(br#".c: "\u0041""#.to_vec()), Item::Gone(b".b: 2".to_vec())]);
    let differs = bodies("[1,2,3,4]", "[1,3,4]");
    assert_eq!(differs.items, [Item::Gone(b"[1]: 2".to_vec())]);
    let differs = bodies(r#"{"a":[1]}"#, r#"{"a":{}}"#);
    assert_eq!(differs.items, [changed(".a: [1]", ".a: {}")]);
    let differs = bodies(r#"{"a":1}"#, r#"{"a": 1}"#);
    assert_eq!((differs.count, differs.items.len(), differs.remarks.len()), (1, 0, 1));
}

/// CASES AP-10, AP-28: a long value does not hide its one difference.
#[test]
fn of_a_long_value_what_stands_around_the_difference_is_shown() {
    let long = |word: &str| format!("{{\"text\":\"{}{word}{}\"}}", "a".repeat(3000), "b".repeat(3000));
    let differs = bodies(&long("grant read"), &long("grant admin"));
    let Item::Changed { was, is } = &differs.items[0] else { panic!() };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert!(text(was).contains("grant read") && text(was).len() < 100, "{}", text(was));
    assert!(text(is).starts_with(".text: ...a") && text(is).contains("grant admin"), "{}", text(is));
}

#[test]
fn other_texts_are_compared_line_by_line() {
    let differs = bodies("a\nb\nc\nd", "a\nB\nc\nx\nd");
    assert_eq!(differs.items, [changed("line 2: b", "line 2: B"), Item::New(b"line 4: x".to_vec())]);
    let many = |word: &str| (0..5000).map(|line| format!("{word}{line}\n")).collect::<String>();
    let differs = bodies(&many("a"), &many("b"));
    assert!(differs.items.is_empty() && differs.remarks[0].contains("lines 1 to 5,000"), "{differs:?}");
}

#[test]
fn opaque_bodies_are_compared_byte_by_byte_and_lost_ones_by_their_digest() {
    let differs = bodies("\0abc", "\0abd!");
    assert_eq!(differs.remarks, ["its body differs in 2 of 5 bytes; that one had 4"]);
    let head = head("text/plain");
    let mut lost = precedent(&head, b"one");
    lost.body = None;
    let differs = Differs::of(&view(&head), &head, &whole(b"two"), &lost);
    assert!(differs.remarks[0].contains("too large to be kept"), "{differs:?}");
    let mut other = head.clone();
    other.target = "/other".into();
    let differs = Differs::of(&view(&other), &other, &whole(b"one"), &lost);
    assert_eq!(
        (differs.items, differs.remarks.len()),
        (vec![changed("target: /posts", "target: /other")], 0)
    );
}

/// A secret is compared and not shown; what every attempt has anew is no difference.
#[test]
fn fields_are_compared_by_name_and_secret_values_stay_masked() {
    let with = |fields: &[(&str, &'static str)]| {
        let mut head = head("text/plain");
        head.fields.extend(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())));
        head
    };
    let was = with(&[("authorization", "Bearer one"), ("x-old", "1"), ("date", "now"), ("x-team", "a")]);
    let is =
        with(&[("authorization", "Bearer three"), ("date", "then"), ("x-team", "b"), ("cookie", "s3cret")]);
    let differs = Differs::of(&view(&is), &is, &whole(b"x"), &precedent(&was, b"x"));
    assert_eq!(
        differs.items,
        [
            Item::Masked(b"authorization".to_vec()),
            changed("x-team: a", "x-team: b"),
            Item::New(b"cookie".to_vec()),
            Item::Gone(b"x-old: 1".to_vec()),
        ]
    );
    assert_eq!(differs.anew, ["date"]);
    assert!(!format!("{differs:?}").contains("three") && !format!("{differs:?}").contains("s3cret"));
}

/// Told apart by a mark, in a field as in a parameter; and the same secret is none of the differences.
#[test]
fn another_secret_of_the_same_length_differs_and_is_not_shown() {
    let with = |value: &'static str, target: &str| {
        let mut head = head("text/plain");
        head.fields.push(("authorization".into(), value.into()));
        head.target = target.into();
        head
    };
    let was = with("Bearer one", "/posts?api_key=aaa");
    let of = |is: &Head, body: &[u8]| Differs::of(&view(is), is, &whole(body), &precedent(&was, b"x"));
    let field = of(&with("Bearer two", "/posts?api_key=aaa"), b"x");
    assert_eq!((field.count, field.items), (1, vec![Item::Masked(b"authorization".to_vec())]));
    let parameter = of(&with("Bearer one", "/posts?api_key=bbb"), b"x");
    assert_eq!(parameter.count, 1);
    assert!(!format!("{parameter:?}").contains("bbb") && !format!("{parameter:?}").contains("aaa"));
    let same = of(&was, b"y");
    assert!(same.count == 1 && !format!("{same:?}").contains("masked"), "its body alone: {same:?}");
    assert!(of(&was, b"x").identical);
}

#[test]
fn many_differences_are_counted_and_the_first_shown() {
    let text = |word: &str| format!("[{}]", vec![word; 1000].join(","));
    let differs = bodies(&text("1"), &text("2"));
    assert_eq!((differs.count, differs.items.len()), (1000, DIFFERENCES_MAX));
}

/// A long name with many items in it is not in memory, nor on screen, once for each of them.
#[test]
fn a_long_path_is_cut_and_costs_nothing_by_the_item() {
    let name = "k".repeat(60_000);
    let many = format!("{{\"{name}\":[{}0]}}", "1,".repeat(100_000));
    let differs = bodies(&format!("{{\"{name}\":[2]}}"), &many);
    assert_eq!(differs.count, 100_001);
    for item in &differs.items {
        let (Item::New(text) | Item::Changed { is: text, .. }) = item else { panic!("{item:?}") };
        assert!(text.len() < 300, "{}", text.len());
    }
    let deep = |value: u8| format!("{}{value}{}", "{\"name_of_it\":".repeat(40), "}".repeat(40));
    let differs = bodies(&deep(1), &deep(2));
    let Item::Changed { is, .. } = &differs.items[0] else { panic!() };
    assert!(is.starts_with(b"...") && is.ends_with(b".name_of_it: 2") && is.len() < 300);
}
