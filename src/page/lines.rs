//! The one rendering as HTML: each line a block, each span a text node. What an agent wrote stands behind a bar that
//! runs beside all of it, also where the browser breaks a line, and is named as the agent's to those who hear it
//! (CASES AP-11, 12, 13).

use maud::{Markup, html};

use crate::approve::{Charset, Gutter, Line, Style};

/// A rendering.
pub fn lines(lines: &[Line]) -> Markup {
    html! {
        div.rendering {
            @for some in lines.chunk_by(|one, other| is_theirs(one) == is_theirs(other)) {
                @if is_theirs(&some[0]) {
                    div.theirs role="group" aria-label="The agent's" { @for one in some { (line(one)) } }
                } @else {
                    div.own { @for one in some { (line(one)) } }
                }
            }
        }
    }
}

fn is_theirs(line: &Line) -> bool {
    line.gutter != Gutter::None
}

/// The bar is also there as a sign, for whoever copies the text or has no style.
fn line(line: &Line) -> Markup {
    html! {
        div.line.more[line.gutter == Gutter::Continued] {
            @if !line.label.is_empty() { span.label { (line.label) } }
            span.text {
                @if is_theirs(line) { span.bar aria-hidden="true" { (line.gutter.text(Charset::Utf8)) } }
                @for span in &line.spans { span class=(class(span.style)) { (span.text) } }
            }
        }
    }
}

fn class(style: Style) -> &'static str {
    match style {
        Style::Plain => "plain",
        Style::Quiet => "quiet",
        Style::Title => "title",
        Style::Warning => "warning",
    }
}
