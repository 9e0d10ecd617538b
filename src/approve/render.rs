//! The one rendering of a hold, for every surface: a summary, then the request as it will be sent. It is made from
//! the bytes that are digested, and says so when they are not the hold's (CASES AP-10, 11, 12).

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::body::{BodyParts, BodyView};
use super::content;
use super::differs::Differs;
use super::git;
use super::known::Known;
use super::line::{Line, Rendering, Style};
use super::options::{Lens, Options};
use super::page::Page;
use super::rows::{self, Layout};
use super::shown::Counts;
use super::summary::{self, Facts, Summary};
use super::untrusted::Untrusted;
use super::words::count;
use crate::hold::HoldView;
use crate::snapshot::{Digest, Head};

/// Renders a hold.
pub fn render(view: &HoldView, head: &Head, body: &BodyView, known: &Known, options: &Options) -> Rendering {
    if options.lens == Lens::Differences {
        return differences(view, head, body, known, options);
    }
    let code = Untrusted::from(&view.code).show(options.charset).text;
    let digest = own_digest(view, head, body);
    let (mut page, layout, hidden) = opening(view, head, body, known, options, &code);
    page.body(body, &layout);
    page.own(END, Style::Title);
    Rendering { lines: page.lines, charset: options.charset, hidden, elided: page.elided, digest }
}

/// Only what the precedent had otherwise, all of it. Most of the request is left out by that, and it says so: nobody has
/// read a request who has read this.
fn differences(view: &HoldView, head: &Head, body: &BodyView, known: &Known, options: &Options) -> Rendering {
    let compared = known.precedent.as_ref().map(|precedent| {
        let made = || Differs::all_of(view, head, body, precedent);
        (precedent, catch_unwind(AssertUnwindSafe(made)).ok())
    });
    Rendering {
        lines: summary::against(compared, options),
        charset: options.charset,
        elided: true,
        digest: own_digest(view, head, body),
        ..Rendering::default()
    }
}

/// The line of Holdpoint's own after which the request begins.
pub const REQUEST: &str = "request, as it will be sent; what stands behind the bar is the agent's:";

/// The last line of a rendering.
pub const END: &str = "end of the request";

/// A rendering as far as the body, for a pager that reads the body piece by piece.
pub fn top(view: &HoldView, head: &Head, body: &BodyView, known: &Known, options: &Options) -> Vec<Line> {
    let (mut page, _, _) = opening(view, head, body, known, options, "");
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
    known: &Known,
    options: &'a Options,
    code: &'a str,
) -> (Page<'a>, Layout, Counts) {
    let mut layout = layout(head, body, known, options);
    if own_digest(view, head, body).is_none() && *body != BodyView::Gone {
        layout.warnings.insert(0, NOT_ITS_DIGEST.into());
    }
    let mut hidden = head_counts(head);
    hidden.add(&layout.hidden);
    let facts = Facts {
        what: &layout.what,
        warnings: &layout.warnings,
        hidden: hidden.words(),
        differs: known.precedent.as_ref().and_then(|precedent| {
            // A comparison that fails is no reason not to show the request.
            let made = catch_unwind(AssertUnwindSafe(|| Differs::of(view, head, body, precedent)));
            Some((precedent, made.ok()?))
        }),
    };
    let summary = Summary::of(view, head, &facts, options);
    let mut page = Page { options, code, lines: summary.lines, elided: summary.elided };
    page.own(REQUEST, Style::Title);
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
    for row in rows::flat(bytes, options.lens) {
        page.row(bytes, at, &row, None);
    }
    page.lines
}

fn layout(head: &Head, body: &BodyView, known: &Known, options: &Options) -> Layout {
    match body {
        BodyView::Whole(bytes) => rows::lay_out(head, bytes, known.schema.as_ref(), options.lens),
        BodyView::Gone => Layout { what: "no longer kept".into(), ..Layout::default() },
        BodyView::Parts(parts) if options.lens != Lens::Pretty => of_ends(head, parts),
        BodyView::Parts(parts) => {
            let push = git::is_push(head).then(|| git::lay_out(&parts.head, parts.total)).flatten();
            push.filter(|_| !content::is_encoded(head)).unwrap_or_else(|| of_ends(head, parts))
        }
    }
}

/// Of a large body only the ends are at hand; with a content coding nobody can read them.
fn of_ends(head: &Head, parts: &BodyParts) -> Layout {
    let mut hidden = rows::counts_by_line(&parts.head);
    hidden.add(&rows::counts_by_line(&parts.tail));
    let what = "shown by its ends, where alone hidden characters were counted".into();
    let mut layout = Layout { what, hidden, ..Layout::default() };
    if content::is_encoded(head) {
        layout.warnings.push(
            "it has a content coding and is too large to undo it here; shown are its bytes as sent".into(),
        );
        layout.cut = true;
    }
    layout
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
pub(super) mod tests;
