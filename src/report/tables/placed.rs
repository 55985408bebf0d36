//! A table with its place in a report.

use crate::report::table::Table;

/// The part of a report in which a table stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportSection {
    /// Arms and items.
    Scores,
    /// Judge and clinicians.
    Agreement,
    /// Flagged phrases.
    Flags,
    /// Ethics risks.
    Ethics,
    /// Counterfactual variants.
    Variants,
    /// Whether the client answers the counselor.
    Coherence,
    /// How turns ended, dynamics and the judges' evidence.
    Outcomes,
}
/// A table and its place in a report.
#[derive(Debug)]
pub(crate) struct PlacedTable {
    pub(crate) section: ReportSection,
    /// Judge or axis under whose heading the table stands; empty where it concerns all of them.
    pub(crate) group: String,
    /// Whether a page shows the table without a click.
    pub(crate) open: bool,
    pub(crate) table: Table,
}
