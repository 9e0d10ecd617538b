//! Finds rules that can never match because one above them matches whatever they match (CASES CL-45). Only what is
//! so by the letter is found: equal patterns, fewer values, absent keys. It is a warning, so it may miss some.

use crate::decide::rule::Rule;

/// Index of the covered rule, and of the first one above it that covers it.
pub(super) fn covered(rules: &[Rule]) -> Vec<(usize, usize)> {
    let first = |later: usize| (0..later).find(|earlier| covers(&rules[*earlier], &rules[later]));
    (0..rules.len()).filter_map(|later| first(later).map(|earlier| (later, earlier))).collect()
}

fn covers(earlier: &Rule, later: &Rule) -> bool {
    let every_path = earlier.path.iter().any(|path| path.as_str() == "/**");
    within(&later.effect, &earlier.effect)
        && within(&later.host, &earlier.host)
        && (every_path || within(&later.path, &earlier.path))
        && within(&later.method, &earlier.method)
        && within(&later.agent, &earlier.agent)
        && (earlier.when.is_none() || earlier.when == later.when)
}

/// Whether the values of the later key are all among the earlier's; an absent key has all values.
fn within<T: PartialEq>(later: &[T], earlier: &[T]) -> bool {
    earlier.is_empty() || (!later.is_empty() && later.iter().all(|value| earlier.contains(value)))
}
