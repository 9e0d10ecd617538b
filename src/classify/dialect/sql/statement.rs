//! What one SQL text does, told from its words alone. No database's grammar: a text is a read only where every
//! database would have to take it for one, so that comments, escapes, further statements, unknown functions and words
//! that write anywhere in it end the reading.

use crate::classify::Effect;
use crate::limits;

/// Statements by their first word. What is not here is unknown.
const STATEMENTS: [(&str, Effect); 35] = [
    ("ALTER", Effect::Write),
    ("ANALYZE", Effect::Write),
    ("ATTACH", Effect::Write),
    ("BEGIN", Effect::Write),
    ("CALL", Effect::Execute),
    ("COMMIT", Effect::Write),
    ("COPY", Effect::Write),
    ("CREATE", Effect::Write),
    ("DEALLOCATE", Effect::Write),
    ("DELETE", Effect::Delete),
    ("DESC", Effect::Read),
    ("DESCRIBE", Effect::Read),
    ("DETACH", Effect::Write),
    ("DO", Effect::Execute),
    ("DROP", Effect::Delete),
    ("EXEC", Effect::Execute),
    ("EXECUTE", Effect::Execute),
    ("EXPLAIN", Effect::Read),
    ("GRANT", Effect::Permission),
    ("INSERT", Effect::Write),
    ("KILL", Effect::Execute),
    ("LOAD", Effect::Write),
    ("MERGE", Effect::Write),
    ("OPTIMIZE", Effect::Write),
    ("PRAGMA", Effect::Write),
    ("REINDEX", Effect::Write),
    ("RENAME", Effect::Write),
    ("REPLACE", Effect::Write),
    ("REVOKE", Effect::Permission),
    ("SELECT", Effect::Read),
    ("SHOW", Effect::Read),
    ("TRUNCATE", Effect::Delete),
    ("UPDATE", Effect::Write),
    ("VACUUM", Effect::Write),
    ("WITH", Effect::Read),
];

/// Words that no plain read has outside quotes. Some databases run one statement after another without anything
/// between them (`SELECT 1 SHUTDOWN`), so that these are not only words of a SELECT.
const WRITES: [&str; 54] = [
    "ALTER",
    "ANALYZE",
    "ATTACH",
    "BACKUP",
    "BEGIN",
    "BULK",
    "CALL",
    "CHECKPOINT",
    "COMMIT",
    "COPY",
    "CREATE",
    "DBCC",
    "DEALLOCATE",
    "DECLARE",
    "DELETE",
    "DENY",
    "DISABLE",
    "DO",
    "DROP",
    "DUMPFILE",
    "ENABLE",
    "EXEC",
    "EXECUTE",
    "GRANT",
    "INSERT",
    "INTO",
    "KILL",
    "LOAD",
    "LOCK",
    "MERGE",
    "NEXT",
    "NEXTVAL",
    "OUTFILE",
    "PRAGMA",
    "PROCEDURE",
    "RECEIVE",
    "RECONFIGURE",
    "RENAME",
    "REPLACE",
    "RESTORE",
    "REVERT",
    "REVOKE",
    "ROLLBACK",
    "SAVE",
    "SEND",
    "SET",
    "SETUSER",
    "SHUTDOWN",
    "TRUNCATE",
    "UPDATE",
    "UPDATETEXT",
    "VALUES",
    "WAITFOR",
    "WRITETEXT",
];

