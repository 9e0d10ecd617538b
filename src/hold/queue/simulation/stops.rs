//! Freezes come and go, by people and by the file.

use super::*;

impl World {
    /// Whether the model says so.
    pub(super) fn is_frozen(&self, agent: &str) -> bool {
        self.file || self.frozen.contains_key(&None) || self.frozen.contains_key(&Some(agent.to_owned()))
    }

    pub(super) fn freeze(&mut self) {
        let agent = self.whom();
        let by = By::Approver("p".to_owned());
        let freeze = Freeze { agent: agent.clone(), reason: None, by, at: self.now.wall.0 };
        self.tell(Event::Freeze(freeze)).expect("a freeze is always taken");
        assert!(self.frozen.contains_key(&agent), "stored before it is told");
        self.nothing_starts();
    }

    pub(super) fn thaw(&mut self) {
        let agent = self.whom();
        let there = self.frozen.contains_key(&agent);
        let thawed = self.tell(Event::Thaw(agent, "p".to_owned()));
        assert_eq!(thawed.is_ok(), there);
    }

    pub(super) fn file(&mut self) {
        self.tell(Event::Tick).expect("a tick is always taken");
        self.file = !self.file;
        let text = self.file.then(|| "stop".to_owned());
        self.tell(Event::File(text)).expect("the file is always taken");
        self.nothing_starts();
    }

    fn whom(&mut self) -> Option<String> {
        [None, Some("a"), Some("b")][self.chance.below(3)].map(str::to_owned)
    }

    /// No release that is out opens anything any more, of those who are stopped.
    fn nothing_starts(&mut self) {
        for (hold, release, _, _, sending) in self.out.clone() {
            let stopped = self.disk.get(&hold).is_some_and(|row| self.is_frozen(&row.facts.agent));
            if stopped && !sending {
                assert!(self.tell(Event::Sending(hold, release)).is_err(), "started after a freeze");
            }
        }
        self.out.retain(|(hold, _, _, _, sending)| {
            *sending || self.queue.hold(*hold).is_some_and(|entry| !self.queue.is_frozen(&entry.facts.agent))
        });
    }
}
