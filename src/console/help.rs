//! What the keys mean, in words: the last line of the screen, and the page behind `?`.

use crate::approve::Lens;
use crate::console::keys::{after, name};
use crate::console::view::View;

/// The keys of a view, for the last line of a screen of so many columns. What matters most stands first; where there is no
/// room for all of them the first ones, the way to the others and the way out stay.
pub fn hint(view: View, lens: Lens, columns: usize) -> String {
    let (mut keys, most) = (keys(view, lens), essential(view));
    let long = |keys: &[String], last: &str| {
        keys.iter().map(|key| key.len() + 2).sum::<usize>() + last.len() > columns
    };
    let forms = ways_out(view);
    let last = forms.iter().find(|last| !long(&keys[..most], last)).unwrap_or(&forms[2]);
    while long(&keys, last) && keys.pop().is_some() {}
    keys.push(last.clone());
    keys.join("  ")
}

/// The last keys, in ever fewer letters.
fn ways_out(view: View) -> [String; 3] {
    let last = last(view);
    let letters: Vec<&str> = last.iter().map(|key| &key[..1]).collect();
    let (others, out) = (&letters[..letters.len() - 1], last[last.len() - 1]);
    [last.join("  "), [others, &[out]].concat().join("  "), letters.join(" ")]
}

fn keys(view: View, lens: Lens) -> Vec<String> {
    let turn = format!("v {}", name(after(lens)));
    let keys: &[&str] = match view {
        View::Holds => &["enter look", "d deny", "space mark", "b marked", "/ find", "f freeze", "tab"],
        View::Detail => &["a approve", "d deny", "e edit", &turn, "space on", "m more", "x curl"],
        View::Batch => &["a approve all", "d deny all", "space on"],
        View::Difference => &["a put it in place", "space on"],
        View::Grants => &["r revoke", "tab agents"],
        View::Agents => &["f freeze it", "F freeze all", "t thaw", "tab audit log"],
        View::Audit => &["space on", "tab holds"],
        View::Help => &["space on"],
    };
    keys.iter().map(|key| (*key).to_owned()).collect()
}

/// How many of the first ones stay on the narrowest screen.
fn essential(view: View) -> usize {
    match view {
        View::Detail => 4,
        View::Holds => 3,
        View::Agents | View::Batch => 2,
        _ => 1,
    }
}

fn last(view: View) -> &'static [&'static str] {
    match view {
        View::Holds => &["? keys", "q quit"],
        View::Difference => &["q back, unchanged"],
        View::Help => &["q back"],
        _ => &["? keys", "q back"],
    }
}

/// What `?` shows.
pub const HELP: &[&str] = &[
    "j k, arrows      one line down, up       g G   to the beginning, to the end",
    "page down, up    one screen              tab   holds, grants, agents, audit log",
    "",
    "among the holds",
    "  enter          look at the selected one; only there can it be released",
    "  d              refuse it, with a reason that the agent is told",
    "  space, b       mark it; show the marked ones, to decide them as one",
    "  /              find by agent, operation, host, effect or code; esc ends it",
    "looking at one",
    "  a              release it: a word is asked for. Where it was not displayed to",
    "                 its end, the word is the beginning of its digest",
    "  d  e           refuse it; change it in $VISUAL or $EDITOR",
    "  v              pretty, raw, hex, diff with what was approved last",
    "  m  x           leave nothing out; print it as a curl command, secrets masked",
    "among the grants",
    "  r              end the selected one",
    "everywhere",
    "  f F t          freeze the agent of what is selected, freeze everybody, thaw",
    "  esc q          back; among the holds q alone ends the console, and asks first",
    "                 where something is marked; ctrl-c ends it at once",
    "",
    "In a dialog nothing counts that was typed before it stood there, or that comes",
    "all at once, as a paste. A grant is a word too: grant 15m, grant 15m 20,",
    "grant 15m 20 route.",
];

#[cfg(test)]
mod tests {
    use super::*;

    const VIEWS: [View; 8] = [
        View::Holds,
        View::Grants,
        View::Agents,
        View::Audit,
        View::Detail,
        View::Batch,
        View::Difference,
        View::Help,
    ];

    #[test]
    fn the_last_line_fits_and_keeps_what_matters_and_the_way_out() {
        for view in VIEWS {
            for lens in [Lens::Pretty, Lens::Raw, Lens::Hex, Lens::Differences] {
                let all: Vec<String> = keys(view, lens);
                let (wide, narrow) = (hint(view, lens, 80), hint(view, lens, 40));
                assert!(wide.len() <= 80 && narrow.len() <= 40, "{view:?} {wide}");
                assert!(narrow.starts_with(&all[..essential(view)].join("  ")), "{view:?} {narrow}");
                let way_out =
                    narrow.ends_with(" q") || narrow.contains(" q back") || narrow.ends_with(" q quit");
                assert!(way_out, "{view:?} {narrow}");
                assert_eq!(wide, format!("{}  {}", all.join("  "), last(view).join("  ")));
            }
        }
        assert!(hint(View::Detail, Lens::Hex, 80).contains("v diff"));
    }

    #[test]
    fn the_page_fits_the_smallest_usual_terminal() {
        for line in HELP {
            assert!(line.len() < 80, "{line}");
        }
    }
}
