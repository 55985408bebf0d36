//! The grounding check: names, numbers, dates, relatives and places in a counselor's turn that have not been mentioned
//! before. It uses rules and word lists without understanding; a hit is a reason to read the turn.

pub mod spec;

use std::collections::HashSet;
use std::ops::Range;

use super::cues::PhraseSet;
use super::fold::fold_word;
use super::phrase::PhraseError;
use super::words::{Break, Token, sentences, tokens};
pub use crate::text::grounding::spec::FactKind;
use spec::GroundingSpec;

/// Format that [`Grounding::compile`] reads.
pub const FORMAT: &str = "corater-grounding/1";
/// Words with fewer letters are ignored when deciding whether a line is a heading.
const LONG_WORD: usize = 4;

/// A fact that has not been mentioned before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Byte range in the turn.
    pub range: Range<usize>,
    /// Kind of the fact.
    pub kind: FactKind,
}

/// Checked words, ready for search.
#[derive(Debug, Clone)]
pub struct Grounding {
    spec: GroundingSpec,
    facts: PhraseSet,
    /// For each phrase, the index of its group.
    owners: Vec<usize>,
    suppress: PhraseSet,
    dates: HashSet<String>,
    units: HashSet<String>,
    client: HashSet<String>,
    not_names: HashSet<String>,
    suggested_by: HashSet<String>,
    resources: HashSet<String>,
}

/// Why a file of the grounding check cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GroundingError {
    /// The file has another format, or another version of it.
    #[error("format is \"{found}\", expected \"{FORMAT}\"")]
    Format {
        /// The format that the file states.
        found: String,
    },
    /// A group occurs twice, or has no phrases or words.
    #[error("group \"{id}\" appears twice, or has no phrases or no known_by")]
    Group {
        /// Id of the group.
        id: String,
    },
    /// A phrase cannot be read.
    #[error("{what}: {source}")]
    Phrase {
        /// List that the phrase belongs to.
        what: &'static str,
        /// Why it cannot be read.
        source: PhraseError,
    },
    /// An example does not give the expected kinds.
    #[error("example {number}: expected {expected:?}, found {found:?}")]
    Example {
        /// Number of the example, from 1.
        number: usize,
        /// The expected kinds.
        expected: Vec<FactKind>,
        /// The kinds found.
        found: Vec<FactKind>,
    },
}

/// Everything mentioned so far.
#[derive(Debug, Clone, Default)]
pub struct SpokenFacts(HashSet<String>);

impl SpokenFacts {
    /// Adds the words of a text.
    pub fn hear(&mut self, text: &str) {
        for token in tokens(text) {
            self.add(&token.folded);
        }
    }

    fn add(&mut self, word: &str) {
        if !self.0.contains(word) {
            self.0.insert(word.to_owned());
        }
        let stem = stem(word);
        if stem != word && !self.0.contains(stem) {
            self.0.insert(stem.to_owned());
        }
    }

    fn knows(&self, word: &str) -> bool {
        self.0.contains(word) || self.0.contains(stem(word))
    }
}

/// The word without the ending of a possessive or a plural, so that "Anna's" and "Anna" are one name.
fn stem(word: &str) -> &str {
    let word = word.strip_suffix("'s").or_else(|| word.strip_suffix('\'')).unwrap_or(word);
    word.strip_suffix('s').filter(|stem| stem.len() > 2).unwrap_or(word)
}

fn set(words: &[String]) -> HashSet<String> {
    words.iter().map(|word| fold_word(word).into_owned()).collect()
}

impl Grounding {
    /// Checks the words, prepares them and runs their examples.
    ///
    /// # Errors
    /// A group repeats or is empty, a phrase cannot be read, or an example does not give the expected kinds.
    pub fn compile(spec: GroundingSpec) -> Result<Self, GroundingError> {
        if spec.format != FORMAT {
            return Err(GroundingError::Format { found: spec.format });
        }
        for (at, group) in spec.facts.iter().enumerate() {
            let twice = spec.facts[..at].iter().any(|other| other.id == group.id);
            if twice || group.phrases.is_empty() || group.known_by.is_empty() {
                return Err(GroundingError::Group { id: group.id.clone() });
            }
        }
        let written = spec.facts.iter().enumerate();
        let (phrases, owners): (Vec<&String>, Vec<usize>) =
            written.flat_map(|(at, group)| group.phrases.iter().map(move |p| (p, at))).unzip();
        let compile = |what, phrases: &[&String]| {
            PhraseSet::compile(phrases, &spec.lists).map_err(|source| GroundingError::Phrase { what, source })
        };
        let facts = compile("facts", &phrases)?;
        let suppress = compile("suppress", &spec.suppress.iter().collect::<Vec<_>>())?;
        let (dates, units, client) = (set(&spec.dates), set(&spec.units), set(&spec.client));
        let (not_names, suggested_by) = (set(&spec.not_names), set(&spec.suggested_by));
        let resources = set(&spec.resources);
        let grounding =
            Self { spec, facts, owners, suppress, dates, units, client, not_names, suggested_by, resources };
        grounding.examples()?;
        Ok(grounding)
    }

