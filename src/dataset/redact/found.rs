//! An identifier that was found in a text.

use std::ops::Range;

use crate::domain::IdentifierKind;

/// An identifier in a text: where, of which kind, and the value it stands for, folded so that spellings of one value
/// are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IdentifierMatch {
    pub(super) range: Range<usize>,
    pub(super) kind: IdentifierKind,
    pub(super) value: String,
}
