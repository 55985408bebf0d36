//! How a sentence of the summary is built.

use crate::analysis::findings::{Sentence, Tone};

/// Largest number of names in one sentence.
pub(super) const NAMED: usize = 8;
pub(super) fn say(key: &str, tone: Tone, text: String) -> Sentence {
    Sentence { key: key.to_owned(), tone, text }
}
/// `a, b, c`, or the first ones and the number of others.
pub(super) fn names<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let all: Vec<&str> = names.collect();
    if all.len() <= NAMED {
        return all.join(", ");
    }
    format!("{} and {} more", all[..NAMED - 1].join(", "), all.len() + 1 - NAMED)
}
