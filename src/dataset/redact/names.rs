//! Owns finding the names of a list: by whole words, in any case, with or without accents, in the genitive too. A part
//! of a longer name stands for it where only one name has that part.

use std::collections::HashMap;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::Found;
use crate::{
    domain::IdentifierKind,
    text::words::{Token, tokens},
};

/// Given names that are English words too: found only where they are written with a capital.
const ALSO_WORDS: &[&str] = &[
    "amber",
    "angel",
    "april",
    "art",
    "august",
    "autumn",
    "bill",
    "bob",
    "carol",
    "chance",
    "charity",
    "chase",
    "christian",
    "clay",
    "dawn",
    "dean",
    "dick",
    "don",
    "drew",
    "earl",
    "eve",
    "faith",
    "frank",
    "gay",
    "gene",
    "grace",
    "grant",
    "guy",
    "harmony",
    "holly",
    "honey",
    "hope",
    "iris",
    "ivy",
    "jack",
    "jewel",
    "joy",
    "june",
    "lance",
    "lily",
    "mark",
    "max",
    "may",
    "melody",
    "miles",
    "nick",
    "norm",
    "olive",
    "pat",
    "patience",
    "pearl",
    "penny",
    "peter",
    "ray",
    "rich",
    "rob",
    "robin",
    "rose",
    "ruby",
    "sandy",
    "serenity",
    "sky",
    "sonny",
    "stew",
    "sue",
    "summer",
    "sunny",
    "trinity",
    "trip",
    "victor",
    "violet",
    "wade",
    "ward",
    "wells",
    "will",
    "young",
];

/// Words inside names that are no name alone.
const PARTICLES: &[&str] = &[
    "al", "and", "bin", "da", "de", "del", "della", "den", "der", "di", "do", "dos", "du", "el", "ibn", "la",
    "le", "of", "san", "st", "ten", "ter", "the", "van", "von", "dr", "mr", "mrs", "ms", "prof",
];

/// A name as words, and the value it stands for.
#[derive(Debug)]
struct Pattern {
    words: Vec<String>,
    value: String,
}

/// A list of names, ready to be looked for.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By first word, longest first.
    by_first: HashMap<String, Vec<Pattern>>,
}

impl Names {
    pub(super) fn new(names: &[String]) -> Self {
        let entries: Vec<Vec<String>> = names
            .iter()
            .map(|name| tokens(name).iter().map(word).collect())
            .filter(|w: &Vec<String>| !w.is_empty())
            .collect();
        let mut owners: HashMap<&str, Vec<String>> = HashMap::new();
        for entry in entries.iter().filter(|entry| entry.len() > 1) {
            for part in
                entry.iter().filter(|part| part.chars().count() > 1 && !PARTICLES.contains(&part.as_str()))
            {
                let owned = owners.entry(part).or_default();
                if !owned.contains(&entry.join(" ")) {
                    owned.push(entry.join(" "));
                }
            }
        }
        let mut found = Self::default();
        for entry in &entries {
            found.add(entry.clone(), entry.join(" "));
        }
        for (part, owned) in owners {
            let value = if let [one] = owned.as_slice() { one.clone() } else { part.to_owned() };
            found.add(vec![part.to_owned()], value);
        }
        for patterns in found.by_first.values_mut() {
            patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.words.len()));
        }
        found
    }

    /// What a list names itself stands before what follows from it.
    fn add(&mut self, words: Vec<String>, value: String) {
        let Some(first) = words.first().cloned() else { return };
        let patterns = self.by_first.entry(first).or_default();
        if !patterns.iter().any(|pattern| pattern.words == words) {
            patterns.push(Pattern { words, value });
        }
    }

    pub(super) fn find(&self, text: &str, found: &mut Vec<Found>) {
        if self.by_first.is_empty() {
            return;
        }
        let tokens = tokens(text);
        let words: Vec<String> = tokens.iter().map(word).collect();
        let mut at = 0;
        while at < words.len() {
            let hit = self.by_first.get(&words[at]).and_then(|patterns| {
                patterns.iter().find(|pattern| {
                    words[at..].starts_with(&pattern.words) && is_name(text, &tokens[at..], &pattern.words)
                })
            });
            let Some(pattern) = hit else {
                at += 1;
                continue;
            };
            let last = at + pattern.words.len() - 1;
            let end = tokens[last].range.end - genitive(&text[tokens[last].range.clone()]);
            let range = tokens[at].range.start..end;
            found.push(Found { range, kind: IdentifierKind::Name, value: pattern.value.clone() });
            at = last + 1;
        }
    }
}

/// A single word that is also an English word is a name only with a capital.
fn is_name(text: &str, tokens: &[Token<'_>], words: &[String]) -> bool {
    let [word] = words else { return true };
    let capital = || text[tokens[0].range.clone()].starts_with(char::is_uppercase);
    !ALSO_WORDS.contains(&word.as_str()) || capital()
}

/// A word folded, without accents and without a genitive.
fn word(token: &Token<'_>) -> String {
    let folded: &str = &token.folded;
    let bare = &folded[..folded.len() - genitive(folded)];
    if bare.is_ascii() {
        return bare.to_owned();
    }
    bare.nfd().filter(|c| !is_combining_mark(*c)).collect()
}

/// Bytes of the genitive at the end of a word.
fn genitive(word: &str) -> usize {
    ["'s", "\u{2019}s", "'S", "\u{2019}S"].iter().find(|end| word.ends_with(**end)).map_or(0, |end| end.len())
}
