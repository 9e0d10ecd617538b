//! Two texts compared line by line: between the equal lines at both ends the longest common sequence tells which lines
//! are gone and which are new, in bounded work.

use super::{Differs, Item, shortened, window};
use crate::approve::changes::table;
use crate::approve::hex;
use crate::approve::words::number;
use crate::limits::DIFFERENCE_CELLS_MAX;

/// Adds what differs; false where one of them is no text.
pub fn compare(was: &[u8], is: &[u8], differs: &mut Differs) -> bool {
    if hex::is_opaque(was) || hex::is_opaque(is) {
        return false;
    }
    let lines = |text| <[u8]>::split(text, |byte: &u8| *byte == b'\n').collect::<Vec<_>>();
    let (was, is) = (lines(was), lines(is));
    let before = was.iter().zip(&is).take_while(|(one, other)| one == other).count();
    let most = was.len().min(is.len()) - before;
    let after =
        was.iter().rev().zip(is.iter().rev()).take(most).take_while(|(one, other)| one == other).count();
    let (old, new) = (&was[before..was.len() - after], &is[before..is.len() - after]);
    if (old.len() + 1) * (new.len() + 1) > DIFFERENCE_CELLS_MAX {
        differs.count += old.len().max(new.len());
        let (first, last) = (number(before as u64 + 1), number((before + new.len()) as u64));
        differs.remarks.push(format!("its body differs somewhere in its lines {first} to {last}"));
        return true;
    }
    changes(old, new, before, differs);
    true
}

/// Walks along the longest common sequence. A line that is gone where another is new has changed.
fn changes(old: &[&[u8]], new: &[&[u8]], before: usize, differs: &mut Differs) {
    let longest = table(old, new);
    let width = new.len() + 1;
    let (mut at, mut to) = (0, 0);
    while at < old.len() || to < new.len() {
        let line =
            |index: usize, text: &[u8]| [format!("line {}: ", before + index + 1).as_bytes(), text].concat();
        if at < old.len() && to < new.len() && old[at] == new[to] {
            (at, to) = (at + 1, to + 1);
            continue;
        }
        let skip_old = longest.get((at + 1) * width + to).filter(|_| at < old.len());
        let skip_new = longest.get(at * width + to + 1).filter(|_| to < new.len());
        let both = at < old.len()
            && to < new.len()
            && longest.get((at + 1) * width + to + 1) == longest.get(at * width + to);
        if both {
            let (was, is) = window(old[at], new[to]);
            differs.add(Item::Changed { was: line(to, &was), is: line(to, &is) });
            (at, to) = (at + 1, to + 1);
        } else if skip_old >= skip_new {
            differs.add(Item::Gone(line(to, &shortened(old[at]))));
            at += 1;
        } else {
            differs.add(Item::New(line(to, &shortened(new[to]))));
            to += 1;
        }
    }
}
