//! SPARQL, of which some services take updates where the protocol has queries (https://www.w3.org/TR/sparql11-protocol/
//! section 2.1, https://www.w3.org/TR/sparql11-update/). Told from its words alone: a text asks where its first word
//! behind the prologue asks, and none anywhere outside of strings, IRIs and comments is an update's.

use crate::classify::asked::Asked;
use crate::classify::operation::Otherwise;
use crate::classify::overrides::is_key;

/// What a query form begins with.
const ASKS: [&str; 4] = ["ASK", "CONSTRUCT", "DESCRIBE", "SELECT"];

/// The words that updates begin with.
const ACTS: [&str; 11] =
    ["ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MODIFY", "MOVE", "WITH"];

/// `asks` where the request's one text only asks; `acts` for everything else.
pub(super) fn word(asked: &Asked<'_>, parameters: &[(String, String)]) -> Result<&'static str, Otherwise> {
    let mut texts: Vec<&str> =
        parameters.iter().filter(|(key, _)| is_key(key, "query")).map(|(_, value)| value.as_str()).collect();
    if asked.media_type() == "application/sparql-query" {
        texts.push(std::str::from_utf8(asked.content()?).unwrap_or_default());
    }
    Ok(if texts.len() == 1 && texts.iter().all(|text| asks(text)) { "asks" } else { "acts" })
}

/// Whether a text only asks.
pub fn asks(text: &str) -> bool {
    let Some(words) = words(text) else { return false };
    let mut rest = words.as_slice();
    // `BASE <iri>`, `PREFIX name: <iri>`: the IRIs are no words, and the name is one.
    loop {
        rest = match rest {
            [base, rest @ ..] if base.eq_ignore_ascii_case("BASE") => rest,
            [prefix, name, rest @ ..] if prefix.eq_ignore_ascii_case("PREFIX") && name.ends_with(':') => rest,
            _ => break,
        };
    }
    let is_one_of = |word: &str, list: &[&str]| list.iter().any(|known| known.eq_ignore_ascii_case(word));
    rest.first().is_some_and(|first| is_one_of(first, &ASKS))
        && !words.iter().any(|word| is_one_of(word, &ACTS))
}

/// The words outside of strings, IRIs and comments; a variable, a prefixed name and a language are one word with their
/// sign. `None`: a string has no end, or a sign that readers could take for two things.
fn words(text: &str) -> Option<Vec<&str>> {
    let bytes = text.as_bytes();
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            // An escape may stand for any sign (SPARQL 1.1, section 19.2), so that nothing is sure behind it.
            b'\\' | b'\r' | 0 => return None,
            b'#' => at = line_end(bytes, at),
            b'"' | b'\'' => at = string_end(bytes, at)?,
            b'<' => at = iri_end(bytes, at).unwrap_or(at) + 1,
            byte if is_word(*byte) => {
                let len = bytes[at..].iter().position(|byte| !is_word(*byte)).unwrap_or(bytes.len() - at);
                words.push(text.get(at..at + len)?);
                at += len;
            }
            _ => at += 1,
        }
    }
    Some(words)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_:?$@-%".contains(&byte) || byte >= 0x80
}

fn line_end(bytes: &[u8], start: usize) -> usize {
    // A carriage return ends a comment for some readers only: it is left to the caller, which refuses it.
    let ends = |byte: &u8| matches!(byte, b'\n' | b'\r');
    bytes[start..].iter().position(ends).map_or(bytes.len(), |len| start + len)
}

/// Where an IRI that begins here ends; `None` where the sign is a comparison.
fn iri_end(bytes: &[u8], start: usize) -> Option<usize> {
    let stops = |byte: &u8| byte.is_ascii_control() || b" <>\"{}|^`\\".contains(byte);
    let end = start + 1 + bytes[start + 1..].iter().position(stops)?;
    (bytes[end] == b'>').then_some(end)
}

/// The place behind a string's end.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let quote = bytes[start];
    let long = [quote; 3];
    let is_long = bytes[start..].starts_with(&long);
    let mut at = start + if is_long { 3 } else { 1 };
    while let Some(byte) = bytes.get(at) {
        match byte {
            // `\u0022` ends a string for those who undo it first.
            b'\\' if bytes.get(at + 1).is_some_and(|next| b"tbnrf\\\"'".contains(next)) => at += 2,
            b'\\' => return None,
            byte if *byte == quote && is_long && bytes[at..].starts_with(&long) => return Some(at + 3),
            byte if *byte == quote && !is_long => return Some(at + 1),
            b'\n' | b'\r' if !is_long => return None,
            _ => at += 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_asks_and_an_update_in_its_place_does_not() {
        for text in [
            "SELECT * WHERE { ?s ?p ?o }",
            "prefix foaf: <http://xmlns.com/foaf/0.1/>\nBASE <http://a/> ask { ?delete foaf:knows :drop }",
            "# DELETE\nSELECT ?load WHERE { ?s rdfs:label \"insert\"@en . FILTER(?a < 3 && ?b > 4) }",
            "CONSTRUCT { ?s a <http://a/INSERT#DROP> } WHERE { ?s ?p '''it's a \"CLEAR\"\n''' }",
            "DESCRIBE <http://a/x>",
            r#"SELECT * { ?s ?p "a\" } ; CLEAR ALL #" }"#,
        ] {
            assert!(asks(text), "{text}");
        }
        for text in [
            "",
            "INSERT DATA { <a> <b> <c> }",
            "SELECT * WHERE { } ; DROP ALL",
            "PREFIX a: <b> delete where { ?s ?p ?o }",
            "WITH <g> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
            r#"SELECT * { ?s ?p "a\u0022 } ; CLEAR ALL #" }"#,
            "SELECT * { ?s ?p 'a\n'} ; CLEAR ALL #'",
            "SELECT * #\rCLEAR ALL",
            "SELECT * { FILTER(?a < ?b) } ; DROP ALL #>",
            "SELECT \\u0044ROP",
            "PREFIX INSERT <b> SELECT *",
            "define input:default-graph-uri <x> INSERT { }",
            "LOAD <http://a/>",
        ] {
            assert!(!asks(text), "{text}");
        }
    }
}
