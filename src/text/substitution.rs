//! Declared substitutions: whole words replaced by others, all in one pass, keeping the case of the original word.
//!
//! Word boundaries are those a reader would see: letters, digits, marks and `_` belong to a word; an apostrophe and a
//! hyphen do not. So `he` is found in `he's` and `church` in `church-goer`, and neither in `the` nor in `churches`.

use serde::Serialize;
use unicode_normalization::char::is_combining_mark;

/// One substitution as declared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SubstitutionRule {
    /// The words that are replaced.
    pub from: String,
    /// The words that replace them.
    pub to: String,
}

/// What is wrong with a pair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SubstitutionFault {
    /// There is nothing to search for.
    #[error("`from` holds no word")]
    NoWord,
    /// The replacement is empty, which would remove words: another kind of change.
    #[error("`to` is empty")]
    EmptyTo,
    /// Both sides have the same words.
    #[error("`from` and `to` are the same words")]
    Same,
    /// Another pair searches for the same words.
    #[error("`from` is the same words as that of pair {with}")]
    Duplicate {
        /// Number of the earlier pair, from 1.
        with: usize,
    },
}

/// Checked substitutions, in the order in which they are tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitutions {
    pairs: Vec<SubstitutionRule>,
    /// Folded `from` of each pair with its index in the list, longest first.
    patterns: Vec<(Vec<char>, usize)>,
}

impl Serialize for Substitutions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.pairs.serialize(serializer)
    }
}

impl Substitutions {
    /// Checks the pairs.
    ///
    /// # Errors
    /// Every fault, with the index of its pair in the list.
    pub fn new(pairs: Vec<SubstitutionRule>) -> Result<Self, Vec<(usize, SubstitutionFault)>> {
        let mut faults = Vec::new();
        let mut patterns: Vec<(Vec<char>, usize)> = Vec::new();
        for (index, pair) in pairs.iter().enumerate() {
            let (from, to) = (folded(&pair.from), folded(&pair.to));
            if !from.iter().any(|c| c.is_alphanumeric()) {
                faults.push((index, SubstitutionFault::NoWord));
            } else if to.is_empty() {
                faults.push((index, SubstitutionFault::EmptyTo));
            } else if from == to {
                faults.push((index, SubstitutionFault::Same));
            } else if let Some((_, with)) = patterns.iter().find(|(known, _)| *known == from) {
                faults.push((index, SubstitutionFault::Duplicate { with: with + 1 }));
            }
            patterns.push((from, index));
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        patterns.sort_by_key(|(pattern, _)| std::cmp::Reverse(pattern.len()));
        Ok(Self { pairs, patterns })
    }

    /// The pairs as declared.
    pub fn pairs(&self) -> &[SubstitutionRule] {
        &self.pairs
    }

    /// The text with every match replaced, and the number of replacements. Replaced words are not searched again.
    pub fn apply(&self, text: &str) -> (String, usize) {
        let mut out = String::with_capacity(text.len());
        let (mut at, mut count) = (0, 0);
        let mut before = None;
        while let Some(next) = text[at..].chars().next() {
            let rest = &text[at..];
            let length = if let Some((length, index)) = self.found(before, rest) {
                out.push_str(&in_case_of(&rest[..length], &self.pairs[index]));
                count += 1;
                length
            } else {
                out.push(next);
                next.len_utf8()
            };
            before = rest[..length].chars().next_back();
            at += length;
        }
        (out, count)
    }

    /// The longest `from` with which the text begins as whole words: its bytes, and the index of its pair.
    fn found(&self, before: Option<char>, text: &str) -> Option<(usize, usize)> {
        self.patterns.iter().find_map(|(pattern, index)| {
            let length = begins_with(text, pattern)?;
            let (first, last) = (pattern.first()?, pattern.last()?);
            let cut_before = !in_word(*first) || !before.is_some_and(in_word);
            let cut_after = !in_word(*last) || !text[length..].chars().next().is_some_and(in_word);
            (cut_before && cut_after).then_some((length, *index))
        })
    }
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || is_combining_mark(c)
}

/// A character as it is compared: without case, with one kind of apostrophe and of small sigma.
fn fold(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase().map(|c| match c {
        '\u{2019}' | '\u{2bc}' => '\'',
        'ς' => 'σ',
        c => c,
    })
}

/// Words as they are compared, with single spaces.
fn folded(words: &str) -> Vec<char> {
    words.split_whitespace().collect::<Vec<_>>().join(" ").chars().flat_map(fold).collect()
}

/// Bytes of the text that the pattern matches at its start, if it does; a space of the pattern matches any white space.
fn begins_with(text: &str, pattern: &[char]) -> Option<usize> {
    let mut wanted = pattern;
    let mut characters = text.char_indices().peekable();
    while let Some((first, left)) = wanted.split_first() {
        let (_, c) = characters.next()?;
        if *first == ' ' {
            if !c.is_whitespace() {
                return None;
            }
            while characters.next_if(|(_, c)| c.is_whitespace()).is_some() {}
            wanted = left;
            continue;
        }
        for folded in fold(c) {
            let (next, left) = wanted.split_first()?;
            if *next != folded {
                return None;
            }
            wanted = left;
        }
    }
    Some(characters.peek().map_or(text.len(), |(at, _)| *at))
}

/// `to` in the case of the words found: as written if `from` is found as written; otherwise in capitals, with a
/// capital, or with a small letter if `from` is declared with a capital.
fn in_case_of(found: &str, pair: &SubstitutionRule) -> String {
    let to = &pair.to;
    if found == pair.from {
        return to.clone();
    }
    let cased = |c: &char| c.is_uppercase() || c.is_lowercase();
    let letters: Vec<char> = found.chars().filter(cased).collect();
    let capitals = letters.iter().all(|c| c.is_uppercase());
    match letters.first() {
        Some(_) if letters.len() > 1 && capitals => to.to_uppercase(),
        Some(first) if first.is_uppercase() => first_letter(to, |c| c.to_uppercase().collect()),
        Some(_) if pair.from.chars().find(cased).is_some_and(char::is_uppercase) => {
            first_letter(to, |c| c.to_lowercase().collect())
        }
        _ => to.clone(),
    }
}

fn first_letter(text: &str, change: impl Fn(char) -> String) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| change(first) + characters.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn pair(from: &str, to: &str) -> SubstitutionRule {
        SubstitutionRule { from: from.into(), to: to.into() }
    }

