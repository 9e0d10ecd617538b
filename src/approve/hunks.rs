//! What changed between two texts, as people read it: changes that stand together, each with the line before and the line
//! after it.

use super::changes::{Change, changes};

/// Changes that stand together.
pub struct Hunk<'t> {
    /// The line of the new text at which the first of them stands.
    pub from: usize,
    /// With the line before them and the line after.
    pub lines: Vec<(Change, &'t str)>,
}

/// The changes from one text to another, given as numbered lines. Where it would be too much work, all of it has changed.
pub fn hunks<'t>(before: &[(usize, &'t str)], after: &[(usize, &'t str)]) -> Vec<Hunk<'t>> {
    let texts = |lines: &[(usize, &'t str)]| lines.iter().map(|(_, text)| *text).collect::<Vec<_>>();
    let (was, is) = (texts(before), texts(after));
    let all = || [vec![Change::Gone; was.len()], vec![Change::New; is.len()]].concat();
    let steps = changes(&was, &is).unwrap_or_else(all);
    let (mut at, mut to, mut hunks) = (0, 0, Vec::<Hunk<'t>>::new());
    let mut open = false;
    for (index, step) in steps.iter().enumerate() {
        let text = if *step == Change::New { is[to] } else { was[at] };
        let changed = |index: usize| steps.get(index).is_some_and(|step| *step != Change::Same);
        let beside = changed(index + 1) || (index > 0 && changed(index - 1));
        if *step != Change::Same || beside {
            if !open {
                let skipped = usize::from(*step == Change::Same);
                let next = after.get(to + skipped).map(|(number, _)| *number);
                let from = next.unwrap_or_else(|| after.last().map_or(1, |(number, _)| number + 1));
                hunks.push(Hunk { from, lines: Vec::new() });
            }
            hunks.iter_mut().last().into_iter().for_each(|hunk| hunk.lines.push((*step, text)));
            open = true;
        } else {
            open = false;
        }
        at += usize::from(*step != Change::New);
        to += usize::from(*step != Change::Gone);
    }
    hunks
}
