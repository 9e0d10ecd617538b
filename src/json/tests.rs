//! Runs `tests/vectors/json.toml`, compares with serde_json, and tries the limits.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    text: Option<String>,
    hex: Option<String>,
    trouble: Option<String>,
    at: Option<usize>,
}

impl Case {
    fn bytes(&self) -> Vec<u8> {
        match (&self.text, &self.hex) {
            (Some(text), None) => text.clone().into_bytes(),
            (None, Some(hex)) => (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hexadecimal digits"))
                .collect(),
            _ => panic!("{}: either text or hex", self.why),
        }
    }

    fn check(&self) -> Result<(), String> {
        let bytes = self.bytes();
        match (read(&bytes), &self.trouble) {
            (Ok(_), None) => Ok(()),
            (Err(found), Some(reason)) if found.reason.contains(reason) => match self.at {
                Some(at) if at != found.at => Err(format!("seen at {}", found.at)),
                _ => Ok(()),
            },
            (found, _) => Err(format!("{:?}", found.map(|_| "taken"))),
        }
    }
}

#[test]
fn every_vector_is_taken_or_refused_as_it_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/json.toml");
    let file: File = toml::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let wrong: Vec<_> = file
        .case
        .iter()
        .filter_map(|case| case.check().err().map(|error| format!("{}: {error}", case.why)))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn a_value_says_what_it_is() {
    let text = br#" {"a": [1.10, "x\u00e9\n", true, null], "B": {"c": {}}, "d": false} "#;
    let document = read(text).unwrap();
    let root = document.root();
    assert!(root.is_object() && !root.is_array() && !root.is_null());
    assert_eq!((root.kind(), root.len(), root.is_empty()), (Kind::Object, 3, false));
    let names: Vec<_> = root.members().map(|(name, value)| (name.into_owned(), value.kind())).collect();
    assert_eq!(names, [("a".into(), Kind::Array), ("B".into(), Kind::Object), ("d".into(), Kind::Bool)]);
    let items: Vec<_> = root.get("a").unwrap().items().collect();
    assert_eq!(items.len(), 4);
    assert_eq!((items[0].number_text(), items[0].as_str(), items[0].as_bool()), (Some("1.10"), None, None));
    assert_eq!((items[1].as_str().unwrap().as_ref(), items[1].source()), ("xé\n", &br#""x\u00e9\n""#[..]));
    assert!(items[1].is_str("xé\n") && !items[1].is_str("x"));
    assert_eq!((items[2].as_bool(), items[3].is_null()), (Some(true), true));
    assert_eq!(root.get("d").unwrap().as_bool(), Some(false));
    let inner = root.get("B").unwrap();
    assert_eq!(inner.source(), br#"{"c": {}}"#);
    assert!(inner.get("c").unwrap().is_empty());
    // The near misses.
    assert!(root.get("b").is_none() && root.get("c").is_none() && inner.get("d").is_none());
    assert!(items[1].get("x").is_none() && items[1].members().next().is_none());
    assert!(root.items().next().is_none() && items[0].is_empty());
}

#[test]
fn a_key_is_found_by_what_it_means() {
    let document = read(br#"{"m\u0065thod": 1, "Query": 2, "\u212aind": 3}"#).unwrap();
    let root = document.root();
    assert_eq!(root.get("method").unwrap().number_text(), Some("1"));
    assert!(root.get("query").is_none() && root.has_lookalike_of("query"));
    assert!(root.has_lookalike_of("kind"));
    assert!(!root.has_lookalike_of("Query") && !root.has_lookalike_of("method"));
    assert!(!document.root().get("method").unwrap().has_lookalike_of("method"));
}

#[test]
fn an_escape_is_undone_whatever_stands_beside_it() {
    let document = read(br#"["\ud83d\ude00\u0041\\u0041\/\"", "\\", "a\b\f\r\tz"]"#).unwrap();
    let texts: Vec<_> = document.root().items().map(|item| item.as_str().unwrap().into_owned()).collect();
    assert_eq!(texts, ["😀A\\u0041/\"", "\\", "a\u{8}\u{c}\r\tz"]);
}

/// CASES CL-28
#[test]
fn a_number_is_plain_where_every_reader_keeps_it() {
    for (text, plain) in [
        ("0", true),
        ("-17", true),
        ("9007199254740991", true),
        ("9007199254740992", false),
        ("-9007199254740992", false),
        ("99999999999999999999999999", false),
        ("1.10", true),
        ("0.1", true),
        ("-0.5", true),
        ("12345678901234.5", true),
        ("0.1234567890123456", false),
        ("-0", false),
        ("-0.0", false),
        ("1e400", false),
        ("1E2", false),
        ("\"1\"", false),
        ("true", false),
    ] {
        assert_eq!(read(text.as_bytes()).unwrap().root().number_is_plain(), plain, "{text}");
    }
    let long = "7".repeat(400);
    let document = read(long.as_bytes()).unwrap();
    assert_eq!(document.root().number_text(), Some(long.as_str()));
    assert!(!document.root().number_is_plain());
}

#[test]
fn an_object_is_guessed_by_its_first_sign() {
    assert!(looks_like_object(b" \r\n\t{"));
    for text in [&b""[..], b"[{", b"x{", b"\xef\xbb\xbf{"] {
        assert!(!looks_like_object(text), "{text:?}");
    }
}

fn nested(depth: usize, open: &str, close: &str) -> String {
    format!("{}0{}", open.repeat(depth), close.repeat(depth))
}

/// CASES CL-29, OV-21
#[test]
fn depth_ends_at_the_limit_and_not_on_the_stack() {
    let most = limits::JSON_DEPTH_MAX;
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        assert!(read(nested(most, open, close).as_bytes()).is_ok());
        for depth in [most + 1, 200, 1_000_000] {
            let trouble = read(nested(depth, open, close).as_bytes()).unwrap_err();
            assert!(trouble.reason.contains("nested"), "{trouble}");
            assert_eq!(trouble.at, most * open.len());
        }
    }
    // Arrays side by side are not nested.
    assert!(read(format!("[{}[]]", "[[]],".repeat(1000)).as_bytes()).is_ok());
}

fn object_of(keys: usize) -> String {
    let members: Vec<_> = (0..keys).map(|number| format!("\"k{number}\":0")).collect();
    format!("{{{}}}", members.join(","))
}

/// CASES CL-29
#[test]
fn keys_and_values_are_counted() {
    let most = (limits::JSON_TOKENS_MAX - 1) / 2;
    let text = object_of(most);
    assert_eq!(read(text.as_bytes()).unwrap().root().len(), most);
    for text in [object_of(most + 1), object_of(500_000), format!("[{}0]", "0,".repeat(1_000_000))] {
        let trouble = read(text.as_bytes()).unwrap_err();
        assert!(trouble.reason.contains("more keys and values"), "{trouble}");
    }
}

#[test]
fn a_twin_is_found_among_very_many_keys() {
    let text = object_of(50_000).replace("\"k49999\"", "\"K123\"");
    let trouble = read(text.as_bytes()).unwrap_err();
    assert!(trouble.reason.contains("letter case"), "{trouble}");
    assert_eq!(trouble.at, text.find("\"K123\"").unwrap());
}

/// CASES CL-29
#[test]
fn length_is_limited_before_anything_is_read() {
    let fits = format!("\"{}\"", "x".repeat(limits::JSON_BYTES_MAX - 2));
    assert_eq!(read(fits.as_bytes()).unwrap().root().as_str().unwrap().len(), limits::JSON_BYTES_MAX - 2);
    let trouble = read(format!(" {fits}").as_bytes()).unwrap_err();
    assert!(trouble.reason.contains("longer"), "{trouble}");
}

/// The same content as serde_json's, member for member.
fn is_same(ours: Value<'_>, theirs: &serde_json::Value) -> bool {
    use serde_json::Value as Theirs;
    match (ours.kind(), theirs) {
        (Kind::Null, Theirs::Null) => true,
        (Kind::Bool, Theirs::Bool(value)) => ours.as_bool() == Some(*value),
        (Kind::Number, Theirs::Number(_)) => {
            serde_json::from_slice::<Theirs>(ours.source()).ok().as_ref() == Some(theirs)
        }
        (Kind::String, Theirs::String(text)) => ours.as_str().as_deref() == Some(text) && ours.is_str(text),
        (Kind::Array, Theirs::Array(items)) => {
            ours.len() == items.len() && ours.items().zip(items).all(|(ours, theirs)| is_same(ours, theirs))
        }
        (Kind::Object, Theirs::Object(members)) => {
            ours.len() == members.len()
                && ours.members().all(|(name, value)| {
                    members.get(name.as_ref()).is_some_and(|theirs| is_same(value, theirs))
                        && ours.get(&name).is_some_and(|found| found.source() == value.source())
                })
        }
        _ => false,
    }
}

/// Reads with both. What we take it takes too, alike, but for numbers that do not fit into a double.
fn compare(bytes: &[u8]) -> Result<(), String> {
    let Ok(document) = read(bytes) else { return Ok(()) };
    match serde_json::from_slice(bytes) {
        Ok(theirs) if is_same(document.root(), &theirs) => Ok(()),
        Ok(theirs) => Err(format!("it reads {theirs}")),
        Err(error) if error.to_string().contains("number out of range") => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

fn any_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any::<f64>().prop_map(Into::into),
        ".{0,12}".prop_map(Into::into),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map("[a-z]{0,3}|k\\PC{1,3}", inner, 0..6)
                .prop_map(|members| { serde_json::Value::Object(members.into_iter().collect()) }),
        ]
    })
}

/// Pieces that make texts which are JSON, or nearly.
fn any_pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\"a\"",
        "\"A\"",
        "\"\\u0061\"",
        "\"b\":",
        "\"\u{212a}\":",
        "0",
        "-1",
        "1.5",
        "1e3",
        "1e999",
        "01",
        "true",
        "null",
        "nul",
        "\"",
        "\\",
        "\\u",
        "\\ud83d\\ude00",
        "\\ud83d",
        "é",
        "[1,2]",
        "{\"a\":1}",
        "{\"k\":[],\"l\":{}}",
        "\u{feff}",
        "\0",
    ]);
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

/// Whether two keys of one object somewhere in it fold alike.
fn has_twins(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Array(items) => items.iter().any(has_twins),
        serde_json::Value::Object(members) => {
            let names: Vec<_> = members.keys().collect();
            members.values().any(has_twins)
                || (0..names.len()).any(|one| (0..one).any(|other| keys::are_alike(names[one], names[other])))
        }
        _ => false,
    }
}

