//! What the words of an operation's name say: its verb, and nouns that make a mutation one of permissions.
//!
//! Of a name with a service before its operation (`iam:PutUserPolicy`, `etcdserverpb.KV/Put`, `tools/call get_issue`)
//! only the operation is read. A verb that is a read vouches for nothing when the name goes on to another act
//! (`CheckAndMutateRow`, `GetOrCreate`). Verbs lower only where a declared service says that its names may be read
//! so; everywhere else `raise` is all that is asked, and it never answers `read`.

use std::collections::HashMap;

use crate::classify::Effect;

/// Verbs and nouns.
#[derive(Clone, Debug, Default)]
pub(super) struct Vocabulary {
    verbs: HashMap<String, Effect>,
    /// By their first word: the words that follow it, and the effect.
    nouns: HashMap<String, Vec<(Vec<String>, Effect)>>,
    /// Words before the verb that say nothing: `batch`, `async`.
    skipped: Vec<String>,
    /// Whether nouns raise what deletes, too: AWS counts removing a policy as managing permissions.
    raises_deletes: bool,
}

impl Vocabulary {
    /// Adds a verb: a word, or several (`GetOrCreate`), of which the longest that the name starts with counts.
    pub(super) fn add_verb(&mut self, text: &str, effect: Effect) {
        let key = words(text).collect::<Vec<_>>().join(" ");
        let known = self.verbs.entry(key).or_insert(effect);
        *known = (*known).max(effect);
    }

    /// Adds a noun of one or more words.
    pub(super) fn add_noun(&mut self, text: &str, effect: Effect) {
        let mut all = words(text);
        if let Some(first) = all.next() {
            self.nouns.entry(first).or_default().push((all.collect(), effect));
        }
    }

    /// Adds a word that may stand before the verb.
    pub(super) fn skip(&mut self, text: &str) {
        self.skipped.push(text.to_ascii_lowercase());
    }

    /// Whether nouns raise what deletes, too.
    pub(super) fn raise_deletes(&mut self, raise: bool) {
        self.raises_deletes |= raise;
    }

    /// Takes in another vocabulary's words where this one has none.
    pub(super) fn extend(&mut self, other: &Vocabulary) {
        for (verb, effect) in &other.verbs {
            self.verbs.entry(verb.clone()).or_insert(*effect);
        }
        for (first, rest) in &other.nouns {
            self.nouns.entry(first.clone()).or_default().extend(rest.iter().cloned());
        }
        self.skipped.extend(other.skipped.iter().cloned());
        self.raises_deletes |= other.raises_deletes;
    }

    /// What the verb says, raised by nouns where it is no read. `None`: the verb is not known.
    pub(super) fn effect(&self, name: &str) -> Option<Effect> {
        let words: Vec<_> = words(operation(name)).collect();
        let effect = self.verb(&words)?;
        let effect = if effect.is_mutating() || !goes_on(&words) { effect } else { Effect::Write };
        let raised =
            effect.is_mutating() && (effect != Effect::Delete || self.raises_deletes) && !tags(&words);
        let noun = if raised { self.noun(&words) } else { None };
        Some(noun.map_or(effect, |noun| noun.max(effect)))
    }

    /// What the words say of an operation that is a mutation at least: never `read`.
    pub(super) fn raise(&self, name: &str) -> Option<Effect> {
        let words: Vec<_> = words(operation(name)).collect();
        // Some put the verb behind its noun: `issueDelete`, `productUpdate`.
        let last = || self.verbs.get(words.last()?).copied();
        let verb = self.verb(&words).or_else(last).filter(|effect| effect.is_mutating());
        if verb == Some(Effect::Delete) && !self.raises_deletes {
            return verb;
        }
        verb.max(self.noun(&words).filter(|effect| effect.is_mutating()))
    }

    /// The effect of the longest known verb at the start; where there is none, after words that say nothing.
    fn verb(&self, words: &[String]) -> Option<Effect> {
        let start = words.iter().take_while(|word| self.skipped.contains(word)).count();
        let rest = &words[start.min(words.len().saturating_sub(1))..];
        self.starts_with(words).or_else(|| self.starts_with(rest))
    }

    fn starts_with(&self, words: &[String]) -> Option<Effect> {
        (1..=words.len().min(4)).rev().find_map(|count| self.verbs.get(&words[..count].join(" ")).copied())
    }

    /// The most cautious effect of the nouns that it ends in: `bucketAccessControls`, but not `aclConfig`.
    pub(super) fn last_noun(&self, words: &[String]) -> Option<Effect> {
        (0..words.len())
            .filter_map(|index| {
                let known = self.nouns.get(&words[index])?;
                let ends = known.iter().filter(|(rest, _)| words[index + 1..] == rest[..]);
                ends.map(|(_, effect)| *effect).max()
            })
            .max()
    }

