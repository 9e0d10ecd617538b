//! What a form brings: each field once, none that the page did not put there. A field that nobody knows may be a
//! condition that this version would not keep.

use std::collections::BTreeMap;

use axum::body::Body as Content;

use crate::admin::{Kind, Problem, body};
use crate::limits;

/// The fields of a form.
#[derive(Debug, Default)]
pub struct Form(BTreeMap<String, String>);

impl Form {
    /// Reads a form that has some of these fields and no others.
    pub async fn read(content: Content, known: &[&str]) -> Result<Self, Problem> {
        Self::parse(&body::bytes(content).await?, known)
    }

    /// Reads a form that has a list too: one field that may be there often.
    pub async fn read_list(
        content: Content,
        known: &[&str],
        list: &str,
    ) -> Result<(Self, Vec<String>), Problem> {
        let bytes = body::bytes(content).await?;
        let (mut rest, mut items) = (form_urlencoded::Serializer::new(String::new()), Vec::new());
        for (name, value) in form_urlencoded::parse(&bytes) {
            if name == list {
                items.push(value.into_owned());
            } else {
                rest.append_pair(&name, &value);
            }
        }
        Ok((Self::parse(rest.finish().as_bytes(), known)?, items))
    }

    fn parse(bytes: &[u8], known: &[&str]) -> Result<Self, Problem> {
        let mut fields = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(bytes).take(limits::FORM_FIELDS_MAX + 1) {
            let known = known.contains(&name.as_ref());
            if !known || fields.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(Problem::new(Kind::BadRequest, "this is no form of this page's"));
            }
        }
        Ok(Self(fields))
    }

    /// A form of these fields.
    #[cfg(test)]
    pub fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    /// A field; empty where it is not there.
    pub fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// A field that says something.
    pub fn option(&self, name: &str) -> Option<String> {
        Some(self.text(name).trim().to_owned()).filter(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_each_field_once_and_no_strange_ones() {
        let form = Form::parse(b"a=1&b=x+y%21", &["a", "b", "c"]).unwrap();
        assert_eq!((form.text("a"), form.text("b"), form.text("c")), ("1", "x y!", ""));
        assert_eq!((form.option("b").as_deref(), form.option("c")), (Some("x y!"), None));
        for strange in ["a=1&a=1", "a=1&z=2", "%61=1&a=2", "A=1", "a[]=1"] {
            assert!(Form::parse(strange.as_bytes(), &["a", "b"]).is_err(), "{strange}");
        }
    }
}
