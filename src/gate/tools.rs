//! tools: what MCP servers say of their own tools, shown and never believed, and whether a tool is still the one that
//! it was (CASES CL-31).
//!
//! The gate listens to the answers of declared MCP services as they stream by. A held call shows the server's hints,
//! marked as the server's; they change no effect. A tool that is a read by declaration and whose definition has changed
//! since it was first listed is a read no more: the declaration was made for the old one. The same where nobody can
//! tell whether it has changed. All this is in memory: a restart, and a config that is read again, learn anew, which is
//! how an operator says that the new definition is the one meant.

mod definition;
mod events;
mod known;
mod watch;

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::classify::{Asks, Effect, Finding};
use crate::clock::{Clock, Wall};
use crate::limits;
use crate::snapshot::Head;

use definition::{Definition, Hints};
use known::{Account, Known, Place};

pub use watch::Watch;

/// What is known of tools, for all connections.
pub struct Tools {
    clock: Clock,
    known: Mutex<Known>,
}

impl Tools {
    /// Knows nothing yet.
    pub fn new(clock: Clock) -> Self {
        Self { clock, known: Mutex::default() }
    }

    /// Knows nothing again: the operator's lists are new.
    pub fn forget(&self) {
        *self.lock() = Known::default();
    }

    /// Adds to a finding what is known of the tools that the request calls. `asks`: those of the bytes judged.
    pub fn consider(&self, head: &Head, asks: &Asks, finding: &mut Finding) {
        if asks.tools.is_empty() || !is_declared(finding) {
            return;
        }
        let place = Place::of(head);
        let known = self.lock();
        let accounts: Vec<_> =
            asks.tools.iter().map(|name| (subject(asks, name), known.account(&place, name))).collect();
        drop(known);
        // A mutation keeps its effect, by which the rules may ask for more than for what is unknown.
        let effect = if finding.effect == Effect::Read { Effect::Unknown } else { Effect::Read };
        for why in accounts.iter().filter_map(|(tool, account)| doubt(tool, account)).take(NOTES) {
            finding.raise(effect, format!("mcp: {why}"));
        }
        if finding.effect.is_mutating() {
            let said = accounts.iter().filter_map(|(tool, account)| said(tool, account)).take(NOTES);
            finding.why.extend(said.map(|said| format!("mcp: {said}")));
        }
    }

    fn learn(&self, place: &Place, list: &[Definition]) {
        let now = self.clock.now().wall;
        self.lock().learn(place, list, now);
    }