/// Keys of all objects, in writing that this test controls.
fn has_control_key(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Array(items) => items.iter().any(has_control_key),
        serde_json::Value::Object(members) => {
            members.iter().any(|(name, value)| name.contains(char::is_control) || has_control_key(value))
        }
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_well_made_is_taken_and_read_as_serde_json_reads_it(value in any_value(), pretty: bool) {
        let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        match read(text.as_bytes()) {
            Ok(document) => {
                prop_assert!(!has_twins(&value) && !has_control_key(&value), "{text}");
                prop_assert!(is_same(document.root(), &serde_json::from_str(&text).unwrap()), "{text}");
            }
            Err(trouble) => {
                prop_assert!(has_twins(&value) || has_control_key(&value), "{text}: {trouble}");
            }
        }
    }

    #[test]
    fn what_we_take_serde_json_takes_too(text in any_pieces()) {
        prop_assert_eq!(compare(text.as_bytes()), Ok(()), "{}", text);
    }

    #[test]
    fn a_change_of_one_byte_leads_to_no_other_reading(value in any_value(), at: prop::sample::Index, byte: u8) {
        let mut bytes = serde_json::to_vec(&value).unwrap();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        prop_assert_eq!(compare(&bytes), Ok(()), "{:?}", String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assert_eq!(compare(&bytes), Ok(()));
    }

    #[test]
    fn a_key_that_is_written_again_is_refused(value in any_value(), key in "[a-z]{1,8}", escaped: bool) {
        let again = if escaped { format!("\\u{:04X}{}", key.as_bytes()[0], &key[1..]) } else { key.to_uppercase() };
        let text = format!("{{\"{key}\":{value},\"-\":[],\"{again}\":1}}");
        prop_assert!(read(text.as_bytes()).is_err(), "{}", text);
    }
}
