//! Checks whether a quoted passage occurs in a turn.

use std::ops::Range;

use super::cues::byte_range;
use super::fold::FoldedText;
use super::script::Script;
use super::words::{Token, tokens};

/// Shorter quotes occur in any text and prove nothing, unless they are the whole turn. In words.
pub const MIN_WORDS: usize = 4;

/// Result of searching for a quote in a turn.
#[derive(Debug, Clone, PartialEq)]
pub enum QuoteMatch {
    /// The quote occurs word for word, after folding.
    Exact {
        /// Byte range in the turn.
        range: Range<usize>,
    },
    /// The quote occurs nearly: some words differ, only punctuation differs, or an ellipsis leaves out a part.
    Near {
        /// Byte range in the turn, from the first to the last word found.
        range: Range<usize>,
        /// Share of the quote's words that need no edit: at least 0.9.
        similarity: f64,
    },
    /// Fewer than [`MIN_WORDS`] words, and not the whole turn.
    TooShort,
    /// The quote does not occur.
    NotFound,
}

/// Searches for a quote in the text of one turn.
///
/// Quote marks, brackets, ellipses and final punctuation around the quote are ignored. A quote with an ellipsis inside
/// is found (as near at best) if each part has at least [`MIN_WORDS`] words and the parts follow each other in the
/// turn.
pub fn verify(quote: &str, turn: &str) -> QuoteMatch {
    let quote = trim_marks(quote);
    let wanted = tokens(quote);
    let proves = wanted.len() >= MIN_WORDS || (!wanted.is_empty() && same_words(&wanted, &tokens(turn)));
    if !proves {
        return QuoteMatch::TooShort;
    }
    if let Some(range) = exact(quote, turn) {
        return QuoteMatch::Exact { range };
    }
    let words = tokens(turn);
    near(&wanted, &words)
        .or_else(|| in_parts(quote, &words))
        .map_or(QuoteMatch::NotFound, |found| found.in_turn(&words))
}

fn same_words(a: &[Token<'_>], b: &[Token<'_>]) -> bool {
    a.iter().map(|token| &token.folded).eq(b.iter().map(|token| &token.folded))
}

