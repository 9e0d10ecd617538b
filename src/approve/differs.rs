//! What a request has otherwise than the last approved one of the same operation: in a row of hundreds that are alike,
//! the one that is not must stand out (CASES AP-28). Only a comparison: the request itself stands below, whole. Secret
//! values are compared and not shown. When unsure, it differs.

mod json;
mod text;

use super::body::BodyView;
use super::content;
use super::mask::masked;
use crate::classify::decode;
use crate::hold::kept::{kept_field, kept_target};
use crate::hold::same::is_ignored;
use crate::hold::{HoldView, Precedent, is_secret};
use crate::limits::{DIFFERENCES_MAX, DIFFERENCES_PAGE, SHOWN_DECODED_MAX};
use crate::secret::sha256;
use crate::snapshot::{Digest, Field, Head};

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differs {
    /// The digests are equal: it is the same request, byte for byte.
    pub identical: bool,
    /// How many differences there are.
    pub count: usize,
    /// The first of them.
    pub items: Vec<Item>,
    /// What could not be compared, in Holdpoint's words.
    pub remarks: Vec<String>,
    /// Fields that every attempt has anew, and that differ; the agent's text.
    pub anew: Vec<String>,
    /// So many are shown.
    most: usize,
}

/// One difference. Texts are the agent's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// It has another value.
    Changed { was: Vec<u8>, is: Vec<u8> },
    /// It stood in the approved request.
    Gone(Vec<u8>),
    /// It has another value, which is not shown.
    Masked(Vec<u8>),
    /// It did not stand in the approved request.
    New(Vec<u8>),
}

impl Differs {
    /// Compares with what was approved, for a glance: the first few are shown.
    pub fn of(view: &HoldView, head: &Head, body: &BodyView, precedent: &Precedent) -> Self {
        Self { most: DIFFERENCES_MAX, ..Self::default() }.compared(view, head, body, precedent)
    }

    /// The same, to be read one by one.
    pub fn all_of(view: &HoldView, head: &Head, body: &BodyView, precedent: &Precedent) -> Self {
        Self { most: DIFFERENCES_PAGE, ..Self::default() }.compared(view, head, body, precedent)
    }

    fn compared(mut self, view: &HoldView, head: &Head, body: &BodyView, precedent: &Precedent) -> Self {
        let differs = &mut self;
        if body.digest(head) == Some(precedent.digest) {
            differs.identical = true;
            return self;
        }
        let (was, is) = (&precedent.head, head);
        differs.values(b"method", was.method.as_bytes(), is.method.as_bytes());
        // What was approved was kept like this.
        let target = kept_target(&is.target, &precedent.digest);
        differs.values(b"target", was.target.as_bytes(), target.as_bytes());
        differs.fields(view, precedent, is);
        differs.body(head, body, precedent);
        self
    }

    fn add(&mut self, item: Item) {
        self.count += 1;
        if self.items.len() < self.most {
            self.items.push(item);
        }
    }

    fn values(&mut self, place: &[u8], was: &[u8], is: &[u8]) {
        if was != is {
            let (was, is) = window(was, is);
            let named = |text: Vec<u8>| [place, b": ", &text[..]].concat();
            self.add(Item::Changed { was: named(was), is: named(is) });
        }
    }

    /// Name by name, in the order of this request, then what only the approved one had.
    fn fields(&mut self, view: &HoldView, precedent: &Precedent, is: &Head) {
        let was = &precedent.head;
        let mut seen: Vec<&str> = Vec::new();
        for (index, field) in is.fields.iter().enumerate() {
            let name = field.0.as_str();
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            let hidden = is_secret(field) || masked(view, is, index).is_some();
            self.field(name, joined(was, name), as_kept(is, name, &precedent.digest), hidden);
        }
        let mut gone: Vec<&Field> =
            was.fields.iter().filter(|(name, _)| !seen.contains(&name.as_str())).collect();
        gone.dedup_by(|one, other| one.0 == other.0);
        for field in gone {
            self.field(&field.0, joined(was, &field.0), None, is_secret(field));
        }
    }

    fn field(&mut self, name: &str, was: Option<Vec<u8>>, is: Option<Vec<u8>>, hidden: bool) {
        if was == is || matches!(name, "content-length" | "via") {
            return;
        }
        if is_ignored(name) {
            self.anew.push(name.to_owned());
            return;
        }
        let whole = |value: &[u8]| [name.as_bytes(), b": ", &shortened(value)[..]].concat();
        match (was, is) {
            (Some(_), Some(_)) if hidden => self.add(Item::Masked(name.into())),
            (Some(was), Some(is)) => self.values(name.as_bytes(), &was, &is),
            (None, Some(_)) if hidden => self.add(Item::New(name.into())),
            (None, Some(is)) => self.add(Item::New(whole(&is))),
            (Some(_), None) if hidden => self.add(Item::Gone(name.into())),
            (Some(was), None) => self.add(Item::Gone(whole(&was))),
            (None, None) => {}
        }
    }

