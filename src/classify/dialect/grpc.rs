//! gRPC and gRPC-Web: `POST /package.Service/Method` with `application/grpc…`
//! (https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md). The head alone names the operation, so that
//! streams need no buffering, and the messages, compressed or not, one or many, have no say in it: what a framing
//! that lies (CASES PR-30) could hide is at most content of the operation that was judged.
//!
//! etcd's JSON gateway, which is gRPC in other clothes, is read to the same names (`gateway`).
//!
//! What a method does is known by the operator's or the catalog's word, or by a descriptor set that says
//! `NO_SIDE_EFFECTS`. The verb in a method's name only raises here.

mod descriptors;
mod gateway;

use crate::classify::Effect;
use crate::classify::asked::Asked;
use crate::classify::catalog;
use crate::classify::dialect::bounded;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::snapshot::Head;

pub use descriptors::{Descriptors, Schema};

use descriptors::Level;

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    if !is_grpc(&asked.media_type()) {
        return gateway::read(asked);
    }
    let head = asked.head;
    if head.method != "POST" || head.query().is_some() {
        return Err(Otherwise::unclear("gRPC is a POST without a query"));
    }
    let Some((service, method)) = names(head.path()) else {
        return Err(Otherwise::unclear("its path is not /package.Service/Method"));
    };
    Ok(vec![operation(asked, service, method)])
}

/// What the messages of a request are made of, where the operator's descriptor sets have its method.
pub(in crate::classify) fn schema(known: &Descriptors, head: &Head) -> Option<Schema> {
    let (service, method) = names(head.path())?;
    known.input(service, method)
}

/// The operation of that name, with what is known of it.
fn operation(asked: &Asked<'_>, service: &str, method: &str) -> Operation {
    let name = format!("{service}/{method}");
    let label = bounded(&format!("gRPC {name}"));
    let operation = Operation::named(name, label);
    match said(asked, service, method) {
        Some((effect, why)) => operation.says(effect, why),
        None => operation,
    }
}

/// gRPC's own services, which every server may have beside its own and which change nothing.
const OWN: [&str; 4] = [
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "grpc.channelz.v1.Channelz",
];

/// What the descriptor sets say, raised by the verb in the name; without them the verb alone, if it raises.
fn said(asked: &Asked<'_>, service: &str, method: &str) -> Option<(Effect, &'static str)> {
    if OWN.contains(&service) {
        return Some((Effect::Read, "it is one of gRPC's own services, health or reflection"));
    }
    let raised = catalog::words("google").and_then(|words| words.raise(method));
    let verb = raised.map(|effect| (effect, "the verb in its name says so"));
    let Some(known) = asked.service.and_then(|service| service.documents.descriptors.as_deref()) else {
        return verb;
    };
    match known.level(service, method) {
        None => Some((Effect::Unknown, "the descriptor sets do not have it")),
        Some(Level::NoSideEffects) if verb.is_none() => {
            Some((Effect::Read, "the descriptor sets say NO_SIDE_EFFECTS"))
        }
        Some(Level::Idempotent) if verb.is_none() => {
            Some((Effect::Write, "the descriptor sets say IDEMPOTENT, which is no word of reading"))
        }
        Some(_) => verb,
    }
}

/// `application/grpc`, `application/grpc+proto`, `application/grpc-web-text+proto`.
fn is_grpc(media_type: &str) -> bool {
    media_type
        .strip_prefix("application/grpc")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('+') || rest.starts_with("-web"))
}

/// Service and method of a path in the one form that every server reads alike.
fn names(path: &str) -> Option<(&str, &str)> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    let word = |text: &str| {
        text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    (service.split('.').all(word) && word(method)).then_some((service, method))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_two_names_and_nothing_else() {
        assert_eq!(names("/etcdserverpb.KV/Put"), Some(("etcdserverpb.KV", "Put")));
        assert_eq!(names("/KV/Put"), Some(("KV", "Put")));
        for path in
            ["/KV", "/KV/", "//Put", "/a..b/Put", "/a/b/Put", "/KV/Put/", "/KV/P%75t", "KV/Put", "/1/Put"]
        {
            assert_eq!(names(path), None, "{path}");
        }
    }

    #[test]
    fn content_types_of_grpc_and_near_misses() {
        for yes in ["application/grpc", "application/grpc+proto", "application/grpc-web-text"] {
            assert!(is_grpc(yes), "{yes}");
        }
        for no in ["application/grpcx", "application/json", "application/connect+proto", "text/grpc"] {
            assert!(!is_grpc(no), "{no}");
        }
    }
}
