//! What an expression may ask of a request, as CEL values: made only where it is asked for.

use std::cell::OnceCell;
use std::collections::HashMap;

use cel::Value;

use crate::agent::Agent;
use crate::classify::Finding;
use crate::decide::when::check::Uses;
use crate::decide::when::{Failure, body};
use crate::snapshot::{Body, Head};

/// How much of the content is there.
#[derive(Clone, Copy, Debug)]
pub(in crate::decide) enum Content<'a> {
    /// It is announced, and not here yet.
    Announced,
    /// There is none.
    None,
    /// All of it.
    Whole(&'a Body),
}

/// A request as expressions see it. The body is read once, however many expressions ask for it.
pub(in crate::decide) struct Facts<'a> {
    agent: &'a Agent,
    head: &'a Head,
    finding: Option<&'a Finding>,
    content: Content<'a>,
    body: OnceCell<Result<Value, Failure>>,
}

impl<'a> Facts<'a> {
    pub(in crate::decide) fn new(
        agent: &'a Agent,
        head: &'a Head,
        finding: Option<&'a Finding>,
        content: Content<'a>,
    ) -> Self {
        Self { agent, head, finding, content, body: OnceCell::new() }
    }

    /// Whether something that is asked for is not known yet.
    pub(super) fn lacks(&self, uses: Uses) -> bool {
        (uses.contains(Uses::FINDING) && self.finding.is_none())
            || (uses.contains(Uses::BODY) && matches!(self.content, Content::Announced))
    }

    /// `request`, with those of its fields that are asked for.
    pub(super) fn request(&self, uses: Uses, method: &str, path: &[u8]) -> Value {
        let origin = &self.head.origin;
        let mut fields: HashMap<&str, Value> = HashMap::from([
            ("agent", Value::from(self.agent.name.as_str())),
            ("host", Value::from(origin.host.to_string())),
            ("method", Value::from(method)),
            ("path", Value::from(String::from_utf8_lossy(path).into_owned())),
            ("port", Value::Int(i64::from(origin.port))),
            ("scheme", Value::from(origin.scheme.as_str())),
        ]);
        if let Some(finding) = self.finding {
            fields.insert("dialect", Value::from(finding.dialect));
            fields.insert("effect", Value::from(finding.effect.as_str()));
            fields.insert("operation", Value::from(finding.operation.as_str()));
        }
        if uses.contains(Uses::HEADERS) {
            let fields_of = self.head.fields.iter();
            let pairs =
                fields_of.map(|(name, value)| (name.clone(), String::from_utf8_lossy(value).into_owned()));
            fields.insert("headers", lists(pairs));
        }
        if uses.contains(Uses::QUERY) {
            let query = self.head.query().unwrap_or_default();
            let pairs = form_urlencoded::parse(query.as_bytes());
            fields.insert("query", lists(pairs.map(|(name, value)| (name.into_owned(), value.into_owned()))));
        }
        fields.into()
    }

    /// `body`: the JSON value, `null` where there is no content at all.
    pub(super) fn body(&self) -> &Result<Value, Failure> {
        self.body.get_or_init(|| match self.content {
            Content::None => Ok(Value::Null),
            Content::Announced => Err(Failure::Internal),
            Content::Whole(content) => body::read(self.head, content),
        })
    }
}

/// From names to all the values that each has, in order.
fn lists(pairs: impl Iterator<Item = (String, String)>) -> Value {
    let mut lists: HashMap<String, Vec<String>> = HashMap::new();
    for (name, value) in pairs {
        lists.entry(name).or_default().push(value);
    }
    lists.into()
}
