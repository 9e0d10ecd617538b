//! One form for each line, name, host and target (CASES FR).

use super::*;

/// CASES FR-15: every byte in every place.
#[test]
fn controls_are_refused_in_target_name_and_value() {
    for byte in 0..=255u8 {
        let put = |before: &str, after: &str| [before.as_bytes(), &[byte], after.as_bytes()].concat();
        let target = put("GET http://a.example/x", "y HTTP/1.1\r\nHost: a.example\r\n\r\n");
        let name = put("GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nX-", "y: z\r\n\r\n");
        let value = put("GET http://a.example/ HTTP/1.1\r\nHost: a.example\r\nX: a", "b\r\n\r\n");
        let in_target = matches!(byte, 0x21..=0x7e) && !b"#\\<>`".contains(&byte);
        let in_name = byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':');
        let in_value = byte == b'\t' || (byte >= b' ' && byte != 0x7f);
        for (case, good) in [(target, in_target), (name, in_name), (value, in_value)] {
            if good { passes(&case, "") } else { refuses(Code::Malformed, &case) }
        }
    }
}

/// CASES FR-14, FR-16, FR-17, FR-27, FR-35.
#[test]
fn lines_and_names_have_one_form() {
    passes(format!("\r\n{}", get("http://a.example/", "Host: a.example\r\n")), "");
    passes(get("http://a.example/", "Host:a.example\r\nX-Empty:\r\nX-Tab:\ta\t\r\nX: caf\u{e9}\r\n"), "");
    for lines in [
        "Host: a.example\n",
        "Host: a.example\r\nX: a\nY: b\r\n",
        "Host: a.example\r\nX: a\rY: b\r\n",
        "Host: a.example\r\nX: a\r\n b\r\n",
        "Host: a.example\r\nX: a\r\n\tb\r\n",
        " Host: a.example\r\n",
        "Host : a.example\r\n",
        "Host: a.example\r\nX\t: a\r\n",
        "Host: a.example\r\nno colon\r\n",
        "Host: a.example\r\nnocolon\r\n",
        "Host: a.example\r\n: a\r\n",
        "Host: a.example\r\nX_Y: a\r\n",
        "Host: a.example\r\nX.Y: a\r\n",
        "Host: a.example\r\nX\u{e9}: a\r\n",
        "Host: a.example\r\n\u{a0}X: a\r\n",
        "Host: a.example\r\nContent-Type: text/html\u{a0}\r\n",
        "Host: a.example\r\nAuthorization: \u{85}Bearer x\r\n",
        "Host: a.example\r\nHoldpoint-Hold: 1\r\n",
        "Host: a.example\r\nX-Holdpoint-Approved: yes\r\n",
    ] {
        refuses(Code::Malformed, get("http://a.example/", lines));
    }
    for start in ["\r\n\r\n", "\n", "\r", " ", "\r\n "] {
        refuses(Code::Malformed, format!("{start}{}", get("http://a.example/", "Host: a.example\r\n")));
    }
}

/// CASES FR-18.
#[test]
fn there_is_one_host_that_names_one_host() {
    for lines in [
        "",
        "Host: a.example\r\nHost: a.example\r\n",
        "Host: a.example\r\nhost: b.example\r\n",
        "Host: a.example, b.example\r\n",
        "Host: a.example b.example\r\n",
        "Host: user@a.example\r\n",
        "Host:\r\n",
        "Host: \r\n",
        "Host: a:b:c\r\n",
        "Host: a.example:\r\n",
        "Host: a.example:0\r\n",
        "Host: a.example:65536\r\n",
        "Host: a.example:99999\r\n",
        "Host: a.example:80:80\r\n",
        "Host: http://a.example\r\n",
        "Host: a.example/\r\n",
        "Host: [::1\r\n",
        "Host: [a.example]\r\n",
        "Host: [fe80::1%25eth0]\r\n",
        "Host: a.example.\r\n",
        "Host: 0x7f.1\r\n",
    ] {
        refuses(Code::Malformed, get("http://a.example/", lines));
    }
}