/// Functions that change nothing in any database: a call of any other could.
const FUNCTIONS: [&str; 154] = [
    "abs",
    "any",
    "approx_count_distinct",
    "approx_distinct",
    "approx_percentile",
    "argmax",
    "argmin",
    "array_agg",
    "array_length",
    "arrayjoin",
    "avg",
    "avgif",
    "bool_and",
    "bool_or",
    "bottom",
    "cardinality",
    "cast",
    "ceil",
    "ceiling",
    "char_length",
    "coalesce",
    "concat",
    "concat_ws",
    "count",
    "countif",
    "cume_dist",
    "cumulative_sum",
    "current_date",
    "current_timestamp",
    "date",
    "date_add",
    "date_bin",
    "date_diff",
    "date_format",
    "date_part",
    "date_sub",
    "date_trunc",
    "dateadd",
    "datediff",
    "day",
    "dayofweek",
    "dense_rank",
    "derivative",
    "difference",
    "distinct",
    "exists",
    "exp",
    "extract",
    "first",
    "first_value",
    "floor",
    "format_datetime",
    "from_unixtime",
    "greatest",
    "group_concat",
    "grouparray",
    "hour",
    "if",
    "ifnull",
    "in",
    "initcap",
    "integral",
    "isnull",
    "json_extract",
    "json_extract_scalar",
    "json_value",
    "lag",
    "last",
    "last_day",
    "last_value",
    "lead",
    "least",
    "length",
    "listagg",
    "ln",
    "lower",
    "lpad",
    "ltrim",
    "max",
    "md5",
    "mean",
    "median",
    "min",
    "minute",
    "mod",
    "mode",
    "month",
    "now",
    "nth_value",
    "ntile",
    "nullif",
    "nvl",
    "over",
    "percent_rank",
    "percentile",
    "percentile_cont",
    "position",
    "pow",
    "power",
    "quantile",
    "quarter",
    "rank",
    "regexp_extract",
    "regexp_like",
    "regexp_replace",
    "reverse",
    "round",
    "row_number",
    "rpad",
    "rtrim",
    "safe_cast",
    "safe_divide",
    "second",
    "sign",
    "split_part",
    "spread",
    "sqrt",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "strftime",
    "string_agg",
    "substr",
    "substring",
    "sum",
    "sumif",
    "time",
    "time_bucket",
    "timestamp_trunc",
    "to_char",
    "to_date",
    "to_timestamp",
    "todate",
    "todatetime",
    "top",
    "tostartofday",
    "tostartofhour",
    "tostartofinterval",
    "tostartofminute",
    "tostartofmonth",
    "tostartofweek",
    "tostring",
    "trim",
    "trunc",
    "try_cast",
    "uniq",
    "uniqexact",
    "unix_timestamp",
    "upper",
    "var_pop",
    "variance",
    "week",
    "year",
    "zeroifnull",
];

