//! Stage 1: YAML becomes an experiment, or a list of every problem in it.
