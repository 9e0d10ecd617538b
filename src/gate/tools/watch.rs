//! Listening to one answer while it goes by: the bytes are looked at before the agent has them, copied up to a bound,
//! never changed and never kept back. So a definition is known before the agent can act on it. A stream of events is
//! heard event by event, all else at its end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, StatusCode};

use super::definition::{Told, told};
use super::events::Events;
use super::known::Place;
use super::{Tools, is_declared};
use crate::agent::Agent;
use crate::classify::decode::decode;
use crate::classify::{Asks, Finding};
use crate::gate::sessions::{SESSION, Sessions};
use crate::limits::MCP_ANSWER_BYTES_MAX;
use crate::snapshot::Head;

const TOO_LONG: &str = "was too long to be looked into";
const UNREADABLE: &str = "could not be read";
const MISSING: &str = "did not come where it was asked for";

/// One answer, or one to come.
pub struct Watch {
    agent: String,
    place: Place,
    /// The agent named no session, so that one in the answer is given to it.
    is_new: bool,
    /// A declared MCP service: its tools are listened for.
    is_declared: bool,
    /// The agent asked for the list of tools.
    lists: bool,
    form: Form,
    /// An answer to that was heard.
    answered: bool,
    /// Why something in it was not looked into.
    lost: Option<&'static str>,
}

enum Form {
    /// It is not listened to.
    Deaf,
    Events(Events),
    Whole(Vec<u8>),
    /// The same in a content coding, and whether events are in it.
    Encoded(Vec<u8>, Vec<HeaderValue>, bool),
}

impl Watch {
    /// For what may be answered by an MCP server; `None` for all else. `finding`: where there is none, a rule has let
    /// the request pass by its head, and nobody knows.
    pub fn of(agent: &Agent, head: &Head, finding: Option<&Finding>, asks: &Asks) -> Option<Self> {
        if finding.is_some_and(|finding| !matches!(finding.dialect, "mcp" | "jsonrpc")) {
            return None;
        }
        Some(Self {
            agent: agent.name.clone(),
            place: Place::of(head),
            is_new: head.values(SESSION).next().is_none(),
            is_declared: finding.is_some_and(is_declared),
            lists: asks.lists,
            form: Form::Deaf,
            answered: false,
            lost: None,
        })
    }

    /// The head of the answer.
    pub fn begins(&mut self, sessions: &Sessions, status: StatusCode, fields: &HeaderMap) {
        if self.is_new {
            for id in fields.get_all(SESSION) {
                sessions.given(&self.place.origin, id.as_bytes(), &self.agent);
            }
        }
        if !self.is_declared || !status.is_success() {
            return;
        }
        let codings: Vec<_> = fields.get_all(CONTENT_ENCODING).iter().cloned().collect();
        let events = fields.get(CONTENT_TYPE).is_some_and(is_events);
        self.form = match (codings.is_empty(), events) {
            (true, true) => Form::Events(Events::default()),
            (true, false) => Form::Whole(Vec::new()),
            (false, events) => Form::Encoded(Vec::new(), codings, events),
        };
    }

    /// Some of its body.
    pub fn hears(&mut self, tools: &Tools, data: &[u8]) {
        let Self { form, answered, place, .. } = self;
        match form {
            Form::Deaf => {}
            Form::Events(events) => events.push(data, |text| *answered |= take(tools, place, told(text))),
            Form::Whole(bytes) | Form::Encoded(bytes, ..) => {
                if bytes.len() + data.len() > MCP_ANSWER_BYTES_MAX {
                    (self.form, self.lost) = (Form::Deaf, Some(TOO_LONG));
                    return;
                }
                bytes.extend_from_slice(data);
            }
        }
    }

