//! Who is at work, what is frozen, and the forms that freeze and thaw.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};

use crate::admin::{Office, Person};
use crate::clock::{Clock, Wall};
use crate::hold::{AgentView, FreezeView};
use crate::limits;
use crate::page::frame::{Frame, pending};
use crate::page::words::{age, shown, theirs};

/// `GET /agents`
pub async fn agents(State(office): State<Arc<Office>>, Extension(person): Extension<Person>) -> Response {
    let (agents, freezes) = (office.desk.agents().await, office.desk.freezes().await);
    let pending = pending(&office).await;
    let frame = Frame { title: "Agents", kind: "agents", person: Some(&person), pending };
    frame.around(StatusCode::OK, &page(&agents, &freezes, Clock::system().now().wall))
}

fn page(agents: &[AgentView], freezes: &[FreezeView], now: Wall) -> Markup {
    html! {
        h1 { "Agents" }
        div #fresh {
            @for freeze in freezes { (on(freeze, now)) }
            @if agents.is_empty() { p.empty { "No agent has asked for anything but reads lately." } }
            ul.cards { @for agent in agents { li { (card(agent, now)) } } }
            @if freezes.iter().all(|freeze| freeze.agent.is_some()) {
                details {
                    summary.danger { "Freeze everybody …" }
                    (ask("all", "", "Nothing that mutates is sent any more, of any agent, until somebody thaws it."))
                }
            }
        }
    }
}

fn card(agent: &AgentView, now: Wall) -> Markup {
    html! {
        h2.name { "Agent" @if agent.frozen { " " span.mark { "frozen" } } }
        div.theirs-of { (theirs(&agent.name, limits::NAME_BYTES_MAX)) }
        p {
            (agent.held) " waiting, " (agent.waiting) " connected, " (agent.passed) " let through lately"
            @if let Some(seen) = &agent.last_seen { ", seen " (age(seen, now)) " ago" }
        }
        @if !agent.frozen {
            details {
                summary { "Freeze …" }
                (ask("agent", &agent.name, "Nothing that mutates is sent for it any more until somebody thaws it."))
            }
        }
    }
}

fn ask(whose: &str, agent: &str, what: &str) -> Markup {
    html! {
        form method="post" action="/freeze" {
            input type="hidden" name="whose" value=(whose);
            @if !agent.is_empty() { input type="hidden" name="agent" value=(agent); }
            p { (what) }
            label { "Why? Everybody is told (may be empty). " input name="reason" autocomplete="off"; }
            button.danger { @if agent.is_empty() { "Freeze everybody" } @else { "Freeze this agent" } }
        }
    }
}

/// Freezes by a file end with the file.
fn on(freeze: &FreezeView, now: Wall) -> Markup {
    let whom = if freeze.agent.is_some() { "this agent" } else { "everybody" };
    html! {
        div.alert {
            p {
                strong { "Frozen: " (whom) } ", by " (shown(&freeze.by)) " " (age(&freeze.at, now)) " ago"
                @if let Some(reason) = &freeze.reason { ": " q { (shown(reason)) } }
            }
            @if let Some(agent) = &freeze.agent { p { (theirs(agent, limits::NAME_BYTES_MAX)) } }
            @if freeze.by == "file" {
                p { "It ends when the file " code { "freeze" } " in the state directory is removed." }
            } @else {
                details {
                    summary { "Thaw …" }
                    form method="post" action="/thaw" {
                        input type="hidden" name="whose" value=(if freeze.agent.is_some() { "agent" } else { "all" });
                        @if let Some(agent) = &freeze.agent { input type="hidden" name="agent" value=(agent); }
                        input type="hidden" name="by" value=(freeze.by);
                        input type="hidden" name="at" value=(freeze.at);
                        p { "What was approved meanwhile is sent at once." }
                        button.danger { "Thaw " (whom) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::{assert_only_ours, assert_quoted, payloads};

    /// CASES AP-12
    #[test]
    fn an_agent_s_name_stands_behind_the_bar() {
        let agent = AgentView {
            name: "bot, thawed".into(),
            held: 1,
            waiting: 1,
            passed: 1,
            frozen: false,
            last_seen: None,
        };
        let freeze = FreezeView {
            agent: Some("bot, thawed".into()),
            reason: None,
            by: "ops".into(),
            at: String::new(),
        };
        assert_quoted("an agent", &page(&[agent], &[freeze], Wall(0)).into_string(), "bot, thawed");
    }

    /// CASES AP-13
    #[test]
    fn no_payload_in_a_name_or_a_reason_becomes_an_element() {
        for text in payloads() {
            let agent = AgentView {
                name: text.clone(),
                held: 1,
                waiting: 1,
                passed: 1,
                frozen: false,
                last_seen: Some(text.clone()),
            };
            let freeze = FreezeView {
                agent: Some(text.clone()),
                reason: Some(text.clone()),
                by: text.clone(),
                at: text.clone(),
            };
            assert_only_ours(&text, &page(&[agent], &[freeze], Wall(0)).into_string());
        }
    }
}
