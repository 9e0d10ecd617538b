//! Which services are declared for an origin: the operator's in the order of the config, then the catalog's, those
//! with the longer host pattern first. A lookup costs a few hash lookups, whatever the number of services.

use std::collections::HashMap;

use crate::classify::service::Service;
use crate::origin::{Host, Origin};
use crate::pattern::path_is_odd;
use crate::snapshot::Head;

/// All of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Services {
    operator: Index,
    catalog: Index,
}

/// Services by what their host patterns end with.
#[derive(Clone, Debug, Default)]
struct Index {
    services: Vec<Service>,
    /// The last labels without a wildcard, or the whole host: the services that have such a pattern.
    by_suffix: HashMap<String, Vec<usize>>,
    /// The services that are declared for an address.
    by_address: HashMap<Host, Vec<usize>>,
}

impl Services {
    pub(super) fn new(operator: Vec<Service>, catalog: Vec<Service>) -> Self {
        Self { operator: Index::new(operator), catalog: Index::new(catalog) }
    }

    /// Those that are declared for a request, in the order in which they are asked. None for an odd path.
    pub(super) fn of<'a>(&'a self, head: &'a Head) -> impl Iterator<Item = &'a Service> {
        let mut operator = self.operator.candidates(&head.origin);
        operator.sort_unstable();
        let operator = operator.into_iter().map(|index| &self.operator.services[index]);
        let catalog = self.catalog.candidates(&head.origin);
        let catalog = catalog.into_iter().map(|index| &self.catalog.services[index]);
        let path = head.path();
        operator
            .chain(catalog)
            .filter(move |service| service.covers(&head.origin, path))
            .filter(move |_| !path_is_odd(path))
    }
}

impl Index {
    fn new(services: Vec<Service>) -> Self {
        let mut by_suffix: HashMap<String, Vec<usize>> = HashMap::new();
        let mut by_address: HashMap<Host, Vec<usize>> = HashMap::new();
        for (index, service) in services.iter().enumerate() {
            for host in &service.hosts {
                let known = match host.address() {
                    Some(address) => by_address.entry(address.clone()).or_default(),
                    None => by_suffix.entry(host.suffix()).or_default(),
                };
                if known.last() != Some(&index) {
                    known.push(index);
                }
            }
        }
        Self { services, by_suffix, by_address }
    }

    /// From the longest suffix to the shortest, each service once. Allocates only where there is one.
    fn candidates(&self, origin: &Origin) -> Vec<usize> {
        let Host::Name(name) = &origin.host else {
            return self.by_address.get(&origin.host).cloned().unwrap_or_default();
        };
        let mut found = Vec::new();
        let mut take = |suffix: &str| {
            for index in self.by_suffix.get(suffix).into_iter().flatten() {
                if !found.contains(index) {
                    found.push(*index);
                }
            }
        };
        let mut rest = name.as_str();
        take(rest);
        while let Some((_, tail)) = rest.split_once('.') {
            take(tail);
            rest = tail;
        }
        take("");
        found
    }
}
