//! Walks over the children of a value, from sibling to sibling.

use std::borrow::Cow;

use super::Document;
use super::node::Shape;
use super::value::Value;

/// The direct children of a value.
#[derive(Clone, Debug)]
struct Children<'a> {
    document: &'a Document<'a>,
    at: u32,
    end: u32,
}

impl<'a> Children<'a> {
    /// None where the value is of another shape.
    fn of(value: Value<'a>, shape: Shape) -> Self {
        let node = value.node();
        let at = value.node + 1;
        Self { document: value.document, at, end: if node.shape == shape { node.next } else { at } }
    }
}

impl<'a> Iterator for Children<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        let node = (self.at < self.end).then_some(self.at)?;
        let child = Value { document: self.document, node };
        self.at = child.node().next;
        Some(child)
    }
}

/// The members of an object.
#[derive(Clone, Debug)]
pub struct Members<'a>(Children<'a>);

impl<'a> Members<'a> {
    pub(super) fn of(object: Value<'a>) -> Self {
        Self(Children::of(object, Shape::Object))
    }

    /// The value of the first that is left and has this name.
    pub(super) fn named(mut self, name: &str) -> Option<Value<'a>> {
        loop {
            let key = self.0.next()?;
            let value = self.0.next()?;
            if key.is_str(name) {
                return Some(value);
            }
        }
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (Cow<'a, str>, Value<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let name = self.0.next()?.as_str()?;
        Some((name, self.0.next()?))
    }
}

/// The items of an array.
#[derive(Clone, Debug)]
pub struct Items<'a>(Children<'a>);

impl<'a> Items<'a> {
    pub(super) fn of(array: Value<'a>) -> Self {
        Self(Children::of(array, Shape::Array))
    }
}

impl<'a> Iterator for Items<'a> {
    type Item = Value<'a>;

    fn next(&mut self) -> Option<Value<'a>> {
        self.0.next()
    }
}
