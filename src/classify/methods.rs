//! The methods of the IANA registry (https://www.iana.org/assignments/http-methods) and what each does.
//!
//! Only GET, HEAD and OPTIONS are reads here (RFC 9110 section 9.2.1). The safe methods of other specifications
//! (PROPFIND, REPORT, SEARCH, QUERY) carry their question in the body, so only a declared service can make one a
//! read; until then they are `unknown`, as is every method that is not in the registry (CASES CL-05, CL-06).

use crate::classify::Effect;

/// A registered method.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
    /// What a person should know of it, after its name.
    pub(crate) why: &'static str,
}

const fn method(name: &'static str, effect: Effect, why: &'static str) -> Method {
    Method { name, effect, why }
}

/// In alphabetical order. `*` and PRI are in the registry only so that nobody uses them: they are left out.
static TABLE: [Method; 39] = [
    method("ACL", Effect::Permission, "sets who may do what (RFC 3744)"),
    method("BASELINE-CONTROL", Effect::Write, "puts a collection under version control (RFC 3253)"),
    method("BIND", Effect::Write, "gives a resource a further path (RFC 5842)"),
    method("CHECKIN", Effect::Write, "makes a new version (RFC 3253)"),
    method("CHECKOUT", Effect::Write, "opens a version for changes (RFC 3253)"),
    method("CONNECT", Effect::Unknown, "opens a tunnel (RFC 9110)"),
    // The destination is deleted first unless the request says otherwise (RFC 4918 section 9.8.4).
    method("COPY", Effect::Delete, "copies, and replaces what is at the destination (RFC 4918)"),
    method("DELETE", Effect::Delete, "removes the resource (RFC 9110)"),
    method("GET", Effect::Read, "is a safe method (RFC 9110)"),
    method("HEAD", Effect::Read, "is a safe method (RFC 9110)"),
    method("LABEL", Effect::Write, "changes the labels of a version (RFC 3253)"),
    method("LINK", Effect::Write, "adds a relationship (RFC 2068)"),
    method("LOCK", Effect::Write, "locks a resource against others (RFC 4918)"),
    method("MERGE", Effect::Write, "merges versions (RFC 3253)"),
    method("MKACTIVITY", Effect::Write, "creates an activity (RFC 3253)"),
    method("MKCALENDAR", Effect::Write, "creates a calendar (RFC 4791)"),
    method("MKCOL", Effect::Write, "creates a collection (RFC 4918)"),
    method("MKREDIRECTREF", Effect::Write, "creates a redirect (RFC 4437)"),
    method("MKWORKSPACE", Effect::Write, "creates a workspace (RFC 3253)"),
    method("MOVE", Effect::Delete, "moves, and replaces what is at the destination (RFC 4918)"),
    method("OPTIONS", Effect::Read, "is a safe method (RFC 9110)"),
    method("ORDERPATCH", Effect::Write, "changes the order of a collection (RFC 3648)"),
    method("PATCH", Effect::Write, "changes the resource (RFC 5789)"),
    method("POST", Effect::Write, "may do anything that the service has it do; a write at least (RFC 9110)"),
    method("PROPFIND", Effect::Unknown, "asks in its body; a read only of a declared service (RFC 4918)"),
    method("PROPPATCH", Effect::Write, "changes properties (RFC 4918)"),
    method("PUT", Effect::Write, "creates or replaces the resource (RFC 9110)"),
    method("QUERY", Effect::Unknown, "asks in its body; a read only of a declared service"),
    method("REBIND", Effect::Delete, "moves a resource to another path (RFC 5842)"),
    method("REPORT", Effect::Unknown, "asks in its body; a read only of a declared service (RFC 3253)"),
    method("SEARCH", Effect::Unknown, "asks in its body; a read only of a declared service (RFC 5323)"),
    method("TRACE", Effect::Unknown, "has the request echoed, its secrets too (RFC 9110)"),
    method("UNBIND", Effect::Delete, "removes a resource's path (RFC 5842)"),
    method("UNCHECKOUT", Effect::Delete, "throws changes away (RFC 3253)"),
    method("UNLINK", Effect::Delete, "removes a relationship (RFC 2068)"),
    method("UNLOCK", Effect::Write, "takes a lock away (RFC 4918)"),
    method("UPDATE", Effect::Write, "changes which version is shown (RFC 3253)"),
    method("UPDATEREDIRECTREF", Effect::Write, "changes a redirect (RFC 4437)"),
    method("VERSION-CONTROL", Effect::Write, "puts a resource under version control (RFC 3253)"),
];

/// A registered method by its exact name; methods are case-sensitive (RFC 9110 section 9.1).
pub(crate) fn lookup(name: &str) -> Option<&'static Method> {
    TABLE.binary_search_by(|method| method.name.cmp(name)).ok().map(|index| &TABLE[index])
}

/// Whether a name is a registered method's.
pub fn is_registered(name: &str) -> bool {
    lookup(name).is_some()
}

/// A registered method by its name in any case: frameworks raise the case of an override before they look.
pub(crate) fn lookup_in_any_case(name: &str) -> Option<&'static Method> {
    TABLE.iter().find(|method| method.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_so_that_every_method_is_found() {
        assert!(TABLE.is_sorted_by(|a, b| a.name < b.name));
        for method in &TABLE {
            assert_eq!(lookup(method.name), Some(method));
        }
    }

    /// CASES CL-06: the listed reads, and no other.
    #[test]
    fn three_methods_are_reads_and_no_other() {
        let reads: Vec<_> =
            TABLE.iter().filter(|method| !method.effect.is_mutating()).map(|method| method.name).collect();
        assert_eq!(reads, ["GET", "HEAD", "OPTIONS"]);
    }

    #[test]
    fn methods_are_case_sensitive_but_overrides_are_not() {
        assert_eq!(lookup("get"), None);
        assert_eq!(lookup_in_any_case("delete").map(|method| method.name), Some("DELETE"));
        assert_eq!(lookup_in_any_case("delet"), None);
    }
}
