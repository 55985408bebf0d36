//! Owns the search for many phrases at once: one pass over the words of a text, whatever the number of phrases.

use std::collections::HashMap;
use std::ops::Range;

use super::phrase::{Item, Lists, Phrase, PhraseError};
use super::words::{Break, Token, tokens};

/// Ceiling on the size of the search tree: a lexicon of 150 phrases needs a tenth of it.
const MAX_NODES: usize = 500_000;

/// A compiled set of phrases (see [`super::phrase`] for how they are written).
///
/// Holds a tree whose edges are words, shared by all phrases, so a scan costs one look-up for most words.
#[derive(Debug, Clone, Default)]
pub struct PhraseSet {
    vocabulary: HashMap<String, u32>,
    by_word: HashMap<(u32, u32), u32>,
    by_any: Vec<Option<u32>>,
    ends: Vec<Vec<usize>>,
    edges: Vec<Edges>,
}

/// Where the phrase must stand: after a break, before a break.
#[derive(Debug, Clone, Copy)]
struct Edges {
    start: bool,
    end: bool,
}

/// A phrase found: which one, and which words of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhraseMatch {
    /// Index of the phrase in the list that was compiled.
    pub phrase: usize,
    /// Range of word indices.
    pub words: Range<usize>,
}

impl PhraseSet {
    /// Compile phrases; a match names its phrase by the index in this list.
    ///
    /// # Errors
    /// When a phrase cannot be read or has too many forms.
    pub fn compile<P: AsRef<str>>(phrases: &[P], lists: &Lists) -> Result<Self, PhraseError> {
        let mut set = Self::default();
        let root = set.new_node();
        for (index, written) in phrases.iter().enumerate() {
            let phrase = Phrase::parse(written.as_ref(), lists)?;
            let too_many = || PhraseError::TooManyForms { phrase: written.as_ref().to_owned() };
            let last = set.add_sequence(vec![root], &phrase.items).ok_or_else(too_many)?;
            last.into_iter().for_each(|node| set.ends[node as usize].push(index));
            set.edges.push(Edges { start: phrase.at_start, end: phrase.at_end });
        }
        Ok(set)
    }

    /// Every way in which a phrase matches, overlaps included, in order of start, end and phrase.
    pub fn matches(&self, words: &[Token<'_>]) -> Vec<PhraseMatch> {
        let ids: Vec<Option<u32>> =
            words.iter().map(|word| self.vocabulary.get(word.folded.as_ref()).copied()).collect();
        let mut found = Vec::new();
        for start in 0..words.len() {
            self.walk(words, &ids, start, &mut found);
        }
        found.sort_by_key(|m| (m.words.start, m.words.end, m.phrase));
        found.dedup();
        found
    }

    /// Byte ranges of the phrases in a text: the longest at each place, none overlapping.
    pub fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let words = tokens(text);
        let mut chosen: Vec<Range<usize>> = Vec::new();
        for m in self.matches(&words) {
            match chosen.last_mut() {
                Some(last) if last.start == m.words.start => last.end = m.words.end,
                Some(last) if last.end > m.words.start => {}
                _ => chosen.push(m.words),
            }
        }
        chosen.into_iter().map(|range| byte_range(&words, &range)).collect()
    }

    /// Number of phrases in a text, counted as [`Self::ranges`] finds them.
    pub fn count(&self, text: &str) -> usize {
        self.ranges(text).len()
    }