    /// The most cautious effect of the nouns in it.
    pub(super) fn noun(&self, words: &[String]) -> Option<Effect> {
        (0..words.len())
            .filter_map(|index| {
                let known = self.nouns.get(&words[index])?;
                let matches = |(rest, _): &&(Vec<String>, Effect)| words[index + 1..].starts_with(rest);
                known.iter().filter(matches).map(|(_, effect)| *effect).max()
            })
            .max()
    }
}

/// A name without the service before it.
fn operation(name: &str) -> &str {
    name.rsplit(['/', ':', ' ']).next().unwrap_or(name)
}

/// Whether all that the name does is to hang a label on something or to take one off: `TagRole` gives nobody a role.
fn tags(words: &[String]) -> bool {
    words.first().is_some_and(|first| matches!(first.as_str(), "tag" | "untag"))
}

/// Whether a name says more than one act: `SearchAndReplace`, `GetOrCreate`, but not `QueryInputsAndOutputs`: a verb
/// does not end like a plural.
fn goes_on(words: &[String]) -> bool {
    words.windows(2).any(|pair| {
        let plural = pair[1].ends_with('s') && !pair[1].ends_with("ss");
        matches!(pair[0].as_str(), "and" | "or" | "then") && !plural
    })
}

/// The words of a name in lower case: `DescribeDBInstances`, `describe_db_instances` and `describe-db.instances` are
/// `describe`, `db`, `instances`.
pub(super) fn words(name: &str) -> impl Iterator<Item = String> {
    let bytes = name.as_bytes();
    let mut out = Vec::new();
    let mut word = String::new();
    for (index, byte) in bytes.iter().enumerate() {
        let next_is_lower = bytes.get(index + 1).is_some_and(u8::is_ascii_lowercase);
        let before = index.checked_sub(1).map(|before| bytes[before]);
        let starts = byte.is_ascii_uppercase()
            && before.is_some_and(|b| {
                b.is_ascii_lowercase() || b.is_ascii_digit() || (b.is_ascii_uppercase() && next_is_lower)
            });
        if (starts || !byte.is_ascii_alphanumeric()) && !word.is_empty() {
            out.push(std::mem::take(&mut word));
        }
        if byte.is_ascii_alphanumeric() {
            word.push(char::from(byte.to_ascii_lowercase()));
        }
    }
    if !word.is_empty() {
        out.push(word);
    }
    out.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_falls_into_its_words_however_it_is_written() {
        for name in
            ["DescribeDBInstances", "describe_db_instances", "describe-DB.instances", "describeDBInstances"]
        {
            assert_eq!(words(name).collect::<Vec<_>>(), ["describe", "db", "instances"], "{name}");
        }
        assert_eq!(words("GetV2Things").collect::<Vec<_>>(), ["get", "v2", "things"]);
        assert_eq!(words("::").count(), 0);
    }

    #[test]
    fn nouns_raise_mutations_and_leave_reads() {
        let mut vocabulary = Vocabulary::default();
        vocabulary.add_verb("get", Effect::Read);
        vocabulary.add_verb("get or create", Effect::Write);
        vocabulary.add_verb("put", Effect::Write);
        vocabulary.add_noun("access key", Effect::Permission);
        vocabulary.skip("batch");
        assert_eq!(vocabulary.effect("GetAccessKey"), Some(Effect::Read));
        assert_eq!(vocabulary.effect("BatchGetItem"), Some(Effect::Read));
        assert_eq!(vocabulary.effect("GetOrCreateItem"), Some(Effect::Write));
        assert_eq!(vocabulary.effect("PutAccessKey"), Some(Effect::Permission));
        assert_eq!(vocabulary.effect("PutAccess"), Some(Effect::Write));
        assert_eq!(vocabulary.effect("FrobAccessKey"), None);
        assert_eq!(vocabulary.effect("iam:PutAccessKey"), Some(Effect::Permission));
        assert_eq!(vocabulary.effect("access.key.v1.Store/Put"), Some(Effect::Write), "no noun of its own");
        assert_eq!(vocabulary.effect("tools/call get_item"), Some(Effect::Read));
        vocabulary.add_verb("tag", Effect::Write);
        assert_eq!(vocabulary.effect("TagAccessKey"), Some(Effect::Write));
        assert_eq!(vocabulary.effect("GetAndForget"), Some(Effect::Write));
        assert_eq!(vocabulary.effect("GetAndProcess"), Some(Effect::Write));
        assert_eq!(vocabulary.effect("GetInputsAndOutputs"), Some(Effect::Read));
        assert_eq!(vocabulary.raise("GetAccessKey"), Some(Effect::Permission));
        assert_eq!(vocabulary.raise("GetItem"), None);
        assert_eq!(vocabulary.raise("itemPut"), Some(Effect::Write));
        assert_eq!(vocabulary.raise("itemGet"), None);
    }
}
