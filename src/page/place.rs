//! Where a page of the list stands among all of them, and the ways to the others.

use maud::{Markup, html};

use crate::limits;

/// Where a page stands among all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub page: usize,
    /// How many there are.
    pub pages: usize,
    /// How many holds are found.
    pub found: usize,
    /// How many wait.
    pub pending: usize,
}

impl Place {
    /// Page `asked` of as many as there are.
    pub fn of(asked: Option<usize>, found: usize, pending: usize) -> Self {
        let pages = found.div_ceil(limits::PAGE_ROWS).max(1);
        Self { page: asked.unwrap_or(1).clamp(1, pages), pages, found, pending }
    }
}

/// The ways to the pages before and after it.
pub fn turn(text: &str, place: Place) -> Markup {
    let link = |number: usize| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("q", text)
            .append_pair("page", &number.to_string())
            .finish();
        format!("/?{query}")
    };
    html! {
        nav.turn aria-label="Further pages" {
            @if place.page > 1 { a rel="prev" href=(link(place.page - 1)) { "Before" } }
            span { "page " (place.page) " of " (place.pages) }
            @if place.page < place.pages { a rel="next" href=(link(place.page + 1)) { "After" } }
        }
    }
}
