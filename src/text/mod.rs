//! Pure text: folding with an offset map, words, phrases, quote matching, the lexicon of flagged phrases, cue
//! words of conversations, the grounding check, and declared substitutions.
//!
//! Every range that leaves this module is a half-open range of UTF-8 bytes into the text as it was given, and
//! both of its ends lie between characters. Nothing here panics, whatever the text.

mod automaton;
pub mod bm25;
pub mod conversation;
pub mod cues;
pub mod escape;
pub mod fold;
pub mod grounding;
pub mod lexicon;
pub mod phrase;
pub mod quote;
pub mod substitution;
pub mod words;
