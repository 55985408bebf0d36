//! A text as identifiers are looked for in it: digits of every script by value, blanks, hyphens and quote marks
//! by class, letters without accents and strokes, invisible characters left out. Every place leads back to the bytes
//! of the text as it was.

use std::ops::Range;

use unicode_normalization::{UnicodeNormalization, char::compose};

use crate::text::escape::escape_at;

/// A text folded for finding. Case stays, because some names are words in lower case.
#[derive(Debug)]
pub(super) struct Plain {
    text: String,
    /// Where each stretch starts and which bytes of the original it stands for; none where nothing was folded.
    pieces: Option<Vec<(usize, Range<usize>)>>,
}

impl Plain {
    pub(super) fn new(original: &str) -> Self {
        if original.bytes().all(|byte| byte.is_ascii() && !matches!(byte, b'&' | b'\t' | b'\r' | b'`')) {
            return Self { text: original.to_owned(), pieces: None };
        }
        let mut plain = Self { text: String::with_capacity(original.len()), pieces: Some(Vec::new()) };
        let mut at = 0;
        while let Some(first) = original[at..].chars().next() {
            let (mut c, mut length) = escape_at(&original[at..]).unwrap_or((first, first.len_utf8()));
            // Syllables and kana written in parts are one letter.
            while let Some(next) = original[at + length..].chars().next().filter(|next| is_part(*next)) {
                let Some(whole) = compose(c, next) else { break };
                (c, length) = (whole, length + next.len_utf8());
            }
            plain.push(c, at..at + length);
            at += length;
        }
        plain
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The bytes of the original behind a stretch of the folded text.
    pub(super) fn origin(&self, range: Range<usize>) -> Range<usize> {
        let Some(pieces) = &self.pieces else { return range };
        let piece = |byte: usize| {
            let after = pieces.partition_point(|(start, _)| *start <= byte);
            after.checked_sub(1).and_then(|at| pieces.get(at)).map_or(0..0, |(_, origin)| origin.clone())
        };
        let start = piece(range.start).start;
        start..if range.end > range.start { piece(range.end - 1).end } else { start }
    }

    fn push(&mut self, c: char, origin: Range<usize>) {
        let start = self.text.len();
        let c = half_width(c);
        if let Some(class) = class(c, self.text.ends_with(|last: char| last.is_ascii_digit())) {
            self.text.push(class);
        } else if is_invisible(c) || is_accent(c) {
        } else if c.is_alphabetic() && !stays_whole(c) {
            let letters = std::iter::once(c).nfkd().filter(|part| !is_accent(*part));
            letters.for_each(|letter| match without_stroke(letter) {
                Some(plain) => self.text.push_str(plain),
                None => self.text.push(letter),
            });
        } else {
            self.text.push(c);
        }
        if let (Some(pieces), true) = (&mut self.pieces, self.text.len() > start) {
            pieces.push((start, origin));
        }
    }
}

/// The ordinary form of a full-width one.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c => c,
    }
}

/// One character for every digit of a value, every blank, every hyphen and every quote mark.
fn class(c: char, after_digit: bool) -> Option<char> {
    Some(match c {
        '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        c if c.is_whitespace() => ' ',
        '\u{2010}'..='\u{2015}' | '\u{2043}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        // Typed for a hyphen in telephone numbers.
        '\u{30fc}' | '\u{ff70}' if after_digit => '-',
        '`' | '\u{b4}' | '\u{2bb}'..='\u{2bd}' | '\u{2018}'..='\u{201b}' | '\u{2032}' | '\u{2035}' => '\'',
        '\u{ab}' | '\u{bb}' | '\u{201c}'..='\u{201f}' | '\u{300c}'..='\u{300f}' => '"',
        c => digit(c)?,
    })
}

/// The zeros of the decimal digits of every script; nine more follow each.
const ZEROS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6, 0xe50, 0xed0,
    0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50, 0x1bb0, 0x1c40, 0x1c50,
    0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x104a0, 0x10d30, 0x11066, 0x110f0, 0x11136,
    0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730, 0x118e0, 0x11950, 0x11c50, 0x11d50,
    0x11da0, 0x16a60, 0x16ac0, 0x16b50, 0x1d7ce, 0x1d7d8, 0x1d7e2, 0x1d7ec, 0x1d7f6, 0x1e140, 0x1e2f0,
    0x1e950, 0x1fbf0,
];

fn digit(c: char) -> Option<char> {
    let code = u32::from(c);
    let zero = *ZEROS.get(ZEROS.partition_point(|zero| *zero <= code).checked_sub(1)?)?;
    char::from_digit(code - zero, 10)
}

/// Characters without width or ink.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{640}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2064}'
            | '\u{2066}'..='\u{206f}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Accents, and the vowel points of Arabic and Hebrew, which are written or not.
fn is_accent(c: char) -> bool {
    matches!(
        c,
        '\u{300}'..='\u{36f}'
            | '\u{591}'..='\u{5bd}'
            | '\u{5bf}'..='\u{5c7}'
            | '\u{64b}'..='\u{65f}'
            | '\u{670}'
            | '\u{1ab0}'..='\u{1aff}'
            | '\u{1dc0}'..='\u{1dff}'
            | '\u{20d0}'..='\u{20ff}'
            | '\u{fe20}'..='\u{fe2f}'
    )
}

/// Vowels and finals of Korean syllables, and voicing marks of kana.
fn is_part(c: char) -> bool {
    matches!(c, '\u{1161}'..='\u{1175}' | '\u{11a8}'..='\u{11c2}' | '\u{3099}' | '\u{309a}')
}

/// Korean syllables and kana would fall apart into what is no letter alone.
fn stays_whole(c: char) -> bool {
    matches!(c, '\u{ac00}'..='\u{d7a3}' | '\u{3040}'..='\u{30ff}')
}

/// Letters with a stroke and the like, as they are typed without such a keyboard.
fn without_stroke(c: char) -> Option<&'static str> {
    Some(match c {
        '\u{142}' => "l",
        '\u{141}' => "L",
        '\u{f8}' => "o",
        '\u{d8}' => "O",
        '\u{111}' | '\u{f0}' => "d",
        '\u{110}' | '\u{d0}' => "D",
        '\u{127}' => "h",
        '\u{126}' => "H",
        '\u{131}' => "i",
        '\u{167}' => "t",
        '\u{166}' => "T",
        '\u{14b}' => "n",
        '\u{14a}' => "N",
        '\u{df}' => "ss",
        '\u{1e9e}' => "SS",
        '\u{e6}' => "ae",
        '\u{c6}' => "Ae",
        '\u{153}' => "oe",
        '\u{152}' => "Oe",
        '\u{fe}' => "th",
        '\u{de}' => "Th",
        '\u{3c2}' => "\u{3c3}",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folded_place_leads_back_to_its_bytes() {
        let original = "Łu\u{ad}kasz１２\u{2011}٣&#39;s M\u{fc}ller";
        let plain = Plain::new(original);
        assert_eq!(plain.text(), "Lukasz12-3's Muller");
        assert_eq!(&original[plain.origin(0..6)], "Łu\u{ad}kasz");
        assert_eq!(&original[plain.origin(6..10)], "１２\u{2011}٣");
        assert_eq!(&original[plain.origin(13..19)], "M\u{fc}ller");
    }
}
