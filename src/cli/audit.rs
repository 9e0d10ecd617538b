//! `holdpoint audit verify|show|export`: reads the log's files itself, whether or not a server runs (SPEC section 4).
//!
//! Lines are printable ASCII by their form, so that `export` and `--json` may print them as they are once that was
//! looked at; a line that is not what the writer makes is never printed, only named. `show` spells letters of all
//! scripts out and escapes the rest, so that nothing in a record acts on a terminal (CASES AU-11).

use std::collections::HashSet;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Map, Value, json};
use unicode_width::UnicodeWidthChar;

use crate::approve::words::count;
use crate::audit::{Checkpoint, Line, Lines, Next, read_line, verify as verify_log};

/// Exit code: the log is whole, or what was asked for was shown.
pub const OK: u8 = 0;
/// Exit code: the log is not whole.
pub const FAILED: u8 = 1;
/// Exit code: the log could not be looked at, so that nothing is known of it.
pub const UNSEEN: u8 = 2;

/// Which records `show` shows.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only those that concern this hold (`--hold`): its id or its code.
    pub hold: Option<String>,
    /// Only this agent's (`--agent`).
    pub agent: Option<String>,
    /// Only this event (`--event`).
    pub event: Option<String>,
}

/// What a listing has met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// A record of the wanted hold.
    pub hold: bool,
    /// One of the wanted agent.
    pub agent: bool,
    /// One that was shown.
    pub any: bool,
}

impl Filter {
    /// `coded` gathers the ids of the holds that have the wanted code: the records of their exchanges name the id
    /// alone, and come later.
    fn takes(&self, line: &Line, coded: &mut HashSet<String>, found: &mut Found) -> bool {
        let text = |name: &str| line.fields.get(name).and_then(Value::as_str);
        let is =
            |wanted: &str, name: &str| text(name).is_some_and(|found| found.eq_ignore_ascii_case(wanted));
        let of_hold = self.hold.as_ref().is_none_or(|wanted| {
            if is(wanted, "hold_code") {
                coded.extend(text("hold").map(str::to_owned));
            }
            is(wanted, "hold") || text("hold").is_some_and(|id| coded.contains(id))
        });
        let of_agent = self.agent.as_ref().is_none_or(|wanted| is(wanted, "agent"));
        let taken = of_hold && of_agent && self.event.as_ref().is_none_or(|event| *event == line.event);
        let Found { hold, agent, any } = *found;
        *found = Found { hold: hold || of_hold, agent: agent || of_agent, any: any || taken };
        taken
    }
}

/// `audit verify`: prints a line (or with `json` an object) that says whether the log is whole, and what to note
/// elsewhere. `database` is the checkpoint that the database keeps, read before this is called.
pub fn verify(
    dir: &Path,
    checkpoint: Option<Checkpoint>,
    database: Option<Checkpoint>,
    json: bool,
    out: &mut dyn Write,
) -> io::Result<u8> {
    match verify_log(dir, checkpoint, database) {
        Ok(whole) if json => {
            let last = (!whole.last.is_start()).then(|| whole.last.to_string());
            let text = json!({
                "whole": true, "segments": whole.segments, "records": whole.records, "checkpoint": last,
                "compared": !whole.compared.is_empty(), "first_at": whole.first_at, "last_at": whole.last_at,
                "clock_backs": whole.clock_backs, "unfinished_bytes": whole.unfinished_bytes,
            });
            writeln!(out, "{text}")?;
            Ok(OK)
        }
        Ok(whole) => {
            let (records, segments) =
                (count(whole.records, "record"), count(whole.segments as u64, "segment"));
            writeln!(out, "whole: {records} in {segments}")?;
            if let (Some(first), Some(last)) = (&whole.first_at, &whole.last_at) {
                writeln!(out, "from {first} to {last}")?;
                writeln!(out, "checkpoint {}", whole.last)?;
            }
            if whole.clock_backs > 0 {
                writeln!(out, "the clock was set back before {} records", whole.clock_backs)?;
            }
            if whole.unfinished_bytes > 0 {
                let bytes = whole.unfinished_bytes;
                writeln!(
                    out,
                    "the last line is unfinished ({bytes} bytes): it is being written, or a crash left it"
                )?;
            }
            match whole.compared.as_slice() {
                [] => writeln!(
                    out,
                    "no checkpoint to compare with: a log cut or rewritten as a whole would look the same"
                )?,
                names => writeln!(out, "compared with {}", names.join(" and "))?,
            }
            Ok(OK)
        }
        Err(broken) if broken.unread => {
            let what = visible(&broken.to_string());
            if json {
                writeln!(out, "{}", json!({ "whole": null, "what": what }))?;
            } else {
                writeln!(out, "could not look at all of it, so nothing is known: {what}")?;
            }
            Ok(UNSEEN)
        }
        Err(broken) if json => {
            let text = json!({
                "whole": false, "file": broken.file.to_string_lossy(), "line": broken.line, "seq": broken.seq,
                "what": broken.what,
            });
            writeln!(out, "{text}")?;
            Ok(FAILED)
        }
        Err(broken) => {
            writeln!(out, "not whole: {}", visible(&broken.to_string()))?;
            Ok(FAILED)
        }
    }
}