/// The statement's first word in upper case, and what it does; or why nobody can tell.
pub(super) fn judge(text: &str) -> Result<(&'static str, Effect), &'static str> {
    let tokens = tokens(text)?;
    let first = tokens.first().and_then(|token| token.word()).ok_or("it does not begin with a word")?;
    let known = STATEMENTS.iter().find(|(word, _)| first.eq_ignore_ascii_case(word));
    let (word, effect) = *known.ok_or("it begins with a word that no plain statement begins with")?;
    let body = tokens.strip_suffix(&[Token::End]).unwrap_or(&tokens);
    if body.contains(&Token::End) {
        return Err("it holds several statements");
    }
    if effect.is_mutating() {
        return Ok((word, rights(word, body).unwrap_or(effect)));
    }
    if word == "EXPLAIN"
        && !body.get(1).and_then(|token| token.word()).is_some_and(|next| next.eq_ignore_ascii_case("SELECT"))
    {
        return Err("it explains something else than a plain SELECT, which may run it");
    }
    if word == "WITH" {
        queries(body)?;
    }
    plain(body)?;
    Ok((word, effect))
}

/// `CREATE USER`, `ALTER ROLE`, `DROP POLICY`: statements about who may do what.
fn rights(word: &str, body: &[Token<'_>]) -> Option<Effect> {
    let next = body.get(1).and_then(|token| token.word())?;
    let about =
        ["USER", "ROLE", "POLICY", "LOGIN", "GROUP"].iter().any(|known| next.eq_ignore_ascii_case(known));
    (about && matches!(word, "CREATE" | "ALTER" | "DROP" | "RENAME")).then_some(Effect::Permission)
}

/// `WITH a AS (SELECT …)`: what stands in each of the brackets begins as a query does.
fn queries(body: &[Token<'_>]) -> Result<(), &'static str> {
    let is = |at: usize, known: &str| {
        body.get(at).and_then(|token| token.word()).is_some_and(|word| word.eq_ignore_ascii_case(known))
    };
    let opens = |at: &usize| is(*at, "AS") && body.get(at + 1) == Some(&Token::Open);
    match (0..body.len()).filter(opens).all(|at| is(at + 2, "SELECT")) {
        true => Ok(()),
        false => Err("it names something else than a query"),
    }
}

fn plain(body: &[Token<'_>]) -> Result<(), &'static str> {
    for (index, token) in body.iter().enumerate() {
        let called = body.get(index + 1) == Some(&Token::Open);
        match token {
            Token::Word(word) if WRITES.iter().any(|known| word.eq_ignore_ascii_case(known)) => {
                return Err("a word in it writes");
            }
            // `SELECT … FOR UPDATE`, `FOR SHARE` lock rows.
            Token::Word(word) if word.eq_ignore_ascii_case("FOR") => return Err("it may lock rows"),
            Token::Word(word) if called && !may_stand_before_a_bracket(word) => {
                return Err("it calls a function that may do anything");
            }
            Token::Quoted if called => return Err("it calls a function by a quoted name"),
            _ => {}
        }
    }
    Ok(())
}

fn may_stand_before_a_bracket(word: &str) -> bool {
    let structure = [
        "SELECT",
        "FROM",
        "WHERE",
        "AND",
        "OR",
        "NOT",
        "ON",
        "AS",
        "BY",
        "JOIN",
        "WHEN",
        "THEN",
        "ELSE",
        "CASE",
        "UNION",
        "ALL",
        "HAVING",
        "USING",
        "BETWEEN",
        "LIKE",
        "LIMIT",
        "FILL",
        "EXCEPT",
        "INTERSECT",
    ];
    structure.iter().any(|known| word.eq_ignore_ascii_case(known))
        || FUNCTIONS.iter().any(|known| word.eq_ignore_ascii_case(known))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'a> {
    Word(&'a str),
    /// A quoted name, whatever is in it.
    Quoted,
    Text,
    Open,
    /// A semicolon.
    End,
    Other,
}

impl<'a> Token<'a> {
    fn word(&self) -> Option<&'a str> {
        match self {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// The tokens of a text; or why databases could differ on where they end.
fn tokens(text: &str) -> Result<Vec<Token<'_>>, &'static str> {
    if text.len() > limits::SQL_BYTES_MAX {
        return Err("it is longer than is looked into");
    }
    let bytes = text.as_bytes();
    let (mut tokens, mut at) = (Vec::new(), 0);
    let mut slash = false;
    while let Some(byte) = bytes.get(at) {
        let pair = &bytes[at..bytes.len().min(at + 2)];
        let is_comment = pair == b"--" || pair == b"/*";
        // Behind a slash may stand a regular expression (InfluxQL), and a quote or a comment in it would be none.
        if slash && (is_comment || matches!(byte, b'\'' | b'"' | b'`' | b'[')) {
            return Err("it has a quote or a comment behind a slash");
        }
        at += match byte {
            b' ' | b'\t' | b'\n' | b'\r' => 1,
            _ if is_comment => comment(&bytes[at..])?,
            b'#' => return Err("it has what some databases take for a comment"),
            _ if pair == b"//" => return Err("it has what some databases take for a comment"),
            b'\\' | b'$' | b'@' | b'{' | b'}' => {
                return Err("it has characters that databases read differently");
            }
            b'\'' => quoted(bytes, at, b'\'', &mut tokens, Token::Text)?,
            b'"' => quoted(bytes, at, *byte, &mut tokens, Token::Quoted)?,
            b'`' => backquoted(&bytes[at..], &mut tokens)?,
            b'[' => bracketed(&bytes[at..], &mut tokens)?,
            b';' => push(&mut tokens, Token::End, 1),
            b'(' => push(&mut tokens, Token::Open, 1),
            byte if byte.is_ascii_alphabetic() || *byte == b'_' => {
                let rest = &bytes[at..];
                let end = rest.iter().position(|byte| !byte.is_ascii_alphanumeric() && *byte != b'_');
                let end = end.unwrap_or(rest.len());
                push(&mut tokens, Token::Word(&text[at..at + end]), end)
            }
            byte if byte.is_ascii_graphic() => {
                slash |= *byte == b'/';
                push(&mut tokens, Token::Other, 1)
            }
            _ => return Err("it has characters outside of ASCII outside of quotes"),
        };
    }
    Ok(tokens)
}

/// The length of a comment that every database takes for the same: `-- ` up to a line feed, `/* */` without anything in
/// it that could nest, run (`/*! */`) or hint.
fn comment(rest: &[u8]) -> Result<usize, &'static str> {
    const UNCLEAR: &str = "it has a comment that databases read differently";
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" _.,:()=".contains(byte);
    if let Some(line) = rest.strip_prefix(b"-- ") {
        let end = line.iter().position(|byte| *byte == b'\n').unwrap_or(line.len());
        return if line[..end].contains(&b'\r') { Err(UNCLEAR) } else { Ok(3 + end) };
    }
    let inside = rest.strip_prefix(b"/* ").ok_or(UNCLEAR)?;
    let end = inside.iter().position(|byte| !plain(byte)).ok_or(UNCLEAR)?;
    if inside[end..].starts_with(b"*/") { Ok(3 + end + 2) } else { Err(UNCLEAR) }
}

/// The length of `[name]`, which some databases take for a quoted name and others for a list: only where nothing in it
/// could be a quote, a comment or an end to either. Both may be called like a function.
fn bracketed(rest: &[u8], tokens: &mut Vec<Token<'_>>) -> Result<usize, &'static str> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" _.,:".contains(byte);
    let end = 1 + rest[1..].iter().position(|byte| !plain(byte)).unwrap_or(rest.len() - 1);
    // CockroachDB runs a statement that stands there.
    let statement = rest[1..end].trim_ascii().contains(&b' ');
    match rest.get(end) {
        Some(b']') if statement && rest[1..end].split(|byte| !byte.is_ascii_alphabetic()).any(runs) => {
            Err("it has a statement in brackets")
        }
        Some(b']') => Ok(push(tokens, Token::Quoted, end + 1)),
        _ => Err("it has a bracket that databases read differently"),
    }
}

/// The length of `` `name` ``: to PostgreSQL the sign is an operator's, so that nothing in it may be more than words of a
/// name (found by fuzzing).
fn backquoted(rest: &[u8], tokens: &mut Vec<Token<'_>>) -> Result<usize, &'static str> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b" _.:-".contains(byte);
    let end = 1 + rest[1..].iter().position(|byte| !plain(byte)).unwrap_or(rest.len() - 1);
    let inside = &rest[1..end];
    let words = inside.contains(&b' ') && inside.split(|byte| !byte.is_ascii_alphabetic()).any(runs);
    match rest.get(end) {
        Some(b'`') if !words && !inside.windows(2).any(|pair| pair == b"--") => {
            Ok(push(tokens, Token::Quoted, end + 1))
        }
        _ => Err("it has a backquote that databases read differently"),
    }
}

/// Whether a word, among others in brackets, could be a statement's.
fn runs(word: &[u8]) -> bool {
    const OTHERS: [&str; 12] = [
        "CANCEL", "COMMENT", "DISCARD", "EXPORT", "IMPORT", "PAUSE", "REASSIGN", "REFRESH", "RELOCATE",
        "RESET", "RESUME", "UPSERT",
    ];
    WRITES.iter().chain(&OTHERS).any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

fn push<'a>(tokens: &mut Vec<Token<'a>>, token: Token<'a>, length: usize) -> usize {
    tokens.push(token);
    length
}

/// The length of a quoted run in which the quote itself stands doubled.
fn quoted<'a>(
    bytes: &[u8],
    start: usize,
    quote: u8,
    tokens: &mut Vec<Token<'a>>,
    token: Token<'a>,
) -> Result<usize, &'static str> {
    let mut at = start + 1;
    loop {
        match bytes.get(at) {
            None => return Err("a quote is not closed"),
            Some(b'\\') => return Err("a backslash in quotes is read differently by databases"),
            Some(byte) if *byte == quote && bytes.get(at + 1) == Some(&quote) => at += 2,
            Some(byte) if *byte == quote => break,
            Some(_) => at += 1,
        }
    }
    Ok(push(tokens, token, at + 1 - start))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(text: &str) -> Option<Effect> {
        judge(text).ok().map(|(_, effect)| effect)
    }

    #[test]
    fn a_backquote_that_is_an_operator_elsewhere_hides_nothing() {
        for text in
            ["SELECT `a b` FROM `my-project.data.t`", "SELECT `delete` FROM t", "SELECT `a``b` FROM t"]
        {
            assert_eq!(effect(text), Some(Effect::Read), "{text}");
        }
        for text in [
            "SELECT a ?`t();SHOW x;>`",
            "SELECT 1 `; DROP TABLE t; -- `",
            "SELECT a ` DELETE FROM t `",
            "SELECT a `b--c` FROM t",
            "SELECT `a",
        ] {
            assert_ne!(effect(text), Some(Effect::Read), "{text}");
        }
    }

    /// CASES CL-13: for each read the near miss.
    #[test]
    fn a_single_plain_select_reads_and_its_neighbours_do_not() {
        for (read, not) in [
            ("SELECT 1", "SELECT 1; DROP TABLE a"),
            ("select * from a where b = 'x;y'", "select * from a where b = 'x\\'; drop table a --'"),
            ("SELECT count(*) FROM a;", "SELECT pg_terminate_backend(1)"),
            ("SELECT a FROM b", "SELECT a INTO c FROM b"),
            ("SELECT a FROM b ORDER BY c", "SELECT a FROM b FOR UPDATE"),
            ("SHOW TABLES", "SHOW TABLES; KILL 1"),
            ("EXPLAIN SELECT 1", "EXPLAIN ANALYZE DELETE FROM a"),
            ("DESCRIBE a", "DESCRIBE a /*!; DROP TABLE a */"),
            ("SELECT \"max\" FROM a", "SELECT \"lo_unlink\"(1)"),
            ("SELECT 1 FROM a WHERE b IN (SELECT c FROM d)", "WITH x AS (INSERT INTO a VALUES (1)) SELECT 1"),
            ("SELECT lower(a) FROM b", "SELECT nextval('s')"),
            ("SELECT 1", "SELECT $$a$$"),
            ("SELECT 1", "-- SELECT 1\nDROP TABLE a"),
            ("-- DROP TABLE a\nSELECT 1", "-- SELECT 1\rDROP TABLE a\nSELECT 1"),
            ("/* a note */ SELECT 1", "/*! DROP TABLE a */ SELECT 1"),
            ("SELECT 1 /* a */", "SELECT 1 /* /* */ DROP */ */"),
            ("SELECT 1", "--SELECT 1\nSELECT 1"),
            ("SELECT 1", "\u{ff33}ELECT 1"),
            ("SELECT a / b FROM c", "SELECT 1 // '\n; DROP TABLE a --'"),
            ("SELECT x FROM /cpu.*/", "SELECT x FROM /a'/; DROP MEASUREMENT b --'"),
            ("SELECT x FROM a -- /", "SELECT x FROM /a-- /; DROP MEASUREMENT b"),
            ("SELECT [a b] FROM c", "SELECT [a'] FROM c; DROP TABLE c --']"),
            ("SELECT a[1] FROM c", "SELECT [dbo].[f](1)"),
            ("SELECT a b", "SELECT a SHUTDOWN"),
            ("SELECT * FROM [a b]", "SELECT * FROM [DELETE FROM a RETURNING b]"),
            ("SELECT * FROM [SHOW JOBS]", "SELECT * FROM [CANCEL JOB 1]"),
            ("WITH x AS (SELECT 1) SELECT * FROM x", "WITH x AS (SELECT 1) DELETE FROM x"),
            ("WITH x AS (SELECT 1), y AS (SELECT 2) SELECT 3", "WITH x AS (CANCEL JOBS y) SELECT 1"),
            ("SELECT a FROM b", "SELECT 1 RECEIVE * FROM b"),
            ("SELECT a FROM b", "SELECT a.nextval FROM b"),
        ] {
            assert_eq!(effect(read), Some(Effect::Read), "{read}");
            assert_ne!(effect(not), Some(Effect::Read), "{not}");
        }
    }

    #[test]
    fn other_statements_do_what_their_first_word_says() {
        for (text, expected) in [
            ("insert into a values (1)", Some(Effect::Write)),
            ("DELETE FROM a", Some(Effect::Delete)),
            ("GRANT ALL ON a TO b", Some(Effect::Permission)),
            ("CREATE USER b", Some(Effect::Permission)),
            ("CREATE TABLE b (c int)", Some(Effect::Write)),
            ("FROBNICATE", None),
            ("", None),
            (";", None),
            ("(SELECT 1)", None),
        ] {
            assert_eq!(effect(text), expected, "{text}");
        }
    }
}
