//! Pure text: folding with an offset map, words, phrases, quote matching, the lexicon of flagged phrases, cue
//! words of conversations, the grounding check, and declared substitutions.
//!
//! Every range that this module returns is a half-open range of UTF-8 bytes in the original text, and both of its ends
//! are character boundaries. Nothing here panics, for any text.

mod automaton;
pub mod bm25;
pub mod conversation;
pub mod cues;
pub mod escape;
pub mod fold;
pub mod grounding;
pub mod lexicon;
mod meant;
pub mod measured;
pub mod phrase;
pub mod quote;
pub mod script;
pub mod substitution;
pub mod words;
