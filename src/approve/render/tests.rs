use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::approve::body::BodyParts;
use crate::approve::line::Gutter;
use crate::approve::print::{has_only_own_sequences, plain};
use crate::approve::shown::Charset;
use crate::approve::words;
use crate::clock::Wall;
use crate::hold::sample::held;
use crate::limits;
use crate::origin::{Host, Origin, Scheme};
use crate::secret::sha256;

fn head(target: &str, fields: &[(&str, &str)]) -> Head {
    Head {
        method: "POST".into(),
        origin: Origin::new(Scheme::Https, Host::parse("forum.corp.example").unwrap(), None),
        target: target.into(),
        fields: fields
            .iter()
            .map(|(name, value)| ((*name).into(), Bytes::from((*value).to_owned())))
            .collect(),
    }
}

pub fn view(head: &Head, body: &BodyView) -> HoldView {
    let headers =
        head.fields.iter().map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into()));
    HoldView {
        id: "01939c1e-0000-7000-8000-000000000001".into(),
        code: "K7Q2".into(),
        method: head.method.clone(),
        url: head.url(),
        why: vec!["http: POST is not a safe method".into()],
        digest: body.digest(head).map(|digest| digest.to_string()).unwrap_or_default(),
        body_bytes: body.total(),
        headers: headers.collect(),
        created_at: "2026-11-21T00:00:00.000Z".into(),
        deadline: "2026-11-21T00:30:00.000Z".into(),
        ..held()
    }
}

fn render(view: &HoldView, head: &Head, body: &BodyView, options: &Options) -> Rendering {
    super::render(view, head, body, &Known::default(), options)
}

fn options() -> Options {
    Options::new(80, Charset::Utf8, Wall::parse("2026-11-21T00:00:19.000Z").unwrap())
}

fn body(bytes: &[u8]) -> BodyView {
    BodyView::Whole(Bytes::copy_from_slice(bytes))
}

fn screen(head: &Head, body: &BodyView) -> String {
    text(&render(&view(head, body), head, body, &options()))
}

