//! The nouns of the study.
