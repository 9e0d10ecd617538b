//! Text that was made safe to print: where it may be cut, how wide it may be, and what was made visible in it. Only
//! `Untrusted` makes it.

use unicode_width::UnicodeWidthChar;

use super::unicode::Kind;

/// What the terminal can show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// Only ASCII: to a terminal that does not speak UTF-8 a byte of a letter may be a control (0x9b is CSI).
    Ascii,
    /// UTF-8.
    #[default]
    Utf8,
}

/// How many of each kind were made visible.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([u64; 8]);

impl Counts {
    /// How many of one kind.
    pub fn of(&self, kind: Kind) -> u64 {
        self.0[kind as usize]
    }

    pub(super) fn note(&mut self, kind: Kind) {
        self.0[kind as usize] += 1;
    }

    /// Takes back some of a kind that turned out to be in order.
    pub fn forgive(&mut self, kind: Kind, how_many: u64) {
        let count = &mut self.0[kind as usize];
        *count = count.saturating_sub(how_many);
    }

    /// Adds what was found elsewhere.
    pub fn add(&mut self, other: &Counts) {
        for (mine, theirs) in self.0.iter_mut().zip(other.0) {
            *mine += theirs;
        }
    }

    /// `3 control, 1 bidi, 2 invisible`; `None` where nothing hides. Tabs, returns before a line feed and letters
    /// that only this terminal cannot show are no news.
    pub fn words(&self) -> Option<String> {
        let named = [
            (Kind::Control, "control"),
            (Kind::Bidi, "bidi"),
            (Kind::Invisible, "invisible"),
            (Kind::Blank, "odd blank"),
            (Kind::Invalid, "not UTF-8"),
        ];
        let found: Vec<String> = named
            .iter()
            .filter(|(kind, _)| self.of(*kind) > 0)
            .map(|(kind, name)| format!("{} {name}", super::words::number(self.of(*kind))))
            .collect();
        (!found.is_empty()).then(|| found.join(", "))
    }
}

/// A piece that cannot be cut: a character with its marks, or an escape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Atom {
    /// Bytes that it stands for.
    pub source: u32,
    /// Bytes of the shown text.
    pub text: u32,
    /// Columns it may take at the most: what terminals disagree on counts as the larger.
    pub columns: u16,
}

/// Untrusted text made safe to print.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// What may be printed.
    pub text: String,
    /// Where it may be cut.
    pub atoms: Vec<Atom>,
    /// What was made visible.
    pub counts: Counts,
}

impl Shown {
    /// Columns of the whole, at the most.
    pub fn columns(&self) -> usize {
        self.atoms.iter().map(|atom| usize::from(atom.columns)).sum()
    }

    pub(super) fn literal(&mut self, character: char, marks: usize) {
        let columns = columns(character);
        let bytes = character.len_utf8() as u32;
        self.text.push(character);
        match self.atoms.last_mut() {
            Some(base) if marks > 0 => {
                base.source += bytes;
                base.text += bytes;
                base.columns += columns;
            }
            _ => self.atoms.push(Atom { source: bytes, text: bytes, columns }),
        }
    }

    pub(super) fn escape(&mut self, source: usize, text: &str, kind: Kind) {
        self.text.push_str(text);
        let length = text.len();
        self.atoms.push(Atom { source: source as u32, text: length as u32, columns: length as u16 });
        self.counts.note(kind);
    }

    pub(super) fn backslashes(&mut self, run: usize, doubled: bool) {
        let each = if doubled { "\\\\" } else { "\\" };
        for _ in 0..run {
            self.text.push_str(each);
            self.atoms.push(Atom { source: 1, text: each.len() as u32, columns: each.len() as u16 });
        }
    }
}

/// The larger of what terminals make of a character; a mark counts as one, for those that do not combine.
fn columns(character: char) -> u16 {
    if character.is_ascii() {
        return 1;
    }
    let widest = character.width().max(character.width_cjk()).unwrap_or(1);
    widest.max(1) as u16
}
