//! Where a GraphQL request may stand: in the query of the URL, in a JSON body (alone or in a batch), as the body
//! itself, in a form, in the `operations` of a multipart form (CASES CL-15, CL-18, CL-20). In two places at once is
//! unclear: servers differ on which they read.

use std::borrow::Cow;

use super::{Asking, asking};
use crate::classify::asked::Asked;
use crate::classify::multipart;
use crate::classify::operation::Otherwise;
use crate::classify::overrides::is_key;
use crate::json;

/// Everything that the request asks; empty where there is no GraphQL in it.
pub(super) fn look<'a>(asked: &Asked<'a>) -> Result<Vec<Asking<'a>>, Otherwise> {
    let declared = asked.service.is_some();
    // Most URLs have no document, and an undeclared one is none of GraphQL's without it.
    let in_url =
        if declared || asked.query_names("query") { of_pairs(asked.query()?, declared)? } else { None };
    if !asked.has_content() {
        return Ok(in_url.into_iter().collect());
    }
    if matches!(asked.head.method.as_str(), "GET" | "HEAD") {
        return if declared {
            Err(Otherwise::unclear("a GET with content"))
        } else {
            Err(Otherwise::NotMine)
        };
    }
    let in_body = body(asked)?;
    match (in_url, in_body) {
        (Some(_), body) if !body.is_empty() => {
            Err(Otherwise::unclear("a document in the URL and one in the body"))
        }
        (Some(_), _) => Err(Otherwise::unclear("a document in the URL, and content beside it")),
        (None, body) => Ok(body),
    }
}

fn body<'a>(asked: &Asked<'a>) -> Result<Vec<Asking<'a>>, Otherwise> {
    let declared = asked.service.is_some();
    match asked.media_type().as_str() {
        "application/graphql" => {
            let text = std::str::from_utf8(asked.content()?);
            let text = text.map_err(|_| Otherwise::unclear("the document is not UTF-8"))?;
            Ok(vec![Asking { document: Cow::Borrowed(text), hash: None }])
        }
        "application/x-www-form-urlencoded" if declared => {
            Ok(of_pairs(asked.form()?, declared)?.into_iter().collect())
        }
        "multipart/form-data" if declared => operations(asked),
        _ if asked.is_json() => {
            let root = match asked.json() {
                Ok(document) => document.root(),
                Err(Otherwise::Unclear(_)) if !declared => return Err(Otherwise::NotMine),
                Err(otherwise) => return Err(otherwise),
            };
            if !declared && root.get("query").is_none_or(|query| query.as_str().is_none()) {
                return Err(Otherwise::NotMine);
            }
            of_json(root)
        }
        _ if declared => Err(Otherwise::unclear("its content type is none that GraphQL requests have")),
        _ => Err(Otherwise::NotMine),
    }
}

fn of_json(root: json::Value<'_>) -> Result<Vec<Asking<'_>>, Otherwise> {
    match root.is_array() {
        true if root.is_empty() => Err(Otherwise::unclear("an empty batch")),
        true => root.items().map(asking).collect(),
        false => Ok(vec![asking(root)?]),
    }
}

/// Names by which a request asks for a document that the server keeps.
const STAND_INS: [&str; 7] =
    ["documentId", "doc_id", "queryId", "query_id", "query_hash", "persistedQuery", "extensions"];

/// Whether a server that reads plain forms would take this field for a document, or for what stands for one.
fn stands_for_a_document(key: &str) -> bool {
    STAND_INS.iter().chain(&["query", "operationName"]).any(|name| is_key(key, name))
        || key.len() > "operations".len() && is_key(key, "operations")
}

/// Each key at most once, in any case; `None` where there is no document and nothing that could stand for one.
fn of_pairs<'a>(all: Vec<(Cow<'a, str>, String)>, declared: bool) -> Result<Option<Asking<'a>>, Otherwise> {
    let named = |name: &str| all.iter().filter(|(key, _)| is_key(key, name)).count();
    match (named("query"), STAND_INS.iter().any(|name| named(name) > 0)) {
        (0, false) => Ok(None),
        (1, false) if named("operationName") <= 1 => {
            let document = all.into_iter().find(|(key, _)| key == "query").map(|(_, value)| value);
            let document = document.ok_or_else(|| Otherwise::unclear("`query` in another case"))?;
            Ok(Some(Asking { document: document.into(), hash: None }))
        }
        (0, true) if !declared => Ok(None),
        (0, true) => {
            Err(Otherwise::unclear("a persisted query without its document: nobody here knows what it is"))
        }
        _ => Err(Otherwise::unclear("documents, or what stands for one, in more than one way")),
    }
}

/// https://github.com/jaydenseric/graphql-multipart-request-spec: one part `operations`, then `map`, then files.
fn operations<'a>(asked: &Asked<'a>) -> Result<Vec<Asking<'a>>, Otherwise> {
    let (_, parameters) =
        asked.content_type().ok_or_else(|| Otherwise::unclear("its content type is unclear"))?;
    let parts = multipart::parts(asked.content()?, &parameters).map_err(Otherwise::unclear)?;
    let mut found = parts.iter().filter(|part| part.name.eq_ignore_ascii_case("operations"));
    let (Some(part), None) = (found.next(), found.next()) else {
        return Err(Otherwise::unclear("a multipart form without one part `operations`"));
    };
    if parts.iter().any(|part| stands_for_a_document(&part.name)) {
        return Err(Otherwise::unclear(
            "a document beside the part `operations`, which some servers run instead",
        ));
    }
    let document = json::read(part.content).map_err(|trouble| Otherwise::unclear(trouble.to_string()))?;
    // The document borrows from this function's own value, so its texts are copied.
    let all = of_json(document.root())?;
    let owned = |one: Asking<'_>| Asking {
        document: Cow::Owned(one.document.into_owned()),
        hash: one.hash.map(|hash| Cow::Owned(hash.into_owned())),
    };
    Ok(all.into_iter().map(owned).collect())
}
