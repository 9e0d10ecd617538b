//! What one SQL text does, told from its words alone. No database's grammar: a text is a read only where every
//! database would have to take it for one, so that comments, escapes, further statements, unknown functions and words
//! that write anywhere in it end the reading.

use super::tokens::{Token, tokens};
use super::words::{STATEMENTS, WRITES, may_stand_before_a_bracket};
use crate::classify::Effect;

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
