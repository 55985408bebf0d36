//! Recognizes text that looks like a secret: it is rejected in files and masked in every quoted line.

use std::{ops::Range, sync::LazyLock};

use regex_lite::Regex;

use super::environment::is_name;

/// Shapes of keys that providers issue, and credentials inside a URL.
static SHAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"\b(?:sk|rk|pk|gsk|xai|hf|r8|ghp|gho|pplx|nvapi|glpat)[-_][A-Za-z0-9_\-]{16,}",
        r"|\bAIza[0-9A-Za-z_\-]{30,}",
        r"|\bAKIA[0-9A-Z]{16}\b",
        r"|\beyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{10,}",
        r"|(?i:\bbearer)\s+[A-Za-z0-9_\-\.=]{16,}",
    ))
    .expect("the pattern is a constant")
});

static URL_CREDENTIALS: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"://[^/\s@]+@").expect("the pattern is a constant"));

/// True for names of fields that contain or name a secret.
fn is_keyish(field: &str) -> bool {
    let field: String =
        field.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let within =
        ["apikey", "accesskey", "secret", "password", "passwd", "authorization", "credential", "bearer"];
    field == "key" || field.ends_with("token") || within.iter().any(|word| field.contains(word))
}

/// True for a long run of mixed characters, which is typical of keys and not of words.
fn is_token(text: &str) -> bool {
    let has = |test: fn(&char) -> bool| text.chars().any(|c| test(&c));
    text.len() >= 20
        && !text.contains(char::is_whitespace)
        && !is_name_of_variable(text)
        && has(char::is_ascii_digit)
        && has(char::is_ascii_alphabetic)
        && distinct(text) >= 10
}

fn distinct(text: &str) -> usize {
    let mut chars: Vec<char> = text.chars().collect();
    chars.sort_unstable();
    chars.dedup();
    chars.len()
}

fn is_name_of_variable(text: &str) -> bool {
    is_name(text) && !text.contains(|c: char| c.is_ascii_lowercase())
}

/// True if a literal must not be written in a file: it has the shape of a key, or is where a key would be.
pub(super) fn looks_like_key(field: Option<&str>, text: &str) -> bool {
    SHAPES.is_match(text) || (field.is_some_and(is_keyish) && is_token(text))
}

/// True if a literal must not be quoted in a message, whatever else is wrong with it.
pub(super) fn is_unquotable(field: Option<&str>, text: &str) -> bool {
    let names_variable = is_name_of_variable(text) || text.starts_with("${");
    looks_like_key(field, text)
        || URL_CREDENTIALS.is_match(text)
        || (field.is_some_and(is_keyish) && !names_variable)
}

/// A line in which everything that looks like a secret is replaced by `*`, byte for byte to keep columns. `hidden` are
/// further byte ranges to mask.
pub(super) fn mask(line: &str, hidden: &[Range<usize>]) -> String {
    let shapes = SHAPES.find_iter(line).chain(URL_CREDENTIALS.find_iter(line)).map(|found| found.range());
    let ranges: Vec<Range<usize>> = shapes.chain(hidden.iter().cloned()).collect();
    let is_hidden = |byte: usize| ranges.iter().any(|range| range.contains(&byte));
    let mut masked = String::with_capacity(line.len());
    for (byte, character) in line.char_indices() {
        if is_hidden(byte) {
            masked.extend(std::iter::repeat_n('*', character.len_utf8()));
        } else {
            masked.push(character);
        }
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_told_from_words() {
        let key = format!("sk-{}", "a1B2".repeat(8));
        assert!(looks_like_key(None, &key));
        assert!(looks_like_key(Some("api_key"), "9f8e7d6c5b4a39281706f5e4d3c2b1a0"));
        assert!(!looks_like_key(Some("api_key_env"), "MY_SERVICE_2_API_KEY_FOR_TESTS"));
        assert!(!looks_like_key(Some("description"), "sk-learn baseline, 27 sessions of 2022"));
        assert!(!looks_like_key(Some("text_digest"), "9f8e7d6c5b4a39281706f5e4d3c2b1a0"));
        assert!(
            is_unquotable(Some("apiKey"), "short")
                && !is_unquotable(Some("key_cognitions"), "key_cognitions")
        );
    }

    #[test]
    fn masking_keeps_the_columns() {
        let line = format!("base_url: https://me:pw@host/v1 # sk-{}", "a1B2".repeat(5));
        let masked = mask(&line, &[]);
        assert_eq!(masked.len(), line.len());
        assert!(!masked.contains("me:pw") && !masked.contains("a1B2"));
    }
}
