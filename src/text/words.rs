//! Words, sentences and questions: what counts as one, and how they are counted.

use std::borrow::Cow;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{fold::fold_word, meant::IntendedSpan};

/// How strongly a word is separated from the word before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Break {
    /// Only space (or light mark-up) in between.
    None,
    /// A comma, colon, dash, bracket or quote mark in between.
    Clause,
    /// A full stop, question or exclamation mark, semicolon, ellipsis or new line in between; or the text starts here.
    Sentence,
}

/// A word with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token<'t> {
    /// Byte range in the original text.
    pub range: Range<usize>,
    /// The folded word.
    pub folded: Cow<'t, str>,
    /// What separates it from the word before.
    pub break_before: Break,
}

/// The words of a text with their folded form and the breaks between them.
pub fn tokens(text: &str) -> Vec<Token<'_>> {
    let Some(meant) = IntendedSpan::of(text) else { return tokens_of(text) };
    let own = |token: Token<'_>| Token {
        range: meant.origin(&token.range),
        folded: Cow::Owned(token.folded.into_owned()),
        break_before: token.break_before,
    };
    tokens_of(meant.text()).into_iter().map(own).collect()
}

fn tokens_of(text: &str) -> Vec<Token<'_>> {
    let mut previous = None;
    ranges_of(text)
        .map(|range| {
            let break_before = previous.map_or(Break::Sentence, |end| break_in(&text[end..range.start]));
            previous = Some(range.end);
            Token { folded: fold_word(&text[range.clone()]), break_before, range }
        })
        .collect()
}

/// The byte range of every word (Unicode word boundaries; "can't" is one word, "heart-breaking" two).
///
/// Unicode joins words over a full stop, colon or underscore without spaces ("you.I"), which in chat is a
/// missing space and not one word, so those are split unless digits surround them. An apostrophe may be written as an
/// escape of HTML, or with a mark that is typed for one.
pub fn word_ranges(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let resolved = IntendedSpan::of(text)
        .map(|meant| ranges_of(meant.text()).map(|range| meant.origin(&range)).collect::<Vec<_>>());
    let as_it_stands = resolved.is_none().then(|| ranges_of(text));
    resolved.into_iter().flatten().chain(as_it_stands.into_iter().flatten())
}

fn ranges_of(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    text.unicode_word_indices().flat_map(|(at, word)| parts(at, word))
}

fn parts(at: usize, word: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let numeric = word.starts_with(|c: char| c.is_numeric());
    word.split(move |c| !numeric && matches!(c, '.' | ':' | '_'))
        .map(move |part| {
            let start = at + (part.as_ptr().addr() - word.as_ptr().addr());
            start..start + part.len()
        })
        .filter(|range| !range.is_empty())
}

fn break_in(gap: &str) -> Break {
    if gap == " " {
        return Break::None; // nearly always
    }
    let strongest = gap.chars().map(break_of).max().unwrap_or(Break::None);
    // "heart-breaking" is joined by its hyphen; "no - not yet" is separated by it.
    let is_spaced_hyphen = || gap.contains('-') && gap.contains(' ');
    if strongest == Break::None && is_spaced_hyphen() { Break::Clause } else { strongest }
}

fn break_of(c: char) -> Break {
    match c {
        '\n' | '\r' | ';' | '\u{2028}' | '\u{2029}' | '\u{37e}' | '\u{ff1b}' => Break::Sentence,
        c if is_terminator(c) => Break::Sentence,
        ' ' | '\t' | '\u{a0}' | '*' | '_' | '-' | '\u{2010}' | '\u{2011}' => Break::None,
        c if c.is_alphanumeric() || c.is_whitespace() => Break::None,
        _ => Break::Clause,
    }
}

fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '…' | '\u{3002}' | '\u{ff01}' | '\u{ff0e}' | '\u{203d}') || is_question_mark(c)
}

fn is_question_mark(c: char) -> bool {
    matches!(c, '?' | '\u{61f}' | '\u{ff1f}' | '\u{2047}' | '\u{2048}' | '\u{2049}' | '\u{203d}')
}

/// Number of words.
pub fn word_count(text: &str) -> usize {
    word_ranges(text).count()
}

/// Number of characters as a reader counts them, without white space and punctuation.
///
/// The measure of length for languages that do not separate words by spaces.
pub fn character_count(text: &str) -> usize {
    let meant = IntendedSpan::of(text);
    meant
        .as_ref()
        .map_or(text, IntendedSpan::text)
        .graphemes(true)
        .filter(|cluster| cluster.chars().any(char::is_alphanumeric))
        .count()
}

