//! Stage 1b: recorded sessions and clinicians' ratings become a dataset.

pub mod source;
