//! A document that is read as nothing but queries holds no other operation for a second parser either.
#![no_main]

use graphql_parser::query::{Definition, OperationDefinition, parse_query};
use holdpoint::fuzz::graphql;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Some(ours) = graphql(text) else { return };
    assert!(ours.iter().all(|(_, fields)| !fields.is_empty()), "every operation selects something");
    let Ok(theirs) = parse_query::<&str>(text) else { return };
    let is_query = |definition: &Definition<'_, &str>| match definition {
        Definition::Operation(OperationDefinition::SelectionSet(_) | OperationDefinition::Query(_)) => Some(true),
        Definition::Operation(_) => Some(false),
        Definition::Fragment(_) => None,
    };
    let theirs: Vec<_> = theirs.definitions.iter().filter_map(is_query).collect();
    let ours: Vec<_> = ours.iter().map(|(query, _)| *query).collect();
    assert_eq!(ours, theirs);
});