/// `audit show`: one readable line for each record that the filter takes, or with `json` the raw line.
pub fn show(
    dir: &Path,
    filter: &Filter,
    json: bool,
    found: &mut Found,
    out: &mut dyn Write,
) -> io::Result<u8> {
    let mut coded = HashSet::new();
    each(dir, out, |line, raw, out| match (filter.takes(line, &mut coded, found), json) {
        (false, _) => Ok(()),
        (true, true) => put(out, raw),
        (true, false) => writeln!(out, "{}", readable(line)),
    })
}

/// `audit export`: all lines, as they are.
pub fn export(dir: &Path, out: &mut dyn Write) -> io::Result<u8> {
    each(dir, out, |_, raw, out| put(out, raw))
}

fn each(
    dir: &Path,
    out: &mut dyn Write,
    mut use_line: impl FnMut(&Line, &[u8], &mut dyn Write) -> io::Result<()>,
) -> io::Result<u8> {
    let mut code = OK;
    let mut lines = match Lines::of_log(dir) {
        Ok(lines) => lines,
        Err(error) => {
            writeln!(out, "{} cannot be read: {error}", visible(&dir.to_string_lossy()))?;
            return Ok(FAILED);
        }
    };
    loop {
        let wrong = match lines.advance() {
            Ok(Next::End) => return Ok(code),
            Ok(Next::Unfinished(_)) => continue,
            Ok(Next::Line) => match read_line(lines.bytes()) {
                Ok(line) => {
                    use_line(&line, lines.bytes(), out)?;
                    continue;
                }
                Err(what) => (what, true),
            },
            Ok(Next::TooLong) => ("the line is longer than a record may be".to_owned(), false),
            Err(error) => (format!("cannot be read: {error}"), false),
        };
        let (what, goes_on) = wrong;
        let spot = lines.spot();
        writeln!(out, "{}, line {}: {}", visible(&spot.file.to_string_lossy()), spot.line, visible(&what))?;
        code = FAILED;
        if !goes_on {
            return Ok(code);
        }
    }
}

fn put(out: &mut dyn Write, raw: &[u8]) -> io::Result<()> {
    out.write_all(raw)?;
    out.write_all(b"\n")
}

/// Number, time, event, who, what; then the other fields in the order of their names.
fn readable(line: &Line) -> String {
    let mut fields = line.fields.clone();
    let mut text = format!("{:>6} {} {:<10}", line.seq, line.at.rfc3339(), visible(&line.event));
    if let Some(agent) = take_text(&mut fields, "agent") {
        text.push_str(&format!(" {}", visible(&agent)));
    }
    let place = ["method", "scheme", "host", "path"].map(|name| take_text(&mut fields, name));
    if let [Some(method), Some(scheme), Some(host), Some(path)] = place {
        let port = fields.remove("port").map(|port| format!(":{port}")).unwrap_or_default();
        text.push_str(&visible(&format!(" {method} {scheme}://{host}{port}{path}")));
    }
    let mut rest: Vec<_> = fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
    rest.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
    for (name, value) in rest {
        text.push_str(&format!(" {}={}", visible(&name), word(&value)));
    }
    text
}

fn take_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    match fields.get(name) {
        Some(Value::String(_)) => fields.remove(name).and_then(|value| value.as_str().map(str::to_owned)),
        _ => None,
    }
}

/// A value that can be told from its neighbours: quoted where it has a blank, a quote or nothing in it.
fn word(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() || text.contains([' ', '"', '=']) => {
            format!("\"{}\"", visible(text).replace('"', "\\\""))
        }
        Value::String(text) => visible(text),
        other => visible(&other.to_string()),
    }
}

