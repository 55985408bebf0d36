//! Shows text of others in our own messages: invisible characters and those that reverse a line are escaped.

use std::borrow::Cow;

/// True for characters that are invisible, or that change how the text around them is displayed.
fn is_hidden(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{feff}'
        )
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// The text with each such character written as an escape, such as `\u{202e}`.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_spelled_out_and_all_else_stays() {
        assert_eq!(visible("a\u{202e}b\u{200b}c\u{1b}[31m"), "a\\u{202e}b\\u{200b}c\\u{1b}[31m");
        for text in ["", "one\n\ttwo", "שלום", "naïve 🙂 日本"] {
            assert_eq!(visible(text), text);
        }
    }
}
