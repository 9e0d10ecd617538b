//! What people see of each kind of body, as screens that were looked at and kept.

#![allow(clippy::unwrap_used, reason = "a test's own hands may fail it")]

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use prost_reflect::DescriptorPool;

use super::QUESTION;
use super::protobuf::{descriptor_set, grant};
use super::stage::{Held, Stage, request};

const HOST: &str = "forum.corp.example";

/// Shows one hold, and compares the screen with the one that was kept.
#[track_caller]
fn shown(name: &str, held: Held) {
    let stage = Stage::new(vec![held]);
    stage.wait_for(QUESTION);
    stage.assert_only_own_sequences();
    stage.snapshot(name);
    assert!(stage.told().is_empty());
}

fn of_type(content_type: &str, body: &[u8]) -> Held {
    request(1, HOST, "/posts", &[("content-type", content_type)], body)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// CASES AP-11: and what a string reads as stands below it.
#[test]
fn json() {
    let body = br#"{"amount":1.10,"amount":1e400,"big":123456789012345678901234567890,"text":"two\nlines","w\u006frd":"\u202egpj"}"#;
    shown("body_json", of_type("application/json", body));
}

#[test]
fn json_lines() {
    let body =
        b"{\"delete\":{\"_index\":\"wiki\",\"_id\":7}}\n{\"index\":{\"_id\":8}}\n{\"title\":\"a\\nb\"}\n";
    shown("body_json_lines", of_type("application/x-ndjson", body));
}

#[test]
fn form() {
    let body = b"action=role&user=mallory&note=two+words%0Aand+a+line&hidden=%E2%80%AE";
    shown("body_form", of_type("application/x-www-form-urlencoded", body));
}

#[test]
fn multipart() {
    let body = b"--x\r\ncontent-disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--x\r\n\
        content-disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n\x89PNG\r\n\x1a\n\0\0\0\rIHDR\r\n--x--\r\n";
    shown("body_multipart", of_type("multipart/form-data; boundary=x", body));
}

#[test]
fn graphql() {
    let document = "mutation Widen($id: ID!) { setRole(input: {page: $id, role: ADMIN}) { ok } note: addNote(text: \"}{\") { id } }";
    let body = serde_json::json!({"query": document, "operationName": "Widen", "variables": {"id": 7}});
    shown("body_graphql", of_type("application/json", body.to_string().as_bytes()));
}

#[test]
fn grpc_with_descriptors() {
    let pool = DescriptorPool::decode(&descriptor_set()[..]).unwrap();
    let mut held =
        request(1, HOST, "/forum.Members/Grant", &[("content-type", "application/grpc")], &grant());
    held.known.schema = pool.get_message_by_name("forum.Grant");
    shown("body_grpc", held);
}

#[test]
fn grpc_without_descriptors() {
    let fields = [("content-type", "application/grpc")];
    shown("body_grpc_unknown", request(1, HOST, "/forum.Members/Grant", &fields, &grant()));
}

#[test]
fn git() {
    let (old, new) = ("1".repeat(40), "2".repeat(40));
    let null = "0".repeat(40);
    let line = |text: String| format!("{:04x}{text}", text.len() + 4);
    let commands = [
        line(format!("{old} {new} refs/heads/main\0report-status side-band-64k agent=git/2.39\n")),
        line(format!("{null} {new} refs/heads/feature")),
        line(format!("{old} {null} refs/heads/old")),
    ];
    let body = [commands.concat().as_bytes(), b"0000PACK\0\0\0\x02\0\0\0\x01\x95\x0ax\x9c+I-."].concat();
    let fields = [("content-type", "application/x-git-receive-pack-request")];
    shown("body_git", request(1, HOST, "/team/app.git/git-receive-pack", &fields, &body));
}

#[test]
fn xml() {
    let body = b"<?xml version=\"1.0\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><DeleteUser><id>7</id><why>a &lt; b</why></DeleteUser></s:Body></s:Envelope>";
    shown("body_xml", of_type("text/xml", body));
}

#[test]
fn sql() {
    shown("body_sql", of_type("text/plain", b"DELETE FROM users\nWHERE name = 'a\tb' -- \xe2\x80\xae\n"));
}

#[test]
fn opaque() {
    let bytes: Vec<u8> = (0..=70).map(|at: u8| at.wrapping_mul(37)).collect();
    shown("body_opaque", of_type("application/octet-stream", &bytes));
}

/// CASES AP-11: what a service reads is shown, and the bytes as sent are one word away.
#[test]
fn a_coded_body_is_shown_by_what_it_means_and_raw_shows_it_as_sent() {
    let body = gzip(br#"{"role":"admin","page":7}"#);
    let fields = [("content-type", "application/json"), ("content-encoding", "gzip")];
    let stage = Stage::new(vec![request(1, HOST, "/posts", &fields, &body)]);
    stage.wait_for(QUESTION);
    stage.snapshot("body_gzip");
    stage.type_line("raw");
    stage.wait_for("│ 00000000  1f 8b 08");
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 2);
    stage.type_line("yes");
    stage.wait_for("AAA1 was released");
}

/// CASES AP-11, CL-36: what cannot be undone is not released by a yes, however long one looked at it.
#[test]
fn a_coded_body_that_nobody_can_read_is_released_by_its_digest_alone() {
    let fields = [("content-type", "application/json"), ("content-encoding", "gzip, br")];
    let stage = Stage::new(vec![request(1, HOST, "/posts", &fields, &gzip(b"{}"))]);
    stage.wait_for(QUESTION);
    assert!(stage.text().contains("more than one coding"), "{}", stage.text());
    for (times, word) in [(2, "yes"), (3, "more"), (4, "yes"), (5, "raw"), (6, "yes")] {
        stage.type_line(word);
        stage.wait_until("the question again", |screen| screen.count(QUESTION) == times);
    }
    assert!(stage.told().is_empty());
    stage.type_line(&stage.digest(1).unwrap().hex()[..12]);
    stage.wait_for("AAA1 was released");
}

/// CASES AP-10: thousands of line feeds fit into one string, and the danger stands behind them.
#[test]
fn a_string_of_many_lines_loses_its_middle_with_a_count_and_a_yes_is_not_enough() {
    let text = "\\n".repeat(5000);
    let body = format!("{{\"text\":\"first{text}rm -rf /\"}}");
    let stage = Stage::with_size(vec![of_type("application/json", body.as_bytes())], 24, 80);
    stage.wait_for(QUESTION);
    let text = stage.text();
    assert!(text.contains("lines of this reading not shown") && text.contains("│ rm -rf /"), "{text}");
    assert!(text.lines().count() < 120, "{text}");
    stage.type_line("yes");
    stage.wait_until("the question again", |screen| screen.count(QUESTION) == 2);
    assert!(stage.told().is_empty());
}
