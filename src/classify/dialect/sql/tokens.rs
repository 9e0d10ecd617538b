//! The tokens of an SQL text, as every database would have to see them: a comment, a quote or an escape that two of
//! them end at different places is an error (CASES CL-13).

use super::words::runs;
use crate::limits;

/// What matters of a piece of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
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
    pub(super) fn word(&self) -> Option<&'a str> {
        match self {
            Token::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// The tokens of a text; or why databases could differ on where they end.
pub(super) fn tokens(text: &str) -> Result<Vec<Token<'_>>, &'static str> {
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
