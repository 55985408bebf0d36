//! Folding: texts count as equal once compatibility forms, case, quote marks, dashes and white space are unified.

use std::borrow::Cow;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

use super::escape::escape_at;

/// A folded text with the position of each part in the original.
///
/// Guarantees: the text is NFKC and lower case, has one kind of quote mark (`'`) and of dash (`-`), single spaces, and
/// no space at either end. All quote marks fold to the same one because replies in JSON often turn double marks into
/// single ones, and only the words are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoldedText {
    text: String,
    pieces: Vec<FoldedPiece>,
}

/// Folded bytes from `start` to the next piece's start come from the bytes `origin` of the original.
#[derive(Debug, Clone, PartialEq, Eq)]
struct FoldedPiece {
    start: usize,
    origin: Range<usize>,
}

impl FoldedText {
    /// Folds a text. Invisible characters (soft hyphen, zero-width space, byte-order mark) are dropped.
    pub fn new(original: &str) -> Self {
        let mut folded = Self { text: String::with_capacity(original.len()), pieces: Vec::new() };
        // A grapheme cluster is the smallest unit that NFKC cannot join to its neighbors in practice, so each
        // cluster's folded bytes can be traced to exactly that cluster.
        let mut resolved = 0;
        for (at, cluster) in original.grapheme_indices(true) {
            if at < resolved {
                continue;
            }
            match escape_at(&original[at..]) {
                Some((c, length)) => {
                    resolved = at + length;
                    folded.push_cluster(c.encode_utf8(&mut [0; 4]), at..resolved);
                }
                None => folded.push_cluster(cluster, at..at + cluster.len()),
            }
        }
        folded.drop_trailing_space();
        folded
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The smallest range of the original that covers `range` of the folded text.
    ///
    /// A range beyond the end is cut off there; an empty range gives the empty range at its position.
    pub fn origin(&self, range: Range<usize>) -> Range<usize> {
        let end_of_original = self.pieces.last().map_or(0, |piece| piece.origin.end);
        let Some(first) = self.piece_at(range.start) else {
            return end_of_original..end_of_original;
        };
        let start = first.origin.start;
        if range.end <= range.start {
            return start..start;
        }
        let end = self.piece_at(range.end - 1).map_or(end_of_original, |piece| piece.origin.end);
        start..end
    }

    fn piece_at(&self, byte: usize) -> Option<&FoldedPiece> {
        if byte >= self.text.len() {
            return None;
        }
        let after = self.pieces.partition_point(|piece| piece.start <= byte);
        self.pieces.get(after.checked_sub(1)?)
    }

    fn push_cluster(&mut self, cluster: &str, origin: Range<usize>) {
        let start = self.text.len();
        if cluster.is_ascii() {
            cluster.chars().for_each(|c| self.push_char(c.to_ascii_lowercase()));
        } else {
            // Marks first, because NFKC would turn some of them into a space and an accent.
            let marked = cluster.chars().filter(|c| !is_invisible(*c)).map(fold_mark);
            let lower = marked.nfkc().flat_map(char::to_lowercase);
            lower.nfkc().for_each(|c| self.push_char(fold_mark(c)));
        }
        if self.text.len() > start {
            self.pieces.push(FoldedPiece { start, origin });
        }
    }

    fn push_char(&mut self, c: char) {
        if !c.is_whitespace() {
            self.text.push(fold_mark(c));
        } else if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    fn drop_trailing_space(&mut self) {
        self.text.truncate(self.text.trim_end().len());
        while self.pieces.last().is_some_and(|piece| piece.start >= self.text.len()) {
            self.pieces.pop();
        }
    }
}

/// Folds a single word; borrowed if it is already folded, which most words are.
pub fn fold_word(word: &str) -> Cow<'_, str> {
    if word.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase() && !is_folded_mark(b)) {
        Cow::Borrowed(word)
    } else if word.is_ascii() {
        Cow::Owned(word.chars().map(|c| fold_mark(c.to_ascii_lowercase())).collect())
    } else {
        Cow::Owned(FoldedText::new(word).text)
    }
}

fn is_folded_mark(byte: u8) -> bool {
    matches!(byte, b'"' | b'`')
}

/// Characters without width, and the points and strokes that Hebrew and Arabic write or leave out.
fn is_invisible(c: char) -> bool {
    let optional = matches!(c, '\u{591}'..='\u{5bd}' | '\u{5bf}' | '\u{5c1}'..='\u{5c7}' | '\u{640}' | '\u{64b}'..='\u{652}' | '\u{670}');
    optional || matches!(c, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Replaces every quote mark and apostrophe by one character, and every dash by another.
fn fold_mark(c: char) -> char {
    match c {
        '"'
        | '`'
        | '\u{b4}'
        | '\u{ab}'
        | '\u{bb}'
        | '\u{2b9}'
        | '\u{2bb}'..='\u{2bd}'
        | '\u{a78c}'
        | '\u{2018}'..='\u{201f}'
        | '\u{2032}'..='\u{2036}'
        | '\u{2039}'
        | '\u{203a}'
        | '\u{300c}'..='\u{300f}'
        | '\u{301d}'..='\u{301f}'
        | '\u{ff02}'
        | '\u{ff07}' => '\'',
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn marks_case_and_white_space_fold() {
        let folded = FoldedText::new("  “I’m   HERE”\r\n— ﬁne…  ");
        assert_eq!(folded.as_str(), "'i'm here' - fine...");
    }

    #[test]
    fn a_folded_range_leads_back_to_the_original_bytes() {
        let original = "Well,\n  I\u{a0}can’t  ﬁx it";
        let folded = FoldedText::new(original);
        let at = folded.as_str().find("can't fix").unwrap();
        assert_eq!(&original[folded.origin(at..at + "can't fix".len())], "can’t  ﬁx");
    }

    #[test]
    fn an_accent_written_in_two_characters_is_one_letter() {
        assert_eq!(FoldedText::new("Cafe\u{301}").as_str(), FoldedText::new("CAFÉ").as_str());
    }

    #[test]
    fn invisible_characters_disappear() {
        assert_eq!(FoldedText::new("over\u{ad}whelmed\u{200b} \u{feff}now").as_str(), "overwhelmed now");
        assert_eq!(FoldedText::new("\u{200b}").as_str(), "");
        assert_eq!(
            FoldedText::new("\u{5e9}\u{5b8}\u{5dc}\u{5d5}\u{5b9}\u{5dd}").as_str(),
            "\u{5e9}\u{5dc}\u{5d5}\u{5dd}"
        );
    }

    #[test]
    fn escapes_of_html_are_what_they_stand_for() {
        let original = "I&rsquo;m&nbsp;here &amp; fine";
        let folded = FoldedText::new(original);
        assert_eq!(folded.as_str(), "i'm here & fine");
        assert_eq!(&original[folded.origin(0..8)], "I&rsquo;m&nbsp;here");
    }

    #[test]
    fn a_word_already_folded_is_borrowed() {
        assert!(matches!(fold_word("don't"), Cow::Borrowed("don't")));
        assert_eq!(fold_word("DON’T"), "don't");
    }

    proptest! {
        #[test]
        fn every_folded_range_maps_to_char_boundaries(text in "\\PC*|[a-z ’“\u{301}ﬁ\n]{0,40}", a in 0usize..80, b in 0usize..80) {
            let folded = FoldedText::new(&text);
            let origin = folded.origin(a.min(b)..a.max(b));
            prop_assert!(text.get(origin).is_some());
        }
    }
}
