//! Stage 5: rate items and find flags.