/// The sentences of a text: cut after a run of closing marks, and at new lines.
///
/// Deliberately simple: abbreviations ("Dr. Lee") are split too. White space around a sentence is not part of it.
pub fn sentences(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        let end = at + c.len_utf8();
        let next = chars.peek().map(|&(_, next)| next);
        if c == '\n' || ends_sentence(&text[start..end], next) {
            push_trimmed(text, start..end, &mut found);
            start = end;
        }
    }
    push_trimmed(text, start..text.len(), &mut found);
    found
}

/// Whether a sentence ends between `so_far` and `next`: after terminators with any closing quote or bracket.
fn ends_sentence(so_far: &str, next: Option<char>) -> bool {
    let is_closing = |c: char| matches!(c, '"' | '\'' | ')' | ']' | '’' | '”' | '»' | '*');
    if !so_far.trim_end_matches(is_closing).ends_with(is_terminator) {
        return false;
    }
    let wide = so_far.ends_with(['\u{3002}', '\u{ff01}', '\u{ff1f}']);
    next.is_none_or(|c| c.is_whitespace() || (wide && !is_terminator(c) && !is_closing(c)))
}

fn push_trimmed(text: &str, range: Range<usize>, found: &mut Vec<Range<usize>>) {
    let part = &text[range.clone()];
    let start = range.start + (part.len() - part.trim_start().len());
    let trimmed = part.trim();
    if !trimmed.is_empty() {
        found.push(start..start + trimmed.len());
    }
}

/// Number of questions: runs of closing marks that hold a question mark ("really??" and "what?!" are one each).
pub fn question_count(text: &str) -> usize {
    let mut count = 0;
    let mut in_question = false;
    for c in text.chars() {
        if is_question_mark(c) && !in_question {
            count += 1;
        }
        in_question = is_question_mark(c) || (in_question && c == '!');
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<&str> {
        word_ranges(text).map(|range| &text[range]).collect()
    }

    #[test]
    fn contractions_are_one_word_and_missing_spaces_are_seen() {
        assert_eq!(
            words("I can’t. You.I do: 3.5 _really_"),
            ["I", "can’t", "You", "I", "do", "3.5", "really"]
        );
    }

    #[test]
    fn an_apostrophe_is_one_however_it_is_typed() {
        for text in [
            "I\u{b4}m here",
            "I`m here",
            "I\u{2019}m here",
            "I&#39;m here",
            "I&rsquo;m&nbsp;here",
            "I\u{2032}m here",
        ] {
            let found = tokens(text);
            let folded: Vec<&str> = found.iter().map(|token| token.folded.as_ref()).collect();
            assert_eq!(folded, ["i'm", "here"], "{text}");
            assert!(found.iter().all(|token| token.break_before != Break::Clause), "{text}");
            assert_eq!(&text[found[1].range.clone()], "here");
            assert_eq!(word_ranges(text).count(), 2);
        }
        assert_eq!(words("`so` he said"), ["so", "he", "said"]);
    }

    #[test]
    fn breaks_grow_with_the_punctuation() {
        let text = "Oh, **I see** you. Ice-cold - yes";
        let breaks: Vec<_> = tokens(text).iter().map(|token| token.break_before).collect();
        let (none, clause, sentence) = (Break::None, Break::Clause, Break::Sentence);
        assert_eq!(breaks, [sentence, clause, none, none, sentence, none, clause]);
    }

    #[test]
    fn sentences_keep_their_closing_marks() {
        let text = "I tried. \"Really?!\" Yes…\nno end 3.5";
        let found: Vec<_> = sentences(text).into_iter().map(|range| &text[range]).collect();
        assert_eq!(found, ["I tried.", "\"Really?!\"", "Yes…", "no end 3.5"]);
    }

    #[test]
    fn sentences_without_spaces_are_cut_too() {
        let text = "我很累。你呢？";
        assert_eq!(sentences(text).len(), 2);
        assert_eq!(character_count(text), 5);
    }

    #[test]
    fn a_run_of_question_marks_is_one_question() {
        assert_eq!(question_count("3 years?? What?! ok? "), 3);
        assert_eq!(question_count("no."), 0);
    }

    proptest! {
        #[test]
        fn ranges_lie_on_char_boundaries_in_order(text in "\\PC*|[a-z._?! ’\n]{0,60}") {
            for ranges in [word_ranges(&text).collect::<Vec<_>>(), sentences(&text)] {
                prop_assert!(ranges.iter().all(|range| text.get(range.clone()).is_some_and(|part| !part.is_empty())));
                prop_assert!(ranges.windows(2).all(|pair| pair[0].end <= pair[1].start));
            }
            prop_assert_eq!(word_count(&text), tokens(&text).len());
            prop_assert!(question_count(&text) <= text.chars().filter(|c| is_question_mark(*c)).count());
        }
    }
}
