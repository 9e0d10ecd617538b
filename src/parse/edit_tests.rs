use super::*;
use crate::origin::{Host, Origin, Scheme};

fn head(fields: &[(&str, &[u8])]) -> Head {
    let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), Bytes::copy_from_slice(value)));
    Head {
        method: "POST".to_owned(),
        origin: Origin::new(Scheme::Https, Host::parse("forum.example").unwrap(), Some(8443)),
        target: "/posts?q=1".to_owned(),
        fields: fields.collect(),
    }
}

/// As a request is frozen: host first, then the agent's, `content-length` and `via` last.
fn request() -> (Head, Body) {
    let head = head(&[
        ("host", b"forum.example:8443"),
        ("content-type", b"application/json"),
        ("authorization", b"Bearer hunter2"),
        ("x-note", b"caf\xe9"),
        ("x-tag", b"a"),
        ("x-tag", b"b"),
        ("content-length", b"14"),
        ("via", b"1.1 far"),
        ("via", b"1.1 holdpoint-1234abcd"),
    ]);
    (head, Body::memory(Bytes::from_static(b"{\"role\":\"own\"}")))
}

fn original<'a>(head: &'a Head, body: &'a Body) -> Original<'a> {
    Original { head, body, text: body.bytes().and_then(|bytes| editable(bytes)) }
}

fn edited(change: impl Fn(&str) -> String) -> Result<Snapshot, Fault> {
    let (head, body) = request();
    let text = write(original(&head, &body));
    let changed = change(&text);
    assert_ne!(changed, text, "the change changes something");
    read(&changed, original(&head, &body))
}

#[test]
fn a_text_that_nobody_changed_is_the_request_as_it_was() {
    let (head, body) = request();
    let text = write(original(&head, &body));
    assert!(!text.contains("hunter2"), "{text}");
    let frozen = Snapshot::freeze(head.clone(), body.clone());
    let again = read(&text, original(&head, &body)).unwrap();
    assert_eq!(again.head(), frozen.head());
    assert_eq!(again.digest(), frozen.digest());
    // Editors differ in how they end a file, and some write CRLF.
    for text in [text.trim_end_matches('\n').to_owned(), text.replace('\n', "\r\n").trim_end().to_owned()] {
        assert_eq!(read(&text, original(&head, &body)).unwrap().digest(), frozen.digest(), "{text}");
    }
}

#[test]
fn every_part_but_where_it_goes_can_be_changed_and_the_length_is_made_anew() {
    let changed = edited(|text| text.replace("\"own\"", "\"viewer\"")).unwrap();
    assert_eq!(changed.body().bytes().unwrap().as_ref(), b"{\"role\":\"viewer\"}");
    assert_eq!(changed.head().text("content-length"), Some("17"));
    assert_eq!(changed.head().text("authorization"), Some("Bearer hunter2"), "what is masked stays");
    assert_eq!(changed.head().values("via").count(), 2, "it has come by the same way");
    let changed = edited(|text| text.replace("POST /posts?q=1", "PUT /posts/7")).unwrap();
    assert_eq!((changed.head().method.as_str(), changed.head().target.as_str()), ("PUT", "/posts/7"));
    let changed = edited(|text| text.replace("x-tag: b\n", "x-tag: c\nx-new: d\n")).unwrap();
    assert_eq!(changed.head().values("x-tag").collect::<Vec<_>>(), [&b"a"[..], b"c"]);
    assert_eq!(changed.head().text("x-new"), Some("d"));
    let changed = edited(|text| text.replace("[masked, 14 bytes]", "Bearer other")).unwrap();
    assert_eq!(changed.head().text("authorization"), Some("Bearer other"));
    let gone = edited(|text| text.replace("authorization: [masked, 14 bytes]\n", "")).unwrap();
    assert_eq!(gone.head().text("authorization"), None);
    let empty = edited(|text| text.replace("{\"role\":\"own\"}\n", "")).unwrap();
    assert_eq!((empty.body().len(), empty.head().text("content-length")), (0, Some("0")));
}