    fn unread(&self, place: &Place, why: &'static str) {
        let now = self.clock.now().wall;
        self.lock().unread(place, why, now);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

const NOTES: usize = limits::MCP_NOTES_MAX;

/// Whether somebody vouches for it as an MCP service; else every call is held anyway.
fn is_declared(finding: &Finding) -> bool {
    finding.dialect == "mcp" && finding.declared.is_some()
}

/// Names the tool where there are several. The name is the agent's text.
fn subject(asks: &Asks, name: &str) -> String {
    if asks.tools.len() == 1 {
        return "this tool".to_owned();
    }
    format!("the tool `{}`", name.chars().take(limits::LABEL_CHARS_MAX).collect::<String>())
}

/// Why a tool may not be the one that a declaration was made for.
fn doubt(tool: &str, account: &Account) -> Option<String> {
    Some(match account {
        Account::Changed(_, first, changed) => format!(
            "unknown: the definition of {tool} has changed since {}, when the server first listed it; the other was \
             seen at {}; what is declared of it was made for the old one, until the config is read again",
            minute(*first),
            minute(*changed)
        ),
        Account::Doubtful(_, unread) => format!(
            "unknown: whether the definition of {tool} has changed, nobody can tell: the server's list of {} {}",
            minute(unread.at),
            unread.why
        ),
        Account::Crowded => format!(
            "unknown: whether the definition of {tool} has changed, nobody can tell: the server lists more tools than \
             the {} that are remembered",
            limits::MCP_TOOLS_MAX
        ),
        Account::Same(_) | Account::Unheard | Account::Unlisted | Account::Unread(_) => return None,
    })
}

/// What the server says of a tool, or why that is not known.
fn said(tool: &str, account: &Account) -> Option<String> {
    Some(match account {
        Account::Same(hints) | Account::Doubtful(hints, _) | Account::Changed(hints, ..) => match *hints {
            Hints::NONE => format!("the server says nothing of what {tool} does"),
            hints => format!("the server says of {tool}: {hints} (not believed)"),
        },
        Account::Unread(unread) => {
            format!(
                "what the server says of {tool} is not known: its list of {} {}",
                minute(unread.at),
                unread.why
            )
        }
        Account::Unlisted => format!("{tool} is in no list of the server's that has gone by"),
        Account::Crowded | Account::Unheard => return None,
    })
}

/// `2026-11-21 14:05 UTC`
fn minute(at: Wall) -> String {
    let text = at.rfc3339();
    let (date, time) = text.split_once('T').unwrap_or_default();
    format!("{date} {} UTC", time.get(..5).unwrap_or(time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::{Host, Origin, Scheme};

    fn head() -> Head {
        let origin = Origin { scheme: Scheme::Https, host: Host::Name("mcp.example".into()), port: 443 };
        Head { method: "POST".into(), origin, target: "/mcp?a=b".into(), fields: Vec::new() }
    }

    fn tools() -> (Tools, Place) {
        (Tools::new(Clock::manual()), Place::of(&head()))
    }

    fn list(tools: &[&str]) -> Vec<Definition> {
        let text = format!(r#"{{"result":{{"tools":[{}]}}}}"#, tools.join(","));
        definition::told(text.as_bytes()).unwrap().tools
    }

    fn considered(tools: &Tools, effect: Effect, names: &[&str]) -> Finding {
        let mut finding = Finding {
            effect,
            dialect: "mcp",
            operation: "MCP tools/call".into(),
            why: Vec::new(),
            declared: Some("service `tools` (config)".into()),
        };
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        tools.consider(&head(), &Asks { tools: names, lists: false }, &mut finding);
        finding
    }

    /// CASES CL-31
    #[test]
    fn what_a_server_says_of_itself_is_shown_and_moves_no_effect() {
        let (tools, place) = tools();
        tools.learn(
            &place,
            &list(&[
                r#"{"name":"send","annotations":{"readOnlyHint":true}}"#,
                r#"{"name":"get","annotations":{"readOnlyHint":false,"destructiveHint":true}}"#,
                r#"{"name":"silent"}"#,
            ]),
        );
        for effect in Effect::ALL.into_iter().filter(|effect| effect.is_mutating()) {
            let finding = considered(&tools, effect, &["send"]);
            assert_eq!(finding.effect, effect);
            assert_eq!(finding.why, ["mcp: the server says of this tool: readOnlyHint true (not believed)"]);
        }
        let finding = considered(&tools, Effect::Unknown, &["silent"]);
        assert_eq!(finding.why, ["mcp: the server says nothing of what this tool does"]);
        let finding = considered(&tools, Effect::Read, &["get"]);
        assert_eq!((finding.effect, finding.why.len()), (Effect::Read, 0));
    }

    /// CASES CL-31
    #[test]
    fn a_declared_read_that_has_changed_is_unknown_and_one_that_has_not_is_a_read() {
        let (tools, place) = tools();
        tools.learn(&place, &list(&[r#"{"name":"get","description":"a"}"#, r#"{"name":"find"}"#]));
        tools.learn(&place, &list(&[r#"{"name":"get","description":"b"}"#, r#"{"name":"find"}"#]));
        assert_eq!(considered(&tools, Effect::Read, &["find"]).effect, Effect::Read);
        assert_eq!(considered(&tools, Effect::Read, &["never listed"]).effect, Effect::Read);
        let finding = considered(&tools, Effect::Read, &["get"]);
        assert_eq!(finding.effect, Effect::Unknown);
        assert!(finding.why[0].contains("the definition of this tool has changed since 20"), "{finding:?}");
        let finding = considered(&tools, Effect::Read, &["find", "get"]);
        assert_eq!(finding.effect, Effect::Unknown);
        assert!(finding.why[0].contains("the definition of the tool `get`"), "{finding:?}");
        tools.forget();
        assert_eq!(considered(&tools, Effect::Read, &["get"]).effect, Effect::Read);
    }

    #[test]
    fn the_changed_tool_behind_many_others_is_found_and_what_is_said_stays_short() {
        let (tools, place) = tools();
        tools.learn(&place, &list(&[r#"{"name":"get","description":"a"}"#]));
        tools.learn(&place, &list(&[r#"{"name":"get","description":"b"}"#]));
        let mut names = vec!["other"; 500];
        names.push("get");
        let finding = considered(&tools, Effect::Read, &names);
        assert_eq!(finding.effect, Effect::Unknown);
        assert!(finding.why.len() <= 2 * NOTES, "{}", finding.why.len());
    }

    #[test]
    fn a_mutation_that_has_changed_says_so_and_keeps_its_effect() {
        let (tools, place) = tools();
        tools.learn(&place, &list(&[r#"{"name":"share","description":"a"}"#]));
        tools.learn(&place, &list(&[r#"{"name":"share","description":"b"}"#]));
        let finding = considered(&tools, Effect::Permission, &["share"]);
        assert_eq!(finding.effect, Effect::Permission);
        assert!(finding.why[0].contains("has changed"), "{finding:?}");
    }

    #[test]
    fn a_minute_is_written_so_that_nobody_takes_it_for_local_time() {
        assert_eq!(minute(Wall::parse("2026-11-21T14:05:59.000Z").unwrap()), "2026-11-21 14:05 UTC");
    }
}
