//! Flags of one session, counted.

use std::collections::BTreeMap;

use crate::domain::{Flag, Session};

/// Contribution of one session.
pub(super) struct SessionFlagCounts<'a> {
    pub(super) session: &'a Session,
    /// True if its language has no lexicon, so that nothing is known about its flags.
    pub(super) undefined: bool,
    pub(super) turns: usize,
    pub(super) words: usize,
    /// Ordinal of each counted counselor turn, by turn number.
    pub(super) ordinals: BTreeMap<u32, usize>,
    pub(super) flags: Vec<&'a Flag>,
}
