//! The composition root: the only module that knows every stage, one file per use case.
