//! Pure text: folding with an offset map, lexicon matching, quote matching, word counts.

pub mod lexicon;