    /// Its end. `whole`: all of it came; of what was cut off the agent may have read as much as is read here.
    pub fn ends(mut self, tools: &Tools, whole: bool) {
        match std::mem::replace(&mut self.form, Form::Deaf) {
            Form::Deaf if self.lost.is_none() => return,
            Form::Deaf => {}
            Form::Events(events) => self.end_events(tools, events),
            Form::Whole(bytes) => self.read(tools, &bytes),
            Form::Encoded(bytes, codings, events) => self.read_encoded(tools, &bytes, &codings, events),
        }
        if self.lists && whole && !self.answered {
            tools.unread(&self.place, self.lost.unwrap_or(MISSING));
        }
    }

    fn read_encoded(&mut self, tools: &Tools, bytes: &[u8], codings: &[HeaderValue], is_events: bool) {
        // A decoder may panic on hostile input.
        let decoded = catch_unwind(AssertUnwindSafe(|| decode(codings, bytes)));
        match decoded {
            Ok(Ok(text)) if text.len() > MCP_ANSWER_BYTES_MAX => self.lost = Some(TOO_LONG),
            Ok(Ok(text)) if is_events => {
                let mut events = Events::default();
                events.push(&text, |text| self.answered |= take(tools, &self.place, told(text)));
                self.end_events(tools, events);
            }
            Ok(Ok(text)) => self.read(tools, &text),
            Ok(Err(_)) | Err(_) => self.lost = Some(UNREADABLE),
        }
    }

    fn end_events(&mut self, tools: &Tools, events: Events) {
        let lost = events.end(|text| self.answered |= take(tools, &self.place, told(text)));
        self.lost = lost.then_some(TOO_LONG);
    }

    fn read(&mut self, tools: &Tools, text: &[u8]) {
        match told(text) {
            Some(told) => self.answered |= take(tools, &self.place, Some(told)),
            None => self.lost = Some(UNREADABLE),
        }
    }
}

/// Learns what was told. Whether it answers who asks for a list.
fn take(tools: &Tools, place: &Place, told: Option<Told>) -> bool {
    let Some(told) = told else { return false };
    if !told.tools.is_empty() {
        tools.learn(place, &told.tools);
    }
    told.answers
}