    fn examples(&self) -> Result<(), GroundingError> {
        for (number, example) in (1..).zip(&self.spec.examples) {
            let mut heard = SpokenFacts::default();
            example.before.iter().for_each(|text| heard.hear(text));
            let found: Vec<FactKind> =
                self.unheard(&example.turn, &heard).into_iter().map(|fact| fact.kind).collect();
            if found != example.found {
                let expected = example.found.clone();
                return Err(GroundingError::Example { number, expected, found });
            }
        }
        Ok(())
    }

    /// The words as written.
    pub fn spec(&self) -> &GroundingSpec {
        &self.spec
    }

    /// The facts of a counselor's turn that have not been mentioned before, each once, in the order of the text.
    pub fn unheard(&self, turn: &str, heard: &SpokenFacts) -> Vec<Fact> {
        let words = tokens(turn);
        let mut found = Vec::new();
        let mut told = SpokenFacts::default();
        for sentence in sentences(turn) {
            let from = words.partition_point(|word| word.range.start < sentence.start);
            let to = words.partition_point(|word| word.range.start < sentence.end);
            let own = &words[from..to];
            let asks = turn[sentence.clone()].trim_end().ends_with('?');
            let mut facts = Vec::new();
            let advises = is_listed(&turn[sentence.clone()])
                || own.iter().any(|word| self.resources.contains(&*word.folded));
            if !advises && !is_heading(turn, own) {
                facts.extend(self.names(turn, own, heard));
            }
            let tells = self.suppress.matches(own).is_empty();
            if tells {
                facts.extend(self.told(own, heard, asks));
            }
            if tells && !asks && !advises && own.iter().any(|word| self.client.contains(&*word.folded)) {
                facts.extend(self.counted(turn, own, heard));
            }
            facts.sort_by_key(|(range, kind, _)| (range.start, *kind));
            for (range, kind, word) in facts {
                if !told.knows(&word) {
                    told.add(&word);
                    found.push(Fact { range, kind });
                }
            }
        }
        found
    }

