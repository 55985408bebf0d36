//! BM25: how well texts of a small collection match the words of another text. Words are compared after folding,
//! without understanding.

use std::collections::{BTreeMap, HashMap};

use super::words::tokens;

/// How quickly repetitions of a word stop counting.
const K1: f64 = 1.2;
/// How strongly long texts are penalized.
const B: f64 = 0.75;

/// A collection that is ready for queries.
#[derive(Debug, Clone)]
pub struct Bm25 {
    /// For each text: the count of each word, and the number of words.
    texts: Vec<(BTreeMap<String, f64>, f64)>,
    mean_length: f64,
    /// Number of texts that contain each word.
    held_by: HashMap<String, f64>,
}

impl Bm25 {
    /// Counts the words of the texts.
    pub fn new<'t>(texts: impl IntoIterator<Item = &'t str>) -> Self {
        let mut held_by: HashMap<String, f64> = HashMap::new();
        let counted: Vec<(BTreeMap<String, f64>, f64)> = texts
            .into_iter()
            .map(|text| {
                let mut counts: BTreeMap<String, f64> = BTreeMap::new();
                let mut length = 0.0;
                for token in tokens(text) {
                    *counts.entry(token.folded.into_owned()).or_default() += 1.0;
                    length += 1.0;
                }
                for word in counts.keys() {
                    *held_by.entry(word.clone()).or_default() += 1.0;
                }
                (counts, length)
            })
            .collect();
        let total: f64 = counted.iter().map(|(_, length)| length).sum();
        let mean_length = if counted.is_empty() { 0.0 } else { total / counted.len() as f64 };
        Self { texts: counted, mean_length, held_by }
    }

    /// One score per text, in order; 0 if no word is shared. Each distinct word of the query counts once.
    pub fn scores(&self, question: &str) -> Vec<f64> {
        let mut words: Vec<String> =
            tokens(question).into_iter().map(|token| token.folded.into_owned()).collect();
        words.sort_unstable();
        words.dedup();
        let all = self.texts.len() as f64;
        let score = |(counts, length): &(BTreeMap<String, f64>, f64)| {
            let long = if self.mean_length > 0.0 { length / self.mean_length } else { 1.0 };
            let of_word = |word: &String| {
                let Some(count) = counts.get(word) else { return 0.0 };
                let held = self.held_by.get(word).copied().unwrap_or(0.0);
                let rarity = (1.0 + (all - held + 0.5) / (held + 0.5)).ln();
                rarity * count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * long))
            };
            words.iter().map(of_word).sum()
        };
        self.texts.iter().map(score).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rare_shared_words_count_most_and_long_texts_are_held_back() {
        let texts = ["the exam is on friday", "the cat and the dog and the bird and the fish", "my exam", ""];
        let collection = Bm25::new(texts);
        let exam = collection.scores("EXAM?");
        assert!(exam[2] > exam[0] && exam[0] > 0.0, "the shorter text first: {exam:?}");
        assert!(exam[1].abs() < f64::EPSILON && exam[3].abs() < f64::EPSILON, "{exam:?}");
        let (rare, common) = (collection.scores("friday")[0], collection.scores("the")[0]);
        assert!(rare > common && common > 0.0, "{rare} {common}");
    }

    #[test]
    fn a_score_is_the_published_formula() {
        // Two texts of 2 and 4 words, the word once in the first: ln(1 + 1.5/1.5) * 2.2 / (1 + 1.2*(0.25+0.75*2/3)).
        let scores = Bm25::new(["exam soon", "a b c d"]).scores("exam exam");
        let expected = 2.0_f64.ln() * 2.2 / (1.0 + 1.2 * (0.25 + 0.75 * 2.0 / 3.0));
        assert!((scores[0] - expected).abs() < 1e-12 && scores[1].abs() < f64::EPSILON, "{scores:?}");
    }

    #[test]
    fn an_empty_collection_and_an_empty_question_have_no_score() {
        assert!(Bm25::new([]).scores("x").is_empty());
        assert_eq!(Bm25::new(["x"]).scores(""), [0.0]);
    }
}
