//! Finds the names of a list: in any case, with or without accents and strokes, with the endings and prefixes
//! that scripts and languages write together with them. A part of a longer name stands for it where only one name has
//! that part.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
};

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::{
    IdentifierMatch,
    inflection::{Endings, goes_on, is_ending, is_prefix, stems},
    name_words::{ALSO_WORDS, PARTICLES},
    plain::Plain,
};
use crate::{domain::IdentifierKind, text::script::Script};

/// Endings and prefixes are no longer than this.
const LONGEST_AFFIX: usize = 6;

/// A run of letters of one script.
#[derive(Debug, Clone)]
struct Word {
    range: Range<usize>,
    lower: String,
    script: Script,
    capital: bool,
}

/// A name as words, and the value it stands for.
#[derive(Debug)]
struct Pattern {
    words: Vec<String>,
    value: String,
}

/// A list of names, ready to be looked for.
#[derive(Debug)]
pub(super) struct NameList {
    /// By first word, longest first.
    by_first: HashMap<String, Vec<Pattern>>,
    /// Names that stand alone, by what is left of them when their ending changes.
    by_stem: HashMap<String, String>,
    /// Names of scripts without blanks, by first letter, longest first.
    joined: HashMap<char, Vec<(String, String)>>,
    endings: Endings,
}

impl NameList {
    pub(super) fn new(names: &[String], language: &str) -> Self {
        let mut found = Self {
            by_first: HashMap::new(),
            by_stem: HashMap::new(),
            joined: HashMap::new(),
            endings: Endings::of(language),
        };
        let entries: Vec<Vec<Vec<String>>> = names.iter().map(|name| spellings(name)).collect();
        let mut owners: HashMap<String, BTreeSet<String>> = HashMap::new();
        for spellings in &entries {
            let Some(value) = spellings.first().map(|words| words.join(" ")) else { continue };
            for words in spellings.iter().filter(|words| words.len() > 1) {
                for part in words.iter().filter(|part| is_telling(part)) {
                    owners.entry(part.clone()).or_default().insert(value.clone());
                }
            }
            for part in spellings.iter().filter_map(|words| given_name(words)) {
                owners.entry(part).or_default().insert(value.clone());
            }
        }
        for spellings in &entries {
            let Some(value) = spellings.first().map(|words| words.join(" ")) else { continue };
            for words in spellings {
                found.add(words.clone(), &value);
                if words.len() > 1 {
                    found.add(vec![words.concat()], &value);
                }
            }
        }
        let mut parts: Vec<(String, BTreeSet<String>)> = owners.into_iter().collect();
        parts.sort();
        for (part, owned) in parts {
            let one = owned.first().filter(|_| owned.len() == 1).cloned();
            let value = one.unwrap_or_else(|| part.clone());
            found.add(vec![part], &value);
        }
        found.longest_first();
        found
    }

