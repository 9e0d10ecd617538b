//! One route of the admin API, as a value: what it does, what it takes, what it answers, and what runs. The router
//! and `/openapi.json` are both made from these, so that neither can know a route that the other does not.

use std::sync::Arc;

use axum::handler::Handler;
use axum::routing::{MethodFilter, MethodRouter, on};
use http::Method;
use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::admin::problem::Kind;
use crate::admin::routes::Office;

/// Makes the schema of a type.
pub type Make = fn(&mut SchemaGenerator) -> Schema;

/// Who may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whoever may decide.
    Decide,
    /// Whoever is known.
    Look,
    /// Anybody who reaches the listener; the answer names no host, path or agent.
    Open,
}

/// One answer that is not a refusal.
pub struct Given {
    /// Its status.
    pub status: u16,
    /// Its content type; none where it has no content.
    pub kind: Option<&'static str>,
    /// What it is.
    pub what: &'static str,
    /// What it looks like, where it is JSON (or JSON lines of events).
    pub schema: Option<Make>,
}

/// One route.
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path, `{id}` for what differs.
    pub path: &'static str,
    /// What it does, in a sentence.
    pub what: &'static str,
    /// Who may ask.
    pub access: Access,
    /// What its query may have.
    pub query: Option<Make>,
    /// Request fields that it knows, and what they do.
    pub fields: &'static [(&'static str, &'static str)],
    /// What its body must be.
    pub body: Option<Make>,
    /// What it answers.
    pub gives: Vec<Given>,
    /// How else it may say no; what the door says is not named again.
    pub refuses: Vec<Kind>,
    /// What runs.
    pub runs: MethodRouter<Arc<Office>>,
}

impl Route {
    fn new<T: 'static>(
        method: Method,
        path: &'static str,
        what: &'static str,
        runs: impl Handler<T, Arc<Office>>,
    ) -> Self {
        let filter = MethodFilter::try_from(method.clone()).expect("the methods of this file have filters");
        Self {
            method,
            path,
            what,
            access: Access::Look,
            query: None,
            fields: &[],
            body: None,
            gives: Vec::new(),
            refuses: Vec::new(),
            runs: on(filter, runs),
        }
    }

    /// A route that shows something.
    pub fn get<T: 'static>(
        path: &'static str,
        what: &'static str,
        runs: impl Handler<T, Arc<Office>>,
    ) -> Self {
        Self::new(Method::GET, path, what, runs)
    }

    /// A route that does something; only who may decide may ask.
    pub fn act<T: 'static>(
        method: Method,
        path: &'static str,
        what: &'static str,
        runs: impl Handler<T, Arc<Office>>,
    ) -> Self {
        Self { access: Access::Decide, ..Self::new(method, path, what, runs) }
    }

    /// Who may ask, where it is not the usual.
    pub fn for_whom(self, access: Access) -> Self {
        Self { access, ..self }
    }

    /// It takes a query.
    pub fn query<T: JsonSchema>(self) -> Self {
        Self { query: Some(T::json_schema), ..self }
    }

    /// It knows these request fields.
    pub fn knows(self, fields: &'static [(&'static str, &'static str)]) -> Self {
        Self { fields, ..self }
    }

    /// It takes a body.
    pub fn takes<T: JsonSchema>(self) -> Self {
        Self { body: Some(SchemaGenerator::subschema_for::<T>), ..self }
    }

    /// It answers 200 with this JSON.
    pub fn gives<T: JsonSchema>(self, what: &'static str) -> Self {
        let schema: Make = SchemaGenerator::subschema_for::<T>;
        self.also(Given { status: 200, kind: Some("application/json"), what, schema: Some(schema) })
    }

    /// It answers 200 with something that is no JSON.
    pub fn gives_other(self, kind: &'static str, what: &'static str) -> Self {
        self.also(Given { status: 200, kind: Some(kind), what, schema: None })
    }

    /// And it may answer this.
    pub fn also(mut self, given: Given) -> Self {
        self.gives.push(given);
        self
    }

    /// It may say no in these ways too.
    pub fn refuses(mut self, kinds: &[Kind]) -> Self {
        self.refuses.extend(kinds);
        self
    }
}
