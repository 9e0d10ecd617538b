//! Figures, drawn by the server: holds and decisions over time, how long a decision took, what waits by agent, and what
//! people were asked about and always approved. Each drawing says in words what it shows, and since when it counts.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};

use crate::admin::{Office, Person};
use crate::approve::words::{count, duration, number};
use crate::clock::{Clock, Wall};
use crate::hold::tally::{Counts, DECISION_SECONDS, Kind};
use crate::hold::{AgentView, Figures};
use crate::limits;
use crate::page::chart::{Bar, Name, bars, over_time};
use crate::page::frame::Frame;
use crate::page::words::age;

/// `GET /figures`
pub async fn figures(State(office): State<Arc<Office>>, Extension(person): Extension<Person>) -> Response {
    let agents = office.desk.agents().await;
    let pending = agents.iter().map(|agent| agent.held).sum();
    let frame = Frame { title: "Figures", kind: "figures", person: Some(&person), pending };
    frame.around(StatusCode::OK, &page(&office.desk.figures(), &agents, Clock::system().now().wall))
}

fn page(figures: &Figures, agents: &[AgentView], now: Wall) -> Markup {
    html! {
        h1 { "Figures" }
        div #fresh {
            p.hint { "Counted since Holdpoint started, " (age(&figures.since.rfc3339(), now)) " ago." }
            section aria-labelledby="over-time" {
                h2 #over-time { "Holds and decisions over time" }
                p { (ended(&figures.total)) }
                (over_time(&figures.slots, figures.since, now))
            }
            section aria-labelledby="to-decision" {
                h2 #to-decision { "Time to decision" }
                (bars("How long people took", "Time", "Decisions", &times(figures)))
            }
            section aria-labelledby="by-agent" {
                h2 #by-agent { "Waiting by agent" }
                (bars("What waits now", "Agent", "Waiting", &by_agent(agents)))
            }
            section aria-labelledby="false-starts" {
                h2 #false-starts { "False starts" }
                p { "Asked and always approved, of the last " (limits::TALLY_KINDS) " kinds of requests that were decided: a grant or a rule could let these pass." }
                (bars("Always approved", "Operation", "Approved", &false_starts(&figures.kinds)))
            }
        }
    }
}

fn ended(total: &Counts) -> String {
    let Counts { held, approved, granted, denied, expired, cancelled } = *total;
    format!(
        "{}; {} approved, {} by a grant, {} denied, {} expired, {} cancelled.",
        count(held, "request") + " held",
        number(approved),
        number(granted),
        number(denied),
        number(expired),
        number(cancelled)
    )
}

fn times(figures: &Figures) -> Vec<Bar> {
    let span = |seconds: u64| match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3600),
    };
    let last = DECISION_SECONDS.last().copied().unwrap_or_default();
    let names = DECISION_SECONDS.iter().map(|seconds| format!("up to {}", span(*seconds)));
    let names = names.chain([format!("over {}", span(last))]);
    names.zip(figures.times).map(|(name, value)| Bar { name: Name::Ours(name), value }).collect()
}

fn by_agent(agents: &[AgentView]) -> Vec<Bar> {
    let waiting = agents.iter().filter(|agent| agent.held > 0);
    top(waiting.map(|agent| (vec![agent.name.clone()], agent.held as u64)))
}

fn false_starts(kinds: &[Kind]) -> Vec<Bar> {
    let always = kinds.iter().filter(|kind| kind.refused == 0 && kind.approved > 0);
    top(always.map(|kind| (vec![kind.operation.clone(), kind.origin.clone()], kind.approved)))
}

/// The largest, and all others as one.
fn top(all: impl Iterator<Item = (Vec<String>, u64)>) -> Vec<Bar> {
    let mut bars: Vec<Bar> = all.map(|(texts, value)| Bar { name: Name::Theirs(texts), value }).collect();
    bars.sort_by(|one, other| other.value.cmp(&one.value).then_with(|| one.name.cmp(&other.name)));
    let rest = bars.split_off(bars.len().min(limits::CHART_ROWS_MAX));
    if !rest.is_empty() {
        let value = rest.iter().map(|bar| bar.value).sum();
        let name = Name::Ours(format!("{} others", number(rest.len() as u64)));
        bars.push(Bar { name, value });
    }
    bars
}

/// How long one bar of the chart over time is.
pub fn slot() -> String {
    duration(limits::TALLY_SLOT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::{assert_only_ours, assert_quoted, payloads};

    fn agent(name: &str, held: usize) -> AgentView {
        AgentView { name: name.into(), held, waiting: 0, passed: 0, frozen: false, last_seen: None }
    }

    /// CASES AP-12
    #[test]
    fn what_an_agent_is_called_and_does_stands_behind_the_bar_in_a_figure() {
        let kind = Kind {
            operation: "POST /x always".into(),
            origin: "https://a.example".into(),
            approved: 3,
            refused: 0,
        };
        let figures = Figures { kinds: vec![kind], ..Figures::default() };
        let html = page(&figures, &[agent("bot-7", 3)], Wall(0)).into_string();
        for text in ["POST /x always", "https://a.example", "bot-7"] {
            assert_quoted("a figure", &html, text);
        }
    }

    /// CASES AP-13
    #[test]
    fn no_payload_in_a_figure_becomes_an_element() {
        for text in payloads() {
            let kind = Kind { operation: text.clone(), origin: text.clone(), approved: 3, refused: 0 };
            let slots =
                vec![Counts { held: 2, approved: 1, denied: 1, ..Counts::default() }; limits::TALLY_SLOTS];
            let figures = Figures { kinds: vec![kind], slots, ..Figures::default() };
            assert_only_ours(&text, &page(&figures, &[agent(&text, 3)], Wall(0)).into_string());
        }
    }

    #[test]
    fn a_chart_has_a_bounded_number_of_rows_the_largest_first() {
        let agents: Vec<_> = (0..100).map(|at| agent(&format!("bot-{at:03}"), at)).collect();
        let bars = by_agent(&agents);
        assert_eq!(bars.len(), limits::CHART_ROWS_MAX + 1);
        assert_eq!((&bars[0].name, bars[0].value), (&Name::Theirs(vec!["bot-099".into()]), 99));
        let last = bars.last().unwrap();
        assert_eq!((&last.name, last.value), (&Name::Ours("79 others".into()), (1..80).sum()));
        assert_eq!(bars.iter().map(|bar| bar.value).sum::<u64>(), 4950);
    }

    #[test]
    fn only_what_was_never_refused_is_a_false_start() {
        let kind = |operation: &str, approved, refused| Kind {
            operation: operation.into(),
            approved,
            refused,
            ..Kind::default()
        };
        let found = false_starts(&[kind("a", 3, 0), kind("b", 9, 1), kind("c", 0, 0), kind("d", 4, 0)]);
        let names: Vec<_> = found.into_iter().map(|bar| bar.name).collect();
        assert_eq!(names, ["d", "a"].map(|text| Name::Theirs(vec![text.into(), String::new()])));
    }
}
