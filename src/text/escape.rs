//! The escapes of HTML that platforms leave in text: `&#39;`, `&rsquo;`, `&uuml;`.

use unicode_normalization::char::compose;

/// No escape that stands for one character is longer.
const LONGEST: usize = 10;

/// The character that an escape at the start of a text stands for, and the bytes the escape takes.
pub fn escape_at(text: &str) -> Option<(char, usize)> {
    let rest = text.strip_prefix('&')?;
    let end = rest.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let name = &rest[..end];
    let found = match name.strip_prefix('#') {
        Some(number) => numbered(number),
        None => named(name),
    };
    found.map(|c| (c, end + 2))
}

fn numbered(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace())
}

fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        "shy" => '\u{ad}',
        "lsquo" => '\u{2018}',
        "rsquo" => '\u{2019}',
        "sbquo" => '\u{201a}',
        "ldquo" => '\u{201c}',
        "rdquo" => '\u{201d}',
        "bdquo" => '\u{201e}',
        "laquo" => '\u{ab}',
        "raquo" => '\u{bb}',
        "prime" => '\u{2032}',
        "acute" => '\u{b4}',
        "grave" => '`',
        "ndash" => '\u{2013}',
        "mdash" => '\u{2014}',
        "hellip" => '\u{2026}',
        "szlig" => '\u{df}',
        "aelig" => '\u{e6}',
        "AElig" => '\u{c6}',
        "oslash" => '\u{f8}',
        "Oslash" => '\u{d8}',
        _ => return accented(name),
    })
}

/// A letter with the name of its accent: `uuml`, `Eacute`.
fn accented(name: &str) -> Option<char> {
    let letter = name.chars().next().filter(char::is_ascii_alphabetic)?;
    let mark = match &name[1..] {
        "grave" => '\u{300}',
        "acute" => '\u{301}',
        "circ" => '\u{302}',
        "tilde" => '\u{303}',
        "uml" => '\u{308}',
        "ring" => '\u{30a}',
        "caron" => '\u{30c}',
        "cedil" => '\u{327}',
        _ => return None,
    };
    compose(letter, mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_stand_for_one_character() {
        for (text, expected) in [
            ("&#39;m", Some(('\'', 5))),
            ("&#x2019;s", Some(('\u{2019}', 8))),
            ("&uuml;", Some(('\u{fc}', 6))),
            ("&amp;amp;", Some(('&', 5))),
            ("& so;", None),
            ("&bogus;", None),
            ("&#0;", None),
            ("&", None),
        ] {
            assert_eq!(escape_at(text), expected, "{text}");
        }
    }
}
