//! `GET /v1/holds/{id}/rendering`: the one rendering of a hold, for a terminal that is elsewhere. It is made here,
//! from the bytes that are digested, so that secrets and large bodies stay where they are, and `digest` says of
//! what exactly: an approval of what was read names that digest and no other (CASES AP-11).

use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::admin::asked::Named;
use crate::admin::holds::find;
use crate::admin::json;
use crate::admin::people::Person;
use crate::admin::problem::{Kind, Problem};
use crate::admin::routes::Office;
use crate::approve::body::range;
use crate::approve::counter::stretch_of;
use crate::approve::render::top;
use crate::approve::{
    BodyView, Charset, Gutter, Known, Lens, Line, Options, Rendering, Source, Span, Stretch, Style,
    is_encoded, render,
};
use crate::clock::Clock;
use crate::hold::{HoldId, HoldView};
use crate::limits;
use crate::snapshot::Digest;

/// For which surface.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Columns of the screen; 100 without it.
    pub width: Option<usize>,
    /// The screen shows ASCII only.
    pub ascii: bool,
    /// Nothing is left out of what is at hand.
    pub all: bool,
    /// The body as text or bytes, nothing laid out.
    pub raw: bool,
    /// What is looked at; `pretty` without it.
    pub view: Lens,
    /// Only what comes before the body.
    pub opening: bool,
    /// Only what comes from this byte of the body on, as text or bytes.
    pub from: Option<u64>,
}

/// A rendering as JSON.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct Page {
    /// In order.
    pub lines: Vec<PageLine>,
    /// Some of the request was left out.
    pub elided: bool,
    /// The digest of exactly what was rendered; none where that is not the hold's.
    pub digest: Option<String>,
    /// Of a part of a request: where the next one begins.
    #[serde(default)]
    pub next: Option<u64>,
    /// Why an approval of whoever asks would not count for the hold; none where it would.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_yours: Option<String>,
}

/// One line.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct PageLine {
    label: String,
    gutter: PageGutter,
    spans: Vec<(PageStyle, String)>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", remote = "Gutter")]
enum GutterNames {
    None,
    Start,
    Continued,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
struct PageGutter(#[serde(with = "GutterNames")] Gutter);

#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case", remote = "Style")]
enum StyleNames {
    Plain,
    Quiet,
    Title,
    Warning,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
struct PageStyle(#[serde(with = "StyleNames")] Style);

impl From<Rendering> for Page {
    fn from(rendering: Rendering) -> Self {
        let lines = rendering.lines.into_iter().map(|line| PageLine {
            label: line.label,
            gutter: PageGutter(line.gutter),
            spans: line.spans.into_iter().map(|span| (PageStyle(span.style), span.text)).collect(),
        });
        Self {
            lines: lines.collect(),
            elided: rendering.elided,
            digest: rendering.digest.map(|digest| digest.to_string()),
            next: None,
            not_yours: None,
        }
    }
}

impl From<Stretch> for Page {
    fn from(part: Stretch) -> Self {
        let Stretch { lines, next, elided } = part;
        Self { next, ..Rendering { lines, elided, ..Rendering::default() }.into() }
    }
}

impl From<Page> for Stretch {
    fn from(page: Page) -> Self {
        let next = page.next;
        let Rendering { lines, elided, .. } = page.into();
        Self { lines, next, elided }
    }
}

impl From<Page> for Rendering {
    fn from(page: Page) -> Self {
        let span = |(style, text): (PageStyle, String)| Span { text, style: style.0, source: Source::No };
        let lines = page.lines.into_iter().map(|line| Line {
            label: line.label,
            gutter: line.gutter.0,
            spans: line.spans.into_iter().map(span).collect(),
            newline: false,
        });
        let digest = page.digest.as_deref().and_then(Digest::parse);
        Self { lines: lines.collect(), elided: page.elided, digest, ..Self::default() }
    }
}

/// `GET /v1/holds/{id}/rendering`
pub async fn rendering(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    Named(id): Named,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let bad = |detail| Problem::new(Kind::BadRequest, detail);
    let Query(asked) = asked.map_err(|_| {
        bad("the query has `width`, `ascii`, `all`, `raw`, `view`, `opening`, `from`, once each")
    })?;
    let width = asked.width.unwrap_or(limits::SHOWN_COLUMNS);
    if width > limits::SHOWN_COLUMNS_MAX {
        return Err(bad("no screen is that wide"));
    }
    let view = find(&office, &id).await?;
    let not_yours = person.counts(&view).err();
    let page = Page { not_yours, ..make(&office, view, width, &asked).await? };
    let mut response = json::text(&page).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

/// Makes it.
pub async fn make(office: &Office, view: HoldView, width: usize, asked: &Asked) -> Result<Page, Problem> {
    let gone = || Problem::new(Kind::NotFound, "this request is no longer kept").about(&*view.id);
    let id = view.id.parse().map(HoldId).map_err(|_| gone())?;
    let (head, body) = office.desk.request(id).await.ok_or_else(gone)?;
    let charset = if asked.ascii { Charset::Ascii } else { Charset::Utf8 };
    let options = Options {
        all: asked.all,
        lens: if asked.raw { Lens::Raw } else { asked.view },
        ..Options::new(width, charset, Clock::system().now().wall)
    };
    let known = Known::of(&office.desk, &office.schemas, &view, &head).await;
    let part = (asked.opening, asked.from);
    let made = tokio::task::spawn_blocking(move || {
        let shown = body.as_ref().map_or(Ok(BodyView::Gone), BodyView::read)?;
        let part = match (part, &body) {
            ((false, None), _) => {
                return io::Result::Ok(render(&view, &head, &shown, &known, &options).into());
            }
            ((true, _), _) => Some(Stretch {
                lines: top(&view, &head, &shown, &known, &options),
                next: Some(0),
                elided: is_encoded(&head),
            }),
            ((false, Some(from)), Some(body)) => {
                stretch_of(range(body, from, limits::SHOWN_PAGE)?, from, body.len(), &head, &options)
            }
            ((false, Some(_)), None) => None,
        };
        part.map(Page::from).ok_or_else(|| io::ErrorKind::NotFound.into())
    });
    match made.await {
        Ok(Ok(page)) => Ok(page),
        _ => Err(Problem::new(Kind::Unavailable, "the stored request cannot be read")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rendering_comes_through_json_as_it_was() {
        let lines = [
            Line::own("held \u{2026}", Style::Warning),
            Line {
                label: "target ".into(),
                gutter: Gutter::Continued,
                spans: vec![Span { text: "\\x1b[2J".into(), style: Style::Quiet, source: Source::No }],
                newline: false,
            },
        ];
        let digest = Digest::parse(&format!("sha256:{}", "0f".repeat(32)));
        let before = Rendering { lines: lines.to_vec(), elided: true, digest, ..Rendering::default() };
        let text = json::text(&Page::from(before.clone()));
        assert!(text.contains(r#""gutter":"continued","spans":[["quiet","\\x1b[2J"]]"#), "{text}");
        let after: Page = serde_json::from_str(&text).unwrap();
        assert_eq!(Rendering::from(after), before);
    }
}
