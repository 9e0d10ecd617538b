//! A GraphQL document read into its operations. Whatever the parser does not like, and whatever two servers could run
//! differently, is an error: the parser recovers from errors, and a recovered tree proves nothing.

use std::collections::{HashMap, HashSet};

use apollo_parser::Parser;
use apollo_parser::cst::{Definition, FragmentDefinition, OperationDefinition, Selection, SelectionSet};

use crate::limits;

/// What an operation of a document is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Query,
    Mutation,
    Subscription,
}

/// One operation with the names of its root fields (never their aliases).
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Definitions {
    pub(super) kind: Kind,
    pub(super) name: Option<String>,
    pub(super) fields: Vec<String>,
}

/// What may still be looked at, in all documents of one request together: many small documents cost as much as one
/// large, and operations that spread the same fragments cost their product.
pub(super) struct Left {
    bytes: usize,
    selections: usize,
}

impl Default for Left {
    fn default() -> Self {
        Self { bytes: limits::GRAPHQL_BYTES_MAX, selections: limits::GRAPHQL_TOKENS_MAX }
    }
}

/// All operations of a document, at least one. The error is in words for people.
pub(super) fn read(text: &str, left: &mut Left) -> Result<Vec<Definitions>, &'static str> {
    left.bytes = left.bytes.checked_sub(text.len()).ok_or("it asks with more text than is looked into")?;
    if has_unclear_line_ends(text) {
        return Err("the document has a sign that ends a line for some servers and not for others");
    }
    if nesting(text) > limits::GRAPHQL_DEPTH_MAX {
        return Err("the document nests too deeply");
    }
    let tree = Parser::new(text)
        .recursion_limit(limits::GRAPHQL_DEPTH_MAX * 4)
        .token_limit(limits::GRAPHQL_TOKENS_MAX)
        .parse();
    if tree.errors().next().is_some() {
        return Err("the document is not valid GraphQL, or too large");
    }
    let (mut operations, mut fragments) = (Vec::new(), HashMap::new());
    for definition in tree.document().definitions() {
        match definition {
            Definition::OperationDefinition(operation) => operations.push(operation),
            Definition::FragmentDefinition(fragment) => {
                let name = fragment_name(&fragment).ok_or("a fragment has no name")?;
                if fragments.insert(name, fragment).is_some() {
                    return Err("two fragments have one name");
                }
            }
            _ => return Err("the document defines types, which no request does"),
        }
    }
    let all: Vec<_> =
        operations.iter().map(|operation| one(operation, &fragments, left)).collect::<Result<_, _>>()?;
    let mut names = HashSet::new();
    match all.as_slice() {
        [] => Err("the document has no operation"),
        [_] => Ok(all),
        several
            if several.iter().all(|known| known.name.as_deref().is_some_and(|name| names.insert(name))) =>
        {
            Ok(all)
        }
        _ => Err("the document has several operations, and not each has a name of its own"),
    }
}

type Fragments = HashMap<String, FragmentDefinition>;

fn one(
    operation: &OperationDefinition,
    fragments: &Fragments,
    left: &mut Left,
) -> Result<Definitions, &'static str> {
    let kind = match operation.operation_type() {
        None => Kind::Query,
        Some(kind) if kind.query_token().is_some() => Kind::Query,
        Some(kind) if kind.mutation_token().is_some() => Kind::Mutation,
        Some(kind) if kind.subscription_token().is_some() => Kind::Subscription,
        Some(_) => return Err("an operation is of no known kind"),
    };
    let name = operation.name().map(|name| name.text().to_string());
    let set = operation.selection_set().ok_or("an operation selects nothing")?;
    Ok(Definitions { kind, name, fields: root_fields(set, fragments, left)? })
}

/// The fields at the root, also those that fragments bring there. Each fragment is followed once.
fn root_fields(
    set: SelectionSet,
    fragments: &Fragments,
    left: &mut Left,
) -> Result<Vec<String>, &'static str> {
    let (mut fields, mut followed) = (Vec::new(), HashSet::new());
    let mut open = vec![set];
    while let Some(set) = open.pop() {
        for selection in set.selections() {
            left.selections =
                left.selections.checked_sub(1).ok_or("its operations select more than is looked at")?;
            match selection {
                Selection::Field(field) => {
                    fields.push(field.name().ok_or("a field has no name")?.text().to_string());
                }
                Selection::InlineFragment(fragment) => {
                    open.push(fragment.selection_set().ok_or("a fragment selects nothing")?);
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.fragment_name().and_then(|name| name.name());
                    let name = name.ok_or("a fragment is spread without a name")?.text().to_string();
                    let fragment = fragments.get(&name).ok_or("a fragment is spread and not defined")?;
                    if followed.insert(name) {
                        open.push(fragment.selection_set().ok_or("a fragment selects nothing")?);
                    }
                }
            }
        }
    }
    if fields.is_empty() { Err("an operation selects nothing") } else { Ok(fields) }
}

fn fragment_name(fragment: &FragmentDefinition) -> Option<String> {
    Some(fragment.fragment_name()?.name()?.text().to_string())
}

