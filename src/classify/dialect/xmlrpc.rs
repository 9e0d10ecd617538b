//! XML-RPC (http://xmlrpc.com/spec.md): the operation is `methodName`. Where a product dispatches by a parameter
//! (Odoo's `execute_kw`), its catalog entry says which, and the name is `execute_kw search_read`.

use crate::classify::asked::Asked;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::xml::Document;

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let declared = asked.service.is_some();
    if asked.head.method != "POST" || !asked.has_content() {
        return Err(Otherwise::NotMine);
    }
    if !matches!(asked.media_type().as_str(), "text/xml" | "application/xml") {
        return if declared {
            Err(Otherwise::unclear("its content type is not XML"))
        } else {
            Err(Otherwise::NotMine)
        };
    }
    let document = match Document::read(asked.content()?) {
        Ok(document) => document,
        Err(why) if declared => return Err(Otherwise::unclear(why)),
        Err(_) => return Err(Otherwise::NotMine),
    };
    if document.element(document.root()).name != "methodCall" {
        return if declared {
            Err(Otherwise::unclear("the root is no method call"))
        } else {
            Err(Otherwise::NotMine)
        };
    }
    let mut name = method(&document).ok_or_else(|| Otherwise::unclear("not exactly one method name"))?;
    for part in asked.service.iter().flat_map(|service| &service.entry.parts) {
        if let Some(text) = part
            .strip_prefix("params.")
            .and_then(|at| at.parse().ok())
            .and_then(|at| parameter(&document, at))
        {
            name.push(' ');
            name.push_str(&text);
        }
    }
    let label = super::bounded(&format!("XML-RPC {name}"));
    Ok(vec![Operation::named(name, label)])
}

fn method(document: &Document) -> Option<String> {
    let at = document.only(document.root(), "methodName")?;
    let name = document.element(at).text.trim();
    (!name.is_empty() && is_plain(document, at)).then(|| name.to_owned())
}

/// The text of the parameter at a place, where it is a string.
fn parameter(document: &Document, at: usize) -> Option<String> {
    let params = document.only(document.root(), "params")?;
    let param = document.children(params).nth(at)?;
    let value = document.only(param, "value")?;
    let text = match document.children(value).next() {
        None => value,
        Some(_) => document.only(value, "string")?,
    };
    is_plain(document, text).then(|| document.element(text).text.clone())
}

/// Of a text with elements, comments or CDATA in it readers take different parts.
fn is_plain(document: &Document, at: usize) -> bool {
    document.children(at).next().is_none() && !document.element(at).cut
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_method_and_a_string_parameter_are_read() {
        let text = "<?xml version='1.0'?><methodCall><methodName> execute_kw </methodName><params>\
                    <param><value><string>db</string></value></param><param><value>search</value></param>\
                    <param><value><int>2</int></value></param></params></methodCall>";
        let document = Document::read(text.as_bytes()).unwrap();
        assert_eq!(method(&document).as_deref(), Some("execute_kw"));
        assert_eq!(parameter(&document, 0).as_deref(), Some("db"));
        assert_eq!(parameter(&document, 1).as_deref(), Some("search"));
        assert_eq!(parameter(&document, 2), None);
        assert_eq!(parameter(&document, 3), None);
        let nested = "<methodCall><methodName>a</methodName><params><param><value><string>search<i/>unlink\
                      </string></value></param></params></methodCall>";
        assert_eq!(parameter(&Document::read(nested.as_bytes()).unwrap(), 0), None);
        for name in ["delete<!-- -->Preview", "delete<![CDATA[Preview]]>"] {
            let text = format!("<methodCall><methodName>{name}</methodName></methodCall>");
            assert_eq!(method(&Document::read(text.as_bytes()).unwrap()), None, "{name}");
        }
        let two =
            Document::read(b"<methodCall><methodName>a</methodName><methodName>b</methodName></methodCall>")
                .unwrap();
        assert_eq!(method(&two), None);
    }
}