fn is_events(value: &HeaderValue) -> bool {
    let essence = value.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"text/event-stream")
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::classify::Effect;
    use crate::clock::Clock;
    use crate::gate::tools::known::Account;
    use crate::origin::{Host, Origin, Scheme};

    fn place() -> Place {
        let origin = Origin { scheme: Scheme::Https, host: Host::Name("mcp.example".into()), port: 443 };
        Place { origin, path: "/mcp".into() }
    }

    fn watch(lists: bool) -> Watch {
        let Place { origin, path } = place();
        let head = Head { method: "POST".into(), origin, target: path, fields: Vec::new() };
        let agent = Agent { name: "bot".into(), source: [127, 0, 0, 1].into(), advisory: false };
        let finding = Finding {
            effect: Effect::Read,
            dialect: "mcp",
            operation: String::new(),
            why: Vec::new(),
            declared: Some("service".into()),
        };
        Watch::of(&agent, &head, Some(&finding), &Asks { tools: Vec::new(), lists }).unwrap()
    }

    fn fields(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    /// Fields, pieces, and whether the answer ended whole.
    type Scripted<'a> = (&'a [(&'static str, &'static str)], &'a [&'a [u8]], bool);

    /// What is known of `get` after these answers.
    fn after(answers: &[Scripted<'_>]) -> Account {
        let tools = Tools::new(Clock::manual());
        for (pairs, pieces, whole) in answers {
            let mut watch = watch(true);
            watch.begins(&Sessions::default(), StatusCode::OK, &fields(pairs));
            pieces.iter().for_each(|piece| watch.hears(&tools, piece));
            watch.ends(&tools, *whole);
        }
        tools.lock().account(&place(), "get")
    }

    const JSON: &[(&str, &str)] = &[("content-type", "application/json")];
    const EVENTS: &[(&str, &str)] = &[("content-type", "text/event-stream; charset=utf-8")];
    const LIST: &[u8] = br#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"get"}]}}"#;
    const OTHER: &[u8] = br#"{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"get","description":"b"}]}}"#;

    fn same(account: &Account) -> bool {
        matches!(account, Account::Same(_))
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_list_is_heard_as_json_as_an_event_and_encoded_and_wherever_it_is_cut() {
        let event = [b"event: message\ndata: ".as_slice(), LIST, b"\n\n"].concat();
        for at in [0, 1, 20, LIST.len()] {
            assert!(same(&after(&[(JSON, &[&LIST[..at], &LIST[at..]], true)])), "{at}");
            assert!(same(&after(&[(EVENTS, &[&event[..at], &event[at..]], true)])), "{at}");
        }
        for (kind, text) in [("application/json", LIST), ("text/event-stream", &event)] {
            let pairs = [("content-type", kind), ("content-encoding", "gzip")];
            assert!(same(&after(&[(&pairs, &[&gzip(text)], true)])), "{kind}");
        }
    }

    #[test]
    fn an_event_of_a_stream_that_does_not_end_is_known_at_once() {
        let (tools, mut watch) = (Tools::new(Clock::manual()), watch(false));
        watch.begins(&Sessions::default(), StatusCode::OK, &fields(EVENTS));
        watch.hears(&tools, &[b"data: ".as_slice(), LIST, b"\n\n"].concat());
        assert!(same(&tools.lock().account(&place(), "get")));
    }

    #[test]
    fn a_list_that_is_not_heard_is_known_to_be_missing() {
        let long = vec![b' '; MCP_ANSWER_BYTES_MAX];
        let coded = [("content-type", "application/json"), ("content-encoding", "compress")];
        let event = [b"data: ".as_slice(), &long, LIST, b"\n\n"].concat();
        for (pairs, pieces) in [
            (JSON, vec![LIST, &long]),
            (JSON, vec![b"{".as_slice()]),
            (JSON, vec![]),
            (JSON, vec![br#"{"id":1,"result":{}}"#.as_slice()]),
            (EVENTS, vec![b": nothing\n\n".as_slice()]),
            (EVENTS, vec![&event]),
            (&coded, vec![LIST]),
        ] {
            let unread = (pairs, pieces.as_slice(), true);
            assert!(matches!(after(&[unread]), Account::Unread(_)), "{pairs:?}");
            assert!(matches!(after(&[(JSON, &[LIST], true), unread]), Account::Doubtful(..)), "{pairs:?}");
            assert!(same(&after(&[(JSON, &[LIST], true), unread, (JSON, &[LIST], true)])), "{pairs:?}");
        }
    }

    #[test]
    fn an_answer_that_the_agent_did_not_get_whole_counts_only_where_it_says_something() {
        assert!(same(&after(&[(JSON, &[LIST], true), (JSON, &[&LIST[..9]], false)])));
        let changed = after(&[(JSON, &[LIST], true), (JSON, &[OTHER], false)]);
        assert!(matches!(changed, Account::Changed(..)));
    }

    #[test]
    fn an_error_is_an_answer_and_leaves_no_doubt() {
        let error = br#"{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"no session"}}"#;
        assert!(same(&after(&[(JSON, &[LIST], true), (JSON, &[error], true)])));
    }

    #[test]
    fn only_what_may_be_mcp_is_watched() {
        let head =
            Head { method: "GET".into(), origin: place().origin, target: "/".into(), fields: Vec::new() };
        let agent = Agent { name: "bot".into(), source: [127, 0, 0, 1].into(), advisory: false };
        let mut finding = Finding {
            effect: Effect::Read,
            dialect: "http",
            operation: String::new(),
            why: Vec::new(),
            declared: None,
        };
        assert!(Watch::of(&agent, &head, Some(&finding), &Asks::default()).is_none());
        finding.dialect = "mcp";
        assert!(!Watch::of(&agent, &head, Some(&finding), &Asks::default()).unwrap().is_declared);
        assert!(Watch::of(&agent, &head, None, &Asks::default()).is_some());
    }
}
