//! Names as a test wants them: everything under `.example`, and `localhost`, is this machine, unless the test says
//! otherwise, answer by answer. No test asks the machine's own resolver.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use holdpoint::forward::Resolve;

/// Names that the certificates of the tests' upstreams carry.
pub const NAMES: [&str; 5] = ["127.0.0.1", "localhost", "good.example", "other.example", "third.example"];

/// A resolver that counts how often it was asked.
#[derive(Clone, Default)]
pub struct Names(Arc<Mutex<Table>>);

#[derive(Default)]
struct Table {
    answers: BTreeMap<String, Vec<Vec<IpAddr>>>,
    lookups: BTreeMap<String, usize>,
}

impl Names {
    /// The name has these addresses, lookup by lookup; the last answer stays.
    pub fn set(&self, name: &str, answers: &[&[&str]]) {
        let parse = |answer: &&[&str]| answer.iter().map(|ip| ip.parse().expect("an address")).collect();
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.answers.insert(name.into(), answers.iter().map(parse).collect());
    }

    /// How often the name was looked up.
    pub fn lookups(&self, name: &str) -> usize {
        let table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        table.lookups.get(name).copied().unwrap_or(0)
    }

    fn answer(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let mut table = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = table.lookups.entry(name.into()).or_default();
        *count += 1;
        let nth = *count - 1;
        match table.answers.get(name) {
            Some(answers) => Ok(answers[nth.min(answers.len() - 1)].clone()),
            None if name.ends_with(".example") || name == "localhost" => Ok(vec![Ipv4Addr::LOCALHOST.into()]),
            None => Err(io::Error::new(io::ErrorKind::NotFound, "no such name")),
        }
    }
}

impl Resolve for Names {
    fn resolve<'a>(
        &'a self,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
        Box::pin(async move { self.answer(name) })
    }
}
