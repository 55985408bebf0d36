//! Recall and specificity of rule-based measures on sentences whose right answers are known.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::stats::Estimate;
use crate::stats::prevalence::share;
use crate::text::conversation::Cues;
use crate::text::lexicon::{Lexicon, ScanContext};
use crate::text::measured::{Measure, MeasuredSpec};

use super::LEVEL;

/// A sentence with its right answer.
#[derive(Debug, Clone, Copy)]
pub struct KnownAnswer<'a> {
    /// The sentence.
    pub text: &'a str,
    /// The measure that has to answer.
    pub measure: Measure,
    /// True if the measure should find something.
    pub to_find: bool,
    /// What sort of sentence it is; may be empty.
    pub kind: &'a str,
}

/// How a measure did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MeasureFinding {
    /// The measure.
    pub measure: Measure,
    /// What was read, as a plural noun with its kind.
    pub on: String,
    /// Sentences to be found that were found.
    pub found: usize,
    /// Sentences to be left out that were found all the same.
    pub wrongly: usize,
    /// Share of the sentences to be found that were found.
    pub recall: Estimate,
    /// Share of the sentences to be left out that were left out.
    pub specificity: Estimate,
    /// Recall by kind of sentence, where kinds are given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<KindRecall>,
}

/// Recall on one kind of sentence.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KindRecall {
    /// The kind.
    pub kind: String,
    /// Share of its sentences that were found.
    pub recall: Estimate,
}

impl MeasureFinding {
    /// The finding of counts.
    fn of(counts: &MeasuredSpec) -> Self {
        Self {
            measure: counts.measure,
            on: counts.on.clone(),
            found: counts.found,
            wrongly: counts.to_leave_out.saturating_sub(counts.left_out),
            recall: part(counts.found, counts.to_find),
            specificity: part(counts.left_out, counts.to_leave_out),
            kinds: Vec::new(),
        }
    }
}

/// What the files of rules in use state about themselves.
pub fn stated<'a>(files: impl IntoIterator<Item = &'a MeasuredSpec>) -> Vec<MeasureFinding> {
    files.into_iter().map(MeasureFinding::of).collect()
}

/// Asks each measure about its sentences.
pub fn check(cues: &Cues, lexicon: &Lexicon, on: &str, sentences: &[KnownAnswer<'_>]) -> Vec<MeasureFinding> {
    let of = |measure| {
        let own: Vec<(&KnownAnswer<'_>, bool)> = sentences
            .iter()
            .filter(|sentence| sentence.measure == measure)
            .map(|sentence| (sentence, finds(cues, lexicon, measure, sentence.text)))
            .collect();
        if own.is_empty() { None } else { Some(tallied(measure, on, &own)) }
    };
    Measure::ALL.into_iter().filter_map(of).collect()
}

fn tallied(measure: Measure, on: &str, own: &[(&KnownAnswer<'_>, bool)]) -> MeasureFinding {
    let count = |to_find: bool, found: bool| {
        own.iter().filter(|(known, says)| known.to_find == to_find && *says == found).count()
    };
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (known, found) in own.iter().filter(|(known, _)| known.to_find && !known.kind.is_empty()) {
        let kind = kinds.entry(known.kind).or_default();
        *kind = (kind.0 + usize::from(*found), kind.1 + 1);
    }
    let kinds = kinds.into_iter();
    let kinds = kinds.map(|(kind, (found, n))| KindRecall { kind: kind.to_owned(), recall: part(found, n) });
    let counts = MeasuredSpec {
        measure,
        on: on.to_owned(),
        found: count(true, true),
        to_find: count(true, true) + count(true, false),
        left_out: count(false, false),
        to_leave_out: count(false, true) + count(false, false),
    };
    MeasureFinding { kinds: kinds.collect(), ..MeasureFinding::of(&counts) }
}

fn part(hits: usize, n: usize) -> Estimate {
    share(if n == 0 { 0.0 } else { hits as f64 / n as f64 }, n, LEVEL)
}

fn finds(cues: &Cues, lexicon: &Lexicon, measure: Measure, text: &str) -> bool {
    match measure {
        Measure::Risk => !cues.of_client(text).is_empty(),
        Measure::Refusals => cues.of_counselor(text).refuse,
        Measure::Steps => !cues.of_counselor(text).stages.is_empty(),
        Measure::Flags => {
            lexicon.scan(text, ScanContext::default()).iter().any(|hit| hit.suppressed_by.is_none())
        }
    }
}
