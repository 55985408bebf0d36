//! Decides whether something around a hit suppresses it.

use std::ops::Range;

use crate::text::lexicon::spec::{SuppressorPosition, SuppressorSpec};
use crate::text::words::{Break, Token, tokens};

/// A scanned turn: its words, and the context needed to judge a hit in it.
pub(super) struct TurnContext<'a> {
    words: &'a [Token<'a>],
    quoted: Vec<Range<usize>>,
    client: Vec<Token<'a>>,
}

impl<'a> TurnContext<'a> {
    pub(super) fn new(text: &str, words: &'a [Token<'a>], client_turn: Option<&'a str>) -> Self {
        let quoted = quoted_spans(text).into_iter().map(|span| words_in(words, &span));
        Self { words, quoted: quoted.collect(), client: client_turn.map(tokens).unwrap_or_default() }
    }

    /// Whether the suppressor, found at `places`, suppresses the hit on these words.
    pub(super) fn takes_back<'p>(
        &self,
        suppressor: &SuppressorSpec,
        places: impl IntoIterator<Item = &'p Range<usize>>,
        hit: &Range<usize>,
    ) -> bool {
        match suppressor.place {
            SuppressorPosition::InQuotes => self.quote_around(hit).is_some(),
            SuppressorPosition::ClientWords => {
                self.quote_around(hit).is_some_and(|quote| self.client_said(quote))
            }
            place => places.into_iter().any(|at| self.stands(place, suppressor.within, at, hit)),
        }
    }

    fn stands(
        &self,
        place: SuppressorPosition,
        within: usize,
        at: &Range<usize>,
        hit: &Range<usize>,
    ) -> bool {
        match place {
            SuppressorPosition::Before => self.is_near(at, hit, within),
            SuppressorPosition::After => self.is_near(hit, at, within),
            SuppressorPosition::Starts => at.start == hit.start,
            SuppressorPosition::Covers => at.start <= hit.start && hit.end <= at.end,
            SuppressorPosition::Inside => hit.start <= at.start && at.end <= hit.end,
            SuppressorPosition::Sentence => {
                let first = at.start.min(hit.start) + 1;
                let last = at.start.max(hit.start);
                self.strongest_break(first..last + 1) < Break::Sentence
            }
            SuppressorPosition::InQuotes | SuppressorPosition::ClientWords => false,
        }
    }

    fn is_near(&self, first: &Range<usize>, second: &Range<usize>, within: usize) -> bool {
        first.end <= second.start
            && second.start - first.end <= within
            && self.strongest_break(first.end..second.start + 1) == Break::None
    }

    fn strongest_break(&self, words: Range<usize>) -> Break {
        let words = self.words.get(words).unwrap_or_default();
        words.iter().map(|word| word.break_before).max().unwrap_or(Break::None)
    }

    fn quote_around(&self, hit: &Range<usize>) -> Option<&Range<usize>> {
        self.quoted.iter().find(|quote| quote.start <= hit.start && hit.end <= quote.end)
    }

    fn client_said(&self, quote: &Range<usize>) -> bool {
        let quote = &self.words[quote.clone()];
        let same = |said: &[Token<'_>]| said.iter().map(|t| &t.folded).eq(quote.iter().map(|t| &t.folded));
        !quote.is_empty() && self.client.windows(quote.len()).any(same)
    }
}

/// Indices of the words inside a range of bytes.
fn words_in(words: &[Token<'_>], bytes: &Range<usize>) -> Range<usize> {
    let start = words.partition_point(|word| word.range.start < bytes.start);
    let end = words.partition_point(|word| word.range.end <= bytes.end);
    start..end.max(start)
}

/// Byte ranges between matching quote marks, by paragraph; a mark without its partner quotes nothing.
fn quoted_spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    let mut open: Option<(char, usize)> = None;
    let mut before = None;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let after = chars.peek().map(|&(_, next)| next);
        match open {
            Some((closing, start)) if closes(closing, c) && (c != '\'' && c != '’' || !is_word(after)) => {
                spans.push(start..at);
                open = None;
            }
            Some(_) if c == '\n' => open = None,
            None if !is_word(before) => open = closing_mark(c).map(|closing| (closing, at + c.len_utf8())),
            _ => {}
        }
        before = Some(c);
    }
    spans
}

fn closes(closing: char, found: char) -> bool {
    found == closing || (closing == '“' && found == '”')
}

fn is_word(c: Option<char>) -> bool {
    c.is_some_and(char::is_alphanumeric)
}

fn closing_mark(opening: char) -> Option<char> {
    match opening {
        '"' => Some('"'),
        '\'' => Some('\''),
        '“' => Some('”'),
        // German closes with the mark that opens in English; other languages close with the English closing mark.
        '„' => Some('“'),
        '»' => Some('«'),
        '‘' => Some('’'),
        '«' => Some('»'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(text: &str) -> Vec<&str> {
        quoted_spans(text).into_iter().map(|span| &text[span]).collect()
    }

    #[test]
    fn quotes_need_both_marks_and_apostrophes_are_none() {
        assert_eq!(quoted("She said “I’m here” and 'don't go'."), ["I’m here", "don't go"]);
        assert_eq!(quoted("It's what it's, isn't it? 5\" tall"), Vec::<&str>::new());
        assert_eq!(quoted("„ja“, „tak”, »nein«"), ["ja", "tak", "nein"]);
        assert_eq!(quoted("an \"open quote\nand the next\" line"), Vec::<&str>::new());
    }
}
