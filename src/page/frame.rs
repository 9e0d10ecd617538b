//! What every page has around it: the title and the icon with the number that waits, the way to the other pages, who
//! is logged in, and a place where news is told to those who cannot see it.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};
use maud::{DOCTYPE, Markup, html};

use crate::admin::{Office, Person};
use crate::clock::Clock;
use crate::page::words::shown;

/// One page.
pub struct Frame<'a> {
    /// What it is about; also its title.
    pub title: &'a str,
    /// What the script is to do with it: see there.
    pub kind: &'a str,
    /// Who looks.
    pub person: Option<&'a Person>,
    /// How many holds wait.
    pub pending: usize,
}

impl Frame<'_> {
    /// The whole document.
    pub fn around(&self, status: StatusCode, main: &Markup) -> Response {
        let title = match self.pending {
            0 => format!("{} - Holdpoint", self.title),
            pending => format!("({pending}) {} - Holdpoint", self.title),
        };
        html(
            status,
            html! {
                (DOCTYPE)
                html lang="en" {
                    head {
                        meta charset="utf-8";
                        meta name="viewport" content="width=device-width, initial-scale=1";
                        meta name="color-scheme" content="light dark";
                        title { (title) }
                        link rel="icon" id="icon" type="image/svg+xml" href=(format!("/assets/icon.svg?n={}", self.pending));
                        link rel="stylesheet" href="/assets/page.css";
                        script src="/assets/page.js" defer {}
                    }
                    body data-kind=(self.kind) data-now=(Clock::system().now().wall.0) {
                        a.skip href="#main" { "To the content" }
                        (self.header())
                        p #news .unseen role="status" aria-live="polite" {}
                        main #main { (main) }
                    }
                }
            },
        )
    }

    fn here(&self, kind: &str) -> Option<&'static str> {
        (self.kind == kind).then_some("page")
    }

    fn header(&self) -> Markup {
        html! {
            header {
                nav aria-label="Pages" {
                    a.home href="/" { "Holdpoint" }
                    @if self.person.is_some() {
                        a href="/" aria-current=[self.here("list")] { "Waiting " span.number #pending { (self.pending) } }
                        a href="/agents" aria-current=[self.here("agents")] { "Agents" }
                        a href="/grants" aria-current=[self.here("grants")] { "Grants" }
                        a href="/figures" aria-current=[self.here("figures")] { "Figures" }
                        a href="/history" aria-current=[self.here("history")] { "History" }
                    }
                }
                @if let Some(person) = self.person {
                    span #line .line-state title="The connection to Holdpoint" {}
                    form method="post" action="/logout" {
                        span.who { (shown(&person.who.name)) }
                        button.plain { "Log out" }
                    }
                }
            }
        }
    }
}

/// How many holds wait.
pub async fn pending(office: &Office) -> usize {
    office.desk.agents().await.iter().map(|agent| agent.held).sum()
}

/// A page that says one thing.
pub fn notice(
    person: Option<&Person>,
    pending: usize,
    status: StatusCode,
    title: &str,
    text: &str,
) -> Response {
    let frame = Frame { title, kind: "", person, pending };
    frame.around(
        status,
        &html! {
            h1 { (title) }
            p { (shown(text)) }
            p { a href="/" { "To what waits" } }
        },
    )
}

fn html(status: StatusCode, markup: Markup) -> Response {
    let mut response = (status, markup.into_string()).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}