    fn walk(&self, words: &[Token<'_>], ids: &[Option<u32>], start: usize, found: &mut Vec<PhraseMatch>) {
        let mut open: Vec<(u32, usize)> = Vec::new();
        self.step(0, ids[start], start + 1, &mut open);
        while let Some((node, at)) = open.pop() {
            let ends = self.ends[node as usize].iter();
            let fits = ends.filter(|&&phrase| self.edges_fit(phrase, words, start..at));
            found.extend(fits.map(|&phrase| PhraseMatch { phrase, words: start..at }));
            if words.get(at).is_some_and(|next| next.break_before < Break::Sentence) {
                self.step(node, ids[at], at + 1, &mut open);
            }
        }
    }

    fn step(&self, node: u32, word: Option<u32>, at: usize, open: &mut Vec<(u32, usize)>) {
        let by_word = word.and_then(|word| self.by_word.get(&(node, word)).copied());
        let by_any = self.by_any.get(node as usize).copied().flatten();
        open.extend(by_word.into_iter().chain(by_any).map(|next| (next, at)));
    }

    fn edges_fit(&self, phrase: usize, words: &[Token<'_>], range: Range<usize>) -> bool {
        let Edges { start, end } = self.edges[phrase];
        let is_cut = |at: usize| words.get(at).is_none_or(|word| word.break_before > Break::None);
        (!start || is_cut(range.start)) && (!end || is_cut(range.end))
    }

    /// The nodes reached from `from` by the items; `None` when the tree grows past its ceiling.
    fn add_sequence(&mut self, from: Vec<u32>, items: &[Item]) -> Option<Vec<u32>> {
        items.iter().try_fold(from, |nodes, item| self.add_item(nodes, item))
    }

    fn add_item(&mut self, from: Vec<u32>, item: &Item) -> Option<Vec<u32>> {
        let mut reached = match item {
            Item::Word(word) => self.after_word(&from, word),
            Item::Optional(inner) => {
                let mut with = self.add_item(from.clone(), inner)?;
                with.extend(from);
                with
            }
            Item::Choice(ways) => {
                let mut all = Vec::new();
                for way in ways {
                    all.extend(self.add_sequence(from.clone(), way)?);
                }
                all
            }
            Item::Gap { min, max } => self.after_gap(from, *min, *max),
        };
        reached.sort_unstable();
        reached.dedup();
        (self.ends.len() <= MAX_NODES).then_some(reached)
    }

    fn after_word(&mut self, from: &[u32], word: &str) -> Vec<u32> {
        let fresh = index(self.vocabulary.len());
        let word = *self.vocabulary.entry(word.to_owned()).or_insert(fresh);
        let mut reached = Vec::with_capacity(from.len());
        for &node in from {
            let next = match self.by_word.get(&(node, word)) {
                Some(&next) => next,
                None => self.new_node(),
            };
            self.by_word.insert((node, word), next);
            reached.push(next);
        }
        reached
    }

    fn after_gap(&mut self, from: Vec<u32>, min: usize, max: usize) -> Vec<u32> {
        let mut reached = if min == 0 { from.clone() } else { Vec::new() };
        let mut nodes = from;
        for length in 1..=max {
            for node in &mut nodes {
                let next = self.by_any[*node as usize];
                let next = next.unwrap_or_else(|| self.new_node());
                self.by_any[*node as usize] = Some(next);
                *node = next;
            }
            if length >= min {
                reached.extend(&nodes);
            }
        }
        reached
    }

    fn new_node(&mut self) -> u32 {
        self.by_any.push(None);
        self.ends.push(Vec::new());
        index(self.ends.len() - 1)
    }
}

fn index(length: usize) -> u32 {
    u32::try_from(length).expect("MAX_NODES keeps every index far below 2^32")
}

/// The bytes from the first to the last word of a range of word indices.
pub(super) fn byte_range(words: &[Token<'_>], range: &Range<usize>) -> Range<usize> {
    match words.get(range.clone()) {
        Some([first, .., last]) => first.range.start..last.range.end,
        Some([only]) => only.range.clone(),
        _ => 0..0,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn find<'t>(phrases: &[&str], text: &'t str) -> Vec<&'t str> {
        let lists = Lists::from([("very".to_owned(), vec!["so".to_owned(), "really truly".to_owned()])]);
        let set = PhraseSet::compile(phrases, &lists).unwrap();
        set.ranges(text).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn words_alternatives_options_and_lists() {
        assert_eq!(find(&["i (can|do)? hear you"], "I hear you, I can HEAR you."), ["I hear you", "I can HEAR you"]);
        assert_eq!(find(&["i'm <very> sorry"], "I’m so sorry. I'm really, truly sorry"), ["I’m so sorry", "I'm really, truly sorry"]);
    }

    #[test]
    fn gaps_stay_inside_the_sentence() {
        assert_eq!(find(&["i feel .. pain"], "I feel all of your pain"), ["I feel all of your pain"]);
        assert_eq!(find(&["i feel .. pain"], "I feel. So much pain"), Vec::<&str>::new());
        assert_eq!(find(&["hear _ pain"], "hear pain, hear your pain"), ["hear your pain"]);
    }

    #[test]
    fn a_caret_and_a_dollar_ask_for_punctuation() {
        assert_eq!(find(&["^ i see $"], "I see. Well, I see you; oh, I see"), ["I see", "I see"]);
    }

    #[test]
    fn whole_words_only() {
        assert_eq!(find(&["hear you"], "hear your, hear you're, overhear you"), Vec::<&str>::new());
    }

    #[test]
    fn the_longest_of_overlapping_matches_is_kept() {
        assert_eq!(find(&["hear you", "i hear you", "i hear"], "I hear you"), ["I hear you"]);
    }

    #[test]
    fn a_phrase_with_a_million_forms_is_refused() {
        let lists = Lists::from([("any".to_owned(), ('a'..='z').map(String::from).collect())]);
        let refused = PhraseSet::compile(&["<any> <any> <any> <any> <any>"], &lists);
        assert!(matches!(refused, Err(PhraseError::TooManyForms { .. })));
    }

    proptest! {
        #[test]
        fn finding_never_panics(text in "\\PC*|[iI hearyou.,’\n]{0,60}") {
            let set = PhraseSet::compile(&["i .. you", "^ i hear $"], &Lists::new()).unwrap();
            prop_assert!(set.ranges(&text).into_iter().all(|range| text.get(range).is_some()));
        }
    }
}
