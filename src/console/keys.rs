//! Which key means what, in which view. A key that is not here means nothing there; none of them decides anything: what
//! decides is asked for in a dialog, and answered in a word.

use crate::approve::Lens;
use crate::console::input::Key;
use crate::console::view::View;

/// What is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Ask about releasing what is on the screen.
    Approve,
    /// Out of it; out of the list nowhere.
    Back,
    /// Show the marked holds, to decide them as one.
    Batch,
    /// Print it as a command for a shell.
    Curl,
    /// Ask about refusing it.
    Deny,
    /// Change it in an editor.
    Edit,
    /// Ask about stopping everybody.
    FreezeAll,
    /// Ask about stopping the agent of the selected hold.
    FreezeAgent,
    /// Say what the keys mean.
    Help,
    /// One line up or down.
    Line(i64),
    /// Mark it, or take the mark back.
    Mark,
    /// Leave nothing out.
    More,
    /// The next of the lists, or the one before.
    Next(i64),
    /// Out of it; from the list out of the program.
    Out,
    /// One screen up or down.
    Page(i64),
    /// Out of the program.
    Quit,
    /// Ask about ending the selected grant.
    Revoke,
    /// Narrow the list down.
    Search,
    /// Look at the selected one.
    Show,
    /// Ask about taking a freeze back.
    Thaw,
    /// To the beginning.
    Top,
    /// The other view of the body.
    Turn,
    /// To the end.
    Bottom,
}

/// What a key means in a view.
pub fn meaning(view: View, key: Key) -> Option<Meaning> {
    moving(key).or_else(|| everywhere(key)).or_else(|| match view {
        View::Holds => of_holds(key),
        View::Grants => (key == Key::Char('r')).then_some(Meaning::Revoke),
        View::Detail => of_detail(key),
        View::Batch => of_batch(key),
        View::Difference => (key == Key::Char('a')).then_some(Meaning::Approve).or_else(|| paging(key)),
        View::Agents => (key == Key::Char('f')).then_some(Meaning::FreezeAgent),
        View::Audit | View::Help => paging(key),
    })
}

/// The keys that may come several in one read: a key that is held down changes nothing but what is seen.
pub fn moving(key: Key) -> Option<Meaning> {
    Some(match key {
        Key::Char('j') | Key::Down => Meaning::Line(1),
        Key::Char('k') | Key::Up => Meaning::Line(-1),
        Key::PageDown => Meaning::Page(1),
        Key::PageUp => Meaning::Page(-1),
        Key::Char('g') | Key::Home => Meaning::Top,
        Key::Char('G') | Key::End => Meaning::Bottom,
        _ => return None,
    })
}

fn everywhere(key: Key) -> Option<Meaning> {
    Some(match key {
        Key::Char('?') => Meaning::Help,
        Key::Char('q') => Meaning::Out,
        Key::Esc => Meaning::Back,
        Key::Interrupt => Meaning::Quit,
        Key::Tab => Meaning::Next(1),
        Key::BackTab => Meaning::Next(-1),
        Key::Char('F') => Meaning::FreezeAll,
        Key::Char('t') => Meaning::Thaw,
        _ => return None,
    })
}

fn of_holds(key: Key) -> Option<Meaning> {
    Some(match key {
        Key::Enter => Meaning::Show,
        Key::Char('d') => Meaning::Deny,
        Key::Char(' ') => Meaning::Mark,
        Key::Char('b') => Meaning::Batch,
        Key::Char('/') => Meaning::Search,
        Key::Char('f') => Meaning::FreezeAgent,
        _ => return None,
    })
}

fn of_detail(key: Key) -> Option<Meaning> {
    Some(match key {
        Key::Char('a') => Meaning::Approve,
        Key::Char('d') => Meaning::Deny,
        Key::Char('e') => Meaning::Edit,
        Key::Char('x') => Meaning::Curl,
        Key::Char('v') => Meaning::Turn,
        Key::Char('m') => Meaning::More,
        Key::Char('f') => Meaning::FreezeAgent,
        key => return paging(key),
    })
}

fn of_batch(key: Key) -> Option<Meaning> {
    match key {
        Key::Char('a') => Some(Meaning::Approve),
        Key::Char('d') => Some(Meaning::Deny),
        key => paging(key),
    }
}

fn paging(key: Key) -> Option<Meaning> {
    (key == Key::Char(' ')).then_some(Meaning::Page(1))
}

/// The lens that `v` puts in the place of this one.
pub fn after(lens: Lens) -> Lens {
    match lens {
        Lens::Pretty => Lens::Raw,
        Lens::Raw => Lens::Hex,
        Lens::Hex => Lens::Differences,
        Lens::Differences => Lens::Pretty,
    }
}

/// A lens in a word.
pub fn name(lens: Lens) -> &'static str {
    if lens == Lens::Differences { "diff" } else { lens.as_str() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One key never decides: what it can do is to ask.
    #[test]
    fn a_release_is_asked_about_only_where_the_request_is_on_the_screen() {
        let approves = |view| meaning(view, Key::Char('a'));
        assert_eq!(approves(View::Detail), Some(Meaning::Approve));
        for view in [View::Holds, View::Grants, View::Agents, View::Audit, View::Help] {
            assert_eq!(approves(view), None, "{view:?}");
        }
    }
}