/// Whether two lexers could differ on where a comment ends: some end it at a line feed alone, so that to them a carriage
/// return keeps the rest of the line in the comment; some end it at Unicode's separators, too. Other controls
/// are no part of a document.
fn has_unclear_line_ends(text: &str) -> bool {
    let bytes = text.as_bytes();
    let control = |at: usize| match bytes[at] {
        b'\t' | b'\n' => false,
        b'\r' => bytes.get(at + 1) != Some(&b'\n'),
        byte => byte.is_ascii_control(),
    };
    (0..bytes.len()).any(control) || text.contains(['\u{85}', '\u{2028}', '\u{2029}'])
}

/// How deep brackets nest, outside strings and comments (CASES CL-22): looked at before any parser runs.
fn nesting(text: &str) -> usize {
    let bytes = text.as_bytes();
    let (mut depth, mut deepest, mut at) = (0usize, 0, 0);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' | b')' => depth = depth.saturating_sub(1),
            b'#' => {
                at += bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(bytes.len())
            }
            b'"' => at = string_end(bytes, at),
            _ => {}
        }
        at += 1;
    }
    deepest
}

/// Where the string that starts here ends: at its last byte, or behind all.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let block = bytes[start..].starts_with(b"\"\"\"");
    let mut at = start + if block { 3 } else { 1 };
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if block && bytes[at..].starts_with(b"\\\"\"\"") => at += 4,
            b'\\' if !block => at += 2,
            b'"' if block && bytes[at..].starts_with(b"\"\"\"") => return at + 2,
            b'"' if !block => return at,
            // A line's end ends a plain string, which is then no valid one.
            b'\n' | b'\r' if !block => return at,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<Definitions>, &'static str> {
        super::read(text, &mut Left::default())
    }

    fn kinds(text: &str) -> Result<Vec<Kind>, &'static str> {
        read(text).map(|all| all.into_iter().map(|one| one.kind).collect())
    }

    fn fields(text: &str) -> Vec<String> {
        read(text).unwrap().remove(0).fields
    }

    #[test]
    fn the_root_fields_are_found_through_fragments_and_behind_aliases() {
        assert_eq!(fields("{ a: viewer { login } rateLimit { cost } }"), ["viewer", "rateLimit"]);
        let spread = "mutation M { ...F ... on Mutation { b } } fragment F on Mutation { x: a ...F }";
        assert_eq!(fields(spread), ["b", "a"]);
    }

    /// CASES CL-16, CL-20
    #[test]
    fn what_two_servers_could_run_differently_is_an_error() {
        use Kind::{Mutation, Query, Subscription};
        assert_eq!(kinds("query A { a } mutation B { b }"), Ok(vec![Query, Mutation]));
        assert_eq!(kinds("subscription { a }"), Ok(vec![Subscription]));
        for text in [
            "",
            "   ",
            "# { a }",
            "{",
            "{ }",
            "query",
            "{ a } }",
            "{ a } { b }",
            "query A { a } query A { b }",
            "query A { a } { b }",
            "fragment F on Q { a }",
            "{ ...F }",
            "type Q { a: Int }",
            "extend type Q { a: Int }",
            "{ a } fragment F on Q { b } fragment F on Q { c }",
            "\u{feff}\u{feff}{",
            "mutation",
            "quer { a }",
            "{ a(x: ) }",
            "query A { a } # x\r mutation B { b }",
            "query A { a(x: 1 # \r y: \"\"\"\n) } mutation B { b } # \"\"\") }",
            "{ a } # \u{2028} mutation B { b }",
            "{ a }\0",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    /// CASES CL-22: none of these may bring the process down.
    #[test]
    fn deep_nesting_is_an_error_and_no_crash() {
        for open in ["{a", "[", "{a(b:[", "{a(b:{c:", "query($a:[", "{a(b:\"\"\"\\\"\"\"\"\"\"){"] {
            for count in [65, 1_000, 100_000] {
                assert!(read(&open.repeat(count)).is_err());
            }
        }
        let nested = |count: usize| format!("{}x{}", "{a".repeat(count), "}".repeat(count));
        assert!(read(&nested(limits::GRAPHQL_DEPTH_MAX)).is_ok());
        assert!(read(&nested(limits::GRAPHQL_DEPTH_MAX + 1)).is_err());
    }

    #[test]
    fn brackets_in_strings_and_comments_do_not_nest() {
        assert_eq!(nesting("{ a(b: \"((((\\\"[[\", c: \"\"\"{{{ \\\"\"\" {{\"\"\") } # [[[[\n"), 2);
        assert_eq!(nesting("\"\n{{"), 2, "a line's end ends a string");
    }

    #[test]
    fn operations_that_spread_the_same_fragments_are_bounded_together() {
        let chain = |operations: usize, fragments: usize| {
            let asked: String = (0..operations).map(|at| format!("query A{at}{{...F0}}")).collect();
            let links = (0..fragments).map(|at| format!("fragment F{at} on Q{{...F{}}}", at + 1));
            format!("{asked}{}fragment F{fragments} on Q{{a}}", links.collect::<String>())
        };
        assert!(read(&chain(10, 10)).is_ok());
        assert_eq!(read(&chain(500, 500)), Err("its operations select more than is looked at"));
        let mut left = Left::default();
        let large = format!("{{a(b:\"{}\")}}", "x".repeat(limits::GRAPHQL_BYTES_MAX / 2));
        assert!(super::read(&large, &mut left).is_ok());
        assert!(super::read(&large, &mut left).is_err(), "two documents of one request");
    }
}
