//! The lexicon's own tests: examples in its file, which let its editors check it without code.

use super::{Lexicon, ScanContext};

/// An example whose flags differ from the expected ones.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "example {number}: expected flags {expected:?} and suppressed {expected_suppressed:?}, found {found:?} and \
     {found_suppressed:?}"
)]
pub struct ExampleFailure {
    /// Number of the example in the file, from 1.
    pub number: usize,
    /// Categories it should flag.
    pub expected: Vec<String>,
    /// Categories it flags.
    pub found: Vec<String>,
    /// Suppressors that should have suppressed hits.
    pub expected_suppressed: Vec<String>,
    /// Suppressors that did.
    pub found_suppressed: Vec<String>,
}

impl Lexicon {
    /// The failing examples of the lexicon; empty for a sound lexicon.
    pub fn failing_examples(&self) -> Vec<ExampleFailure> {
        (1..=self.spec.examples.len()).filter_map(|number| self.failure(number)).collect()
    }

    fn failure(&self, number: usize) -> Option<ExampleFailure> {
        let example = &self.spec.examples[number - 1];
        let hits = self.scan(&example.turn, ScanContext { client_turn: example.client.as_deref() });
        let (mut found, mut found_suppressed) = (Vec::new(), Vec::new());
        for hit in hits {
            match hit.suppressed_by {
                None => found.push(hit.category),
                Some(suppression) => found_suppressed.push(suppression.id),
            }
        }
        let holds = found == example.flags && found_suppressed == example.suppressed;
        (!holds).then(|| ExampleFailure {
            number,
            expected: example.flags.clone(),
            found,
            expected_suppressed: example.suppressed.clone(),
            found_suppressed,
        })
    }
}
