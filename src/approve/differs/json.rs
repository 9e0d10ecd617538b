//! Two JSON texts compared by path, from source tokens: `1.0` is not `1`. White space and the order of members are no
//! difference; the order of items is.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use super::{Differs, Item, boundary, shortened, window};
use crate::json::{self, Value};

/// A place in both that is still to be compared. Where it is, is put together only when it is looked at: a long name
/// with many items in it would else be in memory once for each.
struct Pair<'a> {
    above: Rc<[u8]>,
    step: Step<'a>,
    was: Option<Value<'a>>,
    is: Option<Value<'a>>,
}

enum Step<'a> {
    Item(usize),
    Member(Cow<'a, str>),
    Root,
}

/// Of a longer path only the end is kept.
const PATH_BYTES: usize = 240;

impl Pair<'_> {
    fn path(&self) -> Rc<[u8]> {
        let step = match &self.step {
            Step::Item(index) => format!("[{index}]").into_bytes(),
            Step::Member(name) => [b".", &shortened(name.as_bytes())[..]].concat(),
            Step::Root => return self.above.clone(),
        };
        let path = [&self.above[..], &step].concat();
        match path.len() {
            0..=PATH_BYTES => path.into(),
            length => [b"...", &path[boundary(&path, length + 6 - PATH_BYTES)..]].concat().into(),
        }
    }
}

/// Adds what differs; false where one of them is not JSON that everybody reads alike.
pub fn compare(was: &[u8], is: &[u8], differs: &mut Differs) -> bool {
    let (Ok(was), Ok(is)) = (json::read(was), json::read(is)) else { return false };
    let before = differs.count;
    let mut open =
        vec![Pair { above: Rc::from([]), step: Step::Root, was: Some(was.root()), is: Some(is.root()) }];
    while let Some(pair) = open.pop() {
        step(pair, &mut open, differs);
    }
    if differs.count == before {
        differs.count += 1;
        differs.remarks.push("its body differs in white space or in the order of members alone".into());
    }
    true
}

fn step<'a>(pair: Pair<'a>, open: &mut Vec<Pair<'a>>, differs: &mut Differs) {
    let path = pair.path();
    let named = |value: &[u8]| [&path[..], b": ", value].concat();
    let (was, is) = match (pair.was, pair.is) {
        (Some(was), Some(is)) => (was, is),
        (Some(was), None) => return differs.add(Item::Gone(named(&shortened(was.source())))),
        (None, Some(is)) => return differs.add(Item::New(named(&shortened(is.source())))),
        (None, None) => return,
    };
    if was.source() == is.source() {
        return;
    }
    let mut inner = if was.is_object() && is.is_object() {
        members(&path, was, is)
    } else if was.is_array() && is.is_array() {
        items(&path, was, is)
    } else {
        let (was, is) = window(was.source(), is.source());
        return differs.add(Item::Changed { was: named(&was), is: named(&is) });
    };
    inner.reverse();
    open.extend(inner);
}

fn members<'a>(above: &Rc<[u8]>, was: Value<'a>, is: Value<'a>) -> Vec<Pair<'a>> {
    let pair = |name, was, is| Pair { above: above.clone(), step: Step::Member(name), was, is };
    let mut old: HashMap<_, _> = was.members().collect();
    let mut pairs: Vec<_> = is
        .members()
        .map(|(name, value)| {
            let was = old.remove(&name);
            pair(name, was, Some(value))
        })
        .collect();
    let gone = was.members().filter(|(name, _)| old.contains_key(name));
    pairs.extend(gone.map(|(name, value)| pair(name, Some(value), None)));
    pairs
}

/// Item by item, between the equal ones at both ends.
fn items<'a>(above: &Rc<[u8]>, was: Value<'a>, is: Value<'a>) -> Vec<Pair<'a>> {
    let (was, is): (Vec<_>, Vec<_>) = (was.items().collect(), is.items().collect());
    let equal = |(one, other): &(&Value, &Value)| one.source() == other.source();
    let before = was.iter().zip(&is).take_while(equal).count();
    let most = was.len().min(is.len()) - before;
    let after = was.iter().rev().zip(is.iter().rev()).take(most).take_while(equal).count();
    let (was, is) = (&was[before..was.len() - after], &is[before..is.len() - after]);
    (0..was.len().max(is.len()))
        .map(|index| {
            let step = Step::Item(before + index);
            Pair { above: above.clone(), step, was: was.get(index).copied(), is: is.get(index).copied() }
        })
        .collect()
}
