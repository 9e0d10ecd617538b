//! Grants and agents.

use super::Canvas;
use crate::approve::Style;

impl Canvas<'_> {
    pub(super) fn grants(&mut self, top: u16, height: usize) {
        let state = self.state;
        self.put(
            0,
            top,
            "  STATE     USED     UNTIL                     AGENT        SCOPE      COVERS",
            Style::Quiet,
        );
        if state.grants.is_empty() {
            self.put(0, top + 1, "  no grants", Style::Quiet);
        }
        let here = state.grants.iter().position(|grant| Some(&grant.id) == state.grant.as_ref()).unwrap_or(0);
        let first = (here + 1).saturating_sub(height);
        for (at, grant) in state.grants.iter().skip(first).take(height).enumerate() {
            let is_selected = first + at == here;
            let text = format!(
                "{} {:<9} {:<8} {:<25} {:<12} {:<10} {}",
                if is_selected { '>' } else { ' ' },
                self.fit(&grant.state, 9),
                format!("{}/{}", grant.used, grant.uses),
                self.fit(&grant.expires_at, 25),
                self.fit(&grant.agent, 12),
                grant.scope.as_str(),
                self.fit(&grant.covers, usize::from(self.area.width).saturating_sub(71)),
            );
            let style = if grant.state == "live" { Style::Plain } else { Style::Quiet };
            self.put(0, top + 1 + at as u16, &text, style);
            if is_selected {
                self.invert(top + 1 + at as u16);
            }
        }
    }

    pub(super) fn agents(&mut self, top: u16, height: usize) {
        let state = self.state;
        self.put(0, top, "  AGENT                    HELD  WAITING  PASSED  FROZEN  LAST SEEN", Style::Quiet);
        if state.agents.is_empty() {
            self.put(0, top + 1, "  nobody is at work", Style::Quiet);
        }
        for (at, agent) in state.agents.iter().take(height).enumerate() {
            let text = format!(
                "  {:<24} {:>4}  {:>7}  {:>6}  {:<6}  {}",
                self.fit(&agent.name, 24),
                agent.held,
                agent.waiting,
                agent.passed,
                if agent.frozen { "yes" } else { "" },
                self.fit(agent.last_seen.as_deref().unwrap_or_default(), 25),
            );
            let style = if agent.frozen { Style::Warning } else { Style::Plain };
            self.put(0, top + 1 + at as u16, &text, style);
        }
        if state.agents.len() > height {
            let text = format!("and {} more", state.agents.len() - height);
            self.put(70, top, &text, Style::Warning);
        }
    }
}
