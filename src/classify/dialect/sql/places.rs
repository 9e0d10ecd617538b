//! Where SQL text may stand in a request: a parameter of the query or of a form, a member of a JSON body (alone, in a
//! batch, in a pipeline), or the whole body. Text in more than one place is unclear: some products join the two.

use std::borrow::Cow;

use crate::classify::asked::Asked;
use crate::classify::operation::Otherwise;
use crate::classify::overrides::pairs;
use crate::json::Value;
use crate::limits;

/// Names of parameters and members that hold a statement.
const NAMES: [&str; 5] = ["sql", "query", "q", "statement", "stmt"];

/// All statements of a request.
pub(super) fn look<'a>(asked: &Asked<'a>) -> Result<Vec<Cow<'a, str>>, Otherwise> {
    let in_url = named(asked.query());
    let in_body = if asked.has_content() { body(asked)? } else { Vec::new() };
    if !in_url.is_empty() && !in_body.is_empty() {
        return Err(Otherwise::unclear("a statement in the URL and content beside it"));
    }
    Ok(if in_body.is_empty() { in_url } else { in_body })
}

fn named<'a>(pairs: Vec<(Cow<'a, str>, String)>) -> Vec<Cow<'a, str>> {
    let is_named = |key: &str| NAMES.iter().any(|name| key.eq_ignore_ascii_case(name));
    pairs.into_iter().filter(|(key, _)| is_named(key)).map(|(_, value)| value.into()).collect()
}

fn body<'a>(asked: &Asked<'a>) -> Result<Vec<Cow<'a, str>>, Otherwise> {
    if asked.is_json() {
        return members(asked.json()?.root());
    }
    let bytes = asked.content()?;
    match asked.media_type().as_str() {
        "application/x-www-form-urlencoded" => match named(pairs(bytes).collect()) {
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

/// Every statement in a JSON body: strings in lists, lists that begin with a string (the rest are its values), members
/// by name. A walk with a list of its own instead of recursion; an object without a statement is unclear.
fn members<'a>(root: Value<'a>) -> Result<Vec<Cow<'a, str>>, Otherwise> {
    let mut found = Vec::new();
    let mut open = vec![(root, 0)];
    while let Some((value, depth)) = open.pop() {
        if found.len() > limits::OPERATIONS_MAX || depth > 6 {
            return Err(Otherwise::unclear("more statements, or deeper ones, than are looked at"));
        }
        if let Some(text) = value.as_str() {
            found.push(text);
        } else if value.is_array() {
            let is_statement =
                depth > 0 && value.items().next().is_some_and(|first| first.as_str().is_some());
            let items = value.items().take(if is_statement { 1 } else { usize::MAX });
            open.extend(items.map(|item| (item, depth + 1)));
        } else if value.is_object() {
            let before = open.len();
            object(value, depth, &mut open)?;
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

/// The members of an object that hold statements, or lists and objects with statements in them.
fn object<'a>(value: Value<'a>, depth: usize, open: &mut Vec<(Value<'a>, usize)>) -> Result<(), Otherwise> {
    for (name, member) in value.members() {
        let statement = NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
        let holder =
            matches!(name.as_ref(), "batch" | "requests" | "steps" | "statements" | "queries" | "stmts");
        if statement && (member.as_str().is_some() || member.is_object()) || holder && member.is_array() {
            open.push((member, depth + 1));
        } else if statement || holder {
            return Err(Otherwise::unclear("a statement of an unknown form"));
        }
    }
    Ok(())
}