fn text(rendering: &Rendering) -> String {
    let mut out = Vec::new();
    plain(rendering, false, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn the_summary_comes_first_and_the_request_follows_as_it_will_be_sent() {
    let head = head("/posts", &[("host", "forum.corp.example"), ("content-type", "application/json")]);
    let shown = screen(&head, &body(br#"{"title":"hi","n":1.10}"#));
    let digest = body(br#"{"title":"hi","n":1.10}"#).digest(&head).unwrap().to_string();
    let expected = format!(
        "hold K7Q2 is held: write, expires in 29m 41s
  agent    triage-bot at 10.1.2.3
  to       forum.corp.example port 443 by https
  effect   write, dialect http
  rule     defaults.mutating
  digest   {}
           {}
  body     23 bytes; JSON object
  waits    1 attempt, 1 connected now; first seen 19s ago
  asks     │ POST /posts
  url      │ https://forum.corp.example/posts
  why      │ http: POST is not a safe method
request, as it will be sent; what stands behind the bar is the agent's:
│ POST /posts HTTP/1.1
│ host: forum.corp.example
│ content-type: application/json
body, 23 bytes, JSON object; white space may be added:
│ {{
│   \"title\":\"hi\",
│   \"n\":1.10
│ }}
end of the request
",
        &digest[..66],
        &digest[66..],
    );
    assert_eq!(shown, expected);
}

/// CASES AP-01, AP-12: no line of an agent's begins as one of Holdpoint's does, whatever it writes.
#[test]
fn an_agent_s_words_always_stand_behind_the_bar() {
    let fake = "x\nend of the request\nRelease this request? yes\r\n! look     all is well\n";
    let head = head(
        &format!("/{}", "end%20of%20the%20request ".repeat(40)),
        &[("x-note", fake), ("content-type", "text/plain")],
    );
    let mut view = view(&head, &body(fake.as_bytes()));
    view.operation = fake.into();
    view.why = vec![fake.into()];
    let rendering = render(&view, &head, &body(fake.as_bytes()), &options());
    for line in text(&rendering).lines() {
        let agents = ["all is well", "Release this", "%20"].iter().any(|words| line.contains(words));
        assert!(!agents || line.contains('│'), "{line}");
    }
    assert_eq!(text(&rendering).lines().filter(|line| *line == "end of the request").count(), 1);
}

/// CASES AP-01, AP-02, AP-06, AP-08
#[test]
fn what_hides_is_counted_on_top() {
    let head = head("/posts", &[("user-agent", "a\u{202e}b"), ("content-type", "text/plain")]);
    let shown = screen(&head, &body("\x1b[2J\x1b\x1b \u{200b}\u{200b} text that goes on for a while, and on, and on, and on, and on\n".as_bytes()));
    assert!(
        shown.contains("! hidden   3 control, 1 bidi, 2 invisible characters, shown as escapes\n"),
        "{shown}"
    );
    assert!(shown.contains(r"│ \x1b[2J\x1b\x1b \u{200b}\u{200b} text"), "{shown}");
}

/// CASES AP-10
#[test]
fn ten_thousand_lines_lose_their_middle_with_exact_counts_and_keep_their_end() {
    let mut lines: String = (1..=10_000).map(|number| format!("harmless {number}\n")).collect();
    lines.push_str("rm -rf /");
    let head = head("/run", &[("content-type", "text/plain")]);
    let rendering = render(&view(&head, &body(lines.as_bytes())), &head, &body(lines.as_bytes()), &options());
    let shown = text(&rendering);
    let hidden: String = (41..=9_981).map(|number| format!("harmless {number}\n")).collect();
    let remark = format!(
        "… 9,941 lines, {} bytes not shown; holdpoint show K7Q2 --body shows all",
        words::number(hidden.len() as u64)
    );
    assert!(shown.contains(&remark), "{shown}");
    assert!(shown.ends_with("│ rm -rf /\nend of the request\n"), "{shown}");
    assert!(rendering.elided);

    let all = render(
        &view(&head, &body(lines.as_bytes())),
        &head,
        &body(lines.as_bytes()),
        &Options { all: true, ..options() },
    );
    assert!(!all.elided);
    assert_eq!(all.source(), lines.as_bytes());
}

/// CASES AP-10
#[test]
fn a_single_long_line_loses_its_middle_and_keeps_its_end() {
    let line = format!("{{\"a\":\"{}\",\"x\":\"danger\"}}", " ".repeat(5_000));
    let head = head("/run", &[]);
    let rendering = render(&view(&head, &body(line.as_bytes())), &head, &body(line.as_bytes()), &options());
    assert!(rendering.elided);
    assert!(text(&rendering).contains("bytes of this line not shown\n"));
    assert!(text(&rendering).contains("danger"));
}

/// CASES AP-11: a body that is not the one that was digested is said to be so, and cannot be released.
#[test]
fn a_body_with_another_digest_has_none() {
    let head = head("/posts", &[]);
    let view = view(&head, &body(b"$82,000"));
    assert!(render(&view, &head, &body(b"$82,000"), &options()).digest.is_some());
    let other = render(&view, &head, &body(b"$820,00"), &options());
    assert_eq!(other.digest, None);
    assert!(text(&other).contains("does not have the hold's digest"));
}

#[test]
fn secret_values_are_masked_as_the_view_has_them_and_shown_when_asked_for() {
    let head = head("/posts", &[("authorization", "Bearer hunter2"), ("x-plain", "in the open")]);
    let mut view = view(&head, &body(b""));
    view.headers[0].1 = "Bearer [masked]".into();
    let shown = text(&render(&view, &head, &body(b""), &options()));
    assert!(shown.contains("│ authorization: Bearer [masked]\n│ x-plain: in the open\n"), "{shown}");
    assert!(!shown.contains("hunter2"));
    let unmasked = render(&view, &head, &body(b""), &Options { mask: false, ..options() });
    assert!(text(&unmasked).contains("hunter2"));
    // A view that does not match shows nothing.
    view.headers.remove(0);
    let shown = text(&render(&view, &head, &body(b""), &options()));
    assert!(!shown.contains("hunter2") && !shown.contains("in the open"), "{shown}");
}

/// CASES AP-22
#[test]
fn an_agent_that_could_approve_itself_is_said_to_be_one() {
    let head = head("/posts", &[]);
    let mut view = view(&head, &body(b""));
    assert!(!text(&render(&view, &head, &body(b""), &options())).contains("advisory"));
    view.advisory = true;
    assert!(text(&render(&view, &head, &body(b""), &options())).contains("! advisory this agent runs as"));
}

/// Whose word it needs, who changed it and a freeze are not to be missed; an ordinary hold has none of these lines.
#[test]
fn what_stands_in_the_way_of_a_release_is_said() {
    let head = head("/posts", &[]);
    let mut view = view(&head, &body(b""));
    let shown = text(&render(&view, &head, &body(b""), &options()));
    assert!(
        !["needs", "edited", "frozen", "like it", "grant"].iter().any(|word| shown.contains(word)),
        "{shown}"
    );
    view.approvals = crate::hold::ApprovalsView {
        needed: 2,
        given: vec!["ana".into()],
        groups: vec!["oncall".into(), "leads".into()],
    };
    view.edited = Some(crate::hold::EditedView {
        by: "bo".into(),
        at: "2026-11-20T23:59:49.000Z".into(),
        original: "sha256:0f0f".into(),
    });
    (view.frozen, view.like_pending, view.grant) = (true, 1, Some("G7".into()));
    let shown = text(&render(&view, &head, &body(b""), &options()));
    for line in [
        "! frozen   a freeze keeps it from being released\n",
        "! edited   by bo 30s ago: this is not what the agent sent, whose digest is \n           sha256:0f0f\n",
        "  needs    2 approvals of oncall or leads; given by ana\n",
        "  like it  1 other hold of this agent and operation waits too\n",
        "  grant    released by grant G7\n",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
}

/// CASES AP-07
#[test]
fn a_host_in_another_script_is_shown_as_it_is_sent_and_as_it_reads() {
    let mut head = head("/", &[]);
    head.origin.host = Host::parse("xn--pple-43d.com").unwrap();
    let shown = screen(&head, &body(b""));
    assert!(
        shown.contains("  to       xn--pple-43d.com port 443 by https\n! reads as │ аpple.com\n"),
        "{shown}"
    );
    assert!(shown.contains("letters beyond ASCII: U+0430\n"), "{shown}");
}

#[test]
fn a_form_is_shown_pair_by_pair_with_what_a_service_reads() {
    let head = head("/post", &[("content-type", "application/x-www-form-urlencoded")]);
    let shown = screen(&head, &body(b"title=a+b&plain=1&text=two%0Alines%1b"));
    let expected = "│ title=a+b&\n  reads │ title=a b\n│ plain=1&\n│ text=two%0Alines%1b\n  reads │ text=two\n        │ lines\\x1b\n";
    assert!(shown.contains(expected), "{shown}");
}

#[test]
fn a_large_body_is_shown_by_its_ends_and_never_as_if_it_were_whole() {
    let head = head("/upload", &[]);
    let parts = BodyParts {
        head: "start\n".repeat(100).into(),
        tail: "finish\n".repeat(100).into(),
        total: 64 * 1024 * 1024,
        sha256: sha256(b"the hash of all of it"),
    };
    let body = BodyView::Parts(parts);
    let rendering = render(&view(&head, &body), &head, &body, &options());
    assert!(rendering.elided);
    assert!(rendering.digest.is_some());
    let missing = 64 * 1024 * 1024 - 40 * 6 - 20 * 7;
    let remark = format!("… {} bytes not shown;", words::number(missing));
    assert!(text(&rendering).contains(&remark), "{}", text(&rendering));
    assert!(text(&rendering).ends_with("│ finish\nend of the request\n"));
}

/// The commands of a push stand before a pack of any size.
#[test]
fn a_large_push_is_shown_by_its_commands_and_both_ends() {
    let mut head = head("/app.git/git-receive-pack", &[]);
    head.fields.push(("content-type".into(), "application/x-git-receive-pack-request".into()));
    let packet = format!("{} {} refs/heads/main", "1".repeat(40), "2".repeat(40));
    let beginning = [format!("{:04x}{packet}0000PACK", packet.len() + 4).as_bytes(), &[0; 3000]].concat();
    let parts = BodyParts {
        head: beginning.into(),
        tail: vec![0xff; 3000].into(),
        total: 64 * 1024 * 1024,
        sha256: sha256(b"the hash of all of it"),
    };
    let body = BodyView::Parts(parts);
    let rendering = render(&view(&head, &body), &head, &body, &options());
    let shown = text(&rendering);
    assert!(shown.contains("  moves   │ refs/heads/main from 111111111111 to 222222222222\n"), "{shown}");
    assert!(shown.contains("git push, 1 ref, a pack of 67,108,"), "{shown}");
    assert!(rendering.elided && rendering.digest.is_some());
}

/// The worst that fits into a screen's body takes no more than its size allows: nothing grows faster than the body.
#[test]
fn the_worst_bodies_are_rendered_in_bounded_time() {
    let size = limits::SHOWN_BODY_MAX;
    let fill = |piece: &str| piece.repeat(size / piece.len());
    let array = |piece: &str| format!("[{}0]", piece.repeat((size - 3) / piece.len()));
    let bodies = [
        ("application/json", fill("[")),
        ("application/json", array("0,")),
        ("application/json", array("\"\\n\",")),
        ("application/json", format!("\"{}\"", "\\n".repeat(size / 2 - 1))),
        ("application/json", array("{\"query\":\"{a}\"},")),
        ("application/json", fill("{}\n")),
        ("text/xml", fill("<a>")),
        ("text/xml", fill("<a '")),
        ("application/graphql", fill("{a ")),
        ("application/x-www-form-urlencoded", fill("%0A")),
        ("application/x-www-form-urlencoded", fill("&")),
        ("multipart/form-data; boundary=b", fill("--b\r\n\r\n\r\n")),
        ("text/plain", fill("\u{202e}")),
    ];
    for (kind, bytes) in bodies {
        let head = head("/posts", &[("content-type", kind)]);
        let body = body(bytes.as_bytes());
        let start = std::time::Instant::now();
        let rendering = render(&view(&head, &body), &head, &body, &options());
        let (spent, lines) = (start.elapsed(), rendering.lines.len());
        // Without optimisation the slowest takes a second; what grows with the square would take hours.
        assert!(spent.as_secs() < 20 && lines < 600, "{kind} {:?}: {spent:?}, {lines} lines", &bytes[..6]);
    }
}

#[test]
fn no_line_is_wider_than_the_screen() {
    let wide = "漢字\u{202e}é\u{1b}".repeat(300);
    let head = head("/posts", &[("x-long", &wide), ("content-type", "text/plain")]);
    for width in [limits::SHOWN_COLUMNS_MIN, 80, 133] {
        let options = Options { width, all: true, ..options() };
        let rendering = render(&view(&head, &body(wide.as_bytes())), &head, &body(wide.as_bytes()), &options);
        for line in rendering.lines.iter().filter(|line| line.gutter != Gutter::None) {
            let text = line.text(Charset::Utf8);
            assert!(unicode_width::UnicodeWidthStr::width_cjk(text.as_str()) <= width, "{text}");
        }
    }
}

#[test]
fn raw_is_the_head_as_http_1_1_and_the_body() {
    let head = head("/a?b=c", &[("host", "forum.corp.example"), ("content-length", "2")]);
    let expected = b"POST /a?b=c HTTP/1.1\r\nhost: forum.corp.example\r\ncontent-length: 2\r\n\r\n\x1b\xff";
    assert_eq!(raw(&head, b"\x1b\xff"), expected);
}

/// CASES AP-28
#[test]
fn the_differences_alone_are_all_of_them_and_nobody_has_read_a_request_by_them() {
    let head = head("/posts", &[("content-type", "application/json")]);
    let text_of = |from: usize| {
        let members: Vec<_> = (0..12).map(|at| format!("\"k{at}\":{}", at + from)).collect();
        format!("{{{}}}", members.join(","))
    };
    let (was, is) = (text_of(0), text_of(100));
    let is = body(is.as_bytes());
    let precedent = crate::hold::Precedent {
        digest: body(was.as_bytes()).digest(&head).unwrap(),
        at: "2026-11-21T00:00:00.000Z".into(),
        approver: "ana".into(),
        head: head.clone(),
        body: Some(was.into_bytes().into()),
    };
    let options = Options { lens: Lens::Differences, ..options() };
    let view = view(&head, &is);
    let known = Known { precedent: Some(precedent), ..Known::default() };
    let rendering = super::render(&view, &head, &is, &known, &options);
    let shown = text(&rendering);
    assert_eq!(shown.matches("  is       ").count(), 12, "{shown}");
    assert!(shown.contains("in 12 places from what ana approved 19s ago"), "{shown}");
    assert!(rendering.elided && rendering.digest.is_some());
    // At a glance it is the first few of them.
    let shown = text(&super::render(&view, &head, &is, &known, &Options { lens: Lens::Pretty, ..options }));
    assert_eq!(shown.matches("  is       ").count(), 8, "{shown}");
    let alone = render(&view, &head, &is, &options);
    assert!(text(&alone).contains("nothing to compare it with") && alone.elided);
}

fn bodies() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"{\"a\":[1,2.50,{}],\n \"b\" : \"\\u202e\"}".to_vec()),
        Just(b"a=b%20c&d=+&".to_vec()),
        Just(b"--b\r\ncontent-type: x\r\n\r\n\0\x01\r\n--b--".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"\\x1b".to_vec()),
        Just(b"{\"a\":\"\\n\\u0041\"}\n{\"query\":\"mutation{a(b:\\\"}\\\")}\"}\n".to_vec()),
        Just(b"<a b='>'><c>t</c><!-- --></a>".to_vec()),
        Just(b"\0\0\0\0\x04\x0a\x02hi".to_vec()),
        Just(format!("00431{0} 2{0} r0000PACK", "1".repeat(39)).into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..40),
        "[ -~\n]{0,120}".prop_map(String::into_bytes),
        any::<String>().prop_map(String::into_bytes),
    ];
    proptest::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    /// CASES AP-11: what is on show is the body, byte by byte, in every view; CASES AP-01: and it commands nothing.
    #[test]
    fn the_spans_on_show_are_the_body(bytes in bodies(), kind in 0..9_usize, lens in 0..3_usize, width in 40..120_usize, ascii: bool) {
        let kinds = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "text/plain", "", "text/xml", "application/graphql", "application/x-git-receive-pack-request", "application/grpc"];
        let head = head("/posts", &[("content-type", kinds[kind])]);
        let charset = if ascii { Charset::Ascii } else { Charset::Utf8 };
        let options = Options { width, lens: [Lens::Pretty, Lens::Raw, Lens::Hex][lens], charset, all: true, ..options() };
        let rendering = render(&view(&head, &body(&bytes)), &head, &body(&bytes), &options);
        prop_assert!(!rendering.elided);
        // The fields of a message stand for its bytes.
        let derived = text(&rendering).contains("\nmessage 1, ");
        prop_assert!(derived || rendering.source() == bytes, "{:?}", rendering.source());
        let mut out = Vec::new();
        plain(&rendering, true, &mut out).unwrap();
        let out = String::from_utf8(out).unwrap();
        prop_assert!(has_only_own_sequences(&out));
        prop_assert!(!ascii || out.is_ascii());
    }
}