/// Printable ASCII and the letters and digits of all scripts as they are; everything else as `\u{…}`.
fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        let letter = character.is_alphanumeric() && character.width().is_some_and(|width| width > 0);
        match character {
            '\\' => out.push_str("\\\\"),
            ' '..='~' => out.push(character),
            _ if letter => out.push(character),
            _ => out.extend(character.escape_unicode()),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;
    use crate::audit::{Audit, Event, Record};
    use crate::clock::Clock;

    async fn log() -> (TempDir, Checkpoint) {
        let dir = tempfile::tempdir().unwrap();
        let audit = Audit::open(dir.path(), Clock::system(), None).unwrap();
        let held = Record::new(Event::Held).with("hold", "0193-1").with("agent", "triage-bot");
        let held = held.with("method", "POST").with("scheme", "https").with("host", "forum.example");
        audit.record(held.with("port", 443).with("path", "/posts")).await.unwrap();
        let decided = Record::new(Event::Decided).with("hold", "0193-1").with("approver", "ops");
        audit.record(decided.with("reason", "no\u{1b}[2J \u{202e}да\n")).await.unwrap();
        audit.record(Record::new(Event::Held).with("hold", "0193-2").with("agent", "other")).await.unwrap();
        (dir, audit.durable())
    }

    fn shown(dir: &TempDir, filter: &Filter, json: bool) -> (u8, String) {
        let mut out = Vec::new();
        let code = show(dir.path(), filter, json, &mut Found::default(), &mut out).unwrap();
        (code, String::from_utf8(out).unwrap())
    }

    #[tokio::test]
    async fn a_whole_log_is_told_with_its_checkpoint_and_a_cut_one_with_its_first_bad_record() {
        let (dir, end) = log().await;
        let mut out = Vec::new();
        assert_eq!(verify(dir.path(), None, Some(end.clone()), false, &mut out).unwrap(), OK);
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("whole: 3 records in 1 segment\n"), "{text}");
        assert!(text.contains(&format!("checkpoint {end}")), "{text}");

        let file = dir.path().join("00000001.jsonl");
        let lines = fs::read_to_string(&file).unwrap();
        fs::write(&file, lines.split_inclusive('\n').take(2).collect::<String>()).unwrap();
        let mut out = Vec::new();
        assert_eq!(verify(dir.path(), None, Some(end), true, &mut out).unwrap(), FAILED);
        let told: Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(
            (told["whole"].as_bool(), told["seq"].as_u64(), told["line"].as_u64()),
            (Some(false), Some(3), Some(3))
        );
    }

    #[tokio::test]
    async fn a_record_is_shown_on_one_line_that_no_value_can_break() {
        let (dir, _) = log().await;
        let (code, text) = shown(&dir, &Filter::default(), false);
        assert_eq!((code, text.lines().count()), (OK, 3));
        assert!(
            text.contains("held       triage-bot POST https://forum.example:443/posts hold=0193-1"),
            "{text}"
        );
        assert!(text.contains(r#"reason="no\u{1b}[2J \u{202e}да\u{a}""#), "{text}");
    }

    #[tokio::test]
    async fn a_filter_takes_only_what_has_all_it_names() {
        let (dir, _) = log().await;
        let hold = Filter { hold: Some("0193-1".into()), ..Filter::default() };
        assert_eq!(shown(&dir, &hold, true).1.lines().count(), 2);
        let both = Filter { event: Some("held".into()), ..hold.clone() };
        assert_eq!(shown(&dir, &both, true).1.lines().count(), 1);
        let none = Filter { agent: Some("other".into()), ..hold };
        assert_eq!(shown(&dir, &none, true), (OK, String::new()));
    }

    /// The code of a refusal is no hold's, however it is spelt.
    #[tokio::test]
    async fn a_hold_is_found_by_its_code_with_the_exchanges_that_name_its_id_alone() {
        let dir = tempfile::tempdir().unwrap();
        let audit = Audit::open(dir.path(), Clock::system(), None).unwrap();
        let of = |event, hold: &str| Record::new(event).with("hold", hold);
        for record in [
            of(Event::Held, "0193-1").with("hold_code", "DENY"),
            of(Event::Held, "0193-2").with("hold_code", "K7QF"),
            of(Event::Exchange, "0193-1").with("status", 200),
            of(Event::Refused, "0193-2").with("code", "deny"),
        ] {
            audit.record(record).await.unwrap();
        }
        let by = |text: &str| shown(&dir, &Filter { hold: Some(text.into()), ..Filter::default() }, true).1;
        assert_eq!(by("deny").lines().count(), 2);
        assert_eq!(by("deny"), by("0193-1"));
        assert_eq!(by("K7QF"), by("0193-2"));
        assert_eq!(by("held"), "");
    }

    #[tokio::test]
    async fn an_export_is_the_files_and_a_line_that_was_changed_is_named_and_not_printed() {
        let (dir, _) = log().await;
        let file = dir.path().join("00000001.jsonl");
        let mut out = Vec::new();
        assert_eq!(export(dir.path(), &mut out).unwrap(), OK);
        assert_eq!(out, fs::read(&file).unwrap());

        let text = fs::read_to_string(&file).unwrap().replace("triage-bot", "\u{1b}]0;owned\u{7}");
        fs::write(&file, text).unwrap();
        let mut out = Vec::new();
        assert_eq!(export(dir.path(), &mut out).unwrap(), FAILED);
        assert!(!out.contains(&0x1b));
        assert!(String::from_utf8(out).unwrap().contains("line 1: the line is not"));
    }

    #[test]
    fn a_log_that_is_not_there_fails() {
        let dir = tempfile::tempdir().unwrap();
        let (code, text) = shown(&dir, &Filter::default(), false);
        assert_eq!((code, text.as_str()), (OK, ""));
        assert_eq!(
            show(&dir.path().join("none"), &Filter::default(), false, &mut Found::default(), &mut Vec::new())
                .unwrap(),
            FAILED
        );
    }
}
