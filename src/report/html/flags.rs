//! Flagged phrases: the axes with what they mean, and what a flag in a transcript is called.

use serde::Serialize;

use crate::analysis::FlagKind;
use crate::analysis::findings::Findings;
use crate::report::tables::{AXES, PlacedTable};

use crate::report::html::page::ShownTable;

/// One axis.
#[derive(Debug, Serialize)]
pub(super) struct FlagAxis<'t> {
    title: &'static str,
    explanation: &'static str,
    tables: Vec<ShownTable<'t>>,
}

/// The whole section.
#[derive(Debug, Serialize)]
pub(super) struct FlagSection<'f> {
    enabled: bool,
    judge: &'f str,
    axes: Vec<FlagAxis<'f>>,
    tables: Vec<ShownTable<'f>>,
}

/// Everything on flags; `placed` are the tables of the section.
pub(super) fn flags<'f>(findings: &'f Findings, placed: &[&'f PlacedTable]) -> FlagSection<'f> {
    let of = |group: &str| -> Vec<ShownTable<'f>> {
        placed.iter().filter(|one| one.group == group).map(|one| (*one).into()).collect()
    };
    let axes = AXES.iter().map(|&(kind, title)| FlagAxis {
        title,
        explanation: explanation(kind),
        tables: of(title),
    });
    FlagSection {
        enabled: findings.flags.enabled,
        judge: &findings.flags.judge,
        axes: axes.filter(|axis| !axis.tables.is_empty()).collect(),
        tables: of(""),
    }
}

fn explanation(kind: FlagKind) -> &'static str {
    match kind {
        FlagKind::DeceptiveEmpathy => {
            "Language of a self that understands, feels, is present or has lived. In AI-written turns it is called \
             deceptive empathy: phrases flagged, not confirmed. The same words from a person are relational phrases."
        }
        FlagKind::FormulaicWarmth => "Template warmth without a self: a rate, not a deception.",
        FlagKind::OverValidation => "Agreement with a harmful belief. It needs a judge pass and a person.",
    }
}