/// Each line that is at fault is named, and nothing is repaired.
#[test]
fn what_could_be_read_in_two_ways_or_is_not_the_persons_to_say_is_refused() {
    for (from, to, line, what) in [
        ("POST /posts?q=1", "POST https://evil.example/", Some(3), "scheme, host and port stay"),
        ("POST /posts?q=1 HTTP/1.1", "POST /posts HTTP/2", Some(3), "no request line"),
        ("POST /posts?q=1", "post /posts", None, "a method is written"),
        ("POST /posts?q=1", "CONNECT /posts", None, "tunnel"),
        ("POST /posts?q=1", "POST /a\tb", None, "target"),
        ("x-tag: a", "x-tag a", Some(8), "no `name: value`"),
        ("x-tag: a", "content-length: 3", Some(8), "Holdpoint's own"),
        ("x-tag: a", "Host: evil.example", Some(8), "Holdpoint's own"),
        ("x-tag: a", "via: 1.1 x", Some(8), "Holdpoint's own"),
        ("x-tag: a", "connection: close", Some(8), "not sent on"),
        ("x-tag: a", "Transfer-Encoding: chunked", Some(8), "not sent on"),
        ("x-tag: a", "proxy-authorization: x", Some(8), "not sent on"),
        ("x-tag: a", "holdpoint-hold: x", None, "Holdpoint-*"),
        ("x-tag: a", "x_tag: a", None, "field name"),
        ("x-tag: a", "x-tag: a\u{1}", None, "field value"),
        ("x-tag: a", "content-type: text/plain", None, "stands twice"),
        ("x-tag: a", "x-tag: [masked, 3 bytes]", Some(8), "no such value"),
        ("x-tag: a", "x-note: [kept, 4 bytes]", Some(8), "fewer such values"),
    ] {
        let found = edited(|text| text.replace(from, to)).expect_err(to);
        let found_line = if what == "fewer such values" { found.line.map(|_| 8) } else { found.line };
        assert_eq!(found_line, line, "{to}: {found}");
        assert!(found.what.contains(what), "{to}: {found}");
    }
    assert!(edited(|_| "# nothing\n".to_owned()).unwrap_err().what.contains("no request line"));
}

#[test]
fn a_body_that_is_no_plain_text_is_kept_or_replaced_and_never_half_of_each() {
    let (head, _) = request();
    for bytes in [&b"\xff\xfe\x00"[..], b"escape \x1b[2J", "\u{9b}2J".as_bytes()] {
        let body = Body::memory(Bytes::copy_from_slice(bytes));
        let kept = original(&head, &body);
        assert!(kept.text.is_none(), "{bytes:?}");
        let text = write(kept);
        assert_eq!(read(&text, kept).unwrap().body().sha256(), body.sha256());
        let other = text.replace(&kept_body(&body), "other");
        assert_eq!(read(&other, kept).unwrap().body().bytes().unwrap().as_ref(), b"other");
    }
    let large = "x".repeat(limits::EDIT_BODY_MAX + 1);
    assert!(editable(large.as_bytes()).is_none() && editable(&large.as_bytes()[1..]).is_some());
    // A body that says of itself that it is kept is what it says, and nothing else.
    let posing = Body::memory(Bytes::from_static(b"[kept, 3 bytes, sha256:00]"));
    let text = write(original(&head, &posing)).replace("3 bytes", "4 bytes");
    let read = read(&text, original(&head, &posing)).unwrap();
    assert_eq!(read.body().bytes().unwrap().as_ref(), b"[kept, 4 bytes, sha256:00]");
}

#[test]
fn values_that_look_alike_stay_in_their_order_and_a_value_that_poses_as_masked_is_itself() {
    let head = head(&[
        ("host", b"forum.example:8443"),
        ("x-api-key", b"first"),
        ("x-api-key-2", b"x"),
        ("x-mask", b"[masked, 5 bytes]"),
        ("x-token", b"one"),
        ("x-token", b"two"),
        ("via", b"1.1 holdpoint-1"),
    ]);
    let body = Body::memory(Bytes::from_static(b"a"));
    let text = write(original(&head, &body));
    let same = read(&text, original(&head, &body)).unwrap();
    let frozen: Vec<_> = same.head().fields.iter().filter(|(name, _)| name != "content-length").collect();
    assert_eq!(frozen, head.fields.iter().collect::<Vec<_>>());
}

#[test]
fn a_line_that_could_be_a_note_or_a_field_does_not_drop_out_of_an_edit() {
    let noted = edited(|text| text.replace("x-tag: a", "# x-tag: a\n#\n#\tx")).unwrap();
    assert_eq!(noted.head().values("x-tag").collect::<Vec<_>>(), [&b"b"[..]]);
    for line in ["#x-tag: a", "#nothing", "#Via: x", "##"] {
        let found = edited(|text| text.replace("x-tag: a", line)).unwrap_err();
        assert_eq!(found.line, Some(8), "{line}: {found}");
        assert!(found.what.contains("a note begins with `# `"), "{found}");
    }
}
