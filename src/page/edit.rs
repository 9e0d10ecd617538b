//! A held request as a text that a person changes: first the text, then what was changed in it, then it takes the
//! request's place. What it becomes is judged anew and needs approving.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body as Content;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};

use crate::admin::answer::refusal;
use crate::admin::{Kind, Office, Person, Problem};
use crate::approve::changes::Change;
use crate::approve::hunks::hunks;
use crate::approve::{Charset, Gutter, Line, Span, Style, Untrusted};
use crate::page::detail::fault;
use crate::page::door::see_other;
use crate::page::draft::{Draft, changed, draft};
use crate::page::frame::{Frame, pending};
use crate::page::lines::lines;
use crate::page::words::shown;

/// `GET /holds/{id}/edit`
pub async fn edit(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    match draft(&office, &person, id).await {
        Ok(draft) => show(&office, &person, StatusCode::OK, &field(&draft, &draft.text, None)).await,
        Err(problem) => fault(&office, &person, &problem).await,
    }
}

/// `POST /holds/{id}/edit`: shows what would change, and changes nothing.
pub async fn look(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    id: Result<Path<String>, PathRejection>,
    content: Content,
) -> Response {
    let done = async {
        let draft = draft(&office, &person, id).await?;
        let text = changed(&draft, content).await?;
        Ok::<_, Problem>((draft, text))
    };
    match done.await {
        Ok((draft, text)) if text == draft.text => {
            let same = Problem::new(Kind::BadRequest, "nothing was changed");
            show(&office, &person, StatusCode::OK, &field(&draft, &text, Some(&same))).await
        }
        Ok((draft, text)) => show(&office, &person, StatusCode::OK, &ask(&draft, &text)).await,
        Err(problem) => fault(&office, &person, &problem).await,
    }
}

/// `POST /holds/{id}/edit/put`: puts it in the request's place.
pub async fn put(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    id: Result<Path<String>, PathRejection>,
    content: Content,
) -> Response {
    let done = async {
        let draft = draft(&office, &person, id).await?;
        let text = changed(&draft, content).await?;
        let put = office.editor.edit(draft.hold, draft.digest, &text, person.who.clone()).await;
        Ok::<_, Problem>((draft, text, put.map_err(refusal)))
    };
    match done.await {
        Ok((_, _, Ok(view))) => see_other(&format!("/holds/{}", view.id)),
        Ok((draft, text, Err(problem))) => {
            let status = problem.kind().status();
            show(&office, &person, status, &field(&draft, &text, Some(&problem))).await
        }
        Err(problem) => fault(&office, &person, &problem).await,
    }
}

async fn show(office: &Office, person: &Person, status: StatusCode, main: &Markup) -> Response {
    let pending = pending(office).await;
    Frame { title: "Edit", kind: "edit", person: Some(person), pending }.around(status, main)
}

fn field(draft: &Draft, text: &str, trouble: Option<&Problem>) -> Markup {
    let path = format!("/holds/{}", draft.view.id);
    html! {
        h1 { "Edit " (draft.view.code) }
        @if let Some(problem) = trouble { p.alert role="alert" { (shown(problem.detail())) } }
        form.edit method="post" action=(format!("{path}/edit")) {
            input type="hidden" name="digest" value=(draft.digest);
            label for="text" { "The request as it is to be; it needs approving then" }
            textarea #text name="text" rows="24" cols="80" wrap="soft" spellcheck="false" autocomplete="off" autocapitalize="off" { "\n" (text) }
            div.buttons { button.strong { "Look at what changes" } a href=(path) { "Leave it as it is" } }
        }
    }
}

fn ask(draft: &Draft, text: &str) -> Markup {
    let path = format!("/holds/{}", draft.view.id);
    html! {
        h1 { "What changes in " (draft.view.code) }
        section aria-label="What changes" { (lines(&difference(&draft.text, text))) }
        section #decide aria-label="Decide" {
            form method="post" action=(format!("{path}/edit/put")) {
                input type="hidden" name="digest" value=(draft.digest);
                input type="hidden" name="text" value=(text);
                div.buttons { button.strong { "Put this in its place" } a href=(path) { "Leave it as it is" } }
            }
        }
    }
}

/// The lines that went and those that came, with those beside them.
fn difference(before: &str, after: &str) -> Vec<Line> {
    let numbered =
        |text| str::lines(text).enumerate().map(|(index, line)| (index + 1, line)).collect::<Vec<_>>();
    let mut found = Vec::new();
    for hunk in hunks(&numbered(before), &numbered(after)) {
        found.push(Line::own(format!("from line {}:", hunk.from), Style::Title));
        found.extend(hunk.lines.into_iter().map(|(change, text)| match change {
            Change::Same => signed(' ', text, Style::Quiet),
            Change::Gone => signed('-', text, Style::Plain),
            Change::New => signed('+', text, Style::Title),
        }));
    }
    found
}

fn signed(sign: char, text: &str, style: Style) -> Line {
    Line {
        label: format!("{sign} "),
        gutter: Gutter::Start,
        spans: vec![Span { text: Untrusted::from(text).show(Charset::Utf8).text, style, ..Span::default() }],
        ..Line::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hold::HoldId;
    use crate::page::draft::unfit;
    use crate::page::tests::{assert_only_ours, hold, payloads};
    use crate::snapshot::Digest;

    /// CASES AP-13
    #[test]
    fn no_payload_in_an_edit_becomes_an_element() {
        for text in payloads() {
            let view = hold(&text);
            let digest = Digest::parse(&view.digest).unwrap();
            let draft = Draft { hold: HoldId(view.id.parse().unwrap()), view, digest, text: text.clone() };
            let trouble = Problem::new(Kind::Unfit, text.clone());
            assert_only_ours(&text, &ask(&draft, &format!("{text}\n{text}")).into_string());
            if unfit(&text).is_none() {
                assert_only_ours(&text, &field(&draft, &text, Some(&trouble)).into_string());
            }
        }
    }

    #[test]
    fn a_difference_names_what_went_and_what_came() {
        let texts = |before, after| -> Vec<String> {
            difference(before, after).iter().map(|line| line.text(Charset::Utf8)).collect()
        };
        let found = texts("a\nb\nc", "a\nB\nc");
        assert!(found.len() == 5 && found[2].starts_with("- ") && found[3].ends_with('B'), "{found:?}");
        assert_eq!(texts("a\na", "a\na\na").len(), 3);
    }
}
