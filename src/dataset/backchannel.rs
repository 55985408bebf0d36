//! Removes back-channel that a transcript has in brackets, `[mm-hmm]` or `(laughs)`: only what is short and no speech.

use super::redact::is_placeholder;

/// Back-channel has no more words and letters than this.
const MOST_WORDS: usize = 4;
const MOST_LETTERS: usize = 24;
/// Asides in round brackets are shorter: people write sentences in them.
const MOST_WORDS_ROUND: usize = 3;

/// Words that make a bracket speech, in the languages that have a lexicon and some more.
const SPEECH: &[&str] = &[
    "i", "i'm", "i've", "i'd", "i'll", "im", "me", "my", "mine", "you", "your", "he", "she", "we", "they",
    "it's", "its", "was", "is", "are", "am", "not", "never", "no", "don't", "didn't", "can't", "want",
    "wanted", "feel", "felt", "die", "kill", "hurt", "because", "but", "if", "ich", "mich", "mir", "mein",
    "meine", "du", "er", "sie", "wir", "nicht", "nie", "bin", "war", "ist", "yo", "mi", "me", "tu", "je",
    "j'ai", "moi", "mon", "ma", "ne", "pas", "io", "eu", "ja", "nie",
];
/// The same in scripts without blanks between words.
const SPEECH_JOINED: &[char] = &[
    '\u{6211}', '\u{4f60}', '\u{4ed6}', '\u{5979}', '\u{4e0d}', '\u{6b7b}', '\u{79c1}', '\u{50d5}',
    '\u{4ffa}',
];
const MOST_JOINED: usize = 6;

/// A text without its back-channel.
pub(super) struct StrippedSpeech {
    pub(super) text: String,
    /// How many brackets went.
    pub(super) removed: usize,
    /// How many stayed because they hold something else.
    pub(super) left: usize,
}

/// Removes brackets that hold back-channel. A bracket that never closes, or that belongs to an emoticon, is none.
pub(super) fn without_backchannel(text: &str) -> StrippedSpeech {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut removed, mut left) = (text, 0, 0);
    while let Some(at) = rest.find(['[', '(']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = bracketed(&out, rest).filter(|length| !is_placeholder(&rest[..*length]));
        match length {
            Some(length) if is_backchannel(&rest[..length]) => {
                removed += 1;
                rest = &rest[length..];
                if out.is_empty() || out.ends_with(char::is_whitespace) {
                    rest = rest.trim_start_matches(' ');
                }
            }
            length => {
                left += usize::from(length.is_some());
                // What stands inside a bracket that stays is part of it.
                let kept = length.unwrap_or(1);
                out.push_str(&rest[..kept]);
                rest = &rest[kept..];
            }
        }
    }
    out.push_str(rest);
    let text = if removed > 0 { out.trim().to_owned() } else { out };
    StrippedSpeech { text, removed, left }
}

/// Length of the bracketed text this starts with, nested brackets of its kind included.
fn bracketed(before: &str, text: &str) -> Option<usize> {
    if is_emoticon(before) {
        return None;
    }
    let close = if text.starts_with('[') { ']' } else { ')' };
    let open = text.chars().next()?;
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        if is_emoticon(&text[..at]) {
            continue;
        }
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at + 1);
            }
        }
    }
    None
}

/// True if a bracket after this text is the mouth of a face: `:(`, `;-)`, `=[`.
fn is_emoticon(before: &str) -> bool {
    let eyes = before.strip_suffix(['-', '\'', 'o', '^']).unwrap_or(before);
    [before, eyes].iter().any(|text| text.ends_with([':', ';', '=', 'X']))
        && !before.ends_with(|c: char| c.is_alphanumeric() && c != 'o' && c != 'X')
}

/// True for a bracket that holds no more than a listener's sound or a note on what is heard.
fn is_backchannel(bracket: &str) -> bool {
    let inner = &bracket[1..bracket.len() - 1];
    let words: Vec<String> = inner
        .split(|c: char| c.is_whitespace() || matches!(c, ',' | '/'))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()).replace('\u{2019}', "'").to_lowercase())
        .filter(|word| !word.is_empty())
        .collect();
    let letters = inner.chars().filter(|c| c.is_alphanumeric()).count();
    let most = if bracket.starts_with('[') { MOST_WORDS } else { MOST_WORDS_ROUND };
    let sentence =
        inner.trim_end_matches(['.', '!', '?', '\u{2026}', ' ']).contains(['.', '!', '?', ';', '\n']);
    // `(0.8)` is a pause; any other number is something that was said.
    let number = inner.contains(|c: char| c.is_numeric()) && !is_pause(inner);
    let joined = inner.chars().filter(|c| *c > '\u{2e80}').count();
    let speech = words.iter().any(|word| SPEECH.contains(&word.as_str()))
        || inner.contains(SPEECH_JOINED)
        || joined > MOST_JOINED;
    words.len() <= most && letters <= MOST_LETTERS && (!sentence || is_pause(inner)) && !number && !speech
}

/// `0.8`, `2 sec`, `pause 3s`.
fn is_pause(inner: &str) -> bool {
    let words = inner.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let known =
        ["s", "sec", "secs", "second", "seconds", "pause", "long", "silence", "sek", "sekunden", "stille"];
    let digits = inner.chars().filter(char::is_ascii_digit).count();
    digits <= 3
        && words.into_iter().all(|word| known.contains(&word.to_lowercase().as_str()))
        && (digits > 0 && inner.contains(['.', 's']) || inner.contains("ause"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_short_brackets_without_speech_go() {
        for (text, expected, left) in [
            ("so [mm-hmm] late (laughs) now", "so late now", 0),
            ("(0.8) yes (long pause) [crying and shaking head]", "yes", 0),
            (
                "fine :( until my dad left, I wanted out but now :) ok",
                "fine :( until my dad left, I wanted out but now :) ok",
                0,
            ),
            ("well (I wanted to die) yes", "well (I wanted to die) yes", 1),
            ("the list (see page 3) here", "the list (see page 3) here", 1),
            ("a (he left. for good) b", "a (he left. for good) b", 1),
            (
                "a (something that goes on for long (laughs)) b",
                "a (something that goes on for long (laughs)) b",
                1,
            ),
            (
                "\u{597d}(\u{7b11})\u{3002}(\u{6211}\u{60f3}\u{6b7b})",
                "\u{597d}\u{3002}(\u{6211}\u{60f3}\u{6b7b})",
                1,
            ),
            ("no [NAME_1] here [", "no [NAME_1] here [", 0),
        ] {
            let stripped = without_backchannel(text);
            assert_eq!((stripped.text.as_str(), stripped.left), (expected, left), "{text}");
        }
    }
}
