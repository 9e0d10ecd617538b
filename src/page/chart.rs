//! Charts, as SVG without a script and without a style of its own (the page's policy takes neither). The words around a
//! drawing are HTML, so that they keep their size on a small screen; who does not see it reads the same as a table.

use maud::{Markup, html};

use crate::approve::words::number;
use crate::clock::Wall;
use crate::hold::tally::Counts;
use crate::limits;
use crate::page::figures::slot;
use crate::page::words::theirs;

/// What a row of a chart is of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// Texts of an agent's, each on a line of its own.
    Theirs(Vec<String>),
    /// Words of Holdpoint's.
    Ours(String),
}

/// One row of a chart of bars.
pub struct Bar {
    /// What it is of.
    pub name: Name,
    /// Its length.
    pub value: u64,
}

/// A table whose figures are drawn too.
pub fn bars(caption: &str, of: &str, what: &str, bars: &[Bar]) -> Markup {
    let most = bars.iter().map(|bar| bar.value).max().unwrap_or(0).max(1);
    html! {
        @if bars.is_empty() { p.empty { "None." } } @else {
            table.bars {
                caption.unseen { (caption) }
                thead.unseen { tr { th scope="col" { (of) } th scope="col" { (what) } } }
                tbody {
                    @for bar in bars {
                        tr {
                            th scope="row" { (named(&bar.name)) }
                            td {
                                svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true" {
                                    rect class="bar" width=(share(bar.value, most, 1000)) height="10" {}
                                }
                                span.number { (number(bar.value)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn named(name: &Name) -> Markup {
    html! {
        @match name {
            Name::Ours(text) => (text),
            Name::Theirs(texts) => { @for text in texts { (theirs(text, limits::ROW_TEXT_MAX)) } }
        }
    }
}

/// Height of each half of the chart over time; below, the width of a slot.
const HALF: u64 = 60;
const WIDE: u64 = 10;

/// New holds stand up from the middle, and how holds ended hangs down from it.
pub fn over_time(slots: &[Counts], since: Wall, now: Wall) -> Markup {
    let most = slots.iter().map(|slot| slot.held.max(ended(slot))).max().unwrap_or(0);
    let width = slots.len() as u64 * WIDE;
    html! {
        figure {
            svg.over-time viewBox=(format!("0 0 {width} {}", 2 * HALF + 1)) preserveAspectRatio="none" role="img"
                aria-label=(format!("At most {most} in {}; the table has all figures", slot())) {
                line class="axis" x1="0" x2=(width) y1=(HALF) y2=(HALF) {}
                @for (at, slot) in slots.iter().enumerate() { (column(at as u64 * WIDE, slot, most.max(1))) }
            }
            figcaption {
                span { "24 h ago" }
                span.legend {
                    span.held { "held" } span.approved { "approved" } span.denied { "denied" } span.lapsed { "expired, cancelled" }
                }
                span { "now" }
            }
        }
        @if most == 0 { p.hint { "Nothing was held in the last 24 hours" @if is_young(since, now) { ", as far as this counts" } "." } }
        @else { p.hint { "At most " (number(most)) " in " (slot()) "." } (table(slots, now)) }
    }
}

fn is_young(since: Wall, now: Wall) -> bool {
    now.0 - since.0 < limits::TALLY_SLOT.as_millis() as i64 * limits::TALLY_SLOTS as i64
}

fn ended(slot: &Counts) -> u64 {
    slot.approved + slot.granted + slot.denied + slot.expired + slot.cancelled
}

fn column(x: u64, slot: &Counts, most: u64) -> Markup {
    let height = |value: u64| share(value, most, HALF);
    let up = height(slot.held);
    let parts = [
        ("approved", slot.approved + slot.granted),
        ("denied", slot.denied),
        ("lapsed", slot.expired + slot.cancelled),
    ];
    let mut from = HALF + 1;
    let parts = parts.map(|(name, value)| {
        let (y, height) = (from, height(value));
        from += height;
        (name, y, height)
    });
    html! {
        @if up > 0 { rect class="held" x=(x + 1) y=(HALF - up) width=(WIDE - 2) height=(up) {} }
        @for (name, y, height) in parts {
            @if height > 0 { rect class=(name) x=(x + 1) y=(y) width=(WIDE - 2) height=(height) {} }
        }
    }
}

/// A part of a length; what is there at all is seen.
fn share(value: u64, most: u64, length: u64) -> u64 {
    if value == 0 { 0 } else { (value * length / most).max(1) }
}

fn table(slots: &[Counts], now: Wall) -> Markup {
    let long = limits::TALLY_SLOT.as_millis() as i64;
    let from = |at: usize| Wall((now.0.div_euclid(long) - (slots.len() - 1 - at) as i64) * long).rfc3339();
    html! {
        details {
            summary { "As a table" }
            div.wide tabindex="0" role="region" aria-label="Holds and decisions over time" {
                table {
                    thead { tr { th scope="col" { "From (UTC)" } @for name in ["held", "approved", "by a grant", "denied", "expired", "cancelled"] { th scope="col" { (name) } } } }
                    tbody {
                        @for (at, slot) in slots.iter().enumerate().filter(|(_, slot)| slot.held + ended(slot) > 0) {
                            tr {
                                th scope="row" { (from(at)[..16].replace('T', " ")) }
                                @for value in [slot.held, slot.approved, slot.granted, slot.denied, slot.expired, slot.cancelled] { td { (number(value)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_at_all_is_seen_and_the_most_takes_all_the_room() {
        assert_eq!(
            [share(0, 1000, 60), share(1, 1000, 60), share(500, 1000, 60), share(1000, 1000, 60)],
            [0, 1, 30, 60]
        );
    }

    #[test]
    fn columns_stay_within_the_chart_and_tables_name_their_times() {
        let full = Counts { held: 7, approved: 3, granted: 2, denied: 1, expired: 1, cancelled: 0 };
        let drawn = column(0, &full, 7).into_string();
        assert!(drawn.contains("y=\"0\"") && drawn.contains("height=\"60\""), "{drawn}");
        let slots = vec![Counts::default(), full];
        let html = over_time(&slots, Wall(0), Wall(1_000_000_000)).into_string();
        assert!(html.contains("1970-01-12 13:45") && html.contains("At most 7 in 15m 0s"), "{html}");
        assert!(over_time(&[Counts::default()], Wall(0), Wall(0)).into_string().contains("Nothing was held"));
    }
}