    fn longest_first(&mut self) {
        for patterns in self.by_first.values_mut() {
            patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.words.len()));
        }
        for patterns in self.joined.values_mut() {
            patterns.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        }
    }

    /// What a list names itself stands before what follows from it.
    fn add(&mut self, words: Vec<String>, value: &str) {
        let Some(first) = words.first().cloned() else { return };
        if let [name] = words.as_slice()
            && let Some(c) = name.chars().next()
        {
            let script = Script::of(c);
            if matches!(script, Script::Joined | Script::Hangul) {
                let patterns = self.joined.entry(c).or_default();
                if !patterns.iter().any(|(before, _)| before == name) {
                    patterns.push((name.clone(), value.to_owned()));
                }
            }
            for stem in stems(script, self.endings, name) {
                self.by_stem.entry(stem).or_insert_with(|| value.to_owned());
            }
        }
        let patterns = self.by_first.entry(first).or_default();
        if !patterns.iter().any(|pattern| pattern.words == words) {
            patterns.push(Pattern { words, value: value.to_owned() });
        }
    }

    /// Finds names in a folded text.
    pub(super) fn find(&self, text: &str, found: &mut Vec<IdentifierMatch>) {
        if self.by_first.is_empty() {
            return;
        }
        let words = words(text);
        let mut at = 0;
        while at < words.len() {
            if let Some((pattern, taken)) = self.in_sequence(text, &words[at..]) {
                let last = &words[at + taken - 1];
                let cut = pattern.words.last().map_or(0, String::len);
                let whole = last.lower.len() <= cut || last.lower.len() != last.range.len();
                let end = if whole { last.range.end } else { last.range.start + cut };
                found.push(name(words[at].range.start..end, &pattern.value));
                at += taken;
                continue;
            }
            self.in_word(text, &words[at], found);
            at += 1;
        }
    }

    /// The longest name that the words start with; its last word may go on.
    fn in_sequence(&self, text: &str, words: &[Word]) -> Option<(&Pattern, usize)> {
        let first = words.first()?;
        let patterns = self.by_first.get(&first.lower)?;
        patterns.iter().find_map(|pattern| {
            let taken = pattern.words.len();
            let near = |pair: &[Word]| text[pair[0].range.end..pair[1].range.start].chars().count() <= 3;
            let here = words.get(..taken)?;
            let (last, before) = here.split_last()?;
            let (name, names) = pattern.words.split_last()?;
            let same = before.iter().map(|word| &word.lower).eq(names) && here.windows(2).all(near);
            let ends = last.lower == *name
                || taken > 1
                    && last
                        .lower
                        .strip_prefix(name.as_str())
                        .is_some_and(|rest| goes_on(last.script, self.endings, name, rest));
            let allowed = taken > 1 || first.capital || !ALSO_WORDS.contains(&first.lower.as_str());
            (same && ends && allowed).then_some((pattern, taken))
        })
    }

    /// A single name inside a word that goes on, or that the script writes without blanks.
    fn in_word(&self, text: &str, word: &Word, found: &mut Vec<IdentifierMatch>) {
        if matches!(word.script, Script::Joined | Script::Hangul) {
            return self.in_joined(word, found);
        }
        if let Some((range, value)) = self.form(word) {
            found.push(name(range, value));
            return;
        }
        for part in camel_parts(text, word) {
            if let Some((range, value)) = self.form(&part) {
                found.push(name(range, value));
            }
        }
    }

    fn form(&self, word: &Word) -> Option<(Range<usize>, &str)> {
        let whole = |name: &str| {
            let patterns = self.by_first.get(name)?;
            patterns.iter().find(|pattern| pattern.words.len() == 1).map(|pattern| pattern.value.as_str())
        };
        let also_word = |name: &str| ALSO_WORDS.contains(&name);
        if let Some(value) = whole(&word.lower).filter(|_| word.capital || !also_word(&word.lower)) {
            return Some((word.range.clone(), value));
        }
        let cuts = || word.lower.char_indices().map(|(at, _)| at).filter(|at| *at > 0);
        for cut in cuts().rev().take(LONGEST_AFFIX) {
            let (start, rest) = word.lower.split_at(cut);
            let fits = !also_word(start)
                && (word.capital || start.chars().count() > 3)
                && goes_on(word.script, self.endings, start, rest);
            if let Some(value) = whole(start).filter(|_| fits) {
                let declined = word.script == Script::Cyrillic || self.endings == Endings::Declined;
                let same = word.lower.len() == word.range.len() && !declined;
                let end = if same { word.range.start + cut } else { word.range.end };
                return Some((word.range.start..end, value));
            }
        }
        for cut in cuts().take(LONGEST_AFFIX) {
            let (before, rest) = word.lower.split_at(cut);
            if let Some(value) = whole(rest).filter(|_| is_prefix(word.script, rest, before)) {
                return Some((word.range.start + cut..word.range.end, value));
            }
        }
        for cut in cuts().rev().take(LONGEST_AFFIX).chain([word.lower.len()]) {
            let (stem, rest) = word.lower.split_at(cut);
            let sure = word.capital || stem.chars().count() > 4;
            let value = self.by_stem.get(stem).filter(|_| sure && is_ending(word.script, rest));
            if let Some(value) = value {
                return Some((word.range.clone(), value));
            }
        }
        None
    }

    fn in_joined(&self, word: &Word, found: &mut Vec<IdentifierMatch>) {
        let mut end = 0;
        let mut before = None;
        for (at, c) in word.lower.char_indices() {
            let listed = if at >= end { self.joined.get(&c) } else { None };
            let hit = listed.and_then(|names| {
                names.iter().find(|(name, _)| {
                    word.lower[at..]
                        .strip_prefix(name.as_str())
                        .is_some_and(|rest| stands(before, name, rest, word.script))
                })
            });
            if let Some((listed, value)) = hit {
                end = at + listed.len();
                found.push(name(word.range.start + at..word.range.start + end, value));
            }
            before = Some(c);
        }
    }
}

