//! The rows on what servers showed: how many models answered as one of the experiment, and how many prompts were cut.

use crate::stats::Estimate;

use super::findings::ServedFinding;
use super::row::{EstimateKey, EstimateRow};

/// A row for each judge and each condition of a model behind a server.
pub(super) fn rows(served: &[ServedFinding]) -> Vec<EstimateRow> {
    served.iter().flat_map(rows_of).collect()
}

fn rows_of(found: &ServedFinding) -> Vec<EstimateRow> {
    let named = usize::try_from(found.answered_by.iter().map(|(_, n)| n).sum::<u64>()).unwrap_or(usize::MAX);
    let unnamed = usize::try_from(found.unnamed).unwrap_or(usize::MAX);
    let judges =
        found.judges.iter().map(|judge| EstimateKey { judge: judge.clone(), ..EstimateKey::of("served") });
    let conditions = found
        .conditions
        .iter()
        .map(|condition| EstimateKey { condition: condition.clone(), ..EstimateKey::of("served") });
    let models = Estimate::ok(found.answered_by.len() as f64).with_counts(named, 1, unnamed);
    let cut = found.cut.as_ref();
    let replies = cut.map_or(0, |cut| usize::try_from(cut.of).unwrap_or(usize::MAX));
    let prompts = Estimate::ok(cut.map_or(0, |cut| cut.replies) as f64).with_counts(replies, 1, 0);
    judges
        .chain(conditions)
        .flat_map(|key| {
            let row = |statistic, estimate: &Estimate| EstimateRow::new(key.statistic(statistic), estimate);
            let cut = cut.map(|_| row("n.cut_prompts", &prompts));
            [row("n.answering_models", &models)].into_iter().chain(cut)
        })
        .collect()
}
