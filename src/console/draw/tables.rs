//! Grants and agents.

use super::Canvas;
use crate::approve::Style;
use crate::hold::{AgentView, GrantView};

const GRANTS: &str = "  STATE    USED    LEFT AGENT        SCOPE     COVERS";
const NARROW_GRANTS: &str = "  STATE    USED  LEFT WHOSE, WHAT";
const AGENTS: &str = "  AGENT                    HELD  WAITING  PASSED  FROZEN  LAST SEEN";
const NARROW_AGENTS: &str = "  AGENT         HELD WAIT FROZEN SEEN";

impl Canvas<'_> {
    pub(super) fn grants(&mut self, top: u16, height: usize) {
        let state = self.state;
        self.put(0, top, if self.is_narrow() { NARROW_GRANTS } else { GRANTS }, Style::Quiet);
        if state.grants.is_empty() {
            self.put(0, top + 1, "  no grants", Style::Quiet);
        }
        let here = state.grants.iter().position(|grant| Some(&grant.id) == state.grant.as_ref());
        let rows: Vec<(String, Style)> = state.grants.iter().map(|grant| self.of_grant(grant)).collect();
        self.table(top, height, &rows, here);
    }

    fn of_grant(&self, grant: &GrantView) -> (String, Style) {
        let is_live = grant.state == "live";
        let left = if is_live { self.age(&grant.expires_at, -1) } else { String::new() };
        let style = if is_live { Style::Plain } else { Style::Quiet };
        if self.is_narrow() {
            let (state, used) = (self.fit(&grant.state, 8), format!("{}/{}", grant.used, grant.uses));
            let what = self.fit(&grant.covers, usize::from(self.area.width).saturating_sub(31));
            return (
                format!("{state:<8} {used:<5} {left:>4} {:<8} {what}", self.fit(&grant.agent, 8)),
                style,
            );
        }
        let text = format!(
            "{:<8} {:<6} {left:>5} {:<12} {:<9} {}",
            self.fit(&grant.state, 8),
            format!("{}/{}", grant.used, grant.uses),
            self.fit(&grant.agent, 12),
            grant.scope.as_str(),
            self.fit(&grant.covers, usize::from(self.area.width).saturating_sub(47)),
        );
        (text, style)
    }

    pub(super) fn agents(&mut self, top: u16, height: usize) {
        let state = self.state;
        self.put(0, top, if self.is_narrow() { NARROW_AGENTS } else { AGENTS }, Style::Quiet);
        if state.agents.is_empty() {
            self.put(0, top + 1, "  nobody is at work", Style::Quiet);
        }
        let here = state.agents.iter().position(|agent| Some(&agent.name) == state.agent.as_ref());
        let rows: Vec<(String, Style)> = state.agents.iter().map(|agent| self.of_agent(agent)).collect();
        self.table(top, height, &rows, here);
    }

    fn of_agent(&self, agent: &AgentView) -> (String, Style) {
        let seen = agent.last_seen.as_deref().map(|at| format!("{} ago", self.age(at, 1)));
        let style = if agent.frozen { Style::Warning } else { Style::Plain };
        let frozen = if agent.frozen { "yes" } else { "" };
        if self.is_narrow() {
            let (name, seen) = (self.fit(&agent.name, 13), seen.unwrap_or_default());
            return (format!("{name:<13} {:>4} {:>4} {frozen:<6} {seen}", agent.held, agent.waiting), style);
        }
        let text = format!(
            "{:<24} {:>4}  {:>7}  {:>6}  {:<6}  {}",
            self.fit(&agent.name, 24),
            agent.held,
            agent.waiting,
            agent.passed,
            frozen,
            seen.unwrap_or_default(),
        );
        (text, style)
    }

    /// As many rows as fit, the selected one among them.
    fn table(&mut self, top: u16, height: usize, rows: &[(String, Style)], here: Option<usize>) {
        let first = here.map_or(0, |here| (here + 1).saturating_sub(height));
        for (at, (text, style)) in rows.iter().enumerate().skip(first).take(height) {
            let y = top + 1 + (at - first) as u16;
            let sign = if here == Some(at) { '>' } else { ' ' };
            self.put(0, y, &format!("{sign} {text}"), *style);
            if here == Some(at) {
                self.invert(y);
            }
        }
    }
}
