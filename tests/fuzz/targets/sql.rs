//! A text that is a read holds one statement that reads for the parsers of several databases too.
#![no_main]

use holdpoint::classify::Effect;
use holdpoint::fuzz::sql;
use libfuzzer_sys::fuzz_target;
use sqlparser::ast::{Query, SetExpr, Statement};
use sqlparser::dialect::{Dialect, GenericDialect, MySqlDialect, PostgreSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if sql(text) != Some(Effect::Read) {
        return;
    }
    // The second reader goes back over brackets and operators again and again, for minutes where `NOT` is nested, and
    // panics on MySQL's operator without its right side.
    let brackets = text.bytes().filter(|byte| *byte == b'(').count();
    let upper = text.to_ascii_uppercase();
    if text.len() > 160 || brackets > 3 || upper.matches("NOT").count() > 3 || upper.contains("DIV") {
        return;
    }
    let dialects: [&dyn Dialect; 4] =
        [&GenericDialect {}, &MySqlDialect {}, &PostgreSqlDialect {}, &SQLiteDialect {}];
    for dialect in dialects {
        let Ok(statements) = Parser::new(dialect).with_recursion_limit(40).try_with_sql(text).and_then(|mut parser| parser.parse_statements()) else { continue };
        assert!(statements.len() <= 1, "{statements:?}");
        assert!(statements.iter().all(reads), "{statements:?}");
    }
});

fn reads(statement: &Statement) -> bool {
    match statement {
        Statement::Query(query) => selects(query),
        Statement::Explain { statement, analyze, .. } => !analyze && reads(statement),
        Statement::ExplainTable { .. } => true,
        other => other.to_string().to_ascii_uppercase().starts_with("SHOW"),
    }
}

/// Also in every common table expression.
fn selects(query: &Query) -> bool {
    let inner = query.with.iter().flat_map(|with| &with.cte_tables);
    !matches!(*query.body, SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_))
        && inner.map(|table| &table.query).all(|query| selects(query))
}
