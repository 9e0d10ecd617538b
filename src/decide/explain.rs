//! The same decision with its reasons: which rule or default decides, and by what the ones above it do not match. It
//! asks the very functions that decide, so that it cannot tell another story.

use crate::agent::Agent;
use crate::classify::Finding;
use crate::decide::readings::{Reading, Readings};
use crate::decide::rule::{Match, Miss};
use crate::decide::when::Content;
use crate::decide::{Asked, Denial, Policy, Rule, Verdict};
use crate::snapshot::{Body, Head};

/// A decision and the way to it.
#[derive(Debug)]
pub struct Explained {
    /// What `decide` says.
    pub verdict: Verdict,
    /// The rules in their order, down to the one that decides, or to the default.
    pub steps: Vec<Step>,
    /// Method and path as the service may read them, where that reading decides and is not the plain one.
    pub reading: Option<(String, String)>,
}

/// What one rule or default said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The rule's name, or `defaults.mutating` and the like.
    pub rule: String,
    /// Whether it decides.
    pub decides: bool,
    /// Why it does, or by which key it does not match. Holds patterns of the config and words of the request.
    pub why: String,
}

impl Policy {
    /// Decides with everything at hand, and says how.
    pub fn explain(&self, agent: &Agent, head: &Head, finding: &Finding, body: &Body) -> Explained {
        let verdict = self.decide(agent, head, finding, body);
        if matches!(verdict, Verdict::Deny(Denial::UnknownHost)) {
            let why = format!("no rule and no service names {}", head.origin.authority());
            let step = Step { rule: "defaults.unknown_host".to_owned(), decides: true, why };
            return Explained { verdict, steps: vec![step], reading: None };
        }
        let asked = Asked::new(agent, head, Some(finding), Content::Whole(body));
        let readings = Readings::of(head);
        let choices =
            readings.each().map(|reading| self.first(&asked, reading).map(|ruling| ruling.strength()));
        // The first of the strictest, as `decide` takes it.
        let strictest = choices
            .enumerate()
            .fold((0, None), |known, (index, choice)| if choice > known.1 { (index, choice) } else { known });
        let Some(reading) = readings.each().nth(strictest.0) else {
            return Explained { verdict, steps: Vec::new(), reading: None };
        };
        let plain = reading.method == head.method && reading.path == head.path().as_bytes();
        let path = || String::from_utf8_lossy(reading.path).into_owned();
        let reading_of = (!plain).then(|| (reading.method.to_owned(), path()));
        Explained { verdict, steps: self.steps(&asked, finding, reading), reading: reading_of }
    }

    fn steps(&self, asked: &Asked<'_>, finding: &Finding, reading: Reading<'_>) -> Vec<Step> {
        let mut steps = Vec::new();
        for rule in &self.rules {
            let (decides, why) = match rule.matches(asked, reading) {
                Match::No(miss) => (false, rule.missed_by(miss, asked, reading)),
                Match::NeedsMore => (false, "something is not known".to_owned()),
                Match::Yes(None) => (true, "all its keys match".to_owned()),
                Match::Yes(Some(failure)) => {
                    (true, format!("its `when` cannot be evaluated ({failure}), and it does not allow"))
                }
            };
            steps.push(Step { rule: rule.name.clone(), decides, why });
            if decides {
                return steps;
            }
        }
        let why = format!("no rule matches, and the effect is {}", finding.effect);
        steps.push(Step { rule: self.by_default(finding).rule.to_owned(), decides: true, why });
        steps
    }
}

impl Rule {
    fn missed_by(&self, miss: Miss, asked: &Asked<'_>, reading: Reading<'_>) -> String {
        let among = |key: &str, value: &str, values: Vec<&str>| {
            format!("{key}: {value} is not among {}", values.join(", "))
        };
        let texts = |values: &[String]| values.iter().map(String::as_str).collect::<Vec<_>>().join(", ");
        match miss {
            Miss::Agent => among("agent", &asked.agent.name, vec![&texts(&self.agent)]),
            Miss::Effect => {
                let effect = asked.finding.map_or("?", |finding| finding.effect.as_str());
                among("effect", effect, self.effect.iter().map(|effect| effect.as_str()).collect())
            }
            Miss::Host => {
                let hosts = self.host.iter().map(|host| host.as_str()).collect();
                among("host", &asked.head.origin.to_string(), hosts)
            }
            Miss::Method => among("method", reading.method, vec![&texts(&self.method)]),
            Miss::Path => {
                let paths = self.path.iter().map(|path| path.as_str()).collect();
                among("path", &String::from_utf8_lossy(reading.path), paths)
            }
            Miss::Unclear => "the request can be read in more ways than one, so no rule allows it".to_owned(),
            Miss::When => "when: it is false".to_owned(),
            Miss::WhenFailed(failure) => {
                format!("when: it cannot be evaluated ({failure}), so the rule does not allow")
            }
        }
    }
}