/// CASES FR-19: what is a disagreement, not a syntax error, the service is told of.
#[test]
fn a_host_that_is_not_the_targets_is_a_mismatch() {
    passes(get("http://a.example/", "Host: A.EXAMPLE:80\r\n"), "");
    passes(get("http://a.example:80/", "Host: a.example\r\n"), "");
    for host in ["b.example", "a.example:81", "a.example:443"] {
        let seen = talk(get("http://a.example/", &format!("Host: {host}\r\n")));
        assert_eq!((seen.answers, seen.captured), (vec!["400 target_mismatch".to_owned()], vec![]));
    }
    let seen = talk(get("/origin-form", "Host: a.example\r\n"));
    assert_eq!((seen.answers, seen.captured), (vec!["400 malformed".to_owned()], vec![]));
}

/// CASES FR-20, FR-21, FR-22, FR-23, FR-24.
#[test]
fn a_target_is_a_path_or_a_plain_url() {
    for target in [
        "a.example:80",
        "evil:80",
        "*",
        "?x",
        "x",
        "//evil/x",
        "http:http://internal/admin",
        "http:/x",
        "http://",
        "http:///x",
        "http://a.example",
        "http://user@a.example/",
        "http://user:pass@a.example/",
        "http://a.example/#b",
        "http://a.example/x#",
        "http://a.example\\@evil/",
        "http://a.example/\\x",
        "http://a.example/\u{e9}",
        "http://a.example/\u{2028}",
        "http://[a.example]/",
        "http://[::1/",
        "http://:80/",
        "http://a.example:99999/",
        "http://2130706433/",
        "ftp://a.example/",
        "HTTP://a.example/",
        "/x#y",
    ] {
        refuses(Code::Malformed, get(target, "Host: a.example\r\n"));
    }
    for path in ["/", "/a/../b", "/a//b", "/%2e%2e/", "/{}|[]^\"", "/?q={}`|", "/;x", "/:80@evil", "/?a?b//c"]
    {
        passes(get(&format!("http://a.example{path}"), "Host: a.example\r\n"), "");
    }
}

/// CASES FR-25, FR-26, FR-36.
#[test]
fn a_request_line_has_one_form() {
    let line = |line: &str| format!("{line}\r\nHost: a.example\r\n\r\n");
    passes(line("FROBNICATE http://a.example/ HTTP/1.1"), "");
    passes(line("OPTIONS http://a.example/ HTTP/1.1"), "");
    for bad in [
        "get http://a.example/ HTTP/1.1",
        "Get http://a.example/ HTTP/1.1",
        "pOST http://a.example/ HTTP/1.1",
        "G=T http://a.example/ HTTP/1.1",
        "!#$%&'*+-.^_`|~ http://a.example/ HTTP/1.1",
        "GET  http://a.example/ HTTP/1.1",
        "GET\thttp://a.example/ HTTP/1.1",
        "GET http://a.example/  HTTP/1.1",
        "GET http://a.example/\tHTTP/1.1",
        "GET http://a.example/ HTTP/1.1 ",
        " GET http://a.example/ HTTP/1.1",
        "GET http://a.example/ x HTTP/1.1",
        "GET http://a.example/ HTTP/1.2",
        "GET http://a.example/ HTTP/2.0",
        "GET http://a.example/ HTTP/0.9",
        "GET http://a.example/ HTTP/1.10",
        "GET http://a.example/ HTTP/01.1",
        "GET http://a.example/ http/1.1",
        "GET http://a.example/ HTTP/1",
        "GET http://a.example/ ICAP/1.0",
        "GET http://a.example/",
        "GET",
        "",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n",
    ] {
        refuses(Code::Malformed, line(bad));
    }
    refuses(Code::NotSupported, line("TRACE http://a.example/ HTTP/1.1"));
    refuses(Code::NotSupported, line("TRACK http://a.example/ HTTP/1.1"));
    refuses(Code::NotSupported, line(&format!("{} http://a.example/ HTTP/1.1", "M".repeat(10_240))));
    refuses(Code::UriTooLong, line(&format!("GET http://a.example/{} HTTP/1.1", "x".repeat(65_536))));
    refuses(Code::HeadersTooLarge, get("http://a.example/", &format!("X: {}\r\n", "y".repeat(1 << 20))));
    let fields = |count: usize| format!("Host: a.example\r\n{}", "X: y\r\n".repeat(count - 1));
    refuses(Code::HeadersTooLarge, get("http://a.example/", &fields(limits::FIELDS_MAX + 1)));
    passes(get("http://a.example/", &fields(limits::FIELDS_MAX)), "");
}
