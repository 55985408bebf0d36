//! The nouns of a model call, and the port through which one is made.
