//! The contents of a table.

/// What the cells of a table are, which decides whether they may stand in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Contents {
    /// What people said: nothing of it is shown unless it is short.
    Speech,
    /// Names, scores and statuses: shown as they stand.
    Names,
}
