//! One score of an analysis, and the unit it belongs to.

/// One score (or an explicit missing value) of one rater.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct ScoreCell {
    pub(super) unit: u32,
    pub(super) item: u32,
    pub(super) rater: u32,
    pub(super) value: Option<f64>,
}
/// What a unit belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AnalysisUnit {
    /// Index of the recorded session behind it: the cluster of every interval.
    pub(super) cluster: u32,
    /// Index of its arm.
    pub(super) arm: Option<u32>,
    /// With `--mean-by`: the group whose means are compared.
    pub(super) group: Option<u32>,
}