/// True when letters inside a run without blanks are a name and no part of another word.
fn stands(before: Option<char>, name: &str, rest: &str, script: Script) -> bool {
    let length = name.chars().count();
    let is_kana = |c: char| matches!(c, '\u{3040}'..='\u{30ff}');
    if script == Script::Hangul {
        return length >= 3
            || before.is_none() && (rest.is_empty() || goes_on(script, Endings::Few, name, rest));
    }
    match length {
        0 | 1 => before.is_none() && rest.is_empty(),
        2 if name.chars().all(is_kana) => !before.is_some_and(is_kana),
        _ => true,
    }
}

fn name(range: Range<usize>, value: &str) -> IdentifierMatch {
    IdentifierMatch { range, kind: IdentifierKind::Name, value: value.to_owned() }
}

/// A part of a name that may stand for all of it.
fn is_telling(part: &str) -> bool {
    part.chars().count() > 1 && !PARTICLES.contains(&part)
}

/// The given name of a name of three characters or syllables, which begins with the family's.
fn given_name(words: &[String]) -> Option<String> {
    let [name] = words else { return None };
    let han =
        |c: char| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' | '\u{20000}'..='\u{3ffff}');
    let letters: Vec<char> = name.chars().collect();
    (letters.len() == 3 && letters.iter().all(|c| han(*c))).then(|| letters[1..].iter().collect())
}

/// A name as it may be written: as listed, with two letters for one with dots or a ring, and the other way round.
fn spellings(name: &str) -> Vec<Vec<String>> {
    let composed: String = name.nfc().collect();
    let wide: String = composed.chars().flat_map(two_letters).collect();
    let listed = |name: &str| {
        words(Plain::new(name).text()).into_iter().map(|word| word.lower).collect::<Vec<String>>()
    };
    let first = listed(&composed);
    let narrow: Vec<String> = first.iter().map(|word| one_letter(word)).collect();
    let mut out = Vec::new();
    for words in [first, listed(&wide), narrow] {
        if !words.is_empty() && !out.contains(&words) {
            out.push(words);
        }
    }
    out
}

fn two_letters(c: char) -> Vec<char> {
    let pair = match c {
        '\u{e4}' | '\u{c4}' => "ae",
        '\u{f6}' | '\u{d6}' | '\u{f8}' | '\u{d8}' => "oe",
        '\u{fc}' | '\u{dc}' => "ue",
        '\u{e5}' | '\u{c5}' => "aa",
        '\u{111}' | '\u{110}' => "dj",
        c => return vec![c],
    };
    pair.chars().collect()
}

fn one_letter(word: &str) -> String {
    if word.len() < 5 || !word.is_ascii() {
        return word.to_owned();
    }
    word.replace("ae", "a").replace("oe", "o").replace("ue", "u")
}

/// Runs of letters of one script, with the marks that belong to them.
fn words(text: &str) -> Vec<Word> {
    let mut found: Vec<Word> = Vec::new();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let goes_on = found.last().is_some_and(|word| word.range.end == at);
        if is_combining_mark(c) && goes_on {
            let word = found.last_mut().expect("a word before");
            word.range.end = end;
            word.lower.push(c);
            continue;
        }
        if !c.is_alphabetic() {
            continue;
        }
        let script = Script::of(c);
        match found.last_mut() {
            Some(word) if goes_on && word.script == script => {
                word.range.end = end;
                word.lower.extend(lower(c));
            }
            _ => found.push(Word {
                range: at..end,
                lower: lower(c).collect(),
                script,
                capital: !c.is_lowercase(),
            }),
        }
    }
    found
}

fn lower(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().filter(|c| !is_combining_mark(*c)).map(|c| if c == '\u{3c2}' { '\u{3c3}' } else { c })
}

/// The parts of `LenaKowalski`.
fn camel_parts(text: &str, word: &Word) -> Vec<Word> {
    let written = &text[word.range.clone()];
    let mut starts = vec![0];
    let mut before: Option<char> = None;
    for (at, c) in written.char_indices() {
        if c.is_uppercase() && before.is_some_and(char::is_lowercase) {
            starts.push(at);
        }
        before = Some(c);
    }
    if starts.len() == 1 {
        return Vec::new();
    }
    starts.push(written.len());
    starts
        .windows(2)
        .map(|pair| Word {
            range: word.range.start + pair[0]..word.range.start + pair[1],
            lower: written[pair[0]..pair[1]].chars().flat_map(lower).collect(),
            script: word.script,
            capital: true,
        })
        .collect()
}
