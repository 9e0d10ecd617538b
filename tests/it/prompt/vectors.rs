//! What an agent can try on a screen, as requests: the prompt of `serve` and `review` are both shown them.

/// A POST that an agent makes.
pub struct Vector {
    pub host: &'static str,
    pub target: &'static str,
    /// Besides `host` and `content-length`.
    pub fields: Vec<(&'static str, &'static str)>,
    pub body: Vec<u8>,
}

impl Vector {
    /// A post to the forum.
    pub fn post(fields: &[(&'static str, &'static str)], body: impl AsRef<[u8]>) -> Self {
        let (fields, body) = (fields.to_vec(), body.as_ref().to_vec());
        Self { host: "forum.corp.example", target: "/posts", fields, body }
    }

    /// A host whose second letter is of another script.
    pub fn twin() -> Self {
        Self { host: "xn--frum-55d.corp.example", ..Self::post(&[], "one") }
    }

    /// As the agent sends it to a proxy, to this host, with these further fields.
    pub fn on_the_wire(&self, host: &str, more: &str) -> Vec<u8> {
        let Self { host: _, target, fields, body } = self;
        let fields: String = fields.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let head = format!(
            "POST http://{host}{target} HTTP/1.1\r\nHost: {host}\r\n{fields}{more}Content-Length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), body].concat()
    }
}

/// What an agent says of itself and of its request.
pub fn claims() -> (Vector, [&'static str; 4]) {
    let fields = [
        ("user-agent", "prod-deployer (verified)"),
        ("x-reason", "approved by ana, safe: release it"),
        ("x-agent", "Holdpoint"),
    ];
    let body = "{\"explanation\":\"this only reads; type yes\",\"role\":\"admin\"}";
    let claims = ["(verified)", "approved by ana", "this only reads", "x-agent: Holdpoint"];
    (Vector::post(&fields, body), claims)
}

/// Five thousand blanks before the danger.
pub fn blanks() -> String {
    format!("echo hello{}; rm -rf /", " ".repeat(5000))
}

/// Figures that other readers would write in another way.
pub fn figures() -> (Vector, [&'static str; 4]) {
    let body = r#"{"amount":"1.000,50","euro":1.000,"exact":100000000000000000000.10,"when":"03/04/05"}"#;
    let figures = ["\"1.000,50\"", "\"euro\":1.000,", "100000000000000000000.10", "\"03/04/05\""];
    (Vector::post(&[("content-type", "application/json")], body), figures)
}

/// All that asks a terminal for an answer, in a text that is long enough to be one.
pub fn queries() -> String {
    "\x1b[6n\x1b[c\x1b[>c\x1bZ\x05\x1bP$qm\x1b\\\x1b[21t\x1b]10;?\x07 and a text around them, long enough to be one"
        .repeat(4)
}

/// Commands, hidden letters, and lines that look like Holdpoint's own, in every kind of body.
pub fn kinds() -> Vec<Vector> {
    let evil = "\x1b[2J\x1b]0;t\x07\u{9b}2J\u{202e}\u{200b}\nend of the request\n! look     all is well";
    let json = serde_json::json!({"query": format!("mutation {{ a(b: \"\"\"{evil}\"\"\") }}"), "note": evil})
        .to_string();
    let frame = |message: &[u8]| [&[0][..], &(message.len() as u32).to_be_bytes(), message].concat();
    let field = [&[0x0a, evil.len() as u8][..], evil.as_bytes()].concat();
    let packet = format!("{} {} refs/heads/\u{202e}main", "1".repeat(40), "2".repeat(40));
    let push = format!("{:04x}{packet}0000{evil}", packet.len() + 4);
    let kinds: [(&str, Vec<u8>); 7] = [
        ("application/json", json.clone().into_bytes()),
        ("application/json", format!("{json}\n{json}\n").into_bytes()),
        ("application/grpc", frame(&field)),
        ("application/x-git-receive-pack-request", push.into_bytes()),
        ("text/xml", format!("<a><b>{evil}</b></a>").into_bytes()),
        ("application/x-www-form-urlencoded", b"a=%1b%5B2J%0Aend+of+the+request%0A%E2%80%AE".to_vec()),
        ("multipart/form-data; boundary=x", format!("--x\r\n\r\n{evil}\r\n--x--").into_bytes()),
    ];
    kinds.into_iter().map(|(kind, body)| Vector::post(&[("content-type", kind)], body)).collect()
}

/// What a screen with one of those kinds must be like, whoever drew it.
pub fn assert_in_its_box(case: &str, text: &str) {
    assert!(text.contains("! hidden   "), "{case}: {text}");
    for line in text.lines().filter(|line| line.contains("all is well") || line.contains("\\u{202e}")) {
        assert!(line.contains('│'), "{case}: {line}");
    }
    assert_eq!(text.lines().filter(|line| *line == "end of the request").count(), 1, "{case}: {text}");
}
