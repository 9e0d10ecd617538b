//! The one rendering of a hold, for every surface: a summary, then the request as it will be sent. It is made from
//! the bytes that are digested, and says so when they are not the hold's (CASES AP-10, 11, 12).

use super::body::BodyView;
use super::line::{Line, Rendering, Style};
use super::options::Options;
use super::page::Page;
use super::rows::{self, Layout};
use super::shown::Counts;
use super::summary::{Facts, Summary};
use super::untrusted::Untrusted;
use super::words::count;
use crate::hold::HoldView;
use crate::snapshot::{Digest, Head};

/// Renders a hold.
pub fn render(view: &HoldView, head: &Head, body: &BodyView, options: &Options) -> Rendering {
    let code = Untrusted::from(&view.code).show(options.charset).text;
    let digest = own_digest(view, head, body);
    let (mut page, layout, hidden) = opening(view, head, body, options, &code);
    page.body(body, &layout);
    page.own(END, Style::Title);
    Rendering { lines: page.lines, charset: options.charset, hidden, elided: page.elided, digest }
}

/// The last line of a rendering.
pub const END: &str = "end of the request";

/// A rendering as far as the body, for a pager that reads the body piece by piece.
pub fn top(view: &HoldView, head: &Head, body: &BodyView, options: &Options) -> Vec<Line> {
    let (mut page, _, _) = opening(view, head, body, options, "");
    page.own(&format!("body, {}:", count(body.total(), "byte")), Style::Title);
    page.lines
}

/// The digest of what is rendered, where it is the hold's.
fn own_digest(view: &HoldView, head: &Head, body: &BodyView) -> Option<Digest> {
    body.digest(head).filter(|digest| Digest::parse(&view.digest) == Some(*digest))
}

fn opening<'a>(
    view: &HoldView,
    head: &Head,
    body: &BodyView,
    options: &'a Options,
    code: &'a str,
) -> (Page<'a>, Layout, Counts) {
    let mut layout = layout(head, body, options);
    if own_digest(view, head, body).is_none() && *body != BodyView::Gone {
        layout.warnings.insert(0, NOT_ITS_DIGEST.into());
    }
    let mut hidden = head_counts(head);
    hidden.add(&layout.hidden);
    let facts = Facts { what: &layout.what, warnings: &layout.warnings, hidden: hidden.words() };
    let summary = Summary::of(view, head, &facts, options);
    let mut page = Page { options, code, lines: summary.lines, elided: summary.elided };
    page.own("request, as it will be sent; what stands behind the bar is the agent's:", Style::Title);
    page.head(view, head);
    (page, layout, hidden)
}

const NOT_ITS_DIGEST: &str =
    "the stored request does not have the hold's digest: it was changed on disk and cannot be released";

/// The request's bytes as HTTP/1.1, unmasked: what an upstream receives.
pub fn raw(head: &Head, body: &[u8]) -> Vec<u8> {
    let mut out = head.http1();
    out.extend_from_slice(body);
    out
}

/// Lines of a stretch of a body, for a pager that reads it piece by piece. `at` is the place of its first byte.
pub fn stretch(bytes: &[u8], at: u64, options: &Options) -> Vec<Line> {
    let mut page = Page { options, code: "ID", lines: Vec::new(), elided: false };
    for row in rows::plain(bytes).rows {
        page.row(bytes, at, &row, None);
    }
    page.lines
}

fn layout(head: &Head, body: &BodyView, options: &Options) -> Layout {
    match body {
        BodyView::Whole(bytes) => rows::lay_out(head, bytes, options.raw),
        BodyView::Gone => Layout { what: "no longer kept".into(), ..Layout::default() },
        BodyView::Parts(parts) => {
            let mut hidden = rows::counts_by_line(&parts.head);
            hidden.add(&rows::counts_by_line(&parts.tail));
            let what = "shown by its ends, where alone hidden characters were counted".into();
            Layout { what, hidden, ..Layout::default() }
        }
    }
}

fn head_counts(head: &Head) -> Counts {
    let mut counts = Untrusted::from(&head.method).counts();
    counts.add(&Untrusted::from(&head.target).counts());
    for (name, value) in &head.fields {
        counts.add(&Untrusted::from(name).counts());
        counts.add(&Untrusted::from(value).counts());
    }
    counts
}

#[cfg(test)]
mod tests;