    fn body(&mut self, head: &Head, body: &BodyView, precedent: &Precedent) {
        let (length, hash) = match body {
            BodyView::Gone => return,
            BodyView::Parts(parts) => (parts.total, parts.sha256),
            BodyView::Whole(bytes) => (bytes.len() as u64, sha256(bytes)),
        };
        let known = precedent.body.as_ref().map(|was| was.len() as u64 == length && sha256(was) == hash);
        // The digest says it where no masked value stands in the way.
        if known == Some(true) || Digest::of(&precedent.head, length, &hash) == precedent.digest {
            return;
        }
        let (Some(was), BodyView::Whole(is)) = (&precedent.body, body) else {
            self.count += 1;
            self.remarks.push(match precedent.body {
                None => "its body may differ: that one was too large to be kept".into(),
                Some(_) => "its body differs; it is too large to be compared".into(),
            });
            return;
        };
        let (was, is) = (meant(&precedent.head, was), meant(head, is));
        if was.len().max(is.len()) > SHOWN_DECODED_MAX {
            self.count += 1;
            self.remarks.push("its body differs; it is too large to be compared".into());
        } else if !json::compare(&was, &is, self) && !text::compare(&was, &is, self) {
            self.count += 1;
            self.remarks.push(bytes(&was, &is));
        }
        if was == is {
            self.count += 1;
            self.remarks.push("its body means the same, in other bytes".into());
        }
    }
}

/// The values of one name as those of the approved request were kept: secret ones by their marks.
fn as_kept(head: &Head, name: &str, beside: &Digest) -> Option<Vec<u8>> {
    let fields = head.fields.iter().filter(|field| field.0 == name);
    let kept: Vec<_> = fields.map(|field| kept_field(field, beside).1).collect();
    (!kept.is_empty()).then(|| kept.join(&b", "[..]))
}

/// A body without its content coding, where that can be undone.
fn meant<'b>(head: &Head, body: &'b [u8]) -> std::borrow::Cow<'b, [u8]> {
    let undone = content::is_encoded(head).then(|| decode::content(head, body).ok()).flatten();
    undone.unwrap_or(body.into())
}

/// All values of one name, as a receiver may join them (RFC 9110 section 5.3).
fn joined(head: &Head, name: &str) -> Option<Vec<u8>> {
    let values: Vec<&[u8]> = head.values(name).map(|value| &value[..]).collect();
    (!values.is_empty()).then(|| values.join(&b", "[..]))
}

fn bytes(was: &[u8], is: &[u8]) -> String {
    let differ =
        was.iter().zip(is).filter(|(one, other)| one != other).count() + was.len().abs_diff(is.len());
    let number = |value: usize| super::words::number(value as u64);
    format!(
        "its body differs in {} of {} bytes; that one had {}",
        number(differ),
        number(is.len()),
        number(was.len())
    )
}

/// Bytes that are shown around a difference.
const AROUND: usize = 24;
/// Values up to this length are shown whole.
const WHOLE: usize = 120;

/// Two values: whole, or what stands around their difference.
fn window(was: &[u8], is: &[u8]) -> (Vec<u8>, Vec<u8>) {
    if was.len().max(is.len()) <= WHOLE {
        return (was.to_vec(), is.to_vec());
    }
    let before = was.iter().zip(is).take_while(|(one, other)| one == other).count();
    let most = was.len().min(is.len()) - before;
    let after =
        was.iter().rev().zip(is.iter().rev()).take(most).take_while(|(one, other)| one == other).count();
    let cut = |text: &[u8]| {
        let start = boundary(text, before.saturating_sub(AROUND));
        let end = boundary(text, (text.len() - after + AROUND).min(text.len()));
        let dots = |is: bool| if is { &b"..."[..] } else { b"" };
        let shown = shortened(&text[start..end]);
        [dots(start > 0), &shown, dots(end < text.len())].concat()
    };
    (cut(was), cut(is))
}

fn shortened(text: &[u8]) -> Vec<u8> {
    match text.len() {
        0..=WHOLE => text.to_vec(),
        _ => [&text[..boundary(text, WHOLE)], b"..."].concat(),
    }
}

/// The beginning of a character, here or a little before.
fn boundary(text: &[u8], at: usize) -> usize {
    let is_start = |at: &usize| text.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    (at.saturating_sub(3)..=at).rev().find(is_start).unwrap_or(at)
}

#[cfg(test)]
mod tests;
