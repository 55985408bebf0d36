//! Search for many phrases at once: one pass over the words of a text, however many phrases there are.

use std::ops::Range;

use super::automaton::Automaton;
use super::phrase::{Lists, Phrase, PhraseError};
use super::words::{Break, Token, tokens};

/// Maximum size of the automaton in places: more than ten times what the largest shipped set needs.
const MAX_PLACES: usize = 500_000;

/// A compiled set of phrases (see [`super::phrase`] for how they are written).
#[derive(Debug, Clone)]
pub struct PhraseSet {
    automaton: Automaton,
    /// Conditions on the edges of each phrase.
    edges: Vec<Edges>,
}

/// Whether the phrase must follow a break, and whether it must precede one.
#[derive(Debug, Clone, Copy)]
struct Edges {
    start: bool,
    end: bool,
}

/// A match: which phrase, and which words of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhraseMatch {
    /// Index of the phrase in the list that was compiled.
    pub phrase: usize,
    /// Range of word indices.
    pub words: Range<usize>,
}

impl PhraseSet {
    /// Compiles phrases; a match names its phrase by the index in this list.
    ///
    /// # Errors
    /// A phrase cannot be read, or has too many forms.
    pub fn compile<P: AsRef<str>>(phrases: &[P], lists: &Lists) -> Result<Self, PhraseError> {
        let read = |written: &P| Phrase::parse(written.as_ref(), lists);
        let parsed = phrases.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let automaton = Automaton::build(parsed.iter().map(|phrase| phrase.items.as_slice()), MAX_PLACES);
        let edges = parsed.iter().map(|phrase| Edges { start: phrase.at_start, end: phrase.at_end });
        Ok(Self { automaton: automaton.ok_or(PhraseError::TooManyForms)?, edges: edges.collect() })
    }

    /// All matches of all phrases, including overlapping ones, in order of start, end and phrase.
    pub fn matches(&self, words: &[Token<'_>]) -> Vec<PhraseMatch> {
        let ids: Vec<Option<u32>> = words.iter().map(|word| self.automaton.id(&word.folded)).collect();
        let mut found = Vec::new();
        for start in 0..words.len() {
            self.walk(words, &ids, start, &mut found);
        }
        found
    }

    /// Byte ranges of the phrases in a text: the longest at each position, none overlapping.
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

    /// Number of phrases in a text, counted as by [`Self::ranges`].
    pub fn count(&self, text: &str) -> usize {
        self.ranges(text).len()
    }

    fn walk(&self, words: &[Token<'_>], ids: &[Option<u32>], start: usize, found: &mut Vec<PhraseMatch>) {
        let mut places = self.automaton.begin(ids[start]);
        for at in start..words.len() {
            if at > start {
                if words[at].break_before == Break::Sentence {
                    return;
                }
                places = self.automaton.step(&places, ids[at]);
            }
            if places.is_empty() {
                return;
            }
            let ends = self.automaton.ends(&places);
            let fits = ends.filter(|&phrase| self.edges_fit(phrase, words, start..at + 1));
            found.extend(fits.map(|phrase| PhraseMatch { phrase, words: start..at + 1 }));
        }
    }

    fn edges_fit(&self, phrase: usize, words: &[Token<'_>], range: Range<usize>) -> bool {
        let Edges { start, end } = self.edges[phrase];
        let is_cut = |at: usize| words.get(at).is_none_or(|word| word.break_before > Break::None);
        (!start || is_cut(range.start)) && (!end || is_cut(range.end))
    }
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
        assert_eq!(
            find(&["i (can|do)? hear you"], "I hear you, I can HEAR you."),
            ["I hear you", "I can HEAR you"]
        );
        assert_eq!(
            find(&["i'm <very> sorry"], "I’m so sorry. I'm really, truly sorry"),
            ["I’m so sorry", "I'm really, truly sorry"]
        );
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
    fn alternatives_after_alternatives_stay_small() {
        let lists = Lists::from([("any".to_owned(), ('a'..='z').map(String::from).collect())]);
        let set = PhraseSet::compile(&["<any> <any> <any> <any> <any>", "a .. z"], &lists).unwrap();
        assert_eq!(set.count("q w e r t a z"), 2);
    }

    proptest! {
        #[test]
        fn finding_never_panics(text in "\\PC*|[iI hearyou.,’\n]{0,60}") {
            let set = PhraseSet::compile(&["i .. you", "^ i hear $"], &Lists::new()).unwrap();
            prop_assert!(set.ranges(&text).into_iter().all(|range| text.get(range).is_some()));
        }
    }
}