    fn of(pairs: &[(&str, &str)]) -> Substitutions {
        Substitutions::new(pairs.iter().map(|(from, to)| pair(from, to)).collect()).expect("sound")
    }

    fn applied(pairs: &[(&str, &str)], text: &str) -> String {
        of(pairs).apply(text).0
    }

    #[test]
    fn whole_words_only() {
        let religion = [("church", "mosque"), ("pastor", "imam")];
        for (text, expected) in [
            ("I go to church.", "I go to mosque."),
            ("churches churchy unchurch church_hall", "churches churchy unchurch church_hall"),
            ("the church's door, church-goers; \"church\"", "the mosque's door, mosque-goers; \"mosque\""),
            ("The pastor said: pastoral care", "The imam said: pastoral care"),
            ("church1 church\u{301} 2church", "church1 church\u{301} 2church"),
            ("church", "mosque"),
            ("", ""),
        ] {
            assert_eq!(applied(&religion, text), expected, "{text}");
        }
        assert_eq!(applied(&[("Über", "Unter")], "überall über Über"), "überall unter Unter");
        assert_eq!(applied(&[("церковь", "мечеть")], "Церковь, церковью"), "Мечеть, церковью");
        assert_eq!(applied(&[("Mr.", "Ms.")], "Mr. Lee, mr.Lee, Mr Lee"), "Ms. Lee, ms.Lee, Mr Lee");
    }

    #[test]
    fn the_case_is_kept() {
        let religion = [("church", "mosque")];
        assert_eq!(applied(&religion, "church Church CHURCH cHurch"), "mosque Mosque MOSQUE mosque");
        let names = [("God", "Allah"), ("I", "we")];
        assert_eq!(applied(&names, "God GOD god I i"), "Allah ALLAH allah we we");
        assert_eq!(applied(&[("church", "St Mary's")], "church CHURCH"), "St Mary's ST MARY'S");
    }

