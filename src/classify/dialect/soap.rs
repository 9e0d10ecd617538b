//! SOAP 1.1 and 1.2: the operation is the local name of the body's only element. `SOAPAction`, where it says anything,
//! must say the same: front ends route by it and services run the body (CASES CL-39); so must the `Action` of
//! WS-Addressing. What an operation does, only a
//! declaration knows.

use crate::classify::asked::Asked;
use crate::classify::operation::{Operation, Otherwise, Reading};
use crate::classify::parameters::only;
use crate::classify::xml::Document;

pub(super) fn read(asked: &Asked<'_>) -> Reading {
    let declared = asked.service.is_some();
    if asked.head.method != "POST" || !asked.has_content() {
        return Err(Otherwise::NotMine);
    }
    let kind = asked.media_type();
    let soap = matches!(kind.as_str(), "text/xml" | "application/soap+xml" | "application/xml");
    match (soap, declared) {
        (true, true) => {}
        (true, false)
            if kind == "application/soap+xml" || asked.head.values("soapaction").next().is_some() => {}
        (false, true) => return Err(Otherwise::unclear("its content type is none that SOAP has")),
        (_, false) => return Err(Otherwise::NotMine),
    }
    let document = Document::read(asked.content()?).map_err(Otherwise::unclear)?;
    let name = operation(&document).map_err(Otherwise::unclear)?;
    if !actions(asked)?.iter().all(|action| agrees(action, &name)) {
        return Err(Otherwise::unclear("`SOAPAction` names another operation than the body"));
    }
    if !addressed(&document).all(|action| agrees(action, &name)) {
        return Err(Otherwise::unclear("the envelope's `Action` names another operation than the body"));
    }
    let label = super::bounded(&format!("SOAP {name}"));
    Ok(vec![Operation::named(name, label)])
}

/// The name of the body's only element.
fn operation(document: &Document) -> Result<String, &'static str> {
    let root = document.element(document.root());
    if root.name != "Envelope" {
        return Err("the root is no SOAP envelope");
    }
    let body = document.only(document.root(), "Body").ok_or("the envelope has not exactly one body")?;
    if document.element(body).prefix != root.prefix {
        return Err("the body is not in the envelope's namespace");
    }
    let mut inside = document.children(body);
    match (inside.next(), inside.next()) {
        (Some(first), None) => Ok(document.element(first).name.clone()),
        _ => Err("the body has not exactly one element"),
    }
}

/// What the headers of the envelope say: WS-Addressing's `Action`, which some servers look at before anything else.
fn addressed(document: &Document) -> impl Iterator<Item = &str> {
    let headers = document.children(document.root()).filter(move |at| document.element(*at).name == "Header");
    let inside = headers.flat_map(move |header| document.children(header));
    let actions = inside.map(move |at| document.element(at)).filter(|element| element.name == "Action");
    actions.map(|element| element.text.trim())
}

/// What the fields say: `SOAPAction`, and the `action` of SOAP 1.2's content type.
fn actions<'a>(asked: &Asked<'a>) -> Result<Vec<String>, Otherwise> {
    let mut all = Vec::new();
    for value in asked.head.values("soapaction") {
        let text = std::str::from_utf8(value).map_err(|_| Otherwise::unclear("`SOAPAction` is not UTF-8"))?;
        all.push(text.trim().trim_matches('"').to_owned());
    }
    let parameters = asked.content_type().map(|(_, parameters)| parameters).unwrap_or_default();
    if parameters.iter().any(|(name, _)| name == "action") {
        all.push(only(&parameters, "action").unwrap_or("?").to_owned());
    }
    Ok(all)
}

/// An empty action says nothing; another one ends with the operation's name, with or without `Request`. One that is
/// only a version (`urn:vim25/8.0.1.0`) names no operation.
fn agrees(action: &str, operation: &str) -> bool {
    let last = action.rsplit(['/', '#', ':']).next().unwrap_or_default();
    let is_version = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let bare = |text: &str| text.strip_suffix("Request").unwrap_or(text).to_owned();
    action.is_empty() || is_version || last == operation || bare(last) == bare(operation)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_action_agrees_where_it_names_the_operation_or_nothing() {
        for (action, agreed) in [
            ("", true),
            ("urn:vim25/QueryPerf", true),
            ("http://x.example/svc#QueryPerf", true),
            ("QueryPerf", true),
            ("urn:vim25/8.0.1.0", true),
            ("urn:x/QueryPerfRequest", true),
            ("urn:vim25/Destroy_Task", false),
            ("urn:x/QueryPerf2", false),
            ("http://x.example/", false),
        ] {
            assert_eq!(agrees(action, "QueryPerf"), agreed, "{action}");
        }
    }

    #[test]
    fn the_operation_is_the_only_element_of_the_only_body() {
        let wrap = |body: &str| format!("<s:Envelope xmlns:s='u'>{body}</s:Envelope>");
        let read = |body: &str| operation(&Document::read(wrap(body).as_bytes()).unwrap());
        assert_eq!(
            read("<s:Header/><s:Body><x:Get xmlns:x='v'><id/></x:Get></s:Body>"),
            Ok("Get".to_owned())
        );
        for body in [
            "<s:Body/>",
            "<s:Body><Get/><Destroy/></s:Body>",
            "<s:Body><Get/></s:Body><s:Body><Destroy/></s:Body>",
            "<e:Body xmlns:e='e'><Get/></e:Body><s:Body><Destroy/></s:Body>",
            "<e:Body xmlns:e='e'><Get/></e:Body>",
            "<s:Header><s:Body><Get/></s:Body></s:Header>",
        ] {
            assert!(read(body).is_err(), "{body}");
        }
    }
}
