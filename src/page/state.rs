//! Where a hold stands: its state, what it waits for, what people said, how it ended.

use maud::{Markup, html};

use crate::approve::standing::{Place, standing};
use crate::clock::Wall;
use crate::hold::{FreezeView, HoldView};
use crate::page::words::{age, left, shown};

/// Where it stands, and what people said.
pub fn state(view: &HoldView, freezes: &[FreezeView], now: Wall) -> Markup {
    html! {
        div.state {
            p {
                strong class=(format!("is {}", view.state)) { (view.state) } ", asked " (age(&view.created_at, now)) " ago"
                @if matches!(view.state.as_str(), "held" | "armed") { ", expires in " (left(&view.deadline, now)) }
                @if view.state == "held" {
                    @if view.waiting == 0 { ", and its agent has gone" } @else { ", and its agent waits" }
                }
            }
            @if !view.approvals.given.is_empty() || view.state == "armed" {
                @if let Some(text) = standing(view, freezes, Place::Prompt) { p { (shown(&text)) } }
            }
            @for said in &view.decisions {
                p.said {
                    (shown(&said.approver)) " said " strong { (said.decision) } " " (age(&said.at, now)) " ago"
                    @if let Some(reason) = &said.reason { ": " q { (shown(reason)) } }
                }
            }
            @if let Some(outcome) = &view.outcome {
                p.said {
                    @if let Some(status) = outcome.status { "The service answered " strong { (status) } "." }
                    @if let Some(error) = &outcome.error { (shown(error)) }
                }
            }
        }
    }
}
