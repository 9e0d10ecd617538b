//! Where SQL text may stand in a request: a parameter of the query or of a form, a member of a JSON body (alone, in a
//! batch, in a pipeline), or the whole body. Text in more than one place is unclear: some products join the two.

use std::borrow::Cow;

use crate::classify::asked::Asked;
use crate::classify::operation::Otherwise;
use crate::classify::overrides::is_key;
use crate::json::Value;
use crate::limits;

/// Names of parameters and members that hold a statement.
const NAMES: [&str; 5] = ["sql", "query", "q", "statement", "stmt"];

/// All statements of a request.
pub(super) fn look<'a>(asked: &Asked<'a>) -> Result<Vec<Cow<'a, str>>, Otherwise> {
    let in_url = named(asked.query()?);
    let in_body = if asked.has_content() { body(asked)? } else { Vec::new() };
    if !in_url.is_empty() && !in_body.is_empty() {
        return Err(Otherwise::unclear("a statement in the URL and content beside it"));
    }
    Ok(if in_body.is_empty() { in_url } else { in_body })
}

fn named<'a>(pairs: Vec<(Cow<'a, str>, String)>) -> Vec<Cow<'a, str>> {
    let is_named = |key: &str| NAMES.iter().any(|name| is_key(key, name));
    pairs.into_iter().filter(|(key, _)| is_named(key)).map(|(_, value)| value.into()).collect()
}

fn body<'a>(asked: &Asked<'a>) -> Result<Vec<Cow<'a, str>>, Otherwise> {
    if asked.is_json() {
        return members(asked.json()?.root());
    }
    let bytes = asked.content()?;
    match asked.media_type().as_str() {
        "application/x-www-form-urlencoded" => match named(asked.form()?) {
            // Some clients send the bare statement under a form's type.
            found if found.is_empty() && !bytes.is_empty() => {
                Err(Otherwise::unclear("a form without a statement, or a statement under a form's type"))
            }
            found => Ok(found),
        },
        "" | "text/plain" | "application/sql" | "text/sql" => {
            let text =
                std::str::from_utf8(bytes).map_err(|_| Otherwise::unclear("the statement is not UTF-8"))?;
            Ok(vec![Cow::Borrowed(text)])
        }
        _ => Err(Otherwise::unclear("its content type is none that statements have")),
    }
}

/// What a value is, told from where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    /// The body itself, or what a member holds: a statement, an object with one, or a list of them.
    Held,
    /// In a list: the same, but a list is one statement followed by its values.
    Listed,
}

/// Every statement in a JSON body. A walk with a list of its own instead of recursion; an object without a statement
/// is unclear.
fn members<'a>(root: Value<'a>) -> Result<Vec<Cow<'a, str>>, Otherwise> {
    let mut found = Vec::new();
    let mut open = vec![(root, Place::Held)];
    while let Some((value, place)) = open.pop() {
        if found.len() > limits::OPERATIONS_MAX {
            return Err(Otherwise::unclear("more statements than are looked at"));
        }
        if let Some(text) = value.as_str() {
            found.push(text);
        } else if value.is_array() && place == Place::Held {
            open.extend(value.items().map(|item| (item, Place::Listed)));
        } else if value.is_array() {
            found.push(with_values(value)?);
        } else if value.is_object() {
            let before = open.len();
            object(value, &mut open)?;
            let closes = value.get("type").and_then(|kind| kind.as_str()).is_some_and(|kind| kind == "close");
            if open.len() == before && !closes {
                return Err(Otherwise::unclear("an object without a statement"));
            }
        } else {
            return Err(Otherwise::unclear("neither a statement nor a list of them"));
        }
    }
    Ok(found)
}

/// `["SELECT … WHERE a = ?", 7]`: a statement and its values.
fn with_values<'a>(list: Value<'a>) -> Result<Cow<'a, str>, Otherwise> {
    let statement = list.items().next().and_then(|first| first.as_str());
    statement.ok_or_else(|| Otherwise::unclear("a list that begins with no statement"))
}

/// The members of an object that hold statements, or lists and objects with statements in them.
fn object<'a>(value: Value<'a>, open: &mut Vec<(Value<'a>, Place)>) -> Result<(), Otherwise> {
    for (name, member) in value.members() {
        let statement = NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
        let holder =
            matches!(name.as_ref(), "batch" | "requests" | "steps" | "statements" | "queries" | "stmts");
        let nests = member.is_object() || holder && member.is_array();
        if statement && (member.as_str().is_some() || member.is_object()) || holder && nests {
            open.push((member, Place::Held));
        } else if statement || holder {
            return Err(Otherwise::unclear("a statement of an unknown form"));
        }
    }
    Ok(())
}
