//! `/openapi.json` (OpenAPI 3.1), made from the table of routes and the types that they speak: no route and no member
//! is described by hand.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::admin::json;
use crate::admin::problem::{Document, Kind};
use crate::admin::route::{Access, Given, Route};
use crate::admin::table::routes;

/// `GET /openapi.json`
pub async fn openapi() -> Response {
    static TEXT: OnceLock<Arc<str>> = OnceLock::new();
    let text = TEXT.get_or_init(|| json::text(&document(&routes())).into());
    let mut response = text.to_string().into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// What the door may say to anybody, and to who is not known.
const AT_THE_DOOR: [Kind; 2] = [Kind::Forbidden, Kind::Unauthorized];

/// The whole document.
pub fn document(routes: &[Route]) -> Value {
    let mut schemas = Schemas::new();
    let mut paths: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for route in routes {
        let operation = schemas.operation(route);
        paths.entry(route.path).or_default().insert(route.method.as_str().to_ascii_lowercase(), operation);
    }
    json!({
        "openapi": "3.1.1",
        "info": {
            "title": "Holdpoint admin API",
            "description": "Agents' mutations wait here for a person. Nothing changes by GET.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "security": [{ "bearer": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "bearer": {
                "type": "http", "scheme": "bearer",
                "description": "state/admin.token, or an approver's own; on the Unix socket the user is enough",
            } },
            "schemas": schemas.all(),
        },
    })
}

/// The schemas of what is given and of what is taken: a member with a default must be in the one, and need not be in
/// the other.
struct Schemas {
    given: SchemaGenerator,
    taken: SchemaGenerator,
}

impl Schemas {
    fn new() -> Self {
        let settings =
            || SchemaSettings::draft2020_12().with(|all| all.definitions_path = "/components/schemas".into());
        Self {
            given: settings().for_serialize().into_generator(),
            taken: settings().for_deserialize().into_generator(),
        }
    }

    fn operation(&mut self, route: &Route) -> Value {
        let mut operation = json!({ "summary": route.what, "responses": self.responses(route) });
        let parameters = self.parameters(route);
        if !parameters.is_empty() {
            operation["parameters"] = parameters.into();
        }
        if let Some(body) = route.body {
            operation["requestBody"] = json!({
                "required": true,
                "content": { "application/json": { "schema": body(&mut self.taken) } },
            });
        }
        if route.access == Access::Open {
            operation["security"] = json!([]);
        }
        operation
    }

    fn parameters(&mut self, route: &Route) -> Vec<Value> {
        let mut parameters = Vec::new();
        if route.path.contains("{id}") {
            let what = if route.path.starts_with("/v1/holds/") { "a hold's id or code" } else { "an id" };
            let schema = json!({ "type": "string", "maxLength": 36 });
            parameters.push(
                json!({ "name": "id", "in": "path", "required": true, "description": what, "schema": schema }),
            );
        }
        if let Some(query) = route.query {
            parameters.extend(query_parameters(query(&mut self.taken)));
        }
        parameters.extend(route.fields.iter().map(|(name, what)| {
            json!({ "name": name, "in": "header", "description": what, "schema": { "type": "string" } })
        }));
        parameters
    }

    /// Answers by status; refusals that share one are told apart by their `code`.
    fn responses(&mut self, route: &Route) -> Value {
        let mut responses = Map::new();
        for given in &route.gives {
            responses.insert(given.status.to_string(), self.given(given));
        }
        let mut refusals: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
        let door =
            AT_THE_DOOR.iter().filter(|kind| route.access != Access::Open || **kind == Kind::Forbidden);
        for kind in route.refuses.iter().chain(door) {
            refusals.entry(kind.status().as_u16()).or_default().push(kind.code());
        }
        for (status, codes) in refusals {
            let schema = self.given.subschema_for::<Document>();
            responses.insert(
                status.to_string(),
                json!({
                    "description": format!("`code` is {}", codes.join(" or ")),
                    "content": { "application/problem+json": { "schema": schema } },
                }),
            );
        }
        responses.into()
    }

    fn given(&mut self, given: &Given) -> Value {
        let Some(kind) = given.kind else { return json!({ "description": given.what }) };
        let content = match given.schema {
            Some(make) => json!({ "schema": make(&mut self.given) }),
            None => json!({}),
        };
        json!({ "description": given.what, "content": { kind: content } })
    }

    fn all(mut self) -> Map<String, Value> {
        let mut all = self.taken.take_definitions(true);
        all.extend(self.given.take_definitions(true));
        all
    }
}

/// A query's members as parameters.
fn query_parameters(schema: Schema) -> Vec<Value> {
    let properties = schema.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    let parameter = |(name, mut schema): (String, Value)| {
        let what = schema.as_object_mut().and_then(|members| members.remove("description"));
        json!({ "name": name, "in": "query", "description": what, "schema": schema })
    };
    properties.into_iter().map(parameter).collect()
}
