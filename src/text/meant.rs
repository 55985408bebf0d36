//! A text as words are cut from it: escapes of HTML resolved, and every mark that is typed for an apostrophe between two
//! letters written as one. Every place leads back to the bytes of the original.

use std::ops::Range;

use super::escape::escape_at;

/// A text in which something was resolved.
#[derive(Debug)]
pub(super) struct IntendedSpan {
    text: String,
    /// For every byte of the text, and for its end: where that stands in the original.
    origin: Vec<usize>,
}

impl IntendedSpan {
    /// None if nothing in the text has to be resolved, which is nearly always.
    pub(super) fn of(original: &str) -> Option<Self> {
        if !original.contains(|c| c == '&' || is_apostrophe(c) || is_invisible(c)) {
            return None;
        }
        let mut meant = Self { text: String::with_capacity(original.len()), origin: Vec::new() };
        let mut at = 0;
        while let Some(first) = original[at..].chars().next() {
            let (c, length) = escape_at(&original[at..]).unwrap_or((first, first.len_utf8()));
            let next = original[at + length..].chars().next();
            let inside = meant.text.ends_with(char::is_alphabetic) && next.is_some_and(char::is_alphabetic);
            match c {
                c if is_apostrophe(c) && inside => meant.push('\'', at),
                c if is_invisible(c) && next.is_some_and(|c| c.is_ascii_alphabetic()) => {}
                c => meant.push(c, at),
            }
            at += length;
        }
        meant.origin.push(at);
        Some(meant)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original behind a range of the text.
    pub(super) fn origin(&self, range: &Range<usize>) -> Range<usize> {
        self.origin[range.start]..self.origin[range.end]
    }

    fn push(&mut self, c: char, at: usize) {
        self.text.push(c);
        self.origin.resize(self.text.len(), at);
    }
}

/// Marks that are no apostrophe and are typed for one.
fn is_apostrophe(c: char) -> bool {
    matches!(
        c,
        '`' | '\u{b4}'
            | '\u{2b9}'
            | '\u{2bb}'
            | '\u{2bd}'
            | '\u{201b}'
            | '\u{2032}'
            | '\u{2035}'
            | '\u{a78c}'
    )
}

/// Characters without width that copied text has inside words.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_lead_back_to_the_original() {
        let original = "I&#39;m \u{e9} `so` sor\u{200b}ry, don\u{b4}t&nbsp;go";
        let meant = IntendedSpan::of(original).expect("something to resolve");
        assert_eq!(meant.text(), "I'm \u{e9} `so` sorry, don't\u{a0}go");
        let back = |words: &str| {
            let at = meant.text().find(words).expect("there");
            &original[meant.origin(&(at..at + words.len()))]
        };
        assert_eq!(back("I'm"), "I&#39;m");
        assert_eq!(back("sorry"), "sor\u{200b}ry");
        assert_eq!(back("don't"), "don\u{b4}t");
        assert_eq!(back("go"), "go");
        assert!(IntendedSpan::of("I'm here").is_none());
    }
}