fn trim_marks(quote: &str) -> &str {
    quote.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Range of the folded quote in the folded turn, on word boundaries.
fn exact(quote: &str, turn: &str) -> Option<Range<usize>> {
    let quote = FoldedText::new(quote);
    let turn = FoldedText::new(turn);
    let (needle, hay) = (quote.as_str(), turn.as_str());
    let mut candidates = hay.match_indices(needle).map(|(at, _)| at..at + needle.len());
    candidates.find(|range| on_word_boundaries(hay, range)).map(|range| turn.origin(range))
}

fn on_word_boundaries(text: &str, range: &Range<usize>) -> bool {
    let before = text[..range.start].chars().next_back();
    let mut after = text[range.end..].chars();
    let next = after.next();
    let (first, last) = (text[range.clone()].chars().next(), text[range.clone()].chars().next_back());
    // Scripts without blanks between words: a word may end after any letter.
    let is_joined = |c: Option<char>| c.is_some_and(|c| Script::of(c) == Script::Joined);
    let cut_before = is_joined(first) && is_joined(before);
    let cut_after = is_joined(last) && is_joined(next);
    let goes_on = match next {
        // "you" does not occur in "you're", but does in "'i see you'".
        Some('\'') => after.next().is_some_and(char::is_alphanumeric),
        next => next.is_some_and(char::is_alphanumeric),
    };
    (cut_before || !before.is_some_and(char::is_alphanumeric)) && (cut_after || !goes_on)
}

/// Words of the turn that a quote was matched to, and the number of edits.
struct QuotePosition {
    words: Range<usize>,
    edits: usize,
    length: usize,
}

impl QuotePosition {
    fn in_turn(self, words: &[Token<'_>]) -> QuoteMatch {
        let similarity = 1.0 - self.edits as f64 / self.length as f64;
        QuoteMatch::Near { range: byte_range(words, &self.words), similarity }
    }
}

/// Best match of the quote in the turn, if at most one word in ten has to be edited.
///
/// Semi-global edit distance over words (Sellers 1980): the turn's words before and after cost nothing. Each cell
/// carries where its alignment started, so one row of memory is enough.
fn near(quote: &[Token<'_>], turn: &[Token<'_>]) -> Option<QuotePosition> {
    let mut row: Vec<(usize, usize)> = (0..=turn.len()).map(|start| (0, start)).collect();
    for (done, word) in quote.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = (done + 1, 0);
        for (at, other) in turn.iter().enumerate() {
            let (left, above) = (row[at], row[at + 1]);
            let replaced = (diagonal.0 + usize::from(word.folded != other.folded), diagonal.1);
            row[at + 1] = replaced.min((above.0 + 1, above.1)).min((left.0 + 1, left.1));
            diagonal = above;
        }
    }
    let best = row.iter().enumerate().min_by_key(|&(end, &(edits, start))| (edits, start, end));
    let (end, &(edits, start)) = best?;
    let is_near = edits * 10 <= quote.len() && start < end;
    is_near.then_some(QuotePosition { words: start..end, edits, length: quote.len() })
}

/// Match of a quote that leaves something out: every part occurs in the turn, each after the one before.
fn in_parts(quote: &str, turn: &[Token<'_>]) -> Option<QuotePosition> {
    let parts = split_at_ellipses(quote);
    if parts.len() < 2 {
        return None;
    }
    let mut whole: Option<QuotePosition> = None;
    for part in parts {
        let wanted = tokens(part);
        let from = whole.as_ref().map_or(0, |found| found.words.end);
        let found = if wanted.len() >= MIN_WORDS { near(&wanted, &turn[from..])? } else { return None };
        let words = found.words.start + from..found.words.end + from;
        whole = Some(match whole {
            None => QuotePosition { words, ..found },
            Some(before) => QuotePosition {
                words: before.words.start..words.end,
                edits: before.edits + found.edits,
                length: before.length + found.length,
            },
        });
    }
    whole
}

fn split_at_ellipses(quote: &str) -> Vec<&str> {
    let unified = quote.split('…').flat_map(|part| part.split("..."));
    unified.map(trim_marks).filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TURN: &str = "I’ve been awake since three. My boss wrote “see me on Monday” and I just knew it… I thought I was done for.";

    fn found(quote: &str) -> String {
        match verify(quote, TURN) {
            QuoteMatch::Exact { range } => format!("exact: {}", &TURN[range]),
            QuoteMatch::Near { range, similarity } => format!("near {similarity:.2}: {}", &TURN[range]),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn case_quote_marks_and_white_space_do_not_matter() {
        insta::assert_snapshot!(found("\"i've been  awake SINCE three...\""), @"exact: I’ve been awake since three");
        insta::assert_snapshot!(found("My boss wrote 'see me on Monday' and I"), @"exact: My boss wrote “see me on Monday” and I");
    }

    #[test]
    fn other_punctuation_inside_is_near() {
        insta::assert_snapshot!(found("awake since three, my boss wrote"), @"near 1.00: awake since three. My boss wrote");
    }

    #[test]
    fn one_word_in_ten_may_differ() {
        insta::assert_snapshot!(found("I have been awake since three. My boss wrote see me on Monday"), @"NotFound");
        insta::assert_snapshot!(found("I've been up since three. My boss wrote see me on Monday"), @"near 0.92: I’ve been awake since three. My boss wrote “see me on Monday");
        insta::assert_snapshot!(found("I thought I am done"), @"NotFound");
    }

    #[test]
    fn parts_around_an_ellipsis_must_follow_each_other() {
        insta::assert_snapshot!(found("I've been awake since [...] I just knew it"), @"near 1.00: I’ve been awake since three. My boss wrote “see me on Monday” and I just knew it");
        insta::assert_snapshot!(found("I just knew it … I've been awake since"), @"NotFound");
        insta::assert_snapshot!(found("I've been awake since three … it"), @"NotFound");
        insta::assert_snapshot!(found("I just knew it… I thought"), @"exact: I just knew it… I thought");
    }

    #[test]
    fn three_words_prove_nothing_unless_they_are_the_turn() {
        assert_eq!(found("my boss wrote"), "TooShort");
        assert_eq!(verify("", "text"), QuoteMatch::TooShort);
        assert_eq!(verify("“Not really.”", "not really"), QuoteMatch::Exact { range: 0..10 });
        assert_eq!(verify("Oh, wow", "Oh wow!"), QuoteMatch::Near { range: 0..6, similarity: 1.0 });
    }

    #[test]
    fn scripts_without_blanks_are_quoted_from_anywhere() {
        let turn = "我们今天可以一起看看这些担心，好吗？";
        let quote = "今天可以一起看看";
        let at = turn.find(quote).expect("there");
        assert_eq!(verify(quote, turn), QuoteMatch::Exact { range: at..at + quote.len() });
        assert_eq!(verify("see my worries", "We看see my worries today"), QuoteMatch::TooShort);
    }

    #[test]
    fn a_platforms_escapes_do_not_change_a_quote() {
        let turn = "I&#39;m here for you &amp; listening";
        let QuoteMatch::Exact { range } = verify("I\u{2019}m here for you", turn) else {
            panic!("not verified")
        };
        assert_eq!(&turn[range], "I&#39;m here for you");
    }

    #[test]
    fn a_quote_ends_with_its_word() {
        assert_eq!(verify("I think that you", "I think that you're right"), QuoteMatch::NotFound);
        assert_eq!(verify("a big old cat", "a big old cats' home"), QuoteMatch::NotFound);
    }

    proptest! {
        #[test]
        fn any_four_words_of_a_turn_verify(words in prop::collection::vec("[a-zé]{1,6}", 4..30), from in 0usize..26) {
            let turn = words.join(" ");
            let from = from.min(words.len() - 4);
            let quote = words[from..from + 4].join("  ").to_uppercase();
            let verified = matches!(verify(&quote, &turn), QuoteMatch::Exact { .. });
            prop_assert!(verified);
        }

        #[test]
        fn any_quote_gives_a_range_of_the_turn(quote in "\\PC*|[a-c .…'“]{0,40}", turn in "\\PC*|[a-c .…'“]{0,80}") {
            if let QuoteMatch::Exact { range } | QuoteMatch::Near { range, .. } = verify(&quote, &turn) {
                prop_assert!(turn.get(range).is_some_and(|part| !part.is_empty()));
            }
        }
    }
}
