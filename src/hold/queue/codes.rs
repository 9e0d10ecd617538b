//! The four characters that people type for a hold: Crockford's base 32, which has no I, L, O and U to be misread.
//! Unique among the pending, and not given again for `limits::CODE_REST` after their hold has ended. When all of the
//! 1,048,576 codes are taken the queue is full.

use std::collections::{BTreeSet, HashMap};

use crate::clock::Moment;
use crate::hold::HoldId;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const COUNT: u32 = 1 << 20;
/// Odd, and so coprime with `COUNT`: stepping by it visits every code.
const STRIDE: u32 = 0x9_E375;

/// Which codes are taken.
#[derive(Debug, Default)]
pub struct Codes {
    taken: HashMap<String, HoldId>,
    resting: HashMap<String, Moment>,
    ends: BTreeSet<(Moment, String)>,
}

impl Codes {
    /// Gives a code to a hold; `dice` says where the search begins.
    pub fn give(&mut self, dice: u32, hold: HoldId, now: Moment) -> Option<String> {
        self.wake(now);
        let mut number = dice % COUNT;
        for _ in 0..COUNT {
            let code = spell(number);
            if !self.taken.contains_key(&code) && !self.resting.contains_key(&code) {
                self.taken.insert(code.clone(), hold);
                return Some(code);
            }
            number = (number + STRIDE) % COUNT;
        }
        None
    }

    /// A stored hold has this code.
    pub fn keep(&mut self, code: &str, hold: HoldId) {
        self.taken.insert(code.to_owned(), hold);
    }

    /// The code's hold has ended: it rests.
    pub fn rest(&mut self, code: &str, until: Moment) {
        self.taken.remove(code);
        if let Some(earlier) = self.resting.insert(code.to_owned(), until) {
            self.ends.remove(&(earlier, code.to_owned()));
        }
        self.ends.insert((until, code.to_owned()));
    }

    /// The pending hold with this code.
    pub fn holder(&self, code: &str) -> Option<HoldId> {
        self.taken.get(code).copied()
    }

    fn wake(&mut self, now: Moment) {
        while let Some((_, code)) = self.ends.pop_first_if(|(until, _)| *until <= now) {
            self.resting.remove(&code);
        }
    }
}

trait PopFirstIf<T> {
    fn pop_first_if(&mut self, due: impl FnOnce(&T) -> bool) -> Option<T>;
}

impl<T: Ord> PopFirstIf<T> for BTreeSet<T> {
    fn pop_first_if(&mut self, due: impl FnOnce(&T) -> bool) -> Option<T> {
        self.first().is_some_and(due).then(|| self.pop_first()).flatten()
    }
}

fn spell(number: u32) -> String {
    [15, 10, 5, 0].iter().map(|shift| ALPHABET[(number >> shift & 31) as usize] as char).collect()
}

/// A code as people type it: letters of either case, and the letters that Crockford reads as digits.
pub fn read(text: &str) -> Option<String> {
    (text.len() == 4 && text.is_ascii()).then_some(())?;
    text.chars()
        .map(|letter| match letter.to_ascii_uppercase() {
            'O' => Some('0'),
            'I' | 'L' => Some('1'),
            upper => ALPHABET.contains(&(upper as u8)).then_some(upper),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn hold(number: u128) -> HoldId {
        HoldId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn no_code_is_given_twice_while_it_is_taken_or_rests_and_again_after_it() {
        let mut codes = Codes::default();
        let now = Moment(1000);
        let first = codes.give(7, hold(1), now).unwrap();
        let second = codes.give(7, hold(2), now).unwrap();
        assert_ne!(first, second);
        codes.rest(&first, now.after(Duration::from_secs(60)));
        assert_eq!(codes.holder(&first), None);
        assert_ne!(codes.give(7, hold(3), now.after(Duration::from_millis(59_999))).unwrap(), first);
        assert_eq!(codes.give(7, hold(4), now.after(Duration::from_secs(60))).unwrap(), first);
        assert_eq!(codes.holder(&first), Some(hold(4)));
    }

    #[test]
    fn codes_are_read_as_crockford_says_and_nothing_else_is_one() {
        assert_eq!(spell(0), "0000");
        assert_eq!(spell(COUNT - 1), "ZZZZ");
        assert_eq!(read("k7ol").as_deref(), Some("K701"));
        for text in ["K7Q", "K7QXX", "K7Q!", "K7QU", "", "é7Q"] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn when_every_code_is_taken_none_is_given() {
        let mut codes = Codes::default();
        for number in 0..COUNT {
            codes.keep(&spell(number), hold(1));
        }
        assert_eq!(codes.give(3, hold(2), Moment(0)), None);
    }
}
