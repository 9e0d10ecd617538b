//! The text of a config with an agent more or less. Places come from a parse of the text, so that nothing is taken for a
//! table that only looks like one; what is between them is not touched.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// An `[[agent]]` table.
pub fn table(name: &str, hash: &str, source: &[String]) -> String {
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let mut table = format!("[[agent]]\nname = {}\ntoken_hash = \"sha256:{hash}\"\n", quoted(name));
    if !source.is_empty() {
        let nets: Vec<String> = source.iter().map(|net| quoted(net)).collect();
        table.push_str(&format!("source = [{}]\n", nets.join(", ")));
    }
    table
}

/// The text with a table at its end, where every table may stand.
pub fn added(text: &str, table: &str) -> String {
    match text.trim_end_matches(['\n', '\r']) {
        "" => table.to_owned(),
        kept => format!("{kept}\n\n{table}"),
    }
}

/// The text without this agent's table; the comments around it stay.
pub fn removed(text: &str, name: &str) -> Result<String, String> {
    let document = DeTable::parse(text).map_err(|error| error.message().to_owned())?;
    let agents = tables(document.get_ref(), "agent");
    let found = agents.into_iter().find(|table| text_of(table, "name").is_some_and(|found| found == name));
    let lines = found.and_then(|table| block(text, table));
    let lines = lines.ok_or_else(|| {
        format!("`{name}` is not written as an [[agent]] table of its own; take it out by hand")
    })?;
    let (before, mut after) = (&text[..lines.start], &text[lines.end..]);
    // Of the blank lines on both sides one is enough.
    if before.is_empty() || before.ends_with("\n\n") {
        after = after.strip_prefix('\n').unwrap_or(after);
    }
    Ok(format!("{before}{after}"))
}

/// The lines (from 1) of the rules that name this agent, under `agent` or in quotes in their `when`.
pub fn rules_with(text: &str, name: &str) -> Vec<usize> {
    let Ok(document) = DeTable::parse(text) else { return Vec::new() };
    let mut lines = Vec::new();
    let quotes = [format!("\"{name}\""), format!("'{name}'")];
    let is_it = |value: &Spanned<DeValue<'_>>| value.get_ref().as_str() == Some(name);
    let among = |value: &Spanned<DeValue<'_>>| {
        is_it(value) || value.get_ref().as_array().is_some_and(|list| list.iter().any(is_it))
    };
    let quoted = |value: &Spanned<DeValue<'_>>| {
        value.get_ref().as_str().is_some_and(|when| quotes.iter().any(|name| when.contains(name)))
    };
    for rule in tables(document.get_ref(), "rule") {
        let agent = rule.get_ref().get("agent").filter(|value| among(value));
        let when = rule.get_ref().get("when").filter(|value| quoted(value));
        if let Some(value) = agent.or(when) {
            lines.push(text[..value.span().start].matches('\n').count() + 1);
        }
    }
    lines
}

fn tables<'a, 'i>(document: &'a DeTable<'i>, name: &str) -> Vec<&'a Spanned<DeValue<'i>>> {
    let list = document.get(name).and_then(|value| value.get_ref().as_array());
    list.map(|list| list.iter().collect()).unwrap_or_default()
}

fn text_of<'a>(table: &'a Spanned<DeValue<'_>>, key: &str) -> Option<&'a str> {
    table.get_ref().as_table()?.get(key)?.get_ref().as_str()
}

/// The whole lines of a table: from its header to its last value. `None` where it has no header of its own.
fn block(text: &str, table: &Spanned<DeValue<'_>>) -> Option<Range<usize>> {
    let start = table.span().start;
    let line = text[..start].rfind('\n').map_or(0, |at| at + 1);
    if !text[start..].starts_with("[[") || !text[line..start].trim().is_empty() {
        return None;
    }
    let header = start + text[start..].find("]]")?;
    let values = table.get_ref().as_table()?.values().map(|value| value.span().end);
    let last = values.chain([header]).max()?;
    let end = text[last..].find('\n').map_or(text.len(), |at| last + at + 1);
    Some(line..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
# [[agent]] in a comment
[hold]
wait = \"50s\"   # a minute is too long

# Ana's
[[agent]]
name = \"one\"   # [[agent]]
token_hash = \"sha256:00\"

[[agent]]
name = '''two'''
source = [
  \"10.0.0.1\",   # the rack
]
# what comes next
[[rule]]
name = \"[[agent]]\\nname = \\\"one\\\"\"
agent = [\"two\"]
";

    #[test]
    fn a_table_is_taken_out_with_its_lines_and_no_other() {
        let without = removed(TEXT, "one").unwrap();
        let expected =
            TEXT.replace("[[agent]]\nname = \"one\"   # [[agent]]\ntoken_hash = \"sha256:00\"\n", "");
        assert_eq!(without, expected);
        let without = removed(TEXT, "two").unwrap();
        assert!(without.contains("sha256:00\"\n\n# what comes next\n[[rule]]\n"), "{without}");
        assert!(!without.contains("the rack"));
        assert!(removed(TEXT, "three").is_err());
    }

    #[test]
    fn an_agent_that_is_written_inline_is_left_to_its_person() {
        for inline in ["agent = [{ name = \"one\" }]\n", "agent = [\n  { name = \"one\" },\n]\n"] {
            assert!(removed(inline, "one").unwrap_err().contains("by hand"), "{inline}");
        }
    }

    #[test]
    fn what_is_added_is_there_and_what_was_there_stays() {
        let table = table("th\"ree", "11", &["10.0.0.0/8".to_owned()]);
        assert_eq!(
            table,
            "[[agent]]\nname = 'th\"ree'\ntoken_hash = \"sha256:11\"\nsource = [\"10.0.0.0/8\"]\n"
        );
        let with = added(TEXT, &table);
        assert_eq!(with, format!("{TEXT}\n{table}"));
        assert_eq!(removed(&with, "th\"ree").unwrap().trim_end(), TEXT.trim_end());
        assert_eq!(added("", &table), table);
        assert_eq!(added("[hold]", &table), format!("[hold]\n\n{table}"));
    }

    #[test]
    fn the_rules_that_name_an_agent_are_found_by_their_lines() {
        assert_eq!(rules_with(TEXT, "two"), [18]);
        assert!(rules_with(TEXT, "one").is_empty());
        let when = "[[rule]]\nverdict = \"deny\"\nwhen = 'request.agent == \"one\"'\n";
        assert_eq!(rules_with(when, "one"), [3]);
        assert!(rules_with(when, "on").is_empty());
    }
}
