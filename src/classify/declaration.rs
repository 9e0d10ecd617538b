//! What an operator declares in a `[[service]]`: hosts, and a dialect or a product that the catalog knows, with the
//! operator's own word on operations.

use std::sync::Arc;

use crate::classify::Effect;
use crate::classify::catalog::File;
use crate::classify::dialect::Dialect;
use crate::classify::names::Table;
use crate::classify::service::{Documents, Entry, Service};
use crate::pattern::{HostPattern, PathPattern};

/// A `[[service]]`, checked.
#[derive(Clone, Debug)]
pub struct Declaration {
    name: Arc<str>,
    hosts: Vec<HostPattern>,
    paths: Vec<PathPattern>,
    entries: Vec<Arc<Entry>>,
    own: Table,
    documents: Documents,
}

impl Declaration {
    /// Hosts that speak a dialect.
    pub fn dialect(name: &str, hosts: Vec<HostPattern>, dialect: Dialect) -> Self {
        let entry = Entry {
            dialect,
            paths: Vec::new(),
            table: Table::default(),
            vocabulary: None,
            members: Vec::new(),
            batches: Vec::new(),
            parts: Vec::new(),
            sparql: false,
        };
        Self::with(name, hosts, vec![Arc::new(entry)])
    }

    /// Hosts where a product runs that a catalog file knows.
    pub fn product(name: &str, hosts: Vec<HostPattern>, file: &File) -> Self {
        Self::with(name, hosts, file.entries().cloned().collect())
    }

    fn with(name: &str, hosts: Vec<HostPattern>, entries: Vec<Arc<Entry>>) -> Self {
        let (own, documents) = (Table::default(), Documents::default());
        Self { name: name.into(), hosts, paths: Vec::new(), entries, own, documents }
    }

    /// The hosts that it is for.
    pub fn hosts(&self) -> &[HostPattern] {
        &self.hosts
    }

    /// Only at these paths.
    pub fn at(mut self, paths: Vec<PathPattern>) -> Self {
        self.paths = paths;
        self
    }

    /// What an operation does, by a name or pattern. The error is for people.
    pub fn says(&mut self, operation: &str, effect: Effect) -> Result<(), String> {
        self.own.add(operation, effect)
    }

    /// Adds what files beside the config say.
    pub fn documents(&mut self) -> &mut Documents {
        &mut self.documents
    }

    pub(super) fn into_services(self) -> Vec<Service> {
        let service = |entry: &Arc<Entry>| Service {
            name: self.name.clone(),
            source: "config".into(),
            hosts: self.hosts.clone(),
            paths: self.paths.clone(),
            own: self.own.clone(),
            entry: entry.clone(),
            documents: self.documents.clone(),
        };
        self.entries.iter().map(service).collect()
    }
}
