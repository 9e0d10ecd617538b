//! `/openapi.json` and the router are one: what the one has the other has too.

use serde_json::Value;

use super::*;
use crate::admin::table;

const METHODS: [&str; 6] = ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"];

#[tokio::test]
async fn the_router_knows_exactly_the_methods_that_the_document_names() {
    let desked = Desked::new().await;
    let document = desked.get("/openapi.json").await.json();
    for (path, operations) in document["paths"].as_object().unwrap() {
        // Looking at events takes no end.
        for method in METHODS.iter().filter(|method| (path.as_str(), **method) != ("/v1/events", "GET")) {
            let answer = desked.ask(method, &path.replace("{id}", "ZZZZ"), "{}").await;
            let documented = !operations[method.to_ascii_lowercase()].is_null();
            assert_eq!(answer.status != 405, documented, "{method} {path}: {}", answer.status);
        }
    }
    assert_eq!(document["paths"].as_object().unwrap().len(), 18, "a path is new: is it tested?");
}

#[test]
fn every_reference_of_the_document_leads_somewhere_and_everything_is_described() {
    let document = crate::admin::document::document(&table::routes());
    let (mut values, mut references) = (vec![&document], 0);
    while let Some(value) = values.pop() {
        match value {
            Value::Object(members) => values.extend(members.values()),
            Value::Array(items) => values.extend(items),
            _ => continue,
        }
        if let Some(reference) = value["$ref"].as_str() {
            references += 1;
            assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
        }
    }
    assert!(references > 20, "{references}");
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(operation["summary"].as_str().is_some_and(|text| text.len() > 10), "{method} {path}");
            let changes = method != "get";
            let open = operation["security"] == serde_json::json!([]);
            assert!(!(changes && open), "{method} {path}");
        }
    }
}

/// A path that takes a name knows nobody else's: an id that is none is not found, and nothing is told of it.
#[tokio::test]
async fn a_strange_id_is_not_found_anywhere() {
    let desked = Desked::new().await;
    for route in table::routes().iter().filter(|route| route.path.contains("{id}")) {
        for id in ["ZZZZ", "..%2f..%2fetc", "%ff", "a%0ab"] {
            let body = r#"{"decision":"deny","digest":"sha256:0000000000000000000000000000000000000000000000000000000000000000","text":""}"#;
            let body = if route.path.ends_with("/decision") { r#"{"decision":"deny"}"# } else { body };
            let body = body.replace(r#""decision":"deny","digest""#, r#""digest""#);
            let answer = desked.ask(route.method.as_str(), &route.path.replace("{id}", id), &body).await;
            let status = answer.status.as_u16();
            assert!(
                status == 404 || (route.path == "/v1/grants/{id}" && status == 503),
                "{} {id}: {status}",
                route.path
            );
        }
    }
}
