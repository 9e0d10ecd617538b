//! Which lines are gone and which are new between two texts, by the longest common sequence, in bounded work.

use crate::limits::DIFFERENCE_CELLS_MAX;

/// One step along both texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The line stands in both.
    Same,
    /// The next line of the old text is gone.
    Gone,
    /// The next line of the new text was not there.
    New,
}

/// Walks along both; `None` where that would be too much work. What stands at both ends alike costs next to nothing.
pub fn changes<T: PartialEq>(old: &[T], new: &[T]) -> Option<Vec<Change>> {
    let before = old.iter().zip(new).take_while(|(one, other)| one == other).count();
    let most = old.len().min(new.len()) - before;
    let after =
        old.iter().rev().zip(new.iter().rev()).take(most).take_while(|(one, other)| one == other).count();
    let (was, is) = (&old[before..old.len() - after], &new[before..new.len() - after]);
    if (was.len() + 1) * (is.len() + 1) > DIFFERENCE_CELLS_MAX {
        return None;
    }
    let longest = table(was, is);
    let width = is.len() + 1;
    let mut steps = vec![Change::Same; before];
    let (mut at, mut to) = (0, 0);
    while at < was.len() || to < is.len() {
        let without_old = longest.get((at + 1) * width + to).filter(|_| at < was.len());
        let without_new = longest.get(at * width + to + 1).filter(|_| to < is.len());
        if at < was.len() && to < is.len() && was[at] == is[to] {
            steps.push(Change::Same);
            (at, to) = (at + 1, to + 1);
        } else if without_old >= without_new {
            steps.push(Change::Gone);
            at += 1;
        } else {
            steps.push(Change::New);
            to += 1;
        }
    }
    steps.extend(vec![Change::Same; after]);
    Some(steps)
}

/// Lengths of the longest common sequences of all ends.
pub(super) fn table<T: PartialEq>(old: &[T], new: &[T]) -> Vec<u32> {
    let width = new.len() + 1;
    let mut longest = vec![0_u32; (old.len() + 1) * width];
    for at in (0..old.len()).rev() {
        for to in (0..new.len()).rev() {
            longest[at * width + to] = if old[at] == new[to] {
                longest[(at + 1) * width + to + 1] + 1
            } else {
                longest[(at + 1) * width + to].max(longest[at * width + to + 1])
            };
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(old: &str, new: &str) -> String {
        let sign = |change| match change {
            Change::Same => '=',
            Change::Gone => '-',
            Change::New => '+',
        };
        let (old, new): (Vec<_>, Vec<_>) = (old.chars().collect(), new.chars().collect());
        changes(&old, &new).unwrap().into_iter().map(sign).collect()
    }

    #[test]
    fn what_stands_between_two_changes_stays() {
        assert_eq!(walked("abcd", "abcd"), "====");
        assert_eq!(walked("abcde", "AbcdE"), "-+===-+");
        assert_eq!(walked("aa", "aaa"), "==+");
        assert_eq!(walked("", "a"), "+");
        assert_eq!(walked("a", ""), "-");
    }

    #[test]
    fn too_much_work_is_not_begun() {
        let (old, new) = (vec![0; DIFFERENCE_CELLS_MAX], vec![1; DIFFERENCE_CELLS_MAX]);
        assert_eq!(changes(&old, &new), None);
    }
}
