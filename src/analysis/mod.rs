//! Stage 6: the study's questions, answered as findings.
