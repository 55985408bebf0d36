//! Stage 7: findings become bytes, one file per format.