    #[test]
    fn all_pairs_in_one_pass_and_the_longer_one_first() {
        let swap = [("he", "she"), ("she", "he"), ("his", "her"), ("him", "her")];
        assert_eq!(applied(&swap, "He said she knows him; he's late"), "She said he knows her; she's late");
        let nested = [("church", "mosque"), ("church choir", "mosque school")];
        assert_eq!(applied(&nested, "Church   choir at church"), "Mosque school at mosque");
        assert_eq!(applied(&nested, "church\nchoir"), "mosque school");
        assert_eq!(applied(&[("a b", "x"), ("b c", "y")], "a b c"), "x c", "what comes first is taken");
        assert_eq!(applied(&[("don't", "do not")], "I don’t"), "I do not");
    }

    #[test]
    fn faults_are_told_with_their_pair() {
        let faults = |pairs: Vec<SubstitutionRule>| Substitutions::new(pairs).expect_err("faulty");
        let found = faults(vec![
            pair("church", "mosque"),
            pair(" ", "x"),
            pair("pastor", "  "),
            pair("Imam", "imam"),
            pair("CHURCH", "temple"),
            pair("--", "x"),
        ]);
        let expected = [
            (1, SubstitutionFault::NoWord),
            (2, SubstitutionFault::EmptyTo),
            (3, SubstitutionFault::Same),
            (4, SubstitutionFault::Duplicate { with: 1 }),
            (5, SubstitutionFault::NoWord),
        ];
        assert_eq!(found, expected);
    }

    /// Single words that may be parts of one another.
    fn word() -> impl Strategy<Value = String> {
        "[a-cA-Cß]{1,3}"
    }

    fn text() -> impl Strategy<Value = String> {
        "[a-cA-Cßİ ,.'’\n_\u{301}-]{0,30}"
    }

    fn distinct(pairs: Vec<(String, String)>) -> Option<Substitutions> {
        Substitutions::new(pairs.into_iter().map(|(from, to)| SubstitutionRule { from, to }).collect()).ok()
    }

    proptest! {
        #[test]
        fn without_a_match_nothing_changes(text in text(), to in word()) {
            prop_assert_eq!(of(&[("zebra", "x")]).apply(&text), (text.clone(), 0));
            let inside = text.replace(' ', "x");
            let only = Substitutions::new(vec![SubstitutionRule { from: "y".into(), to }]).expect("sound");
            prop_assert_eq!(only.apply(&inside), (inside.clone(), 0));
        }

        #[test]
        fn a_second_pass_changes_nothing_where_no_to_holds_a_from(
            pairs in prop::collection::vec((word(), "[x-z]{1,3}"), 1..4),
            text in text(),
        ) {
            let Some(found) = distinct(pairs) else { return Ok(()) };
            let (once, _) = found.apply(&text);
            prop_assert_eq!(found.apply(&once), (once.clone(), 0));
        }

        #[test]
        fn swapping_twice_gives_the_text_back(text in "[a-c ,.'\n-]{0,30}") {
            let swap = of(&[("a", "b"), ("b", "a"), ("ab", "ba"), ("ba", "ab")]);
            let (there, first) = swap.apply(&text);
            let (back, second) = swap.apply(&there);
            prop_assert_eq!(back, text);
            prop_assert_eq!(first, second);
        }

        #[test]
        fn what_stands_between_words_stays(pairs in prop::collection::vec((word(), word()), 1..4), text in text()) {
            let Some(found) = distinct(pairs) else { return Ok(()) };
            let between = |text: &str| text.chars().filter(|c| !in_word(*c)).collect::<String>();
            let (changed, count) = found.apply(&text);
            prop_assert_eq!(between(&changed), between(&text));
            let words = text.split(|c: char| !in_word(c)).filter(|word| !word.is_empty()).count();
            prop_assert!(count <= words);
        }
    }
}