    /// Facts of the client's life found by phrases.
    fn told(
        &self,
        own: &[Token<'_>],
        heard: &SpokenFacts,
        asks: bool,
    ) -> Vec<(Range<usize>, FactKind, String)> {
        let unknown = |hit: &super::cues::PhraseMatch| {
            let group = &self.spec.facts[self.owners[hit.phrase]];
            (group.in_questions || !asks) && !group.known_by.iter().any(|word| heard.knows(&fold_word(word)))
        };
        let fact = |hit: super::cues::PhraseMatch| {
            let group = &self.spec.facts[self.owners[hit.phrase]];
            let range = own[hit.words.start].range.start..own[hit.words.end - 1].range.end;
            (range, group.kind, format!("\u{1}{}", group.id))
        };
        self.facts.matches(own).into_iter().filter(unknown).map(fact).collect()
    }

    /// Capitalized words that do not open a sentence, a quotation or a bracket; adjacent ones are one name.
    fn names(
        &self,
        turn: &str,
        own: &[Token<'_>],
        heard: &SpokenFacts,
    ) -> Vec<(Range<usize>, FactKind, String)> {
        let capital = |word: &Token<'_>| is_name(&turn[word.range.clone()]);
        let gap = |at: usize| &turn[own[at - 1].range.end..own[at].range.start];
        let mut found = Vec::new();
        let mut at = 1;
        while at < own.len() {
            let opens = own[at].break_before == Break::Sentence || !matches!(gap(at), " " | ", ");
            if opens || !capital(&own[at]) {
                at += 1;
                continue;
            }
            let from = at;
            while at + 1 < own.len() && gap(at + 1) == " " && capital(&own[at + 1]) {
                at += 1;
            }
            let run = &own[from..=at];
            at += 1;
            let before = &*own[from - 1].folded;
            let named =
                run.iter().all(|word| self.may_name(&word.folded)) && !self.suggested_by.contains(before);
            let unknown: Vec<&Token<'_>> = run.iter().filter(|word| !heard.knows(&word.folded)).collect();
            if let (true, [first, ..]) = (named, unknown.as_slice()) {
                let range = first.range.start..unknown[unknown.len() - 1].range.end;
                found.push((range, FactKind::Name, stem(&first.folded).to_owned()));
            }
        }
        found
    }

    fn may_name(&self, word: &str) -> bool {
        [word, stem(word)].iter().all(|word| !self.not_names.contains(*word) && !self.dates.contains(*word))
    }

    /// Numbers with a unit, days, months and years.
    fn counted(
        &self,
        turn: &str,
        own: &[Token<'_>],
        heard: &SpokenFacts,
    ) -> Vec<(Range<usize>, FactKind, String)> {
        let mut found = Vec::new();
        for (at, word) in own.iter().enumerate() {
            let folded = &*word.folded;
            let next = own.iter().skip(at + 1).take(2);
            let unit = next.clone().any(|next| self.units.contains(&*next.folded));
            if self.dates.contains(stem(folded)) || self.dates.contains(folded) || is_year(folded) {
                if !heard.knows(folded) {
                    found.push((word.range.clone(), FactKind::Date, folded.to_owned()));
                }
            } else if let Some(number) = self.number(folded).filter(|_| unit && !is_range(turn, word)) {
                let in_words = self.spec.numbers.iter().filter(|(_, digits)| **digits == number);
                let known =
                    heard.0.contains(&number) || in_words.clone().any(|(word, _)| heard.0.contains(word));
                if !known {
                    found.push((word.range.clone(), FactKind::Number, number));
                }
            }
        }
        found
    }

    /// The digits of a number, written in digits or as a word.
    fn number(&self, word: &str) -> Option<String> {
        let digits = word.chars().all(|c| c.is_ascii_digit() || c == '.' || c == ',');
        if digits && word.chars().any(|c| c.is_ascii_digit()) {
            return Some(word.to_owned());
        }
        self.spec.numbers.get(word).cloned()
    }
}

/// True for a range: "4-5 hours" is a rule of thumb and not a fact.
fn is_range(turn: &str, word: &Token<'_>) -> bool {
    let dash = |c: char| matches!(c, '-' | '\u{2013}');
    turn[..word.range.start].ends_with(dash) || turn[word.range.end..].starts_with(dash)
}

/// True for a word that begins with a capital and continues in small letters; not "I" or abbreviations.
fn is_name(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase) && chars.next().is_some_and(char::is_lowercase)
}

fn is_year(word: &str) -> bool {
    word.len() == 4
        && (word.starts_with("19") || word.starts_with("20"))
        && word.bytes().all(|b| b.is_ascii_digit())
}

/// True for a line of a list, or one that begins in bold: advice, as models write it.
fn is_listed(sentence: &str) -> bool {
    sentence.starts_with(['-', '*', '\u{2022}', '\u{2013}'])
}

/// True if more than half of the longer words begin with a capital.
fn is_heading(turn: &str, own: &[Token<'_>]) -> bool {
    let long: Vec<&str> =
        own.iter().map(|word| &turn[word.range.clone()]).filter(|w| w.chars().count() >= LONG_WORD).collect();
    let capital = long.iter().filter(|word| is_name(word)).count();
    long.len() > 1 && 2 * capital > long.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn embedded() -> Grounding {
        let text = include_str!("../../../rubrics/grounding-cues.yaml");
        Grounding::compile(serde_yaml::from_str(text).expect("readable")).expect("its examples come out")
    }

    fn found(before: &[&str], turn: &str) -> Vec<(FactKind, String)> {
        let mut heard = SpokenFacts::default();
        for text in before {
            heard.hear(text);
        }
        let facts = embedded().unheard(turn, &heard);
        facts.into_iter().map(|fact| (fact.kind, turn[fact.range].to_owned())).collect()
    }

    #[test]
    fn what_was_said_before_is_known_and_what_was_not_is_found() {
        assert_eq!(found(&[], "That must be hard, Maria."), [(FactKind::Name, "Maria".to_owned())]);
        assert!(found(&["My name is maria."], "That must be hard, Maria.").is_empty());
        assert!(found(&["It is Anna's dog."], "You like Anna, then.").is_empty());
        let sister = found(&["I had a row at home."], "You love your little sister.");
        assert_eq!(sister, [(FactKind::Kinship, "your little sister".to_owned())]);
        assert!(found(&["My sis is 12."], "You love your little sister.").is_empty());
    }

    #[test]
    fn numbers_and_dates_are_facts_only_of_the_client_and_only_told() {
        let years = |before: &[&str]| found(before, "You have smoked for seven years.");
        assert_eq!(years(&[]), [(FactKind::Number, "seven".to_owned())]);
        assert!(years(&["since 7 years or so"]).is_empty());
        assert!(found(&[], "Have you smoked for seven years?").is_empty());
        assert!(found(&[], "Smoking takes ten years off a life.").is_empty());
        assert_eq!(found(&[], "You stopped in March.").len(), 1);
        assert!(found(&["It was in march."], "You stopped in March.").is_empty());
    }

    #[test]
    fn headings_quotations_and_the_same_name_again_are_left_alone() {
        assert!(found(&[], "**Step One: Name The Thought**\n- Notice it.").is_empty());
        assert!(found(&[], "You said \"Everybody leaves\". I hear that.").is_empty());
        assert_eq!(found(&[], "You and Maria talked. So Maria knows, and Maria's mother.").len(), 1);
    }

    #[test]
    fn a_file_with_a_fault_is_refused() {
        let spec = embedded().spec.clone();
        let other = GroundingSpec { format: "x".into(), ..spec.clone() };
        assert!(matches!(Grounding::compile(other), Err(GroundingError::Format { .. })));
        let mut twice = spec.clone();
        twice.facts.push(twice.facts[0].clone());
        assert!(matches!(Grounding::compile(twice), Err(GroundingError::Group { .. })));
        let mut wrong = spec;
        wrong.examples[0].found.push(FactKind::Date);
        assert!(matches!(Grounding::compile(wrong), Err(GroundingError::Example { number: 1, .. })));
    }
}
