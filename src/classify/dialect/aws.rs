//! AWS, all services: query and EC2 (`Action=`), JSON 1.0 and 1.1 (`x-amz-target`), Smithy RPC v2 CBOR, REST-JSON and
//! REST-XML (https://smithy.io/2.0/aws/protocols/index.html).
//!
//! Where the wire names the operation, its name is `service:Operation`, and its verb says what it does by AWS's own
//! custom of naming (`words.toml`, `aws`). Where it does not, the name is `service:METHOD /path`, so that a catalog can
//! speak of routes; S3, whose sub-resources are documented one by one, has names (`s3:PutBucketPolicy`).
//!
//! One reading only: a request that could be dispatched in two ways (a target and an action, an action twice, a target
//! on a path) is unclear, because an agent chooses what it sends and the service chooses what it looks at.

mod host;
mod place;
mod rest;
mod s3;
mod scope;
mod wire;

use crate::classify::asked::Asked;
use crate::classify::dialect::Dialect;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::vocabulary::{self, Vocabulary};
use crate::classify::{Effect, catalog};

use place::{Place, Tongue};
use wire::Said;

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let place = Place::of(asked)?;
    if place.tongue == Tongue::Buckets {
        return s3::read(asked, &place);
    }
    let operations = match wire::read(asked, &place)? {
        Said::Operation(name) => place.names().map(|service| by_name(service, &name)).collect(),
        Said::Route => routes(asked, &place)?,
        // A service that looks at the path may not look at the action, and the other way round: the worse stands.
        Said::OperationAndRoute(name) => {
            let mut all = routes(asked, &place)?;
            all.extend(place.names().map(|service| by_name(service, &name)));
            all
        }
    };
    Ok(operations)
}

/// An operation that the wire names.
fn by_name(service: &str, operation: &str) -> Operation {
    let name = format!("{service}:{operation}");
    let label = super::bounded(&format!("AWS {name}"));
    match words().and_then(|words| words.effect(operation)) {
        Some(effect) => {
            Operation::named(name, label).says(effect, "AWS names what its operations do by their verbs")
        }
        None => Operation::named(name, label),
    }
}

/// An operation that only method and path tell.
fn routes(asked: &Asked<'_>, place: &Place) -> Reading {
    let head = asked.head;
    let (effect, why) = rest::judge(asked)?;
    let parameters: Vec<_> =
        asked.query()?.into_iter().map(|(key, value)| (key.into_owned(), value)).collect();
    let route = |service: &str| {
        let name = format!("{service}:{} {}", head.method, head.path());
        let label = super::bounded(&format!("AWS {service} {} {}", head.method, head.path()));
        let mut operation = Operation::named(name, label).says(effect, why);
        operation.parameters.clone_from(&parameters);
        match by_catalog(asked, &operation) {
            Some(effect) => operation.says(effect, "the catalog names the route as what changes something"),
            None => operation,
        }
    };
    Ok(place.names().map(route).collect())
}

/// An odd path (`%2F` of a resource's name in it) matches no service, so that nothing vouches for a read; what the
/// catalog has as a mutation is one all the same, by whatever name.
fn by_catalog(asked: &Asked<'_>, operation: &Operation) -> Option<Effect> {
    if asked.service.is_some() {
        return None;
    }
    let mut entries = catalog::find("aws")?.entries().filter(|entry| entry.dialect == Dialect::Aws);
    let known = entries.find_map(|entry| entry.table.find(operation.lookup()))?;
    Some(known.effect).filter(|effect| effect.is_mutating())
}

/// The verbs and nouns of AWS.
fn words() -> Option<&'static Vocabulary> {
    catalog::words("aws")
}

/// In AWS's shape, but nobody can tell; without a declaration it is somebody else's request.
fn unclear(asked: &Asked<'_>, why: &str) -> Otherwise {
    match asked.service {
        Some(_) => Otherwise::unclear(why),
        None => Otherwise::NotMine,
    }
}

/// The effect of a name's words, where it is no read.
fn raised(name: &str) -> Option<Effect> {
    words().and_then(|words| words.effect(name)).filter(|effect| effect.is_mutating())
}

/// Whether a segment's nouns speak of rights, and its verb does not only ask.
fn speaks_of_rights(segment: &str) -> bool {
    let asks = words().and_then(|words| words.effect(segment)) == Some(Effect::Read);
    let all: Vec<_> = vocabulary::words(segment).collect();
    !asks && words().and_then(|words| words.noun(&all)) == Some(Effect::Permission)
}
